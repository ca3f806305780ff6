"""Quality and on-time delivery per supplier and month or period, computed from posted receipts (4.1.2)."""

from __future__ import annotations

import frappe
from frappe import _

from erp_rules.clauses.chapter_4_1 import Deliveries
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import RECEIPT
from erp_rules.procurement import deliveries
from erp_rules.procurement.facts import supplier_names
from erp_rules.rule_engine.report_tools import column, link, months_between, opens_report

RECEIPTS_REPORT = "Purchase Receipts Report"
# What each number opens of the receipts report.
SHOWS = {
    "receipt_count": "Receipts",
    "receipt_rows": "Receipts",
    "accepted_qty": "Accepted",
    "rejected_qty": "Rejected",
    "quality_pct": "Receipts",
    "on_time_rows": "On Time",
    "late_rows": "Late",
    "on_time_pct": "Receipts",
}
CHARTED = 12


def execute(filters=None):
    """Return one row per supplier and period, the worst quality first, and the percentages as a chart."""
    filters = frappe._dict(filters or {})
    first, last = deliveries.period_of(filters)
    since, until = deliveries.moments(first, last)
    visible = [["docstatus", "=", 1], ["posted_at", ">=", since], ["posted_at", "<", until]]
    found = deliveries.by_supplier(
        first,
        last,
        [filters.supplier] if filters.supplier else None,
        per_month=filters.period == "Month",
        receipts=deliveries.limited_to(RECEIPT, visible),
        departments=deliveries.allowed_departments(ORDER),
    )
    names = supplier_names(supplier for supplier, _month in found)
    days = {month: (begins, ends) for month, begins, ends in months_between(first, last)}
    rows = [
        _row(supplier, names.get(supplier), month, days.get(month, (first, last)), of)
        for (supplier, month), of in found.items()
    ]
    rows.sort(key=lambda row: (row["period"], _worst_first(row["quality_pct"]), row["supplier"]))
    message = _("Posted from {0} to {1}.").format(first, last)
    return _columns(), rows, message, _chart(rows)


def _worst_first(share: float | None) -> float:
    return 101 if share is None else share


def _row(supplier: str, name: str | None, month: str, days: tuple, of: Deliveries) -> dict:
    first, last = days
    behind = {"supplier": supplier, "from_date": str(first), "to_date": str(last)}
    return {
        "supplier": supplier,
        "supplier_name": name,
        "period": month or f"{first} – {last}",
        "receipt_count": of.receipts,
        "receipt_rows": of.rows,
        "accepted_qty": float(of.accepted_qty),
        "rejected_qty": float(of.rejected_qty),
        "quality_pct": deliveries.rounded(of.quality_pct),
        "on_time_rows": of.on_time_rows,
        "late_rows": of.late_rows,
        "on_time_pct": deliveries.rounded(of.on_time_pct),
        "opens": {name: opens_report(RECEIPTS_REPORT, **behind, show=show) for name, show in SHOWS.items()},
    }


def _columns() -> list[dict]:
    return [
        link("supplier", _("Supplier"), "Supplier"),
        column("supplier_name", _("Supplier Name"), width=180),
        column("period", _("Period"), width=170),
        column("receipt_count", _("Receipts"), "Int", 80),
        column("receipt_rows", _("Receipt Rows"), "Int", 90),
        column("accepted_qty", _("Accepted Quantity"), "Float", 120),
        column("rejected_qty", _("Rejected Quantity"), "Float", 120),
        column("quality_pct", _("Quality %"), "Percent", 100),
        column("on_time_rows", _("Rows on Time"), "Int", 100),
        column("late_rows", _("Late Rows"), "Int", 90),
        column("on_time_pct", _("On-time %"), "Percent", 100),
    ]


def _chart(rows: list[dict]) -> dict | None:
    shown = rows[:CHARTED]
    if not shown:
        return None
    series = (("quality_pct", _("Quality %")), ("on_time_pct", _("On-time %")))
    several = len({row["period"] for row in rows}) > 1
    return {
        "data": {
            "labels": [f"{row['supplier']} {row['period']}" if several else row["supplier"] for row in shown],
            "datasets": [
                {"name": label, "values": [row[name] or 0 for row in shown]} for name, label in series
            ],
        },
        "type": "bar",
    }
