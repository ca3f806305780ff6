"""Workflow: the states of a DocType's documents and who leads them on."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint


class Workflow(Document):
    """One workflow; a DocType has one that is active."""

    def validate(self):
        if cint(self.is_active):
            frappe.db.sql("UPDATE `tabWorkflow` SET `is_active`=0 WHERE `document_type`=%s", self.document_type)
        self.create_custom_field_for_workflow_state()
        self.update_default_workflow_status()
        self.validate_docstatus()

    def on_update(self):
        frappe.clear_cache(doctype=self.document_type)
        frappe.cache.hdel("workflow", self.document_type)

    def on_trash(self):
        self.on_update()

    def create_custom_field_for_workflow_state(self):
        """Give the DocType the field that holds the state."""
        frappe.clear_cache(doctype=self.document_type)
        field = self.workflow_state_field
        if frappe.get_meta(self.document_type).get_field(field):
            return
        frappe.get_doc(
            {
                "doctype": "Custom Field",
                "dt": self.document_type,
                "__islocal": 1,
                "fieldname": field,
                "label": field.replace("_", " ").title(),
                "hidden": 1,
                "allow_on_submit": 1,
                "no_copy": 1,
                "fieldtype": "Link",
                "options": "Workflow State",
                "owner": "Administrator",
            }
        ).save()
        frappe.msgprint(_("Created Custom Field {0} in {1}").format(field, self.document_type))

    def update_default_workflow_status(self):
        """Give documents without a state the first one of their docstatus."""
        done = set()
        for row in self.states:
            if row.doc_status in done:
                continue
            done.add(row.doc_status)
            frappe.db.sql(
                f"UPDATE `tab{self.document_type}` SET `{self.workflow_state_field}`=%s "
                f"WHERE ifnull(`{self.workflow_state_field}`, '')='' AND `docstatus`=%s",
                (row.state, row.doc_status),
            )

    def validate_docstatus(self):
        """Refuse transitions that no document can take."""
        status = {row.state: row.doc_status for row in self.states}
        for row in self.transitions:
            for state in (row.state, row.next_state):
                if state not in status:
                    frappe.throw(_("{0} not a valid State").format(state))
            step = (cint(status[row.state]), cint(status[row.next_state]))
            if step[0] == 2:
                frappe.throw(_("Cannot change state of Cancelled Document. Transition row {0}").format(row.idx))
            if step == (1, 0):
                frappe.throw(
                    _("Submitted Document cannot be converted back to draft. Transition row {0}").format(row.idx)
                )
            if step == (0, 2):
                frappe.throw(_("Cannot cancel before submitting. See Transition {0}").format(row.idx))
