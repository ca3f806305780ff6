"""Calls that a client program makes: `frappe.client.*`."""

import frappe
from frappe import _
from frappe.model import standard_fields

WRITES = ["POST", "PUT"]


@frappe.whitelist()
def get_list(
    doctype, fields=None, filters=None, limit_page_length=20, parent=None, or_filters=None, **options
):
    """Return the rows that the user may read, 20 by default."""
    args = {"fields": fields, "filters": filters, "or_filters": or_filters}
    for name, value in args.items():
        if isinstance(value, str) and value.strip()[:1] in ("[", "{", '"'):
            args[name] = frappe.parse_json(value)
    _refuse_unknown_columns(doctype, args)
    for name in ("group_by", "order_by", "limit_start"):
        args[name] = options.get(name)
    return frappe.get_list(doctype, parent_doctype=parent, limit_page_length=limit_page_length, **args)


def _refuse_unknown_columns(doctype, args) -> None:
    named = [field for field in args["fields"] or () if isinstance(field, str)]
    for filters in (args["filters"], args["or_filters"]):
        rows = filters if isinstance(filters, list) else ()
        named += filters if isinstance(filters, dict) else [row[-3] for row in rows if len(row) == 3]
    known = {*frappe.get_meta(doctype).get_valid_columns(), *standard_fields}
    for column in named:
        if column.isidentifier() and column not in known:
            frappe.throw(_("Field not permitted in query: {0}").format(column), frappe.DataError)


@frappe.whitelist(methods=WRITES)
def set_value(doctype, name, fieldname, value=None):
    if fieldname in standard_fields:
        frappe.throw(_("Cannot edit standard fields"))
    values = frappe.parse_json(fieldname) if fieldname.startswith("{") else {fieldname: value}
    doc = frappe.get_doc(doctype, name)
    doc.update(values)
    return doc.save().as_dict()


@frappe.whitelist(methods=WRITES)
def insert(doc=None):
    return frappe.get_doc(frappe.parse_json(doc)).insert().as_dict()


@frappe.whitelist(methods=WRITES)
def submit(doc):
    document = frappe.get_doc(frappe.parse_json(doc))
    document.submit()
    return document.as_dict()


@frappe.whitelist(methods=["DELETE", "POST"])
def delete(doctype, name):
    frappe.delete_doc(doctype, name, ignore_missing=False)
