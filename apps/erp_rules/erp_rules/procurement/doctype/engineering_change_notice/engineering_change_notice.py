from frappe.model.document import Document


class EngineeringChangeNotice(Document):
    """An engineering change by which one item takes the place of another (4.5.1.2)."""
