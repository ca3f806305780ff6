from frappe.model.document import Document


class ImportDiscrepancy(Document):
    """Material of a container that differs from its packing list (7.17)."""
