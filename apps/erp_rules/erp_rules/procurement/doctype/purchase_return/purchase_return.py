from frappe.model.document import Document

from erp_rules.clauses.chapter_4_7 import ReturnState
from erp_rules.procurement import returning
from erp_rules.procurement.facts import supplier_names


class PurchaseReturn(Document):
    """Goods that go back to their supplier (4.7)."""

    def validate(self):
        """Fill what follows from receipts and orders while it is written; lock the orders when it moves."""
        previous = self.get_doc_before_save()
        was = (previous.workflow_state if previous else None) or ReturnState.DRAFT
        if was in (ReturnState.DRAFT, ReturnState.PURCHASING_HANDLING):
            self.supplier_name = supplier_names([self.supplier]).get(self.supplier)
            returning.complete_rows(self)
            returning.add_up(self)
        if previous is not None and previous.workflow_state != self.workflow_state:
            returning.lock_for(self)

    def on_cancel(self):
        """Undo the posting; only a workflow that an administrator extended can cancel."""
        returning.take_back(self)
