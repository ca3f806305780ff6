"""Frappe's open Workflow Actions, kept true when a document comes back to a state it was in before."""

from __future__ import annotations

import frappe
import frappe.model.workflow as frappe_workflow
from frappe import _

from erp_rules.rule_engine import notify


def renew(doc, step) -> None:
    """Close the open actions of other states and make the open one of this state where Frappe makes none.

    Frappe makes one Workflow Action per document and state for ever, so a document that was rejected and
    comes back would wait for nobody.
    """
    if step.is_insert:
        return
    rows = frappe.get_all(
        "Workflow Action",
        filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "status": "Open"},
        fields=["name", "workflow_state"],
    )
    for row in rows:
        if row.workflow_state != step.to_state:
            frappe.db.set_value(
                "Workflow Action", row.name, {"status": "Completed", "completed_by": step.actor}
            )
    roles = next_roles(doc, step.to_state)
    if not roles:
        return
    if all(row.workflow_state != step.to_state for row in rows):
        action = frappe.new_doc("Workflow Action")
        action.update(
            {
                "reference_doctype": doc.doctype,
                "reference_name": doc.name,
                "workflow_state": step.to_state,
                "status": "Open",
            }
        )
        for role in roles:
            action.append("permitted_roles", {"role": role})
        action.insert(ignore_permissions=True)
    notify.notify_roles(
        roles, _("{0} {1} waits: {2}").format(_(doc.doctype), doc.name, _(step.to_state)), doc
    )


def next_roles(doc, state: str) -> list[str]:
    """Return the roles that may act on `doc` in `state`, as the conditions of the workflow have it now."""
    workflow = frappe_workflow.get_workflow(doc.doctype)
    return sorted(
        {
            row.allowed
            for row in workflow.transitions
            if row.state == state and frappe_workflow.is_transition_condition_satisfied(row, doc)
        }
    )
