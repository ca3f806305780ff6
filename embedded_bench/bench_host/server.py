"""The web server of a site: Waitress, with the job worker and the scheduler beside it."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable

import frappe
import frappe.app
from waitress.server import create_server

from bench_host.sites import open_site
from bench_host.worker import start_threads, stop_threads


def serve(
    site: str,
    sites_path: str,
    host: str = "127.0.0.1",
    port: int = 8000,
    threads: int = 8,
    workers: int = 1,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve a site until SIGTERM or SIGINT; a port that cannot be had is an OSError before anything starts."""
    listener = _listen(host, port)
    background: list = []
    try:
        open_site(site, sites_path)
        frappe.destroy()
        frappe.app._site, frappe.app._sites_path = site, str(sites_path)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        server = create_server(
            frappe.app.application,
            sockets=[listener],
            threads=threads,
            ident=None,
            max_request_body_size=64 * 1024 * 1024,
            channel_timeout=120,
            clear_untrusted_proxy_headers=True,
        )
        background = start_threads(site, str(sites_path), workers)
        stop = _stop_on_signals(server)
        if on_ready:
            on_ready()
        try:
            server.run()
        except OSError:
            if not stop.is_set():
                raise
        finally:
            server.task_dispatcher.shutdown(timeout=10)
    finally:
        stop_threads(background)
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _stop_on_signals(server) -> threading.Event:
    """End the server's loop on SIGTERM and SIGINT; requests that are being answered are finished."""
    stop = threading.Event()

    def handle(number, frame):
        if not stop.is_set():
            stop.set()
            raise SystemExit  # what waitress takes as the end of its loop

    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, handle)
    return stop
