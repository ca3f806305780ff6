"""States of documents and the actions that lead from one to the next."""

import json
from collections import defaultdict

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
    name = frappe.cache.hget("workflow", doctype)
    if name is None:
        name = frappe.db.get_value("Workflow", {"document_type": doctype, "is_active": 1}, "name")
        frappe.cache.hset("workflow", doctype, name or "")
    return name


def get_workflow(doctype):
    """Return the DocType's active workflow, to be read only."""
    return frappe.get_cached_doc("Workflow", get_workflow_name(doctype))


@frappe.whitelist()
def get_transitions(doc, workflow=None, raise_exception=False):
    """Return the transitions that the user can take from the document's stored state."""
    from frappe.model.document import Document

    if not isinstance(doc, Document):
        doc = frappe.get_doc(frappe.parse_json(doc))
        doc.load_from_db()
    if doc.is_new():
        return []
    doc.check_permission("read")
    workflow = workflow or get_workflow(doc.doctype)
    state = doc.get(workflow.workflow_state_field)
    if not state:
        if raise_exception:
            raise WorkflowStateError
        frappe.throw(_("Workflow State not set"), WorkflowStateError)
    roles = frappe.get_roles()
    return [
        transition.as_dict()
        for transition in workflow.transitions
        if transition.state == state
        and transition.allowed in roles
        and is_transition_condition_satisfied(transition, doc)
    ]


def get_workflow_safe_globals():
    """Return what a transition's condition may use besides `doc`."""
    utils = frappe.utils
    return {
        "frappe": frappe._dict(
            db=frappe._dict(get_value=frappe.db.get_value, get_list=frappe.db.get_list),
            session=frappe.session,
            utils=frappe._dict(
                now_datetime=utils.now_datetime,
                add_to_date=utils.add_to_date,
                get_datetime=utils.get_datetime,
                now=utils.now,
            ),
        )
    }


def is_transition_condition_satisfied(transition, doc):
    """Tell whether the transition's condition holds for the document."""
    if not transition.condition:
        return True
    return frappe.safe_eval(transition.condition, get_workflow_safe_globals(), {"doc": doc.as_dict()})


@frappe.whitelist()
def apply_workflow(doc, action):
    """Carry out a workflow action on the stored document and return it."""
    doc = frappe.get_doc(frappe.parse_json(doc))
    doc.load_from_db()
    workflow = get_workflow(doc.doctype)
    matching = [t for t in get_transitions(doc, workflow) if t.action == action]
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
    if step in ((0, 0), (1, 1)):
        doc.save()
    elif step == (0, 1):
        doc.submit()
    elif step == (1, 2):
        doc.cancel()
    else:
        frappe.throw(_("Illegal Document Status for {0}").format(next_state.state))
    doc.add_comment("Workflow", _(next_state.state))
    return doc


@frappe.whitelist()
def can_cancel_document(doctype):
    """Tell whether documents may be cancelled without a workflow action."""
    workflow = get_workflow(doctype)
    cancelling = {row.state for row in workflow.states if row.doc_status == "2"}
    return not any(transition.next_state in cancelling for transition in workflow.transitions)


def validate_workflow(doc):
    """Give a new document its first state; refuse a step that no transition of the user's roles allows."""
    workflow = get_workflow(doc.doctype)
    field = workflow.workflow_state_field
    first = workflow.states[0].state
    previous = getattr(doc, "_doc_before_save", None)
    current = (previous.get(field) if previous else None) or first
    wanted = doc.get(field)
    if not wanted:
        wanted = first
        doc.set(field, wanted)
    if all(row.state != current for row in workflow.states):
        frappe.throw(
            _("{0} is not a valid Workflow State. Please update your Workflow and try again.").format(
                frappe.bold(current)
            )
        )
    if current == wanted:
        return
    if not previous or all(t.next_state != wanted for t in get_transitions(previous)):
        frappe.throw(
            _("Workflow State transition not allowed from {0} to {1}").format(
                frappe.bold(current), frappe.bold(wanted)
            ),
            WorkflowPermissionError,
        )


def has_approval_access(user, doc, transition):
    """Tell whether the transition is open to the user as the document's owner."""
    return user == "Administrator" or transition.get("allow_self_approval") or user != doc.get("owner")


def get_workflow_state_field(workflow_name):
    return get_workflow_field_value(workflow_name, "workflow_state_field")


def send_email_alert(workflow_name):
    return get_workflow_field_value(workflow_name, "send_email_alert")


def get_workflow_field_value(workflow_name, field):
    return frappe.get_cached_value("Workflow", workflow_name, field)


def set_workflow_state_on_action(doc, workflow_name, action):
    """Set the first state of the docstatus that submit, cancel or a later save leads to."""
    workflow = frappe.get_cached_doc("Workflow", workflow_name)
    field = workflow.workflow_state_field
    for row in workflow.states:
        if row.state == doc.get(field) and doc.docstatus == cint(row.doc_status):
            return
    docstatus = {"update_after_submit": "1", "submit": "1", "cancel": "2"}[action]
    for row in workflow.states:
        if row.doc_status == docstatus:
            doc.set(field, row.state)
            return


@frappe.whitelist()
def bulk_workflow_approval(docnames, doctype, action):
    """Carry out an action on several documents, each in its own transaction."""
    docnames = json.loads(docnames)
    if len(docnames) > 500:
        frappe.throw(_("Bulk approval only support up to 500 documents."), title=_("Too Many Documents"))
    if len(docnames) < 20:
        _bulk_workflow_action(docnames, doctype, action)
        return
    frappe.msgprint(_("Bulk {0} is enqueued in background.").format(action), alert=True)
    frappe.enqueue(
        _bulk_workflow_action, docnames=docnames, doctype=doctype, action=action, queue="short", timeout=1000
    )


def _bulk_workflow_action(docnames, doctype, action):
    failed, done = defaultdict(list), defaultdict(list)
    frappe.clear_messages()
    for name in docnames:
        error = None
        try:
            apply_workflow(frappe.get_doc(doctype, name), action)
            frappe.db.commit()
        except Exception as exception:
            error = exception
            frappe.db.rollback()
            frappe.log_error(
                title=f"Workflow {action} threw an error for {doctype} {name}",
                reference_doctype="Workflow",
                reference_name=action,
            )
        messages = [m.get("message") for m in frappe.get_message_log()]
        frappe.clear_messages()
        if error and not messages:
            text = type(error).__name__
            messages = [f"{text} : {error.args[0]}" if error.args else text]
        (failed if error else done)[name].extend(messages)
    indicator = "orange" if failed and done else "red" if failed else "green"
    _show_bulk_result(failed, _("Failed Transactions"), doctype, indicator)
    _show_bulk_result(done, _("Successful Transactions"), doctype, indicator)


def _show_bulk_result(messages, title, doctype, indicator):
    if not messages:
        return
    html = f"<h4>{title}</h4>"
    for name, texts in messages.items():
        link = frappe.utils.get_link_to_form(doctype, name)
        lines = "".join(f"<div class='small text-muted'>{text}</div>" for text in texts if text)
        html += f"<details><summary>{link}</summary>{lines}</details>" if lines else f"<div>{name}</div>"
    frappe.msgprint(html, title=_("Workflow Status"), indicator=indicator, is_minimizable=True)


@frappe.whitelist()
def get_common_transition_actions(docs, doctype):
    """Return the actions that the user can carry out on every one of the documents."""
    common = None
    for doc in json.loads(docs) if isinstance(docs, str) else docs:
        doc.setdefault("doctype", doctype)
        try:
            transitions = get_transitions(doc, raise_exception=True)
        except WorkflowStateError:
            break
        actions = {t.action for t in transitions if has_approval_access(frappe.session.user, doc, t)}
        common = actions if common is None else common & actions
    return sorted(common or ())
