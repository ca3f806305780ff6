from frappe.model.document import Document

from erp_rules.clauses.chapter_4_5 import ChangeState
from erp_rules.procurement import change_orders, change_printing


class PurchaseChangeOrder(Document):
    """A change of an issued order: its old and new terms, who allowed it and what it led to (4.5)."""

    def validate(self):
        """Show the order as it is, and work out prices and amounts, as long as the change is being written."""
        previous = self.get_doc_before_save()
        if self.workflow_state in (None, "", ChangeState.DRAFT):
            change_orders.complete(self, previous)

    def differences(self):
        """Return what the change alters, line by line, for the print."""
        return change_printing.differences(self)
