from frappe.model.document import Document
from frappe.utils import get_datetime

from erp_rules.clauses.chapter_4_3 import plain
from erp_rules.clauses.chapter_4_6 import ReceiptState
from erp_rules.procurement import receiving
from erp_rules.procurement.facts import number, supplier_names
from erp_rules.procurement.qr_codes import svg


class PurchaseReceipt(Document):
    """Goods counted, inspected, posted and put away (4.6)."""

    def validate(self):
        """Fill what follows from orders and notice, then do what each step works out."""
        previous = self.get_doc_before_save()
        was = (previous.workflow_state if previous else None) or ReceiptState.DRAFT
        if was == ReceiptState.DRAFT:
            self.complete_draft()
        if self.workflow_state == ReceiptState.COUNTED and was == ReceiptState.DRAFT:
            receiving.begin_inspection(self)
        elif self.workflow_state == ReceiptState.DRAFT and was == ReceiptState.COUNTED:
            receiving.begin_again(self)
        elif was == ReceiptState.COUNTED:
            receiving.add_up_tranches(self, previous)
        if self.workflow_state == ReceiptState.POSTED and was == ReceiptState.INSPECTED:
            receiving.lock_for(self)
            receiving.divide(self)
        self.add_up()

    def on_cancel(self):
        """Undo the posting; only a workflow that an administrator extended can cancel."""
        receiving.take_back(self)

    def complete_draft(self):
        """Fill supplier, note, rows and descriptions while the count is written."""
        receiving.take_over_notice(self)
        self.supplier_name = supplier_names([self.supplier]).get(self.supplier)
        self.delivery_note_no = (self.delivery_note_no or "").strip()
        self.terminal = self.terminal or "Desk"
        if self.arrived_at:  # to the minute, as browsers enter it; else every form would open as changed
            self.arrived_at = get_datetime(self.arrived_at).replace(second=0, microsecond=0)
        receiving.complete_rows(self)

    def add_up(self):
        """Add up what was counted, accepted, rejected and is over."""
        for total, fieldname in (
            ("total_counted", "counted_qty"),
            ("total_accepted", "accepted_qty"),
            ("total_rejected", "rejected_qty"),
            ("total_over", "over_qty"),
        ):
            self.set(total, float(sum(number(row.get(fieldname)) for row in self.items)))

    def card_code(self, row, box: int = 3) -> str:
        """Return the QR code of a row's inspection card as an SVG picture: receipt, row, item and quantity."""
        parts = (self.name, str(row.idx), row.item or "", plain(number(row.counted_qty)))
        return svg("|".join(parts), box)
