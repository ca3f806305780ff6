"""Standard documents and fixtures: from JSON files into the site."""

import hashlib
import json
from pathlib import Path

import frappe
from frappe.model.base_document import get_controller
from frappe.utils import get_datetime, now

# what a site's people decide about a standard document survives its next import
ignore_values = {
    "Report": ["disabled", "prepared_report", "add_total_row"],
    "Print Format": ["disabled"],
    "Notification": ["enabled"],
    "Workspace": ["is_hidden"],
}


def calculate_hash(path):
    """Return the hash by which an unchanged file is known."""
    return hashlib.md5(Path(path).read_bytes(), usedforsecurity=False).hexdigest()


def read_doc_from_file(path):
    """Return the document or documents in a JSON file."""
    if not Path(path).exists():
        raise OSError(f"{path} missing")
    return json.loads(Path(path).read_text(encoding="utf-8"))


def import_file_by_path(
    path, force=False, data_import=False, pre_process=None, ignore_version=None, reset_permissions=False
):
    """Import a file unless the site has it already; DocTypes are compared by hash, others by time."""
    docs = read_doc_from_file(path)
    file_hash = calculate_hash(path)
    for doc in docs if isinstance(docs, list) else [docs]:
        doctype, name = doc["doctype"], doc["name"]
        is_doctype = doctype == "DocType"
        stored = None
        if not (is_doctype and name == "DocType" and not frappe.db.exists("DocType", "DocType")):
            columns = ["modified", "migration_hash"] if is_doctype else ["modified"]
            stored = frappe.db.get_value(doctype, name, columns, as_dict=True)
        is_newer_in_db = bool(
            stored and stored.modified and get_datetime(doc.get("modified")) <= get_datetime(stored.modified)
        )
        if stored and not force:
            if is_doctype and stored.migration_hash == file_hash:
                continue
            if not is_doctype and is_newer_in_db:
                continue
        import_doc(
            docdict=doc,
            data_import=data_import,
            pre_process=pre_process,
            ignore_version=ignore_version,
            reset_permissions=reset_permissions,
            path=path,
        )
        modified = now() if is_doctype and is_newer_in_db else doc.get("modified")
        if is_doctype:
            frappe.db.sql("UPDATE `tabDocType` SET `migration_hash`=%s WHERE `name`=%s", (file_hash, name))
        if modified:
            update_modified(modified, doc)
    return True


def update_modified(modified, doc):
    """Give the stored document the file's time."""
    if doc["doctype"] == doc["name"] != "DocType":
        frappe.db.sql(
            "UPDATE `tabSingles` SET `value`=%s WHERE `doctype`=%s AND `field`='modified'",
            (modified, doc["doctype"]),
        )
    else:
        frappe.db.sql(
            f"UPDATE `tab{doc['doctype']}` SET `modified`=%s WHERE `name`=%s", (modified, doc["name"])
        )


def import_doc(
    docdict, data_import=False, pre_process=None, ignore_version=None, reset_permissions=False, path=None
):
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
        if pre_process:
            pre_process(doc)
        if doc.name and frappe.db.exists(doc.doctype, doc.name):
            delete_old_doc(doc)
        doc.flags.ignore_links = True
        if not data_import:
            doc.flags.ignore_validate = True
            doc.flags.ignore_permissions = True
            doc.flags.ignore_mandatory = True
        doc.insert()
    finally:
        frappe.flags.in_import = False
    return doc


def delete_old_doc(doc):
    """Remove the stored document, keeping what the site's people decided about it."""
    kept = ignore_values.get(doc.doctype)
    if kept:
        old = frappe.get_doc(doc.doctype, doc.name)
        for fieldname in kept:
            doc.set(fieldname, old.get(fieldname))
    frappe.delete_doc(doc.doctype, doc.name, force=1, for_reload=True)
