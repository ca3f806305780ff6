"""Role: what a group of users may do."""

import frappe
from frappe import _
from frappe.model.document import Document

STANDARD_ROLES = ("Administrator", "System Manager", "All", "Guest", "Desk User")


class Role(Document):
    def validate(self):
        if self.disabled and self.name in STANDARD_ROLES:
            frappe.throw(_("Standard roles cannot be disabled"))

    def on_update(self):
        if self.disabled:
            frappe.db.delete("Has Role", {"role": self.name, "parenttype": "User"})
        frappe.cache.delete_value("roles")
