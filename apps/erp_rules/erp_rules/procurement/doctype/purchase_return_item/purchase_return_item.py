from frappe.model.document import Document


class PurchaseReturnItem(Document):
    """A row of goods that go back."""
