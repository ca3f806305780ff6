"""The desk of a Frappe bench in Chinese: values, labels, connections and what lists say beside the documents."""

from __future__ import annotations

import json

import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PATIENCE

import hosts

pytestmark = [
    pytest.mark.skipif(not hosts.is_bench(), reason="only a Frappe bench has the desk"),
    pytest.mark.usefixtures("desk"),
]


@pytest.fixture
def reader(person, speaks):
    """Return a function that opens a page of the desk for a role that reads Chinese."""

    def read(role: str, path: str):
        speaks(hosts.user_for(role), "zh")
        page = person(role, DESK).page
        page.set_default_timeout(PATIENCE)
        page.goto(path)
        return page

    return read


@pytest.fixture
def inspected(world) -> str:
    """A receipt whose inspection is over: its number."""
    return world(lambda: receiving.inspected(receiving.order()).name)


def field(page, name: str):
    return page.locator(f'.frappe-control[data-fieldname="{name}"]:visible').first


def test_roles_and_kinds_of_documents_are_said_in_chinese(reader, address, inspected, world):
    import frappe

    deadline = world(lambda: frappe.db.get_value("Deadline", {"reference_name": inspected}, "name"))
    page = reader("Quality Inspector", f"{address}/app/deadline/{deadline}")
    expect(field(page, "responsible_role")).to_contain_text("品管")
    expect(field(page, "reference_doctype")).to_contain_text("验收单")


def test_columns_of_tables_are_named_in_chinese_in_the_timeline(reader, address, inspected):
    page = reader("Quality Inspector", f"{address}/app/purchase-receipt/{inspected}")
    timeline = page.locator(".new-timeline")
    expect(timeline).to_contain_text("合格数量")
    expect(timeline).not_to_contain_text("Accepted Quantity")
    expect(field(page, "total_rejected").locator(".control-label")).to_have_text("不合格")


def test_what_a_link_field_was_filtered_by_is_said_in_chinese(reader, address):
    page = reader("Warehouse Keeper", f"{address}/app/purchase-return/new")
    field(page, "purchase_order").locator("input").focus()
    told = field(page, "purchase_order").get_by_role("option").first
    expect(told).to_contain_text("流程状态 属于 已发出 / 部分收货 / 已收货 / 已结案")


def test_steps_and_clauses_are_listed_in_chinese(reader, address, inspected):
    page = reader("Internal Auditor", f"{address}/app/approval-step?reference_name={inspected}")
    expect(page.locator(".list-row-container").filter(has_text="已点收").first).to_be_visible()
    page.goto(f"{address}/app/rule?name=1.1")
    row = page.locator(".list-row-container", has=page.locator('[data-name="1.1"]'))
    expect(row).to_contain_text("状态只能由流程动作改变")
    expect(row.locator(".indicator-pill").first).to_have_text("拦截")


def test_an_order_leads_to_its_receipts(reader, address, inspected, world):
    import frappe

    order = world(
        lambda: frappe.db.get_value("Purchase Receipt Item", {"parent": inspected}, "purchase_order")
    )
    page = reader("Purchaser", f"{address}/app/purchase-order/{order}")
    link = page.locator('.document-link[data-doctype="Purchase Receipt"]')
    expect(link.locator(".count")).to_have_text("1")
    link.locator(".badge-link").click()
    expect(page.locator(f'.list-row-checkbox[data-name="{inspected}"]')).to_be_visible()


def test_the_time_left_stays_inside_its_row(reader, address, world):
    def make() -> str:
        import frappe

        name = receiving.counted(receiving.order()).name
        people = [hosts.user_for("Quality Inspector"), hosts.user_for("Quality Inspector", 2)]
        frappe.db.set_value("Purchase Receipt", name, "_assign", json.dumps(people))
        return name

    name = world(make)
    page = reader("Quality Inspector", f"{address}/app/purchase-receipt?workflow_state=Counted")
    row = page.locator(".list-row", has=page.locator(f'[data-name="{name}"]'))
    expect(row.locator(".erp-rules-left")).to_be_visible()
    ends = row.evaluate(
        "row => [row, row.querySelector('.list-row-activity')].map(one => one.getBoundingClientRect().right)"
    )
    assert ends[1] <= ends[0]
