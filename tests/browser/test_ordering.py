"""The ordering workbench in a browser: from the start page to the orders, and what a refusal leaves."""

from __future__ import annotations

import order_world
import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK


@pytest.fixture
def line(world):
    """An approved requisition line with three offers: item, suppliers from the lowest, requisition row."""

    def make():
        code = order_world.item()
        suppliers = [price_world.supplier() for _count in range(3)]
        order_world.post(code, *((supplier, 10 + at) for at, supplier in enumerate(suppliers)))
        wanted = order_world.approved((code, 7))
        return code, suppliers, wanted.items[0].name

    return world(make)


def lines_of(who, code: str):
    """Open the workbench, narrow it to the item and return its line: others may wait beside it."""
    who.open("/erp/ordering")
    field = who.page.locator('form [data-field="item"]')
    field.get_by_role("combobox").press_sequentially(code)
    field.get_by_role("option").filter(has_text=code).first.click()
    who.page.get_by_role("button", name="Refresh").click()
    lines = who.page.get_by_test_id("lines").get_by_role("listitem")
    expect(lines).to_have_count(1)
    return lines.filter(has_text=code)


@pytest.mark.clause("4.4.1")
def test_a_purchaser_orders_at_the_lowest_offer(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp/start")
    link = purchaser.page.get_by_role("link", name="Ordering", exact=True)
    expect(link).to_have_attribute("href", "/erp/ordering")
    shown = lines_of(purchaser, code)
    expect(shown.get_by_role("radio")).to_have_count(3)
    expect(shown.get_by_role("radio").first).to_have_attribute("aria-checked", "true")
    expect(shown.get_by_role("radio").first).to_contain_text("★")
    shown.get_by_role("checkbox").check()
    purchaser.page.get_by_test_id("make-orders").click()
    expect(purchaser.page.get_by_test_id("made").get_by_role("link")).to_have_count(1)
    expect(shown).to_have_count(0)
    order = purchaser.page.get_by_test_id("made").get_by_role("link").inner_text()
    assert world(lambda: frappe.db.get_value("Purchase Order", order, "supplier")) == suppliers[0]
    assert world(lambda: frappe.db.get_value("Purchase Requisition Item", row, "ordered_qty")) == 7


@pytest.mark.clause("4.4.1")
def test_a_dearer_supplier_needs_a_reason_on_the_screen(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    shown = lines_of(purchaser, code)
    shown.get_by_role("radio").nth(2).click()
    button = purchaser.page.get_by_test_id("make-orders")
    expect(button).to_be_disabled()
    shown.get_by_role("combobox").select_option("Shorter Delivery")
    button.click()
    expect(purchaser.page.get_by_test_id("made")).to_be_visible()
    fields = ["not_lowest_reason", "lowest_supplier", "price_row"]
    found = world(
        lambda: frappe.db.get_value("Purchase Order Item", {"requisition_row": row}, fields, as_dict=True)
    )
    assert (found.not_lowest_reason, found.lowest_supplier) == ("Shorter Delivery", suppliers[0])


@pytest.mark.clause("4.3")
def test_a_refusal_keeps_what_was_chosen(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    shown = lines_of(purchaser, code)
    shown.get_by_role("checkbox").check()
    shown.get_by_label("Order quantity").fill("5000")
    purchaser.page.get_by_test_id("make-orders").click()
    expect(purchaser.page.get_by_test_id("problem")).to_contain_text("5000")
    expect(shown.get_by_label("Order quantity")).to_have_value("5000")
    assert not world(lambda: frappe.db.exists("Purchase Order Item", {"requisition_row": row}))
