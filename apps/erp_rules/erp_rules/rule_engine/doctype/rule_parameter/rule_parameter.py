from frappe.model.document import Document


class RuleParameter(Document):
    """A parameter of a clause, effective from a date."""
