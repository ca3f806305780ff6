"""States of documents and the actions that lead from one to the next."""

import frappe
from frappe import _
from frappe.utils import cint


class WorkflowStateError(frappe.ValidationError):
    """The document has no state."""


class WorkflowTransitionError(frappe.ValidationError):
    """The action does not lead on from here."""


class WorkflowPermissionError(frappe.ValidationError):
    """The state cannot be reached this way."""


def get_workflow_name(doctype):
    """Return the DocType's active workflow; "" when there is none."""
    active = {"document_type": doctype, "is_active": 1}
    return frappe.cache.hget("workflow", doctype, lambda: frappe.db.get_value("Workflow", active) or "")


def get_workflow(doctype):
    """Return the DocType's active workflow, to be read only."""
    return frappe.get_cached_doc("Workflow", get_workflow_name(doctype))


@frappe.whitelist()
def get_transitions(doc, workflow=None, raise_exception=False):
    """Return the transitions that the user can take from the document's stored state."""
    if not isinstance(doc, frappe.model.document.Document):
        doc = frappe.get_doc(frappe.parse_json(doc)).reload()
    if doc.is_new():
        return []
    doc.check_permission("read")
    workflow = workflow or get_workflow(doc.doctype)
    state = doc.get(workflow.workflow_state_field)
    if not state:
        frappe.throw(_("Workflow State not set"), WorkflowStateError)
    roles = frappe.get_roles()
    open_rows = [row for row in workflow.transitions if row.state == state and row.allowed in roles]
    return [row.as_dict() for row in open_rows if is_transition_condition_satisfied(row, doc)]


def get_workflow_safe_globals():
    names = ("now_datetime", "add_to_date", "get_datetime", "now")
    utils = frappe._dict({name: getattr(frappe.utils, name) for name in names})
    db = frappe._dict(get_value=frappe.db.get_value, get_list=frappe.get_list)
    return {"frappe": frappe._dict(db=db, session=frappe.session, utils=utils)}


def is_transition_condition_satisfied(transition, doc):
    if not transition.condition:
        return True
    return frappe.safe_eval(transition.condition, get_workflow_safe_globals(), {"doc": doc.as_dict()})


@frappe.whitelist()
def apply_workflow(doc, action):
    doc = frappe.get_doc(frappe.parse_json(doc)).reload()
    workflow = get_workflow(doc.doctype)
    matching = [row for row in get_transitions(doc, workflow) if row.action == action]
    if not matching:
        frappe.throw(_("Not a valid Workflow Action"), WorkflowTransitionError)
    transition = matching[-1]
    if not has_approval_access(frappe.session.user, doc, transition):
        frappe.throw(_("Self approval is not allowed"))
    doc.set(workflow.workflow_state_field, transition.next_state)
    next_state = next(row for row in workflow.states if row.state == transition.next_state)
    if next_state.update_field:
        doc.set(next_state.update_field, next_state.update_value)
    step = (int(doc.docstatus), cint(next_state.doc_status))
    carry_out = {(0, 0): doc.save, (1, 1): doc.save, (0, 1): doc.submit, (1, 2): doc.cancel}.get(step)
    if not carry_out:
        frappe.throw(_("Illegal Document Status for {0}").format(next_state.state))
    carry_out()
    doc.add_comment("Workflow", _(next_state.state))
    return doc


def validate_workflow(doc):
    """Give a new document its first state; refuse a step that no transition of the user's roles allows."""
    workflow = get_workflow(doc.doctype)
    field, first = workflow.workflow_state_field, workflow.states[0].state
    previous = doc.get_doc_before_save()
    current = (previous.get(field) if previous else None) or first
    wanted = doc.get(field) or first
    doc.set(field, wanted)
    if all(row.state != current for row in workflow.states):
        text = _("{0} is not a valid Workflow State. Please update your Workflow and try again.")
        frappe.throw(text.format(frappe.bold(current)))
    if current == wanted:
        return
    if not previous or all(row.next_state != wanted for row in get_transitions(previous)):
        text = _("Workflow State transition not allowed from {0} to {1}")
        frappe.throw(text.format(frappe.bold(current), frappe.bold(wanted)), WorkflowPermissionError)


def has_approval_access(user, doc, transition):
    """Tell whether the transition is open to the user as the document's owner."""
    return user == "Administrator" or transition.get("allow_self_approval") or user != doc.get("owner")


def set_workflow_state_on_action(doc, workflow_name, action):
    """Set the first state of the docstatus that submit, cancel or a later save leads to."""
    workflow = frappe.get_cached_doc("Workflow", workflow_name)
    docstatus = "2" if action == "cancel" else "1"
    fitting = [row.state for row in workflow.states if row.doc_status == docstatus]
    if fitting and doc.get(workflow.workflow_state_field) not in fitting:
        doc.set(workflow.workflow_state_field, fitting[0])
