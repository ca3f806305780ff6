import frappe
from frappe import _
from frappe.model.document import Document

from erp_rules.rule_engine import scope


class DocumentControl(Document):
    """What a workflow state leaves open for editing, and to whom."""

    def on_update(self):
        """Let the next save obey what changed here."""
        scope.forget()

    def on_trash(self):
        """Refuse: without its control a DocType would be open to everybody (1.4)."""
        frappe.throw(_("Document controls are changed, not deleted (1.4)."))
