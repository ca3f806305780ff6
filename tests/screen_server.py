"""A server of the host under test and a browser in front of it, for the browser tests, pictures and figures."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import hosts

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 60
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
EMBEDDED_SERVER = """
import sys
from bench_host.server import serve
serve(sys.argv[1], sys.argv[2], port=int(sys.argv[3]))
"""
BENCH_SERVER = """
import os, sys
import frappe.app
from werkzeug.serving import run_simple
frappe.app._site, frappe.app._sites_path = sys.argv[1], sys.argv[2]
os.chdir(sys.argv[2])
from werkzeug.middleware.shared_data import SharedDataMiddleware
# Of this copy of the app, whichever copy the bench is linked to.
served = SharedDataMiddleware(frappe.app.application_with_statics(), {"/assets/erp_rules": sys.argv[4]})
run_simple("127.0.0.1", int(sys.argv[3]), served, threaded=True)
"""


def build() -> None:
    """Build the screens when their sources changed; without Node nothing can be said about them."""
    from commands.front_end import FrontEnd

    with FrontEnd() as front_end:
        front_end.finish(print)
    if front_end.problem:
        raise RuntimeError(f"The screens could not be built: {front_end.problem}")


@contextmanager
def serving(site: hosts.TestSite) -> Iterator[str]:
    """Serve the site and give its address."""
    port = hosts.free_port()
    command = [site.name, site.sites_path, str(port)]
    path = [str(hosts.APP), os.environ.get("PYTHONPATH", "")]
    if hosts.is_bench():
        command = [BENCH_SERVER, *command, str(hosts.APP / "erp_rules" / "public")]
    else:
        command = [EMBEDDED_SERVER, *command]
        path.insert(1, str(hosts.EMBEDDED))
    server = subprocess.Popen(
        [sys.executable, "-c", *command],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(server, address)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(server: subprocess.Popen, address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/login", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until or server.poll() is not None:
                raise RuntimeError("The server did not answer") from None
            time.sleep(0.2)


def program() -> str:
    """Return where Debian's Chromium is."""
    found = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if not found:
        raise RuntimeError("Chromium is not installed (apt-get install chromium)")
    return found


@contextmanager
def chromium():
    """Give Debian's Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = playwright.chromium.launch(executable_path=program(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def own_browser(browser, folder, size: dict):
    """Give somebody's own browser, which keeps in `folder` what pages leave in it."""
    context = browser.browser_type.launch_persistent_context(
        folder, executable_path=program(), args=FLAGS, viewport=size, has_touch=True
    )
    yield context
    context.close()


def log_in(context, address: str, login: str) -> None:
    """Give a browser context this person's session."""
    answer = context.request.post(f"{address}/api/method/login", form={"usr": login, "pwd": hosts.PASSWORD})
    assert answer.ok, answer.text()
