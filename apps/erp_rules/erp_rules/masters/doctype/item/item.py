from frappe.model.document import Document


class Item(Document):
    """An item; once in use, only an applied item change request changes it (7.5)."""
