"""Role: what a group of users may do."""

import frappe
from frappe import _
from frappe.model.document import Document


class Role(Document):
    """One role."""

    def before_rename(self, old, new, merge=False):
        if old in ("Guest", "Administrator", "System Manager", "All", "Desk User"):
            frappe.throw(_("Standard roles cannot be renamed"))

    def validate(self):
        if self.disabled and self.name in ("Administrator", "System Manager", "All", "Guest", "Desk User"):
            frappe.throw(_("Standard roles cannot be disabled"))

    def on_update(self):
        """A role that is disabled is taken from everybody."""
        frappe.cache.hdel("roles", "Administrator")
        if self.disabled:
            frappe.db.delete("Has Role", {"role": self.name, "parenttype": "User"})
            frappe.cache.delete_value("roles")


def get_info_based_on_role(role, field="email", ignore_permissions=False):
    """Return a field of every enabled user that has a role."""
    names = frappe.get_all("Has Role", filters={"role": role, "parenttype": "User"}, pluck="parent")
    if not names:
        return []
    return frappe.get_all("User", filters={"name": ["in", names], "enabled": 1}, pluck=field)
