from frappe.model.document import Document


class SupplierStatusChange(Document):
    """One step in the history of a supplier's status; written once, by the app alone (4.1.1.2)."""
