"""Who may do what with a price approval in each state, through every door, and what stays unchanged."""

from __future__ import annotations

import json
from datetime import date

import price_world as world
import pytest

import hosts

FIRST = date(2026, 1, 1)
ACTIONS = (
    "Submit for Review",
    "Pass",
    "Approve",
    "Post",
    "Reject",
    "Revise",
    "Start Change",
    "Withdraw Change",
    "Return for Confirmation",
)
ALLOWED = {
    "Draft": {("Submit for Review", "Purchaser"): "Finance Review"},
    "Finance Review": {
        ("Pass", "Finance Officer"): "Executive Approval",
        ("Reject", "Finance Officer"): "Rejected",
    },
    "Executive Approval": {
        ("Approve", "Top Executive"): "Approved",
        ("Reject", "Top Executive"): "Rejected",
    },
    "Approved": {("Post", "Finance Officer"): "Posted"},
    "Posted": {
        ("Start Change", "Purchaser"): "Change Draft",
        ("Return for Confirmation", "Finance Officer"): "Change Draft",
    },
    "Rejected": {("Revise", "Purchaser"): "Draft"},
    "Change Draft": {
        ("Submit for Review", "Purchaser"): "Finance Review",
        ("Withdraw Change", "Purchaser"): "Posted",
    },
}


def in_state(state: str):
    """Return a price approval in this state whose next steps are all possible."""
    if state == "Draft":
        return world.draft()
    if state == "Rejected":
        return world.act(
            world.act(world.draft(), "Submit for Review", "Purchaser"), "Reject", "Finance Officer"
        )
    if state == "Finance Review":
        return world.act(world.draft(), "Submit for Review", "Purchaser")
    if state == "Executive Approval":
        return world.reviewed(first=FIRST)
    if state == "Approved":
        return world.approved(first=FIRST)
    doc = world.posted(FIRST)
    if state == "Change Draft":
        row = {
            "change_kind": "Price",
            "supplier": doc.quotes[0].supplier,
            "new_rate": 10,
            "valid_from": "2026-03-01",
        }
        doc = world.change(doc, row)
    return doc


@pytest.mark.clause("1.1")
@pytest.mark.clause("4.2.4")
@pytest.mark.parametrize("state", list(ALLOWED))
def test_each_action_is_one_roles_in_one_state(db, state):
    doc = in_state(state)
    assert doc.workflow_state == state
    before = world.stored(doc)
    allowed = {}
    for role in (*hosts.ROLES, "Guest"):
        for action in ACTIONS:
            db.db.savepoint("attempt")
            try:
                after = world.act(doc, action, role)
            except (db.PermissionError, db.ValidationError):
                assert world.stored(doc) == before
            else:
                allowed[(action, role)] = after.workflow_state
            db.db.rollback(save_point="attempt")
            hosts.forget_request_state()
    assert allowed == ALLOWED[state]


TAMPERED = {
    "workflow_state": "Posted",
    "docstatus": 1,
    "item": "another",
    "market_check": "changed",
    "quotes": [],
    "changes": [{"change_kind": "Price", "supplier": "S", "new_rate": 1, "status": "Posted", "reason": "x"}],
    "valid_from": "2026-02-02",
    "valid_to": "2026-03-03",
    "approved_by": "top.executive.2@demo.example",
    "posted_at": "2026-01-01 00:00:00",
    "approved_for": "top.executive.2@demo.example",
    "content_editor": "purchaser.2@demo.example",
    "judged_by": "{}",
    "prices_end_on": "2030-01-01",
    "change_no": 9,
    "approval_key": "mine",
    "requester": "purchaser.2@demo.example",
    "finance_opinion": "fine",
    "executive_opinion": "fine",
}
OPEN_FIELDS = {
    ("Draft", "Purchaser"): {"market_check", "quotes", "requester"},
    ("Finance Review", "Finance Officer"): {"finance_opinion"},
    ("Executive Approval", "Top Executive"): {"valid_from", "valid_to", "executive_opinion"},
    ("Change Draft", "Purchaser"): {"market_check"},
}
RECOMPUTED = {"approval_key", "change_no"}
EDITORS = {"Finance Review": "Finance Officer", "Executive Approval": "Top Executive"}
OTHERS = ("Purchaser", "Finance Officer", "Top Executive", "Purchasing Manager", "Engineer")


@pytest.mark.clause("1.1")
@pytest.mark.clause("1.4")
@pytest.mark.parametrize("state", list(ALLOWED))
def test_tampered_payloads_change_nothing_over_rest(db, http, state):
    doc = in_state(state)
    path = f"/api/resource/Price Approval/{doc.name}"
    another = world.item()
    db.db.commit()
    before = world.stored(doc)
    editor = EDITORS.get(state, "Purchaser")
    attempts = [(editor, fieldname) for fieldname in TAMPERED]
    attempts += [(role, "market_check") for role in OTHERS if role != editor]
    attempts += [(role, "workflow_state") for role in OTHERS if role != editor]
    for role in (editor, *(role for role in OTHERS if role != editor)):
        http.token(role)
        for fieldname in [fieldname for who, fieldname in attempts if who == role]:
            value = TAMPERED[fieldname]
            if fieldname in OPEN_FIELDS.get((state, role), ()):
                continue
            payload = {fieldname: another if fieldname == "item" else value}
            response = http.put(path, json=payload)
            is_recomputed = fieldname in RECOMPUTED and (state, role) in OPEN_FIELDS
            if is_recomputed and response.status_code == 200:
                assert db.db.get_value(world.APPROVAL, doc.name, fieldname) == before[fieldname]
                continue
            if (state, role, fieldname) == ("Draft", "Purchaser", "item"):
                assert response.status_code == 200
                http.put(path, json={"item": doc.item})
                continue
            assert response.status_code in (403, 417), (role, fieldname, response.text)
            after = world.stored(doc)
            unchanged = {key: value for key, value in after.items() if key not in ("modified", "modified_by")}
            expected = {key: value for key, value in before.items() if key not in ("modified", "modified_by")}
            assert _without_times(unchanged) == _without_times(expected), (role, fieldname)


def _without_times(values: dict) -> str:
    rows = json.loads(json.dumps(values, default=str))
    for table in ("quotes", "changes"):
        for row in rows.get(table, []):
            row.pop("modified", None)
            row.pop("modified_by", None)
    return json.dumps(rows, sort_keys=True)


@pytest.mark.clause("1.3")
@pytest.mark.parametrize("door", ["action", "python", "bulk", "put", "client"])
def test_nobody_approves_an_approval_they_wrote(db, http, door):
    login = f"{hosts.unique('both').lower()}@demo.example"
    hosts.make_user(login, "Purchaser", "Finance Officer", "Top Executive")
    doc = world.draft(role=login)
    doc = world.act(doc, "Submit for Review", login)
    db.db.commit()
    before = world.stored(doc)
    named = {"doctype": world.APPROVAL, "name": doc.name}
    if door == "python":
        from frappe.model.workflow import apply_workflow

        with hosts.as_user(login), pytest.raises((db.PermissionError, db.ValidationError)):
            apply_workflow(db.get_doc(world.APPROVAL, doc.name), "Pass")
        db.db.rollback()
    else:
        http.token(login)
        calls = {
            "action": lambda: http.post(
                "/api/method/frappe.model.workflow.apply_workflow",
                json={"doc": json.dumps(named), "action": "Pass"},
            ),
            "bulk": lambda: http.post(
                "/api/method/frappe.model.workflow.bulk_workflow_approval",
                json={"docnames": json.dumps([doc.name]), "doctype": world.APPROVAL, "action": "Pass"},
            ),
            "put": lambda: http.put(
                f"/api/resource/Price Approval/{doc.name}", json={"workflow_state": "Executive Approval"}
            ),
            "client": lambda: http.post(
                "/api/method/frappe.client.set_value",
                json={**named, "fieldname": "workflow_state", "value": "Executive Approval"},
            ),
        }
        response = calls[door]()
        assert door == "bulk" or response.status_code in (403, 417), response.text
    assert world.stored(doc) == before
    assert world.act(doc, "Pass", "Finance Officer").workflow_state == "Executive Approval"


def test_a_stale_form_is_refused_and_nothing_is_lost(db, http):
    doc = world.draft()
    opened = str(doc.modified)
    world.edit(doc, "Purchaser", market_check="somebody else was faster")
    before = world.stored(doc)
    http.token("Purchaser")
    response = http.put(
        f"/api/resource/Price Approval/{doc.name}", json={"market_check": "mine", "modified": opened}
    )
    assert response.status_code == 417
    assert response.json["exc_type"] == "TimestampMismatchError"
    assert world.stored(doc) == before


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"item": "no such item"}, "LinkValidationError"),
        ({"price_kind": "Rental"}, "ValidationError"),
        ({"half_year_demand": -1}, "NonNegativeError"),
        ({"operation": "x" * 41, "price_kind": "Subcontract"}, "CharacterLengthExceededError"),
        ({"quotes": [{"supplier": "nobody", "currency": "CNY", "rate": 1}]}, "LinkValidationError"),
        ({"quotes": [{"currency": "CNY", "rate": 1}]}, "MandatoryError"),
        ({"form_date": "the day before"}, None),
        ({"workflow_state": "Posted"}, "RuleViolation"),
        ({"docstatus": 1}, "PermissionError"),
        ({"approved_by": "top.executive@demo.example"}, "RuleViolation"),
        ({"valid_from": "2026-01-01"}, "RuleViolation"),
    ],
)
def test_bad_input_makes_no_document(db, http, wrong, error):
    values = {**world.values(), **wrong}
    db.db.commit()
    before = db.db.count(world.APPROVAL)
    response = http.token("Purchaser").post("/api/resource/Price Approval", json=values)
    assert response.status_code in (403, 404, 417, 500), response.text
    if error:
        assert response.json["exc_type"] == error, response.text
    assert db.db.count(world.APPROVAL) == before


def test_other_roles_do_not_see_prices(db, http):
    doc = world.posted(FIRST)
    for role, status in (("Engineer", 403), ("Warehouse Keeper", 403), ("Internal Auditor", 200)):
        http.token(role)
        assert http.get(f"/api/resource/Price Approval/{doc.name}").status_code == status
        assert http.get("/api/resource/Item Supplier Price").status_code == status
        called = http.get(
            "/api/method/erp_rules.api.prices.comparison", query_string={"price_approval": doc.name}
        )
        assert called.status_code == status
    assert (
        http.post("/api/method/erp_rules.api.prices.renew", json={"price_approval": doc.name}).status_code
        == 403
    )
    assert (
        http.get(
            "/api/method/erp_rules.api.prices.renew", query_string={"price_approval": doc.name}
        ).status_code
        == 403
    )


@pytest.mark.clause("4.2.7")
@pytest.mark.parametrize("role", ["Purchaser", "Finance Officer", "Top Executive"])
def test_price_rows_have_no_door(db, http, role):
    doc = world.posted(FIRST)
    name = db.get_all(world.PRICE, {"price_approval": doc.name}, pluck="name")[0]
    row = db.get_doc(world.PRICE, name)
    before = world.stored(row)
    http.token(role)
    path = f"/api/resource/Item Supplier Price/{name}"
    new = {
        key: before[key] for key in ("item", "supplier", "price_kind", "currency", "rate", "price_approval")
    }
    assert http.put(path, json={"rate": 1}).status_code in (403, 417)
    assert http.put(path, json={"valid_to": "2026-02-01"}).status_code in (403, 417)
    assert http.delete(path).status_code in (403, 417)
    created = http.post(
        "/api/resource/Item Supplier Price",
        json={**new, "valid_from": "2027-01-01", "valid_to": "2027-02-01"},
    )
    assert created.status_code in (403, 417)
    assert world.stored(row) == before
    assert db.db.count(world.PRICE, {"price_approval": doc.name}) == 1
