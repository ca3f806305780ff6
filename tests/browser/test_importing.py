"""Files and imports on the screens: a plan checked and taken from a file; a container seen through to its report."""

from __future__ import annotations

import import_world as imports
import order_world as ordering
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_plan_is_checked_and_its_good_lines_are_taken(person, world, size):
    import frappe

    code = world(ordering.item)
    day = world(lambda: str(ordering.days(30)))
    title = hosts.unique("plan")
    bad = [f"NO-{number},1,{day}" for number in range(230)]
    text = "\n".join(["料号,需求数量,需求日期", f"{code},100,{day}", f"{code},many,{day}", *bad])
    planner = person("Planner", size)
    planner.open("/erp/importing")
    planner.page.locator("input[type=file]").set_input_files(
        {"name": f"{title}.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    report = planner.page.get_by_test_id("report")
    expect(report).to_contain_text("231")
    rows = planner.page.get_by_test_id("error")
    expect(rows).to_have_count(200)
    expect(rows.first).to_contain_text("many")
    expect(rows.first).to_contain_text("3")
    report.get_by_role("button").click()
    expect(rows).to_have_count(231)
    assert world(lambda: frappe.db.exists(ordering.PLAN, {"title": title})) is None
    planner.page.get_by_test_id("import").click()
    link = report.get_by_role("link")
    expect(link).to_have_count(1)
    link.click()
    planner.page.wait_for_url("**/form/Material%20Plan/**")
    expect(planner.page.get_by_text(title).or_(planner.page.get_by_label("Title")).first).to_be_visible()
    doc = world(lambda: frappe.get_doc(ordering.PLAN, {"title": title}))
    assert [(row.item, row.qty) for row in doc.items] == [(code, 100)]
    assert planner.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_purchaser_is_not_offered_plans(person):
    """The screen offers what the person may import; the server decides."""
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp/importing")
    options = purchaser.page.get_by_test_id("kind").locator("option").all_inner_texts()
    assert "Material Plan" not in options
    status = purchaser.post(
        "erp_rules.api.imports.import_file", doctype="Material Plan", file_url="/private/files/x.csv"
    )
    assert status == 403


@pytest.mark.clause("7.17")
def test_a_container_is_handled_and_closed_on_the_screens(person, world):
    import frappe

    def make():
        order = imports.order()
        doc = imports.unloaded(order)
        receipt = imports.inspect(imports.count(imports.notices(doc)[0], 90), 90)
        imports.post(receipt)
        imports.act(doc, "Accept", "Quality Inspector")
        imports.handle(doc)
        return doc.name, order.supplier

    name, supplier = world(make)
    manager = person("Purchasing Manager", DESK)
    manager.open(f"/erp/decide/Import Container/{name}")
    decision = manager.page.get_by_test_id("decision")
    expect(decision).to_contain_text("Short")
    expect(decision).to_contain_text("90")
    decision.get_by_role("button", name="Close").first.click()
    expect(manager.page.get_by_text("Closed").first).to_be_visible()
    assert world(lambda: frappe.db.get_value("Import Container", name, "workflow_state")) == "Closed"
    manager.open(f'/erp/report/Import Container Discrepancies?filters={{"supplier":"{supplier}"}}')
    table = manager.page.get_by_test_id("report")
    expect(table).to_contain_text("-10")
