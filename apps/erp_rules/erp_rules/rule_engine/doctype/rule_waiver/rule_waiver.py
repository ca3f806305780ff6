from frappe.model.document import Document


class RuleWaiver(Document):
    """A waiver (特批单): lifts a waivable clause for what it names."""
