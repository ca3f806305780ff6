from frappe.model.document import Document

from erp_rules.rule_engine import scope


class WorkingCalendar(Document):
    """Weekly off days, holidays and shift hours (工作日历)."""

    def on_update(self):
        """Let the next save obey what changed here."""
        scope.forget()
