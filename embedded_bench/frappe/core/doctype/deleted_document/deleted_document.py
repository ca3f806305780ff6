"""Deleted Document: what a document was when it was deleted."""

import json

import frappe
from frappe import _
from frappe.model.document import Document


class DeletedDocument(Document):
    """One deleted document."""

    no_feed_on_delete = True


@frappe.whitelist(methods=["POST"])
def restore(name: str, alert: bool = True):
    """Insert a deleted document again, as a draft if it was cancelled."""
    deleted = frappe.get_doc("Deleted Document", name)
    deleted.check_permission("read")
    if deleted.restored:
        frappe.throw(_("Document {0} Already Restored").format(name), exc=frappe.DocumentAlreadyRestored)
    doc = frappe.get_doc(json.loads(deleted.data))
    try:
        doc.insert()
    except frappe.DocstatusTransitionError:
        frappe.msgprint(_("Cancelled Document restored as Draft"))
        doc.docstatus = 0
        doc.insert()
    doc.add_comment("Edit", _("restored {0} as {1}").format(deleted.deleted_name, doc.name))
    deleted.new_name = doc.name
    deleted.restored = 1
    deleted.db_update()
