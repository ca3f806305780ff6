from frappe.model.document import Document


class PurchaseOrder(Document):
    """Purchase Order."""
