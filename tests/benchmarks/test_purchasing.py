"""What an order, a receipt and a change order cost, beside bare documents taken through the same steps."""

from __future__ import annotations

import change_order_world as changes
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving
from benchmarks import bare
from benchmarks.figures import figure

import hosts

SIZES = (10, 50, 200)
RUNS = {10: 4, 50: 4, 200: 2}  # after one that fills what is kept
ORDER, REQUISITION, RECEIPT, CHANGE = (
    "Purchase Order", "Purchase Requisition", "Purchase Receipt", "Purchase Change Order",
)  # fmt: skip
LEDGER = "Material Ledger Entry"
TABLES = {
    ORDER: {"items": "Purchase Order Item"},
    REQUISITION: {"items": "Purchase Requisition Item"},
    RECEIPT: {"items": "Purchase Receipt Item", "inspections": "Purchase Receipt Inspection"},
    CHANGE: {"lines": "Purchase Change Order Line"},
    LEDGER: {},
}
STEPS = {
    ORDER: (
        ("Submit for Approval", "Draft", "Manager Approval", 0, "Purchaser"),
        ("Approve", "Manager Approval", "Approved", 1, "Purchasing Manager"),
        ("Issue", "Approved", "Issued", 1, "Purchaser"),
        ("Receive", "Issued", "Received", 1, bare.EVERYBODY),
        ("Close", "Issued", "Closed", 1, bare.EVERYBODY),
        ("Take Over", "Draft", "Approved", 1, bare.EVERYBODY),
    ),
    REQUISITION: (
        ("Approve", "Draft", "Approved", 1, bare.EVERYBODY),
        ("Order", "Approved", "Ordered", 1, bare.EVERYBODY),
    ),
    RECEIPT: (
        ("Count", "Draft", "Counted", 0, "Receiving Clerk"),
        ("Inspect", "Counted", "Inspected", 0, "Quality Inspector"),
        ("Post", "Inspected", "Posted", 1, "Warehouse Keeper"),
    ),
    CHANGE: (
        ("Approve", "Draft", "Approved", 1, bare.EVERYBODY),
        ("Execute", "Approved", "Executed", 1, "Purchaser"),
    ),
}


@pytest.fixture(scope="module")
def floor(site):
    with bare.shapes(TABLES, STEPS):
        yield


def show(what: str, size: int, ours: tuple, plain: tuple) -> None:
    """Print seconds, statements and the ratio of the seconds."""
    figure(f"{what}, {size} lines", ours[0], "s")
    figure(f"the same on bare documents, {size} lines", plain[0], "s")
    figure(f"ratio of {what}, {size} lines", ours[0] / plain[0], "times")
    figure(f"statements of {what}, {size} lines", ours[1], "statements")
    figure(f"statements on bare documents, {size} lines", plain[1], "statements")


class Goods:
    """Items with a price of one supplier, to be asked for again and again."""

    def __init__(self, size: int) -> None:
        self.supplier = receiving.list_supplier(prices.supplier())
        self.codes = [ordering.item() for _count in range(size)]
        for code in self.codes:
            ordering.post(code, (self.supplier, 2))

    def wanted(self):
        """Return an approved requisition of every item."""
        return ordering.approved(*((code, 5) for code in self.codes))

    def made(self):
        """Return a draft order of a new requisition."""
        return ordering.make(*(ordering.line(row, self.supplier) for row in self.wanted().items))[0]


def plain_requisition(like):
    """Return a bare requisition that is approved as `like` was when it was ordered from."""
    return bare.move(bare.likeness(like), "Approved")


def plain_order(like):
    """Return a bare order that is issued."""
    order = bare.likeness(like)
    for state in ("Manager Approval", "Approved", "Issued"):
        order = bare.move(order, state)
    return order


@pytest.mark.timeout(1800)
def test_an_order_is_made_and_approved(db, floor):
    import frappe

    from erp_rules.procurement import orders

    for size in SIZES:
        goods, ours, plain = Goods(size), [], []
        for number in range(RUNS[size] + 1):
            wanted = goods.wanted()
            lines = [ordering.line(row, goods.supplier) for row in wanted.items]
            made = []

            def run(lines=lines, made=made):
                with hosts.as_user("Purchaser"):
                    (name,) = orders.make_orders(lines)
                order = frappe._dict(doctype=ORDER, name=name)
                for action, role in ordering.STEPS[:2]:
                    made[:] = [prices.act(order, action, role)]

            took = bare.measured(run)
            assert made[0].workflow_state == "Approved" and len(made[0].items) == size
            asked, values, plain_made = plain_requisition(wanted), bare.values(made[0]), []

            def run_plain(asked=asked, values=values, made=plain_made):
                with hosts.as_user("Purchaser"):
                    order = bare.insert(values)
                    fresh = db.get_doc(asked.doctype, asked.name, for_update=True)
                    for row in fresh.items:
                        row.ordered_qty = row.qty
                    bare.move(fresh, "Ordered")
                for action, role in ordering.STEPS[:2]:
                    with hosts.as_user(role):
                        made[:] = [bare.act(order, action)]

            took_plain = bare.measured(run_plain)
            assert plain_made[0].workflow_state == "Approved" and len(plain_made[0].items) == size
            db.db.commit()
            if number:  # the first run fills what is kept
                ours.append(took)
                plain.append(took_plain)
        show("an order made and approved", size, bare.best(ours), bare.best(plain))


@pytest.mark.timeout(1800)
def test_a_receipt_is_counted_inspected_and_posted(db, floor):
    for size in SIZES:
        goods, ours, plain = Goods(size), [], []
        stock, defective = receiving.warehouse(), receiving.warehouse("Defective")
        for number in range(RUNS[size] + 1):
            order = ordering.move(goods.made())
            values = {
                "doctype": RECEIPT, "supplier": order.supplier, "delivery_note_no": hosts.unique("N"),
                "terminal": "T1",
                "items": [
                    {
                        "purchase_order": order.name, "order_row": row.name, "item": row.item,
                        "counted_qty": row.qty, "warehouse": stock, "defective_warehouse": defective,
                    }
                    for row in order.items
                ],
            }  # fmt: skip
            with hosts.as_user("Receiving Clerk"):
                draft = db.get_doc(values).insert()
            done = []

            def run(draft=draft, done=done):
                receipt = prices.act(draft, "Count", "Receiving Clerk")
                with hosts.as_user("Quality Inspector"):
                    receipt = db.get_doc(RECEIPT, receipt.name)
                    for row in receipt.items:
                        receipt.append(
                            "inspections", {"receipt_row": row.idx, "accepted_qty": row.counted_qty}
                        )
                    receipt.save()
                prices.act(receipt, "Inspect", "Quality Inspector")
                done.append(prices.act(receipt, "Post", "Warehouse Keeper"))

            took = bare.measured(run)
            posted = done[0]
            assert posted.workflow_state == "Posted" and len(posted.items) == size
            entries = db.get_all(LEDGER, filters={"voucher": posted.name}, fields=["*"])
            assert len(entries) == size
            plain_from = plain_order(order)
            values = bare.values(posted)
            tranches, values["inspections"] = values["inspections"], []
            receipt = bare.insert(values, by_itself=True)
            fields = ["name", *bare.copied(LEDGER)]

            def run_plain(
                receipt=receipt, order=plain_from, entries=entries, tranches=tranches, fields=fields
            ):
                with hosts.as_user("Receiving Clerk"):
                    receipt = bare.act(receipt, "Count")
                with hosts.as_user("Quality Inspector"):
                    receipt = db.get_doc(receipt.doctype, receipt.name)
                    for row in tranches:
                        receipt.append("inspections", {name: row.get(name) for name in TRANCHE})
                    receipt.save()
                with hosts.as_user("Quality Inspector"):
                    receipt = bare.act(receipt, "Inspect")
                with hosts.as_user("Warehouse Keeper"):
                    bare.act(receipt, "Post")
                    rows = [tuple(entry.get(name) for name in fields) for entry in entries]
                    db.db.bulk_insert(bare.name_of(LEDGER), fields, rows)
                    order = db.get_doc(order.doctype, order.name, for_update=True)
                    for row in order.items:
                        row.received_qty = row.accepted_qty = row.qty
                    bare.move(order, "Received")

            took_plain = bare.measured(run_plain)
            assert db.db.get_value(receipt.doctype, receipt.name, "docstatus") == 1
            db.db.commit()
            if number:
                ours.append(took)
                plain.append(took_plain)
        show("a receipt counted, inspected and posted", size, bare.best(ours), bare.best(plain))


TRANCHE = ("receipt_row", "accepted_qty", "rejected_qty", "item")


class PlainChange:
    """Bare documents of what a supplier change touches, waiting to be taken through the same steps."""

    def __init__(self, frappe, order, change, made) -> None:
        self.frappe = frappe
        self.order = plain_order(order)
        self.change = bare.move(bare.likeness(change), "Approved")
        old = {row.requisition for row in order.items}
        new = {row.requisition for row in made.items} - old
        self.old = [
            self.store(plain_requisition(frappe.get_doc(REQUISITION, name)), "Ordered")
            for name in sorted(old)
        ]
        self.new = [bare.values(frappe.get_doc(REQUISITION, name)) for name in sorted(new)]
        self.made = bare.values(made)

    def __call__(self) -> None:
        """Close the order, take what nobody wants any more off its requisition, ask anew, order anew."""
        with hosts.as_user("Purchaser"):
            bare.act(self.change, "Execute")
            order = self.frappe.get_doc(self.order.doctype, self.order.name, for_update=True)
            for row in order.items:
                row.closed_qty = row.qty
            bare.move(order, "Closed")
            asked = [bare.move(bare.insert(values, by_itself=True), "Approved") for values in self.new]
            bare.move(bare.insert(self.made, by_itself=True), "Approved")
            for wanted in self.old:
                self.store(wanted, "Ordered")
            for wanted in asked:
                self.store(wanted, "Ordered")

    def store(self, wanted, state: str):
        """Write what is ordered, or no longer wanted, of a requisition's rows."""
        fresh = self.frappe.get_doc(wanted.doctype, wanted.name, for_update=True)
        for row in fresh.items:
            if fresh.workflow_state == state:
                row.ordered_qty, row.closed_qty = 0, row.qty
            else:
                row.ordered_qty = row.qty
        if fresh.workflow_state != state:
            return bare.move(fresh, state)
        return fresh.save(ignore_permissions=True)


@pytest.mark.timeout(1800)
def test_a_change_order_is_executed(db, floor):
    """A supplier change of every line: the old order is closed, planning asks anew, a new order is made."""
    for size in SIZES:
        goods, ours, plain = Goods(size), [], []
        other = receiving.list_supplier(prices.supplier())
        for code in goods.codes:
            ordering.post(code, (other, 3))
        for number in range(RUNS[size] + 1):
            order = ordering.move(goods.made())
            lines = [changes.line_of(row, supplier=other) for row in order.items]
            change = changes.approve(changes.draft(order, "Supplier Change", *lines))
            done = []

            def run(change=change, done=done):
                done.append(prices.act(change, "Execute", changes.executor(change)))

            took = bare.measured(run)
            assert done[0].workflow_state == "Executed"
            made = db.get_doc(ORDER, done[0].new_order)
            assert len(made.items) == size and made.supplier == other
            took_plain = bare.measured(PlainChange(db, order, change, made))
            db.db.commit()
            if number:
                ours.append(took)
                plain.append(took_plain)
        show("a change order executed", size, bare.best(ours), bare.best(plain))
