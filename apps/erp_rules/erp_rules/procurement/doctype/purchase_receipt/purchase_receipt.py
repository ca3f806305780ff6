from frappe.model.document import Document


class PurchaseReceipt(Document):
    """Goods counted, inspected, posted and put away (4.6)."""
