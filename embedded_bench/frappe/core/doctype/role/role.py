"""Role: what a group of users may do."""

import frappe
from frappe.model.document import Document


class Role(Document):
    def on_update(self):
        if self.disabled:
            frappe.db.delete("Has Role", {"role": self.name, "parenttype": "User"})
        frappe.cache.delete_value("roles")
