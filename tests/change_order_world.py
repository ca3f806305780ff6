"""Change orders of issued orders, for the acceptance tests of 4.5."""

from __future__ import annotations

import order_world as ordering
import price_world as prices
import receiving_world as receiving

import hosts

CHANGE, NOTICE = "Purchase Change Order", "Engineering Change Notice"
ORDER, REQUISITION = "Purchase Order", "Purchase Requisition"
KINDS = (
    "Quantity Increase",
    "Quantity Decrease",
    "Item Change",
    "Date Change",
    "Cancellation",
    "Price Change",
    "Supplier Change",
)
CLOSING = ("Quantity Decrease", "Item Change", "Cancellation", "Supplier Change")
APPROVER = {
    "Quantity Increase": "Division Head",
    "Quantity Decrease": "Division Head",
    "Item Change": "Division Head",
    "Cancellation": "Division Head",
    "Supplier Change": "Purchasing Manager",
}


def order(*lines: float, rate: float = 10, **values):
    """Return an issued order with one line of a new item per quantity, all from one approved requisition."""
    import frappe

    supplier = prices.supplier()
    receiving.list_supplier(supplier)
    codes = [ordering.item(**values) for _line in lines]
    for code in codes:
        ordering.post(code, (supplier, rate))
    wanted = ordering.approved(*zip(codes, lines, strict=True))
    made = ordering.make(*(ordering.line(row, supplier) for row in wanted.items))[0]
    return frappe.get_doc(ORDER, ordering.move(made).name)


def line_of(row, **new) -> dict:
    """Return a change order's line for a row of the order, with what shall be new in it."""
    return {"order_row": row.name, **{f"new_{field}": value for field, value in new.items()}}


def draft(doc, kind: str, *lines: dict, role: str = "Purchaser", **values):
    """Insert a change order of an order as a purchaser."""
    import frappe

    data = {
        "doctype": CHANGE,
        "purchase_order": doc.name,
        "change_kind": kind,
        "reason": "The customer changed its order",
        "lines": list(lines),
        **values,
    }
    if kind in CLOSING:
        data.setdefault("produced", "Not Produced")
    with hosts.as_user(role):
        return frappe.get_doc(data).insert()


def approver(change) -> str:
    """Return the role that approves this change order (4.5.1, 4.5.2.1, 4.5.3)."""
    if change.change_kind == "Price Change":
        return "Top Executive" if change.price_direction == "Up" else "Purchasing Manager"
    return APPROVER[change.change_kind]


def executor(change) -> str:
    """Return the role that carries this change order out (4.5.2.2)."""
    return "Finance Officer" if change.change_kind == "Price Change" else "Purchaser"


def approve(change):
    """Take a draft change order to Approved and return it; a date change needs no approval."""
    import frappe

    if change.change_kind != "Date Change":
        receiving.act(change, "Submit for Approval", "Purchaser")
        receiving.act(change, "Approve", approver(change))
    return frappe.get_doc(CHANGE, change.name)


def execute(change):
    """Carry an approved change order out and return it."""
    return receiving.act(change, "Execute", executor(change))


def notice(old_item: str, new_item: str):
    """Return an approved engineering change notice by which one item takes the place of another."""
    import frappe

    with hosts.as_user("Engineer"):
        doc = frappe.get_doc(
            {
                "doctype": NOTICE,
                "subject": "Longer bracket",
                "notice_date": ordering.today(),
                "effective_from": ordering.today(),
                "reason": "It broke in the endurance test",
                "items": [{"old_item": old_item, "new_item": new_item, "stock_disposition": "Use Up"}],
            }
        ).insert()
    receiving.act(doc, "Submit for Approval", "Engineer")
    return receiving.act(doc, "Approve", "Division Head")


def of_kind(kind: str, doc, qty: float | None = None, **values):
    """Return a draft change order of `kind` for the first row of an order, complete in every respect."""
    row = doc.items[0]
    if kind == "Quantity Increase":
        return draft(doc, kind, line_of(row, qty=qty or row.qty + 30), **values)
    if kind == "Quantity Decrease":
        return draft(doc, kind, line_of(row, qty=qty or row.qty - 40), **values)
    if kind == "Date Change":
        return draft(doc, kind, line_of(row, required_date=ordering.days(45)), **values)
    if kind == "Price Change":
        return draft(doc, kind, line_of(row, rate=values.pop("rate", row.rate + 1)), **values)
    if kind == "Cancellation":
        return draft(doc, kind, *values.pop("lines", ()), **values)
    if kind == "Supplier Change":
        other = receiving.list_supplier(prices.supplier())
        for line in doc.items:
            ordering.post(line.item, (other, 11))
        return draft(doc, kind, *(line_of(line, supplier=other) for line in doc.items), **values)
    new_item = ordering.item()
    ordering.post(new_item, (doc.supplier, 12))
    values.setdefault("engineering_change_notice", notice(row.item, new_item).name)
    wanted = ordering.approved((new_item, qty or row.qty))
    values.setdefault("produced", "Not Produced")
    return draft(
        doc,
        kind,
        {**line_of(row, item=new_item), "requisition": wanted.name, "requisition_row": wanted.items[0].name},
        **values,
    )


def check_orders(order) -> None:
    """Assert that an order, what replaced it, and their requisitions add up (rulebook 5)."""
    import frappe

    from erp_rules.procurement import order_facts

    chain, found = [order.name], []
    while chain:
        doc = frappe.get_doc(ORDER, chain.pop())
        found.append(doc)
        changes = frappe.get_all(CHANGE, {"purchase_order": doc.name}, pluck="name")
        if changes:
            chain += frappe.get_all(ORDER, {"change_order": ["in", changes]}, pluck="name")
    rows = set()
    for doc in found:
        for row in doc.items:
            rows.add(row.requisition_row)
            came = row.received_qty - row.returned_qty
            assert came >= -1e-6, (doc.name, row.idx)
            assert came + row.closed_qty <= row.qty + row.free_qty + 1e-6, (doc.name, row.idx)
            if doc.workflow_state == "Closed":
                assert abs(came + row.closed_qty - row.qty - row.free_qty) < 1e-6, (doc.name, row.idx)
            assert abs(row.amount - round(row.qty * row.rate + 1e-9, 2)) < 0.01, (doc.name, row.idx)
        assert abs(doc.total_amount - sum(row.amount for row in doc.items)) < 0.005, doc.name
        if doc.closed_by_change:
            assert doc.workflow_state == "Closed"
        if doc.replaces:
            assert frappe.db.get_value(ORDER, doc.replaces, "replaced_by") == doc.name
    wanted = order_facts.requisition_rows(row for row in rows if row)
    for name, row in wanted.items():
        assert row.open_qty >= 0, name
        stored = frappe.db.get_value("Purchase Requisition Item", name, "ordered_qty")
        assert abs(stored - float(row.ordered_elsewhere)) < 1e-6, name
