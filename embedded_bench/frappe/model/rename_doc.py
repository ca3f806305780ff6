"""Giving documents another name, everywhere they are linked; and merging one into another."""

import frappe
from frappe import _, bold
from frappe.model.naming import validate_name

# what names documents without being a link: DocType, field of the DocType, field of the name
NAMED_IN = (("File", "attached_to_doctype", "attached_to_name"), ("Version", "ref_doctype", "docname"))


def rename_doc(
    doctype=None, old=None, new=None, force=False, merge=False, ignore_permissions=False, ignore_if_exists=False,
    show_alert=True, doc=None, validate=True,
):  # fmt: skip
    """Rename a document, or merge it into the one that has the new name; return the new name."""
    old, doctype = old or doc.name, doctype or doc.doctype
    if doctype == "DocType":
        raise frappe.NotSupported("renaming a DocType is not supported by the embedded bench")
    meta = frappe.get_meta(doctype)
    if validate:
        doc = doc or frappe.get_doc(doctype, old)
        answer = doc.run_method("before_rename", old, new, merge)
        new = (answer.get("new") if isinstance(answer, dict) else answer) or new
        new = validate_rename(doc, new, merge, force, ignore_permissions, ignore_if_exists)
    if not merge:
        _rename_rows(meta, old, new)
    for link in get_link_fields(doctype):
        if link.issingle:
            update = "UPDATE `tabSingles` SET `value`=%s WHERE `doctype`=%s AND `field`=%s AND `value`=%s"
            frappe.db.sql(update, (new, link.parent, link.fieldname, old))
        else:
            _set(link.parent, link.fieldname, old, new)
    for link in get_dynamic_link_map().get(doctype, []):
        if not link.issingle:
            _set(link.parent, link.fieldname, old, new, link.options, doctype)
    for table, doctype_field, name_field in NAMED_IN:
        _set(table, name_field, old, new, doctype_field, doctype)
    renamed = frappe.get_doc(doctype, new)
    renamed.run_method("after_rename", old, new, merge)
    text = _("merged {0} into {1}") if merge else _("renamed from {0} to {1}")
    renamed.add_comment("Edit", text.format(bold(old), bold(new)))
    if merge:
        frappe.delete_doc(doctype, old)
    frappe.clear_cache()
    if show_alert:
        text = _("Document renamed from {0} to {1}").format(bold(old), bold(new))
        frappe.msgprint(text, alert=True, indicator="green")
    return new


def _rename_rows(meta, old, new):
    _set(meta.name, "name", old, new)
    if (meta.autoname or "").startswith("field:"):
        frappe.db.sql(f"UPDATE `tab{meta.name}` SET `{meta.autoname[6:]}`=%s WHERE `name`=%s", (new, new))
    for child in {df.options for df in meta.get_table_fields()}:
        _set(child, "parent", old, new, "parenttype", meta.name)
    frappe.db.sql("UPDATE `__Auth` SET `name`=%s WHERE `doctype`=%s AND `name`=%s", (new, meta.name, old))


def _set(table, field, old, new, type_field=None, doctype=None):
    condition, values = f"`{field}`=%s", [new, old]
    if type_field:
        condition, values = f"{condition} AND `{type_field}`=%s", [new, old, doctype]
    frappe.db.sql(f"UPDATE `tab{table}` SET `{field}`=%s WHERE {condition}", values)


def validate_rename(doc, new, merge, force=False, ignore_permissions=False, ignore_if_exists=False):
    """Return the new name, or raise when the document cannot have it."""
    doctype, old = doc.doctype, doc.name
    rows = frappe.db.sql(f"SELECT `name` FROM `tab{doctype}` WHERE `name`=%s FOR UPDATE", (new,))
    exists = bool(rows) and rows[0][0] == new
    may_write = ignore_permissions or frappe.has_permission(doctype, "write", doc)
    for is_refused, text in (
        (old == new, _("No changes made because old and new name are the same.")),
        (
            merge and not exists,
            _("{0} {1} does not exist, select a new target to merge").format(doctype, new),
        ),
        (
            not merge and exists and not ignore_if_exists,
            _("Another {0} with name {1} exists, select another name").format(doctype, new),
        ),
        (not may_write, _("You need write permission to rename")),
        (
            not (force or ignore_permissions or doc.meta.allow_rename),
            _("{0} not allowed to be renamed").format(_(doctype)),
        ),
    ):
        if is_refused:
            frappe.throw(text)
    return validate_name(doctype, new)


def _fields(fieldtype, options=None):
    """Return every standard or custom field of a type: parent, fieldname, options, issingle."""
    condition = "AND f.`options`=%(options)s" if options else ""
    parts = (
        f"""SELECT f.`{parent}` AS `parent`, f.`fieldname`, f.`options`, d.`issingle` FROM `tab{table}` f
        JOIN `tabDocType` d ON d.`name`=f.`{parent}` WHERE f.`fieldtype`=%(fieldtype)s {condition}"""
        for table, parent in (("DocField", "parent"), ("Custom Field", "dt"))
    )
    values = {"fieldtype": fieldtype, "options": options}
    return frappe.db.sql(" UNION ALL ".join(parts), values, as_dict=True)


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
