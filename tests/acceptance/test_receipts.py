"""Receipts from the count to put-away (4.6), on whichever host the tests run."""

from __future__ import annotations

import pytest
import receiving_world as world
from price_world import clauses, places

import hosts

pytestmark = pytest.mark.usefixtures("db")


def refused():
    """Expect a refusal by a clause."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


@pytest.mark.clause("4.6.4", "4.6.5", "4.6.1")
def test_goods_go_from_the_count_to_their_location():
    order = world.order(qty=100)
    item = order.items[0].item
    receipt = world.posted(order, 100, accepted=95)
    assert (receipt.docstatus, receipt.workflow_state) == (1, "Posted")
    assert world.on_hand(item) == 95
    assert world.on_hand(item, "Defective") == 5
    assert world.totals(order) == {
        "received_qty": 100,
        "accepted_qty": 95,
        "rejected_qty": 5,
        "over_qty": 0,
        "returned_qty": 0,
        "closed_qty": 0,
        "state": "Received",
    }
    with refused():
        world.act(receipt, "Put Away", "Warehouse Keeper")
    assert clauses() == {"4.6.5"}
    with hosts.as_user("Warehouse Keeper"):
        receipt.reload()
        receipt.items[0].location = "A-01-2"
        receipt.save()
    assert world.act(receipt, "Put Away", "Warehouse Keeper").workflow_state == "Put Away"


def test_signatures_say_who_counted_inspected_and_posted():
    receipt = world.posted(world.order())
    assert receipt.counted_by == hosts.who("Receiving Clerk")
    assert receipt.inspected_by == hosts.who("Quality Inspector")
    assert receipt.posted_by == hosts.who("Warehouse Keeper")
    assert receipt.inspections[0].inspected_by == hosts.who("Quality Inspector")
