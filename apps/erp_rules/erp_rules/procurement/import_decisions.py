"""What whoever closes a container or approves a settlement sees of it before deciding."""

from __future__ import annotations

from frappe import _
from frappe.utils import cint, flt

from erp_rules.clauses.chapter_7_imports import SealCondition
from erp_rules.procurement.import_facts import container_receipts
from erp_rules.procurement.supplier_decisions import fact, record_of
from erp_rules.procurement.supplier_facts import supplier_records

ROWS_SHOWN = 100


def import_container(doc) -> dict:
    """Return the voyage, the receipts and every discrepancy with its handling."""
    receipts = container_receipts(doc.name)
    sealed = doc.seal_condition in (None, "", SealCondition.INTACT)
    found = [
        fact(_("Bill of Lading"), doc.bill_of_lading),
        fact(_("Arrived On"), doc.arrived_on),
        fact(
            _("Seal Condition"),
            _(doc.seal_condition) if doc.seal_condition else None,
            tone=None if sealed else "danger",
        ),
        fact(_("Customs Declaration Number"), doc.customs_declaration_no),
        fact(
            _("Purchase Receipts"),
            ", ".join(f"{row.name} ({_(row.workflow_state)})" for row in receipts) or None,
        ),
        fact(
            _("Open Discrepancies"),
            cint(doc.open_discrepancies),
            "number",
            tone="warning" if cint(doc.open_discrepancies) else None,
        ),
    ]
    return {
        "title": f"{doc.container_no} · {doc.supplier_name or doc.supplier}",
        "amount": None,
        "currency": None,
        "difference_pct": None,
        "last_time": None,
        "facts": [entry for entry in found if entry.get("value") not in (None, "")],
        "table": {
            "label": _("Abnormal Materials"),
            "columns": [
                _("Row"),
                _("Item"),
                _("Kind of Discrepancy"),
                _("Packing Quantity"),
                _("Found Quantity"),
                _("Handling"),
                _("Settled"),
            ],
            "rows": [
                {
                    "cells": [
                        row.idx,
                        f"{row.item} {row.item_name or ''}".strip(),
                        _(row.kind),
                        flt(row.packing_qty, 6),
                        flt(row.found_qty, 6),
                        _(row.handling) if row.handling else "",
                        _("Yes") if cint(row.is_settled) else _("No"),
                    ],
                    "mark": None,
                }
                for row in doc.abnormal_materials[:ROWS_SHOWN]
            ],
        },
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }


def foreign_exchange_settlement(doc) -> dict:
    """Return amounts in both currencies, the papers, and per order what was posted and what others settle."""
    found = [
        fact(_("Contract Number"), doc.contract_no),
        fact(_("Due Date"), doc.due_date),
        fact(_("Payment Method"), _(doc.payment_kind) if doc.payment_kind else None),
        fact(_("Exchange Rate"), flt(doc.exchange_rate, 6), "number"),
        fact(_("Amount in Base Currency"), f"{doc.base_currency} {flt(doc.amount_base):,.2f}"),
        fact(_("Import Container"), doc.import_container),
    ]
    return {
        "title": f"{doc.supplier_name or doc.supplier}",
        "amount": flt(doc.total_amount),
        "currency": doc.currency,
        "difference_pct": None,
        "last_time": None,
        "facts": [entry for entry in found if entry.get("value") not in (None, "")],
        "table": {
            "label": _("Orders and Receipts"),
            "columns": [
                _("Row"),
                _("Purchase Order"),
                _("Purchase Receipt"),
                _("Posted Amount"),
                _("Settled Elsewhere"),
                _("Amount"),
            ],
            "rows": [
                {
                    "cells": [
                        row.idx,
                        row.purchase_order,
                        row.receipt or "",
                        flt(row.posted_amount, 2),
                        flt(row.elsewhere_amount, 2),
                        flt(row.amount, 2),
                    ],
                    "mark": None,
                }
                for row in doc.items[:ROWS_SHOWN]
            ],
        },
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }
