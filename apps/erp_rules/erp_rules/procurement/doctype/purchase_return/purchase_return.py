from frappe.model.document import Document


class PurchaseReturn(Document):
    """Goods that go back to their supplier (4.7)."""
