from frappe.model.document import Document


class ItemChangeRequest(Document):
    """Item Change Request"""
