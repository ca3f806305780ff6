"""Short ways to save, read and remove attachments."""

import frappe


def save_file(fname, content, dt, dn, folder=None, decode=False, is_private=0, df=None):
    """Attach content to a document as a file, and return the File."""
    return frappe.get_doc(
        {
            "doctype": "File",
            "file_name": fname,
            "content": content,
            "decode": decode,
            "attached_to_doctype": dt,
            "attached_to_name": dn,
            "attached_to_field": df,
            "folder": folder,
            "is_private": is_private,
        }
    ).insert(ignore_permissions=True)


def get_file(fname):
    """Return [name, content] of a file given by address or name."""
    field = "file_url" if "/" in fname else "file_name"
    doc = frappe.get_doc("File", {field: fname})
    return [doc.file_name, doc.get_content()]


def remove_all(dt, dn, from_delete=False, delete_permanently=False):
    """Remove all files of a document."""
    filters = {"attached_to_doctype": dt, "attached_to_name": dn}
    for name in frappe.get_all("File", filters=filters, pluck="name"):
        frappe.delete_doc(
            "File", name, ignore_permissions=from_delete, delete_permanently=delete_permanently
        )
