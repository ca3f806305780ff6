import frappe
from frappe.model.document import Document

from erp_rules.clauses.chapter_4_1 import EvaluationState


class SupplierEvaluation(Document):
    """How a supplier did in a period, and whether it is kept, coached, suspended or eliminated (4.1.2.2)."""

    def validate(self):
        """Show the supplier's name."""
        if self.supplier and (self.workflow_state or EvaluationState.DRAFT) == EvaluationState.DRAFT:
            self.supplier_name = frappe.db.get_value("Supplier", self.supplier, "supplier_name")
