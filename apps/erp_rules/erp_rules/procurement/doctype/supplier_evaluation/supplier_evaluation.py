import frappe
from frappe.model.document import Document
from frappe.utils import getdate

from erp_rules.clauses.chapter_4_1 import EvaluationState, FiguresBasis
from erp_rules.procurement import deliveries


class SupplierEvaluation(Document):
    """How a supplier did in a period, and whether it is kept, coached, suspended or eliminated (4.1.2.2)."""

    def validate(self):
        """Show the supplier's name and work out its figures until the evaluation has left its draft."""
        previous = self.get_doc_before_save()
        if ((previous and previous.workflow_state) or EvaluationState.DRAFT) != EvaluationState.DRAFT:
            return
        if self.supplier:
            self.supplier_name = frappe.db.get_value("Supplier", self.supplier, "supplier_name")
        self.take_figures_from_receipts()

    def take_figures_from_receipts(self):
        """Compute quality and on-time delivery from the receipts of the period (4.1.2.2)."""
        found = deliveries.Deliveries()
        if self.supplier and self.period_from and self.period_to:
            found = deliveries.of_supplier(self.supplier, getdate(self.period_from), getdate(self.period_to))
        self.update(
            {
                "figures_basis": str(FiguresBasis.RECEIPTS if found.rows else FiguresBasis.NONE),
                "receipt_count": found.receipts,
                "receipt_rows": found.rows,
                "accepted_qty": float(found.accepted_qty),
                "rejected_qty": float(found.rejected_qty),
                "on_time_rows": found.on_time_rows,
                "late_rows": found.late_rows,
                "quality_pct": float(found.quality_pct or 0),
                "on_time_pct": float(found.on_time_pct or 0),
            }
        )
