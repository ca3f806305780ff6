from frappe.model.document import Document


class PrintedCopy(Document):
    """One numbered copy of a printed form: of what, which one, who printed it and when; append-only."""
