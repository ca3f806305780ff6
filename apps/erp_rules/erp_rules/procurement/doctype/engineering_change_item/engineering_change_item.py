from frappe.model.document import Document


class EngineeringChangeItem(Document):
    """An item and the item that takes its place."""
