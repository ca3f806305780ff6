"""The next save obeys the rules as they are now, seen on a price approval with two quotes (2.1, 2.3, 2.5, 2.7)."""

from __future__ import annotations

import json

import price_world as world
import pytest
from engine_tools import waiver_in

from hosts import as_user

NUMBER = "4.2.3.3"


def set_rule(number: str, enforcement: str | None = None, **parameters) -> None:
    """Change a rule as the Rule Administrator."""
    import frappe

    with as_user("Rule Administrator"):
        rule = frappe.get_doc("Rule", number)
        rule.enforcement = enforcement or rule.enforcement
        for row in rule.parameters:
            row.value = parameters.get(row.key, row.value)
        rule.save()


def two_quotes(first: str | None = None):
    """Return a draft with one quote too few."""
    quotes = [world.quote(first or world.supplier(), 9, selected=1), world.quote(world.supplier(), 10)]
    return world.draft(quotes=quotes)


def submit(doc):
    return world.act(doc, "Submit for Review", "Purchaser")


def events_of(db, doc, outcome: str) -> list[str]:
    """Return the clauses of the events of this document, not of an earlier one of its number.

    They are written once the transaction ends, so it ends here.
    """
    db.db.commit()
    filters = {"reference_name": doc.name, "outcome": outcome, "event_time": [">=", doc.creation]}
    return db.get_all("Rule Event", filters=filters, pluck="clause")


@pytest.fixture
def rules_as_before(db):
    """Put the rule back for tests that commit."""
    yield
    db.db.rollback()
    set_rule(NUMBER, "Block", min_quotes="3")
    db.db.commit()


@pytest.mark.clause("2.1")
@pytest.mark.clause("2.3")
def test_block_then_warn_then_off(db, rules_as_before):
    from erp_rules.rule_engine.errors import RuleViolation

    blocked, warned, ignored = two_quotes(), two_quotes(), two_quotes()
    with pytest.raises(RuleViolation):
        submit(blocked)
    assert events_of(db, blocked, "Blocked") == [NUMBER]
    set_rule(NUMBER, "Warn")
    db.clear_messages()
    assert submit(warned).workflow_state == "Finance Review"
    assert any(NUMBER in str(message) for message in db.local.message_log)
    assert NUMBER in events_of(db, warned, "Warned")
    set_rule(NUMBER, "Off")
    assert submit(ignored).workflow_state == "Finance Review"
    assert NUMBER not in events_of(db, ignored, "Warned")


@pytest.mark.clause("2.7")
def test_document_in_review_is_not_judged_by_tomorrows_numbers(db):
    doc = submit(world.draft())
    assert json.loads(doc.judged_by)[NUMBER] == {"min_quotes": 3}
    set_rule(NUMBER, min_quotes="9")
    assert world.act(doc, "Pass", "Finance Officer").workflow_state == "Executive Approval"
    back = world.act(world.act(doc, "Reject", "Top Executive"), "Revise", "Purchaser")
    assert submit(back).workflow_state == "Finance Review"
    assert json.loads(back.judged_by)[NUMBER] == {"min_quotes": 3}
    from erp_rules.rule_engine.errors import RuleViolation

    with pytest.raises(RuleViolation):
        submit(world.draft())


@pytest.mark.clause("2.4")
@pytest.mark.clause("2.5")
def test_waiver_for_one_document_is_used_once_and_only_there(db):
    from erp_rules.rule_engine.errors import RuleViolation

    doc, other = two_quotes(), two_quotes()
    waiver = waiver_in("Approved", reference_doctype=doc.doctype, reference_name=doc.name)
    with pytest.raises(RuleViolation):
        submit(other)
    doc = submit(doc)
    row = db.db.get_value("Rule Waiver", waiver.name, ["use_count", "workflow_state"])
    assert row == (1, "Used Up")
    # later saves of the same document go on under the same use
    doc = world.act(doc, "Pass", "Finance Officer")
    assert doc.workflow_state == "Executive Approval"
    assert db.db.get_value("Rule Waiver", waiver.name, "use_count") == 1
    assert NUMBER in events_of(db, doc, "Waived")


@pytest.mark.clause("2.4")
def test_refused_save_spends_no_waiver(db):
    """A save that something else refuses leaves the waiver unused."""
    from erp_rules.rule_engine.errors import RuleViolation

    doc = two_quotes()
    waiver = waiver_in("Approved", reference_doctype=doc.doctype, reference_name=doc.name)
    doc = world.edit(doc, "Purchaser", market_check=None)
    with pytest.raises(RuleViolation):
        submit(doc)
    assert db.db.get_value("Rule Waiver", waiver.name, ["use_count", "workflow_state"]) == (0, "Approved")


@pytest.mark.clause("2.6")
def test_review_deadline_follows_the_states(db):
    doc = submit(world.draft())
    filters = {"reference_name": doc.name, "clause": "4.2.4"}
    assert db.get_all("Deadline", filters=filters, pluck="status") == ["Open"]
    world.act(doc, "Pass", "Finance Officer")
    assert db.get_all("Deadline", filters=filters, pluck="status") == ["Met"]
