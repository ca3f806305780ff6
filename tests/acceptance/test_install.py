"""Installation: refuses beside ERPNext before anything changes, and seeds what a site needs."""

from __future__ import annotations

import price_world
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


@pytest.fixture
def nothing_cached(db):
    """Forget what was cached of a state that is rolled back."""
    yield
    db.db.rollback()
    db.db.value_cache.clear()  # Frappe keeps values of Singles there for a connection, whatever is rolled back
    db.clear_cache()


def test_what_would_outlive_the_app_goes_with_it(db, nothing_cached):
    """Frappe removes DocTypes, reports and workspaces by itself; what points at them must go before."""
    from erp_rules import install

    stranger = db.get_doc({"doctype": "ToDo", "description": "of nobody's concern"}).insert()
    name = price_world.reviewed().name
    about = {"reference_doctype": "Price Approval", "reference_name": name}
    assert db.get_all("Workflow Action", filters=about)
    jobs = db.db.count("Scheduled Job Type")
    own = db.get_all("Scheduled Job Type", filters={"method": ["like", "erp_rules.%"]}, pluck="name")
    assert len(own) > 4
    workflows = db.get_all("Workflow", filters={"document_type": "Price Approval"}, pluck="name")
    install.before_uninstall()
    modules = db.get_all("Module Def", filters={"app_name": "erp_rules"}, pluck="name")
    doctypes = db.get_all("DocType", filters={"module": ["in", modules]}, pluck="name")
    assert "Price Approval" in doctypes
    for kind, field in (
        ("Workflow", "document_type"),
        ("Workflow Action", "reference_doctype"),
        ("ToDo", "reference_type"),
        ("Notification Log", "document_type"),
    ):
        assert db.db.count(kind, {field: ["in", doctypes]}) == 0, kind
    for table in ("Workflow Document State", "Workflow Transition"):
        assert db.db.count(table, {"parent": ["in", workflows]}) == 0, table
    assert db.db.count("Scheduled Job Type") == jobs - len(own)
    assert not db.db.get_single_value("Rule Settings", "default_calendar", cache=False)
    assert db.db.exists("ToDo", stranger.name)
    assert db.db.exists("Price Approval", name)
