"""Time limits per clause, role and month: met, missed, overdue, still open, and how long they took (rulebook 2)."""

from __future__ import annotations

from statistics import median

import frappe
from frappe import _
from frappe.utils import add_months, get_datetime, get_first_day, getdate

from erp_rules.rule_engine.report_tools import column, link, month_end, opens_list

STATUSES = ("Met", "Missed", "Overdue", "Open")
MONTHS = 6


def execute(filters=None):
    """Return one row per clause, role and month in which the time limits ended, by clause and month."""
    filters = frappe._dict(filters or {})
    first, last = _period(filters)
    conditions = [["due_at", "between", [str(first), str(last)]]]
    conditions += [
        [name, "=", filters[name]]
        for name in ("clause", "responsible_role", "reference_doctype")
        if filters.get(name)
    ]
    found = frappe.get_list(
        "Deadline",
        filters=conditions,
        fields=["clause", "responsible_role", "status", "starts_at", "due_at", "done_at"],
        order_by="due_at asc",
        limit_page_length=0,
    )
    groups: dict[tuple, list] = {}
    for row in found:
        month = f"{getdate(row.due_at):%Y-%m}"
        groups.setdefault((row.clause, row.responsible_role or "", month), []).append(row)
    titles = _titles({key[0] for key in groups})
    rows = [_row(key, groups[key], titles, filters.reference_doctype, first, last) for key in sorted(groups)]
    return _columns(), rows, _("Due from {0} to {1}.").format(first, last), _chart(rows)


def _period(filters):
    last = getdate(filters.to_date) if filters.to_date else month_end(getdate())
    first = getdate(filters.from_date) if filters.from_date else get_first_day(add_months(last, 1 - MONTHS))
    return getdate(first), last


def _titles(clauses: set[str]) -> dict[str, str]:
    if not clauses:
        return {}
    fieldname = "title_zh" if frappe.local.lang == "zh" else "title"
    rows = frappe.get_all("Rule", filters={"name": ["in", sorted(clauses)]}, fields=["name", fieldname])
    return {row.name: row[fieldname] for row in rows}


def _row(key: tuple, limits: list, titles: dict, doctype: str | None, first, last) -> dict:
    clause, role, month = key
    counts = {status: sum(1 for limit in limits if limit.status == status) for status in STATUSES}
    closed = counts["Met"] + counts["Missed"]
    hours = [_hours(limit) for limit in limits if limit.done_at and limit.starts_at]
    begins = getdate(f"{month}-01")
    days = [str(max(begins, first)), str(min(month_end(begins), last))]
    behind = {"clause": clause, "responsible_role": role, "reference_doctype": doctype}
    behind["due_at"] = ["between", days]
    return {
        "clause": clause,
        "title": titles.get(clause),
        "responsible_role": role,
        "role": _(role) if role else None,
        "month": month,
        "total": len(limits),
        **{status.lower(): counts[status] for status in STATUSES},
        "kept_pct": round(counts["Met"] * 100 / (closed + counts["Overdue"]), 2)
        if closed + counts["Overdue"]
        else None,
        "median_hours": round(median(hours), 1) if hours else None,
        "opens": {
            "total": opens_list("Deadline", **behind),
            "median_hours": opens_list("Deadline", **behind),
            "kept_pct": opens_list("Deadline", **behind),
            **{status.lower(): opens_list("Deadline", **behind, status=status) for status in STATUSES},
        },
    }


def _hours(limit) -> float:
    return (get_datetime(limit.done_at) - get_datetime(limit.starts_at)).total_seconds() / 3600


def _columns() -> list[dict]:
    return [
        link("clause", _("Clause"), "Rule", 80),
        column("title", _("Title"), width=220),
        column("role", _("Responsible Role"), width=140),
        column("month", _("Month"), width=80),
        column("total", _("Time Limits"), "Int", 90),
        column("met", _("Met"), "Int", 70),
        column("missed", _("Missed"), "Int", 70),
        column("overdue", _("Overdue"), "Int", 70),
        column("open", _("Open"), "Int", 70),
        column("kept_pct", _("Kept %"), "Percent", 90),
        column("median_hours", _("Median Hours"), "Float", 100, precision=1),
    ]


def _chart(rows: list[dict]) -> dict | None:
    if not rows:
        return None
    months = sorted({row["month"] for row in rows})
    return {
        "data": {
            "labels": months,
            "datasets": [
                {
                    "name": _(status),
                    "values": [sum(row[status.lower()] for row in rows if row["month"] == m) for m in months],
                }
                for status in STATUSES
            ],
        },
        "type": "bar",
    }
