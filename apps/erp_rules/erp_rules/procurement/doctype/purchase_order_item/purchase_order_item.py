from frappe.model.document import Document


class PurchaseOrderItem(Document):
    """Purchase Order Item."""
