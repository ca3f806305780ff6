import frappe
from frappe import _
from frappe.model.document import Document

from erp_rules.clauses.chapter_4_6 import DeliveryStatus
from erp_rules.procurement import receiving
from erp_rules.procurement.facts import supplier_names
from erp_rules.rule_engine.effects import system_writer


class DeliveryNotice(Document):
    """What a supplier announced to deliver against issued orders (4.6.1)."""

    def validate(self):
        """Fill what follows from the orders; nothing changes any more once the goods have arrived."""
        previous = self.get_doc_before_save()
        if system_writer():
            return
        if previous and previous.status in (DeliveryStatus.ARRIVED, DeliveryStatus.RECEIVED):
            frappe.throw(_("The goods of {0} have arrived; it cannot be changed any more.").format(self.name))
        self.supplier_name = supplier_names([self.supplier]).get(self.supplier)
        self.status = previous.status if previous else str(DeliveryStatus.ANNOUNCED)
        receiving.complete_rows(self)
