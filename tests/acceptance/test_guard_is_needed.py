"""The same attempts with the guard and without it: without it they succeed, so the tests of the doors mean something.

The numbers are those of the holes that stock Frappe leaves open: edits in another role's state, submission past the
workflow, approving one's own work, a state that is entered again, and history that goes with a deleted document.
"""

from __future__ import annotations

import price_world as world
import pytest
from engine_tools import act, waiver_in

from hosts import as_user

WAIVER = "Rule Waiver"


@pytest.fixture
def no_guard(db, monkeypatch):
    """Take the guard out: whatever it judges is allowed, and it keeps nothing true by itself."""
    from erp_rules.rule_engine import guard, history, waiting

    monkeypatch.setattr(guard, "inspect", lambda doc, step, control, tasks: [])
    monkeypatch.setattr(guard, "against_forgery", lambda doc, previous: [])
    monkeypatch.setattr(guard, "against_delete", lambda doc, control: [])
    monkeypatch.setattr(history, "protect", lambda doc, event: None)
    monkeypatch.setattr(waiting, "follow", lambda doc, step, due_at: None)


def edit_in_anothers_state() -> bool:
    """Change the reason of a waiver that waits for the executive, as a purchaser; return whether it is stored."""
    import frappe

    waiver = waiver_in("Executive Approval")
    with as_user("Purchaser"):
        doc = frappe.get_doc(WAIVER, waiver.name)
        doc.reason = "Written behind the approver's back."
        doc.save()
    return frappe.db.get_value(WAIVER, waiver.name, "reason") == "Written behind the approver's back."


def submit_past_the_workflow() -> bool:
    """Submit a waiver that waits for a decision without deciding; return whether it is submitted."""
    import frappe

    waiver = waiver_in("Executive Approval")
    with as_user("Top Executive"):
        frappe.get_doc(WAIVER, waiver.name).submit()
    return frappe.db.get_value(WAIVER, waiver.name, "docstatus") == 1


def approve_own_work() -> bool:
    """Write state and document status of one's own waiver; return whether it is approved."""
    import frappe

    waiver = waiver_in("Executive Approval", by="Administrator")
    doc = frappe.get_doc(WAIVER, waiver.name)
    doc.workflow_state, doc.docstatus = "Approved", 1
    doc.save()
    return frappe.db.get_value(WAIVER, waiver.name, ["workflow_state", "docstatus"]) == ("Approved", 1)


def take_a_row_of_another_document() -> bool:
    """Name a posted approval's quote in one's own draft; return whether the posted one has lost it."""
    import frappe

    posted, mine = world.posted(), world.draft()
    with as_user("Purchaser"):
        doc = frappe.get_doc("Price Approval", mine.name)
        row = doc.append("quotes", world.quote(posted.quotes[1].supplier, 0.01))
        row.name = posted.quotes[1].name
        row.__dict__.pop("__islocal", None)
        doc.save()
    return frappe.db.get_value("Price Quote", posted.quotes[1].name, "parent") == mine.name


def delete_with_its_history() -> bool:
    """Delete a rejected waiver, whose history Frappe then deletes in a job; return whether it is gone."""
    import frappe

    waiver = waiver_in("Rejected")
    assert frappe.db.exists("Version", {"ref_doctype": WAIVER, "docname": waiver.name})
    frappe.delete_doc(WAIVER, waiver.name, force=1, ignore_permissions=True)
    return not frappe.db.exists(WAIVER, waiver.name)


HOLES = {
    "1 edit": edit_in_anothers_state,
    "2 submit": submit_past_the_workflow,
    "3 self-approval": approve_own_work,
    "5 deletion": delete_with_its_history,
    "row of another": take_a_row_of_another_document,
}


@pytest.mark.parametrize("hole", HOLES)
def test_without_the_guard_the_attempt_succeeds(no_guard, hole):
    assert HOLES[hole]()


@pytest.mark.clause("1.1")
@pytest.mark.clause("1.6")
@pytest.mark.parametrize("hole", HOLES)
def test_with_the_guard_the_attempt_is_refused(db, hole):
    from erp_rules.rule_engine.errors import RuleViolation

    with pytest.raises((RuleViolation, db.PermissionError)):
        HOLES[hole]()


def waits_again() -> bool:
    """Reject, revise and hand in a waiver once more; return whether it waits for the executive again."""
    import frappe

    waiver = waiver_in("Rejected")
    act(waiver, "Revise", "Purchaser")
    act(waiver, "Submit for Approval", "Purchaser")
    waiting = {"reference_name": waiver.name, "status": "Open", "workflow_state": "Executive Approval"}
    return bool(frappe.db.exists("Workflow Action", waiting))


def test_without_the_guard_a_state_entered_again_waits_for_nobody(no_guard):
    assert not waits_again()


def test_with_the_guard_a_state_entered_again_waits_for_its_role(db):
    assert waits_again()
