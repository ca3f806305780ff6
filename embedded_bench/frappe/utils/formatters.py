"""Values as people read them, by the type of their field."""

import datetime
import re

import frappe
from frappe.utils.data import cint, cstr, flt, fmt_money, format_datetime, format_time, formatdate

_TYPES = {datetime.datetime: "Datetime", datetime.date: "Date", datetime.timedelta: "Time", float: "Float"}


def format_value(value, df=None, doc=None, currency=None):
    """Return a value as shown to users: dates and numbers in the site's formats, options translated."""
    df = df or _TYPES.get(type(value), "Data")
    df = frappe._dict({"fieldtype": df} if isinstance(df, str) else df) if isinstance(df, str | dict) else df
    value = "" if value is None else value
    if df.fieldtype in ("Currency", "Float"):
        return _format_number(value, df, doc, currency)
    formatter = _FORMATTERS.get(df.fieldtype)
    return formatter(value, df) if formatter else value


def _format_number(value, df, doc, currency) -> str:
    """Money in its currency; other numbers without decimals when they have none."""
    meta = frappe.model.meta
    precision = meta.get_field_precision(df, doc)
    if df.fieldtype == "Currency":
        currency = currency or meta.get_field_currency(df, doc) or frappe.db.get_default("currency")
    elif not df.options and not cint(cstr(value).partition(".")[2]):
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
    "Text Editor": lambda value, df: f"<div class='ql-snow'>{value}</div>",
    "Select": lambda value, df: frappe._(cstr(value), context=df.parent or ""),
}
