"""Every door of Frappe against a document under control: refused, and the database unchanged (1.1-1.7)."""

from __future__ import annotations

import json

import pytest
from engine_tools import act, draft_waiver, new_waiver, stored, waiver_in

from hosts import as_user, user_for


def refused(error, number: str) -> None:
    """Fail unless the raised error names clause `number`."""
    assert f"({number})" in str(error.value), str(error.value)


# --- state by hand ---------------------------------------------------------------------------


@pytest.mark.clause("1.1")
@pytest.mark.parametrize("role", ["Purchaser", "Top Executive", "Administrator"])
def test_state_written_by_hand_is_refused(db, role):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Executive Approval")
    before = stored("Rule Waiver", waiver.name)
    with as_user(role):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.workflow_state = "Approved"
        with pytest.raises((RuleViolation, db.PermissionError)):
            doc.save()
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.1")
def test_state_that_a_transition_allows_is_refused_too_when_written(db):
    """Stock Frappe accepts a state that the user's role could reach; only the action may set it."""
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = draft_waiver()
    before = stored("Rule Waiver", waiver.name)
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.workflow_state = "Executive Approval"
        with pytest.raises(RuleViolation) as error:
            doc.save()
    refused(error, "1.1")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.1")
@pytest.mark.parametrize("state", ["Executive Approval", "Approved", "Rejected"])
def test_new_document_in_a_later_state_is_refused(db, state):
    from erp_rules.rule_engine.errors import RuleViolation

    count = db.db.count("Rule Waiver")
    with as_user("Purchaser"), pytest.raises(RuleViolation) as error:
        new_waiver(workflow_state=state).insert()
    refused(error, "1.1")
    db.db.rollback()
    assert db.db.count("Rule Waiver") == count


# --- document status by hand -----------------------------------------------------------------


@pytest.mark.clause("1.2")
@pytest.mark.parametrize("role", ["Top Executive", "Administrator"])
def test_submit_and_docstatus_are_refused(db, role):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Executive Approval")
    before = stored("Rule Waiver", waiver.name)
    with as_user(role):
        with pytest.raises(RuleViolation) as error:
            db.get_doc("Rule Waiver", waiver.name).submit()
        refused(error, "1.2")
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.docstatus = 1
        with pytest.raises(RuleViolation) as error:
            doc.save()
        refused(error, "1.2")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.2")
def test_insert_as_submitted_is_refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    count = db.db.count("Rule Waiver")
    with as_user("Top Executive"), pytest.raises(RuleViolation) as error:
        new_waiver().submit()
    refused(error, "1.2")
    db.db.rollback()
    assert db.db.count("Rule Waiver") == count


@pytest.mark.clause("1.2")
def test_cancel_is_refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Approved")
    before = stored("Rule Waiver", waiver.name)
    with pytest.raises(RuleViolation) as error:
        db.get_doc("Rule Waiver", waiver.name).cancel()
    refused(error, "1.2")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.2")
def test_amending_what_is_not_cancelled_is_refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Approved")
    with as_user("Purchaser"), pytest.raises(RuleViolation) as error:
        new_waiver(amended_from=waiver.name).insert()
    refused(error, "1.2")


@pytest.mark.clause("1.2")
def test_import_with_submit_is_refused(db):
    """The data import inserts with `in_import` and then submits."""
    from erp_rules.rule_engine.errors import RuleViolation

    db.flags.in_import = True
    with as_user("Top Executive"):
        doc = new_waiver().insert()
        with pytest.raises(RuleViolation) as error:
            doc.submit()
    refused(error, "1.2")
    db.flags.in_import = False
    assert db.db.get_value("Rule Waiver", doc.name, ["docstatus", "workflow_state"]) == (0, "Draft")


# --- self-approval ---------------------------------------------------------------------------


@pytest.mark.clause("1.3")
def test_nobody_approves_what_they_made(db):
    from erp_rules.rule_engine.errors import RulePermissionError

    login = user_for("Top Executive")
    waiver = draft_waiver()
    # the executive edits the draft: from then on it is their own work too
    with as_user("Administrator"):
        doc = db.get_doc("User", login)
        doc.append("roles", {"role": "Purchaser"})
        doc.save()
    with as_user(login):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "A better reason."
        doc.save()
    act(waiver, "Submit for Approval", "Purchaser")
    before = stored("Rule Waiver", waiver.name)
    with pytest.raises(RulePermissionError) as error:
        act(waiver, "Approve", login)
    refused(error, "1.3")
    assert stored("Rule Waiver", waiver.name) == before
    assert act(waiver, "Approve", "Top Executive 2").workflow_state == "Approved"
    db.db.rollback()
    db.clear_cache(user=login)


@pytest.mark.clause("1.3")
def test_administrator_does_not_approve_own_work_either(db):
    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = draft_waiver("Administrator")
    act(waiver, "Submit for Approval", "Administrator")
    with pytest.raises(RulePermissionError) as error:
        act(waiver, "Approve", "Administrator")
    refused(error, "1.3")
    assert db.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Executive Approval"


@pytest.mark.clause("1.3")
def test_frappes_own_function_does_not_approve_own_work_either(db):
    from frappe.model.workflow import apply_workflow

    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = draft_waiver("Administrator")
    with as_user("Administrator"):
        apply_workflow(db.get_doc("Rule Waiver", waiver.name), "Submit for Approval")
        with pytest.raises(RulePermissionError) as error:
            apply_workflow(db.get_doc("Rule Waiver", waiver.name), "Approve")
    refused(error, "1.3")
    assert db.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Executive Approval"


@pytest.mark.clause("1.3")
def test_editing_in_review_is_not_authoring(db):
    """What the state leaves open to the approver is part of the decision, not of the content."""
    waiver = waiver_in("Executive Approval")
    with as_user("Top Executive"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.max_uses = 2
        doc.save()
    assert act(waiver, "Approve", "Top Executive").max_uses == 2


# --- locked fields, wrong editors ------------------------------------------------------------


@pytest.mark.clause("1.4")
def test_locked_field_is_refused_and_named(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Executive Approval")
    before = stored("Rule Waiver", waiver.name)
    with as_user("Top Executive"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "Something else"
        doc.evidence = "/private/files/other.pdf"
        with pytest.raises(RuleViolation) as error:
            doc.save()
    refused(error, "1.4")
    assert "Reason" in str(error.value)
    assert "Evidence" in str(error.value)
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.4")
@pytest.mark.parametrize(
    ("fieldname", "value"),
    [("content_editor", "Administrator"), ("judged_by", "{}"), ("approved_by", "Administrator")],
)
def test_fields_kept_by_the_app_cannot_be_written_even_in_draft(db, fieldname, value):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = draft_waiver()
    before = stored("Rule Waiver", waiver.name)
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.set(fieldname, value)
        with pytest.raises(RuleViolation) as error:
            doc.save()
        refused(error, "1.4")
        db.clear_messages()
        with pytest.raises(RuleViolation) as error:
            new_waiver(**{fieldname: value}).insert()
        refused(error, "1.4")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.4")
def test_row_by_itself_is_refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    calendar = db.get_doc("Working Calendar", "Standard")
    row = calendar.shifts[0]
    row.end_time = "11:00:00"
    with pytest.raises(RuleViolation) as error:
        row.save()
    refused(error, "1.4")
    with pytest.raises(RuleViolation):
        db.delete_doc("Working Calendar Shift", row.name)
    assert str(db.db.get_value("Working Calendar Shift", row.name, "end_time")) == "12:00:00"


@pytest.mark.clause("1.5")
@pytest.mark.parametrize("role", ["Purchaser", "Engineer"])
def test_wrong_role_cannot_edit_a_state(db, role):
    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = waiver_in("Executive Approval")
    before = stored("Rule Waiver", waiver.name)
    with as_user(role):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.max_uses = 9
        with pytest.raises(RulePermissionError) as error:
            doc.save()
    refused(error, "1.5")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.5")
def test_state_without_a_control_row_is_locked(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Rejected")
    before = stored("Rule Waiver", waiver.name)
    doc = db.get_doc("Rule Waiver", waiver.name)
    doc.reason = "changed"
    with pytest.raises(RuleViolation) as error:
        doc.save()
    refused(error, "1.5")
    refused(error, "1.4")
    assert stored("Rule Waiver", waiver.name) == before


# --- deletion, renaming ----------------------------------------------------------------------


@pytest.mark.clause("1.6")
@pytest.mark.parametrize("state", ["Executive Approval", "Rejected"])
def test_document_that_left_its_draft_is_not_deleted(db, state):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in(state)
    before = stored("Rule Waiver", waiver.name)
    with pytest.raises(RuleViolation) as error:
        db.delete_doc("Rule Waiver", waiver.name, force=1, ignore_permissions=True)
    refused(error, "1.6")
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.6")
def test_revised_draft_is_not_deleted_either(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = act(waiver_in("Rejected"), "Revise", "Purchaser")
    with pytest.raises(RuleViolation) as error:
        db.delete_doc("Rule Waiver", waiver.name)
    refused(error, "1.6")


@pytest.mark.clause("1.6")
def test_draft_may_be_deleted_by_who_may(db):
    waiver = draft_waiver()
    with as_user("Purchaser"):
        db.delete_doc("Rule Waiver", waiver.name)
    assert not db.db.exists("Rule Waiver", waiver.name)


@pytest.mark.clause("1.7")
def test_renaming_and_merging_are_refused_even_by_force(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver, other = draft_waiver(), draft_waiver()
    for merge, name in ((False, "RW-MINE"), (True, other.name)):
        with pytest.raises(RuleViolation) as error:
            db.rename_doc("Rule Waiver", waiver.name, name, force=True, merge=merge)
        refused(error, "1.7")
    assert db.db.exists("Rule Waiver", waiver.name)
    assert db.db.exists("Rule Waiver", other.name)


# --- over the wire ---------------------------------------------------------------------------


@pytest.fixture
def waiting(db):
    """A committed waiver that waits for the executive."""
    waiver = waiver_in("Executive Approval")
    db.db.commit()
    return waiver


def test_put_cannot_set_state_or_docstatus(db, http, waiting):
    before = stored("Rule Waiver", waiting.name)
    http.token("Top Executive")
    for body in (
        {"workflow_state": "Approved"},
        {"docstatus": 1},
        {"workflow_state": "Approved", "docstatus": 1},
    ):
        response = http.put(f"/api/resource/Rule Waiver/{waiting.name}", json=body)
        assert response.status_code == 417, response.text
        assert response.json["exc_type"] == "RuleViolation"
        assert {v["clause"] for v in response.json["rule_violations"]} <= {"1.1", "1.2"}
    assert stored("Rule Waiver", waiting.name) == before


def test_document_methods_over_the_wire_are_refused(db, http, waiting):
    before = stored("Rule Waiver", waiting.name)
    http.token("Top Executive")
    for method, args in (("submit", {}), ("cancel", {}), ("rename", {"name": "RW-X", "force": 1})):
        response = http.post(
            "/api/method/run_doc_method",
            json={"dt": "Rule Waiver", "dn": waiting.name, "method": method, "args": args},
        )
        assert response.status_code in (403, 417), (method, response.text)
    assert stored("Rule Waiver", waiting.name) == before


def test_client_functions_are_refused(db, http, waiting):
    before = stored("Rule Waiver", waiting.name)
    http.token("Top Executive")
    calls = {
        "frappe.client.set_value": {
            "doctype": "Rule Waiver", "name": waiting.name, "fieldname": "workflow_state", "value": "Approved",
        },
        "frappe.client.submit": {"doc": json.dumps({**before[""][0], "doctype": "Rule Waiver"})},
        "frappe.client.delete": {"doctype": "Rule Waiver", "name": waiting.name},
    }  # fmt: skip
    for path, body in calls.items():
        response = http.post(f"/api/method/{path}", json=body)
        assert response.status_code in (403, 417), (path, response.text)
    response = http.delete(f"/api/resource/Rule Waiver/{waiting.name}")
    assert response.status_code in (403, 417), response.text
    assert stored("Rule Waiver", waiting.name) == before


def test_wrong_role_is_refused_with_403_and_the_right_one_succeeds(db, http, waiting):
    doc = {"doctype": "Rule Waiver", "name": waiting.name}
    path = "/api/method/frappe.model.workflow.apply_workflow"
    http.token("Purchasing Manager")
    response = http.post(path, json={"doc": doc, "action": "Approve"})
    assert response.status_code == 403, response.text
    http.token("Top Executive")
    assert http.get(path, query_string={"doc": json.dumps(doc), "action": "Approve"}).status_code == 403
    response = http.post(path, json={"doc": doc, "action": "Approve"})
    assert response.status_code == 200, response.text
    row = db.db.get_value("Rule Waiver", waiting.name, ["workflow_state", "docstatus", "approved_by"])
    assert row == ("Approved", 1, user_for("Top Executive"))
    response = http.post(path, json={"doc": doc, "action": "Approve"})
    assert response.status_code == 417
    assert "Approved" in response.text


def test_bulk_action_tells_each_result(db, http, waiting):
    mine = waiver_in("Draft")
    db.db.commit()
    http.token("Top Executive")
    response = http.post(
        "/api/method/frappe.model.workflow.bulk_workflow_approval",
        json={
            "docnames": json.dumps([waiting.name, mine.name]),
            "doctype": "Rule Waiver",
            "action": "Approve",
        },
    )
    assert response.status_code == 200, response.text
    assert [(r["name"], r["ok"]) for r in response.json["message"]] == [
        (waiting.name, True),
        (mine.name, False),
    ]
    assert db.db.get_value("Rule Waiver", mine.name, "workflow_state") == "Draft"


def test_stale_decision_is_refused(db, http, waiting):
    """Who decides on what has changed since they opened it is told so."""
    http.token("Top Executive")
    doc = {"doctype": "Rule Waiver", "name": waiting.name, "modified": "2020-01-01 00:00:00.000000"}
    response = http.post(
        "/api/method/frappe.model.workflow.apply_workflow", json={"doc": doc, "action": "Approve"}
    )
    assert response.status_code == 417, response.text
    assert response.json["exc_type"] == "TimestampMismatchError"
    assert db.db.get_value("Rule Waiver", waiting.name, "workflow_state") == "Executive Approval"


@pytest.mark.clause("1.4")
def test_row_over_the_wire_is_refused(db, http):
    """A PUT on a child DocType saves the row past its document."""
    row = db.get_doc("Working Calendar", "Standard").shifts[0].name
    before = stored("Working Calendar Shift", row)
    http.token("Administrator")
    path = f"/api/resource/Working Calendar Shift/{row}"
    assert http.put(path, json={"end_time": "11:00:00"}).status_code == 417
    assert http.delete(path).status_code == 417
    assert stored("Working Calendar Shift", row) == before


@pytest.mark.clause("1.3")
def test_two_approvers_at_once(db, new_http, waiting):
    """One succeeds; the other is told what happened, and nothing happens twice."""
    import threading

    from hosts import in_thread

    clients = [new_http().token(user) for user in ("Top Executive", "Top Executive 2")]
    db.db.commit()
    together, answers = threading.Barrier(2), {}

    def approve(number: int, client):
        def send():
            together.wait(20)
            return client.client.post(
                "/api/method/frappe.model.workflow.apply_workflow",
                base_url=f"http://{client.site.name}",
                headers={
                    "X-Frappe-Site-Name": client.site.name,
                    "Accept": "application/json",
                    **client.headers,
                },
                json={"doc": {"doctype": "Rule Waiver", "name": waiting.name}, "action": "Approve"},
            )

        answers[number] = in_thread(send)

    threads = [threading.Thread(target=approve, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.db.rollback()
    assert sorted(answer.status_code for answer in answers.values()) == [200, 417]
    loser = next(answer for answer in answers.values() if answer.status_code == 417)
    assert "Approved" in loser.text
    steps = db.get_all("Approval Step", filters={"reference_name": waiting.name, "to_state": "Approved"})
    assert len(steps) == 1


@pytest.mark.clause("1.1")
def test_link_from_a_mail_acts_for_nobody(db, http, waiting):
    """Frappe's signed workflow links act without login and never expire; they are closed."""
    path = "/api/method/frappe.workflow.doctype.workflow_action.workflow_action.confirm_action"
    body = {
        "doctype": "Rule Waiver",
        "docname": waiting.name,
        "user": user_for("Top Executive"),
        "action": "Approve",
    }
    assert http.get(path, query_string=body).status_code == 403
    assert db.db.get_value("Rule Waiver", waiting.name, "workflow_state") == "Executive Approval"
