"""Random sequences of receiving and returning: what must hold after every step, whatever happens (rulebook 5)."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import price_world as prices
import pytest
import receiving_world as world
from acceptance.test_receiving_together import at_once
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import hosts

ORDERED = 40
QUANTITIES = st.one_of(
    st.integers(1, 30), st.integers(20, 60), st.sampled_from([0.5, 12.25, 0, -2, float("nan"), 1e15])
)


def check(order, was_received: Decimal | None = None) -> None:
    """Assert that order, ledger, receipts, returns and over-deliveries say the same, and nothing is below zero."""
    import frappe

    item = order.items[0].item
    entries = frappe.get_all(
        "Material Ledger Entry", filters={"item": item}, fields=["place", "bucket", "qty"]
    )
    sums: dict[tuple, float] = {}
    for entry in entries:
        key = (entry.place, entry.bucket)
        sums[key] = round(sums.get(key, 0) + entry.qty, 6)
    assert all(qty >= 0 for qty in sums.values()), sums

    receipts = frappe.get_all(
        "Purchase Receipt Item",
        filters={"item": item, "docstatus": 1},
        fields=["counted_qty", "received_qty", "over_qty", "accepted_qty", "rejected_qty"],
    )
    returned = frappe.get_all(
        "Purchase Return Item", filters={"item": item, "docstatus": 1}, fields=["qty", "bucket"]
    )
    counted = sum(row.counted_qty for row in receipts)
    went = sum(row.qty for row in returned)
    assert round(sum(sums.values()), 6) == round(counted - went, 6)
    for row in receipts:
        assert round(row.accepted_qty + row.rejected_qty, 6) == round(row.counted_qty, 6)
        assert round(row.received_qty + row.over_qty, 6) == round(row.counted_qty, 6)

    line = frappe.get_doc(world.ORDER, order.name).items[0]
    from_order = sum(row.qty for row in returned if row.bucket == "Available")
    assert round(line.received_qty, 6) == round(sum(row.received_qty for row in receipts), 6)
    assert round(line.returned_qty, 6) == round(from_order, 6)
    assert line.returned_qty <= line.received_qty + 1e-6
    assert line.received_qty - line.returned_qty + line.closed_qty <= ORDERED + 1e-6
    overs = frappe.get_all(world.OVER, filters={"item": item}, fields=["qty", "open_qty"])
    kept = sum(qty for (_place, bucket), qty in sums.items() if bucket == "Over Delivery")
    assert round(sum(over.open_qty for over in overs), 6) == round(kept, 6)
    assert round(line.over_qty, 6) == round(kept, 6)


class Deliveries(RuleBasedStateMachine):
    """Deliveries of one order; every refusal is one by a clause, and leaves nothing behind."""

    carried_out: Counter = Counter()

    def attempt(self, work, what: str | None = None):
        """Do something that may be refused; a refusal leaves everything as it was. `what` is noted when it is not."""
        import frappe

        frappe.db.savepoint("step")
        try:
            done = work()
            self.carried_out[what] += 1
            return done
        except (frappe.ValidationError, frappe.PermissionError):
            frappe.db.rollback(save_point="step")
            hosts.forget_request_state()
            return None

    @initialize()
    def begin(self):
        self.order = world.order(qty=ORDERED)
        self.receipts: list = []
        self.returns: list = []

    @rule(qty=QUANTITIES)
    def count(self, qty):
        receipt = self.attempt(lambda: world.counted(self.order, qty), "count")
        if receipt:
            assert 0 < qty < 10**12
            self.receipts.append(receipt)

    @precondition(lambda self: any(r.workflow_state == "Counted" for r in self.receipts))
    @rule(share=st.sampled_from([0, 0.5, 1]), pick=st.integers(0, 5))
    def inspect(self, share, pick):
        waiting = [n for n, r in enumerate(self.receipts) if r.workflow_state == "Counted"]
        number = waiting[pick % len(waiting)]
        receipt = self.receipts[number]
        qty = receipt.items[0].counted_qty
        accepted = round(qty * share, 6)

        def work():
            world.inspect(receipt, (accepted, round(qty - accepted, 6)))
            return world.act(receipt, "Inspect", "Quality Inspector")

        self.receipts[number] = self.attempt(work, "inspect") or receipt

    @precondition(lambda self: any(r.workflow_state == "Inspected" for r in self.receipts))
    @rule(pick=st.integers(0, 5), twice=st.booleans())
    def post(self, pick, twice):
        waiting = [n for n, r in enumerate(self.receipts) if r.workflow_state == "Inspected"]
        number = waiting[pick % len(waiting)]
        receipt = self.receipts[number]
        self.receipts[number] = (
            self.attempt(lambda: world.act(receipt, "Post", "Warehouse Keeper"), "post") or receipt
        )
        assert self.receipts[number].workflow_state == "Posted"
        if twice:
            assert self.attempt(lambda: world.act(receipt, "Post", "Warehouse Keeper")) is None

    @invariant()
    def everything_adds_up(self):
        if hasattr(self, "order"):
            check(self.order)


class Receiving(Deliveries):
    """Deliveries and returns of one order."""

    carried_out: Counter = Counter()

    @rule(qty=QUANTITIES, kind=st.sampled_from(["Stock", "Defective"]), reopens=st.booleans())
    def give_back(self, qty, kind, reopens):
        row = {
            "item": self.order.items[0].item,
            "order_row": self.order.items[0].name,
            "qty": qty,
            "warehouse": world.warehouse(kind),
            "reopens_order": int(reopens),
        }

        def work():
            back = world.give_back(self.order, 0, items=[row])
            return world.act(back, "Request", "Warehouse Keeper")

        back = self.attempt(work)
        if back:
            self.returns.append(back)

    @precondition(lambda self: self.returns)
    @rule(pick=st.integers(0, 5))
    def carry_out(self, pick):
        back = self.returns.pop(pick % len(self.returns))

        def work():
            world.act(back, "Approve", "Warehouse Manager")
            world.sign(back)
            world.act(back, "Hand Over", "Warehouse Keeper")
            return world.act(back, "Post", "Warehouse Keeper")

        self.attempt(work, "return")

    def kept_apart(self) -> list[str]:
        import frappe

        filters = {"purchase_order": self.order.name, "status": "Open"}
        return frappe.get_all(world.OVER, filters=filters, order_by="name asc", pluck="name")

    @precondition(lambda self: self.kept_apart())
    @rule()
    def return_what_is_over(self):
        import frappe

        from erp_rules.api import receiving

        def work():
            with hosts.as_user("Warehouse Keeper"):
                back = frappe.get_doc(world.RETURN, receiving.return_over(self.kept_apart()[0]))
            return world.returned(back)

        self.attempt(work, "return what is over")


@pytest.mark.clause("5.2", "4.6.4", "4.7.1.1")
def test_what_must_hold_holds_after_every_step(db):
    run_state_machine_as_test(
        Receiving,
        settings=settings(
            max_examples=10,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Otherwise little but refusals was tried.
    tried = {"count", "inspect", "post", "return", "return what is over"}
    assert tried <= set(Receiving.carried_out), Receiving.carried_out


@pytest.mark.clause("5.2", "4.6.4", "4.7.1.1")
def test_what_must_hold_holds_with_several_people_at_once(db, site):
    from acceptance.test_receiving_together import action

    order = world.order(qty=ORDERED)
    choose = random.Random(20261121)
    for _ in range(3):
        receipts = [world.inspected(order, choose.randint(5, 30), accepted=5) for _ in range(2)]
        backs = [world.give_back(order, choose.randint(1, 8), kind="Stock") for _ in range(2)]
        done, refused = at_once(
            site,
            *(("Warehouse Keeper", action(receipt, "Post")) for receipt in receipts),
            *(("Warehouse Keeper 2", action(back, "Request")) for back in backs),
        )
        assert done.count("Posted") == 2, refused
        known = (db.ValidationError, db.PermissionError)
        assert all(isinstance(error, known) for error in refused), refused
        check(order)
        moving = [back for back in backs if prices.stored(back)["workflow_state"] == "Manager Approval"]
        for back in moving:
            world.act(back, "Approve", "Warehouse Manager")
            world.sign(back)
        for step in ("Hand Over", "Post"):
            _done, refused = at_once(site, *(("Warehouse Keeper", action(back, step)) for back in moving))
            assert all(isinstance(error, known) for error in refused), refused
        check(order)
