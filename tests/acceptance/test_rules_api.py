"""What screens ask the engine: open points, actions with reasons, steps; permission first."""

from __future__ import annotations

from engine_tools import draft_waiver, waiver_in

from hosts import user_for

PATH = "/api/method/erp_rules.api.rules."


def named(doc) -> dict:
    return {"doctype": doc.doctype, "name": doc.name}


def test_open_points_of_a_draft(db, http):
    waiver = draft_waiver(evidence=None)
    http.token("Purchaser")
    response = http.get(PATH + "open_points", query_string=named(waiver))
    assert response.status_code == 200, response.text
    points = [(p["clause"], p["fieldname"], p["blocks"]) for p in response.json["message"]]
    assert points == [("2.4", "evidence", True)]
    since = {"reference_name": waiver.name, "event_time": [">=", waiver.creation]}
    assert not db.get_all("Rule Event", filters=since)


def test_actions_and_reasons(db, http):
    waiver = waiver_in("Executive Approval")
    http.token("Purchaser")
    assert http.get(PATH + "transitions", query_string=named(waiver)).json["message"] == []
    http.token("Top Executive")
    offered = http.get(PATH + "transitions", query_string=named(waiver)).json["message"]
    assert {(t["action"], t["needs_reason"]) for t in offered} == {("Approve", False), ("Reject", True)}
    refused = http.post(PATH + "act", json={**named(waiver), "action": "Reject", "reason": "  "})
    assert refused.status_code == 417
    done = http.post(PATH + "act", json={**named(waiver), "action": "Reject", "reason": "Too <b>late</b>"})
    assert done.status_code == 200, done.text
    steps = http.get(PATH + "steps", query_string=named(waiver)).json["message"]
    assert [(s["to_state"], s["user"]) for s in steps][-1] == ("Rejected", user_for("Top Executive"))
    assert steps[-1]["reason"] == "Too <b>late</b>"
    comment = db.get_all(
        "Comment", filters={"reference_name": waiver.name, "comment_type": "Workflow"}, pluck="content"
    )
    assert any("&lt;b&gt;" in content for content in comment)


def test_writes_need_post_and_reading_needs_permission(db, http):
    waiver = waiver_in("Executive Approval")
    http.token("Top Executive")
    assert http.get(PATH + "act", query_string={**named(waiver), "action": "Approve"}).status_code == 403
    body = {**named(waiver), "action": ["Approve"]}
    assert http.post(PATH + "act", json=body).status_code == 417
    assert http.get(PATH + "steps", query_string={"doctype": "User", "name": "Guest"}).status_code == 404
    http.headers.pop("Authorization")
    assert http.get(PATH + "steps", query_string=named(waiver)).status_code == 403
    assert db.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Executive Approval"
