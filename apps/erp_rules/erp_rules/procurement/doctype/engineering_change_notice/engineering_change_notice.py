from frappe.model.document import Document

from erp_rules.clauses.chapter_4_5 import EngineeringState
from erp_rules.procurement import order_facts


class EngineeringChangeNotice(Document):
    """An engineering change by which one item takes the place of another (4.5.1.2)."""

    def validate(self):
        """Copy the items' descriptions while it is being written."""
        previous = self.get_doc_before_save()
        if previous is not None and previous.workflow_state not in (None, "", EngineeringState.DRAFT):
            return
        items = order_facts.item_details(code for row in self.items for code in (row.old_item, row.new_item))
        for row in self.items:
            for side in ("old", "new"):
                item = items.get(row.get(f"{side}_item"))
                if item:
                    row.set(f"{side}_item_name", item.item_name)
                    row.set(f"{side}_specification", item.specification)
