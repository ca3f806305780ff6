"""Returns begun from what goes back: the rejected goods of a receipt, or goods that are kept apart (4.7)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Sum

from erp_rules.clauses.chapter_4_6 import OverStatus
from erp_rules.clauses.chapter_4_7 import RETURN, ReturnReason
from erp_rules.clauses.chapter_5 import Bucket
from erp_rules.procurement import receipt_facts
from erp_rules.procurement.facts import number
from erp_rules.procurement.receipt_facts import RETURN_ITEM


def rejected_goods(receipt, with_values: bool = False) -> dict | None:
    """Return that rejected goods of this receipt can be given back, and with `with_values` those of its first order.

    None when nothing was rejected or all of it is on returns.
    """
    by_order = rejected_by_order(receipt)
    if not by_order:
        return None
    offer = {"doctype": RETURN, "label": _("Return rejected goods")}
    if not with_values:
        return offer
    order = min(by_order)
    return {**offer, "values": _values(receipt.supplier, ReturnReason.REJECTED, by_order[order], order)}


def rejected_by_order(receipt) -> dict[str, list[dict]]:
    """Return by order the rows of a return of what a posted receipt rejected and no return takes yet."""
    if receipt.docstatus != 1:
        return {}
    returned = _returned([row.name for row in receipt.items])
    found: dict[str, list[dict]] = {}
    for row in receipt.items:
        rejected = number(row.received_qty) - number(row.order_accepted_qty)
        qty = rejected - returned.get(row.name, Decimal(0))
        if qty > 0:
            found.setdefault(row.purchase_order, []).append(
                {
                    "item": row.item,
                    "qty": float(qty),
                    "warehouse": row.defective_warehouse,
                    "order_row": row.order_row,
                    "receipt": receipt.name,
                    "receipt_row": row.name,
                }
            )
    return found


def _returned(receipt_rows: list[str]) -> dict[str, Decimal]:
    """Return what returns, drafts included, take of the goods that came with these receipt rows; one query."""
    row = frappe.qb.DocType(RETURN_ITEM)
    found = (
        frappe.qb.from_(row)
        .select(row.receipt_row, Sum(row.qty).as_("qty"))
        .where(row.receipt_row.isin(receipt_rows or [""]))
        .where(row.bucket == Bucket.AVAILABLE)
        .where(row.docstatus < 2)
        .groupby(row.receipt_row)
        .run(as_dict=True)
    )
    return {line.receipt_row: number(line.qty) for line in found}


def goods_kept_apart(over, with_values: bool = False) -> dict | None:
    """Return that goods kept apart can be given back, and with `with_values` all that is left of them."""
    if over.status != OverStatus.OPEN:
        return None
    offer = {"doctype": RETURN, "label": _("Return these goods")}
    if not with_values:
        return offer
    return {
        **offer,
        "values": _values(over.supplier, ReturnReason.OVER_DELIVERY, rows_apart(over), over.purchase_order),
    }


def rows_apart(over) -> list[dict]:
    """Return the rows of a return of everything that is still kept apart of an over-delivery."""
    accepted, rejected = receipt_facts.left_apart(over)
    left = {False: accepted, True: rejected}
    return [
        {
            "item": over.item,
            "qty": float(left[is_rejected]),
            "bucket": str(Bucket.OVER_DELIVERY),
            "over_delivery": over.name,
            "warehouse": place,
        }
        for place, is_rejected in receipt_facts.places_apart(over).items()
        if left[is_rejected] > 0
    ]


def _values(supplier: str, reason: str, rows: list[dict], order: str | None) -> dict:
    return {"supplier": supplier, "reason": str(reason), "purchase_order": order, "items": rows}
