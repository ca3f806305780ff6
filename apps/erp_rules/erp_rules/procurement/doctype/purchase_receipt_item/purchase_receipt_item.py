from frappe.model.document import Document


class PurchaseReceiptItem(Document):
    """A counted row of a receipt."""
