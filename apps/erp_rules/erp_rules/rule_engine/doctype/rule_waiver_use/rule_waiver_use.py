from frappe.model.document import Document


class RuleWaiverUse(Document):
    """A document that a waiver was used for."""
