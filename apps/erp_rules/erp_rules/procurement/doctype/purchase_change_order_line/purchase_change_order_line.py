from frappe.model.document import Document


class PurchaseChangeOrderLine(Document):
    """One row of the changed order: as it is, and as it shall be."""
