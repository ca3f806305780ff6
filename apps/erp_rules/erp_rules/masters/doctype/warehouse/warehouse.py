from frappe.model.document import Document


class Warehouse(Document):
    """A place where stock, defective goods or subcontractors' material is kept."""
