"""Number Card: one figure on a page."""

from frappe.model.document import Document


class NumberCard(Document):
    def autoname(self):
        self.name = self.name or self.label
