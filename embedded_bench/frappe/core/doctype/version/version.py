"""Version: what a save changed, in values as people read them."""

import json

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document

# long texts are kept as they are
UNFORMATTED = ("Markdown Editor", "Text Editor", "Code", "HTML Editor")


class Version(Document):
    """The changes of one save."""

    def update_version_info(self, old, new):
        """Take over the changes from `old` to `new`; return whether there are any."""
        if old:
            data = get_diff(old, new)
        elif new.flags.updater_reference:
            data = {
                "creation": new.creation,
                "updater_reference": new.flags.updater_reference,
                "created_by": new.owner,
            }
        else:
            data = None
        if not data:
            return False
        self.ref_doctype = new.doctype
        self.docname = new.name
        self.data = frappe.as_json(data, indent=None, separators=(",", ":"))
        return True

    def get_data(self):
        """Return the changes."""
        return json.loads(self.data)


def get_diff(old, new, for_child=False):
    """Return what differs between two states of a document, None when nothing does."""
    if not new:
        return None
    out = frappe._dict(
        changed=[],
        added=[],
        removed=[],
        row_changed=[],
        data_import=new.flags.via_data_import,
        updater_reference=new.flags.updater_reference,
    )
    for df in new.meta.fields:
        if df.fieldtype in table_fields and not for_child:
            _compare_rows(df.fieldname, old, new, out)
            continue
        if df.fieldtype in no_value_fields:
            continue
        before, after = old.get(df.fieldname), new.get(df.fieldname)
        if before == after:
            continue
        if df.fieldtype not in UNFORMATTED:
            before = old.get_formatted(df.fieldname) if before else before
            after = new.get_formatted(df.fieldname) if after else after
        if before != after:
            out.changed.append((df.fieldname, before, after))
    if not for_child:
        for key in ("name", "docstatus"):
            before, after = getattr(old, key), getattr(new, key)
            if before != after:
                out.changed.append([key, before, after])
    return out if any((out.changed, out.added, out.removed, out.row_changed)) else None


def _compare_rows(fieldname, old, new, out):
    # rows of an amendment are other rows than those of the amended document
    is_amendment = new.get("amended_from") and new.amended_from == old.name
    before = {row.name: row for row in old.get(fieldname) or ()}
    found = set()
    for index, row in enumerate(new.get(fieldname) or ()):
        if not is_amendment and row.name in before:
            found.add(row.name)
            diff = get_diff(before[row.name], row, for_child=True)
            if diff and diff.changed:
                out.row_changed.append((fieldname, index, row.name, diff.changed))
        else:
            out.added.append([fieldname, row.as_dict()])
    for name, row in before.items():
        if name not in found:
            out.removed.append([fieldname, row.as_dict()])


def on_doctype_update():
    frappe.db.add_index("Version", ["ref_doctype", "docname"])
