"""User Permission: which documents of a DocType a user is restricted to."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr


class UserPermission(Document):
    def validate(self):
        same = {"allow": self.allow, "user": self.user, "name": ["!=", self.name]}
        duplicate = {**same, "for_value": self.for_value, "applicable_for": cstr(self.applicable_for)}
        if frappe.get_all(self.doctype, filters=duplicate, limit=1):
            frappe.throw(_("User permission already exists"), frappe.DuplicateEntryError)
        reach = {"applicable_for": cstr(self.applicable_for), "apply_to_all_doctypes": 1}
        if self.is_default and frappe.get_all(
            self.doctype, filters={**same, "is_default": 1}, or_filters=reach
        ):
            frappe.throw(_("{0} has already assigned default value for {1}.").format(self.user, self.allow))

    def on_update(self):
        frappe.cache.hdel("user_permissions", self.user)
        frappe.local.new_doc_templates = {}

    on_trash = on_update


def get_user_permissions(user=None):
    """Return a user's permissions as {DocType: [{doc, applicable_for, is_default}]}."""
    user = user or frappe.session.user

    def read():
        out = frappe._dict()
        fields = ["allow", "for_value as doc", "applicable_for", "is_default"]
        for row in frappe.get_all("User Permission", fields=fields, filters={"user": user}):
            out.setdefault(row.pop("allow"), []).append(row)
        return out

    if user in ("Administrator", "Guest", None):
        return {}
    return frappe.cache.hget("user_permissions", user, read)
