import frappe
from frappe.model.document import Document

from erp_rules.clauses.chapter_4_1 import SurveyState, total_score_pct
from erp_rules.procurement.supplier_facts import score_lines


class SupplierSurvey(Document):
    """Form 7.1: what was found at a supplier; approved, it puts the supplier on the approved list (4.1.1.2)."""

    def validate(self):
        """Fill in what follows from the rest."""
        if self.supplier and (self.workflow_state or SurveyState.DRAFT) == SurveyState.DRAFT:
            self.supplier_name = frappe.db.get_value("Supplier", self.supplier, "supplier_name")
        self.total_score = float(total_score_pct(score_lines(self)))
