from frappe.model.document import Document


class SupplierSurveyScore(Document):
    """One scored criterion of a supplier survey."""
