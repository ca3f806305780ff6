"""Standard documents and fixtures: from JSON files into the site."""

import hashlib
from pathlib import Path

import frappe
from frappe.model.base_document import get_controller
from frappe.utils import get_datetime

# what a site's people decide about a standard document survives its next import
ignore_values = {"Report": ["disabled"], "Print Format": ["disabled"], "Workspace": ["is_hidden"]}


def import_file_by_path(path, force=False, data_import=False, ignore_version=None, **kwargs):
    """Import a file unless the site has it already; DocTypes are compared by hash, others by time."""
    docs = frappe.get_file_json(path)
    file_hash = hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest()
    for doc in docs if isinstance(docs, list) else [docs]:
        doctype, name = doc["doctype"], doc["name"]
        is_doctype = doctype == "DocType"
        column, modified = "migration_hash" if is_doctype else "modified", doc.get("modified")
        stored = None if force else frappe.db.get_value(doctype, name, column)
        if stored and (stored == file_hash if is_doctype else get_datetime(modified) <= get_datetime(stored)):
            continue
        import_doc(doc, data_import=data_import, ignore_version=ignore_version)
        values = {"migration_hash": file_hash} if is_doctype else {}
        values.update({"modified": modified} if modified else {})
        if values and (is_doctype or doctype != name):
            frappe.db.set_value(doctype, name, values, update_modified=False)
    return True


def import_doc(docdict, data_import=False, ignore_version=None, **kwargs):
    """Put a document in place of the stored one of the same name, without its checks."""
    frappe.flags.in_import = True
    try:
        docdict["__islocal"] = 1
        controller = get_controller(docdict["doctype"])
        if hasattr(controller, "prepare_for_import"):
            controller.prepare_for_import(docdict)
        doc = frappe.get_doc(docdict)
        doc.run_method("before_import")
        doc.flags.ignore_version = ignore_version
        if doc.name and frappe.db.exists(doc.doctype, doc.name):
            kept = ignore_values.get(doc.doctype, ())
            if kept:
                doc.update(frappe.db.get_value(doc.doctype, doc.name, kept, as_dict=True))
            frappe.delete_doc(doc.doctype, doc.name, force=1, for_reload=True)
        doc.flags.ignore_links = True
        if not data_import:
            doc.flags.update(ignore_validate=True, ignore_permissions=True, ignore_mandatory=True)
        return doc.insert()
    finally:
        frappe.flags.in_import = False
