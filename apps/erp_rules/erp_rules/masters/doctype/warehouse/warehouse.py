import frappe
from frappe import _
from frappe.model.document import Document


class Warehouse(Document):
    """A place where stock, defective goods or subcontractors' material is kept."""

    def validate(self):
        """Refuse a subcontractor's place without the subcontractor."""
        if self.warehouse_kind == "At Subcontractor" and not self.supplier:
            frappe.throw(_("A warehouse at a subcontractor names the subcontractor"), frappe.MandatoryError)
