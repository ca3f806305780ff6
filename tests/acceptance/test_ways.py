"""The ways besides approving: countersign, pass on, return to a step, withdraw, remind (1.8 to 1.13)."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import pytest
from engine_tools import act, stored, waiver_in
from price_world import act as act_on_price
from price_world import draft, posted, reviewed

from hosts import as_user, user_for
from making import approved_supplier, evaluation, pass_survey, supplier, survey

REASON = "The drawing is of last year"
EXECUTIVE, SECOND = "Top Executive", "Top Executive 2"


def ways():
    """Return the module under test, imported once a site is there."""
    from erp_rules.rule_engine import ways as module

    return module


def at(doc) -> tuple[str, str]:
    return doc.doctype, doc.name


def state_of(doc) -> str:
    import frappe

    return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


def login(role: str) -> str:
    from hosts import who

    return who(role)


def countersign(doc, by: str, user: str, reason: str | None = REASON) -> str:
    with as_user(by):
        return ways().countersign(*at(doc), login(user), reason)


def pass_on(doc, by: str, user: str, reason: str | None = REASON) -> str:
    with as_user(by):
        return ways().pass_on(*at(doc), login(user), reason)


def answer(task: str, by: str, agreed: bool = True, opinion: str | None = None):
    with as_user(by):
        return ways().answer(task, agreed, opinion)


def inbox_of(role: str) -> dict[str, dict]:
    """Return the rows of somebody's inbox by document name."""
    from erp_rules.api.screens import inbox

    with as_user(role):
        return {row["name"]: row for row in inbox()}


def ways_of(doc, role: str) -> set[str]:
    import frappe

    with as_user(role):
        return set(ways().open_ways(frappe.get_doc(doc.doctype, doc.name)))


@contextlib.contextmanager
def refused(number: str, permission: bool = False, doc=None):
    """Expect a refusal in the name of clause `number` that leaves the document as it was."""
    from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation

    before = stored(doc.doctype, doc.name) if doc else None
    with pytest.raises(RulePermissionError if permission else RuleViolation) as error:
        yield
    assert f"({number})" in str(error.value)
    if doc:
        assert stored(doc.doctype, doc.name) == before


# --- 1.8 countersign -------------------------------------------------------------------------


@pytest.mark.clause("1.8")
def test_countersigner_reads_this_document_only_and_finds_it_in_the_inbox(db):
    asked, other = reviewed(), reviewed()
    with as_user("Warehouse Keeper"):
        assert not db.has_permission("Price Approval", "read", doc=asked.name)
    task = countersign(asked, EXECUTIVE, "Warehouse Keeper")
    with as_user("Warehouse Keeper"):
        assert db.has_permission("Price Approval", "read", doc=asked.name)
        assert not db.has_permission("Price Approval", "write", doc=asked.name)
        assert not db.has_permission("Price Approval", "read", doc=other.name)
    rows = inbox_of("Warehouse Keeper")
    assert rows[asked.name]["task"] == task
    assert rows[asked.name]["task_reason"] == REASON
    assert other.name not in rows
    assert inbox_of(EXECUTIVE)[asked.name]["task"] is None


@pytest.mark.clause("1.8")
def test_nobody_approves_while_a_countersignature_is_open(db):
    doc = reviewed(first=db.utils.getdate())
    task = countersign(doc, EXECUTIVE, "Warehouse Keeper")
    for role in (EXECUTIVE, SECOND):
        with refused("1.8", doc=doc):
            act(doc, "Approve", role)
    answer(task, "Warehouse Keeper", True, "Fine with me")
    assert act(doc, "Approve", SECOND).workflow_state == "Approved"
    found = db.get_doc("Approval Task", task)
    assert (found.status, found.opinion) == ("Agreed", "Fine with me")
    assert found.answered_at


@pytest.mark.clause("1.8")
def test_rejecting_stays_possible_and_ends_what_was_asked(db):
    doc = reviewed()
    task = countersign(doc, EXECUTIVE, "Warehouse Keeper")
    assert act(doc, "Reject", EXECUTIVE, reason=REASON).workflow_state == "Rejected"
    assert db.db.get_value("Approval Task", task, "status") == "Done"
    with as_user("Warehouse Keeper"):
        assert not db.has_permission("Price Approval", "read", doc=doc.name)
    assert doc.name not in inbox_of("Warehouse Keeper")
    with pytest.raises(db.PermissionError):
        answer(task, "Warehouse Keeper")
    assert db.db.get_value("Approval Task", task, "status") == "Done"


@pytest.mark.clause("1.8")
def test_a_refusal_does_not_decide_but_warns_the_approver(db):
    from erp_rules.api.screens import decision

    doc = reviewed(first=db.utils.getdate())
    task = countersign(doc, EXECUTIVE, "Warehouse Keeper")
    with refused("1.8", doc=doc):
        answer(task, "Warehouse Keeper", False, "  ")
    answer(task, "Warehouse Keeper", False, "Too dear")
    assert state_of(doc) == "Executive Approval"
    with as_user(EXECUTIVE):
        shown = decision(*at(doc))
    assert [w["message"] for w in shown["warnings"] if w["clause"] == "1.8"] == [
        f"{user_for('Warehouse Keeper')} declined to countersign: Too dear"
    ]
    told = [(t["to_user"], t["status"], t["opinion"]) for t in shown["tasks"]]
    assert told == [(user_for("Warehouse Keeper"), "Declined", "Too dear")]
    assert act(doc, "Approve", EXECUTIVE).workflow_state == "Approved"
    db.db.commit()
    events = db.get_all(
        "Rule Event", filters={"reference_name": doc.name, "clause": "1.8"}, fields=["outcome", "message"]
    )
    assert [e.message for e in events if e.outcome == "Warned"] == [
        f"{user_for('Warehouse Keeper')} declined to countersign: Too dear"
    ]


@pytest.mark.clause("1.8")
def test_who_asks_and_who_can_be_asked(db):
    doc = reviewed()
    for role in ("Purchaser", "Purchaser 2", "Finance Officer", "Internal Auditor"):
        with refused("1.8", permission=True, doc=doc):
            countersign(doc, role, "Warehouse Keeper")
    for role in ("Warehouse Keeper", "Receiving Clerk"):
        with pytest.raises(db.PermissionError):
            countersign(doc, role, "Engineer")
    for user in (EXECUTIVE, "Purchaser", "Administrator", "Guest", "nobody@demo.example"):
        with refused("1.8", doc=doc):
            countersign(doc, EXECUTIVE, user)
    with refused("1.13", doc=doc):
        countersign(doc, EXECUTIVE, "Engineer", "  ")
    assert not db.get_all("Approval Task", filters={"reference_name": doc.name})
    countersign(doc, EXECUTIVE, "Engineer")
    with refused("1.8", doc=doc):
        countersign(doc, SECOND, "Engineer")


@pytest.mark.clause("1.8")
def test_only_who_was_asked_answers_and_only_once(db):
    doc = reviewed()
    task = countersign(doc, EXECUTIVE, "Warehouse Keeper")
    for role in (EXECUTIVE, "Warehouse Keeper 2", "Purchaser", "Administrator"):
        with pytest.raises(db.PermissionError):
            answer(task, role)
    answer(task, "Warehouse Keeper")
    with refused("1.8", doc=doc):
        answer(task, "Warehouse Keeper", False, "No")
    assert db.db.get_value("Approval Task", task, "status") == "Agreed"


@pytest.mark.clause("1.8", "2.9")
@pytest.mark.parametrize("role", ["Warehouse Keeper", EXECUTIVE, "Rule Administrator", "Administrator"])
def test_tasks_are_kept_by_the_app(db, role):
    from erp_rules.rule_engine.errors import RuleViolation

    doc = reviewed()
    task = countersign(doc, EXECUTIVE, "Warehouse Keeper")
    with as_user(role):
        found = db.get_doc("Approval Task", task)
        found.status = "Agreed"
        with pytest.raises(RuleViolation):
            found.save(ignore_permissions=True)
        with pytest.raises(RuleViolation):
            db.delete_doc("Approval Task", task, ignore_permissions=True)
        with pytest.raises(RuleViolation):
            db.copy_doc(found).insert(ignore_permissions=True)
    assert db.db.get_value("Approval Task", task, "status") == "Open"


# --- 1.9 pass on -----------------------------------------------------------------------------


@pytest.mark.clause("1.9")
def test_passed_on_decision_changes_inboxes_and_others_may_still_act(db):
    doc = reviewed(first=db.utils.getdate())
    assert doc.name in inbox_of(EXECUTIVE)
    pass_on(doc, EXECUTIVE, SECOND)
    assert doc.name not in inbox_of(EXECUTIVE)
    assert doc.name in inbox_of(SECOND)
    pass_on(doc, SECOND, EXECUTIVE)
    assert doc.name in inbox_of(EXECUTIVE)
    assert doc.name not in inbox_of(SECOND)
    assert act(doc, "Approve", SECOND).workflow_state == "Approved"
    assert set(db.get_all("Approval Task", {"reference_name": doc.name}, pluck="status")) == {"Done"}


@pytest.mark.clause("1.9")
def test_decision_goes_only_to_somebody_who_may_take_it(db):
    doc = reviewed()
    for user in ("Engineer", "Finance Officer", "Purchaser", "nobody@demo.example", EXECUTIVE):
        with refused("1.9", doc=doc):
            pass_on(doc, EXECUTIVE, user)
    with refused("1.13", doc=doc):
        pass_on(doc, EXECUTIVE, SECOND, None)
    for role in ("Purchaser", "Finance Officer"):
        with refused("1.9", permission=True, doc=doc):
            pass_on(doc, role, SECOND)
    delegate(db, SECOND, "Engineer")
    task = pass_on(doc, EXECUTIVE, "Engineer")
    assert db.db.get_value("Approval Task", task, ["to_user", "kind"]) == (user_for("Engineer"), "Pass On")
    assert inbox_of("Engineer")[doc.name]["on_behalf_of"] == login(SECOND)


def delegate(db, principal: str, stand_in: str, role: str = EXECUTIVE) -> None:
    """Let `stand_in` act for `principal` now."""
    now = datetime.now().replace(microsecond=0)
    values = {
        "doctype": "Delegation",
        "from_user": login(principal),
        "to_user": login(stand_in),
        "from_time": now - timedelta(days=1),
        "to_time": now + timedelta(days=1),
        "reason": "Travelling",
        "roles": [{"role": role}],
    }
    with as_user(principal):
        db.get_doc(values).insert()


# --- 1.10 return to a step -------------------------------------------------------------------


@pytest.mark.clause("1.10")
def test_return_follows_signatures_deadlines_and_actions(db):
    doc = pass_survey(survey(supplier().name), 3)
    assert doc.quality_signed_by
    with as_user("Purchasing Manager"):
        back = ways().return_to(*at(doc), "Technical Review", REASON)
    assert back.workflow_state == "Technical Review"
    assert (back.technical_signed_by, back.quality_signed_by) == (None, None)
    step = db.get_all(
        "Approval Step",
        filters={"reference_name": doc.name},
        fields=["action", "from_state", "to_state", "user", "reason"],
        order_by="acted_at desc",
        limit=1,
    )
    assert step == [
        {
            "action": "Return",
            "from_state": "Approval",
            "to_state": "Technical Review",
            "user": user_for("Purchasing Manager"),
            "reason": REASON,
        }
    ]
    comments = db.get_all(
        "Comment", {"reference_name": doc.name, "comment_type": "Workflow"}, pluck="content"
    )
    assert any(REASON in content for content in comments)
    states = db.get_all(
        "Workflow Action", {"reference_name": doc.name, "status": "Open"}, pluck="workflow_state"
    )
    assert states == ["Technical Review"]
    assert doc.name in inbox_of("Engineer")
    again = act(act(back, "Pass", "Engineer"), "Pass", "Quality Inspector")
    assert again.quality_signed_by == user_for("Quality Inspector")


@pytest.mark.clause("1.10")
def test_return_opens_the_time_limit_again(db):
    doc = reviewed()
    open_limits = {"reference_name": doc.name, "status": "Open"}
    assert not db.get_all(
        "Deadline", {**open_limits, "clause": "4.2.4", "responsible_role": "Finance Officer"}
    )
    with as_user(EXECUTIVE):
        ways().return_to(*at(doc), "Finance Review", REASON)
    assert db.get_all("Deadline", {**open_limits, "clause": "4.2.4", "responsible_role": "Finance Officer"})
    assert not db.db.get_value("Price Approval", doc.name, "reviewed_by")


@pytest.mark.clause("1.10")
def test_only_who_may_reject_returns_and_only_along_the_way(db):
    doc = reviewed()
    for role in ("Purchaser", "Finance Officer", "Internal Auditor"):
        with refused("1.10", permission=True, doc=doc), as_user(role):
            ways().return_to(*at(doc), "Finance Review", REASON)
    for state in ("Approved", "Posted", "Executive Approval", "Rejected", "Change Draft", "Nowhere", ""):
        with refused("1.10", doc=doc), as_user(EXECUTIVE):
            ways().return_to(*at(doc), state, REASON)
    with refused("1.13", doc=doc), as_user(EXECUTIVE):
        ways().return_to(*at(doc), "Finance Review", " ")


@pytest.mark.clause("1.10")
def test_a_later_round_never_returns_into_an_earlier_one(db):
    doc = act_on_price(posted(first=db.utils.getdate()), "Start Change", "Purchaser")
    assert doc.workflow_state == "Change Draft"
    with as_user("Purchaser"):
        fresh = db.get_doc(*at(doc))
        quote = fresh.quotes[0]
        fresh.append(
            "changes",
            {
                "change_kind": "Price",
                "supplier": quote.supplier,
                "currency": "CNY",
                "new_rate": 9,
                "valid_from": db.utils.add_days(db.utils.getdate(), 1),
                "reason": "steel went down",
            },
        )
    assert ways().steps_back(db.get_doc(*at(doc))) == []


@pytest.mark.clause("1.10")
def test_a_submitted_document_does_not_go_back(db):
    waiver = waiver_in("Approved")
    assert ways().steps_back(db.get_doc(*at(waiver))) == []
    with refused("1.10", permission=True, doc=waiver), as_user(EXECUTIVE):
        ways().return_to(*at(waiver), "Executive Approval", REASON)


# --- 1.11 withdraw ---------------------------------------------------------------------------


@pytest.mark.clause("1.11")
def test_maker_withdraws_from_review_and_edits_again(db):
    doc = reviewed()
    with as_user("Purchaser"):
        back = ways().withdraw(*at(doc), REASON)
        assert back.workflow_state == "Draft"
        back.market_check = "9 to 12, exchange of this week"
        back.save()
    assert doc.name not in inbox_of(EXECUTIVE)
    assert db.db.get_value("Price Approval", doc.name, "reviewed_by") is None
    assert not db.get_all("Deadline", {"reference_name": doc.name, "status": "Open"})


@pytest.mark.clause("1.11")
def test_only_the_maker_withdraws_with_reason_and_not_after_effects(db):
    doc = reviewed()
    for role in ("Purchaser 2", EXECUTIVE, "Finance Officer", "Administrator"):
        with refused("1.11", permission=True, doc=doc), as_user(role):
            ways().withdraw(*at(doc), REASON)
    with refused("1.13", doc=doc), as_user("Purchaser"):
        ways().withdraw(*at(doc), "")
    priced = posted(first=db.utils.getdate())
    with refused("1.11", doc=priced), as_user("Purchaser"):
        ways().withdraw(*at(priced), REASON)
    with as_user("Purchaser"):
        ways().withdraw(*at(doc), REASON)
        with refused("1.11", doc=doc):
            ways().withdraw(*at(doc), REASON)


@pytest.mark.clause("1.11")
def test_admin_opens_and_closes_withdrawal_but_not_past_effects(db):
    control = db.get_doc("Document Control", "Price Approval")
    for row in control.states:
        row.may_withdraw = int(row.state == "Posted")
    control.save()
    waiting, priced = reviewed(), posted(first=db.utils.getdate())
    for doc in (waiting, priced):
        with refused("1.11", doc=doc), as_user("Purchaser"):
            ways().withdraw(*at(doc), REASON)


# --- 1.12 remind -----------------------------------------------------------------------------


@pytest.mark.clause("1.12")
def test_maker_reminds_once_an_hour_and_it_is_kept(db):
    doc = reviewed()
    with as_user("Purchaser"):
        people = ways().remind(*at(doc), "The offer ends on Friday")
    assert {login(EXECUTIVE), login(SECOND)} <= set(people)
    with refused("1.12", doc=doc), as_user("Purchaser"):
        ways().remind(*at(doc))
    assert "remind" not in ways_of(doc, "Purchaser")
    kept = db.get_all(
        "Approval Step", {"reference_name": doc.name, "action": "Remind"}, ["name", "user", "reason"]
    )
    assert [(row.user, row.reason) for row in kept] == [(user_for("Purchaser"), "The offer ends on Friday")]
    earlier = db.utils.add_to_date(db.utils.now_datetime(), minutes=-61)
    db.db.set_value("Approval Step", kept[0].name, "acted_at", earlier)
    with as_user("Purchaser"):
        assert ways().remind(*at(doc)) == people
    from erp_rules.rule_engine import history

    assert "Remind" not in [step["action"] for step in history.steps_of(*at(doc))]


@pytest.mark.clause("1.12")
def test_reminder_goes_to_whom_it_waits_for(db):
    doc = reviewed()
    pass_on(doc, EXECUTIVE, SECOND)
    with as_user("Purchaser"):
        assert ways().remind(*at(doc)) == [login(SECOND)]
    for role in ("Purchaser 2", EXECUTIVE, "Administrator"):
        with refused("1.12", permission=True, doc=doc), as_user(role):
            ways().remind(*at(doc))
    unsent = draft()
    with refused("1.12", doc=unsent), as_user("Purchaser"):
        ways().remind(*at(unsent))


# --- 1.13 reasons ----------------------------------------------------------------------------


@pytest.mark.clause("1.13")
def test_every_door_wants_the_reason_of_a_rejection(db):
    from frappe.model.workflow import apply_workflow as frappes_own

    from erp_rules.api import rules, screens
    from erp_rules.rule_engine import workflow

    doc = reviewed()
    named = {"doctype": doc.doctype, "name": doc.name}
    doors = [
        lambda: act(doc, "Reject", EXECUTIVE),
        lambda: workflow.apply_workflow(named, "Reject"),
        lambda: frappes_own(db.get_doc(*at(doc)), "Reject"),
        lambda: rules.act(*at(doc), "Reject", reason=" "),
        lambda: screens.act(*at(doc), "Reject"),
    ]
    for door in doors:
        with refused("1.13", doc=doc), as_user(EXECUTIVE):
            door()
    with as_user(EXECUTIVE):
        workflow.apply_workflow({**named, "__workflow_reason": REASON}, "Reject")
    assert state_of(doc) == "Rejected"


@pytest.mark.clause("1.13")
def test_a_rejection_back_to_draft_wants_it_too(db):
    doc = act(evaluation(approved_supplier().name), "Submit for Approval", "Purchaser")
    with refused("1.13", doc=doc):
        act(doc, "Reject", "Purchasing Manager")
    assert act(doc, "Reject", "Purchasing Manager", reason=REASON).workflow_state == "Draft"


@pytest.mark.clause("1.13")
def test_bulk_rejection_says_so_in_each_row(db, http):
    names = [waiver_in("Executive Approval").name for _ in range(2)]
    http.token(EXECUTIVE)
    path = "/api/method/erp_rules.api.screens.bulk_act"
    body = {"doctype": "Rule Waiver", "names": names, "action": "Reject"}
    answered = http.post(path, json=body).json["message"]
    assert [(row["ok"], "(1.13)" in row["message"]) for row in answered] == [(False, True)] * 2
    answered = http.post(path, json={**body, "reason": REASON}).json["message"]
    assert [row["ok"] for row in answered] == [True, True]


# --- who may what, over HTTP -----------------------------------------------------------------

ROLES = (
    "Purchaser",
    "Purchaser 2",
    "Finance Officer",
    EXECUTIVE,
    SECOND,
    "Warehouse Keeper",
    "Internal Auditor",
)
EXPECTED = {
    ("Draft", role): set() for role in ROLES
} | {
    ("Finance Review", role): set() for role in ROLES
} | {
    ("Executive Approval", role): set() for role in ROLES
} | {
    ("Finance Review", "Purchaser"): {"withdraw", "remind"},
    ("Finance Review", "Finance Officer"): {"countersign", "pass_on", "return_to"},
    ("Executive Approval", "Purchaser"): {"withdraw", "remind"},
    ("Executive Approval", EXECUTIVE): {"countersign", "pass_on", "return_to"},
    ("Executive Approval", SECOND): {"countersign", "pass_on", "return_to"},
}  # fmt: skip
BODIES = {
    "countersign": {"user": user_for("Engineer"), "reason": REASON},
    "pass_on": {"user": user_for("Engineer"), "reason": REASON},
    "return_to": {"state": "Draft", "reason": REASON},
    "withdraw": {"reason": REASON},
    "remind": {"reason": REASON},
}
SCREENS = "/api/method/erp_rules.api.screens."


def made(state: str):
    doc = draft()
    for action, role in (("Submit for Review", "Purchaser"), ("Pass", "Finance Officer")):
        if state_of(doc) == state:
            return doc
        doc = act_on_price(doc, action, role)
    return doc


@pytest.mark.clause("1.8", "1.9", "1.10", "1.11", "1.12")
@pytest.mark.parametrize("state", ["Draft", "Finance Review", "Executive Approval"])
def test_offered_ways_and_refused_calls_by_role(db, new_http, state):
    doc = made(state)
    for role in ROLES:
        offered = ways_of(doc, role)
        assert offered == EXPECTED[state, role], role
        caller = new_http()
        caller.token(role)
        before = stored(*at(doc))
        for way, body in BODIES.items():
            if way not in offered:
                response = caller.post(SCREENS + way, json={"doctype": doc.doctype, "name": doc.name, **body})
                assert response.status_code in (403, 417), (role, way, response.text)
        assert stored(*at(doc)) == before
    assert not db.get_all("Approval Task", {"reference_name": doc.name})


@pytest.mark.clause("1.8")
def test_endpoints_are_post_only_typed_and_for_users(db, http):
    doc = made("Executive Approval")
    named = {"doctype": doc.doctype, "name": doc.name}
    assert http.post(SCREENS + "remind", json=named).status_code in (401, 403)
    http.token(EXECUTIVE)
    for way, body in BODIES.items():
        assert http.get(SCREENS + way, query_string={**named, **body}).status_code == 403, way
        wrong = {**named, **body, "name": ["x"]}
        assert http.post(SCREENS + way, json=wrong).status_code == 417, way
    body = {**named, "user": user_for("Warehouse Keeper"), "reason": REASON}
    assert "message" in http.post(SCREENS + "countersign", json=body).json["message"]
    task = db.db.get_value("Approval Task", {"reference_name": doc.name}, "name")
    http.token("Warehouse Keeper")
    assert http.post(SCREENS + "answer", json={"task": task, "agreed": "perhaps"}).status_code == 417
    shown = http.get(SCREENS + "decision", query_string=named).json["message"]
    assert [row["is_mine"] for row in shown["tasks"]] == [True]
    assert shown["ways"] == []
    said = http.post(SCREENS + "answer", json={"task": task, "agreed": True, "opinion": "Yes"})
    assert said.status_code == 200, said.text
    assert db.db.get_value("Approval Task", task, "status") == "Agreed"


@pytest.mark.clause("1.10", "1.11")
def test_a_stale_version_is_refused(db, http):
    doc = made("Executive Approval")
    old = "2020-01-01 00:00:00.000000"
    named = {"doctype": doc.doctype, "name": doc.name, "reason": REASON, "modified": old}
    http.token(EXECUTIVE)
    response = http.post(SCREENS + "return_to", json={**named, "state": "Draft"})
    assert (response.status_code, response.json["exc_type"]) == (417, "TimestampMismatchError")
    http.token("Purchaser")
    response = http.post(SCREENS + "withdraw", json=named)
    assert (response.status_code, response.json["exc_type"]) == (417, "TimestampMismatchError")
    assert state_of(doc) == "Executive Approval"


@pytest.mark.clause("1.10", "1.11")
def test_of_two_at_once_one_succeeds(db, site):
    import threading

    doc = made("Executive Approval")
    db.db.commit()
    outcomes, gate = [], threading.Barrier(2)

    def run(role, call):
        import frappe

        site.connect()
        try:
            with as_user(role):
                gate.wait(30)
                call()
                frappe.db.commit()
                outcomes.append("done")
        except frappe.ValidationError as error:
            frappe.db.rollback()
            outcomes.append(type(error).__name__)
        except frappe.PermissionError as error:
            frappe.db.rollback()
            outcomes.append(type(error).__name__)
        finally:
            site.disconnect()

    calls = [
        ("Purchaser", lambda: ways().withdraw(*at(doc), REASON)),
        (EXECUTIVE, lambda: ways().return_to(*at(doc), "Finance Review", REASON)),
    ]
    threads = [threading.Thread(target=run, args=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.db.rollback()
    # withdrawing after the return is still possible from Finance Review; returning after the withdrawal is not
    assert sorted(outcomes) in (["RulePermissionError", "done"], ["done", "done"])
    assert state_of(doc) == "Draft"
    moves = db.get_all("Approval Step", {"reference_name": doc.name, "action": "Withdraw"})
    assert len(moves) == 1


# --- a stand-in without read permission of their own -----------------------------------------


@pytest.mark.clause("2.8")
def test_stand_in_sees_and_decides_through_the_screens(db, http):
    doc = made("Executive Approval")
    named = {"doctype": doc.doctype, "name": doc.name}
    http.token("Warehouse Keeper")
    assert http.get(SCREENS + "decision", query_string=named).status_code == 403
    delegate(db, EXECUTIVE, "Warehouse Keeper")
    db.db.commit()
    try:
        shown = http.get(SCREENS + "decision", query_string=named)
        assert shown.status_code == 200, shown.text
        opened = shown.json["message"]["opened"]
        assert {(t["action"], t["on_behalf_of"]) for t in opened["transitions"]} == {
            ("Approve", user_for(EXECUTIVE)),
            ("Reject", user_for(EXECUTIVE)),
        }
        read = db.get_all(
            "Access Log", {"reference_document": doc.name, "user": user_for("Warehouse Keeper")}, ["page"]
        )
        assert [row.page for row in read] == [f"on behalf of {user_for(EXECUTIVE)}"]
        attached = db.get_doc(
            {
                "doctype": "File",
                "file_name": "offer.txt",
                "content": "ten boxes",
                "is_private": 1,
                "attached_to_doctype": doc.doctype,
                "attached_to_name": doc.name,
            }
        ).insert(ignore_permissions=True)
        files = http.get(SCREENS + "decision", query_string=named).json["message"]["attachments"]
        address = next(file["file_url"] for file in files if file["name"] == attached.name)
        assert http.get(address).get_data(as_text=True) == "ten boxes"
        assert http.get(attached.file_url).status_code == 403
        other = {"doctype": doc.doctype, "name": doc.name, "file": "nothing"}
        assert http.get(SCREENS + "attachment", query_string=other).status_code == 404
        body = {**named, "action": "Reject", "reason": REASON, "on_behalf_of": user_for(EXECUTIVE)}
        assert http.post(SCREENS + "act", json=body).status_code == 200
        assert state_of(doc) == "Rejected"
        assert http.get(SCREENS + "decision", query_string=named).status_code == 403
    finally:
        for name in db.get_all("Delegation", {"to_user": user_for("Warehouse Keeper")}, pluck="name"):
            end = db.utils.add_to_date(db.utils.now_datetime(), seconds=-1)
            db.db.set_value("Delegation", name, "to_time", end)
        db.db.commit()


# --- a workflow that an administrator adds ---------------------------------------------------


@pytest.fixture
def bare_workflow(db):
    """A DocType with an active workflow and no control record, as when an administrator adds the workflow."""
    from erp_rules.rule_engine import scope

    db.db.delete("Document Control State", {"parent": "Supplier Evaluation"})
    db.db.delete("Document Control", {"name": "Supplier Evaluation"})
    scope.forget()
    yield
    db.db.rollback()
    scope.forget()


@pytest.mark.clause("1.1", "1.4", "1.5")
def test_a_workflow_without_control_record_is_guarded(db, bare_workflow):
    from erp_rules.rule_engine.errors import RuleViolation

    doc = evaluation(approved_supplier().name)
    with as_user("Purchaser"):
        fresh = db.get_doc(*at(doc))
        fresh.cooperation_score = 98
        fresh.save()
    doc = act(doc, "Submit for Approval", "Purchaser")
    before = stored(*at(doc))
    for values in ({"cooperation_score": 50}, {"workflow_state": "Draft"}):
        with as_user("Purchaser"), pytest.raises(RuleViolation):
            fresh = db.get_doc(*at(doc))
            fresh.update(values)
            fresh.save()
    assert stored(*at(doc)) == before
    assert act(doc, "Approve", "Purchasing Manager").workflow_state == "Approved"


@pytest.mark.clause("1.1")
def test_the_state_is_kept_where_the_guard_looks(db):
    from erp_rules.rule_engine.errors import RuleViolation

    definition = db.get_doc("Workflow", {"document_type": "Supplier Evaluation"})
    definition.workflow_state_field = "remarks"
    with pytest.raises(RuleViolation):
        definition.save()
