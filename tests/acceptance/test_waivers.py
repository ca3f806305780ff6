"""Waivers: who may ask, what they lift, how they are counted and how they end (2.4, 2.5)."""

from __future__ import annotations

import pytest
from engine_tools import act, draft_waiver, new_waiver, waiver_in

from erp_rules.clauses.base import Scope, Violation
from hosts import as_user, user_for

NUMBER = "4.2.3.3"


def lifting(doc):
    from erp_rules.rule_engine.waivers import Lifting

    return Lifting(doc, {NUMBER})


@pytest.fixture
def target(db, unique):
    """A document that waivers are made for, and no other test's."""
    calendar = db.copy_doc(db.get_doc("Working Calendar", "Standard"))
    calendar.calendar_name = unique("Calendar")
    return calendar.insert()


@pytest.mark.clause("2.4")
def test_way_of_a_waiver(db):
    waiver = waiver_in("Approved")
    assert (waiver.docstatus, waiver.workflow_state) == (1, "Approved")
    assert waiver.approved_by == user_for("Top Executive")
    assert waiver.approved_on


@pytest.mark.clause("2.4")
@pytest.mark.parametrize("role", ["Purchaser", "Purchasing Manager", "Finance Manager", "Division Head"])
def test_only_the_executive_approves(db, role):
    from erp_rules.rule_engine.errors import RulePermissionError

    waiver = waiver_in("Executive Approval")
    with pytest.raises(RulePermissionError):
        act(waiver, "Approve", role)
    assert db.db.get_value("Rule Waiver", waiver.name, "docstatus") == 0


@pytest.mark.clause("2.4")
def test_clause_that_cannot_be_waived_is_refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    with as_user("Purchaser"), pytest.raises(RuleViolation) as error:
        new_waiver(clause="1.3").insert()
    assert "1.3 cannot be waived" in str(error.value)


@pytest.mark.clause("2.4")
def test_evidence_and_term_are_needed_on_submission(db):
    from erp_rules.rule_engine.errors import RuleViolation

    yesterday = db.utils.add_days(db.utils.getdate(), -1)
    waiver = draft_waiver(evidence=None, valid_until=yesterday)
    with pytest.raises(RuleViolation) as error:
        act(waiver, "Submit for Approval", "Purchaser")
    assert "evidence" in str(error.value)
    assert "before today" in str(error.value)
    assert db.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Draft"


@pytest.mark.clause("2.4")
def test_last_day_still_counts(db, target):
    waiver = waiver_in("Approved", reference_name=target.name, valid_until=db.utils.getdate())
    assert lifting(target).waiver_for(NUMBER, Violation("x")) == waiver.name


@pytest.mark.clause("2.4")
@pytest.mark.parametrize("state", ["Draft", "Executive Approval", "Rejected"])
def test_waiver_that_is_not_approved_lifts_nothing(db, target, state):
    waiver_in(state, reference_name=target.name)
    assert lifting(target).waiver_for(NUMBER, Violation("x")) is None


@pytest.mark.clause("2.4")
def test_waiver_lifts_only_its_document_and_clause(db, target):
    waiver_in("Approved", reference_name=target.name)
    other = db.get_doc("Rule Settings")
    assert lifting(other).waiver_for(NUMBER, Violation("x")) is None
    assert lifting(target).waiver_for("4.2.2", Violation("x")) is None
    assert lifting(target).waiver_for(NUMBER, Violation("x", waivable=False)) is None


@pytest.mark.clause("2.4")
def test_waiver_by_item_and_supplier_needs_both_to_match(db, target):
    waiver = waiver_in("Approved", reference_name=target.name)
    db.db.set_value(
        "Rule Waiver", waiver.name, {"scope": "Item and Supplier", "item": "I-1", "supplier": "S-1"}
    )
    found = lifting(target)
    assert found.waiver_for(NUMBER, Violation("x", scope=Scope("I-1", "S-1"))) == waiver.name
    assert found.waiver_for(NUMBER, Violation("x", scope=Scope("I-1", "S-2"))) is None
    assert found.waiver_for(NUMBER, Violation("x")) is None


@pytest.mark.clause("2.5")
def test_uses_are_counted_and_spent(db, target):
    from erp_rules.rule_engine import waivers
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = waiver_in("Approved", reference_name=target.name, max_uses=2)
    waivers.use(waiver.name, target)
    assert db.db.get_value("Rule Waiver", waiver.name, ["use_count", "workflow_state"]) == (1, "Approved")
    assert not lifting(target).is_new_use(waiver.name)
    waivers.use(waiver.name, db.get_doc("Rule Settings"))
    assert db.db.get_value("Rule Waiver", waiver.name, ["use_count", "workflow_state"]) == (2, "Used Up")
    assert lifting(target).waiver_for(NUMBER, Violation("x")) == waiver.name
    with pytest.raises(RuleViolation) as error:
        waivers.use(waiver.name, db.get_doc("Working Calendar", "Standard"))
    assert "spent in the meantime" in str(error.value)


@pytest.mark.clause("2.5")
def test_waiver_expires_by_itself(db):
    from erp_rules.rule_engine import waivers

    waiver, fresh = waiver_in("Approved"), waiver_in("Approved")
    yesterday = db.utils.add_days(db.utils.getdate(), -1)
    db.db.set_value("Rule Waiver", waiver.name, "valid_until", yesterday)
    db.db.commit()
    waivers.expire()
    assert db.db.get_value("Rule Waiver", waiver.name, ["workflow_state", "docstatus"]) == ("Expired", 1)
    assert db.db.get_value("Rule Waiver", fresh.name, "workflow_state") == "Approved"
    assert db.get_all(
        "Approval Step",
        filters={"reference_name": waiver.name, "to_state": "Expired"},
        pluck="action",
    ) == ["2.5"]


@pytest.mark.clause("2.4")
def test_rejected_waiver_may_be_revised(db):
    waiver = act(waiver_in("Rejected"), "Revise", "Purchaser")
    assert (waiver.workflow_state, waiver.docstatus) == ("Draft", 0)
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "A better one."
        doc.save()
    assert act(waiver, "Submit for Approval", "Purchaser").workflow_state == "Executive Approval"
