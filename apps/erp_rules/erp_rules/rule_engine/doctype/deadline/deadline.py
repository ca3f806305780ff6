from frappe.model.document import Document


class Deadline(Document):
    """A time limit (时限) of a clause for one document."""
