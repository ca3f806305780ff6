"""Deleting documents, and the checks that nothing is left pointing at them."""

import frappe
from frappe import _
from frappe.desk.form.linked_with import get_dynamic_link_map
from frappe.model import table_fields
from frappe.model.docstatus import DocStatus
from frappe.model.naming import revert_series_if_last


def delete_doc(
    doctype=None,
    name=None,
    force=0,
    ignore_doctypes=None,
    for_reload=False,
    ignore_permissions=False,
    flags=None,
    ignore_on_trash=False,
    ignore_missing=True,
    delete_permanently=False,
):
    """Delete one document or several, with rows, and keep a copy in Deleted Document.

    Return False when there is no such document, unless `ignore_missing` is off.
    """
    for one in [name] if isinstance(name, (str, int)) else name or []:
        if not frappe.db.exists(doctype, one):
            if not ignore_missing:
                raise frappe.DoesNotExistError
            return False
        _delete_one(
            doctype,
            one,
            force=force,
            ignore_doctypes=ignore_doctypes or [],
            for_reload=for_reload,
            flags={**(flags or {}), **({"ignore_permissions": True} if ignore_permissions else {})},
            ignore_on_trash=ignore_on_trash,
            delete_permanently=delete_permanently,
        )
    return None


def _delete_one(
    doctype, name, *, force, ignore_doctypes, for_reload, flags, ignore_on_trash, delete_permanently
):
    from frappe.utils.file_manager import remove_all
    from frappe.utils.password import delete_all_passwords_for

    if doctype == "DocType":
        doc = frappe.get_doc(doctype, name)
        if not for_reload:
            if not (doc.custom or frappe.conf.developer_mode or frappe.flags.in_patch or force):
                frappe.throw(_("Standard DocType can not be deleted."))
            doc.flags.update(flags)
            check_permission_and_not_submitted(doc)
            doc.run_method("on_trash")
            frappe.db.delete("Custom Field", {"options": name, "fieldtype": ("in", table_fields)})
        delete_from_table(doctype, name, ignore_doctypes, doc)
    else:
        delete_all_passwords_for(doctype, name)
        doc = frappe.get_doc(doctype, name, for_update=True)
        if not for_reload:
            doc.flags.update(flags)
            check_permission_and_not_submitted(doc)
            if not ignore_on_trash:
                doc.run_method("on_trash")
                doc.flags.in_delete = True
                doc.run_method("on_change")
            if not force:
                _check_links(doc)
        update_naming_series(doc)
        delete_from_table(doctype, name, ignore_doctypes, doc)
        doc.run_method("after_delete")
        remove_all(doctype, name, from_delete=True, delete_permanently=delete_permanently)
        if not for_reload:
            frappe.enqueue(
                "frappe.model.delete_doc.delete_dynamic_links",
                doctype=doc.doctype,
                name=doc.name,
                now=frappe.flags.in_test,
                enqueue_after_commit=True,
            )
    doc.clear_cache()
    if for_reload:
        return
    if not delete_permanently:
        add_to_deleted_document(doc)
    if not frappe.flags.in_patch:
        insert_feed(doc)


def _check_links(doc):
    try:
        check_if_doc_is_linked(doc)
        check_if_doc_is_dynamically_linked(doc)
    except frappe.LinkExistsError:
        if doc.meta.has_field("enabled") or doc.meta.has_field("disabled"):
            frappe.throw(
                _("You can disable this {0} instead of deleting it.").format(_(doc.doctype)),
                frappe.LinkExistsError,
            )
        raise


def check_permission_and_not_submitted(doc):
    """Raise unless the user may delete the document, and when it is submitted."""
    if (
        not doc.flags.ignore_permissions
        and frappe.session.user != "Administrator"
        and (not doc.has_permission("delete") or (doc.doctype == "DocType" and not doc.custom))
    ):
        frappe.msgprint(
            _("User not allowed to delete {0}: {1}").format(doc.doctype, doc.name),
            raise_exception=frappe.PermissionError,
        )
    if doc.meta.is_submittable and doc.docstatus.is_submitted():
        frappe.msgprint(
            _("{0} {1}: Submitted Record cannot be deleted. You must {2} Cancel {3} it first.").format(
                _(doc.doctype), doc.name, f'<a href="{doc.get_url()}">', "</a>"
            ),
            raise_exception=True,
        )


def update_naming_series(doc):
    """Give the last number of a series back."""
    autoname = doc.meta.autoname or ""
    if autoname.startswith("naming_series:"):
        if getattr(doc, "naming_series", None):
            revert_series_if_last(doc.naming_series, doc.name, doc)
    elif autoname and autoname.split(":", 1)[0] not in ("Prompt", "field", "hash", "autoincrement"):
        revert_series_if_last(autoname, doc.name, doc)


def delete_from_table(doctype, name, ignore_doctypes, doc):
    """Delete a document's row and the rows of its tables."""
    if doctype == name != "DocType":
        frappe.db.delete("Singles", {"doctype": name})
    else:
        frappe.db.delete(doctype, {"name": name})
    for child in {df.options for df in doc._get_table_fields()} - set(ignore_doctypes):
        frappe.db.delete(child, {"parenttype": doctype, "parent": name})


def add_to_deleted_document(doc):
    """Keep what the document was."""
    if doc.doctype != "Deleted Document" and frappe.flags.in_install != "frappe":
        frappe.get_doc(
            doctype="Deleted Document",
            deleted_doctype=doc.doctype,
            deleted_name=doc.name,
            data=doc.as_json(),
            owner=frappe.session.user,
        ).db_insert()


def insert_feed(doc):
    """Leave a comment that the document was deleted."""
    flags = frappe.flags
    if flags.in_install or flags.in_uninstall or flags.in_import or getattr(doc, "no_feed_on_delete", False):
        return
    frappe.get_doc(
        {
            "doctype": "Comment",
            "comment_type": "Deleted",
            "reference_doctype": doc.doctype,
            "subject": f"{_(doc.doctype)} {doc.name}",
        }
    ).insert(ignore_permissions=True)


# -- links ----------------------------------------------------------------------------------------


def check_if_doc_is_linked(doc, method="Delete"):
    """Raise when a Link leads to the document: from any document on delete, a submitted one on cancel."""
    from frappe.model.rename_doc import get_link_fields

    if method == "Delete":
        ignored = set(frappe.get_hooks("ignore_links_on_delete"))
    else:
        ignored = set(doc.get("ignore_linked_doctypes") or ())
    for link in get_link_fields(doc.doctype):
        linker, fieldname = link["parent"], link["fieldname"]
        if linker in ignored or (fieldname == "amended_from" and method == "Cancel"):
            continue
        if link["issingle"]:
            if frappe.db.get_single_value(linker, fieldname) == doc.name:
                raise_link_exists_exception(doc, linker, linker)
            continue
        is_row = frappe.get_meta(linker).istable
        columns = ["name", "docstatus"] + (["parent", "parenttype"] if is_row else [])
        for found in frappe.db.get_values(linker, {fieldname: doc.name}, columns, as_dict=True):
            parent = found.get("parent")
            linking_doctype = found.parenttype if parent else linker
            if linking_doctype in ignored:
                continue
            if method == "Cancel" and not DocStatus(found.docstatus).is_submitted():
                continue
            if linker == doc.doctype and (parent or found.name) == doc.name:
                continue
            raise_link_exists_exception(doc, linking_doctype, parent or found.name)


def check_if_doc_is_dynamically_linked(doc, method="Delete"):
    """Raise when a Dynamic Link of a document that is not cancelled (on cancel: submitted) leads here."""
    ignored = set(frappe.get_hooks("ignore_links_on_delete"))
    if method == "Cancel":
        ignored |= set(doc.get("ignore_linked_doctypes") or ())
    for df in get_dynamic_link_map().get(doc.doctype, []):
        if df.parent in ignored:
            continue
        meta = frappe.get_meta(df.parent)
        if meta.issingle:
            values = frappe.db.get_singles_dict(df.parent)
            if (values.get(df.options), values.get(df.fieldname)) == (doc.doctype, doc.name):
                raise_link_exists_exception(doc, df.parent, df.parent)
            continue
        columns = ["name", "docstatus"] + (["parent", "parenttype", "idx"] if meta.istable else [])
        filters = {df.options: doc.doctype, df.fieldname: doc.name}
        for found in frappe.db.get_values(df.parent, filters, columns, as_dict=True):
            status = DocStatus(found.docstatus)
            if status.is_cancelled() if method == "Delete" else not status.is_submitted():
                continue
            if meta.istable and found.parenttype in ignored:
                continue
            if meta.istable:
                raise_link_exists_exception(doc, found.parenttype, found.parent, f"at Row: {found.idx}")
            raise_link_exists_exception(doc, df.parent, found.name)


def raise_link_exists_exception(doc, reference_doctype, reference_docname, row=""):
    """Say which document links to this one."""
    here = f'<a href="/app/Form/{doc.doctype}/{doc.name}">{doc.name}</a>'
    there = f'<a href="/app/Form/{reference_doctype}/{reference_docname}">{reference_docname}</a>'
    shown = "" if reference_doctype == reference_docname else _(reference_doctype)
    frappe.throw(
        _("Cannot delete or cancel because {0} {1} is linked with {2} {3} {4}").format(
            _(doc.doctype), here, shown, there, row
        ),
        frappe.LinkExistsError,
    )


def delete_dynamic_links(doctype, name):
    """Delete what only belonged to a document that is gone."""
    for linker, doctype_field, name_field in (
        ("ToDo", "reference_type", "reference_name"),
        ("DocShare", "share_doctype", "share_name"),
        ("Version", "ref_doctype", "docname"),
        ("Comment", "reference_doctype", "reference_name"),
        ("View Log", "reference_doctype", "reference_name"),
        ("Notification Log", "document_type", "document_name"),
    ):
        frappe.db.delete(linker, {doctype_field: doctype, name_field: name})
    for prefix in ("reference", "timeline"):
        frappe.db.sql(
            f"UPDATE `tabActivity Log` SET `{prefix}_doctype`=NULL, `{prefix}_name`=NULL "
            f"WHERE `{prefix}_doctype`=%s AND `{prefix}_name`=%s",
            (doctype, name),
        )
