from frappe.model.document import Document


class MaterialPlan(Document):
    """Material Plan."""
