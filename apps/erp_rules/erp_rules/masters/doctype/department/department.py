from frappe.model.document import Document


class Department(Document):
    """A department with its division and manager."""
