from frappe.model.document import Document


class DeliveryNotice(Document):
    """What a supplier announced to deliver against issued orders (4.6.1)."""
