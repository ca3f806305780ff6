from frappe.model.document import Document


class SupplierStatusChange(Document):
    """Supplier Status Change"""
