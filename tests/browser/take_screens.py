"""Take the pictures of `docs/screens.md` again, from a scratch site with the demo company.

Run it with the project's Python: `.venv/bin/python tests/browser/take_screens.py`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import hosts  # noqa: E402

hosts.prepare_path()

import import_world  # noqa: E402
import screen_server  # noqa: E402
from changed_packs import with_file  # noqa: E402
from screen_sizes import DESK, PHONE  # noqa: E402

TARGET = hosts.ROOT / "docs" / "screens"
WIDTHS = {"phone": PHONE, "desk": DESK}
APPROVAL = "Price Approval"
TO_THE_TOP = "one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 190)"
LOADING = re.compile("正在载入|Loading")


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
            for role in (
                "Purchaser",
                "Top Executive",
                "Division Head",
                "Receiving Clerk",
                "Quality Inspector",
                "Warehouse Keeper",
                "Internal Auditor",
            )
        }
        found["waiting"] = frappe.db.get_value(APPROVAL, {"workflow_state": "Executive Approval"})
        found["draft"] = frappe.db.get_value(APPROVAL, {"workflow_state": "Draft"})
        found.update(trade())
        frappe.db.commit()
        return found
    finally:
        site.disconnect()


def trade() -> dict[str, str]:
    """Want, order, receive and change some goods, as the company's people; return what the pictures show."""
    import frappe
    from frappe.utils import add_days, getdate

    from erp_rules.api import ordering, receiving
    from erp_rules.api.screens import begin
    from erp_rules.demo.people import acting_as, take_action

    today = getdate()
    priced = frappe.get_all(
        "Item Supplier Price",
        filters={"price_kind": "Purchase", "valid_from": ["<=", today], "valid_to": [">=", today]},
        pluck="item",
        order_by="item",
        distinct=True,
    )
    items = frappe.get_all(
        "Item",
        filters={"name": ["in", priced], "sample_status": ["!=", "Pending"], "disabled": 0},
        pluck="name",
        order_by="name",
        limit=8,
    )
    overseas = frappe.get_all("Supplier", filters={"supplier_kind": "Import"}, pluck="name")
    imported = frappe.get_all(
        "Item Supplier Price",
        filters={"supplier": ["in", overseas], "valid_from": ["<=", today], "valid_to": [">=", today]},
        pluck="item",
        order_by="item",
        limit=1,
    )
    items = [*imported, *(item for item in items if item not in imported)]
    rows = [
        {
            "item": item,
            "qty": 200 * number,
            "required_date": add_days(today, 20 + number),
            "source": "11月计划",
        }
        for number, item in enumerate(items, 1)
    ]
    with acting_as("Planner"):
        wanted = frappe.get_doc({"doctype": "Purchase Requisition", "items": rows}).insert()
    take_action(wanted, "Submit for Approval", "Planner")
    wanted = take_action(wanted, "Approve", "Planning Manager")
    offers = frappe.get_all(
        "Item Supplier Price", filters={"item": ["in", items[:3]]}, fields=["item", "supplier"]
    )
    orders = []
    for line in wanted.items[:3]:
        own = [offer.supplier for offer in offers if offer.item == line.item]
        supplier = next((name for name in own if name in overseas and line.item in imported), own[0])
        with acting_as("Purchaser"):
            chosen = {
                "requisition_row": line.name,
                "supplier": supplier,
                "not_lowest_reason": "Second Source",
            }
            (made,) = ordering.make_orders([chosen])["orders"]
        order = frappe.get_doc("Purchase Order", made["name"])
        for action, role in (
            ("Submit for Approval", "Purchaser"),
            ("Approve", "Purchasing Manager"),
            ("Issue", "Purchaser"),
        ):
            take_action(order, action, role)
        orders.append(frappe.get_doc("Purchase Order", order.name))
    from_abroad, *orders = orders
    row = orders[0].items[0].name
    with acting_as("Receiving Clerk"):
        counted = receiving.count(
            supplier=orders[0].supplier,
            delivery_note_no="SH-20261118",
            rows=[{"order_row": row, "counted_qty": "150"}],
            count_key="take-screens",
        )
    with acting_as("Purchaser"):
        begun = begin("Purchase Change Order", "Purchase Order", orders[1].name)
        for line in begun["lines"]:
            line["new_qty"] = 120
        begun |= {"change_kind": "Quantity Decrease", "produced": "Not Produced", "reason": "客户减少订单"}
        change = frappe.get_doc({"doctype": "Purchase Change Order", **begun}).insert()
    take_action(change, "Submit for Approval", "Purchaser")
    return {
        "order": orders[1].name,
        "receipt": counted["name"],
        "change": change.name,
        "container": import_world.arrived(from_abroad, seal_no="NB204417").name,
    }


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


def calendar(page) -> None:
    """Open the calendar of the first day field."""
    page.locator("[data-field=valid_from] button").click()
    page.wait_for_timeout(300)


def first_delivery(page) -> None:
    """Begin to count the first supplier's goods."""
    page.get_by_test_id("suppliers").get_by_role("button").first.click()
    page.get_by_test_id("line").first.locator("input").first.fill("150")
    page.wait_for_timeout(300)


def unloading(page) -> None:
    """Go to where the unloading is written down."""
    page.locator("[data-field=unloading_started_at]").evaluate(TO_THE_TOP)
    page.wait_for_timeout(300)


def packing_list(page) -> None:
    """Go to the packing list."""
    page.locator("fieldset[data-field=items]").evaluate(TO_THE_TOP)
    page.wait_for_timeout(300)


class CheckedPack:
    """Takes the pack of an order from its form, and has it checked as it is or with a file changed."""

    def __init__(self, address: str, order: str, is_changed: bool):
        self.address, self.order, self.is_changed = address, order, is_changed

    def __call__(self, page) -> None:
        page.goto(f"{self.address}/erp/form/Purchase Order/{self.order}")
        with page.expect_download() as download:
            page.get_by_test_id("evidence").click()
        name, pack = download.value.suggested_filename, Path(download.value.path()).read_bytes()
        if self.is_changed:
            pack = with_file(pack, "index.html", b"...")
        page.goto(f"{self.address}/erp/evidence")
        page.get_by_test_id("pack").set_input_files(
            {"name": name, "mimeType": "application/zip", "buffer": pack}
        )
        page.get_by_test_id("verdict").wait_for()


def main() -> None:
    """Take every picture; the names say screen, language, size and darkness."""
    site = hosts.make_site()
    screen_server.build()
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        seen = fill(site)
        people = [login for role, login in seen.items() if role[0].isupper()]
        with screen_server.serving(site) as address, screen_server.chromium() as browser:

            def take(name: str, role: str | None, path: str, size: str, dark: bool = False, do=None) -> None:
                context = browser.new_context(
                    viewport=WIDTHS[size],
                    color_scheme="dark" if dark else "light",
                    locale="zh-CN" if "-zh-" in name else "en-GB",
                    has_touch=size == "phone",
                    reduced_motion="reduce",  # or a chart is caught while it grows
                )
                context.set_default_timeout(20000)
                if role:
                    screen_server.log_in(context, address, seen[role])
                page = context.new_page()
                page.goto(address + path)
                page.wait_for_load_state("networkidle")
                page.get_by_text(LOADING).first.wait_for(state="hidden")
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
            take("day-zh-phone", "Top Executive", f"/erp/decide/{waiting}", "phone", do=calendar)
            take("report-zh-desk", "Purchaser", "/erp/report/Approved Supplier List", "desk")
            change, receipt = f"Purchase Change Order/{seen['change']}", f"Purchase Receipt/{seen['receipt']}"
            for size in WIDTHS:
                take(f"ordering-zh-{size}", "Purchaser", "/erp/ordering", size)
                take(f"counting-zh-{size}", "Receiving Clerk", "/erp/counting", size, do=first_delivery)
                take(f"change-zh-{size}", "Division Head", f"/erp/decide/{change}", size)
                take(f"receipt-zh-{size}", "Quality Inspector", f"/erp/form/{receipt}", size)
                container = f"/erp/form/Import Container/{seen['container']}"
                take(f"container-zh-{size}", "Purchaser", container, size, do=packing_list)
                take(f"unloading-zh-{size}", "Warehouse Keeper", container, size, do=unloading)
                take(f"evidence-zh-{size}", "Purchaser", f"/erp/form/Purchase Order/{seen['order']}", size)
                for what, is_changed in (("whole", False), ("changed", True)):
                    check = CheckedPack(address, seen["order"], is_changed)
                    take(f"evidence-{what}-zh-{size}", "Internal Auditor", "/erp/evidence", size, do=check)
            take("order-zh-desk", "Purchaser", f"/erp/form/Purchase Order/{seen['order']}", "desk")
            speak(site, people, "en")
            take("inbox-en-phone-dark", "Top Executive", "/erp", "phone", dark=True)
            take("decision-en-phone", "Top Executive", f"/erp/decide/{waiting}", "phone")
            take("start-en-desk-dark", "Purchaser", "/erp/start", "desk", dark=True)
            take("list-en-desk", "Purchaser", f"/erp/list/{APPROVAL}", "desk")
            take("form-en-desk", "Purchaser", f"/erp/form/{draft}", "desk")
            take("change-en-desk", "Division Head", f"/erp/form/{change}", "desk")
    finally:
        site.drop()


if __name__ == "__main__":
    main()
