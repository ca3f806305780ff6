from frappe.model.document import Document

from erp_rules.clauses.chapter_4_3 import PlanState
from erp_rules.procurement import order_facts


class MaterialPlan(Document):
    """What planning needs and when; requisitions are made from its lines (4.3)."""

    def validate(self):
        """Copy the items' descriptions while the plan is being written."""
        previous = self.get_doc_before_save()
        if previous is not None and previous.workflow_state not in (None, "", PlanState.DRAFT):
            return
        items = order_facts.item_details(row.item for row in self.items)
        for row in self.items:
            item = items.get(row.item)
            if item:
                row.item_name, row.specification = item.item_name, item.specification
                row.uom = item.stock_uom
        self.line_count = len(self.items)
