"""Deadlines: opened and closed with a document's states, overdue and escalated by the scheduler (2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cstr, get_datetime, now_datetime

from erp_rules.clauses import working_time
from erp_rules.clauses.base import Enforcement
from erp_rules.clauses.chapter_2 import DeadlineStatus
from erp_rules.rule_engine import calendars, effects, notify, parameters, scope
from erp_rules.rule_engine.languages import Words
from erp_rules.rule_engine.moments import saved_at

OPEN, MET, OVERDUE, MISSED = (
    str(status)
    for status in (
        DeadlineStatus.OPEN,
        DeadlineStatus.MET,
        DeadlineStatus.OVERDUE,
        DeadlineStatus.MISSED,
    )
)
NUMBER = "2.6"
SOON_MINUTES = 60


def follow(doc, step) -> datetime | None:
    """Open and close the deadlines that this move of `doc` starts and ends; return when the next is due if it opens one."""
    has_opened = False
    for limit in scope.regulation().time_limits_for(doc.doctype):
        was_open, is_open = step.from_state in limit.opens, step.to_state in limit.opens
        ends = step.to_state in limit.closes if limit.closes else was_open and not is_open
        if ends:
            close_deadlines(doc, limit.number)
        if is_open and not was_open and parameters.enforcement_of(limit.number) != Enforcement.OFF:
            values = parameters.values_of(limit.number, doc)
            has_opened = True
            open_deadline(
                doc,
                limit.number,
                role=limit.role,
                manager_role=limit.manager_role,
                amount=values[limit.amount],
                unit=limit.unit,
                count=values[limit.count],
                starts_at=saved_at(doc),
            )
    return due_of([doc.name], doc.doctype).get(doc.name) if has_opened else None


def open_deadline(
    doc,
    number: str,
    *,
    role: str,
    manager_role: str | None = None,
    amount: int = 1,
    unit: str = "days",
    count: str = "working",
    starts_at: datetime | None = None,
) -> str:
    """Open a deadline of clause `number` for `doc` and return its name; an open one of the clause stays alone."""
    there = frappe.db.exists("Deadline", {**_reference(doc, number), "status": ["in", [OPEN, OVERDUE]]})
    if there:
        return there
    start = starts_at or now_datetime().replace(microsecond=0)
    calendar = calendars.default_calendar()
    due = working_time.due_at(calendar, start, amount, unit, count)
    later = parameters.values_of(NUMBER)
    deadline = frappe.get_doc(
        {
            "doctype": "Deadline",
            **_reference(doc, number),
            "responsible_role": role,
            "manager_role": manager_role,
            "status": OPEN,
            "starts_at": start,
            "due_at": due,
            "escalate_at": working_time.due_at(
                calendar, due, later["escalate_after_hours"], "hours", later["count"]
            ),
        }
    )
    with effects.system_write(NUMBER):
        deadline.insert(ignore_permissions=True)
    return deadline.name


def close_deadlines(doc, number: str | None = None) -> None:
    """Close the open deadlines of `doc` (of one clause, or all): met, or missed when it is past due."""
    filters = _reference(doc, number)
    filters["status"] = ["in", [OPEN, OVERDUE]]
    moment = now_datetime().replace(microsecond=0)
    for name in frappe.get_all("Deadline", filters=filters, pluck="name", order_by="name asc"):
        deadline = frappe.get_doc("Deadline", name, for_update=True)
        deadline.status = MET if moment <= get_datetime(deadline.due_at) else MISSED
        deadline.done_at = moment
        deadline.done_by = frappe.session.user
        _save(deadline)


def due_of(references: Iterable[str], doctype: str) -> dict[str, datetime]:
    """Return, by document, when its next time limit that is still to be kept is due; one query for all of them."""
    return {name: get_datetime(row.due_at) for name, row in _next_due(references, doctype).items()}


def left_of(references: Iterable[str], doctype: str) -> dict[str, dict]:
    """Return, by document, the clause that is due next and how much of its time is left, as `time_left` does.

    Documents without a time limit that is still to be kept are left out; one query for all of them.
    """
    return {
        name: {"clause": row.clause, **time_left(row.clause, row.due_at)}
        for name, row in _next_due(references, doctype).items()
    }


def _next_due(references: Iterable[str], doctype: str) -> dict[str, frappe._dict]:
    rows = frappe.get_all(
        "Deadline",
        filters={
            "reference_doctype": doctype,
            "reference_name": ["in", sorted(references) or [""]],
            "status": ["in", [OPEN, OVERDUE]],
        },
        fields=["reference_name", "clause", "due_at"],
        order_by="due_at desc",
    )
    return {row.reference_name: row for row in rows}  # the soonest comes last and stays


def time_left(number: str, due_at) -> dict:
    """Return the minutes until `due_at` as clause `number` counts them, below zero when it is past, in words too.

    A clause that counts working time is shown the hours of the shifts: nights, off days and holidays do not
    count down (2.11).
    """
    moment, due = now_datetime().replace(microsecond=0), get_datetime(due_at)
    first, last = sorted((moment, due))
    if _counts(number) == "clock":
        span = last - first
    else:
        span = working_time.working_between(calendars.default_calendar(), first, last)
    minutes = int(span.total_seconds() // 60)
    is_late = moment > due
    text = _("{0} h {1} min late") if is_late else _("{0} h {1} min left")
    return {
        "due_at": cstr(due),
        "minutes": -minutes if is_late else minutes,
        "is_late": is_late,
        "is_soon": not is_late and minutes < SOON_MINUTES,
        "text": text.format(*divmod(minutes, 60)),
    }


def _counts(number: str) -> str:
    return cstr(parameters.values_of(number).get("count")) or "working"


def run_due() -> None:
    """Turn deadlines past due overdue and tell the role; escalate what stays overdue to the manager role."""
    moment = now_datetime()
    overdue = frappe.get_all(
        "Deadline", filters={"status": OPEN, "due_at": ["<", moment]}, pluck="name", order_by="due_at asc"
    )
    for name in overdue:
        _in_own_transaction(name, _turn_overdue)
    late = frappe.get_all(
        "Deadline",
        filters={"status": OVERDUE, "escalate_at": ["<", moment], "escalated_at": ["is", "not set"]},
        pluck="name",
        order_by="due_at asc",
    )
    for name in late:
        _in_own_transaction(name, _escalate)


def _turn_overdue(deadline) -> None:
    if deadline.status != OPEN:
        return
    deadline.status = OVERDUE
    _save(deadline)
    notify.notify_roles(deadline.responsible_role, _words("Overdue", deadline), _target(deadline))


def _escalate(deadline) -> None:
    if deadline.status != OVERDUE or deadline.escalated_at:
        return
    deadline.escalated_at = now_datetime().replace(microsecond=0)
    _save(deadline)
    if deadline.manager_role:
        notify.notify_roles(deadline.manager_role, _words("Escalated", deadline), _target(deadline))


def _in_own_transaction(name: str, change) -> None:
    try:
        change(frappe.get_doc("Deadline", name, for_update=True))
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        frappe.log_error(title=f"Deadline {name} was not followed up")
        frappe.db.commit()


def _save(deadline) -> None:
    with effects.system_write(NUMBER):
        deadline.save(ignore_permissions=True)


def _reference(doc, number: str | None) -> dict:
    reference = {"reference_doctype": doc.doctype, "reference_name": doc.name}
    return {**reference, "clause": number} if number else reference


def _words(event: str, deadline) -> Words:
    return lambda: _("{0}: {1} {2}, clause {3}, was due at {4}").format(
        _(event),
        _(deadline.reference_doctype),
        deadline.reference_name,
        deadline.clause,
        f"{get_datetime(deadline.due_at):%Y-%m-%d %H:%M}",
    )


def _target(deadline):
    return frappe._dict(doctype=deadline.reference_doctype, name=deadline.reference_name)
