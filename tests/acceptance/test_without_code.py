"""An administrator changes fields, labels, workflow and rules with Frappe's own records; screens and server obey."""

from __future__ import annotations

import price_world as world
import pytest

import making
from hosts import as_user, unique

EVALUATION = "Supplier Evaluation"
NUMBER = "4.2.3.3"


def fields_shown(doctype: str, role: str = "Purchaser") -> dict[str, dict]:
    """Return the fields that the screens show to somebody with this role, by name."""
    from erp_rules.api.screens import meta

    with as_user(role):
        return {field["fieldname"]: field for field in meta(doctype)["fields"]}


def remigrate() -> None:
    """Do to the site what a migration does with the app's own records."""
    import frappe
    from frappe.utils.fixtures import sync_fixtures

    from erp_rules.install import after_migrate

    sync_fixtures("erp_rules")
    after_migrate()
    frappe.clear_cache()


@pytest.fixture
def removed(db):
    """Records to delete again: adding a column ends a transaction on MariaDB."""
    made = []
    yield made
    db.db.rollback()
    for doc in reversed(made):
        db.delete_doc(doc.doctype, doc.name, force=True)
    db.db.commit()
    db.clear_cache()


def add_field(removed, doctype: str, **values):
    """Add a field as an administrator does."""
    import frappe

    field = frappe.get_doc({"doctype": "Custom Field", "dt": doctype, "fieldtype": "Data", **values}).insert()
    removed.append(field)
    return field


def set_property(removed, doctype: str, fieldname: str, name: str, value: str, kind: str):
    """Change one property of a field as Customize Form does."""
    import frappe

    values = {
        "doctype": "Property Setter",
        "doctype_or_field": "DocField",
        "doc_type": doctype,
        "field_name": fieldname,
        "property": name,
        "property_type": kind,
        "value": value,
    }
    removed.append(frappe.get_doc(values).insert())
    frappe.clear_cache(doctype=doctype)


def test_an_added_field_is_shown_stored_and_locked_with_the_rest(db, removed):
    from erp_rules.rule_engine.errors import RuleViolation

    add_field(removed, world.APPROVAL, fieldname="project", label="Project", insert_after="market_check")
    remigrate()
    assert fields_shown(world.APPROVAL)["project"]["label"] == "Project"

    doc = world.draft(project="Line 3")
    doc = world.edit(doc, "Purchaser", project="Line 4")
    assert db.db.get_value(world.APPROVAL, doc.name, "project") == "Line 4"

    doc = world.act(doc, "Submit for Review", "Purchaser")
    with pytest.raises(RuleViolation, match="locked in state Finance Review"):
        world.edit(doc, "Finance Officer", project="Line 5")


def test_an_added_column_can_be_filled_in_the_draft(db, removed):
    add_field(removed, "Price Quote", fieldname="incoterm", label="Incoterm", insert_after="lead_days")
    quotes = [world.quote(world.supplier(), 9 + n, selected=int(not n), incoterm="EXW") for n in range(3)]
    doc = world.draft(quotes=quotes)
    doc.quotes[0].incoterm = "FOB"
    with as_user("Purchaser"):
        doc.save()
    assert [row.incoterm for row in db.get_doc(doc.doctype, doc.name).quotes] == ["FOB", "EXW", "EXW"]


def test_a_field_is_hidden_renamed_and_made_mandatory(db, removed):
    set_property(removed, "Supplier Visit", "agreed_actions", "hidden", "1", "Check")
    set_property(removed, "Supplier Visit", "findings", "label", "What we saw", "Data")
    set_property(removed, "Supplier Visit", "reason", "reqd", "1", "Check")
    remigrate()

    shown = fields_shown("Supplier Visit")
    assert shown["agreed_actions"]["hidden"] == 1
    assert shown["findings"]["label"] == "What we saw"

    visit = {"doctype": "Supplier Visit", "supplier": making.supplier().name, "planned_on": "2027-01-04"}
    with as_user("Purchaser"):
        with pytest.raises(db.MandatoryError):
            db.get_doc(visit).insert()
        assert db.get_doc({**visit, "reason": "Burrs"}).insert().name


@pytest.fixture
def second_look(db):
    """The evaluation's workflow with one more state: the Division Head confirms what was approved so far."""
    state, action = unique("Second Look"), unique("Confirm")
    made = [
        db.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert(),
        db.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": action}).insert(),
    ]
    workflow = db.get_doc("Workflow", {"document_type": EVALUATION, "is_active": 1})
    before = {table: [row.as_dict() for row in workflow.get(table)] for table in ("states", "transitions")}
    rights_before = set(db.get_all("Custom DocPerm", {"parent": EVALUATION}, pluck="name"))
    workflow.append("states", {"state": state, "doc_status": "0", "allow_edit": "Division Head"})
    for row in workflow.transitions:
        if row.action == "Approve":
            row.next_state = state
    workflow.append(
        "transitions",
        {
            "state": state,
            "action": action,
            "next_state": "Approved",
            "allowed": "Division Head",
            "allow_self_approval": 0,
        },
    )
    workflow.save()
    db.permissions.add_permission(EVALUATION, "Division Head", 0)
    right = db.get_doc("Custom DocPerm", {"parent": EVALUATION, "role": "Division Head", "permlevel": 0})
    right.update({"write": 1, "submit": 1})
    right.save()
    db.clear_cache(doctype=EVALUATION)
    yield state, action
    # Fixtures commit when they are imported, so all of it is undone by hand.
    db.db.rollback()
    workflow = db.get_doc("Workflow", workflow.name)
    for table, rows in before.items():
        workflow.set(table, [])
        for row in rows:
            workflow.append(table, {**row, "name": None})
    workflow.save()
    rights = set(db.get_all("Custom DocPerm", {"parent": EVALUATION}, pluck="name")) - rights_before
    db.db.delete("Custom DocPerm", {"name": ["in", sorted(rights)]})
    for doc in made:
        db.delete_doc(doc.doctype, doc.name, force=True, ignore_missing=True)
    db.db.commit()
    db.clear_cache()


def test_an_added_state_and_transition_are_shown_and_obeyed(db, second_look):
    from erp_rules.api.screens import document, meta
    from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation

    state, action = second_look
    remigrate()
    with as_user("Purchasing Manager"):
        assert state in [row["state"] for row in meta(EVALUATION)["workflow"]["states"]]

    supplier = making.approved_supplier()
    doc = making.pass_evaluation(making.evaluation(supplier.name, outcome="Suspend", remarks="Late"))
    assert (doc.workflow_state, doc.docstatus) == (state, 0)
    assert db.db.get_value("Supplier", supplier.name, "status") == "Approved"

    with as_user("Purchasing Manager"):
        assert document(EVALUATION, doc.name)["transitions"] == []
    with as_user("Division Head"):
        assert [row["action"] for row in document(EVALUATION, doc.name)["transitions"]] == [action]
    changed = db.get_doc(EVALUATION, doc.name)
    changed.remarks = "Late, and careless"
    with as_user("Purchasing Manager"), pytest.raises((RuleViolation, RulePermissionError)):
        changed.save()

    doc = making.act(doc, action, "Division Head")
    assert (doc.workflow_state, doc.docstatus) == ("Approved", 1)
    assert db.db.get_value("Supplier", supplier.name, "status") == "Suspended"


def set_min_quotes(value: str) -> None:
    """Change the parameter as the Rule Administrator."""
    import frappe

    with as_user("Rule Administrator"):
        rule = frappe.get_doc("Rule", NUMBER)
        next(row for row in rule.parameters if row.key == "min_quotes").value = value
        rule.save()


@pytest.fixture
def rule_as_before(db):
    """Put the rule back: importing fixtures ends a transaction."""
    yield
    db.db.rollback()
    set_min_quotes("3")
    db.db.commit()


def test_a_changed_rule_survives_a_migration_and_the_next_save_obeys(db, rule_as_before):
    from erp_rules.rule_engine.errors import RuleViolation

    two = [world.quote(world.supplier(), 9, selected=1), world.quote(world.supplier(), 10)]
    doc = world.draft(quotes=two)
    with pytest.raises(RuleViolation):
        world.act(doc, "Submit for Review", "Purchaser")
    assert NUMBER in world.clauses()

    set_min_quotes("2")
    remigrate()
    assert world.act(doc, "Submit for Review", "Purchaser").workflow_state == "Finance Review"


@pytest.mark.clause("1.4", "1.5")
def test_a_control_that_names_no_role_or_field_is_refused_with_all_its_slips(db):
    control = db.get_doc("Document Control", "Price Approval")
    control.requester_field = "owner, nobody"
    control.states[0].editor_roles = "Purchaser\nPurchasr"
    control.states[1].editable_fields = "*\n-quotes\nquotes.nothing\nnothng"
    with pytest.raises(db.ValidationError) as refused:
        control.save()
    for slip in (
        "Row 1: there is no role Purchasr.",
        "Price Approval has no field nobody.",
        "Row 2: Price Approval has no field nothng.",
        "Row 2: Price Approval has no field quotes.nothing.",
    ):
        assert slip in str(refused.value)
    assert str(refused.value).count("<br>") == 3


@pytest.mark.clause("2.11")
def test_a_calendar_says_in_chinese_what_is_wrong_with_it_and_which_row_is_not_filled_in(db):
    from erp_rules.rule_engine.errors import RuleViolation

    calendar = db.get_doc("Working Calendar", "Standard")
    calendar.append("shifts", {"start_time": "09:00:00", "end_time": "10:00:00"})
    db.local.lang = "zh"
    with pytest.raises(RuleViolation, match="班次重叠"):
        calendar.save()
    calendar.reload()
    calendar.append("off_days", {"weekday": ""})
    calendar.append("holidays", {"kind": "Holiday"})
    with pytest.raises(db.MandatoryError):
        calendar.save()
