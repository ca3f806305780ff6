from frappe.model.document import Document


class SupplierPartConfirmation(Document):
    """One part that technical and quality confirm in a supplier survey."""
