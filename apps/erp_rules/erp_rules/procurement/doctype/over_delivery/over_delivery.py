from frappe.model.document import Document


class OverDelivery(Document):
    """Accepted goods beyond what was open on their order, kept apart until one of three ways out (4.6.4)."""
