"""User Permission: which documents of a DocType a user is restricted to."""

import frappe
from frappe.model.document import Document


class UserPermission(Document):
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
