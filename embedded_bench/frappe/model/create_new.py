"""New documents with their defaults."""

import copy

import frappe
import frappe.defaults
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.model import data_fieldtypes
from frappe.permissions import filter_allowed_docs_for_doctype
from frappe.utils import now_datetime, nowdate, nowtime


def new_doc(doctype: str, *, parent_doc=None, parentfield=None, as_dict=False, **kwargs):
    """Return a new document with defaults, as a dict if wanted; the template is made once a request."""
    templates = frappe.local.new_doc_templates
    if doctype not in templates:
        templates[doctype] = make_new_doc(doctype)
    values = copy.deepcopy(templates[doctype])
    for df in frappe.get_meta(doctype).times:
        values[df.fieldname] = now_datetime() if df.fieldtype == "Datetime" else nowtime()
    if parent_doc:
        values.update(parent=parent_doc.name, parenttype=parent_doc.doctype)
    if parentfield:
        values["parentfield"] = parentfield
    doc = values if as_dict else frappe.get_doc(values)
    doc.update(kwargs)
    return doc


def make_new_doc(doctype):
    doc = frappe.get_doc({"doctype": doctype, "__islocal": 1, "owner": frappe.session.user, "docstatus": 0})
    user_permissions = get_user_permissions()
    defaults = frappe.defaults.get_defaults()
    for df in doc.meta.fields:
        if df.fieldtype in data_fieldtypes:
            value = _static_default(doc, df, user_permissions, defaults)
            if value is not None:
                doc.set(df.fieldname, value)
    doc._fix_numeric_types()
    values = doc.get_valid_dict(sanitize=False)
    values.update({"doctype": doctype, "__islocal": 1}, **({} if doc.meta.issingle else {"__unsaved": 1}))
    return values


def _static_default(doc, df, user_permissions, defaults):
    is_link = df.fieldtype == "Link" and df.options != "User"
    allowed, only = [], None
    if df.fieldtype == "Link" and not df.ignore_user_permissions:
        allowed, only = filter_allowed_docs_for_doctype(user_permissions.get(df.options, []), df.parent)
    chosen = only or defaults.get(df.fieldname) if is_link else None
    if chosen and (only or not allowed or chosen in allowed):
        return chosen if frappe.db.exists(df.options, chosen) else None
    if df.fieldname == doc.meta.title_field:
        return None
    if df.default:
        if is_link and allowed and df.default not in allowed:
            return None
        if df.default == "Today":
            return nowdate()
        return frappe.session.user if df.default == "__user" else df.default
    return (df.options or "").split("\n", 1)[0] or None if df.fieldtype == "Select" else None
