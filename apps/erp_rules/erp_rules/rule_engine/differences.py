"""What a save changes of a stored document: fields, fields of rows, rows added and removed (1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import frappe
from frappe.utils import cint, cstr, flt, get_datetime, get_time, getdate

from erp_rules.clauses.base import _
from erp_rules.rule_engine.controls import STATE_FIELD, StateControl

LAYOUT = frozenset(
    {"Section Break", "Column Break", "Tab Break", "HTML", "Button", "Heading", "Fold", "Image"}
)
TABLES = frozenset({"Table", "Table MultiSelect"})


@dataclass(frozen=True)
class Change:
    """A field, a field of a row, or (without a field name) a row that was added or removed."""

    fieldname: str | None
    table: str | None = None
    row: int | None = None

    def is_allowed(self, state: StateControl) -> bool:
        """Return whether the state leaves this open."""
        if self.fieldname is None:
            return state.allows_rows(self.table)
        return state.allows(self.fieldname, self.table)

    @property
    def message(self) -> str:
        """Return the message for a locked change."""
        if self.fieldname is None:
            return _("Rows cannot be added or removed in state {0}.")
        return _("This field is locked in state {0}.")


def changes_between(doc, previous) -> Iterator[Change]:
    """Yield every difference of value between `doc` and the stored `previous`, rows matched by name."""
    for df in doc.meta.fields:
        if df.fieldname == STATE_FIELD or df.fieldtype in LAYOUT:
            continue
        if df.fieldtype in TABLES:
            yield from _changes_of_rows(df, doc.get(df.fieldname) or [], previous.get(df.fieldname) or [])
        elif differs(df.fieldtype, doc.get(df.fieldname), previous.get(df.fieldname)):
            yield Change(df.fieldname)


def _changes_of_rows(df, rows: list, stored_rows: list) -> Iterator[Change]:
    stored = {row.name: row for row in stored_rows}
    columns = [c for c in frappe.get_meta(df.options).fields if c.fieldtype not in LAYOUT]
    for idx, row in enumerate(rows, 1):
        before = stored.pop(row.name, None)
        if before is None:
            yield Change(None, df.fieldname, idx)
            continue
        for column in columns:
            name = column.fieldname
            if differs(column.fieldtype, row.get(name), before.get(name)):
                yield Change(name, df.fieldname, idx)
    for row in stored.values():
        yield Change(None, df.fieldname, row.idx)


def differs(fieldtype: str, value, stored) -> bool:
    """Return whether `value` would be stored as something else than `stored`."""
    return value != stored and normal(fieldtype, value) != normal(fieldtype, stored)


def normal(fieldtype: str, value):
    """Return `value` as it would be compared when stored: no difference between "" and None, "1" and 1."""
    if fieldtype in ("Check", "Int"):
        return cint(value)
    if fieldtype in ("Float", "Currency", "Percent", "Rating", "Duration"):
        return flt(value, 9)
    if value is None or value == "":
        return None
    try:
        if fieldtype == "Date":
            return getdate(value)
        if fieldtype == "Datetime":
            return _moment(value) if isinstance(value, str) else get_datetime(value)
        if fieldtype == "Time":
            return get_time(value)
    except (ValueError, TypeError, frappe.ValidationError):
        return cstr(value)
    return cstr(value).replace("\r\n", "\n").strip()


@lru_cache(maxsize=1000)
def _moment(text: str):
    """Return a moment from its text; the rows of a document often have the same one."""
    return get_datetime(text)
