from frappe.model.document import Document


class MaterialPlanItem(Document):
    """Material Plan Item."""
