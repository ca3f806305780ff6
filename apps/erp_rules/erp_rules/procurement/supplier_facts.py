"""What the clauses need to know of surveys, evaluations and visits, read in bulk; nothing here writes."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

import frappe
from frappe.utils import cstr, getdate, nowdate

from erp_rules.clauses import chapter_4_1
from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.masters.facts import as_date, decimal, supplier_values

FIGURES = (
    ("quality_pct", "Quality %"),
    ("on_time_pct", "On-time %"),
    ("cooperation_score", "Cooperation Score"),
)
MEASURED = ("accepted_qty", "rejected_qty", "on_time_rows", "late_rows")


@dataclass(frozen=True)
class SupplierRecord:
    """What is known of a supplier: where it stands, its last approved evaluation and what is open."""

    supplier: str
    supplier_name: str
    status: str
    approved_on: datetime.date | None = None
    evaluated_to: datetime.date | None = None
    quality_pct: float | None = None
    on_time_pct: float | None = None
    outcome: str | None = None
    open_evaluations: int = 0
    planned_visits: int = 0


def supplier_survey(doc, previous) -> chapter_4_1.Survey:
    """Return a survey's parts and scores, and its supplier's data as stored."""
    row, missing = _supplier(doc.supplier)
    return chapter_4_1.Survey(
        supplier=doc.supplier,
        kind=doc.survey_kind,
        supplier_status=row.get("status") or SupplierStatus.PROSPECTIVE,
        supplier_missing=missing,
        technical_signed_by=doc.technical_signed_by or None,
        quality_signed_by=doc.quality_signed_by or None,
        parts=tuple(
            chapter_4_1.PartConfirmation(
                row.idx, cstr(row.item), row.technical_result or "", row.quality_result or ""
            )
            for row in doc.get("part_confirmations") or ()
        ),
        scores=score_lines(doc),
    )


def score_lines(doc) -> tuple[chapter_4_1.ScoreLine, ...]:
    """Return the scored criteria of a survey."""
    return tuple(
        chapter_4_1.ScoreLine(row.idx, decimal(row.max_score), decimal(row.score))
        for row in doc.get("scores") or ()
    )


def _supplier(code: str | None) -> tuple[dict, tuple[str, ...]]:
    fields = ["name", "supplier_name", "address", "currency", "status"]
    row = (frappe.db.get_value("Supplier", code, fields, as_dict=True) if code else None) or {}
    has_contact = bool(
        code and frappe.db.exists("Supplier Contact", {"parent": code, "parenttype": "Supplier"})
    )
    return row, chapter_4_1.missing_data(supplier_values(row, has_contact=has_contact))


def supplier_evaluation(doc, previous) -> chapter_4_1.Evaluation:
    """Return an evaluation's figures, its supplier's status and the evaluations that its period meets."""
    period_from, period_to = as_date(doc.period_from), as_date(doc.period_to)
    overlapping = []
    if doc.supplier and period_from and period_to:
        overlapping = frappe.get_all(
            "Supplier Evaluation",
            filters={
                "supplier": doc.supplier,
                "name": ["!=", doc.name or ""],
                "docstatus": ["<", 2],
                "period_from": ["<=", period_to],
                "period_to": [">=", period_from],
            },
            pluck="name",
            order_by="name",
        )
    status = frappe.db.get_value("Supplier", doc.supplier, "status") if doc.supplier else None
    return chapter_4_1.Evaluation(
        supplier=doc.supplier,
        supplier_status=status or SupplierStatus.PROSPECTIVE,
        period_from=period_from,
        period_to=period_to,
        figures=tuple(
            (fieldname, label, decimal(doc.get(fieldname)))
            for fieldname, label in FIGURES
            if doc.get(fieldname) is not None
        ),
        outcome=doc.outcome or None,
        remarks=doc.remarks,
        overlapping=tuple(overlapping),
    )


def supplier_visit(doc, previous) -> chapter_4_1.Visit:
    """Return a visit as of today."""
    return chapter_4_1.Visit(
        status=doc.status,
        visited_on=as_date(doc.visited_on),
        visited_by=doc.visited_by or None,
        findings=doc.findings,
        today=getdate(nowdate()),
    )


def supplier_records(codes: Collection[str]) -> dict[str, SupplierRecord]:
    """Return each supplier's record: where it stands, its last evaluation, what is open; three queries."""
    codes = sorted({code for code in codes if code})
    if not codes:
        return {}
    suppliers = frappe.get_all(
        "Supplier", filters={"name": ["in", codes]}, fields=["name", "supplier_name", "status", "approved_on"]
    )
    evaluations = frappe.get_all(
        "Supplier Evaluation",
        filters={"supplier": ["in", codes], "docstatus": ["<", 2]},
        fields=[
            "supplier",
            "docstatus",
            "period_to",
            "quality_pct",
            "on_time_pct",
            "outcome",
            *MEASURED,
        ],
        order_by="period_to asc, creation asc",
    )
    visits = frappe.get_all(
        "Supplier Visit",
        filters={"supplier": ["in", codes], "status": chapter_4_1.VisitStatus.PLANNED},
        fields=["supplier", "planned_on"],
    )
    last = {row.supplier: row for row in evaluations if row.docstatus == 1}
    records = {}
    for row in suppliers:
        evaluation = last.get(row.name) or frappe._dict()
        records[row.name] = SupplierRecord(
            supplier=row.name,
            supplier_name=row.supplier_name,
            status=row.status,
            approved_on=row.approved_on,
            evaluated_to=evaluation.period_to,
            quality_pct=evaluation.quality_pct if _any(evaluation, *MEASURED[:2]) else None,
            on_time_pct=evaluation.on_time_pct if _any(evaluation, *MEASURED[2:]) else None,
            outcome=evaluation.outcome,
            open_evaluations=sum(1 for e in evaluations if e.supplier == row.name and e.docstatus == 0),
            planned_visits=sum(1 for visit in visits if visit.supplier == row.name),
        )
    return records


def _any(row, *fields: str) -> bool:
    return any(row.get(field) for field in fields)
