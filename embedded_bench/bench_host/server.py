"""The web server of a site: Waitress, with the job worker and the scheduler beside it."""

import signal
import socket
import threading

import frappe
import frappe.app
from waitress.server import create_server

from bench_host.sites import open_site
from bench_host.worker import Scheduler, Worker, stop_threads


def serve(site, sites_path, host="127.0.0.1", port=8000, threads=8, workers=1, on_ready=None) -> None:
    """Serve a site until SIGTERM or SIGINT; a port that cannot be had is an OSError before anything starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=128)
    loops: list = []
    try:
        open_site(site, sites_path)
        frappe.destroy()
        frappe.app._site, frappe.app._sites_path = site, str(sites_path)
        options = {"threads": threads, "ident": None, "max_request_body_size": 64 * 1024 * 1024}
        server = create_server(frappe.app.application, sockets=[listener], **options)
        loops = [Worker(site, sites_path, name=f"worker-{number + 1}") for number in range(workers)]
        loops.append(Scheduler(site, sites_path))
        for loop in loops:
            loop.start()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, _stop)
        if on_ready:
            on_ready()
        server.run()  # ends with SystemExit, after the requests that are being answered
    finally:
        stop_threads(loops)
        listener.close()


def _stop(number, frame) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit
