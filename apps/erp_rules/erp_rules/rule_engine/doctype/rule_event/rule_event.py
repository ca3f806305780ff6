from frappe.model.document import Document


class RuleEvent(Document):
    """What a clause did to one attempt; append-only."""
