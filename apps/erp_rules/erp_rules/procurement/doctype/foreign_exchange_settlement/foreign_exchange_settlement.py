from frappe.model.document import Document

from erp_rules.clauses.chapter_7_imports import SettlementState
from erp_rules.procurement import settlements


class ForeignExchangeSettlement(Document):
    """Foreign exchange that is settled for posted goods of import orders (7.13)."""

    def validate(self):
        """Work out amounts while it is written, and what the bank settled when it is approved."""
        previous = self.get_doc_before_save()
        was = (previous.workflow_state if previous else None) or SettlementState.DRAFT
        if was == SettlementState.DRAFT or self.workflow_state == SettlementState.DRAFT:
            settlements.complete(self)
        elif self.workflow_state == SettlementState.APPROVED and was != SettlementState.APPROVED:
            settlements.propose_settled(self)
        elif was == SettlementState.APPROVED:
            self.bank_reference = (self.bank_reference or "").strip()
            settlements.reckon_settled(self)
