"""Deadlines: opened and closed by states, overdue and escalated by the scheduler (2.6)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from erp_rules.clauses.base import registry
from hosts import as_user


@pytest.fixture
def target(db, unique):
    """A document that deadlines are about, and no other test's."""
    calendar = db.copy_doc(db.get_doc("Working Calendar", "Standard"))
    calendar.calendar_name = unique("Calendar")
    return calendar.insert()


def rows(target) -> list:
    import frappe

    return frappe.get_all(
        "Deadline",
        filters={"reference_doctype": target.doctype, "reference_name": target.name},
        fields=["name", "status", "starts_at", "due_at", "done_at", "escalate_at", "escalated_at"],
    )


def notified(name: str) -> set[str]:
    import frappe

    found = frappe.get_all(
        "Notification Log", filters={"document_name": name}, fields=["for_user", "subject"]
    )
    return {row.for_user for row in found}


@pytest.mark.clause("2.6")
def test_one_working_day_is_counted_on_the_calendar(db, target):
    from erp_rules.rule_engine.deadlines import open_deadline

    friday = datetime(2026, 11, 20, 15, 0)
    open_deadline(target, "2.6", role="Finance Officer", starts_at=friday)
    (row,) = rows(target)
    assert row.due_at == datetime(2026, 11, 23, 15, 0)
    assert row.escalate_at == datetime(2026, 11, 24, 10, 0)
    assert row.status == "Open"


@pytest.mark.clause("2.6")
def test_deadline_is_opened_once(db, target):
    from erp_rules.rule_engine.deadlines import open_deadline

    first = open_deadline(target, "2.6", role="Finance Officer")
    assert open_deadline(target, "2.6", role="Finance Officer") == first
    assert len(rows(target)) == 1


@pytest.mark.clause("2.6")
def test_done_in_time_is_met_and_done_late_is_missed(db, target):
    from erp_rules.rule_engine import deadlines

    deadlines.open_deadline(target, "2.6", role="Finance Officer")
    deadlines.close_deadlines(target)
    assert [row.status for row in rows(target)] == ["Met"]
    past = datetime.now() - timedelta(days=30)
    late = deadlines.open_deadline(target, "2.6", role="Finance Officer", starts_at=past)
    deadlines.close_deadlines(target, "2.6")
    assert db.db.get_value("Deadline", late, "status") == "Missed"
    assert db.db.get_value("Deadline", late, "done_by") == "Administrator"


@pytest.mark.clause("2.6")
def test_scheduler_turns_overdue_notifies_and_escalates(db, target):
    from erp_rules.rule_engine import deadlines

    past = datetime.now() - timedelta(days=30)
    late = deadlines.open_deadline(
        target, "2.6", role="Finance Officer", manager_role="Finance Manager", starts_at=past
    )
    soon = datetime.now() + timedelta(days=30)
    db.db.commit()
    db.db.set_value("Deadline", late, "escalate_at", soon)
    db.db.commit()
    deadlines.run_due()
    assert [row.status for row in rows(target)] == ["Overdue"]
    assert "finance.officer@demo.example" in notified(target.name)
    assert "finance.manager@demo.example" not in notified(target.name)
    db.db.set_value("Deadline", late, "escalate_at", past)
    db.db.commit()
    deadlines.run_due()
    (row,) = rows(target)
    assert row.escalated_at is not None
    assert "finance.manager@demo.example" in notified(target.name)
    deadlines.run_due()
    assert rows(target)[0].escalated_at == row.escalated_at


@pytest.mark.clause("2.6")
def test_one_deadline_that_fails_does_not_stop_the_others(db, target, unique, monkeypatch):
    from erp_rules.rule_engine import deadlines

    past = datetime.now() - timedelta(days=30)
    bad = deadlines.open_deadline(target, "2.6", role="Finance Officer", starts_at=past)
    other = db.copy_doc(target)
    other.calendar_name = unique("Calendar")
    good = deadlines.open_deadline(other.insert(), "2.6", role="Finance Officer", starts_at=past)
    db.db.commit()
    original = deadlines._turn_overdue

    def fail_for_one(deadline):
        if deadline.name == bad:
            raise RuntimeError("broken")
        original(deadline)

    monkeypatch.setattr(deadlines, "_turn_overdue", fail_for_one)
    deadlines.run_due()
    assert db.db.get_value("Deadline", bad, "status") == "Open"
    assert db.db.get_value("Deadline", good, "status") == "Overdue"
    monkeypatch.undo()
    deadlines.run_due()
    assert db.db.get_value("Deadline", bad, "status") == "Overdue"


@pytest.mark.clause("2.6")
def test_nobody_writes_deadlines(db, target):
    from erp_rules.rule_engine import deadlines
    from erp_rules.rule_engine.errors import RuleViolation

    name = deadlines.open_deadline(target, "2.6", role="Finance Officer")
    for role in ("Administrator", "Finance Officer", "Rule Administrator"):
        with as_user(role):
            doc = db.get_doc("Deadline", name)
            doc.status = "Met"
            with pytest.raises((RuleViolation, db.PermissionError)):
                doc.save()
            with pytest.raises((RuleViolation, db.PermissionError)):
                db.delete_doc("Deadline", name)
    assert db.db.get_value("Deadline", name, "status") == "Open"


@pytest.mark.clause("2.6")
def test_every_time_limit_names_states_of_its_workflow(db):
    """A time limit that names no state of the workflow would never open."""
    from erp_rules.rule_engine import scope

    limits = scope.regulation().time_limits
    assert limits
    for limit in limits:
        workflow = db.get_doc("Workflow", {"document_type": limit.doctype})
        states = {row.state for row in workflow.states}
        assert set(limit.opens) | set(limit.closes) <= states, limit
        assert db.db.exists("Role", limit.role), limit
    assert registry.time_limits == limits


@pytest.mark.clause("2.6")
def test_notification_that_fails_blocks_nobody(db, target, monkeypatch):
    from erp_rules.rule_engine import notify

    def broken():
        raise RuntimeError("no users today")

    about = {"document_type": target.doctype, "document_name": target.name, "link": None}
    notify._send(broken, lambda: "subject", about, "Administrator")
    notify.notify_roles("Finance Officer", lambda: "A subject for everybody", target)
    db.db.commit()
    assert "finance.officer@demo.example" in notified(target.name)
