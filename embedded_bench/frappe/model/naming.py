"""Names of documents: series, fields, patterns and hashes."""

import base64
import secrets
import time

import frappe
from frappe import _
from frappe.utils import cint, cstr, now_datetime

DATE_PARTS = {"YY": "%y", "MM": "%m", "DD": "%d", "YYYY": "%Y"}


def set_new_name(doc):
    doc.run_method("before_naming")
    meta = doc.meta
    autoname = meta.autoname or ""
    if autoname.lower() != "prompt" and not frappe.flags.in_import:
        doc.name = None
    if getattr(doc, "amended_from", None):
        doc.name = _amended_name(doc)
        return
    if meta.issingle:
        doc.name = doc.doctype
    if not doc.name:
        doc.run_method("autoname")
    if not doc.name and autoname:
        _set_name_by_rule(autoname, doc)
    doc.name = validate_name(doc.doctype, doc.name or make_autoname("hash"))


def _set_name_by_rule(autoname, doc):
    rule, _colon, rest = autoname.partition(":")
    rule = rule.lower()
    if rule == "field":
        doc.name = cstr(doc.get(rest)).strip()
        if not doc.name:
            frappe.throw(_("{0} is required").format(doc.meta.get_label(rest)))
    elif rule == "naming_series":
        doc.name = make_autoname(f"{doc.naming_series}.#####", doc=doc)
    elif rule == "prompt":
        frappe.throw(_("Please set the document name"))
    elif "#" in autoname:
        doc.name = make_autoname(autoname, doc=doc)
    elif rule != "hash":
        raise frappe.NotSupported(f"autoname {autoname!r} is not supported by the embedded bench")


def make_autoname(key="", doctype="", doc=""):
    """Return the next name of a series, or a hash."""
    if key == "hash":
        # the first four characters count tenths of a second: names made later sort later, for a day
        tick = int(time.time() * 10) % 32**4
        prefix = base64.b32hexencode(tick.to_bytes(5, "big")).decode()[-4:]
        return (prefix + base64.b32hexencode(secrets.token_bytes(6)).decode()[:6]).lower()
    series = key if "#" in key else f"{key}.#####"
    return parse_naming_series(series.split("."), doc=doc)


def parse_naming_series(parts, doc=None) -> str:
    """Put a series' parts together: dates, fields, text and, once, the number."""
    today = now_datetime()
    name, has_number = "", False
    for part in filter(None, parts):
        if part.startswith("#"):
            name += "" if has_number else getseries(name, len(part))
            has_number = True
            continue
        if part in DATE_PARTS:
            value = today.strftime(DATE_PARTS[part])
        elif doc and part in doc.__dict__:
            value = doc.get(part)
        else:
            value = part
        name += value if isinstance(value, str) else cstr(value).strip()
    return name


def getseries(key, digits) -> str:
    """Count a series up and return its number; the row stays locked until the transaction ends."""
    current = frappe.db.get_value("Series", key, "current", order_by=None, for_update=True)
    if current is None:
        frappe.db.bulk_insert("Series", ["name", "current"], [(key, 1)])
    else:
        frappe.db.set_value("Series", key, "current", current + 1, update_modified=False)
    return f"{cint(current) + 1:0{digits}d}"


def validate_name(doctype, name):
    """Return the name, stripped; raise when it cannot be one."""
    name = cstr(name).strip()
    if "<" in name or ">" in name:
        text = _("Name cannot contain special characters like {0}").format("'<', '>'")
        frappe.throw(text, frappe.NameError)
    return name


def _amended_name(doc):
    base, number = doc.amended_from, 1
    if frappe.db.get_value(doc.doctype, doc.amended_from, "amended_from"):
        base, _dash, last = doc.amended_from.rpartition("-")
        number = cint(last) + 1
    return f"{base}-{number}"
