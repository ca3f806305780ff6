"""Workflow Action: which roles a document waits for, and who led it on."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import (
    get_workflow_field_value,
    get_workflow_name,
    is_transition_condition_satisfied,
)


class WorkflowAction(Document):
    """One step that is waited for."""


def on_doctype_update():
    frappe.db.add_index("Workflow Action", ["reference_name", "reference_doctype", "status"])


def get_permission_query_conditions(user):
    """Show users the open actions of their roles."""
    user = user or frappe.session.user
    if user == "Administrator":
        return ""
    roles = ", ".join(frappe.db.escape(role) for role in frappe.get_roles(user))
    return (
        "(`tabWorkflow Action`.`name` IN (SELECT `parent` FROM `tabWorkflow Action Permitted Role` "
        f"WHERE `role` IN ({roles})) OR `tabWorkflow Action`.`user`={frappe.db.escape(user)}) "
        "AND `tabWorkflow Action`.`status`='Open'"
    )


def has_permission(doc, user):
    """Open an action to its roles."""
    if user == "Administrator":
        return True
    return not {row.role for row in doc.permitted_roles}.isdisjoint(frappe.get_roles(user))


def process_workflow_actions(doc, state):
    """Close the action that this save fulfils and open the one for the state reached."""
    doctype, name = doc.get("doctype"), doc.get("name")
    workflow = get_workflow_name(doctype)
    if not workflow:
        return
    reference = {"reference_doctype": doctype, "reference_name": name}
    if state == "on_trash":
        for action in frappe.get_all("Workflow Action", filters=reference, pluck="name"):
            frappe.db.delete("Workflow Action Permitted Role", {"parent": action})
        frappe.db.delete("Workflow Action", reference)
        return
    workflow_state = doc.get(get_workflow_field_value(workflow, "workflow_state_field"))
    if frappe.db.exists("Workflow Action", {**reference, "workflow_state": workflow_state}):
        return
    _complete(reference, workflow, workflow_state)
    roles = {row.allowed for row in get_next_possible_transitions(workflow, workflow_state, doc)}
    if roles:
        action = frappe.get_doc(
            {"doctype": "Workflow Action", **reference, "workflow_state": workflow_state, "status": "Open"}
        )
        for role in sorted(roles):
            action.append("permitted_roles", {"role": role})
        action.insert(ignore_permissions=True)


def _complete(reference, workflow, workflow_state):
    leading = frappe.get_cached_doc("Workflow", workflow).transitions
    roles = {row.allowed for row in leading if row.next_state == workflow_state}
    roles &= set(frappe.get_roles())
    if not roles:
        return
    action, permitted = frappe.qb.DocType("Workflow Action"), frappe.qb.DocType("Workflow Action Permitted Role")
    found = (
        frappe.qb.from_(action)
        .join(permitted)
        .on(action.name == permitted.parent)
        .select(action.name, permitted.role)
        .where(action.reference_name == reference["reference_name"])
        .where(action.reference_doctype == reference["reference_doctype"])
        .where(action.status == "Open")
        .where(permitted.role.isin(sorted(roles)))
        .orderby(permitted.role)
        .limit(1)
    ).run(as_dict=True)
    if found:
        frappe.db.sql(
            "UPDATE `tabWorkflow Action` SET `status`='Completed', `completed_by`=%s, `completed_by_role`=%s "
            "WHERE `name`=%s",
            (frappe.session.user, found[0].role, found[0].name),
        )


def get_next_possible_transitions(workflow_name, state, doc=None):
    """Return the transitions from a state whose conditions hold; optional states are not waited for."""
    workflow = frappe.get_cached_doc("Workflow", workflow_name)
    optional = {row.state for row in workflow.states if row.is_optional_state}
    return [
        row
        for row in workflow.transitions
        if row.state == state and row.next_state not in optional and is_transition_condition_satisfied(row, doc)
    ]
