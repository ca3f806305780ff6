"""A change order in a browser: begun from its order, its consequences seen, approved on a phone."""

from __future__ import annotations

import change_order_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE


@pytest.fixture
def order(world):
    """An issued order of two rows, 100 and 60 at 10 each."""
    return world(lambda: change_order_world.order(100, 60).name)


def begin(purchaser, order: str):
    """Press the order's button and return the page of the new change order."""
    page = purchaser.page
    purchaser.open(f"/erp/form/Purchase Order/{order}")
    page.get_by_test_id("begin").click()
    expect(page.get_by_text("New Purchase Change Order")).to_be_visible()
    return page


def field(page, name: str, control: str = "input"):
    """Return the control of a field of the form, or the first of a column of its table."""
    return page.locator(f'[data-field="{name}"] {control}').first


@pytest.mark.clause("4.5.1", "4.5.1.1.2")
def test_a_change_goes_from_the_order_to_the_head_of_the_division(person, order, world):
    import frappe

    purchaser = person("Purchaser", DESK)
    page = begin(purchaser, order)
    field(page, "change_kind", "select").select_option("Quantity Decrease")
    field(page, "reason", "textarea").fill("The customer wants less")
    field(page, "reason", "textarea").blur()
    field(page, "produced", "select").select_option("Not Produced")
    expect(page.locator('[data-field="new_qty"] input')).to_have_count(2)
    field(page, "new_qty").fill("70")
    field(page, "new_qty").blur()
    page.get_by_test_id("save").click()
    shown = page.get_by_test_id("consequences")
    expect(shown.get_by_test_id("effect-closes")).to_contain_text(order)
    expect(shown.get_by_test_id("effect-creates")).to_contain_text("70")
    expect(shown.get_by_test_id("amounts")).to_contain_text("1,600.00")
    expect(shown.get_by_test_id("amounts")).to_contain_text("-300.00")
    page.locator("[data-action='Submit for Approval']").click()
    expect(page.get_by_test_id("state")).to_have_text("Approval")
    name = page.url.rsplit("/", 1)[-1]

    head = person("Division Head", PHONE)
    head.open(f"/erp/decide/Purchase Change Order/{name}")
    decision = head.page
    expect(decision.get_by_test_id("effect-closes")).to_contain_text(order)
    expect(decision.get_by_test_id("table-rows")).to_be_visible()
    expect(decision.get_by_text("The customer wants less")).to_be_visible()
    after = decision.get_by_role("cell", name="70", exact=True).first
    after.evaluate("cell => scrollTo(0, cell.getBoundingClientRect().top + scrollY - 300)")
    expect(after).to_be_in_viewport(ratio=1)
    assert decision.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    decision.locator("[data-action='Approve']").click()
    decision.wait_for_url("**/erp/")
    assert world(lambda: frappe.db.get_value("Purchase Change Order", name, "workflow_state")) == "Approved"

    purchaser.open(f"/erp/form/Purchase Change Order/{name}")
    page.locator("[data-action='Execute']").click()
    expect(page.get_by_test_id("state")).to_have_text("Executed")
    made = world(lambda: frappe.db.get_value("Purchase Change Order", name, "new_order"))
    expect(page.get_by_test_id("effect-creates")).to_contain_text(made)
    found = world(lambda: frappe.db.get_value("Purchase Order", made, ["total_qty", "total_amount"]))
    assert found == (130, 1300)


@pytest.mark.clause("4.5.6")
def test_what_was_typed_survives_a_refusal(person, order, world):
    import frappe

    purchaser = person("Purchaser", DESK)
    page = begin(purchaser, order)
    field(page, "change_kind", "select").select_option("Date Change")
    field(page, "new_required_date").fill("2020-01-01")
    field(page, "new_required_date").blur()
    field(page, "reason", "textarea").fill("Late material")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("open-points")).to_contain_text("4.5.1.3")
    expect(field(page, "new_required_date")).to_have_value("2020-01-01")
    page.locator("[data-action='Execute']").click()
    expect(page.get_by_test_id("problem").first).to_contain_text("4.5.1.3")
    name = page.url.rsplit("/", 1)[-1]
    assert world(lambda: frappe.db.get_value("Purchase Change Order", name, "workflow_state")) == "Draft"


@pytest.mark.clause("4.5.1")
def test_nobody_else_is_offered_to_change_an_order(person, order):
    keeper = person("Warehouse Keeper", DESK)
    keeper.open(f"/erp/form/Purchase Order/{order}")
    expect(keeper.page.get_by_test_id("state")).to_be_visible()
    expect(keeper.page.get_by_test_id("begin")).to_have_count(0)


@pytest.mark.clause("4.5.5")
def test_the_purchaser_records_the_telling_and_the_confirmation(person, order, world):
    import frappe

    def executed():
        change = change_order_world.of_kind("Cancellation", frappe.get_doc("Purchase Order", order))
        return change_order_world.execute(change_order_world.approve(change)).name

    def kept(field: str):
        return world(lambda: frappe.db.get_value("Purchase Change Order", name, field))

    name = world(executed)
    planner = person("Planner", DESK)
    planner.open(f"/erp/form/Purchase Change Order/{name}")
    expect(planner.page.get_by_test_id("state")).to_have_text("Executed")
    expect(planner.page.locator("[data-step]")).to_have_count(0)

    purchaser = person("Purchaser", PHONE)
    purchaser.open(f"/erp/form/Purchase Change Order/{name}")
    page = purchaser.page
    dialog = page.get_by_role("dialog")
    page.locator("[data-step='tell_supplier']").click()
    dialog.get_by_test_id("confirm").click()
    expect(dialog.get_by_test_id("field-problem")).to_be_visible()
    dialog.locator('[data-field="notified_by_means"] select').select_option("Phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    dialog.get_by_test_id("confirm").click()
    expect(page.locator("[data-step='record_confirmation']")).to_be_visible()
    assert kept("notified_by_means") == "Phone" and kept("supplier_confirmed_at") is None

    page.locator("[data-step='record_confirmation']").click()
    dialog.locator('[data-field="confirmed_by_name"] input').fill("Ms Chen")
    dialog.locator('[data-field="supplier_confirmed_at"] input').fill("2020-01-01 08:00")
    dialog.get_by_test_id("confirm").click()
    expect(dialog.get_by_test_id("problem").first).to_contain_text("4.5.5")
    dialog.locator('[data-field="supplier_confirmed_at"] input').fill("")
    dialog.get_by_test_id("confirm").click()
    expect(page.locator("[data-step]")).to_have_count(0)
    assert kept("confirmed_by_name") == "Ms Chen"
