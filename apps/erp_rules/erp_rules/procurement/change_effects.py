"""What clause 4.5 does by itself when change orders and engineering change notices move."""

from __future__ import annotations

import frappe
from frappe import _

from erp_rules.clauses.base import Enforcement
from erp_rules.clauses.chapter_4_5 import ChangeState, EngineeringState, OrderChange
from erp_rules.procurement import change_orders
from erp_rules.rule_engine import deadlines, parameters
from erp_rules.rule_engine.effects import effect
from erp_rules.rule_engine.notify import notify_roles, notify_users

TOLD = "4.5.5"


@effect("4.5.1.1.1", entering=ChangeState.EXECUTED)
def increase_quantity(doc, context):
    """Make a new order for the extra quantity; the old one stays."""
    if doc.change_kind == OrderChange.INCREASE:
        change_orders.execute(doc, "4.5.1.1.1")


@effect("4.5.1.1.2", entering=ChangeState.EXECUTED)
def decrease_quantity(doc, context):
    """Close the old order and make a new one for what remains."""
    if doc.change_kind == OrderChange.DECREASE:
        change_orders.execute(doc, "4.5.1.1.2")


@effect("4.5.1.2", entering=ChangeState.EXECUTED)
def change_item(doc, context):
    """Close the old order and make a new one with the new item."""
    if doc.change_kind == OrderChange.ITEM:
        change_orders.execute(doc, "4.5.1.2")


@effect("4.5.1.3", entering=ChangeState.EXECUTED)
def change_date(doc, context):
    """Move the dates on the order; the first promise stays beside them."""
    if doc.change_kind == OrderChange.DATE:
        change_orders.execute(doc, "4.5.1.3")


@effect("4.5.1.4", entering=ChangeState.EXECUTED)
def cancel_order(doc, context):
    """Close the order; what was received stays."""
    if doc.change_kind == OrderChange.CANCELLATION:
        change_orders.execute(doc, "4.5.1.4")


@effect("4.5.2.2", entering=ChangeState.EXECUTED)
def change_price(doc, context):
    """Put the new rates onto the order."""
    if doc.change_kind == OrderChange.PRICE:
        change_orders.execute(doc, "4.5.2.2")


@effect("4.5.3", entering=ChangeState.EXECUTED)
def change_supplier(doc, context):
    """Close the old order, and make a new requisition and a new order at the new supplier."""
    if doc.change_kind == OrderChange.SUPPLIER:
        change_orders.execute(doc, "4.5.3")


@effect("4.5.5")
def follow_telling(doc, context):
    """Keep the time limits of telling the supplier of an executed change, and of its confirmation."""
    if doc.workflow_state != ChangeState.EXECUTED:
        return
    before = context.previous
    limits = parameters.values_of(TOLD, doc)
    if context.from_state != ChangeState.EXECUTED:
        _open(doc, limits["notify_days"], limits["count"])
        return
    if doc.supplier_notified_at and not before.supplier_notified_at:
        deadlines.close_deadlines(doc, TOLD)
        _open(doc, limits["confirm_days"], limits["count"])
    if doc.supplier_confirmed_at and not before.supplier_confirmed_at:
        deadlines.close_deadlines(doc, TOLD)


def _open(doc, days: int, count: str) -> None:
    if parameters.enforcement_of(TOLD) != Enforcement.OFF:
        deadlines.open_deadline(
            doc,
            TOLD,
            role="Purchaser",
            manager_role="Purchasing Manager",
            amount=days,
            unit="days",
            count=count,
        )


@effect("4.5.1", entering=ChangeState.EXECUTED, lasting=False)
def tell_about_change(doc, context):
    """Tell the purchasers of the order what was done and is to be told to the supplier, and planning."""
    people = {doc.purchaser, frappe.db.get_value("Purchase Order", doc.purchase_order, "purchaser")}
    notify_users(
        sorted(person for person in people if person),
        lambda: _("{0} of order {1}: tell supplier {2} at once and record its confirmation").format(
            _(doc.change_kind), doc.purchase_order, doc.supplier
        ),
        doc,
    )
    if doc.change_kind != OrderChange.PRICE:
        notify_roles(
            ["Planner", "Planning Manager"],
            lambda: _("{0} of order {1} was executed: {2}").format(
                _(doc.change_kind), doc.purchase_order, doc.new_order or "-"
            ),
            doc,
        )


@effect("4.5.1.2", entering=EngineeringState.APPROVED, lasting=False)
def tell_about_notice(doc, context):
    """Tell planning and purchasing that an engineering change notice holds."""
    notify_roles(
        ["Planner", "Planning Manager", "Purchaser"],
        lambda: _(
            "Engineering change notice {0} holds: request the new items, change the open orders"
        ).format(doc.name),
        doc,
    )
