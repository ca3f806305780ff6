"""Columns of reports, and what each of a report's numbers opens."""

from __future__ import annotations

from datetime import date, timedelta


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 100, **more) -> dict:
    """Return one column as both the desk and the screens take it."""
    return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}


def link(fieldname: str, label: str, doctype: str, width: int = 120) -> dict:
    """Return a column whose values open a document."""
    return column(fieldname, label, "Link", width, options=doctype)


def currency_column(fieldname: str, label: str, width: int = 110, **more) -> dict:
    """Return a column of amounts in the currency that each row names."""
    return column(fieldname, label, "Currency", width, options="currency", **more)


def opens_report(report: str, **filters) -> dict:
    """Return that a number opens this report with these filters; put it under the row's `opens` by field."""
    return {"kind": "report", "name": report, "filters": _given(filters)}


def opens_list(doctype: str, **filters) -> dict:
    """Return that a number opens the list of a DocType with these filters, as desk routes name them.

    A value is one to equal or `[operator, value]`.
    """
    return {"kind": "list", "name": doctype, "filters": _given(filters)}


def _given(filters: dict) -> dict:
    return {name: value for name, value in filters.items() if value not in (None, "")}


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    following = day.replace(day=28) + timedelta(days=4)
    return following.replace(day=1) - timedelta(days=1)


def months_between(first: date, last: date) -> list[tuple[str, date, date]]:
    """Return the months that a period touches (`2026-11`) with the first and last day of each that lie in it."""
    found, start = [], first
    while start <= last:
        ends = min(month_end(start), last)
        found.append((f"{start:%Y-%m}", start, ends))
        start = ends + timedelta(days=1)
    return found
