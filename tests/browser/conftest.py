"""A browser, a server of the host under test, and people who log in to it."""

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
import price_world
import pytest
from screen_sizes import PHONE

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


@pytest.fixture(scope="session")
def screens_built() -> None:
    """Build the screens when their sources changed; without Node these tests cannot say anything."""
    from commands.front_end import FrontEnd

    with FrontEnd() as build:
        build.finish(print)
    if build.problem:
        pytest.fail(f"The screens could not be built: {build.problem}")


@pytest.fixture(scope="session")
def address(site, screens_built) -> Iterator[str]:
    """Serve the test's site and return its address."""
    port = hosts.free_port()
    program = BENCH_SERVER if hosts.is_bench() else EMBEDDED_SERVER
    path = [
        str(hosts.APP),
        *([] if hosts.is_bench() else [str(hosts.EMBEDDED)]),
        os.environ.get("PYTHONPATH", ""),
    ]
    server = subprocess.Popen(
        [sys.executable, "-c", program, site.name, site.sites_path, str(port), *([str(hosts.APP / "erp_rules" / "public")] if hosts.is_bench() else [])],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"{address}/login", timeout=5).close()
            break
        except (urllib.error.URLError, OSError):
            if time.monotonic() > until or server.poll() is not None:
                server.kill()
                pytest.fail("The server did not answer")
            time.sleep(0.2)
    yield address
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()


@pytest.fixture(scope="session")
def chromium():
    """Start the browser once."""
    from playwright.sync_api import sync_playwright

    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if not program:
        pytest.fail("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Person:
    """Somebody with a role at a screen."""

    def __init__(self, page, address: str):
        self.page, self.address = page, address

    def open(self, path: str) -> None:
        """Go to a page of the screens and wait until it has its data."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")

    def post(self, method: str, **args) -> int:
        """Call a method as this person, past the buttons; return the HTTP status."""
        token = self.page.evaluate("window.csrf_token")
        answer = self.page.request.post(
            f"{self.address}/api/method/{method}", data=args, headers={"X-Frappe-CSRF-Token": token}
        )
        return answer.status


@pytest.fixture
def person(chromium, address):
    """Return a function that logs a role in on a screen of a size and language."""
    contexts = []

    def log_in(role: str, size: dict = PHONE, dark: bool = False) -> Person:
        context = chromium.new_context(
            viewport=size, has_touch=size is PHONE, color_scheme="dark" if dark else "light"
        )
        context.set_default_timeout(15000)
        contexts.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        answer = context.request.post(
            f"{address}/api/method/login", form={"usr": hosts.who(role), "pwd": hosts.PASSWORD}
        )
        assert answer.ok, answer.text()
        return Person(page, address)

    yield log_in
    problems = [problem for context in contexts for page in context.pages for problem in page.problems]
    for context in contexts:
        context.close()
    assert not problems, f"errors in the page: {problems}"


@contextmanager
def on_site(site):
    """Work on the site's data beside the server; everything is committed."""
    import frappe

    site.connect()
    try:
        yield frappe
        frappe.db.commit()
    finally:
        site.disconnect()


@pytest.fixture
def world(site):
    """Return a function that runs another one on the site and commits."""

    def run(function):
        with on_site(site):
            return function()

    return run


@pytest.fixture
def today(world) -> str:
    """The site's day of today, as date fields take it."""
    import frappe

    return world(lambda: str(frappe.utils.getdate()))


@pytest.fixture
def waiting(world):
    """A price approval that waits for the executive: its number."""
    return world(lambda: price_world.reviewed().name)
