"""DocShare: one document shared with one user, or everyone."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname


class DocShare(Document):
    no_feed_on_delete = True

    def validate(self):
        is_free = self.flags.ignore_share_permission
        if not is_free and not frappe.has_permission(self.share_doctype, "share", self.share_name):
            frappe.throw(_('You need to have "Share" permission'), frappe.PermissionError)

    on_trash = validate

    def after_insert(self):
        if self.share_doctype != "User":
            names = (get_fullname(self.owner), get_fullname(self.user) if self.user else _("everyone"))
            text = _("{0} shared this document with {1}").format(*names)
            frappe.get_doc(self.share_doctype, self.share_name).add_comment("Shared", text)


def on_doctype_update():
    frappe.db.add_index("DocShare", ["share_doctype", "share_name"])
