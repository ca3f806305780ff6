"""Working Calendar records as the calendars that time limits are counted on (2.11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe.utils import get_time, getdate

from erp_rules.clauses.working_time import Calendar, Shift
from erp_rules.rule_engine import scope

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def default_calendar() -> Calendar:
    """Return the calendar that Rule Settings names; raise `LookupError` when it names none."""
    return scope.per_request("calendar", _read_default)


def _read_default() -> Calendar:
    name = frappe.db.get_single_value("Rule Settings", "default_calendar")
    if not name:
        raise LookupError("Rule Settings name no default calendar")
    return calendar_from(frappe.get_cached_doc("Working Calendar", name))


def calendar_from(doc) -> Calendar:
    """Return the calendar of a Working Calendar document; raise `ValueError` when it is none.

    A day that is not filled in yet does not count: that it is missing is told by itself.
    """
    days = {kind: [] for kind in ("Holiday", "Working Day")}
    for row in doc.holidays:
        if row.date:
            days[row.kind or "Holiday"].append(getdate(row.date))
    return Calendar(
        off_weekdays=frozenset(WEEKDAYS.index(row.weekday) for row in doc.off_days if row.weekday),
        holidays=frozenset(days["Holiday"]),
        worked_days=frozenset(days["Working Day"]),
        shifts=tuple(Shift(_time(row.start_time), _time(row.end_time)) for row in doc.shifts),
    )


def _time(value):
    if isinstance(value, timedelta):
        return (datetime.min + value).time()
    return get_time(value)
