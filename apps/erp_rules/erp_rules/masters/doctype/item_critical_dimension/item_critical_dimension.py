from frappe.model.document import Document


class ItemCriticalDimension(Document):
    """One key dimension of an item with its nominal value and tolerance."""
