"""An issued order changes by a change order only, and a change order only by its actions, whatever the door (4.5.1)."""

import json

import change_world as world
import order_world as ordering
import price_world as prices
import pytest

import hosts


@pytest.fixture
def order(db):
    """An issued order of two rows, as everybody sees it."""
    made = world.issued((100, 10), (50, 2))
    db.db.commit()
    return made


ROLES = ("Purchaser", "Purchasing Manager", "Finance Officer", "Division Head", "Top Executive", "Planner")


def tampered(order) -> list[dict]:
    """Return what an attacker would send: each term of an issued order, alone."""
    rows = [row.as_dict() for row in order.items]
    for row in rows:
        for name in ("creation", "modified"):
            row[name] = str(row[name])
        row["required_date"] = str(row["required_date"])

    def with_first(**values):
        return {"items": [{**rows[0], **values}, rows[1]]}

    return [
        with_first(qty=10),
        with_first(rate=1),
        with_first(required_date=str(ordering.days(90))),
        with_first(item=rows[1]["item"]),
        with_first(received_qty=100),
        with_first(closed_qty=100),
        {"items": rows[:1]},
        {"items": [*rows, {"item": rows[0]["item"], "qty": 5, "required_date": str(ordering.days(9))}]},
        {"supplier": prices.supplier()},
        {"currency": "USD"},
        {"workflow_state": "Closed"},
        {"docstatus": 2},
        {"closed_by_change": None, "replaced_by": order.name},
    ]


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("door", ["put", "client_save"])
def test_an_issued_order_keeps_its_terms_over_rest(db, http, order, role, door):
    payloads = tampered(order)
    db.db.commit()
    before = prices.stored(order)
    http.token(role)
    for payload in payloads:
        if door == "put":
            answer = http.put(f"/api/resource/Purchase Order/{order.name}", json=payload)
        else:
            whole = json.loads(json.dumps({**before, **payload}, default=str))
            answer = http.post("/api/method/frappe.client.save", json={"doc": json.dumps(whole)})
        assert answer.status_code in (403, 417), (payload, answer.text)
        assert prices.stored(order) == before, payload


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("role", ["Purchaser", "Finance Officer"])
def test_an_issued_order_keeps_its_terms_field_by_field(db, http, order, role):
    before = prices.stored(order)
    row = order.items[0]
    http.token(role)
    for doctype, name, fieldname, value in (
        (world.ORDER, order.name, "supplier", "nobody"),
        (world.ORDER, order.name, "workflow_state", "Closed"),
        ("Purchase Order Item", row.name, "qty", 1),
        ("Purchase Order Item", row.name, "rate", 1),
        ("Purchase Order Item", row.name, "required_date", str(ordering.days(90))),
    ):
        answer = http.post(
            "/api/method/frappe.client.set_value",
            json={"doctype": doctype, "name": name, "fieldname": fieldname, "value": value},
        )
        assert answer.status_code in (403, 404, 417), (fieldname, answer.text)
    for path in ("cancel", "delete"):
        answer = http.post(
            f"/api/method/frappe.client.{path}", json={"doctype": world.ORDER, "name": order.name}
        )
        assert answer.status_code in (403, 417)
    assert http.delete(f"/api/resource/Purchase Order/{order.name}").status_code in (403, 417)
    assert prices.stored(order) == before


@pytest.mark.clause("4.5.1")
def test_an_issued_order_is_not_closed_past_its_change_order(db, http, order):
    before = prices.stored(order)
    for role in ROLES:
        http.token(role)
        answer = http.post(
            "/api/method/frappe.model.workflow.apply_workflow",
            json={"doc": {"doctype": world.ORDER, "name": order.name}, "action": "Close", "reason": "x"},
        )
        assert answer.status_code in (403, 417)
    assert prices.stored(order) == before


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize(
    ("fieldname", "value"), [("qty", 10), ("rate", 1), ("required_date", "2030-01-01"), ("item", None)]
)
def test_the_clause_holds_where_an_administrator_opens_the_state(db, order, fieldname, value):
    control = db.get_doc("Document Control", world.ORDER)
    for state in control.states:
        if state.state == "Issued":
            state.editor_roles, state.editable_fields = "Purchaser", "*"
    control.save()
    hosts.forget_request_state()
    with hosts.as_user("Purchaser"):
        doc = world.fresh(order)
        doc.items[0].set(fieldname, value or doc.items[1].item)
        doc.items[0].first_required_date = None
        with pytest.raises(db.ValidationError):
            doc.save()
    found = {entry["clause"] for entry in db.local.response.get("rule_violations") or []}
    if fieldname in ("rate", "required_date"):  # Frappe itself keeps the others after submission
        assert found == {"4.5.1"}


# Change orders themselves -----------------------------------------------------------------------------


def in_state(order, state: str):
    """Return a quantity increase of the order in this state."""
    line = world.line(order.items[0], qty=130)
    make = {"Draft": world.draft, "Approval": world.submitted, "Approved": world.approved}
    if state in make:
        return make[state](order, "Quantity Increase", line)
    if state == "Rejected":
        return world.act(world.submitted(order, "Quantity Increase", line), "Reject", "Division Head")
    return world.executed(order, "Quantity Increase", line)


STATES = ("Draft", "Approval", "Approved", "Executed", "Rejected")
OPEN = {("Draft", "reason"), ("Draft", "lines")}


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("state", STATES)
def test_a_change_order_moves_and_changes_by_its_actions_only(db, http, order, state):
    change = in_state(order, state)
    db.db.commit()
    before, order_before = prices.stored(change), prices.stored(order)
    line = json.loads(json.dumps(change.lines[0].as_dict(), default=str))
    later = {name for name in ("Executed", "Approved") if name != state}
    attempts = [{"workflow_state": name} for name in later]
    attempts += [{"workflow_state": "Executed", "docstatus": 1}] if state != "Executed" else []
    attempts += [
        {"docstatus": 2},
        {"reason": "another"},
        {"lines": [{**line, "new_qty": 500}]},
        {"approved_by": "division.head.2@demo.example"},
        {"executed_by": "purchaser.2@demo.example"},
        {"content_editor": "purchaser.2@demo.example"},
        {"order_as_found": "{}"},
        {"new_order": order.name},
    ]
    for role in ("Purchaser", "Division Head", "Finance Officer"):
        http.token(role)
        for attempt in attempts:
            (fieldname, *_rest) = attempt
            if role == "Purchaser" and ((state, fieldname) in OPEN or fieldname == "order_as_found"):
                continue
            answer = http.put(f"/api/resource/{world.CHANGE}/{change.name}", json=attempt)
            assert answer.status_code in (403, 417), (role, attempt, answer.text)
        for method in ("submit", "cancel", "delete"):
            whole = json.dumps(before, default=str)
            given = {"doc": whole} if method == "submit" else {"doctype": world.CHANGE, "name": change.name}
            if (state, role, method) == ("Draft", "Purchaser", "delete"):
                continue
            if (state, role, method) == ("Executed", "Purchaser", "submit"):
                continue  # saving what is submitted, without any change, is no submission
            answer = http.post(f"/api/method/frappe.client.{method}", json=given)
            assert answer.status_code in (403, 417), (role, method, answer.text)
    assert prices.stored(change) == before
    assert prices.stored(order) == order_before


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("state", ["Approval", "Approved", "Executed"])
def test_a_change_order_does_not_begin_in_a_later_state(db, http, order, state):
    http.token("Purchaser")
    answer = http.post(
        f"/api/resource/{world.CHANGE}",
        json={
            "purchase_order": order.name,
            "change_kind": "Quantity Increase",
            "reason": "more",
            "workflow_state": state,
            "docstatus": int(state == "Executed"),
            "lines": [{"order_row": order.items[0].name, "new_qty": 130}],
        },
    )
    assert answer.status_code in (403, 417)
    assert db.db.count(world.CHANGE, {"purchase_order": order.name}) == 0


@pytest.mark.clause("4.5.1")
def test_a_bulk_action_approves_for_the_right_role_only(db, http, order):
    change = in_state(order, "Approval")
    db.db.commit()
    for role, state in (("Purchasing Manager", "Approval"), ("Division Head", "Approved")):
        http.token(role)
        http.post(
            "/api/method/frappe.model.workflow.bulk_workflow_approval",
            json={"docnames": json.dumps([change.name]), "doctype": world.CHANGE, "action": "Approve"},
        )
        db.db.rollback()
        assert db.db.get_value(world.CHANGE, change.name, "workflow_state") == state


@pytest.mark.clause("4.5.2.1")
def test_the_direction_of_a_price_is_not_said_but_worked_out(db, http, order):
    change = world.draft(order, "Price Change", world.line(order.items[0], rate=20))
    db.db.commit()
    http.token("Purchaser")
    http.put(f"/api/resource/{world.CHANGE}/{change.name}", json={"price_direction": "Down"})
    db.db.rollback()
    assert db.db.get_value(world.CHANGE, change.name, "price_direction") == "Up"
    change = world.act(change, "Submit for Approval", "Purchaser")
    with pytest.raises(db.PermissionError):
        prices.act(change, "Approve", "Purchasing Manager")


@pytest.mark.clause("4.5.1.2")
def test_an_engineering_notice_is_the_engineers_and_the_division_heads(db, http):
    old, new = ordering.item(), ordering.item()
    notice = world.notice(old, new, steps=1)
    db.db.commit()
    for role in ("Engineer", "Purchaser", "Planner", "Top Executive", "Quality Inspector"):
        http.token(role)
        answer = http.post(
            "/api/method/frappe.model.workflow.apply_workflow",
            json={"doc": {"doctype": world.NOTICE, "name": notice.name}, "action": "Approve"},
        )
        assert answer.status_code == 403, role
        answer = http.put(f"/api/resource/{world.NOTICE}/{notice.name}", json={"reason": "other"})
        assert answer.status_code in (403, 417), role
    notice = world.act(notice, "Approve", "Division Head")
    assert (notice.workflow_state, notice.docstatus) == ("Approved", 1)
    assert (notice.items[0].old_item_name, notice.items[0].new_item_name) == ("Bracket", "Bracket")


@pytest.mark.clause("4.5.1.2")
@pytest.mark.parametrize("kind", ["same", "twice", "disabled"])
def test_an_engineering_notice_that_makes_no_sense_is_refused(db, kind):
    old, new = ordering.item(), ordering.item()
    pair = {"old_item": old, "new_item": new}
    if kind == "disabled":
        db.db.set_value("Item", new, "disabled", 1)
    rows = {"same": [{"old_item": old, "new_item": old}], "twice": [pair, dict(pair)], "disabled": [pair]}
    with pytest.raises(db.ValidationError):
        world.notice(old, new, items=rows[kind])
    assert "4.5.1.2" in prices.clauses()


@pytest.mark.clause("4.5.4")
def test_the_new_order_shows_its_change_and_the_old_its_end(db, http, order):
    change = world.executed(order, "Quantity Decrease", world.line(order.items[0], qty=60))
    db.db.commit()
    (new,) = world.new_orders(change)
    http.token("Internal Auditor")
    shown = http.get(f"/api/resource/Purchase Order/{new.name}").json["data"]
    assert (shown["change_order"], shown["replaces"]) == (change.name, order.name)
    shown = http.get(f"/api/resource/Purchase Order/{order.name}").json["data"]
    assert (shown["closed_by_change"], shown["replaced_by"]) == (change.name, new.name)
    versions = db.get_all("Version", filters={"docname": change.name}, pluck="data")
    assert any(new.name in data for data in versions), "what it led to is in the version log"
