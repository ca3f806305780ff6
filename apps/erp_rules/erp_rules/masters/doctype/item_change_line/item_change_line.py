from frappe.model.document import Document


class ItemChangeLine(Document):
    """One field of an item with its old and its new value."""
