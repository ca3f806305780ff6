from frappe.model.document import Document


class ExchangeSettlementLine(Document):
    """What of an order or a receipt is settled (7.13)."""
