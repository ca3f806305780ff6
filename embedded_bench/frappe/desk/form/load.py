"""What a form needs to open."""

from __future__ import annotations

import frappe
from frappe.permissions import get_doc_permissions


@frappe.whitelist()
def getdoc(doctype, name, user=None):
    """Answer with a document, its permissions, comments, versions and attachments."""
    doc = frappe.get_doc(doctype, name)
    if not doc.has_permission("read"):
        frappe.flags.error_message = frappe._("Insufficient Permission for {0}").format(
            frappe.bold(f"{doctype} {name}")
        )
        raise frappe.PermissionError
    doc.apply_fieldlevel_read_permissions()
    get_docinfo(doc)
    frappe.response.docs.append(doc)


@frappe.whitelist()
def getdoctype(doctype, with_parent=False, cached_timestamp=None):
    """Answer with the metadata of a DocType and of its tables."""
    meta = frappe.get_meta(doctype)
    frappe.response.docs.extend(
        [meta, *(frappe.get_meta(field.options) for field in meta.get_table_fields())]
    )


@frappe.whitelist()
def get_docinfo(doc=None, doctype=None, name=None):
    """Answer with comments, versions, attachments and permissions of a document."""
    if doc is None or isinstance(doc, str):
        doc = frappe.get_doc(doctype, name)
        doc.check_permission("read")
    about = {"reference_doctype": doc.doctype, "reference_name": doc.name}
    attached = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
    frappe.response["docinfo"] = frappe._dict(
        doctype=doc.doctype,
        name=doc.name,
        attachments=frappe.get_all(
            "File", fields=["name", "file_name", "file_url", "is_private"], filters=attached
        ),
        comments=frappe.get_all(
            "Comment",
            fields=["name", "creation", "content", "owner", "comment_type", "comment_email"],
            filters=about,
            order_by="creation asc",
        ),
        versions=frappe.get_all(
            "Version",
            fields=["name", "owner", "creation", "data"],
            filters={"ref_doctype": doc.doctype, "docname": doc.name},
            limit=10,
            order_by="creation desc",
        ),
        permissions=get_doc_permissions(doc),
    )
