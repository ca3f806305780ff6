from frappe.model.document import Document


class RecordSnapshot(Document):
    """First values of a record, and the whole history of a deleted draft."""
