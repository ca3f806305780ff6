"""New documents with their defaults."""

import copy

import frappe
import frappe.defaults
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.model import data_fieldtypes
from frappe.permissions import filter_allowed_docs_for_doctype, get_allowed_docs_for_doctype
from frappe.utils import cstr, now_datetime, nowdate, nowtime


def get_new_doc(doctype, parent_doc=None, parentfield=None, as_dict=False):
    """Return a new document with defaults; the template is made once a request."""
    templates = frappe.local.new_doc_templates
    if doctype not in templates:
        templates[doctype] = make_new_doc(doctype)
    doc = copy.deepcopy(templates[doctype])
    set_dynamic_default_values(doc, parent_doc, parentfield)
    return doc if as_dict else frappe.get_doc(doc)


def make_new_doc(doctype):
    """Return the values that every new document of the DocType starts with."""
    doc = frappe.get_doc(
        {"doctype": doctype, "__islocal": 1, "owner": frappe.session.user, "docstatus": 0}
    )
    user_permissions = get_user_permissions()
    defaults = frappe.defaults.get_defaults()
    for df in doc.meta.get("fields"):
        if df.fieldtype in data_fieldtypes:
            value = _static_default(doc, df, user_permissions, defaults)
            if value is not None:
                doc.set(df.fieldname, value)
    doc._fix_numeric_types()
    values = doc.get_valid_dict(sanitize=False)
    values["doctype"] = doctype
    values["__islocal"] = 1
    if not doc.meta.issingle:
        values["__unsaved"] = 1
    return values


def _static_default(doc, df, user_permissions, defaults):
    permissions = user_permissions.get(df.options, [])
    allowed, default_doc = filter_allowed_docs_for_doctype(permissions, df.parent, with_default_doc=True)
    is_restricted = bool(
        df.fieldtype == "Link" and not df.ignore_user_permissions and permissions and allowed
    )
    if df.fieldtype == "Link" and df.options != "User":
        chosen = defaults.get(df.fieldname)
        if is_restricted and chosen not in allowed:
            chosen = None
        if not df.ignore_user_permissions and default_doc:
            chosen = default_doc
        if chosen:
            return chosen if frappe.db.exists(df.options, chosen) else None
    if df.fieldname == doc.meta.title_field:
        return None
    if df.default:
        if df.default == "__user":
            return frappe.session.user
        if df.default == "Today":
            return nowdate()
        if cstr(df.default).startswith(":"):
            return None
        if df.fieldtype == "Link" and df.options != "User" and is_restricted and df.default not in allowed:
            return None
        return df.default
    if df.fieldtype == "Select" and df.options and df.options not in ("[Select]", "Loading..."):
        return df.options.split("\n", 1)[0]
    return None


def set_dynamic_default_values(doc, parent_doc, parentfield):
    """Set the defaults that differ from one document to the next."""
    for df in frappe.get_meta(doc["doctype"]).dynamic_default_fields:
        if cstr(df.default).startswith(":"):
            value = get_default_based_on_another_field(df, get_user_permissions(), parent_doc)
            if value is not None and not doc.get(df.fieldname):
                doc[df.fieldname] = value
        elif df.fieldtype == "Datetime":
            doc[df.fieldname] = now_datetime()
        else:
            doc[df.fieldname] = nowtime()
    if parent_doc:
        doc["parent"] = parent_doc.name
        doc["parenttype"] = parent_doc.doctype
    if parentfield:
        doc["parentfield"] = parentfield


def get_default_based_on_another_field(df, user_permissions, parent_doc):
    """Return the field's value in the document that `:DocType` leads to."""
    doctype = df.default[1:]
    fieldname = frappe.scrub(doctype)
    name = parent_doc.get(fieldname) if parent_doc else frappe.db.get_default(fieldname)
    value = frappe.db.get_value(doctype, name, df.fieldname)
    permissions = user_permissions.get(df.options)
    if df.fieldtype == "Link" and not df.ignore_user_permissions and permissions:
        return value if value in get_allowed_docs_for_doctype(permissions, df.parent) else None
    return value
