from frappe.model.document import Document


class PurchaseReceiptInspection(Document):
    """One tranche of the inspection of a counted row (4.6.3)."""
