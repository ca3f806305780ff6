"""Cases 78 to 85: states, transitions, their actions and what the server does not check."""

from __future__ import annotations

import frappe
import pytest
from frappe.model.workflow import (
    WorkflowPermissionError,
    WorkflowTransitionError,
    apply_workflow,
    get_transitions,
)

from conformance.probes import FLOW, SUBMITTER, SUBMITTER_USER, WRITER, WRITER_USER, stored

pytestmark = pytest.mark.usefixtures("clean_caches")

STATES = (
    {"state": "Probe Draft", "doc_status": "0", "allow_edit": WRITER},
    {
        "state": "Probe Sent",
        "doc_status": "0",
        "allow_edit": SUBMITTER,
        "update_field": "status",
        "update_value": "Sent",
    },
    {
        "state": "Probe Approved",
        "doc_status": "1",
        "allow_edit": SUBMITTER,
        "update_field": "status",
        "update_value": "Approved",
    },
    {
        "state": "Probe Cancelled",
        "doc_status": "2",
        "allow_edit": SUBMITTER,
        "update_field": "status",
        "update_value": "Cancelled",
    },
)
TRANSITIONS = (
    {"state": "Probe Draft", "action": "Probe Send", "next_state": "Probe Sent", "allowed": WRITER},
    {
        "state": "Probe Sent",
        "action": "Probe Approve",
        "next_state": "Probe Approved",
        "allowed": SUBMITTER,
        "condition": "doc.amount < 1000",
    },
    {
        "state": "Probe Approved",
        "action": "Probe Cancel It",
        "next_state": "Probe Cancelled",
        "allowed": SUBMITTER,
    },
)


def masters() -> None:
    """Make the states and actions that the probe workflows use."""
    for state in ("Probe Draft", "Probe Sent", "Probe Approved", "Probe Cancelled", "Probe Aside"):
        if not frappe.db.exists("Workflow State", state):
            frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert()
    for action in ("Probe Send", "Probe Approve", "Probe Cancel It", "Probe Put Aside"):
        if not frappe.db.exists("Workflow Action Master", action):
            frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": action}).insert()


def workflow(name: str = "Probe Way", states=STATES, transitions=TRANSITIONS, **values):
    """Insert an active workflow of the probe DocType; transitions forbid self approval unless they say so."""
    masters()
    rows = [{"allow_self_approval": 0, **row} for row in transitions]
    return frappe.get_doc(
        {
            "doctype": "Workflow",
            "workflow_name": name,
            "document_type": FLOW,
            "is_active": 1,
            "workflow_state_field": "workflow_state",
            "states": [dict(row) for row in states],
            "transitions": rows,
            **values,
        }
    ).insert()


def flow(**values):
    """Insert a document under the workflow."""
    return frappe.get_doc({"doctype": FLOW, "title": "t", "amount": 10, **values}).insert()


def self_approving():
    """Return the transitions with self approval allowed."""
    return [{**row, "allow_self_approval": 1} for row in TRANSITIONS]


def state_of(doc) -> tuple:
    """Return state, docstatus and status of a document as stored."""
    return frappe.db.get_value(FLOW, doc.name, ["workflow_state", "docstatus", "status"])


def comments(doc) -> list[str]:
    """Return the Workflow comments of a document, oldest first."""
    return frappe.get_all(
        "Comment",
        filters={"reference_doctype": FLOW, "reference_name": doc.name, "comment_type": "Workflow"},
        order_by="creation",
        pluck="content",
    )


def test_case_078_insert_takes_the_first_state_and_no_other():
    workflow()
    doc = flow()
    assert state_of(doc) == ("Probe Draft", 0, None)
    with pytest.raises(WorkflowPermissionError) as error:
        flow(workflow_state="Probe Sent")
    assert str(error.value) == (
        "Workflow State transition not allowed from <strong>Probe Draft</strong> to <strong>Probe Sent</strong>"
    )


def test_case_079_actions_change_state_fields_and_docstatus_and_leave_traces(as_user):
    workflow(transitions=self_approving())
    doc = flow()
    with as_user(WRITER_USER):
        apply_workflow(doc, "Probe Send")
        assert state_of(doc) == ("Probe Sent", 0, "Sent")
    with as_user(SUBMITTER_USER):
        apply_workflow({"doctype": FLOW, "name": doc.name}, "Probe Approve")
        assert state_of(doc) == ("Probe Approved", 1, "Approved")
        returned = apply_workflow(frappe.as_json({"doctype": FLOW, "name": doc.name}), "Probe Cancel It")
        assert state_of(doc) == ("Probe Cancelled", 2, "Cancelled")
    assert (returned.name, returned.workflow_state) == (doc.name, "Probe Cancelled")
    assert comments(doc) == ["Probe Sent", "Probe Approved", "Probe Cancelled"]
    actions = frappe.get_all(
        "Workflow Action",
        filters={"reference_doctype": FLOW, "reference_name": doc.name},
        fields=["workflow_state", "status", "completed_by", "completed_by_role"],
        order_by="creation",
    )
    assert [tuple(row.values()) for row in actions] == [
        ("Probe Draft", "Completed", WRITER_USER, WRITER),
        ("Probe Sent", "Completed", SUBMITTER_USER, SUBMITTER),
        ("Probe Approved", "Completed", SUBMITTER_USER, SUBMITTER),
    ]
    assert frappe.db.count("Version", {"ref_doctype": FLOW, "docname": doc.name}) == 3


def test_case_080_role_action_and_condition_decide(as_user):
    workflow()
    doc = flow(amount=1000)
    with as_user(SUBMITTER_USER):
        assert get_transitions(doc) == []
        with pytest.raises(WorkflowTransitionError) as error:
            apply_workflow(doc, "Probe Send")
        assert str(error.value) == "Not a valid Workflow Action"
    with as_user(WRITER_USER):
        assert [row["action"] for row in get_transitions(doc)] == ["Probe Send"]
        with pytest.raises(WorkflowTransitionError, match=r"^Not a valid Workflow Action$"):
            apply_workflow(doc, "Probe Approve")
        apply_workflow(doc, "Probe Send")
    with (
        as_user(SUBMITTER_USER),
        pytest.raises(WorkflowTransitionError, match=r"^Not a valid Workflow Action$"),
    ):
        apply_workflow(doc, "Probe Approve")
    assert state_of(doc) == ("Probe Sent", 0, "Sent")


def test_case_081_owner_cannot_approve_the_own_document(as_user):
    workflow(transitions=[{**TRANSITIONS[0], "allow_self_approval": 1}, *TRANSITIONS[1:]])
    with as_user(SUBMITTER_USER):
        doc = flow()
    with as_user(WRITER_USER):
        apply_workflow(doc, "Probe Send")
    with as_user(SUBMITTER_USER), pytest.raises(frappe.ValidationError) as error:
        apply_workflow(doc, "Probe Approve")
    assert str(error.value) == "Self approval is not allowed"
    own = flow()
    apply_workflow(own, "Probe Send")
    apply_workflow(own, "Probe Approve")
    assert state_of(own) == ("Probe Approved", 1, "Approved")


def test_case_082_direct_submit_and_cancel_go_past_the_workflow(as_user):
    workflow()
    doc = flow(amount=5000)
    with as_user(SUBMITTER_USER):
        held = frappe.get_doc(FLOW, doc.name)
        held.submit()
        assert state_of(doc) == ("Probe Approved", 1, None)
        held.reload()
        held.cancel()
    assert state_of(doc) == ("Probe Approved", 2, None)
    assert comments(doc) == []


def test_case_083_state_written_by_a_save(as_user):
    workflow()
    doc = flow()
    with as_user(WRITER_USER):
        held = frappe.get_doc(FLOW, doc.name)
        held.workflow_state = "Probe Approved"
        with pytest.raises(WorkflowPermissionError):
            held.save()
        held = frappe.get_doc(FLOW, doc.name)
        held.workflow_state = "Probe Sent"
        held.save()
    assert state_of(doc) == ("Probe Sent", 0, None)
    assert comments(doc) == []


def test_case_084_optional_states_open_no_action_and_actions_go_with_the_document():
    aside = {"state": "Probe Aside", "doc_status": "0", "allow_edit": WRITER, "is_optional_state": 1}
    to_aside = {
        "state": "Probe Draft",
        "action": "Probe Put Aside",
        "next_state": "Probe Aside",
        "allowed": SUBMITTER,
    }
    workflow(states=[*STATES, aside], transitions=[*TRANSITIONS, to_aside])
    doc = flow()
    of_document = {"reference_doctype": FLOW, "reference_name": doc.name}
    opened = frappe.get_all("Workflow Action", filters=of_document, fields=["name", "status"])
    assert [row.status for row in opened] == ["Open"]
    roles = frappe.get_all("Workflow Action Permitted Role", filters={"parent": opened[0].name}, pluck="role")
    assert roles == [WRITER]
    frappe.delete_doc(FLOW, doc.name)
    assert frappe.db.count("Workflow Action", of_document) == 0


@pytest.mark.parametrize(
    ("transition", "message"),
    [
        (
            ("Probe Approved", "Probe Draft"),
            "Submitted Document cannot be converted back to draft. Transition row 1",
        ),
        (("Probe Draft", "Probe Cancelled"), "Cannot cancel before submitting. See Transition 1"),
        (
            ("Probe Cancelled", "Probe Draft"),
            "Cannot change state of Cancelled Document. Transition row 1",
        ),
    ],
)
def test_case_085_impossible_workflows_are_refused(transition, message):
    state, next_state = transition
    row = {"state": state, "action": "Probe Send", "next_state": next_state, "allowed": WRITER}
    with pytest.raises(frappe.ValidationError) as error:
        workflow(transitions=[row])
    assert str(error.value) == message


def test_case_085_second_active_workflow_puts_the_first_to_rest():
    workflow("Probe Way")
    workflow("Probe Other Way")
    assert stored("Workflow", "Probe Way", "is_active") == 0
    assert stored("Workflow", "Probe Other Way", "is_active") == 1
