"""Change orders with bad luck: a killed process, an order that moves meanwhile, two people at once (rulebook 5)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import change_order_world as world
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving
from acceptance.test_receiving_together import action, at_once

import hosts

# Everything that an execution could leave half done.
TOUCHED = (
    "Purchase Order",
    "Purchase Order Item",
    "Purchase Requisition",
    "Purchase Requisition Item",
    "Purchase Change Order",
    "Purchase Change Order Line",
    "Version",
    "Deadline",
    "Approval Step",
    "Notification Log",
    "Comment",
)
# Where the process dies: the function during which it is killed, and after how many calls of it.
MOMENTS = {
    "before the old order is closed": "erp_rules.procurement.orders.close_order",
    "between the old order and the new one": "erp_rules.procurement.orders.make_order",
    "when the new order is approved": "erp_rules.rule_engine.workflow.move",
    "when requisitions are brought up to date": "erp_rules.procurement.requisitions.refresh_ordered",
    "before everything is committed": "frappe.db.commit",
}
DIES = """
import importlib, os, signal, sys
sys.path[:0] = {paths!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.set_user({user!r})
from erp_rules.rule_engine import workflow
moment, _, name = {moment!r}.rpartition(".")
holder = frappe.db if moment == "frappe.db" else importlib.import_module(moment)
before, calls = getattr(holder, name), []
def die(*args, **kwargs):
    calls.append(1)
    if len(calls) > {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    return before(*args, **kwargs)
setattr(holder, name, die)
workflow.act("Purchase Change Order", {change!r}, "Execute")
frappe.db.commit()
print("not killed")
"""


def everything() -> dict:
    """Return what the database holds of all documents that a change order can touch, as counts and contents."""
    import frappe

    found = {}
    for doctype in TOUCHED:
        rows = frappe.get_all(doctype, fields=["name", "modified"], order_by="name asc", limit=0)
        found[doctype] = [(row.name, row.modified) for row in rows]
    return found


def killed(site, change, moment: str, after: int = 0) -> None:
    """Execute a change order in a process of its own that is killed at that moment."""
    script = DIES.format(
        paths=[path for path in sys.path if path],
        site=site.name,
        sites=str(Path(site.sites_path).resolve()),
        user=hosts.who(world.executor(change)),
        moment=moment,
        after=after,
        change=change.name,
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=os.getcwd(), capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == -signal.SIGKILL, (ended.returncode, ended.stdout, ended.stderr[-2000:])


def new_orders(change) -> list[str]:
    """Return the orders that a change order made."""
    import frappe

    return frappe.get_all(world.ORDER, {"change_order": change.name}, pluck="name")


@pytest.mark.clause("4.5.1.1.2", "4.5.3")
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Supplier Change"])
@pytest.mark.parametrize("moment", list(MOMENTS))
def test_a_process_killed_in_the_middle_leaves_nothing_half_done(db, site, kind, moment):
    order = world.order(100, 60)
    receiving.posted(order, 25)
    change = world.approve(world.of_kind(kind, order))
    db.db.commit()
    before = everything()
    killed(site, change, MOMENTS[moment])
    db.db.rollback()
    assert everything() == before
    done = world.execute(change)
    assert done.workflow_state == "Executed"
    assert len(new_orders(done)) == 1
    assert prices.stored(order)["workflow_state"] == "Closed"


@pytest.mark.clause("4.5.1.1.1", "4.5.1.2", "4.5.1.4", "4.5.2.2")
@pytest.mark.parametrize(
    "kind", ["Quantity Increase", "Item Change", "Cancellation", "Price Change", "Date Change"]
)
def test_a_process_killed_before_the_end_undoes_every_kind_of_change(db, site, kind):
    order = world.order(100, 60)
    change = world.approve(world.of_kind(kind, order))
    db.db.commit()
    before = everything()
    killed(site, change, "frappe.db.commit")
    db.db.rollback()
    assert everything() == before
    assert world.execute(change).workflow_state == "Executed"


# The order moves meanwhile ----------------------------------------------------------------------------


def refused(db, change) -> str:
    """Assert that executing is refused and changes nothing, and return what the user is told."""
    before = everything()
    with pytest.raises(db.ValidationError) as told:
        world.execute(change)
    hosts.forget_request_state()
    db.db.rollback()
    after = everything()
    assert after == before
    assert not new_orders(change)
    return str(told.value)


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Item Change", "Cancellation", "Supplier Change"])
def test_goods_that_came_after_the_approval_are_told_before_the_order_is_closed(db, kind):
    order = world.order(100, 60)
    change = world.approve(world.of_kind(kind, order))
    receiving.posted(order, 80)
    db.db.commit()
    told = refused(db, change)
    assert "4.5.1" in told
    assert "80" in told
    # The way out: reject, revise, save as it is now, approve anew.
    world.receiving.act(change, "Reject", "Purchaser", reason="80 came meanwhile")
    change = world.receiving.act(change, "Revise", "Purchaser")
    line = change.lines[0]
    lines = [{"name": row.name, "order_row": row.order_row, "new_qty": row.new_qty} for row in change.lines]
    if kind in ("Quantity Decrease", "Item Change"):
        with hosts.as_user("Purchaser"):
            change.lines[0].new_qty = 90 if kind == "Quantity Decrease" else 20
            change.save()
    else:
        with hosts.as_user("Purchaser"):
            change.reason = "As it is now"
            change.save()
    assert (line.order_row, len(lines)) == (order.items[0].name, len(change.lines))
    done = world.execute(world.approve(change))
    assert done.workflow_state == "Executed"
    closed = prices.stored(order)
    assert closed["workflow_state"] == "Closed"
    assert closed["items"][0]["received_qty"] == 80


@pytest.mark.clause("4.5.1")
def test_a_closed_order_is_not_changed_any_more(db):
    order = world.order(100)
    receiving.posted(order, 40)
    first = world.approve(world.of_kind("Price Change", order, rate=9))
    from erp_rules.procurement import orders

    orders.close_order(order.name, "Nothing more will come")
    db.db.commit()
    assert "Closed" in refused(db, first)


@pytest.mark.clause("4.5.1")
def test_goods_that_are_being_counted_hold_a_closing_change_back(db):
    order = world.order(100)
    change = world.approve(world.of_kind("Quantity Decrease", order))
    receipt = receiving.inspected(order, 30)
    db.db.commit()
    assert receipt.name in refused(db, change)


# Two at once ------------------------------------------------------------------------------------------


@pytest.mark.clause("4.5.1", "4.5.1.1.2")
@pytest.mark.parametrize(
    "kind", ["Quantity Decrease", "Quantity Increase", "Cancellation", "Supplier Change"]
)
def test_two_who_execute_the_same_change_do_it_once(db, site, kind):
    order = world.order(100)
    change = world.approve(world.of_kind(kind, order))
    role = world.executor(change)
    done, failed = at_once(
        site, *((f"{role} {who}" if who > 1 else role, action(change, "Execute")) for who in (1, 2))
    )
    assert done == ["Executed"], failed
    assert len(failed) == 1
    assert isinstance(failed[0], (db.ValidationError, db.PermissionError)), failed
    assert "Executed" in str(failed[0])
    assert len(new_orders(change)) == (0 if kind == "Cancellation" else 1)


@pytest.mark.clause("4.5.1")
def test_of_two_changes_that_are_submitted_at_once_one_goes_on(db, site):
    order = world.order(100)
    first = world.of_kind("Quantity Decrease", order)
    second = world.of_kind("Quantity Decrease", order, qty=30)
    done, failed = at_once(
        site,
        ("Purchaser", action(first, "Submit for Approval")),
        ("Purchaser 2", action(second, "Submit for Approval")),
    )
    assert done == ["Approval"], failed
    assert "4.5.1" in str(failed[0])
    assert isinstance(failed[0], db.ValidationError), failed


@pytest.mark.clause("4.5.1", "4.6.4")
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Cancellation", "Quantity Increase"])
def test_a_change_and_a_receipt_at_once(db, site, kind):
    """Goods counted meanwhile hold the change back; whatever comes first, sums and states hold."""
    order = world.order(100)
    change = world.approve(world.of_kind(kind, order))
    note = hosts.unique("N")
    from acceptance.test_receiving_together import counting

    done, failed = at_once(
        site,
        ("Purchaser", action(change, "Execute")),
        ("Receiving Clerk", counting(order, note, qty=30)),
    )
    known = (db.ValidationError, db.PermissionError)
    assert all(isinstance(error, known) for error in failed), failed
    assert done, failed
    world.check_orders(order)


@pytest.mark.clause("4.5.1", "4.6.4")
def test_a_price_change_and_a_posting_at_once_keep_both(db, site):
    order = world.order(100)
    change = world.approve(world.of_kind("Price Change", order, rate=9))
    receipt = receiving.inspected(order, 40)
    done, failed = at_once(
        site,
        ("Finance Officer", action(change, "Execute")),
        ("Warehouse Keeper", action(receipt, "Post")),
    )
    known = (db.ValidationError, db.PermissionError)
    assert all(isinstance(error, known) for error in failed), failed
    assert "Posted" in done, failed
    stored = prices.stored(order)["items"][0]
    assert stored["received_qty"] == 40
    if "Executed" in done:
        assert stored["rate"] == 9
    world.check_orders(order)


@pytest.mark.clause("4.5.1")
def test_changes_of_orders_that_share_requisitions_do_not_block_each_other(db, site):
    """Two orders from the same two requisitions, changed at once again and again: all get through or are told why."""
    import frappe

    for _round in range(3):
        supplier, other = (receiving.list_supplier(prices.supplier()) for _one in range(2))
        codes = [ordering.item() for _one in range(2)]
        for code in codes:
            ordering.post(code, (supplier, 10), (other, 10))
        wanted = [ordering.approved(*((code, 100) for code in codes)) for _one in range(2)]
        made = ordering.make(
            *(
                ordering.line(row, who, qty=50, not_lowest_reason="Shorter Delivery")
                for requisition in wanted
                for row in requisition.items
                for who in (supplier, other)
            )
        )
        issued = [ordering.move(frappe.get_doc(world.ORDER, order.name)) for order in made]
        changes = [
            world.approve(world.of_kind("Cancellation", order, demand="Still Needed")) for order in issued
        ]
        done, failed = at_once(
            site,
            ("Purchaser", action(changes[0], "Execute")),
            ("Purchaser 2", action(changes[1], "Execute")),
        )
        assert done == ["Executed", "Executed"], failed
        for order in issued:
            world.check_orders(order)


@pytest.mark.clause("4.5.1")
def test_a_deadlock_of_a_workflow_action_is_tried_once_more(db, as_user, monkeypatch):
    """The server does it for every request: the first deadlock is not seen, a second one is told in words."""
    from erp_rules.api import rules
    from erp_rules.rule_engine import workflow

    order = world.order(100)
    change = world.approve(world.of_kind("Quantity Increase", order))
    db.db.commit()
    real, calls = workflow.act, []

    def unlucky(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            raise db.QueryDeadlockError("Deadlock found when trying to get lock")
        return real(*args, **kwargs)

    monkeypatch.setattr(workflow, "act", unlucky)
    with as_user("Purchaser"):
        assert rules.act(world.CHANGE, change.name, "Execute")["state"] == "Executed"
    assert len(calls) == 2
    assert len(new_orders(change)) == 1


@pytest.mark.clause("4.3", "4.7.1.1")
@pytest.mark.parametrize(("received", "reopens", "open_again"), [(14, 0, 2), (100, 0, 2), (14, 1, 0)])
def test_goods_that_do_not_come_again_are_given_back_to_the_requisition(db, received, reopens, open_again):
    """Found by the random sequences: the requisition kept counting what a return had closed on the order."""
    order = world.order(100)
    receiving.posted(order, received)
    line = order.items[0]
    row = {
        "item": line.item,
        "order_row": line.name,
        "qty": 2,
        "warehouse": receiving.warehouse("Stock"),
        "reopens_order": reopens,
    }
    receiving.returned(receiving.give_back(order, 0, items=[row]))
    world.check_orders(order)
    ordered = db.db.get_value("Purchase Requisition Item", line.requisition_row, "ordered_qty")
    assert ordered == 100 - open_again
