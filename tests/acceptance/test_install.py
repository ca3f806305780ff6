"""Installation: refuses beside ERPNext before anything changes, and seeds what a site needs."""

from __future__ import annotations

import pytest


def test_refuses_beside_erpnext(db, monkeypatch):
    from erp_rules import install

    rules = db.db.count("Rule")
    monkeypatch.setattr(db, "get_installed_apps", lambda *args, **kwargs: ["frappe", "erpnext"])
    with pytest.raises(db.ValidationError) as error:
        install.before_install()
    assert "ERPNext" in str(error.value)
    assert db.db.count("Rule") == rules


def test_site_is_seeded(db):
    assert db.db.get_single_value("System Settings", "rounding_method") == "Commercial Rounding"
    assert db.db.get_single_value("Rule Settings", "default_calendar") == "Standard"
    active = db.get_all("Workflow", filters={"is_active": 1}, pluck="document_type")
    controlled = db.get_all("Document Control", pluck="document_type")
    assert set(controlled) <= set(active)
    assert "Rule Waiver" in controlled


def test_money_is_rounded_as_the_trade_does(db):
    assert db.utils.flt(2.5, 0) == 3.0
    assert db.utils.flt(0.125, 2) == 0.13


# Not decisions: the keeper books what the manager approved, the purchaser says which order it was (4.7.1).
CARRYING_OUT = {("Purchase Return", "Pass"), ("Purchase Return", "Post")}


def test_every_state_of_a_workflow_has_a_control_or_is_locked_on_purpose(db):
    """Approving transitions refuse self-approval; control rows name states of the workflow."""
    for control in db.get_all("Document Control", pluck="name"):
        workflow = db.get_doc("Workflow", {"document_type": control})
        states = {row.state for row in workflow.states}
        rows = {row.state for row in db.get_doc("Document Control", control).states}
        assert rows <= states, control
        first = workflow.states[0].state
        assert first in rows, control
        approving = [
            row
            for row in workflow.transitions
            if row.action in ("Approve", "Pass", "Post", "Apply")
            and (control, row.action) not in CARRYING_OUT
        ]
        assert [row.action for row in approving if row.allow_self_approval] == [], control


def test_a_site_older_than_the_app_on_the_bench_gets_its_modules(db, monkeypatch):
    from erp_rules import install

    monkeypatch.setattr(db.local, "app_modules", {"frappe": ["core"]})
    monkeypatch.setattr(db.local, "module_app", {"core": "frappe"})
    db.cache.delete_value("app_modules")  # as Frappe's installer does before it asks the app
    install.before_install()
    assert "procurement" in db.local.app_modules["erp_rules"]
    assert db.local.module_app["procurement"] == "erp_rules"
