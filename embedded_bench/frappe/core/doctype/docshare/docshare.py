"""DocShare: one document shared with one user, or everyone."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, get_fullname


class DocShare(Document):
    """One share."""

    no_feed_on_delete = True

    def validate(self):
        if self.everyone:
            self.user = None
        elif not self.user:
            frappe.throw(_("User is mandatory for Share"), frappe.MandatoryError)
        if self.submit and not cint(frappe.get_meta(self.share_doctype).is_submittable):
            frappe.throw(_("Cannot share {0} with submit permission as the doctype {0} is not submittable").format(frappe.bold(self.share_doctype)))
        if not self.flags.ignore_share_permission and not frappe.has_permission(
            self.share_doctype, "share", self.get_doc()
        ):
            frappe.throw(_('You need to have "Share" permission'), frappe.PermissionError)
        if self.share or self.write or self.submit:
            self.read = 1

    def get_doc(self):
        """Return the shared document."""
        return frappe.get_doc(self.share_doctype, self.share_name)

    def after_insert(self):
        if self.share_doctype == "User":
            return
        owner = get_fullname(self.owner)
        if self.everyone:
            text = _("{0} shared this document with everyone").format(owner)
        else:
            text = _("{0} shared this document with {1}").format(owner, get_fullname(self.user))
        self.get_doc().add_comment("Shared", text)

    def on_trash(self):
        if not self.flags.ignore_share_permission and not frappe.has_permission(
            self.share_doctype, "share", self.get_doc()
        ):
            frappe.throw(_('You need to have "Share" permission'), frappe.PermissionError)
        text = _("{0} un-shared this document with {1}").format(get_fullname(self.owner), get_fullname(self.user))
        self.get_doc().add_comment("Unshared", text)


def on_doctype_update():
    frappe.db.add_index("DocShare", ["user", "share_doctype"])
    frappe.db.add_index("DocShare", ["share_doctype", "share_name"])
