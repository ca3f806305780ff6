"""Goods kept apart that an order may take: the order rows with room for them, and the step that lets one (4.6.4)."""

from __future__ import annotations

import frappe
from frappe import _

from erp_rules.clauses.chapter_4_3 import ORDER, OrderState, plain
from erp_rules.clauses.chapter_4_6 import OrderRow, OverStatus
from erp_rules.procurement import receipt_facts
from erp_rules.procurement.order_facts import ORDER_ITEM

LIMIT = 100


def targets(over) -> list[OrderRow]:
    """Return the order rows of supplier and item that have something open and a price, the most urgent first."""
    row, order = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    names = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(row.name)
        .where(order.supplier == over.supplier)
        .where(row.item == over.item)
        .where(order.workflow_state.isin([str(OrderState.ISSUED), str(OrderState.PARTLY_RECEIVED)]))
        .orderby(row.required_date)
        .limit(LIMIT)
        .run(pluck=True)
    )
    found = receipt_facts.order_rows(names)
    lines = [found[name] for name in names]
    return [line for line in lines if line.open_qty > 0 and not line.is_unpriced]


def steps(over) -> list[dict]:
    """Return the choice of an order that takes the goods, while any are kept apart, for who may write here."""
    if over.status != OverStatus.OPEN or not over.has_permission("write"):
        return []
    found = targets(over)
    step = {
        "label": _("Let an Order Take It"),
        "method": "erp_rules.api.receiving.take_over",
        "args": {"over_delivery": over.name},
        "fields": [
            {
                "fieldname": "order_row",
                "fieldtype": "Select",
                "label": _("Purchase Order"),
                "reqd": 1,
                "choices": [
                    {
                        "value": line.name,
                        "label": _("{0} · {1} open").format(line.order, plain(line.open_qty)),
                    }
                    for line in found
                ],
            },
            {
                "fieldname": "qty",
                "fieldtype": "Float",
                "label": _("Quantity"),
                "description": _("Left empty: all accepted goods that are still kept apart"),
            },
        ],
    }
    return [step if found else {**step, "notice": _("No order of this supplier has this item open.")}]
