"""Random sequences of packing, unloading, counting and returning imported goods: what must hold after every step."""

from __future__ import annotations

from collections import Counter

import import_world as imports
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world
from acceptance.test_receiving_invariants import ORDERED, QUANTITIES, Deliveries
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test


def check(container) -> None:
    """Assert that a container's abnormal materials are what its counts and inspections differ by, and no more."""
    import frappe

    doc = frappe.get_doc(imports.CONTAINER, container.name)
    assert doc.open_discrepancies == sum(1 for row in doc.abnormal_materials if not row.is_settled)
    if doc.workflow_state not in ("Unloaded", "Accepted"):
        assert not doc.abnormal_materials
        return
    receipts = frappe.get_all(
        world.RECEIPT, filters={"import_container": doc.name}, fields=["name", "workflow_state"]
    )
    signed = {row.name: row.workflow_state for row in receipts if row.workflow_state != "Draft"}
    if not signed:
        assert not doc.abnormal_materials
        return
    rows = frappe.get_all(
        "Purchase Receipt Item",
        filters={"parent": ["in", list(signed)]},
        fields=["parent", "counted_qty", "rejected_qty"],
    )
    counted = sum(row.counted_qty for row in rows)
    rejected = sum(row.rejected_qty for row in rows if signed[row.parent] != "Counted")
    found = {row.kind: round(row.difference, 6) for row in doc.abnormal_materials}
    off = round(counted - doc.total_qty, 6)
    wanted = {"Short" if off < 0 else "Over": off} if off else {}
    if rejected:
        wanted["Damaged"] = round(-rejected, 6)
    assert found == wanted


class Importing(Deliveries):
    """Deliveries of one order, and containers that bring goods of the same order."""

    carried_out: Counter = Counter()

    @initialize()
    def begin(self):
        self.order = imports.order(qty=ORDERED)
        self.receipts: list = []
        self.containers: list = []

    def in_state(self, *states: str) -> list:
        return [doc for doc in self.containers if prices.stored(doc)["workflow_state"] in states]

    @rule(qty=QUANTITIES, is_near=st.booleans())
    def ship(self, qty, is_near):
        from erp_rules.procurement import containers

        left = sum(row["qty"] for row in containers.packable(self.order.supplier))
        doc = self.attempt(lambda: imports.shipped(self.order, items=[imports.line(self.order, qty)]), "ship")
        assert (doc is not None) == (0 < qty <= left), (qty, left)
        if doc:
            self.containers.append(doc)
        if doc and is_near:
            self.unload()

    @precondition(lambda self: self.in_state("Shipped"))
    @rule()
    def unload(self):
        doc = self.in_state("Shipped")[0]

        def work():
            prices.edit(doc, "Purchaser", arrived_on=ordering.today())
            imports.act(doc, "Arrive", "Warehouse Keeper")
            prices.edit(doc, "Warehouse Keeper", **imports.unloading())
            return imports.act(doc, "Unload", "Warehouse Keeper")

        assert self.attempt(work, "unload")

    @rule(qty=QUANTITIES, pick=st.integers(0, 5))
    def count(self, qty, pick):
        """Count what a container brought, now and then what came by itself."""
        notices = [notice for doc in self.in_state("Unloaded") for notice in imports.notices(doc)]
        announced = {}
        if notices and pick:
            notice = notices[pick % len(notices)]
            announced = {"delivery_notice": notice.name, "delivery_note_no": None}
        rows = [world.row_of(self.order, qty)]
        receipt = self.attempt(
            lambda: world.counted(self.order, items=rows, **announced),
            "count what came" if announced else "count",
        )
        if receipt:
            self.receipts.append(receipt)

    @precondition(lambda self: any(r.workflow_state == "Counted" for r in self.receipts))
    @rule(pick=st.integers(0, 5))
    def count_again(self, pick):
        waiting = [n for n, r in enumerate(self.receipts) if r.workflow_state == "Counted"]
        number = waiting[pick % len(waiting)]
        receipt = self.attempt(
            lambda: world.act(self.receipts[number], "Reject", "Quality Inspector", reason="Count again"),
            "send back",
        )
        assert receipt.workflow_state == "Draft"
        again = self.attempt(lambda: world.act(receipt, "Count", "Receiving Clerk"), "count again")
        self.receipts[number] = again or receipt

    @precondition(lambda self: self.in_state("Unloaded") and self.receipts)
    @rule()
    def accept(self):
        doc = self.in_state("Unloaded")[0]
        self.attempt(lambda: imports.act(doc, "Accept", "Quality Inspector"), "accept")

    @invariant()
    def containers_say_what_differs(self):
        for doc in getattr(self, "containers", ()):
            check(doc)


@pytest.mark.clause("7.15", "7.16", "7.17", "5.2")
def test_what_must_hold_holds_after_every_step_of_an_import(db):
    run_state_machine_as_test(
        Importing,
        settings=settings(
            max_examples=8,
            stateful_step_count=24,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Otherwise little but refusals was tried.
    tried = {
        "ship",
        "unload",
        "count",
        "count what came",
        "send back",
        "count again",
        "inspect",
        "post",
        "accept",
    }
    assert tried <= set(Importing.carried_out), Importing.carried_out
