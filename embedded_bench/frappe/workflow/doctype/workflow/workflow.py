"""Workflow: the states of a DocType's documents and who leads them on."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

REFUSED_STEPS = {
    (2, 2): "Cannot change state of Cancelled Document. Transition row {0}",
    (1, 0): "Submitted Document cannot be converted back to draft. Transition row {0}",
    (0, 2): "Cannot cancel before submitting. See Transition {0}",
}


class Workflow(Document):
    def validate(self):
        if cint(self.is_active):
            frappe.db.set_value("Workflow", {"document_type": self.document_type}, "is_active", 0)
        field = self.workflow_state_field
        first = {}
        for row in self.states:
            first.setdefault(row.doc_status, row.state)
        for docstatus, state in first.items():  # documents without a state get the first of their docstatus
            update = f"UPDATE `tab{self.document_type}` SET `{field}`=%s"
            condition = f"ifnull(`{field}`, '')='' AND `docstatus`=%s"
            frappe.db.sql(f"{update} WHERE {condition}", (state, docstatus))
        self.validate_docstatus()

    def validate_docstatus(self):
        status = {row.state: cint(row.doc_status) for row in self.states}
        for row in self.transitions:
            for state in (row.state, row.next_state):
                if state not in status:
                    frappe.throw(_("{0} not a valid State").format(state))
            step = (status[row.state], status[row.next_state])
            text = REFUSED_STEPS.get(step) or (step[0] == 2 and REFUSED_STEPS[2, 2])
            if text:
                frappe.throw(_(text).format(row.idx))

    def on_update(self):
        frappe.clear_cache(doctype=self.document_type)
        frappe.cache.hdel("workflow", self.document_type)

    after_delete = on_update
