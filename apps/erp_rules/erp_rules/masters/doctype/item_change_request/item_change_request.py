import frappe
from frappe.model.document import Document
from frappe.utils import cint

from erp_rules.clauses import chapter_7
from erp_rules.masters.facts import item_value


class ItemChangeRequest(Document):
    """Form 7.5: sets up a new item, or changes one that is in use, once engineer and cost accountant signed."""

    def validate(self):
        """Note the values that the request replaces, as long as it is being written."""
        if (self.workflow_state or chapter_7.ItemChangeState.DRAFT) == chapter_7.ItemChangeState.DRAFT:
            self.note_old_values()
        elif self.workflow_state == chapter_7.ItemChangeState.COST_ACCOUNTANT:
            self.note_old_cost()

    def note_old_values(self):
        """Copy what the item holds now beside each new value; empty for a new item."""
        if self.request_kind == chapter_7.RequestKind.SET_UP:
            self.item = None
        item = self.current_item()
        for row in self.changes:
            fieldname = chapter_7.FIELD_OF_LABEL.get(row.field)
            row.old_value = item_value(item, fieldname) if item and fieldname else ""
        self.note_old_cost(item)

    def note_old_cost(self, item=None):
        """Copy the item's standard cost beside the new one."""
        item = item or self.current_item()
        self.old_standard_cost = item.standard_cost if item and cint(self.changes_cost) else 0

    def current_item(self):
        """Return the item that the request changes, as stored; None for a new one."""
        return (
            frappe.get_doc("Item", self.item) if self.item and frappe.db.exists("Item", self.item) else None
        )
