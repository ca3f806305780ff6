from frappe.model.document import Document

from erp_rules.clauses.chapter_7_imports import ContainerState, plain_number
from erp_rules.procurement import containers
from erp_rules.procurement.facts import supplier_names


class ImportContainer(Document):
    """A container of imported goods from shipment to acceptance (7.14 to 7.18)."""

    def validate(self):
        """Fill what follows from orders, items and quantities."""
        previous = self.get_doc_before_save()
        if (previous.workflow_state if previous else None) in (None, "", ContainerState.DRAFT):
            self.container_no = plain_number(self.container_no or "")
            self.bill_of_lading = (self.bill_of_lading or "").strip()
            self.supplier_name = supplier_names([self.supplier]).get(self.supplier)
            containers.complete_packing_list(self)
        elif previous.workflow_state == ContainerState.ARRIVED:
            containers.round_to_minutes(self)
        containers.complete_findings(self, previous)
