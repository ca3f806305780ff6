from frappe.model.document import Document


class SupplierContact(Document):
    """One contact person of a supplier."""
