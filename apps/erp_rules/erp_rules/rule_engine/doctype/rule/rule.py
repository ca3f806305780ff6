from frappe.model.document import Document

from erp_rules.rule_engine import scope


class Rule(Document):
    """One clause of the regulation and how strictly it is enforced."""

    def on_update(self):
        """Let the next save obey what changed here."""
        scope.forget()
