from frappe.model.document import Document


class SupplierSurvey(Document):
    """Supplier Survey"""
