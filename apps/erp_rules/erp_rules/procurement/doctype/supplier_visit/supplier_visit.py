import frappe
from frappe.model.document import Document


class SupplierVisit(Document):
    """A coaching visit at a supplier: planned after poor quality, recorded when done (4.1.2.1)."""

    def validate(self):
        """Show the supplier's name."""
        if self.supplier:
            self.supplier_name = frappe.db.get_value("Supplier", self.supplier, "supplier_name")
