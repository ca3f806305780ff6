"""What an approver sees of a survey or an evaluation before deciding."""

from __future__ import annotations

from frappe import _
from frappe.utils import cint, flt

from erp_rules.clauses.chapter_4_1 import STATUS_OF_OUTCOME, PartResult, SupplierStatus
from erp_rules.procurement.supplier_facts import SupplierRecord, supplier_records

TONE_OF_STATUS = {
    SupplierStatus.APPROVED: "good",
    SupplierStatus.SUSPENDED: "warning",
    SupplierStatus.ELIMINATED: "bad",
}


def fact(label: str, value, kind: str = "text", **more) -> dict:
    """Return one labelled value as the decision screen takes it."""
    return {"label": label, "value": value, "kind": kind, **more}


def record_of(record: SupplierRecord | None) -> dict | None:
    """Return a supplier's record as labelled values; None when the supplier is not known."""
    if record is None:
        return None
    facts = [fact(_("Status"), _(record.status), tone=TONE_OF_STATUS.get(record.status))]
    if record.approved_on:
        facts.append(fact(_("Approved On"), record.approved_on, "date"))
    if record.evaluated_to:
        facts.append(fact(_("Evaluated Until"), record.evaluated_to, "date"))
        for label, value in ((_("Quality %"), record.quality_pct), (_("On-time %"), record.on_time_pct)):
            if value is not None:
                facts.append(fact(label, value, "percent"))
        facts.append(fact(_("Outcome"), _(record.outcome)))
    facts += [
        fact(_("Open Evaluations"), record.open_evaluations, "number"),
        fact(_("Planned Visits"), record.planned_visits, "number"),
    ]
    return {"label": _("Supplier's Record"), "facts": facts}


def supplier_survey(doc) -> dict:
    """Return what decides a survey: score, opinions, signatures and each part's confirmation."""
    facts = [
        fact(_("Survey Kind"), _(doc.survey_kind)),
        fact(_("Survey Date"), doc.survey_date, "date"),
        fact(_("Total Score"), doc.total_score, "percent"),
    ]
    for label, value in (
        (_("Equipment"), doc.equipment),
        (_("Capacity"), doc.capacity),
        (_("Technical Level"), doc.technical_level),
        (_("Quality System"), doc.quality_system),
        (_("Technical Opinion"), doc.technical_opinion),
        (_("Technical Signature"), doc.technical_signed_by),
        (_("Quality Opinion"), doc.quality_opinion),
        (_("Quality Signature"), doc.quality_signed_by),
    ):
        if value:
            facts.append(fact(label, value))
    record = supplier_records([doc.supplier]).get(doc.supplier)
    return {
        "title": f"{doc.supplier} {doc.supplier_name or ''}".strip(),
        "facts": facts,
        "table": parts_table(doc),
        "record": record_of(record),
    }


def parts_table(doc) -> dict | None:
    """Return the part confirmations of a survey; None without parts."""
    if not doc.part_confirmations:
        return None
    return {
        "label": _("Part Confirmations"),
        "columns": [_("Item"), _("Technical Result"), _("Quality Result"), _("Remark")],
        "rows": [
            {
                "cells": [
                    row.item,
                    _(row.technical_result or ""),
                    _(row.quality_result or ""),
                    row.remark or "",
                ],
                "mark": "best" if row.technical_result == row.quality_result == PartResult.PASS else None,
            }
            for row in doc.part_confirmations
        ],
    }


def supplier_evaluation(doc) -> dict:
    """Return what decides an evaluation: its period, figures and outcome."""
    stops = doc.outcome in STATUS_OF_OUTCOME
    facts = [
        fact(_("Outcome"), _(doc.outcome or ""), tone="bad" if stops else None),
        fact(_("Period From"), doc.period_from, "date"),
        fact(_("Period To"), doc.period_to, "date"),
        *figures_of(doc),
        fact(_("Cooperation Score"), doc.cooperation_score, "percent"),
    ]
    if doc.remarks:
        facts.append(fact(_("Remarks"), doc.remarks))
    record = supplier_records([doc.supplier]).get(doc.supplier)
    return {
        "title": f"{doc.supplier} {doc.supplier_name or ''}".strip(),
        "facts": facts,
        "table": None,
        "record": record_of(record),
    }


def figures_of(doc) -> list[dict]:
    """Return quality and on-time delivery with the receipts behind them, or that there were none."""
    if not cint(doc.receipt_rows):
        return [fact(_("Computed From"), _("No Receipts in the Period"), tone="warning")]
    facts = [fact(_("Receipts"), doc.receipt_count, "number")]
    if flt(doc.accepted_qty) or flt(doc.rejected_qty):
        facts.append(fact(_("Quality %"), doc.quality_pct, "percent"))
        facts.append(fact(_("Rejected Quantity"), doc.rejected_qty, "number"))
    if cint(doc.on_time_rows) or cint(doc.late_rows):
        facts.append(fact(_("On-time %"), doc.on_time_pct, "percent"))
        facts.append(fact(_("Late Rows"), doc.late_rows, "number"))
    return facts
