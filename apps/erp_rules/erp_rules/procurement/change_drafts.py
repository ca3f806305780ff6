"""A change order begun from its order, for the purchaser to enter what shall differ, or from goods kept apart (4.5.1)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import flt

from erp_rules.clauses.chapter_4_3 import OrderKind
from erp_rules.clauses.chapter_4_5 import CHANGEABLE, OrderChange
from erp_rules.procurement import change_orders, orders

CHANGE = "Purchase Change Order"
CHANGEABLE_STATES = frozenset(state for states in CHANGEABLE.values() for state in states)
TERMS = ("item", "item_name", "specification", "qty", "rate", "required_date")


def change_order(order, with_values: bool = False) -> dict | None:
    """Return that a change order can be begun from this order, and with `with_values` its first values.

    None when no kind of change is for it: a draft is simply edited, and what is closed no longer changes.
    """
    if order.workflow_state not in CHANGEABLE_STATES or order.order_kind == OrderKind.RETURN:
        return None
    offer = {"doctype": CHANGE, "label": _("Change this order")}
    return {**offer, "values": values_of(order)} if with_values else offer


def values_of(order) -> dict:
    """Return the values of a new change order of `order`: its rows as they are; new terms are left to enter.

    What nobody enters stays as it is.
    """
    return {
        "purchase_order": order.name,
        "supplier": order.supplier,
        "supplier_name": order.supplier_name,
        "currency": order.currency,
        "department": order.department,
        "order_state": order.workflow_state,
        "purchaser": frappe.session.user,
        "change_kind": None,
        "lines": [_line(order, row) for row in order.items],
    }


def _line(order, row) -> dict:
    terms = {field: row.get(field) for field in TERMS}
    terms.update(supplier=order.supplier, department=order.department)
    return {
        "order_idx": row.idx,
        "order_row": row.name,
        "uom": row.uom,
        "currency": order.currency,
        "received_qty": flt(row.received_qty) - flt(row.returned_qty),
        "open_qty": float(orders.open_quantity(row, order.workflow_state)),
        **{f"old_{field}": value for field, value in terms.items()},
    }


def goods_kept_apart(over, with_values: bool = False) -> dict | None:
    """Return that a change order can ask for goods kept apart, and with `with_values` its first values (4.5.1.1.1).

    None when their order is not out or nothing is left to ask for, or while a change order asks for them.
    """
    under_way, accepted = change_orders.asked_for(over)
    if under_way or accepted <= 0 or not over.order_row:
        return None
    order = frappe.get_doc("Purchase Order", over.purchase_order)
    if order.workflow_state not in CHANGEABLE[OrderChange.INCREASE]:
        return None
    offer = {"doctype": CHANGE, "label": _("Ask for It by Change Order")}
    if not with_values:
        return offer
    asked = change_orders.increase_for(over, accepted)
    lines = [_line(order, row) for row in order.items if row.name == over.order_row]
    return {**offer, "values": {**values_of(order), **asked, "lines": [{**lines[0], **asked["lines"][0]}]}}
