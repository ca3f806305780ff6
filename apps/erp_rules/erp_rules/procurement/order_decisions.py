"""What an approver of a requisition or an order sees before deciding."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, flt

from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.procurement import order_facts
from erp_rules.procurement.supplier_decisions import fact, record_of
from erp_rules.procurement.supplier_facts import supplier_records

ROWS_SHOWN = 100


def purchase_order(doc) -> dict:
    """Return amount, last order of the supplier, lines with their prices, and the supplier's record."""
    last = _last_order(doc)
    return {
        "title": f"{doc.supplier_name or doc.supplier}",
        "amount": flt(doc.total_amount),
        "currency": doc.currency,
        "difference_pct": None,
        "last_time": last,
        "facts": _order_facts(doc),
        "table": _order_table(doc),
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }


def _last_order(doc) -> dict | None:
    rows = frappe.get_all(
        ORDER,
        filters={"supplier": doc.supplier, "name": ["!=", doc.name], "docstatus": 1},
        fields=["total_amount", "currency", "order_date"],
        order_by="order_date desc, name desc",
        limit=1,
    )
    if not rows:
        return None
    return {
        "amount": rows[0].total_amount,
        "currency": rows[0].currency,
        "supplier": doc.supplier_name or doc.supplier,
        "date": rows[0].order_date,
    }


def _order_facts(doc) -> list[dict]:
    found = [
        fact(_("Order Kind"), _(doc.order_kind)),
        fact(_("Order Date"), doc.order_date, "date"),
        fact(_("Rows"), len(doc.items), "number"),
    ]
    dearer = [row for row in doc.items if row.lowest_supplier]
    unpriced = [row for row in doc.items if cint(row.is_unpriced)]
    if unpriced:
        found.append(fact(_("Unpriced"), len(unpriced), "number", tone="warning"))
    if dearer:
        found.append(fact(_("Not at the lowest price"), len(dearer), "number", tone="warning"))
    for row in dearer[:5]:
        reason = _(row.not_lowest_reason) if row.not_lowest_reason else _("no reason given")
        if row.not_lowest_remark:
            reason = f"{reason}: {row.not_lowest_remark}"
        found.append(fact(f"{row.item} · {row.lowest_supplier}", reason, tone="warning"))
    for label, value in (
        (_("Rule Waiver"), doc.waiver),
        (_("Change Order"), doc.change_order),
        (_("Replaces"), doc.replaces),
        (_("Remarks"), doc.remarks),
    ):
        if value:
            found.append(fact(label, value))
    return found


def _order_table(doc) -> dict:
    rows = [
        {
            "cells": [
                row.idx,
                f"{row.item} {row.item_name or ''}".strip(),
                flt(row.qty, 6),
                flt(row.free_qty, 6) or "",
                flt(row.rate, 6),
                flt(row.amount, 2),
                str(row.required_date or ""),
                row.requisition or "",
            ],
            "mark": "best" if cint(row.is_lowest) else None,
        }
        for row in doc.items[:ROWS_SHOWN]
    ]
    return {
        "label": _("Items"),
        "columns": [
            _("Row"),
            _("Item"),
            _("Quantity"),
            _("Free Quantity"),
            _("Rate"),
            _("Amount"),
            _("Required Date"),
            _("Requisition"),
        ],
        "rows": rows,
    }


def purchase_requisition(doc) -> dict:
    """Return the lines of a requisition with where they come from and what their plan still has open."""
    plan = order_facts.plan_rows(row.plan_row for row in doc.items)
    asked = order_facts.requested_quantities(plan, except_requisition=doc.name) if plan else {}
    rows = []
    for row in doc.items[:ROWS_SHOWN]:
        found = plan.get(row.plan_row)
        left = flt(found.qty) - flt(asked.get(row.plan_row, 0)) if found else ""
        rows.append(
            {
                "cells": [
                    row.idx,
                    f"{row.item} {row.item_name or ''}".strip(),
                    flt(row.qty, 6),
                    str(row.required_date or ""),
                    row.source or "",
                    left,
                ],
                "mark": None,
            }
        )
    facts = [
        fact(_("Requisition Kind"), _(doc.requisition_kind)),
        fact(_("Department"), doc.department),
        fact(_("Requisition Date"), doc.requisition_date, "date"),
        fact(_("Rows"), len(doc.items), "number"),
    ]
    if doc.affiliate:
        facts.append(fact(_("Affiliate"), doc.affiliate))
    if doc.remarks:
        facts.append(fact(_("Remarks"), doc.remarks))
    return {
        "title": doc.name,
        "amount": None,
        "currency": None,
        "difference_pct": None,
        "last_time": None,
        "facts": facts,
        "table": {
            "label": _("Items"),
            "columns": [
                _("Row"),
                _("Item"),
                _("Quantity"),
                _("Required Date"),
                _("Source"),
                _("Open on Plan"),
            ],
            "rows": rows,
        },
        "record": None,
    }
