"""An administrator adds, renames and hides fields on the screens: they show it, the server obeys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from screen_sizes import DESK

import making

VISIT = "Supplier Visit"
SAVED = re.compile(r"/erp/form/[^/]+/(?!new$)[^/]+$")


def control(where, fieldname: str):
    """Return what a field is typed into or chosen from."""
    field = where.locator(f'[data-field="{fieldname}"]')
    return field.locator("input:not([type=file]), textarea, select").first


def look_up(where, fieldname: str, value: str) -> None:
    """Type into a link field and take what is found."""
    field = where.locator(f'[data-field="{fieldname}"]')
    field.get_by_role("combobox").press_sequentially(value)
    field.get_by_role("option").filter(has_text=value).first.click()
    expect(field.get_by_role("combobox")).to_have_value(value)


def save(page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_text("Not saved")).to_have_count(0)
    expect(page).to_have_url(SAVED)


def new(who, doctype: str):
    who.open(f"/erp/form/{doctype}/new")
    expect(who.page.get_by_test_id("save")).to_be_visible()
    return who.page


@pytest.fixture
def forgotten(world):
    """Records to delete again: kind and the values they are found by."""
    import frappe

    found = []
    yield found

    def forget():
        for doctype, values in reversed(found):
            for name in frappe.get_all(doctype, values, pluck="name"):
                frappe.delete_doc(doctype, name, force=True)
        frappe.clear_cache()

    world(forget)


def test_a_field_is_added_renamed_and_hidden(person, world, forgotten):
    import frappe

    forgotten += [("Custom Field", {"dt": VISIT}), ("Property Setter", {"doc_type": VISIT})]
    administrator = person("Administrator", DESK)
    page = new(administrator, "Custom Field")
    look_up(page, "dt", VISIT)
    control(page, "label").fill("Seen Lines")
    control(page, "fieldtype").select_option("Int")
    control(page, "insert_after").fill("findings")
    control(page, "insert_after").blur()
    save(page)
    for fieldname, name, value, kind in (
        ("findings", "label", "What we saw", "Data"),
        ("agreed_actions", "hidden", "1", "Check"),
    ):
        page = new(administrator, "Property Setter")
        control(page, "doctype_or_field").select_option("DocField")
        look_up(page, "doc_type", VISIT)
        for field, text in (
            ("field_name", fieldname),
            ("property", name),
            ("property_type", kind),
            ("value", value),
        ):
            control(page, field).fill(text)
            control(page, field).blur()
        save(page)

    supplier = world(lambda: making.supplier().name)
    purchaser = person("Purchaser", DESK)
    page = new(purchaser, VISIT)
    expect(page.locator('[data-field="findings"]')).to_contain_text("What we saw")
    expect(page.locator('[data-field="agreed_actions"]')).to_have_count(0)
    expect(page.locator('[data-field="custom_seen_lines"]')).to_contain_text("Seen Lines")
    look_up(page, "supplier", supplier)
    for field, text in (("planned_on", "2027-01-04"), ("custom_seen_lines", "12")):
        control(page, field).fill(text)
        control(page, field).blur()
    save(page)
    assert world(lambda: frappe.db.get_value(VISIT, {"supplier": supplier}, "custom_seen_lines")) == 12
