from frappe.model.document import Document


class PurchaseRequisition(Document):
    """Purchase Requisition."""
