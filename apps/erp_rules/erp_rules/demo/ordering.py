"""The story of a purchase: from the material plan to the issued and printed order (4.3, 4.4)."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, flt, getdate

from erp_rules.api import ordering
from erp_rules.api.imports import import_content
from erp_rules.clauses.chapter_4_3 import ORDER, PLAN, REQUISITION
from erp_rules.demo.people import acting_as, take_action
from erp_rules.procurement import order_facts

CLAUSE = "4.3"


def tell(teller) -> list[str]:
    """Tell how a plan becomes orders that go out; return the issued orders."""
    teller.chapter("From the material plan to the issued order")
    items = _orderable_items()
    if not items:
        teller.step(CLAUSE, "There is an item with a posted price", False)
        return []
    plan = _import_plan(teller, items)
    wanted = _requisition(teller, plan)
    names = _order(teller, wanted)
    return _issue(teller, names)


def _orderable_items(count: int = 3) -> list[str]:
    """Return items with a confirmed sample and a price in force."""
    confirmed = frappe.get_all(
        "Item",
        filters={"sample_status": ["in", ["Confirmed", "Not Required"]], "disabled": 0},
        pluck="name",
        order_by="name",
    )
    return sorted(order_facts.purchase_offers(confirmed, getdate()))[:count]


def _import_plan(teller, items: list[str]):
    number = frappe.db.count(PLAN) + 1
    lines = ["料号,需求数量,需求日期"]
    lines += [f"{item},{1000 * at},{add_days(getdate(), 20)}" for at, item in enumerate(items, 1)]
    lines.append(f"NO-SUCH-ITEM,5,{add_days(getdate(), 20)}")
    with acting_as("Planner"):
        report = import_content(PLAN, "\n".join(lines).encode(), f"计划-{number:03d}.csv")
    refused = "; ".join(finding.message for finding in report.errors)
    teller.step(
        CLAUSE, "The planner imports a plan; the good lines are taken", len(report.errors) == 1, refused
    )
    plan = frappe.get_doc(PLAN, report.names[0])
    return take_action(plan, "Release", "Planner")


def _requisition(teller, plan):
    with acting_as("Planner"):
        (name,) = ordering.request_plan(plan.name)["requisitions"]
    doc = take_action(frappe.get_doc(REQUISITION, name), "Submit for Approval", "Planner")
    teller.refused(
        "1.1",
        "The planner approves the requisition",
        lambda: take_action(doc, "Approve", "Planner"),
        by_role=True,
    )
    teller.refused(
        CLAUSE, "It is ordered before it is approved", lambda: _make([_line(row, None) for row in doc.items])
    )
    doc = take_action(doc, "Approve", "Planning Manager")
    teller.step(
        CLAUSE, f"Requisition {doc.name} is approved with {len(doc.items)} lines", bool(doc.approved_by)
    )
    return doc


def _line(row, offer) -> dict:
    supplier = offer["supplier"] if offer else frappe.db.get_value("Supplier", {"status": "Approved"}, "name")
    return {
        "requisition_row": row.name,
        "supplier": supplier,
        "currency": offer["currency"] if offer else None,
    }


def _make(lines: list[dict]) -> list[str]:
    with acting_as("Purchaser"):
        return [order.name for order in ordering.make_orders(lines)["orders"]]


def _order(teller, wanted) -> list[str]:
    with acting_as("Purchaser"):
        shown = ordering.open_lines({"parent": wanted.name})
    for line in shown["lines"]:
        offers = shown["offers"][line.item]
        beside = ", ".join(f"{o['supplier']} {o['currency']} {flt(o['rate']):g}" for o in offers)
        teller.step("4.4.1", f"{line.item}: lowest first – {beside}", bool(offers[0]["is_lowest"]))
    lines = [_line(row, shown["offers"][row.item][0]) for row in wanted.items]
    teller.refused(
        CLAUSE,
        "One line too many refuses all of them",
        lambda: _make([*lines, {**lines[0], "qty": 1}]),
    )
    names = _make(lines)
    teller.step(CLAUSE, f"The workbench makes {len(names)} orders: {', '.join(names)}", bool(names))
    teller.refused(CLAUSE, "The same lines are ordered again", lambda: _make(lines))
    state = frappe.db.get_value(REQUISITION, wanted.name, "workflow_state")
    teller.step(CLAUSE, f"Requisition {wanted.name} is now {state}", state == "Ordered")
    return names


def _issue(teller, names: list[str]) -> list[str]:
    order = frappe.get_doc(ORDER, names[0])
    teller.refused("4.4.1", "The purchaser types another rate", lambda: _type_rate(order))
    for name in names:
        order = frappe.get_doc(ORDER, name)
        order = take_action(order, "Submit for Approval", "Purchaser")
        order = take_action(order, "Approve", "Purchasing Manager")
    due = frappe.db.get_value("Deadline", {"reference_name": order.name, "clause": "4.4.4"}, "due_at")
    teller.step("4.4.4", f"{order.name} is approved; it is to be issued by {due}", bool(due))
    with acting_as("Purchaser"):
        printed = ordering.print_batch(names, "zh")
    numbers = ", ".join(printed["numbers"].values())
    teller.step("4.4.2", f"Printed in one batch: {numbers}", all(name in printed["html"] for name in names))
    for name in names:
        order = take_action(frappe.get_doc(ORDER, name), "Issue", "Purchaser")
    teller.step("4.4.4", f"Issued at {order.issued_at} by {order.sent_by}", order.workflow_state == "Issued")
    teller.refused("1.4", "The quantity of an issued order is changed", lambda: _change_quantity(order))
    return names


def _type_rate(order) -> None:
    with acting_as("Purchaser"):
        doc = frappe.get_doc(ORDER, order.name)
        doc.items[0].rate = 0.01
        doc.save()


def _change_quantity(order) -> None:
    with acting_as("Purchaser"):
        doc = frappe.get_doc(ORDER, order.name)
        doc.items[0].qty = 1
        doc.save()
