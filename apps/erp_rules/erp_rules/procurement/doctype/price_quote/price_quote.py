from frappe.model.document import Document


class PriceQuote(Document):
    """One supplier's quote, in a row of a price approval (4.2.3)."""
