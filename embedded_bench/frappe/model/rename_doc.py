"""Names that other documents point to. The app renames nothing, so only the refusal is here, and the links."""

import frappe
from frappe import _


def rename_doc(doctype=None, old=None, new=None, force=False, merge=False, doc=None, **options):
    """Ask the document whether it may be renamed; what nobody refuses is not supported."""
    doc = doc or frappe.get_doc(doctype, old)
    doc.run_method("before_rename", doc.name, new, merge)
    if not force and not doc.meta.allow_rename:
        frappe.throw(_("{0} not allowed to be renamed").format(_(doc.doctype)))
    raise frappe.NotSupported("renaming documents is not supported by the embedded bench")


def _fields(fieldtype, options=None):
    """Return every standard or custom field of a type: parent, fieldname, options, issingle."""
    condition = "AND f.`options`=%(options)s" if options else ""
    one = f"""SELECT f.`{{1}}` AS `parent`, f.`fieldname`, f.`options`, d.`issingle` FROM `tab{{0}}` f
        JOIN `tabDocType` d ON d.`name`=f.`{{1}}` WHERE f.`fieldtype`=%(fieldtype)s {condition}"""
    both = f"{one.format('DocField', 'parent')} UNION ALL {one.format('Custom Field', 'dt')}"
    return frappe.db.sql(both, {"fieldtype": fieldtype, "options": options}, as_dict=True)


def get_link_fields(doctype):
    """Return every Link field that leads to the DocType, once a request."""
    cache = frappe.flags.setdefault("link_fields", {})
    if doctype not in cache:
        cache[doctype] = _fields("Link", doctype)
    return cache[doctype]


def get_dynamic_link_map():
    """Return {DocType: Dynamic Link fields through which some document leads to it}, once a request."""
    links = frappe.flags.get("dynamic_link_map")
    if links is None or frappe.flags.in_test:
        links = frappe.flags.dynamic_link_map = {}
        for df in _fields("Dynamic Link"):
            if df.issingle:
                used = [frappe.db.get_single_value(df.parent, df.options)]
            else:
                used = frappe.db.sql(f"SELECT DISTINCT `{df.options}` FROM `tab{df.parent}`", pluck=True)
            for doctype in filter(None, used):
                links.setdefault(doctype, []).append(df)
    return links
