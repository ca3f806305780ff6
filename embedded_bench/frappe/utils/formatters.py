"""Values as people read them, by the type of their field."""

from __future__ import annotations

import datetime
import re

import frappe
from frappe.utils.data import (
    cint,
    cstr,
    flt,
    fmt_money,
    format_datetime,
    format_duration,
    format_time,
    formatdate,
)

_TYPES = (
    (datetime.datetime, "Datetime"),
    (datetime.date, "Date"),
    (datetime.timedelta, "Time"),
    (int, "Int"),
    (float, "Float"),
)


def _guess(value) -> str:
    return next((fieldtype for cls, fieldtype in _TYPES if isinstance(value, cls)), "Data")


def format_value(value, df=None, doc=None, currency=None, translated=False, format=None):
    """Return a value as shown to users: dates and numbers in the site's formats, options translated."""
    if isinstance(df, str):
        df = frappe._dict(fieldtype=df)
    df = frappe._dict(df) if isinstance(df, dict) else df or frappe._dict(fieldtype=_guess(value))
    if value is None:
        value = ""
    elif translated:
        value = frappe._(value)
    fieldtype = df.get("fieldtype")
    if (
        value == 0
        and fieldtype in ("Int", "Float", "Currency", "Percent")
        and df.get("print_hide_if_no_value")
    ):
        return ""
    if fieldtype in ("Currency", "Float"):
        return _format_number(value, df, doc, currency, format)
    formatter = _FORMATTERS.get(fieldtype)
    return formatter(value, df) if formatter else value


def _format_number(value, df, doc, currency, number_format) -> str:
    """Money in its currency; other numbers without decimals when they have none."""
    from frappe.model.meta import get_field_currency, get_field_precision

    currency = currency or get_field_currency(df, doc)
    precision = get_field_precision(df, doc)
    if df.get("fieldtype") == "Currency":
        currency = currency or frappe.db.get_default("currency")
        return fmt_money(value, precision=precision, currency=currency, format=number_format)
    if not df.get("options") and not cint(cstr(value).partition(".")[2]):
        precision = 0
    return fmt_money(value, precision=precision, currency=currency)


def _format_text(value, df):
    return value if re.search("<br|<div|<p", cstr(value)) else cstr(value).replace("\n", "<br>")


_FORMATTERS = {
    "Date": lambda value, df: formatdate(value),
    "Datetime": lambda value, df: format_datetime(value),
    "Time": lambda value, df: format_time(value),
    "Percent": lambda value, df: f"{flt(value, 2)}%",
    "Text": _format_text,
    "Small Text": _format_text,
    "Duration": lambda value, df: format_duration(value, df.get("hide_days")),
    "Text Editor": lambda value, df: f"<div class='ql-snow'>{value}</div>",
    "Select": lambda value, df: frappe._(cstr(value), context=df.get("parent") or ""),
}
