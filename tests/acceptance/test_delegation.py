"""Delegation: on behalf of somebody, for a time, and self-approval counts for both (2.8, 1.3)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from engine_tools import act, waiver_in

from hosts import as_user, user_for

EXECUTIVE, STAND_IN = "Top Executive", "Engineer"


def delegate(**values):
    """Insert a delegation from the executive to the engineer that holds now."""
    import frappe

    now = datetime.now().replace(microsecond=0)
    doc = frappe.new_doc("Delegation")
    doc.update(
        {
            "from_user": user_for(EXECUTIVE),
            "to_user": user_for(STAND_IN),
            "from_time": now - timedelta(days=3),
            "to_time": now + timedelta(days=3),
            "reason": "Travelling",
        }
    )
    roles = values.pop("roles", [EXECUTIVE])
    by = values.pop("by", EXECUTIVE)
    doc.update(values)
    for role in roles:
        doc.append("roles", {"role": role})
    with as_user(by):
        return doc.insert()


@pytest.fixture(autouse=True)
def roles_as_stored(db):
    """Forget the roles that were cached while a test had changed them."""
    yield
    db.db.rollback()
    for role in (EXECUTIVE, STAND_IN):
        db.clear_cache(user=user_for(role))


@pytest.mark.clause("2.8")
def test_stand_in_acts_on_behalf_and_the_log_says_so(db):
    waiver = waiver_in("Executive Approval")
    delegate()
    done = act(waiver, "Approve", STAND_IN, reason="As agreed by phone")
    assert (done.workflow_state, done.docstatus) == ("Approved", 1)
    assert done.modified_by == user_for(STAND_IN)
    step = db.get_all(
        "Approval Step",
        filters={"reference_name": waiver.name, "to_state": "Approved"},
        fields=["user", "on_behalf_of", "reason", "action"],
    )
    assert step == [
        {
            "user": user_for(STAND_IN),
            "on_behalf_of": user_for(EXECUTIVE),
            "reason": "As agreed by phone",
            "action": "Approve",
        }
    ]
    comment = db.get_all(
        "Comment",
        filters={"reference_name": waiver.name, "comment_type": "Workflow"},
        fields=["content", "comment_email"],
        order_by="creation desc",
        limit=1,
    )[0]
    assert f"on behalf of {user_for(EXECUTIVE)}" in comment["content"]
    assert comment["comment_email"] == user_for(STAND_IN)
    version = db.get_all(
        "Version", filters={"docname": waiver.name}, fields=["owner", "data"], order_by="creation desc"
    )
    assert version[0]["owner"] == user_for(STAND_IN)


@pytest.mark.clause("2.8")
def test_stand_in_sees_the_action(db):
    from erp_rules.rule_engine import workflow

    waiver = waiver_in("Executive Approval")
    with as_user(STAND_IN):
        assert workflow.transitions_of(db.get_doc("Rule Waiver", waiver.name)) == []
    delegate()
    with as_user(STAND_IN):
        offered = workflow.transitions_of(db.get_doc("Rule Waiver", waiver.name))
    assert {(t["action"], t["on_behalf_of"]) for t in offered} == {
        ("Approve", user_for(EXECUTIVE)),
        ("Reject", user_for(EXECUTIVE)),
    }


@pytest.mark.clause("2.8")
@pytest.mark.parametrize(("start", "end"), [(-5, -1), (1, 5)])
def test_delegation_holds_only_in_its_time(db, start, end):
    from erp_rules.rule_engine.errors import RulePermissionError

    now = datetime.now()
    waiver = waiver_in("Executive Approval")
    delegate(from_time=now + timedelta(days=start), to_time=now + timedelta(days=end))
    with pytest.raises(RulePermissionError):
        act(waiver, "Approve", STAND_IN)


@pytest.mark.clause("2.8")
def test_delegation_ends_with_the_role_of_its_principal(db):
    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = waiver_in("Executive Approval")
    delegate()
    user = db.get_doc("User", user_for(EXECUTIVE))
    user.set("roles", [row for row in user.roles if row.role != EXECUTIVE])
    user.save()
    with pytest.raises(RulePermissionError):
        act(waiver, "Approve", STAND_IN)


@pytest.mark.clause("1.3")
def test_self_approval_counts_for_the_stand_in(db):
    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = waiver_in("Executive Approval", by=STAND_IN)
    delegate()
    with pytest.raises(RulePermissionError) as error:
        act(waiver, "Approve", STAND_IN)
    assert "(1.3)" in str(error.value)
    assert db.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Executive Approval"


@pytest.mark.clause("1.3")
def test_self_approval_counts_for_the_principal(db):
    from erp_rules.rule_engine.errors import RulePermissionError

    user = db.get_doc("User", user_for(EXECUTIVE))
    user.append("roles", {"role": "Purchaser"})
    user.save()
    waiver = waiver_in("Executive Approval", by=EXECUTIVE)
    delegate()
    with pytest.raises(RulePermissionError) as error:
        act(waiver, "Approve", STAND_IN)
    assert user_for(EXECUTIVE) in str(error.value)


@pytest.mark.clause("2.8")
def test_what_cannot_be_delegated(db):
    from erp_rules.rule_engine.errors import RuleViolation

    now = datetime.now()
    wrong = [
        {"by": STAND_IN},
        {"to_user": user_for(EXECUTIVE)},
        {"roles": ["Finance Manager"]},
        {"to_time": now - timedelta(days=9)},
    ]
    count = db.db.count("Delegation")
    for values in wrong:
        db.clear_messages()
        with pytest.raises(RuleViolation) as error:
            delegate(**values)
        assert "(2.8)" in str(error.value), values
    db.db.rollback()
    assert db.db.count("Delegation") == count


@pytest.mark.clause("2.8")
def test_begun_delegation_can_only_be_ended(db):
    from erp_rules.rule_engine.errors import RuleViolation

    now = datetime.now().replace(microsecond=0)
    name = delegate().name
    for values in ({"to_user": user_for("Planner")}, {"to_time": now + timedelta(days=30)}):
        with as_user(EXECUTIVE):
            doc = db.get_doc("Delegation", name)
            doc.update(values)
            with pytest.raises(RuleViolation):
                doc.save()
    with as_user(EXECUTIVE):
        doc = db.get_doc("Delegation", name)
        doc.to_time = now - timedelta(minutes=1)
        doc.save()
    waiver = waiver_in("Executive Approval")
    with pytest.raises(db.PermissionError):
        act(waiver, "Approve", STAND_IN)


@pytest.mark.clause("2.8")
def test_over_the_wire_on_behalf_of(db, http):
    waiver = waiver_in("Executive Approval")
    delegation = delegate()
    http.token(STAND_IN)
    response = http.post(
        "/api/method/frappe.model.workflow.apply_workflow",
        json={"doc": {"doctype": "Rule Waiver", "name": waiver.name}, "action": "Approve"},
    )
    assert response.status_code == 200, response.text
    assert db.db.get_value("Rule Waiver", waiver.name, "docstatus") == 1
    db.db.set_value("Delegation", delegation.name, "to_time", datetime.now() - timedelta(days=1))
    db.db.commit()


@pytest.mark.clause("2.8")
def test_stand_in_without_own_permission_sees_what_to_decide(db, http):
    """Who acts for somebody may read what is to be decided, and only that, and only while they do."""
    from hosts import make_user, unique

    login = make_user(f"{unique('assistant').lower()}@demo.example")
    waiver, settled = waiver_in("Executive Approval"), waiver_in("Rejected")
    path = "/api/method/erp_rules.api.rules.transitions"
    query = {"doctype": "Rule Waiver", "name": waiver.name}
    http.token(login)
    assert http.get(path, query_string=query).status_code == 403
    delegation = delegate(to_user=login)
    response = http.get(path, query_string=query)
    assert response.status_code == 200, response.text
    assert {t["action"] for t in response.json["message"]} == {"Approve", "Reject"}
    assert http.get(path, query_string={**query, "name": settled.name}).status_code == 403
    body = {**query, "action": "Approve"}
    assert http.post("/api/method/erp_rules.api.rules.act", json=body).status_code == 200
    db.db.set_value("Delegation", delegation.name, "to_time", datetime.now() - timedelta(days=1))
    db.db.commit()


@pytest.mark.clause("2.8")
def test_delegations_are_seen_by_all_and_written_by_their_owner(db):
    name = delegate().name
    with as_user("Planner"):
        doc = db.get_doc("Delegation", name)
        doc.check_permission("read")
        doc.reason = "Changed by somebody else"
        with pytest.raises(db.PermissionError):
            doc.save()
    with as_user(EXECUTIVE):
        doc = db.get_doc("Delegation", name)
        doc.reason = "Travelling until Friday"
        doc.save()
