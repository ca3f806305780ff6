"""Issued orders and changes of them for the acceptance tests of 4.5."""

from __future__ import annotations

import order_world as ordering
import price_world as prices

import hosts

CHANGE = "Purchase Change Order"
NOTICE = "Engineering Change Notice"
ORDER = ordering.ORDER
APPROVERS = {
    "Quantity Increase": "Division Head",
    "Quantity Decrease": "Division Head",
    "Item Change": "Division Head",
    "Cancellation": "Division Head",
    "Supplier Change": "Purchasing Manager",
}


def issued(*lines: tuple, supplier: str | None = None):
    """Return an issued order of `(quantity, rate)` lines, each of a new item, at one supplier, in this order."""
    supplier = supplier or prices.supplier()
    lines = lines or ((100, 10),)
    codes = sorted(ordering.item() for _line in lines)
    wanted = []
    for code, (qty, rate) in zip(codes, lines, strict=True):
        ordering.post(code, (supplier, rate))
        wanted.append((code, qty))
    requisition = ordering.approved(*wanted)
    (order,) = ordering.make(*(ordering.line(row, supplier) for row in requisition.items))
    return ordering.move(order)


def row_of(order, item: str | None = None):
    """Return the order's row of this item, or its first."""
    return next(row for row in order.items if item in (None, row.item))


def line(row, **values) -> dict:
    """Return the line of a change of this order row; `values` are new terms, without their `new_`."""
    return {"order_row": row.name, **{f"new_{name}": value for name, value in values.items()}}


def draft(order, kind: str, *lines: dict, role: str = "Purchaser", **values):
    """Insert a change of an order as a purchaser."""
    import frappe

    if kind in ("Quantity Decrease", "Item Change", "Cancellation", "Supplier Change"):
        values.setdefault("produced", "Not Produced")
    data = {
        "doctype": CHANGE,
        "purchase_order": order.name,
        "change_kind": kind,
        "reason": "The customer asks",
    }
    with hosts.as_user(role):
        return frappe.get_doc({**data, "lines": list(lines), **values}).insert()


def act(doc, action: str, role: str, **options):
    """Carry out a workflow action and return the document as stored."""
    import frappe

    prices.act(doc, action, role, **options)
    return frappe.get_doc(doc.doctype, doc.name)


def approver(doc) -> str:
    """Return the role that approves this change."""
    if doc.change_kind == "Price Change":
        return "Purchasing Manager" if doc.price_direction == "Down" else "Top Executive"
    return APPROVERS[doc.change_kind]


def submitted(*args, **values):
    """Return a change that waits for its approval."""
    return act(draft(*args, **values), "Submit for Approval", "Purchaser")


def approved(*args, **values):
    """Return an approved change."""
    doc = submitted(*args, **values)
    return act(doc, "Approve", approver(doc))


def executor(doc) -> str:
    """Return the role that executes this change."""
    return "Finance Officer" if doc.change_kind == "Price Change" else "Purchaser"


def execute(doc):
    """Execute a change and return it."""
    return act(doc, "Execute", executor(doc))


def executed(order, kind: str, *lines: dict, **values):
    """Return an executed change of an order."""
    make = draft if kind == "Date Change" else approved
    return execute(make(order, kind, *lines, **values))


def fresh(order):
    """Return an order as stored."""
    import frappe

    return frappe.get_doc(ORDER, getattr(order, "name", order))


def notice(old_item: str, new_item: str, steps: int = 2, **values):
    """Return an engineering change notice that puts one item in the place of another, approved after two steps."""
    import frappe

    data = {
        "doctype": NOTICE,
        "subject": "Thicker plate",
        "effective_from": ordering.today(),
        "reason": "It bends",
        "items": [{"old_item": old_item, "new_item": new_item}],
    }
    with hosts.as_user("Engineer"):
        doc = frappe.get_doc({**data, **values}).insert()
    for action, role in (("Submit for Approval", "Engineer"), ("Approve", "Division Head"))[:steps]:
        doc = act(doc, action, role)
    return doc


def item_change(order, new_qty: float | None = None, **values):
    """Return the values of a change of an order's first row to a new item: notice, requisition and line."""
    row = row_of(order)
    code = ordering.item()
    ordering.post(code, (order.supplier, 12))
    wanted = ordering.approved((code, new_qty or row.qty))
    line_values = line(row, item=code, **({"qty": new_qty} if new_qty else {}))
    line_values["requisition"] = wanted.name
    return {"engineering_change_notice": notice(row.item, code).name, **values}, line_values


def new_orders(change) -> list:
    """Return the orders that a change made, by number."""
    import frappe

    names = frappe.get_all(ORDER, filters={"change_order": change.name}, pluck="name", order_by="name asc")
    return [fresh(name) for name in names]
