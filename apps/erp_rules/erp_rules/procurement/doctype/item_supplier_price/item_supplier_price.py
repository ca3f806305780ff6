import frappe
from frappe.model.document import Document


class ItemSupplierPrice(Document):
    """A price that was approved and posted; it never changes and ends by date (4.2.7)."""

    def autoname(self):
        """Number the prices of one price approval, so that posting it twice collides."""
        posted = frappe.db.count("Item Supplier Price", {"price_approval": self.price_approval})
        self.name = f"{self.price_approval}-{posted + 1:02d}"
