from frappe.model.document import Document


class PriceChange(Document):
    """One change of a posted price, in a row of its price approval (4.2.7)."""
