"""Version: what a save changed, in values as people read them."""

import frappe
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document

# long texts are kept as they are
UNFORMATTED = ("Markdown Editor", "Text Editor", "Code", "HTML Editor")


class Version(Document):
    def update_version_info(self, old, new):
        """Take over the changes from `old` to `new`; return whether there are any."""
        data = get_diff(old, new) if old else None
        if not data:
            return False
        self.ref_doctype, self.docname = new.doctype, new.name
        self.data = frappe.as_json(data, indent=None, separators=(",", ":"))
        return True


def get_diff(old, new, for_child=False):
    """Return what differs between two states of a document, None when nothing does."""
    out = frappe._dict(changed=[], added=[], removed=[], row_changed=[])
    for df in new.meta.fields:
        if df.fieldtype in table_fields and not for_child:
            _compare_rows(df.fieldname, old, new, out)
        if df.fieldtype in no_value_fields:
            continue
        before, after = old.get(df.fieldname), new.get(df.fieldname)
        if before != after and df.fieldtype not in UNFORMATTED:
            before = old.get_formatted(df.fieldname) if before else before
            after = new.get_formatted(df.fieldname) if after else after
        if before != after:
            out.changed.append((df.fieldname, before, after))
    for key in () if for_child else ("name", "docstatus"):
        if getattr(old, key) != getattr(new, key):
            out.changed.append([key, getattr(old, key), getattr(new, key)])
    if not any(out.values()):
        return None
    return out.update(data_import=None, updater_reference=None)


def _compare_rows(fieldname, old, new, out):
    # rows of an amendment are other rows than those of the amended document
    is_amendment = new.get("amended_from") and new.amended_from == old.name
    before = {row.name: row for row in old.get(fieldname) or ()}
    found = set()
    for index, row in enumerate(new.get(fieldname) or ()):
        if is_amendment or row.name not in before:
            out.added.append([fieldname, row.as_dict()])
            continue
        found.add(row.name)
        if diff := get_diff(before[row.name], row, for_child=True):
            out.row_changed.append((fieldname, index, row.name, diff.changed))
    out.removed += [[fieldname, row.as_dict()] for name, row in before.items() if name not in found]


def on_doctype_update():
    frappe.db.add_index("Version", ["ref_doctype", "docname"])
