"""Deleting documents, and the checks that nothing is left pointing at them."""

import frappe
from frappe import _
from frappe.model.rename_doc import get_dynamic_link_map, get_link_fields

# what only belongs to a document and goes with it: DocType, field of the DocType, field of the name
BELONGINGS = (
    ("ToDo", "reference_type", "reference_name"),
    ("DocShare", "share_doctype", "share_name"),
    ("Version", "ref_doctype", "docname"),
    ("Comment", "reference_doctype", "reference_name"),
    ("View Log", "reference_doctype", "reference_name"),
    ("Notification Log", "document_type", "document_name"),
)


def delete_doc(
    doctype, name, force=0, for_reload=False, ignore_permissions=False, flags=None, ignore_missing=True,
    delete_permanently=False,
):  # fmt: skip
    """Delete a document with its rows, and keep a copy in Deleted Document.

    Return False when there is no such document, unless `ignore_missing` is off.
    """
    if not frappe.db.exists(doctype, name):
        if ignore_missing:
            return False
        raise frappe.DoesNotExistError
    doc = frappe.get_doc(doctype, name, for_update=True)
    doc.flags.update(flags or {}, **({"ignore_permissions": True} if ignore_permissions else {}))
    if not for_reload:
        check_permission_and_not_submitted(doc)
        if doctype == "DocType" and not (doc.custom or force or frappe.conf.developer_mode):
            frappe.throw(_("Standard DocType can not be deleted."))
        doc.run_method("on_trash")
        doc.flags.in_delete = True
        doc.run_method("on_change")
        if not force and doctype != "DocType":
            check_if_doc_is_linked(doc)
    frappe.utils.password.delete_all_passwords_for(doctype, name)
    frappe.db.delete(doctype, {"name": name})
    for child in {df.options for df in doc._get_table_fields()}:
        frappe.db.delete(child, {"parenttype": doctype, "parent": name})
    doc.run_method("after_delete")
    doc.clear_cache()
    if not for_reload:
        _after_delete(doc, delete_permanently)


def _after_delete(doc, delete_permanently):
    """Delete what hung on the document; leave a copy and a comment."""
    doctype, name = doc.doctype, doc.name
    attached = {"attached_to_doctype": doctype, "attached_to_name": name}
    for file in frappe.get_all("File", attached, pluck="name"):
        delete_doc("File", file, ignore_permissions=True)
    if doctype != "DocType":
        job = {"doctype": doctype, "name": name, "now": frappe.flags.in_test, "enqueue_after_commit": True}
        frappe.enqueue("frappe.model.delete_doc.delete_dynamic_links", **job)
    if not delete_permanently and doctype != "Deleted Document":
        kept = {"deleted_doctype": doctype, "deleted_name": name, "data": doc.as_json()}
        frappe.get_doc(doctype="Deleted Document", owner=frappe.session.user, **kept).db_insert()
    if not (frappe.flags.in_patch or frappe.flags.in_install or getattr(doc, "no_feed_on_delete", False)):
        comment = {"comment_type": "Deleted", "reference_doctype": doctype, "subject": f"{_(doctype)} {name}"}
        frappe.get_doc(doctype="Comment", **comment).insert(ignore_permissions=True)


def check_permission_and_not_submitted(doc):
    """Raise unless the user may delete the document, and when it is submitted."""
    is_admin = doc.flags.ignore_permissions or frappe.session.user == "Administrator"
    if not is_admin and (not doc.has_permission("delete") or (doc.doctype == "DocType" and not doc.custom)):
        text = _("User not allowed to delete {0}: {1}").format(doc.doctype, doc.name)
        frappe.msgprint(text, raise_exception=frappe.PermissionError)
    if doc.meta.is_submittable and doc.docstatus.is_submitted():
        text = _("{0} {1}: Submitted Record cannot be deleted. You must {2} Cancel {3} it first.")
        link = (f'<a href="{doc.get_url()}">', "</a>")
        frappe.msgprint(text.format(_(doc.doctype), doc.name, *link), raise_exception=True)


# -- links ----------------------------------------------------------------------------------------


def _linkers(doc, link, filters):
    """Return what links here as rows with doctype, name, docstatus and row number of the linking document."""
    if link.issingle:
        field, value = link.fieldname, frappe.db.get_singles_dict(link.parent).get(link.fieldname)
        is_linked = field and value == doc.name
        return [frappe._dict(doctype="", name=link.parent, docstatus=0)] if is_linked else []
    is_row = frappe.get_meta(link.parent).istable
    columns = ["name", "docstatus"] + (["parent", "parenttype", "idx"] if is_row else [])
    rows = frappe.db.get_values(link.parent, filters, columns, as_dict=True)
    for row in rows:
        row.doctype, row.name = (row.parenttype, row.parent) if is_row else (link.parent, row.name)
    return [row for row in rows if (row.doctype, row.name) != (doc.doctype, doc.name)]


def check_if_doc_is_linked(doc, method="Delete"):
    """Raise when a submitted document links here; on delete any other too, but no cancelled Dynamic Link."""
    is_delete = method == "Delete"
    ignored = frappe.get_hooks("ignore_links_on_delete") if is_delete else doc.get("ignore_linked_doctypes")
    links = [(link, {link.fieldname: doc.name}) for link in get_link_fields(doc.doctype)]
    for link in get_dynamic_link_map().get(doc.doctype, []):
        links.append((link, {link.options: doc.doctype, link.fieldname: doc.name}))
    for link, filters in links:
        if link.parent in (ignored or ()) or (link.fieldname == "amended_from" and not is_delete):
            continue
        for row in _linkers(doc, link, filters):
            is_live = row.docstatus == 1 or (is_delete and (row.docstatus != 2 or len(filters) == 1))
            if is_live and row.doctype not in (ignored or ()):
                _raise_link_exists(doc, row)


def _raise_link_exists(doc, row):
    position = f"at Row: {row.idx}" if row.idx else ""
    here, there = (f'<a href="/app/Form/{d.doctype or d.name}/{d.name}">{d.name}</a>' for d in (doc, row))
    text = _("Cannot delete or cancel because {0} {1} is linked with {2} {3} {4}")
    text = text.format(_(doc.doctype), here, _(row.doctype), there, position)
    frappe.throw(text, frappe.LinkExistsError)


def delete_dynamic_links(doctype, name):
    """Delete what only belonged to a document that is gone."""
    for linker, doctype_field, name_field in BELONGINGS:
        frappe.db.delete(linker, {doctype_field: doctype, name_field: name})
