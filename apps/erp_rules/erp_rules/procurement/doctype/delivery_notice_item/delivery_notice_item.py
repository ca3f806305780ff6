from frappe.model.document import Document


class DeliveryNoticeItem(Document):
    """A line of a delivery notice."""
