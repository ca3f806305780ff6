"""Files that rows of a document name: attached to the document, and so kept and seen with it (1.4)."""

from __future__ import annotations

import frappe

_TYPES = ("Attach", "Attach Image")
_LOCAL = ("/files/", "/private/files/")


def attach_files_of_rows(doc) -> None:
    """Attach to `doc` the files that its rows name, as Frappe does for the fields of the document itself.

    A file uploaded beforehand hangs on nothing: nobody else could open it, and its owner could delete it. A
    file that the user may not read stays where it is. One query, none for a document whose rows name no file.
    """
    urls = _urls_in_rows(doc)
    if not urls:
        return
    target = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
    files: dict[str, list] = {}
    for file in frappe.get_all(
        "File",
        filters={"file_url": ["in", sorted(urls)]},
        fields=["name", "file_url", *target],
        order_by="creation asc",
    ):
        files.setdefault(file.file_url, []).append(file)
    for url, found in files.items():
        if any(
            (file.attached_to_doctype, file.attached_to_name) == (doc.doctype, doc.name) for file in found
        ):
            continue
        readable = [file for file in found if frappe.has_permission("File", "read", doc=file.name)]
        loose = [file.name for file in readable if not file.attached_to_name]
        if loose:
            frappe.db.set_value("File", loose[0], target)
        elif readable:
            copy = frappe.get_doc(
                {"doctype": "File", "file_url": url, **target, "folder": "Home/Attachments"}
            )
            copy.insert(ignore_permissions=True)


def _urls_in_rows(doc) -> set[str]:
    urls = set()
    for table in doc.meta.get_table_fields():
        fields = [df.fieldname for df in frappe.get_meta(table.options).fields if df.fieldtype in _TYPES]
        for row in doc.get(table.fieldname) or () if fields else ():
            urls |= {url for url in map(row.get, fields) if url and url.startswith(_LOCAL)}
    return urls
