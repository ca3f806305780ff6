"""Files that forms name in their Attach fields."""

import frappe
from frappe.model import attachment_fieldtypes


def attach_files_to_document(doc, event):
    """Attach the files that Attach fields name; runs on every save."""
    for df in doc.meta.get_fields_of_type(*attachment_fieldtypes):
        url = doc.get(df.fieldname)
        if not url or not url.startswith(("/files/", "/private/files/")):
            continue
        target = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
        if frappe.db.exists("File", {"file_url": url, **target, "attached_to_field": df.fieldname}):
            continue
        loose = {"file_url": url, "attached_to_name": None, "attached_to_doctype": doc.doctype}
        name = frappe.db.exists("File", loose) or frappe.db.exists(
            "File", {"file_url": url, **target, "attached_to_field": None}
        )
        if name:
            frappe.db.set_value("File", name, {**target, "attached_to_field": df.fieldname})
            continue
        if frappe.db.exists("File", {"file_url": url}):
            frappe.get_doc(
                {"doctype": "File", "file_url": url, **target, "attached_to_field": df.fieldname, "folder": "Home/Attachments"}
            ).insert(ignore_permissions=True)
