"""Workflow Action: which roles a document waits for, and who led it on."""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, get_workflow_name, is_transition_condition_satisfied


class WorkflowAction(Document):
    pass


def on_doctype_update():
    frappe.db.add_index("Workflow Action", ["reference_name", "reference_doctype", "status"])


def get_permission_query_conditions(user):
    user = user or frappe.session.user
    if user == "Administrator":
        return ""
    roles = ", ".join(frappe.db.escape(role) for role in frappe.get_roles(user))
    permitted = f"SELECT `parent` FROM `tabWorkflow Action Permitted Role` WHERE `role` IN ({roles})"
    return f"(`tabWorkflow Action`.`name` IN ({permitted}) AND `tabWorkflow Action`.`status`='Open')"


def has_permission(doc, user):
    permitted = {row.role for row in doc.permitted_roles}
    return user == "Administrator" or bool(permitted.intersection(frappe.get_roles(user)))


def process_workflow_actions(doc, state):
    """Close the action that this save fulfils and open the one for the state reached."""
    if not get_workflow_name(doc.doctype):
        return
    reference = {"reference_doctype": doc.doctype, "reference_name": doc.name}
    if state == "on_trash":
        names = frappe.get_all("Workflow Action", filters=reference, pluck="name")
        frappe.db.delete("Workflow Action Permitted Role", {"parent": ["in", names]})
        frappe.db.delete("Workflow Action", reference)
        return
    workflow = get_workflow(doc.doctype)
    reached = doc.get(workflow.workflow_state_field)
    if frappe.db.exists("Workflow Action", {**reference, "workflow_state": reached}):
        return
    led_here = {row.allowed for row in workflow.transitions if row.next_state == reached}
    roles = sorted(led_here.intersection(frappe.get_roles()))
    open_actions = frappe.get_all("Workflow Action", filters={**reference, "status": "Open"}, pluck="name")
    permitted = {"parent": ["in", open_actions], "role": ["in", roles]}
    options = {"filters": permitted, "fields": ["parent", "role"], "order_by": "role", "limit": 1}
    is_led = open_actions and roles
    for row in frappe.get_all("Workflow Action Permitted Role", **options) if is_led else ():
        done = {"status": "Completed", "completed_by": frappe.session.user, "completed_by_role": row.role}
        frappe.db.set_value("Workflow Action", row.parent, done, update_modified=False)
    optional = {row.state for row in workflow.states if row.is_optional_state}
    leading = [row for row in workflow.transitions if row.state == reached and row.next_state not in optional]
    waiting_for = {row.allowed for row in leading if is_transition_condition_satisfied(row, doc)}
    if waiting_for:
        action = frappe.get_doc(doctype="Workflow Action", **reference, workflow_state=reached, status="Open")
        action.extend("permitted_roles", [{"role": role} for role in sorted(waiting_for)])
        action.insert(ignore_permissions=True)
