from frappe.model.document import Document

from erp_rules.clauses.chapter_4_3 import RequisitionState
from erp_rules.procurement import order_facts
from erp_rules.rule_engine import transitions


class PurchaseRequisition(Document):
    """What is to be bought, asked for by planning and approved before it is ordered (4.3)."""

    def validate(self):
        """Copy the items' descriptions and where each line comes from, while it is being written."""
        previous = self.get_doc_before_save()
        if previous is not None and previous.workflow_state not in (None, "", RequisitionState.DRAFT):
            return
        items = order_facts.item_details(row.item for row in self.items)
        plan = order_facts.plan_rows(row.plan_row for row in self.items)
        for row in self.items:
            item = items.get(row.item)
            if item:
                row.item_name, row.specification = item.item_name, item.specification
                row.uom = item.stock_uom
            found = plan.get(row.plan_row)
            row.material_plan = found.parent if found else None
            if found and not row.source:
                row.source = found.parent

    def before_update_after_submit(self):
        """Keep the reason given with the action that closes it."""
        previous = self.get_doc_before_save()
        if self.workflow_state == RequisitionState.CLOSED and previous.workflow_state != self.workflow_state:
            action = transitions.action_on(self, previous)
            if action and action.reason:
                self.close_reason = action.reason
