from frappe.model.document import Document


class ImportPackingLine(Document):
    """A line of a container's packing list (7.15)."""
