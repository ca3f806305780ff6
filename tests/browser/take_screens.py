"""Take the pictures of `docs/screens.md` again, from a scratch site with the demo company.

Run it with the project's Python: `.venv/bin/python tests/browser/take_screens.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import hosts  # noqa: E402

hosts.prepare_path()

import screen_server  # noqa: E402
from screen_sizes import DESK, PHONE  # noqa: E402

TARGET = hosts.ROOT / "docs" / "screens"
WIDTHS = {"phone": PHONE, "desk": DESK}
APPROVAL = "Price Approval"


def fill(site: hosts.TestSite) -> dict[str, str]:
    """Load the demo company; return the logins of the people in the pictures and what they look at."""
    site.connect()
    try:
        import frappe

        from erp_rules.demo import company
        from erp_rules.demo.people import login_of

        company.load(hosts.ROOT / "fixtures", password=hosts.PASSWORD)
        found = {
            role: login_of(role)
            for role in ("Purchaser", "Top Executive", "Purchasing Manager", "Finance Officer")
        }
        found["waiting"] = frappe.db.get_value(APPROVAL, {"workflow_state": "Executive Approval"})
        found["draft"] = frappe.db.get_value(APPROVAL, {"workflow_state": "Draft"})
        frappe.db.commit()
        return found
    finally:
        site.disconnect()


def speak(site: hosts.TestSite, logins: list[str], language: str) -> None:
    """Set the language of these people."""
    site.connect()
    try:
        import frappe

        for login in logins:
            frappe.db.set_value("User", login, "language", language)
        frappe.db.commit()
        frappe.clear_cache()
    finally:
        site.disconnect()


def row_card(page) -> None:
    """Open the first quote's row."""
    rows = page.locator('fieldset[data-field="quotes"]')
    if page.viewport_size["width"] < 640:
        rows.get_by_role("listitem").first.get_by_role("button").click()
    else:
        rows.locator("[role=row][data-index='0'] button").last.click()
    page.wait_for_timeout(300)


def quick_open(page) -> None:
    """Open the search and type initials."""
    page.keyboard.press("Control+k")
    page.get_by_test_id("quick-open").fill("djhdb")
    page.wait_for_timeout(600)


def main() -> None:
    """Take every picture; the names say screen, language, size and darkness."""
    site = hosts.make_site()
    screen_server.build()
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        seen = fill(site)
        people = [seen[role] for role in ("Purchaser", "Top Executive")]
        with screen_server.serving(site) as address, screen_server.chromium() as browser:

            def take(name: str, role: str | None, path: str, size: str, dark: bool = False, do=None) -> None:
                context = browser.new_context(
                    viewport=WIDTHS[size],
                    color_scheme="dark" if dark else "light",
                    locale="zh-CN" if "-zh-" in name else "en-GB",
                    has_touch=size == "phone",
                )
                context.set_default_timeout(20000)
                if role:
                    screen_server.log_in(context, address, seen[role])
                page = context.new_page()
                page.goto(address + path)
                page.wait_for_load_state("networkidle")
                if do:
                    do(page)
                page.screenshot(path=TARGET / f"{name}.png", scale="css")
                context.close()

            waiting, draft = f"{APPROVAL}/{seen['waiting']}", f"{APPROVAL}/{seen['draft']}"
            speak(site, people, "zh")
            for size in WIDTHS:
                take(f"login-zh-{size}", None, "/login", size)
                take(f"inbox-zh-{size}", "Top Executive", "/erp", size)
                take(f"decision-zh-{size}", "Top Executive", f"/erp/decide/{waiting}", size)
                take(f"start-zh-{size}", "Purchaser", "/erp/start", size)
                take(f"list-zh-{size}", "Purchaser", f"/erp/list/{APPROVAL}", size)
                take(f"form-zh-{size}", "Purchaser", f"/erp/form/{draft}", size)
            take("row-zh-phone", "Purchaser", f"/erp/form/{draft}", "phone", do=row_card)
            take("quick-open-zh-desk", "Purchaser", "/erp", "desk", do=quick_open)
            take("report-zh-desk", "Purchaser", "/erp/report/Approved Supplier List", "desk")
            speak(site, people, "en")
            take("inbox-en-phone-dark", "Top Executive", "/erp", "phone", dark=True)
            take("decision-en-phone", "Top Executive", f"/erp/decide/{waiting}", "phone")
            take("start-en-desk-dark", "Purchaser", "/erp/start", "desk", dark=True)
            take("list-en-desk", "Purchaser", f"/erp/list/{APPROVAL}", "desk")
            take("form-en-desk", "Purchaser", f"/erp/form/{draft}", "desk")
            take("ordering-en-desk", "Purchaser", "/erp/ordering", "desk")
    finally:
        site.drop()


if __name__ == "__main__":
    main()
