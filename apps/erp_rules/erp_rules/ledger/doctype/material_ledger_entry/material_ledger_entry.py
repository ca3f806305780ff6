from frappe.model.document import Document


class MaterialLedgerEntry(Document):
    """One movement of material: never changed, never deleted; on-hand is the sum (5.2)."""
