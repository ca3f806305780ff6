from frappe.model.document import Document


class TransportQualityFeedback(Document):
    """An observation of what transport did to material (7.18)."""
