from frappe.model.document import Document

from erp_rules.rule_engine import scope


class RuleSettings(Document):
    """Settings of the rule engine."""

    def on_update(self):
        """Let the next save obey what changed here."""
        scope.forget()
