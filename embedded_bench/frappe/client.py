"""Calls that a client program makes: `frappe.client.*`."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.utils import get_safe_filters

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
def get_count(doctype, filters=None, debug=False, cache=False):
    """Return how many documents match."""
    frappe.has_permission(doctype, "read", throw=True)
    return frappe.db.count(doctype, get_safe_filters(filters))


@frappe.whitelist()
def get(doctype, name=None, filters=None, parent=None):
    """Return a document that the user may read."""
    if frappe.is_table(doctype):
        check_parent_permission(parent, doctype)
    doc = frappe.get_doc(doctype, name or (frappe.parse_json(filters) if filters else None) or doctype)
    doc.check_permission()
    doc.apply_fieldlevel_read_permissions()
    return doc.as_dict()


@frappe.whitelist()
def get_value(doctype, fieldname, filters=None, as_dict=True, debug=False, parent=None):
    """Return field values of the first document that the user may read."""
    if frappe.is_table(doctype):
        check_parent_permission(parent, doctype)
    if not frappe.has_permission(doctype, parent_doctype=parent):
        frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)
    filters = get_safe_filters(filters)
    filters = {"name": filters} if isinstance(filters, str) else filters or None
    try:
        fields = frappe.parse_json(fieldname)
    except ValueError:
        fields = fieldname
    fields = [fields] if isinstance(fields, str) else fields
    if frappe.get_meta(doctype).issingle:
        found = {field: frappe.db.get_single_value(doctype, field) for field in fields}
    else:
        rows = get_list(doctype, filters=filters, fields=fields, limit_page_length=1, parent=parent)
        found = rows[0] if rows else {}
    if as_dict:
        return found
    values = [found.get(field) for field in fields] if found else None
    return values and (values if len(values) > 1 else values[0])


@frappe.whitelist()
def get_single_value(doctype, field):
    """Return a value of a Single that the user may read."""
    if not frappe.has_permission(doctype):
        frappe.throw(_("No permission for {0}").format(_(doctype)), frappe.PermissionError)
    return frappe.db.get_single_value(doctype, field)


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
def insert_many(docs=None):
    """Insert up to 200 documents; returns their names."""
    docs = frappe.parse_json(docs)
    if len(docs) > 200:
        frappe.throw(_("Only 200 inserts allowed in one request"))
    return [insert_doc(doc).name for doc in docs]


@frappe.whitelist(methods=WRITES)
def save(doc):
    """Save a document as the client holds it."""
    document = frappe.get_doc(frappe.parse_json(doc))
    document.save()
    return document.as_dict()


@frappe.whitelist(methods=WRITES)
def rename_doc(doctype, old_name, new_name, merge=False):
    """Rename a document."""
    return frappe.rename_doc(doctype, old_name, new_name, merge=merge)


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


@frappe.whitelist(methods=WRITES)
def bulk_update(docs):
    """Update documents; returns those that failed."""
    failed = []
    for doc in frappe.parse_json(docs):
        doc.pop("flags", None)
        try:
            existing = frappe.get_doc(doc["doctype"], doc["docname"])
            existing.update(doc)
            existing.save()
        except Exception as error:
            failed.append({"doc": doc, "exc": str(error)})
    return {"failed_docs": failed}


@frappe.whitelist()
def has_permission(doctype, docname, perm_type="read"):
    """Return whether the user has a permission on a document."""
    return {"has_permission": bool(frappe.has_permission(doctype, perm_type.lower(), docname))}


@frappe.whitelist()
def get_doc_permissions(doctype, docname):
    """Return the user's permissions on a document."""
    doc = frappe.get_doc(doctype, docname)
    return {"permissions": frappe.permissions.get_doc_permissions(doc)}


@frappe.whitelist(methods=WRITES)
def attach_file(
    filename=None,
    filedata=None,
    doctype=None,
    docname=None,
    folder=None,
    decode_base64=False,
    is_private=None,
    docfield=None,
):
    """Attach a file to a document."""
    doc = frappe.get_doc(doctype, docname)
    doc.check_permission("write")
    file = frappe.get_doc(
        doctype="File",
        file_name=filename,
        attached_to_doctype=doctype,
        attached_to_name=docname,
        attached_to_field=docfield,
        folder=folder,
        is_private=is_private,
        content=filedata,
        decode=decode_base64,
    ).save()
    if docfield:
        doc.set(docfield, file.file_url)
        doc.save()
    return file


@frappe.whitelist()
def validate_link(doctype: str, docname: str, fields=None):
    """Return the stored name of a linked document (and more of its fields)."""
    if not (frappe.has_permission(doctype, "select") or frappe.has_permission(doctype, "read")):
        frappe.throw(
            _("You do not have Read or Select Permissions for {}").format(frappe.bold(doctype)),
            frappe.PermissionError,
        )
    values = frappe._dict(name=frappe.db.get_value(doctype, docname))
    fields = frappe.parse_json(fields or "[]")
    if values.name and fields:
        values.update(get_value(doctype, json.dumps(fields), docname) or {})
    return values
