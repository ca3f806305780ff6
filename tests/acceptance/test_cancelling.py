"""Posted receipts and returns cancelled through a workflow that an administrator extended (5.2)."""

from __future__ import annotations

from contextlib import contextmanager

import order_world as ordering
import pytest
import receiving_world as world

import hosts

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def cancelling(db):
    """Let the warehouse manager cancel what is posted, as an administrator would in the desk."""
    for doctype, name in (("Workflow State", "Cancelled"), ("Workflow Action Master", "Cancel")):
        if not db.db.exists(doctype, name):
            field = "workflow_state_name" if doctype == "Workflow State" else "workflow_action_name"
            db.get_doc({"doctype": doctype, field: name}).insert()
    for doctype in (world.RECEIPT, world.RETURN):
        workflow = db.get_doc("Workflow", doctype)
        workflow.append(
            "states", {"state": "Cancelled", "doc_status": "2", "allow_edit": "Warehouse Manager"}
        )
        workflow.append(
            "transitions",
            {
                "state": "Posted",
                "action": "Cancel",
                "next_state": "Cancelled",
                "allowed": "Warehouse Manager",
            },
        )
        workflow.save()
        permission = db.db.get_value("DocPerm", {"parent": doctype, "role": "Warehouse Manager"})
        db.db.set_value("DocPerm", permission, "cancel", 1)
        db.clear_cache(doctype=doctype)
    yield
    db.db.rollback()
    for doctype in (world.RECEIPT, world.RETURN):
        db.clear_cache(doctype=doctype)


def cancel(doc):
    """Cancel a document as the warehouse manager."""
    return world.act(doc, "Cancel", "Warehouse Manager")


@contextmanager
def refused():
    """Expect a refusal by a clause, after which nothing is left of what was tried."""
    import frappe

    from erp_rules.rule_engine.errors import RuleViolation

    frappe.db.savepoint("attempt")
    with pytest.raises(RuleViolation):
        yield
    frappe.db.rollback(save_point="attempt")
    hosts.forget_request_state()


def sums(item: str) -> dict:
    """Return what the ledger has of an item, by kind of warehouse and bucket, without what is nothing."""
    kinds = [(kind, bucket) for kind in ("Stock", "Defective") for bucket in ("Available", "Over Delivery")]
    found = {key: world.on_hand(item, *key) for key in kinds}
    return {key: qty for key, qty in found.items() if qty}


def over_of(order):
    """Return the goods of an order that are kept apart."""
    import frappe

    return frappe.get_doc(world.OVER, {"purchase_order": order.name})


@pytest.mark.clause("5.2", "4.6.4")
def test_a_cancelled_receipt_takes_its_goods_out_of_ledger_order_and_what_is_kept_apart(cancelling):
    import frappe

    order = world.order(qty=100)
    receipt = world.posted(order, 110, accepted=104)
    entries = frappe.db.count("Material Ledger Entry", {"voucher": receipt.name})
    receipt = cancel(receipt)
    assert receipt.docstatus == 2
    assert sums(order.items[0].item) == {}
    assert frappe.db.count("Material Ledger Entry", {"voucher": receipt.name}) == 2 * entries > 0
    assert (over_of(order).status, over_of(order).open_qty) == ("Settled", 0)
    found = world.totals(order)
    assert (found["received_qty"], found["over_qty"], found["state"]) == (0, 0, "Issued")
    assert world.posted(order, 100).workflow_state == "Posted"
    assert world.totals(order)["state"] == "Received"


@pytest.mark.clause("5.2")
def test_a_receipt_whose_goods_are_gone_or_settled_is_not_cancelled(cancelling):
    from erp_rules.api import receiving

    order = world.order(qty=100)
    item = order.items[0].item
    receipt = world.posted(order, 110)
    back = world.returned(world.give_back(order, 30, kind="Stock"))
    with refused():
        cancel(receipt)
    wanted = ordering.approved((item, 40))
    following = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    world.posted(following, 40)
    with refused():  # there are enough now, but more would have gone back than came
        cancel(receipt)
    cancel(back)
    wanted = ordering.approved((item, 10))
    last = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    with hosts.as_user("Purchaser"):
        receiving.take_over(over_of(order).name, "Keep for Next Order", last.items[0].name, 10)
    with refused():
        cancel(receipt)
    assert world.on_hand(item) == 150
    assert world.totals(order)["received_qty"] == 100


@pytest.mark.clause("5.2", "4.7.1.1")
@pytest.mark.parametrize("reopens", [0, 1])
def test_a_cancelled_return_puts_its_goods_back(cancelling, reopens):
    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    back = world.give_back(order, 10)
    back.items[0].reopens_order = reopens
    back.save()
    before = world.totals(order)
    back = cancel(world.returned(back))
    assert world.on_hand(order.items[0].item, "Defective") == 10
    assert world.totals(order) == before
    assert world.returned(world.give_back(order, 10)).workflow_state == "Posted"


@pytest.mark.clause("5.2", "4.7.1.1")
def test_a_return_whose_goods_came_again_is_not_cancelled(cancelling):
    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    back = world.returned(world.give_back(order, 10))
    world.posted(order, 10)
    with refused():
        cancel(back)
    assert world.totals(order)["returned_qty"] == 10
    assert world.on_hand(order.items[0].item, "Defective") == 0


@pytest.mark.clause("5.2", "4.7.1.2")
def test_a_cancelled_return_opens_what_it_settled_and_closes_its_return_order(cancelling):
    import frappe
    import price_world as prices

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 110)
    with hosts.as_user("Warehouse Keeper"):
        back = frappe.get_doc(world.RETURN, receiving.return_over(over_of(order).name))
    back = world.returned(back)
    assert over_of(order).status == "Settled"
    cancel(back)
    assert (over_of(order).status, over_of(order).open_qty, over_of(order).settlements) == ("Open", 10, [])

    rows = [{"item": order.items[0].item, "qty": 5, "warehouse": world.warehouse()}]
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Other")
    back = world.act(back, "Request", "Warehouse Keeper")
    prices.edit(back, "Purchaser", currency="CNY", items=[{**back.items[0].as_dict(), "rate": 5}])
    back = world.act(back, "Pass", "Purchaser")
    back = world.act(back, "Approve", "Warehouse Manager")
    world.sign(back)
    back = world.act(back, "Hand Over", "Warehouse Keeper")
    back = world.act(back, "Post", "Warehouse Keeper")
    cancel(back)
    assert world.on_hand(order.items[0].item) == 100
    made = frappe.get_doc(world.ORDER, back.return_order)
    assert (made.workflow_state, made.items[0].returned_qty) == ("Closed", 0)
