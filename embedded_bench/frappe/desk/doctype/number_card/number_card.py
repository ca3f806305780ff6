"""Number Card: one figure on a page."""

import frappe
from frappe.model.document import Document
from frappe.model.naming import append_number_if_name_exists


class NumberCard(Document):
    """One figure."""

    def autoname(self):
        self.name = self.name or self.label
        if frappe.db.exists("Number Card", self.name):
            self.name = append_number_if_name_exists("Number Card", self.name)
