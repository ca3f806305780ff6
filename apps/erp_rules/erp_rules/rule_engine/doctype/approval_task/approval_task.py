from frappe.model.document import Document


class ApprovalTask(Document):
    """A document brought before one person by name: to countersign it, or to decide it (1.8, 1.9)."""
