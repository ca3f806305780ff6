from frappe.model.document import Document


class ApprovalStep(Document):
    """One workflow action: who, on whose behalf, from where to where and why; append-only."""
