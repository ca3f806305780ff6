"""Calls that a client program makes: `frappe.client.*`."""

from __future__ import annotations

import json

import frappe
from frappe import _

WRITES = ["POST", "PUT"]


def check_parent_permission(parent, child_doctype) -> None:
    """Refuse rows of a child table unless the user may read the DocType that they belong to."""
    from frappe.permissions import has_permission

    tables = {field.options for field in frappe.get_meta(parent).get_table_fields()} if parent else set()
    if child_doctype in tables and has_permission(parent):
        return
    raise frappe.PermissionError


@frappe.whitelist()
def get_list(
    doctype,
    fields=None,
    filters=None,
    group_by=None,
    order_by=None,
    limit_start=None,
    limit_page_length=20,
    parent=None,
    debug: bool = False,
    as_dict: bool = True,
    or_filters=None,
):
    """Return the rows that the user may read, 20 by default."""
    from frappe.desk.reportview import validate_args

    if frappe.is_table(doctype):
        check_parent_permission(parent, doctype)
    args = frappe._dict(
        doctype=doctype,
        parent_doctype=parent,
        fields=fields,
        filters=filters,
        or_filters=or_filters,
        group_by=group_by,
        order_by=order_by,
        limit_start=limit_start,
        limit_page_length=limit_page_length,
        debug=debug,
        as_list=not as_dict,
    )
    validate_args(args)
    return frappe.get_list(**args)


@frappe.whitelist()
def get(doctype, name=None, filters=None, parent=None):
    """Return a document that the user may read."""
    if frappe.is_table(doctype):
        check_parent_permission(parent, doctype)
    doc = frappe.get_doc(doctype, name or (frappe.parse_json(filters) if filters else None) or doctype)
    doc.check_permission()
    doc.apply_fieldlevel_read_permissions()
    return doc.as_dict()


@frappe.whitelist(methods=WRITES)
def set_value(doctype, name, fieldname, value=None):
    """Set fields of a document and save it."""
    from frappe.model import child_table_fields, default_fields

    if fieldname in (*default_fields, *child_table_fields):
        frappe.throw(_("Cannot edit standard fields"))
    values = {fieldname: value} if value else fieldname
    if isinstance(values, str):
        try:
            values = json.loads(values)
        except ValueError:
            values = {fieldname: ""}
    if frappe.get_meta(doctype).istable:
        row = frappe.db.get_value(doctype, name, ["parenttype", "parent"], as_dict=True)
        doc = frappe.get_doc(row.parenttype, row.parent)
        doc.getone({"doctype": doctype, "name": name}).update(values)
    else:
        doc = frappe.get_doc(doctype, name)
        doc.update(values)
    doc.save()
    return doc.as_dict()


def insert_doc(doc):
    """Insert a document, or a row into its parent, and return it."""
    doc = frappe._dict(frappe.parse_json(doc))
    if frappe.is_table(doc.doctype):
        if not (doc.parenttype and doc.parent and doc.parentfield):
            frappe.throw(_("Parenttype, Parent and Parentfield are required to insert a child record"))
        parent = frappe.get_doc(doc.parenttype, doc.parent)
        parent.append(doc.parentfield, doc)
        parent.save()
        return parent
    return frappe.get_doc(doc).insert()


@frappe.whitelist(methods=WRITES)
def insert(doc=None):
    """Insert a document."""
    return insert_doc(doc).as_dict()


@frappe.whitelist(methods=WRITES)
def save(doc):
    """Save a document as the client holds it."""
    document = frappe.get_doc(frappe.parse_json(doc))
    document.save()
    return document.as_dict()


@frappe.whitelist(methods=WRITES)
def submit(doc):
    """Submit a document as the client holds it."""
    document = frappe.get_doc(frappe.parse_json(doc))
    document.submit()
    return document.as_dict()


@frappe.whitelist(methods=WRITES)
def cancel(doctype, name):
    """Cancel a document."""
    document = frappe.get_doc(doctype, name)
    document.cancel()
    return document.as_dict()


@frappe.whitelist(methods=["DELETE", "POST"])
def delete(doctype, name):
    """Delete a document, or a row from its parent."""
    if frappe.is_table(doctype):
        row = frappe.db.get_value(doctype, name, ["parenttype", "parent", "parentfield"], as_dict=True)
        parent = frappe.get_doc(row.parenttype, row.parent)
        parent.set(row.parentfield, [child for child in parent.get(row.parentfield) if child.name != name])
        parent.save()
        return
    frappe.delete_doc(doctype, name, ignore_missing=False)
