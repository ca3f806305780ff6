"""Short ways to save, read and remove attachments."""

import frappe


def remove_all(dt, dn, from_delete=False, delete_permanently=False):
    """Remove all files of a document."""
    filters = {"attached_to_doctype": dt, "attached_to_name": dn}
    for name in frappe.get_all("File", filters=filters, pluck="name"):
        frappe.delete_doc(
            "File", name, ignore_permissions=from_delete, delete_permanently=delete_permanently
        )
