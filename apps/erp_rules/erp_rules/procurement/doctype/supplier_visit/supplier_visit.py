from frappe.model.document import Document


class SupplierVisit(Document):
    """Supplier Visit"""
