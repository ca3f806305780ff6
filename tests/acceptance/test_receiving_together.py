"""Two terminals, two keepers and a process that dies in the middle of posting (rulebook 5)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import receiving_world as world

import hosts

COUNT = "erp_rules.api.receiving.count"


def at_once(site, *calls):
    """Run each call (login, function) in a thread of its own at the same time; return results and errors."""
    import frappe

    frappe.db.commit()
    start = threading.Barrier(len(calls))
    outcomes: list = [None] * len(calls)

    def run(number, login, function):
        site.connect()
        try:
            frappe.set_user(hosts.who(login))
            start.wait(30)
            outcomes[number] = function()
            frappe.db.commit()
        except Exception as error:
            frappe.db.rollback()
            outcomes[number] = error
        finally:
            site.disconnect()

    threads = [threading.Thread(target=run, args=(n, *call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    frappe.db.rollback()
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)], errors


def action(doc, name):
    """Return a function that carries out a workflow action, once more after a deadlock, as the server does."""

    def call():
        from erp_rules.rule_engine import workflow
        from erp_rules.rule_engine.retry import once_more

        return once_more(
            lambda: workflow.apply_workflow({"doctype": doc.doctype, "name": doc.name}, name).workflow_state
        )

    return call


def counting(order, note, qty=100, key=None):
    """Return a function that counts a delivery at a terminal."""
    row, supplier = order.items[0].name, order.supplier

    def call():
        from erp_rules.api import receiving

        rows = [{"order_row": row, "counted_qty": qty}]
        return receiving.count(supplier, note, rows, key or hosts.unique("key"))

    return call


@pytest.mark.clause("4.6.2")
def test_one_delivery_counted_at_two_terminals_is_received_once(db, site):
    order, note = world.order(qty=100), hosts.unique("N")
    done, refused = at_once(
        site, ("Receiving Clerk", counting(order, note)), ("Receiving Clerk 2", counting(order, note))
    )
    assert len(done) == 1, (done, refused)
    assert len(refused) == 1
    assert isinstance(refused[0], db.ValidationError), refused
    assert "4.6.2" in str(refused[0])
    states = db.get_all(world.RECEIPT, filters={"supplier": order.supplier}, pluck="workflow_state")
    assert states == ["Counted"]


@pytest.mark.clause("4.6.2")
def test_one_count_sent_by_both_presses_of_the_button_is_one_receipt(db, site):
    order, note, key = world.order(qty=100), hosts.unique("N"), hosts.unique("key")
    done, refused = at_once(
        site,
        ("Receiving Clerk", counting(order, note, key=key)),
        ("Receiving Clerk", counting(order, note, key=key)),
    )
    assert not refused, refused
    assert len({answer["name"] for answer in done}) == 1


@pytest.mark.clause("4.6.4")
def test_two_receipts_of_the_same_open_goods_posted_at_once(db, site):
    order = world.order(qty=100)
    first, second = world.inspected(order, 100), world.inspected(order, 70)
    done, refused = at_once(
        site, ("Warehouse Keeper", action(first, "Post")), ("Warehouse Keeper 2", action(second, "Post"))
    )
    assert done == ["Posted", "Posted"], refused
    found = world.totals(order)
    assert (found["received_qty"], found["over_qty"], found["state"]) == (100, 70, "Received")
    item = order.items[0].item
    assert world.on_hand(item) + world.on_hand(item, bucket="Over Delivery") == 170
    assert world.on_hand(item) == 100


@pytest.mark.clause("4.6.4")
def test_one_receipt_posted_by_two_keepers_is_posted_once(db, site):
    order = world.order(qty=100)
    receipt = world.inspected(order, 100)
    done, refused = at_once(
        site, ("Warehouse Keeper", action(receipt, "Post")), ("Warehouse Keeper 2", action(receipt, "Post"))
    )
    assert done == ["Posted"]
    assert isinstance(refused[0], db.ValidationError), refused
    assert world.on_hand(order.items[0].item) == 100


@pytest.mark.clause("4.7.1.1")
def test_two_returns_of_the_same_goods_at_once(db, site):
    order = world.order(qty=100)
    world.posted(order, 100, accepted=40)
    first, second = world.give_back(order, 40), world.give_back(order, 40)
    done, refused = at_once(
        site,
        ("Warehouse Keeper", action(first, "Request")),
        ("Warehouse Keeper 2", action(second, "Request")),
    )
    assert len(done) == 2, refused
    for back in (first, second):
        back.reload()
    moving = [back for back in (first, second) if back.workflow_state == "Manager Approval"]
    for back in moving:
        world.act(back, "Approve", "Warehouse Manager")
        world.sign(back)
    keepers = ("Warehouse Keeper", "Warehouse Keeper 2")
    steps = ((keeper, action(back, "Hand Over")) for keeper, back in zip(keepers, moving, strict=True))
    done, refused = at_once(site, *steps)
    assert done == ["Handed Over"] and isinstance(refused[0], db.ValidationError), refused
    for back in moving:
        back.reload()
    (gone,) = [back for back in moving if back.workflow_state == "Handed Over"]
    world.act(gone, "Post", "Warehouse Keeper")
    assert world.on_hand(order.items[0].item, "Defective") == 20
    assert world.totals(order)["returned_qty"] == 40


@pytest.mark.clause("4.6.4", "4.7.1.1")
def test_goods_kept_apart_are_returned_or_taken_by_an_order_when_both_are_tried_at_once(db, site):
    import order_world as ordering

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 130)
    item = order.items[0].item
    wanted = ordering.approved((item, 30))
    following = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    over, row = db.db.get_value(world.OVER, {"purchase_order": order.name}), following.items[0].name
    with hosts.as_user("Warehouse Keeper"):
        back = db.get_doc(world.RETURN, receiving.return_over(over))
    done, refused = at_once(
        site,
        ("Warehouse Keeper", action(back, "Request")),
        ("Purchaser", lambda: receiving.take_over(over, "Keep for Next Order", row)["status"]),
    )
    assert done in (["Manager Approval"], ["Settled"]), (done, refused)
    assert isinstance(refused[0], db.ValidationError), refused
    is_taken = done == ["Settled"]
    assert world.totals(following)["received_qty"] == (30 if is_taken else 0)
    assert world.on_hand(item) == (130 if is_taken else 100)
    back.reload()
    assert back.workflow_state == ("Draft" if is_taken else "Manager Approval")


@pytest.mark.clause("5.2")
def test_stock_taken_from_two_sides_at_once_never_falls_below_zero(db, site):
    import order_world as ordering

    from erp_rules.clauses.chapter_5 import Movement
    from erp_rules.ledger import entries

    item = ordering.item()
    voucher = ordering.requisition((item, 1))
    from decimal import Decimal

    place = world.warehouse()
    entries.post(voucher, [Movement(item, place, Decimal(10))])

    def take():
        from erp_rules.rule_engine.retry import once_more

        return once_more(lambda: entries.post(voucher, [Movement(item, place, Decimal(-6))]))

    done, refused = at_once(
        site, ("Warehouse Keeper", take), ("Warehouse Keeper 2", take), ("Warehouse Manager", take)
    )
    assert len(done) == 1, refused
    assert all("5.2" in str(error) for error in refused), refused
    assert world.on_hand(item) == 4


DIES = """
import os, sys
sys.path[:0] = {paths!r}
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.set_user({user!r})
from erp_rules.procurement import orders
orders.refresh_received = lambda *args, **kwargs: os._exit(9)
from erp_rules.rule_engine import workflow
workflow.act("Purchase Receipt", {name!r}, "Post")
"""


@pytest.mark.clause("4.6.4")
def test_a_process_killed_while_posting_leaves_nothing_half_done(db, site):
    order = world.order(qty=100)
    receipt = world.inspected(order, 110)
    db.db.commit()
    script = DIES.format(
        paths=[path for path in sys.path if path],
        site=site.name,
        sites=str(Path(site.sites_path).resolve()),
        user=hosts.who("Warehouse Keeper"),
        name=receipt.name,
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=os.getcwd(), capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 9, ended.stderr[-2000:]
    db.db.rollback()
    item = order.items[0].item
    assert db.db.get_value(world.RECEIPT, receipt.name, "workflow_state") == "Inspected"
    assert db.db.count("Material Ledger Entry", {"item": item}) == 0
    assert db.db.count(world.OVER, {"item": item}) == 0
    world.act(receipt, "Post", "Warehouse Keeper")
    assert (world.on_hand(item), world.on_hand(item, bucket="Over Delivery")) == (100, 10)


def test_a_deadlock_is_tried_once_more_and_then_told(db):
    from erp_rules.rule_engine.retry import once_more

    calls = []

    def always():
        calls.append(1)
        raise db.QueryDeadlockError("Deadlock found")

    with pytest.raises(db.QueryDeadlockError, match="try again"):
        once_more(always)
    assert len(calls) == 2

    def first_only():
        calls.append(1)
        if len(calls) == 3:
            raise db.QueryDeadlockError("Deadlock found")
        return "done"

    assert once_more(first_only) == "done"


def test_two_who_print_the_same_card_at_once_get_two_copies(site):
    from erp_rules.api import prints

    receipt = world.counted(world.order(), 100)
    call = lambda: prints.print_copy(receipt.doctype, receipt.name, "Inspection Card")["copy"]  # noqa: E731
    copies, errors = at_once(site, ("Receiving Clerk", call), ("Quality Inspector", call))
    assert not errors
    assert sorted(copies) == [1, 2]
