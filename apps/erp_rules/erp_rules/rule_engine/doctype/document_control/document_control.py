from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from erp_rules.rule_engine import controls, scope


class DocumentControl(Document):
    """What a workflow state leaves open for editing, and to whom."""

    def validate(self):
        """Refuse roles and fields that do not exist: a slip of the pen would lock everybody out (1.4, 1.5)."""
        unknown = [*self._unknown_roles(), *self._unknown_fields()]
        if unknown:
            frappe.throw("<br>".join(unknown))

    def on_update(self):
        """Let the next save obey what changed here."""
        scope.forget()

    def on_trash(self):
        """Refuse: without its control a DocType would be open to everybody (1.4)."""
        frappe.throw(_("Document controls are changed, not deleted (1.4)."))

    def _unknown_roles(self) -> Iterator[str]:
        roles = set(frappe.get_all("Role", pluck="name"))
        for row in self.states:
            for role in sorted(controls.lines(row.editor_roles) - roles):
                yield _("Row {0}: there is no role {1}.").format(row.idx, escape_html(role))

    def _unknown_fields(self) -> Iterator[str]:
        known = self._names()
        for name in sorted(controls.lines(self.requester_field) - known):
            yield _("{0} has no field {1}.").format(_(self.document_type), escape_html(name))
        for row in self.states:
            named = {name.removeprefix(controls.LOCK).strip() for name in controls.lines(row.editable_fields)}
            for name in sorted(named - known - {controls.ALL}):
                yield _("Row {0}: {1} has no field {2}.").format(
                    row.idx, _(self.document_type), escape_html(name)
                )

    def _names(self) -> set[str]:
        """Return the fields of the DocType and of its tables, these as table.field."""
        meta = frappe.get_meta(self.document_type)
        names = {"owner", *(df.fieldname for df in meta.fields)}
        for table in meta.get_table_fields():
            names |= {f"{table.fieldname}.{df.fieldname}" for df in frappe.get_meta(table.options).fields}
        return names
