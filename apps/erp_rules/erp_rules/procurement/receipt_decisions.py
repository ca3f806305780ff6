"""What whoever inspects, posts or approves sees of a receipt or a return before deciding."""

from __future__ import annotations

from frappe import _
from frappe.utils import flt

from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.procurement import receiving
from erp_rules.procurement.supplier_decisions import fact, record_of
from erp_rules.procurement.supplier_facts import supplier_records

ROWS_SHOWN = 100


def purchase_receipt(doc) -> dict:
    """Return counts, results, the time that the inspection has left, and the supplier's record."""
    return {
        "title": f"{doc.supplier_name or doc.supplier} · {doc.delivery_note_no or ''}".strip(" ·"),
        "amount": None,
        "currency": doc.currency,
        "difference_pct": None,
        "last_time": None,
        "facts": _receipt_facts(doc),
        "table": _receipt_table(doc),
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }


def _receipt_facts(doc) -> list[dict]:
    found = [fact(_("Counted By"), doc.counted_by), fact(_("Terminal"), doc.terminal)]
    left = receiving.inspection_left(doc)
    if left:
        hours, minutes = divmod(abs(left["minutes"]), 60)
        text = _("{0} h {1} min late") if left["is_late"] else _("{0} h {1} min left")
        tone = "danger" if left["is_late"] else "warning" if left["minutes"] < 60 else None
        found.append(fact(_("Inspection Due At"), text.format(hours, minutes), tone=tone))
    if doc.supplier_status and doc.supplier_status != SupplierStatus.APPROVED:
        found.append(fact(_("Supplier Status at the Count"), _(doc.supplier_status), tone="danger"))
    for label, value in ((_("Rejected"), doc.total_rejected), (_("Over-delivered"), doc.total_over)):
        if flt(value):
            found.append(fact(label, value, "number", tone="warning"))
    if doc.quality_opinion:
        found.append(fact(_("Quality Opinion"), doc.quality_opinion))
    return found


def _receipt_table(doc) -> dict:
    return {
        "label": _("Items"),
        "columns": [
            _("Row"),
            _("Item"),
            _("Purchase Order"),
            _("Counted Quantity"),
            _("Accepted Quantity"),
            _("Rejected Quantity"),
            _("Over-delivered Quantity"),
            _("Reject Reason"),
        ],
        "rows": [
            {
                "cells": [
                    row.idx,
                    f"{row.item} {row.item_name or ''}".strip(),
                    row.purchase_order,
                    flt(row.counted_qty, 6),
                    flt(row.accepted_qty, 6) or "",
                    flt(row.rejected_qty, 6) or "",
                    flt(row.over_qty, 6) or "",
                    _(row.reject_reason) if row.reject_reason else "",
                ],
                "mark": None,
            }
            for row in doc.items[:ROWS_SHOWN]
        ],
    }


def purchase_return(doc) -> dict:
    """Return what goes back and why, against which order, and the supplier's record."""
    found = [
        fact(_("Reason"), _(doc.reason)),
        fact(_("Remark"), doc.reason_remark),
        fact(_("Purchase Order"), doc.purchase_order or _("not known")),
    ]
    if doc.return_order:
        found.append(fact(_("Return Order"), doc.return_order))
    return {
        "title": f"{doc.supplier_name or doc.supplier}",
        "amount": flt(doc.total_amount),
        "currency": doc.currency,
        "difference_pct": None,
        "last_time": None,
        "facts": [entry for entry in found if entry.get("value")],
        "table": {
            "label": _("Items"),
            "columns": [_("Row"), _("Item"), _("Quantity"), _("Rate"), _("Warehouse"), _("Purchase Receipt")],
            "rows": [
                {
                    "cells": [
                        row.idx,
                        f"{row.item} {row.item_name or ''}".strip(),
                        flt(row.qty, 6),
                        flt(row.rate, 6) or "",
                        row.warehouse,
                        row.receipt or "",
                    ],
                    "mark": None,
                }
                for row in doc.items[:ROWS_SHOWN]
            ],
        },
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }
