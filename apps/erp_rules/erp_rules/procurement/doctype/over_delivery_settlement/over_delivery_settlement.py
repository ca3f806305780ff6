from frappe.model.document import Document


class OverDeliverySettlement(Document):
    """One way out that was taken for goods kept apart."""
