from frappe.model.document import Document


class ExchangeRate(Document):
    """Exchange Rate"""
