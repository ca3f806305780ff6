"""Doors that a hostile user tries at a document under control, found in review: refused, nothing changed (1, 2)."""

from __future__ import annotations

import json

import price_world as world
import pytest
from engine_tools import act, draft_waiver, new_waiver, stored

from hosts import as_user, user_for


def with_role(login: str, *roles: str) -> None:
    """Give a scratch user more roles for the length of the test."""
    import frappe

    with as_user("Administrator"):
        user = frappe.get_doc("User", login)
        for role in roles:
            user.append("roles", {"role": role})
        user.save()


# --- columns that are no fields --------------------------------------------------------------


@pytest.mark.clause("1.3")
@pytest.mark.clause("1.4")
@pytest.mark.parametrize(
    ("column", "value"), [("owner", "engineer@demo.example"), ("creation", "2020-01-01 00:00:00")]
)
def test_who_made_a_document_and_when_is_not_written(db, column, value):
    """Frappe stores an owner that an update carries, and self-approval is judged by the owner."""
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = draft_waiver()
    before = stored("Rule Waiver", waiver.name)
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.set(column, value)
        with pytest.raises(RuleViolation) as error:
            doc.save()
    assert "(1.4)" in str(error.value)
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("1.4")
def test_owner_over_the_wire_is_refused_on_a_master_too(db, http):
    code = world.supplier()
    db.db.commit()
    http.token("Purchaser")
    response = http.put(f"/api/resource/Supplier/{code}", json={"owner": "engineer@demo.example"})
    assert response.status_code == 417, response.text
    assert "(1.4)" in response.text
    assert db.db.get_value("Supplier", code, "owner") == "Administrator"


# --- rows of another document ----------------------------------------------------------------


@pytest.mark.clause("1.4")
def test_rows_of_another_document_are_not_taken(db):
    """Frappe updates a row by its name alone, whichever document it belongs to."""
    from erp_rules.rule_engine.errors import RuleViolation

    posted = world.posted()
    before = stored("Price Approval", posted.name)
    mine = world.draft()
    with as_user("Purchaser"):
        doc = db.get_doc("Price Approval", mine.name)
        taken = doc.append("quotes", world.quote(posted.quotes[1].supplier, 0.01))
        taken.name = posted.quotes[1].name
        taken.__dict__.pop("__islocal", None)
        with pytest.raises(RuleViolation) as error:
            doc.save()
    assert "(1.4)" in str(error.value)
    assert stored("Price Approval", posted.name) == before


@pytest.mark.clause("1.4")
def test_rows_of_another_document_are_not_taken_over_the_wire(db, http):
    posted, mine = world.posted(), world.draft()
    db.db.commit()
    before = stored("Price Approval", posted.name)
    own = [
        {"name": row.name, **world.quote(row.supplier, row.rate, selected=row.selected)}
        for row in mine.quotes
    ]
    row = posted.quotes[1]
    http.token("Purchaser")
    response = http.put(
        f"/api/resource/Price Approval/{mine.name}",
        json={"quotes": [*own, {"name": row.name, **world.quote(row.supplier, 0.01)}]},
    )
    assert response.status_code == 417, response.text
    assert stored("Price Approval", posted.name) == before


@pytest.mark.clause("1.4")
def test_rows_sent_by_name_alone_keep_who_made_them(db, http):
    """A request need not repeat who made a row and when; Frappe would note the time of the save."""
    mine = world.draft()
    db.db.commit()
    made = [(row.name, row.owner, row.creation) for row in mine.quotes]
    rows = [
        {"name": row.name, **world.quote(row.supplier, row.rate + 1, selected=row.selected)}
        for row in mine.quotes
    ]
    http.token("Purchaser 2")
    response = http.put(f"/api/resource/Price Approval/{mine.name}", json={"quotes": rows})
    assert response.status_code == 200, response.text
    after = db.get_doc("Price Approval", mine.name)
    assert [row.rate for row in after.quotes] == [10.5, 11, 12]
    assert [(row.name, row.owner, str(row.creation)) for row in after.quotes] == [
        (name, owner, str(creation)) for name, owner, creation in made
    ]


@pytest.mark.clause("2.12")
@pytest.mark.parametrize("rate", ["abc", "NaN", "1e999", "12 or 13"])
def test_text_is_not_stored_as_the_number_zero(db, http, rate):
    quotes = [world.quote(world.supplier(), rate, selected=1), world.quote(world.supplier(), 10)]
    values = world.values(quotes=quotes)
    db.db.commit()
    count = db.db.count("Price Approval")
    http.token("Purchaser")
    response = http.post("/api/resource/Price Approval", json=values)
    assert response.status_code == 417, response.text
    places = [(v["clause"], v["table"], v["row"], v["fieldname"]) for v in response.json["rule_violations"]]
    assert places == [("2.12", "quotes", 1, "rate")]
    assert db.db.count("Price Approval") == count


# --- self-approval ---------------------------------------------------------------------------


@pytest.mark.clause("1.3")
def test_saving_without_a_change_does_not_take_over_the_authorship(db):
    """A colleague who presses Save on somebody's content does not make it theirs."""
    login = user_for("Top Executive")
    with_role(login, "Purchaser")
    waiver = draft_waiver()
    with as_user(login):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "Written by the executive."
        doc.save()
    with as_user("Purchaser"):
        db.get_doc("Rule Waiver", waiver.name).save()
    assert db.db.get_value("Rule Waiver", waiver.name, "content_editor") == login
    db.db.rollback()
    db.clear_cache(user=login)


@pytest.mark.clause("2.8")
def test_administrator_of_rules_does_not_delegate_to_themselves(db):
    """Who may enter a delegation for others must not become the executive with it."""
    from erp_rules.rule_engine.errors import RuleViolation

    now = db.utils.now_datetime()
    with as_user("Rule Administrator"), pytest.raises((RuleViolation, db.PermissionError)) as error:
        db.get_doc(
            {
                "doctype": "Delegation",
                "from_user": user_for("Top Executive"),
                "to_user": user_for("Rule Administrator"),
                "from_time": now,
                "to_time": db.utils.add_days(now, 2),
                "reason": "On leave",
                "roles": [{"role": "Top Executive"}],
            }
        ).insert()
    assert "(2.8)" in str(error.value)


# --- what the app counts ---------------------------------------------------------------------


@pytest.mark.clause("2.5")
@pytest.mark.parametrize(
    "values",
    [
        {"use_count": -100},
        {
            "uses": [
                {
                    "reference_doctype": "Working Calendar",
                    "reference_name": "Standard",
                    "used_by": "Administrator",
                }
            ]
        },
    ],
)
def test_uses_of_a_waiver_are_not_entered_by_hand(db, values):
    """Else an approved waiver for one use would lift for ever."""
    from erp_rules.rule_engine.errors import RuleViolation

    with as_user("Purchaser"), pytest.raises(RuleViolation) as error:
        new_waiver(**values).insert()
    assert "(1.4)" in str(error.value) or "(2.5)" in str(error.value)
    waiver = draft_waiver()
    before = stored("Rule Waiver", waiver.name)
    with as_user("Purchaser"), pytest.raises(RuleViolation):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.update(json.loads(json.dumps(values)))
        doc.save()
    assert stored("Rule Waiver", waiver.name) == before


@pytest.mark.clause("4.2.7")
@pytest.mark.parametrize(
    "values",
    [
        {"reviewed_for": "Administrator"},
        {"approved_for": "Administrator"},
        {"prices_end_on": "2030-01-01"},
        {"finance_opinion": "fine"},
    ],
)
def test_new_price_approval_carries_nothing_of_later_states(db, values):
    from erp_rules.rule_engine.errors import RuleViolation

    with pytest.raises(RuleViolation):
        world.draft(**values)


@pytest.mark.clause("1.4")
@pytest.mark.clause("4.2.7")
def test_new_price_approval_carries_no_changes(db):
    from erp_rules.rule_engine.errors import RuleViolation

    change = {
        "change_kind": "Price",
        "supplier": world.supplier(),
        "new_rate": 1,
        "reason": "x",
        "status": "Posted",
    }
    with pytest.raises(RuleViolation) as error:
        world.draft(changes=[change])
    assert "(1.4)" in str(error.value)


# --- evidence --------------------------------------------------------------------------------


@pytest.mark.clause("1.4")
@pytest.mark.parametrize("field", ["sample", "quotes"])
def test_evidence_that_a_document_names_is_not_deleted(db, field):
    """A file may have been uploaded before the document that names it, so it is attached to nothing."""
    from erp_rules.rule_engine.errors import RuleViolation

    with as_user("Purchaser"):
        url = world.attachment()
    if field == "sample":
        doc = world.draft(sample=url)
    else:
        doc = world.draft()
        rows = [row.as_dict() for row in doc.quotes]
        rows[0]["attachment"] = url
        doc = world.edit(doc, "Purchaser", quotes=rows)
    act(doc, "Submit for Review", "Purchaser")
    for name in db.get_all("File", filters={"file_url": url}, pluck="name"):
        with as_user("Purchaser"), pytest.raises((RuleViolation, db.PermissionError)):
            db.delete_doc("File", name)
    assert db.db.exists("File", {"file_url": url})


# --- parameters ------------------------------------------------------------------------------


@pytest.mark.clause("2.2")
@pytest.mark.parametrize("value", ["NaN", "Infinity", "-1", "", "three", "1e400", "2.5", "true"])
def test_min_quotes_of_the_wrong_type_is_refused(db, value):
    from erp_rules.rule_engine.errors import RuleViolation

    before = stored("Rule", "4.2.3.3")
    with as_user("Rule Administrator"):
        rule = db.get_doc("Rule", "4.2.3.3")
        next(row for row in rule.parameters if row.key == "min_quotes").value = value
        with pytest.raises((RuleViolation, db.MandatoryError)):
            rule.save()
    assert stored("Rule", "4.2.3.3") == before
