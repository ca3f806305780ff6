"""Files of documents: those that rows name are attached too, and none is lost when a change to it is refused (1.4)."""

from __future__ import annotations

import frappe
from frappe.core.doctype.file.file import File

from erp_rules.rule_engine import history

_TYPES = ("Attach", "Attach Image")
_LOCAL = ("/files/", "/private/files/")


class AttachedFile(File):
    """A file that is judged before Frappe touches the disk, which no rollback brings back (1.4)."""

    def validate(self):
        """Refuse to detach, move or replace what a document in review or later relies on."""
        history.protect(self, "validate")
        super().validate()

    def on_trash(self):
        """Refuse to delete it."""
        history.protect(self, "on_trash")
        super().on_trash()

    def save_file(self, *args, **options):
        """Refuse to write another content over it."""
        if not self.is_new():
            history.protect_content(self)
        return super().save_file(*args, **options)


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
