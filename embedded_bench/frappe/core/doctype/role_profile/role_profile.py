"""Role Profile: a set of roles that users get together."""

import frappe
from frappe.model.document import Document


class RoleProfile(Document):
    def autoname(self):
        self.name = self.role_profile

    def on_update(self):
        self.clear_cache()
        for name in frappe.get_all("User", filters={"role_profile_name": self.name}, pluck="name"):
            frappe.get_doc("User", name).save(ignore_permissions=True)
