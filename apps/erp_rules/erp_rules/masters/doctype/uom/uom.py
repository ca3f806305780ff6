from frappe.model.document import Document


class UOM(Document):
    """A unit of measure and the number of decimals its quantities are kept in."""
