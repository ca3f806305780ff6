"""A browser, a server of the host under test, and people who log in to it."""

from __future__ import annotations

from collections.abc import Iterator

import price_world
import pytest
import screen_server
from playwright.sync_api import expect
from screen_sizes import PATIENCE, PHONE

import hosts


@pytest.fixture(scope="session")
def address(site) -> Iterator[str]:
    """Build the screens, serve the test's site and return its address."""
    screen_server.build()
    with screen_server.serving(site) as found:
        yield found


@pytest.fixture(scope="session")
def chromium():
    """Start the browser once."""
    with screen_server.chromium() as browser:
        yield browser


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
        screen_server.log_in(context, address, hosts.who(role))
        return Person(page, address)

    yield log_in
    problems = [problem for context in contexts for page in context.pages for problem in page.problems]
    for context in contexts:
        context.close()
    assert not problems, f"errors in the page: {problems}"


@pytest.fixture
def world(site):
    """Return a function that runs another one on the site, in a connection of its own, and commits."""

    def run(function):
        return hosts.in_thread(lambda: _committed(site, function))

    return run


def _committed(site, function):
    import frappe

    site.connect()
    try:
        found = function()
        frappe.db.commit()
        return found
    finally:
        site.disconnect()


@pytest.fixture
def speaks(world):
    """Return a function that sets the language of a person for the length of a test."""
    import frappe

    changed = []

    def speak(login: str, language: str) -> None:
        world(lambda: frappe.db.set_value("User", login, "language", language))
        world(lambda: frappe.clear_cache(user=login))
        changed.append(login)

    yield speak
    for login in list(changed):
        speak(login, "en")


@pytest.fixture
def desk(world):
    """Let the desk of a new site open without its setup wizard, and take the time that it needs."""

    def mark():
        import frappe
        from frappe.desk.page.setup_wizard.setup_wizard import disable_future_access

        if not frappe.db.get_single_value("System Settings", "setup_complete"):
            disable_future_access()
        frappe.clear_cache()

    world(mark)
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def today(world) -> str:
    """The site's day of today, as date fields take it."""
    import frappe

    return world(lambda: str(frappe.utils.getdate()))


@pytest.fixture
def waiting(world):
    """A price approval that waits for the executive: its number."""
    return world(lambda: price_world.reviewed().name)
