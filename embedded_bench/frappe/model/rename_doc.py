"""Giving documents another name, everywhere they are linked; and merging one into another."""

import frappe
from frappe import _, bold
from frappe.desk.form.linked_with import get_dynamic_link_map
from frappe.model.naming import validate_name
from frappe.utils import sbool


@frappe.whitelist()
def update_document_title(
    *,
    doctype: str,
    docname: str,
    title: str | None = None,
    name: str | None = None,
    merge: bool = False,
    enqueue: bool = False,
    **kwargs,
) -> str:
    """Change a document's name, title, or both; return its name."""
    doc = frappe.get_doc(doctype, docname)
    doc.check_permission(permtype="write")
    title, name = kwargs.get("new_title") or title, kwargs.get("new_name") or name
    field = doc.meta.get_title_field()
    if name and name != doc.name:
        doc.rename(name, merge=sbool(merge))
    if title and field != "name" and title != doc.get(field):
        doc.set(field, title)
        doc.save()
        frappe.msgprint(_("Saved"), alert=True, indicator="green")
    return doc.name


def rename_doc(
    doctype=None,
    old=None,
    new=None,
    force=False,
    merge=False,
    ignore_permissions=False,
    ignore_if_exists=False,
    show_alert=True,
    rebuild_search=True,
    doc=None,
    validate=True,
):
    """Rename a document, or merge it into the one that has the new name; return the new name."""
    if not (new and (doc or (doctype and old))):
        raise TypeError("{doctype, old, new} or {doc, new} are required arguments for frappe.model.rename_doc")
    old, doctype = old or doc.name, doctype or doc.doctype
    force, merge = sbool(force), sbool(merge)
    meta = frappe.get_meta(doctype)
    if validate:
        doc = doc or frappe.get_doc(doctype, old)
        answer = doc.run_method("before_rename", old, new, merge)
        new = (answer.get("new") if isinstance(answer, dict) else answer) or new
        new = validate_rename(
            doctype, old, new, meta, merge, force, ignore_permissions, ignore_if_exists, old_doc=doc
        )
    if not merge:
        _rename_rows(doctype, old, new, meta)
    update_link_field_values(get_link_fields(doctype), old, new, doctype)
    rename_dynamic_links(doctype, old, new)
    if doctype == "DocType":
        _rename_doctype(old, new)
    else:
        frappe.db.sql(
            "UPDATE `tabFile` SET `attached_to_name`=%s WHERE `attached_to_name`=%s AND `attached_to_doctype`=%s",
            (new, old, doctype),
        )
    frappe.db.sql(
        "UPDATE `tabVersion` SET `docname`=%s WHERE `docname`=%s AND `ref_doctype`=%s", (new, old, doctype)
    )
    renamed = frappe.get_doc(doctype, new)
    renamed.run_method("after_rename", old, new, merge)
    if merge:
        renamed.add_comment("Edit", _("merged {0} into {1}").format(bold(old), bold(new)))
        frappe.delete_doc(doctype, old)
    else:
        frappe.db.sql("UPDATE `__Auth` SET `name`=%s WHERE `doctype`=%s AND `name`=%s", (new, doctype, old))
        renamed.add_comment("Edit", _("renamed from {0} to {1}").format(bold(old), bold(new)))
    renamed.clear_cache()
    frappe.clear_cache()
    if show_alert:
        frappe.msgprint(
            _("Document renamed from {0} to {1}").format(bold(old), bold(new)), alert=True, indicator="green"
        )
    return new


def validate_rename(
    doctype,
    old,
    new,
    meta,
    merge,
    force=False,
    ignore_permissions=False,
    ignore_if_exists=False,
    save_point=False,
    old_doc=None,
):
    """Return the new name, or raise when the document cannot have it."""
    rows = frappe.db.sql(f"SELECT `name` FROM `tab{doctype}` WHERE `name`=%s FOR UPDATE", (new,))
    exists = bool(rows) and rows[0][0] == new
    if not frappe.db.exists(doctype, old):
        frappe.throw(_("Can't rename {0} to {1} because {0} doesn't exist.").format(old, new))
    if old == new:
        frappe.throw(_("No changes made because old and new name are the same."))
    if merge and not exists:
        frappe.throw(_("{0} {1} does not exist, select a new target to merge").format(doctype, new))
    if not merge and exists and not ignore_if_exists:
        frappe.throw(_("Another {0} with name {1} exists, select another name").format(doctype, new))
    if not ignore_permissions and not frappe.permissions.has_permission(
        doctype, "write", doc=old_doc, raise_exception=False
    ):
        frappe.throw(_("You need write permission to rename"))
    if not (force or ignore_permissions) and not meta.allow_rename:
        frappe.throw(_("{0} not allowed to be renamed").format(_(doctype)))
    return validate_name(doctype, new)


def _rename_rows(doctype, old, new, meta):
    frappe.db.sql(f"UPDATE `tab{doctype}` SET `name`=%s WHERE `name`=%s", (new, old))
    if (meta.autoname or "").startswith("field:"):
        field = meta.autoname[6:]
        frappe.db.sql(f"UPDATE `tab{doctype}` SET `{field}`=%s WHERE `name`=%s", (new, new))
    for child in {df.options for df in meta.get_table_fields()}:
        frappe.db.sql(
            f"UPDATE `tab{child}` SET `parent`=%s WHERE `parent`=%s AND `parenttype`=%s", (new, old, doctype)
        )


def _rename_doctype(old, new):
    for table in ("DocField", "Custom Field"):
        frappe.db.sql(
            f"UPDATE `tab{table}` SET `options`=%s "
            "WHERE `options`=%s AND `fieldtype` IN ('Link', 'Table', 'Table MultiSelect')",
            (new, old),
        )
    frappe.db.sql(
        "UPDATE `tabProperty Setter` SET `value`=%s WHERE `property`='options' AND `value`=%s", (new, old)
    )
    frappe.db.set_value("Custom DocPerm", {"parent": old}, "parent", new, update_modified=False)


def update_link_field_values(link_fields, old, new, doctype):
    """Make all Link fields follow."""
    for link in link_fields:
        parent, fieldname = link["parent"], link["fieldname"]
        if link["issingle"]:
            frappe.db.sql(
                "UPDATE `tabSingles` SET `value`=%s WHERE `doctype`=%s AND `field`=%s AND `value`=%s",
                (new, parent, fieldname, old),
            )
            continue
        frappe.db.set_value(parent, {fieldname: old}, fieldname, new, update_modified=False)


def rename_dynamic_links(doctype, old, new):
    """Make all Dynamic Link fields follow."""
    for df in get_dynamic_link_map().get(doctype, []):
        if not frappe.get_meta(df.parent).issingle:
            frappe.db.sql(
                f"UPDATE `tab{df.parent}` SET `{df.fieldname}`=%s "
                f"WHERE `{df.options}`=%s AND `{df.fieldname}`=%s",
                (new, doctype, old),
            )


def get_link_fields(doctype):
    """Return every Link field that leads to the DocType: parent, fieldname, issingle."""
    cache = frappe.flags.setdefault("link_fields", {})
    if doctype not in cache:
        cache[doctype] = frappe.db.sql(
            """SELECT df.`parent`, df.`fieldname`, dt.`issingle` FROM `tabDocField` df
            JOIN `tabDocType` dt ON dt.`name` = df.`parent`
            WHERE df.`options` = %(doctype)s AND df.`fieldtype` = 'Link' AND coalesce(df.`is_virtual`, 0) = 0
            UNION ALL
            SELECT cf.`dt`, cf.`fieldname`, dt.`issingle` FROM `tabCustom Field` cf
            JOIN `tabDocType` dt ON dt.`name` = cf.`dt`
            WHERE cf.`options` = %(doctype)s AND cf.`fieldtype` = 'Link'
            UNION ALL
            SELECT ps.`doc_type`, ps.`field_name`, dt.`issingle` FROM `tabProperty Setter` ps
            JOIN `tabDocType` dt ON dt.`name` = ps.`doc_type`
            WHERE ps.`value` = %(doctype)s AND ps.`property` = 'options' AND ps.`field_name` IS NOT NULL""",
            {"doctype": doctype},
            as_dict=True,
        )
    return cache[doctype]
