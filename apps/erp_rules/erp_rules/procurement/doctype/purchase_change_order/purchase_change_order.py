from frappe.model.document import Document


class PurchaseChangeOrder(Document):
    """A change of an issued order: its old and new terms, who allowed it and what it led to (4.5)."""
