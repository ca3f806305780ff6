"""Fields, workflow states and rule parameters are changed on the screens: they show it, the server obeys."""

from __future__ import annotations

import re

import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK

import hosts
import making

VISIT, EVALUATION = "Supplier Visit", "Supplier Evaluation"
ACT = "erp_rules.api.screens.act"
SAVED = re.compile(r"/erp/form/[^/]+/(?!new$)[^/]+$")


def control(where, fieldname: str):
    """Return what a field is typed into or chosen from."""
    field = where.locator(f'[data-field="{fieldname}"]')
    return field.locator("input:not([type=file]), textarea, select").first


def look_up(where, fieldname: str, value: str) -> None:
    """Type into a link field and take what is found."""
    field = where.locator(f'[data-field="{fieldname}"]')
    field.get_by_role("combobox").fill("")
    field.get_by_role("combobox").press_sequentially(value)
    field.get_by_role("option").filter(has_text=value).first.click()
    expect(field.get_by_role("combobox")).to_have_value(value)


def save(page) -> None:
    page.get_by_test_id("save").click()
    expect(page.get_by_text("Not saved")).to_have_count(0)
    expect(page).to_have_url(SAVED)


def administrator_login(world) -> str:
    """Make somebody who administers the site, with a password that is the same on every host."""
    return world(
        lambda: hosts.make_user(f"{hosts.unique('administers').lower()}@demo.example", "System Manager")
    )


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


@pytest.mark.skipif(hosts.is_bench(), reason="on Frappe fields are customised with the tools of its desk")
def test_a_field_is_added_renamed_and_hidden(person, world, forgotten):
    import frappe

    forgotten += [("Custom Field", {"dt": VISIT}), ("Property Setter", {"doc_type": VISIT})]
    administrator = person(administrator_login(world), DESK)
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


def row_form(page, table: str, number: int):
    """Open a row of a table and return its form."""
    grid = page.locator(f'fieldset[data-field="{table}"]')
    grid.get_by_role("button", name=f"Open row {number}", exact=True).click()
    expect(grid.get_by_test_id("row-form")).to_contain_text(f"Row {number}")
    return grid.get_by_test_id("row-form")


def add_row(page, table: str, number: int):
    """Add a row to the end of a table and return its form."""
    grid = page.locator(f'fieldset[data-field="{table}"]')
    grid.get_by_test_id(f"add-{table}").click()
    return row_form(page, table, number)


@pytest.mark.clause("4.2.3.3")
def test_a_rules_parameter_is_changed_and_the_next_save_obeys(person, world, rule_as_before):
    two = world(lambda: two_quotes())
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/Price Approval/{two}")
    purchaser.page.locator('[data-action="Submit for Review"]').click()
    expect(purchaser.page.get_by_role("alert")).to_contain_text("4.2.3.3")

    administrator = person("Rule Administrator", DESK)
    administrator.open("/erp/form/Rule/4.2.3.3")
    form = row_form(administrator.page, "parameters", 1)
    expect(control(form, "key")).to_have_value("min_quotes")
    control(form, "value").fill("2")
    control(form, "value").blur()
    save(administrator.page)
    administrator.page.reload()
    expect(control(row_form(administrator.page, "parameters", 1), "value")).to_have_value("2")

    purchaser.page.reload()
    purchaser.page.locator('[data-action="Submit for Review"]').click()
    expect(purchaser.page.get_by_test_id("state")).to_have_text("Finance Review")


def two_quotes() -> str:
    suppliers = [price_world.supplier() for _ in range(2)]
    quotes = [price_world.quote(suppliers[0], 10, selected=1), price_world.quote(suppliers[1], 11)]
    return price_world.draft(quotes=quotes).name


@pytest.fixture
def rule_as_before(world):
    """Put the parameter of 4.2.3.3 back afterwards."""
    import frappe

    yield

    def restore():
        rule = frappe.get_doc("Rule", "4.2.3.3")
        rule.parameters[0].value = rule.parameters[0].default
        rule.save(ignore_permissions=True)

    world(restore)


def test_a_state_and_a_transition_are_added_shown_and_obeyed(person, world, evaluations_as_before):
    workflow, states, transitions = evaluations_as_before
    state, action = hosts.unique("Second Look"), hosts.unique("Confirm")
    administrator = person(administrator_login(world), DESK)
    page = new(administrator, "Workflow State")
    control(page, "workflow_state_name").fill(state)
    save(page)
    page = new(administrator, "Workflow Action Master")
    control(page, "workflow_action_name").fill(action)
    save(page)

    administrator.open(f"/erp/form/Workflow/{workflow}")
    form = add_row(page, "states", states + 1)
    look_up(form, "state", state)
    look_up(form, "allow_edit", "Purchasing Manager")
    form = row_form(page, "transitions", transitions.index("Approve") + 1)
    look_up(form, "next_state", state)
    form = add_row(page, "transitions", len(transitions) + 1)
    look_up(form, "state", state)
    look_up(form, "action", action)
    look_up(form, "next_state", "Approved")
    look_up(form, "allowed", "Purchasing Manager")
    control(form, "allow_self_approval").uncheck()
    save(page)

    name = world(lambda: evaluated())
    manager = person("Purchasing Manager", DESK)
    manager.open(f"/erp/form/{EVALUATION}/{name}")
    manager.page.locator('[data-action="Approve"]').click()
    expect(manager.page.get_by_test_id("state")).to_have_text(state)
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{EVALUATION}/{name}")
    expect(purchaser.page.get_by_test_id("state")).to_have_text(state)
    expect(purchaser.page.locator(f'[data-action="{action}"]')).to_have_count(0)
    assert purchaser.post(ACT, doctype=EVALUATION, name=name, action=action) == 403
    manager.page.locator(f'[data-action="{action}"]').click()
    expect(manager.page.get_by_test_id("state")).to_have_text("Approved")


def evaluated() -> str:
    supplier = making.approved_supplier()
    doc = making.evaluation(supplier.name, outcome="Keep", remarks="Good")
    return making.act(doc, "Submit for Approval", "Purchaser").name


@pytest.fixture
def evaluations_as_before(world):
    """Give the evaluations' workflow, its number of states and its actions, and put it back afterwards."""
    import frappe

    def read():
        workflow = frappe.get_doc("Workflow", {"document_type": EVALUATION, "is_active": 1})
        rows = {table: [row.as_dict() for row in workflow.get(table)] for table in ("states", "transitions")}
        return workflow.name, rows

    name, before = world(read)
    yield name, len(before["states"]), [row["action"] for row in before["transitions"]]

    def restore():
        workflow = frappe.get_doc("Workflow", name)
        for table, rows in before.items():
            workflow.set(table, [])
            for row in rows:
                workflow.append(table, {**row, "name": None})
        workflow.save(ignore_permissions=True)
        frappe.clear_cache()

    world(restore)
