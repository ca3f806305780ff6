from frappe.model.document import Document


class PurchaseRequisitionItem(Document):
    """Purchase Requisition Item."""
