"""Every document that waits, with its age and the people it waits for (rulebook 6)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, flt, now_datetime

from erp_rules.rule_engine import waiting
from erp_rules.rule_engine.report_tools import column


def execute(filters=None):
    """Return one row per waiting document that the user may see, the oldest first, and how many wait for each role."""
    filters = frappe._dict(filters or {})
    moment = now_datetime()
    found = [row for row in waiting.documents(filters.document_type) if _is_wanted(row, filters, moment)]
    names = _full_names({user for row in found for user in (*row.people, row.made_by)})
    rows = [_row(row, names, moment) for row in found]
    return _columns(), rows, None, _chart(found)


def _is_wanted(row: waiting.Waiting, filters, moment) -> bool:
    return (
        (not filters.role or filters.role in row.roles)
        and (not filters.user or filters.user in row.people)
        and (not filters.made_by or filters.made_by == row.made_by)
        and _age_hours(row, moment) >= flt(filters.older_than_hours)
        and not (cint(filters.only_overdue) and not _is_overdue(row, moment))
    )


def _age_hours(row: waiting.Waiting, moment) -> float:
    return max(0.0, (moment - row.since).total_seconds() / 3600)


def _is_overdue(row: waiting.Waiting, moment) -> bool:
    return row.due_at is not None and row.due_at < moment


def _full_names(users: set[str]) -> dict[str, str]:
    if not users:
        return {}
    return dict(frappe.get_all("User", {"name": ["in", sorted(users)]}, ["name", "full_name"], as_list=True))


def _row(row: waiting.Waiting, names: dict[str, str], moment) -> dict:
    roles = ", ".join(_(role) for role in row.roles)
    people = ", ".join(names.get(user) or user for user in row.people)
    return {
        "document_type": row.doctype,
        "document_type_label": _(row.doctype),
        "document": row.name,
        "title": row.title,
        "state": _(row.state),
        "since": row.since,
        "age_hours": round(_age_hours(row, moment), 1),
        "due_at": row.due_at,
        "overdue": cint(_is_overdue(row, moment)),
        "people": people or _("Nobody has the role: {0}").format(roles),
        "roles": roles,
        "made_by": names.get(row.made_by) or row.made_by,
    }


def _columns() -> list[dict]:
    return [
        column("document_type_label", _("Document Type"), width=130),
        column("document", _("Document"), "Dynamic Link", 150, options="document_type"),
        column("title", _("Title"), width=180),
        column("state", _("State"), width=120),
        column("people", _("Waits For"), width=200),
        column("since", _("Waiting Since"), "Datetime", 150),
        column("age_hours", _("Hours Waiting"), "Float", 100, precision=1),
        column("due_at", _("Due At"), "Datetime", 150),
        column("overdue", _("Overdue"), "Check", 70),
        column("roles", _("Roles"), width=150),
        column("made_by", _("Made By"), width=130),
        column("document_type", _("Document Type"), hidden=1),
    ]


def _chart(found: list[waiting.Waiting]) -> dict | None:
    counts: dict[str, int] = {}
    for row in found:
        for role in row.roles:
            counts[_(role)] = counts.get(_(role), 0) + 1
    if not counts:
        return None
    labels = sorted(counts, key=lambda role: (-counts[role], role))
    return {
        "data": {
            "labels": labels,
            "datasets": [{"name": _("Documents"), "values": [counts[label] for label in labels]}],
        },
        "type": "bar",
    }
