"""The desk of a Frappe bench: what its link fields offer, what its list filters offer, and its numbered copies."""

from __future__ import annotations

import re

import change_order_world as changes
import price_world as prices
import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PATIENCE

import hosts

pytestmark = [
    pytest.mark.skipif(not hosts.is_bench(), reason="only a Frappe bench has the desk"),
    pytest.mark.usefixtures("desk"),
]


def go(who, path: str):
    """Open a page of the desk and return it."""
    who.page.set_default_timeout(PATIENCE)
    who.page.goto(f"{who.address}/app/{path}")
    return who.page


def options_of(field, text: str = ""):
    """Type into a link field and return what it offers."""
    box = field.locator("input:visible").first
    box.click()
    box.fill(text)
    return field.get_by_role("option")


def test_an_order_form_offers_approved_suppliers_only(person, world):
    good, suspended = world(lambda: (prices.supplier(), prices.supplier(status="Suspended")))
    page = go(person("Purchaser", DESK), "purchase-order/new")
    supplier = page.locator(".frappe-control[data-fieldname=supplier]:visible")
    expect(options_of(supplier, good).filter(has_text=good).first).to_be_visible()
    offered = options_of(supplier, suspended)
    expect(offered.filter(has_text="Advanced Search")).to_be_visible()
    expect(offered.filter(has_text=suspended)).to_have_count(0)


def test_a_row_of_a_receipt_offers_the_orders_of_its_supplier(person, world):
    def make():
        own, other = receiving.order(), receiving.order()
        return own.name, own.supplier, other.name

    own, supplier, other = world(make)
    who = person("Warehouse Keeper", DESK)
    page = go(who, f"purchase-receipt/new?supplier={supplier}")
    row = page.locator(".frappe-control[data-fieldname=items] .grid-body .grid-row").first
    row.locator("[data-fieldname=purchase_order]").first.click()
    cell = row.locator(".frappe-control[data-fieldname=purchase_order]")
    expect(options_of(cell, own).filter(has_text=own).first).to_be_visible()
    offered = options_of(cell, other)
    expect(offered.filter(has_text="Advanced Search")).to_be_visible()
    expect(offered.filter(has_text=other)).to_have_count(0)


def test_a_filter_of_a_list_offers_whatever_its_links_hold(person, world):
    """Orders of a supplier that is suspended now are there to be found."""
    suspended = world(lambda: prices.supplier(status="Suspended"))
    page = go(person("Purchaser", DESK), "purchase-order")
    page.locator(".filter-selector .filter-button").click()
    box = page.locator(".filter-popover .filter-box").first
    box.locator(".fieldname-select-area input").fill("Supplier")
    box.locator(".fieldname-select-area li").filter(has_text=re.compile(r"^\s*Supplier\s*$")).click()
    value = box.locator(".filter-field")
    expect(options_of(value, suspended).filter(has_text=suspended).first).to_be_visible()


def test_what_a_change_order_makes_is_not_begun_by_hand(person, world):
    def make() -> str:
        change = changes.of_kind("Quantity Increase", changes.order(100))
        return changes.execute(changes.approve(change)).name

    name = world(make)
    page = go(person("Purchaser", DESK), f"purchase-change-order/{name}")
    links = page.locator(".form-links .document-link")
    expect(links.filter(has_text="Engineering Change Notice")).to_be_visible()
    for doctype in ("Purchase Order", "Purchase Requisition"):
        link = page.locator(f'.form-links .document-link[data-doctype="{doctype}"]')
        expect(link).to_be_visible()
        expect(link.locator("button.btn-new")).to_be_hidden()


def test_numbered_copies_are_printed_from_the_form(person, world):
    import frappe

    name = world(lambda: receiving.counted(receiving.order(), 100).name)
    who = person("Quality Inspector", DESK)
    page = go(who, f"purchase-receipt/{name}")
    page.get_by_role("button", name="Print", exact=True).click()
    entry = page.locator(".inner-group-button .dropdown-item", has_text="Inspection Card: Print in English")
    with page.context.expect_page() as opened:
        entry.first.click()
    sheet = opened.value
    expect(sheet.locator(".paper-form .number").first).to_contain_text("Copy 1")
    sheet.close()
    kept = world(
        lambda: frappe.get_all("Printed Copy", {"reference_name": name}, ["print_format", "copy_no", "user"])
    )
    assert [tuple(row.values()) for row in kept] == [("Inspection Card", 1, hosts.who("Quality Inspector"))]
    expect(page.locator(".new-timeline")).to_contain_text("Copy 1 of Inspection Card printed (en)")
