"""The printed change order and engineering change notice: only what differs, both languages (4.5.4)."""

from __future__ import annotations

import change_order_world as world
import order_world as ordering
import pytest

FORM = "Purchase Change Order Form"


def printed(doctype: str, name: str, print_format: str, language: str = "zh") -> str:
    """Return the print of a document in a language."""
    import frappe

    frappe.local.lang = language
    return frappe.get_print(doctype, name, print_format=print_format, no_letterhead=1)


@pytest.mark.clause("4.5.6", "4.5.4")
def test_only_what_differs_is_printed(db):
    order = world.order(100, 60)
    row = order.items[1]
    change = world.draft(order, "Quantity Decrease", world.line_of(row, qty=45))
    done = world.execute(world.approve(change))
    html = printed(world.CHANGE, done.name, FORM)
    for shown in (
        "采购变更单",
        done.name,
        order.name,
        done.new_order,
        row.item,
        "45",
        "The customer changed its order",
    ):
        assert shown in html, shown
    assert order.items[0].item not in html
    assert done.differences() == [
        {
            "row": 2,
            "item": row.item,
            "item_name": row.item_name,
            "changes": [{"label": "数量", "old": "60", "new": "45"}],
        }
    ]
    english = printed(world.CHANGE, done.name, FORM, "en")
    assert "Purchase Change Order" in english
    assert "采购变更单" not in english


@pytest.mark.clause("4.5.4")
def test_a_new_order_prints_with_its_change_order(db):
    order = world.order(100, 60)
    done = world.execute(world.approve(world.of_kind("Supplier Change", order)))
    html = printed(world.ORDER, done.new_order, "Purchase Order Form")
    for shown in (done.name, order.name, "采购变更单", "供应商变更"):
        assert shown in html, shown
    assert "采购变更单" not in printed(world.ORDER, ordering.issued().name, "Purchase Order Form")


@pytest.mark.clause("4.5.1.2")
def test_an_engineering_change_notice_prints_old_and_new(db):
    old, new = ordering.item(), ordering.item()
    notice = world.notice(old, new)
    html = printed(world.NOTICE, notice.name, "Engineering Change Notice Form")
    for shown in ("工程设变通知单", notice.name, old, new, "It broke in the endurance test", "用完为止"):
        assert shown in html, shown


@pytest.mark.clause("4.5.6", "4.5.1.2")
def test_approvers_of_changes_see_what_differs(db, as_user):
    from erp_rules.api import screens

    order = world.order(100, 60)
    change = world.approve(world.draft(order, "Quantity Decrease", world.line_of(order.items[0], qty=70)))
    notice = world.notice(order.items[1].item, ordering.item())
    with as_user("Division Head"):
        shown = screens.decision(world.CHANGE, change.name)
        assert [row["cells"][1:] for row in shown["table"]["rows"]] == [["Quantity", "100", "70"]]
        assert shown["record"]
        assert {"doctype": world.ORDER, "name": order.name} in [fact.get("link") for fact in shown["facts"]]
        found = screens.decision(world.NOTICE, notice.name)
    assert [row["cells"][-1] for row in found["table"]["rows"]] == [60]
