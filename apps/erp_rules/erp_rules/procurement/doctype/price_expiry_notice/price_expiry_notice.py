from frappe.model.document import Document


class PriceExpiryNotice(Document):
    """What a purchaser was told about the end of a price; its name allows one of a kind (4.2.6)."""

    def autoname(self):
        """Name the notice after its price and days, so that nobody is told twice."""
        self.name = f"{self.item_supplier_price}-{self.days_before}"
