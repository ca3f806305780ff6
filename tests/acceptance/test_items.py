"""Items and their change request: the only way to change an item that is in use (7.5)."""

from __future__ import annotations

import pytest

import hosts
import making

ACTIONS = ("Submit for Review", "Pass", "Apply", "Reject", "Approve")
STATES = ("Draft", "Engineer", "Cost Accountant", "Applied")
AUTHORS = ("Purchaser", "Planner", "Engineer", "Cost Accountant")
ALLOWED = {
    ("Draft", "Submit for Review"): AUTHORS,
    ("Engineer", "Pass"): ("Engineer",),
    ("Engineer", "Reject"): ("Engineer",),
    ("Cost Accountant", "Apply"): ("Cost Accountant",),
    ("Cost Accountant", "Reject"): ("Cost Accountant",),
}


def stored(doctype: str, name: str) -> dict:
    import frappe

    frappe.clear_document_cache(doctype, name)
    return frappe.get_doc(doctype, name).as_dict(no_default_fields=True)


@pytest.fixture
def used_item(db):
    """An item that a survey names."""
    item = making.item()
    making.use(item.name)
    return item


@pytest.mark.clause("1.4", "7.5")
@pytest.mark.parametrize("field", ["engineer_opinion", "cost_opinion"])
def test_opinions_are_left_to_those_who_give_them(db, used_item, field):
    with pytest.raises(db.ValidationError, match=r"1\.4"):
        making.change_request(used_item.name, **{field: "Fine with us"})
    request = making.change_request(used_item.name)
    before = stored(request.doctype, request.name)
    with hosts.as_user("Purchaser"), pytest.raises(db.ValidationError, match=r"1\.4"):
        request.set(field, "Fine with us")
        request.save()
    assert stored(request.doctype, request.name) == before


# --- the way that works


@pytest.mark.clause("7.5")
def test_a_request_changes_an_item_in_use(db, used_item):
    request = making.change_request(
        used_item.name,
        changes=[
            {"field": "Item Name", "new_value": " New name "},
            {"field": "Standard Unit Weight", "new_value": "0.625"},
            {"field": "Long-term Controlled", "new_value": "yes"},
        ],
        replaces_dimensions=1,
        critical_dimensions=list(making.DIMENSIONS),
    )
    assert [row.old_value for row in request.changes] == [used_item.item_name, "0.5", "0"]
    request = making.act(request, "Submit for Review", "Purchaser")
    request = making.act(request, "Pass", "Engineer")
    assert request.engineer_signed_by == hosts.user_for("Engineer")
    with hosts.as_user("Cost Accountant"):
        request.update({"changes_cost": 1, "new_standard_cost": 3.25, "cost_opinion": "As calculated"})
        request.save()
    request = making.act(request, "Apply", "Cost Accountant")
    assert (request.workflow_state, request.docstatus) == ("Applied", 1)
    assert request.cost_signed_by == hosts.user_for("Cost Accountant")
    item = db.get_doc("Item", used_item.name)
    assert (item.item_name, item.standard_unit_weight, item.long_term_controlled) == ("New name", 0.625, 1)
    assert item.standard_cost == 3.25
    assert [(row.dimension, row.nominal, row.tolerance_pct) for row in item.critical_dimensions] == [
        ("Length", 12.5, 1.0)
    ]


@pytest.mark.clause("7.5")
def test_a_request_sets_up_a_new_item(db):
    code = hosts.unique("N")
    request = making.change_request(
        request_kind="Set-up",
        item_code=code,
        changes=[
            {"field": "Item Name", "new_value": "Bracket"},
            {"field": "Stock UOM", "new_value": making.uom()},
            {"field": "Item Class", "new_value": "Semi-finished"},
            {"field": "Part Size", "new_value": "Large"},
        ],
    )
    assert not db.db.exists("Item", code)
    making.pass_request(request)
    item = db.get_doc("Item", code)
    assert (item.item_name, item.stock_uom, item.item_class, item.part_size, item.sample_status) == (
        "Bracket",
        "PCS",
        "Semi-finished",
        "Large",
        "Pending",
    )


@pytest.mark.clause("7.5")
def test_a_rejected_request_goes_back_and_loses_its_signature(db, used_item):
    request = making.change_request(used_item.name, changes=[{"field": "Item Name", "new_value": "X"}])
    request = making.pass_request(request, steps=2)
    request = making.act(request, "Reject", "Cost Accountant")
    assert (request.workflow_state, request.engineer_signed_by) == ("Draft", None)


@pytest.mark.clause("7.5")
def test_an_item_not_in_use_is_changed_directly(db):
    item = making.item()
    with hosts.as_user("Engineer"):
        item.item_name = "Corrected"
        item.save()
    request = making.change_request(item.name, changes=[{"field": "Item Name", "new_value": "Asked for"}])
    with hosts.as_user("Engineer"):
        item.item_name = "Still free: a request is no use"
        item.save()
    assert request.workflow_state == "Draft"
    assert db.db.get_value("Item", item.name, "item_name") == "Still free: a request is no use"


# --- doors that are closed


@pytest.mark.clause("7.5")
@pytest.mark.parametrize("role", ["Engineer", "Purchaser", "Administrator"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("item_name", "Forged"),
        ("specification", "Forged"),
        ("item_class", "Packaging"),
        ("part_size", "Large"),
        ("standard_unit_weight", 9),
        ("free_allowance_pct", 1),
        ("long_term_controlled", 1),
        ("disabled", 1),
        ("critical_dimensions", list(making.DIMENSIONS)),
    ],
)
def test_an_item_in_use_cannot_be_changed_directly(db, used_item, role, field, value):
    before = stored("Item", used_item.name)
    with hosts.as_user(role), pytest.raises(db.ValidationError, match=r"7\.5"):
        used_item.set(field, value)
        used_item.save()
    assert stored("Item", used_item.name) == before


@pytest.mark.clause("7.5")
def test_all_changed_fields_are_reported_at_once(db, used_item):
    used_item.update({"item_name": "Forged", "specification": "Forged", "disabled": 1})
    with pytest.raises(db.ValidationError) as refused:
        used_item.save()
    assert str(refused.value).count("7.5") == 3


@pytest.mark.clause("7.5")
def test_saving_without_a_change_or_with_the_same_value_in_another_type_passes(db, used_item):
    with hosts.as_user("Engineer"):
        used_item.save()
        used_item.update({"standard_unit_weight": "0.500", "disabled": "0", "specification": ""})
        used_item.save()


@pytest.mark.clause("7.5")
def test_keepers_change_their_own_fields_directly_and_nobody_else_does(db, used_item):
    with hosts.as_user("Cost Accountant"):
        used_item.standard_cost = 4.5
        used_item.save()
    assert db.db.get_value("Item", used_item.name, "standard_cost") == 4.5
    for role, field, value in (
        ("Engineer", "standard_cost", 9),
        ("Purchaser", "standard_cost", 9),
        ("Purchaser", "sample_status", "Confirmed"),
        ("Cost Accountant", "sample_status", "Confirmed"),
    ):
        with hosts.as_user(role):
            item = db.get_doc("Item", used_item.name)
            item.set(field, value)
            item.save()  # Frappe puts back what a user may not write
    assert db.db.get_value("Item", used_item.name, ["standard_cost", "sample_status"]) == (4.5, "Pending")
    with hosts.as_user("Engineer"):
        item = db.get_doc("Item", used_item.name)
        item.sample_status = "Confirmed"
        item.save()
    assert db.db.get_value("Item", used_item.name, "sample_status") == "Confirmed"


@pytest.mark.clause("7.5")
def test_a_purchaser_does_not_see_the_cost(db, http):
    item = making.item()
    db.db.set_value("Item", item.name, "standard_cost", 4.5)
    db.db.commit()
    http.login(hosts.user_for("Purchaser"), hosts.PASSWORD)
    assert not http.get(f"/api/resource/Item/{item.name}").json["data"].get("standard_cost")
    listed = http.get("/api/resource/Item", query_string={"fields": '["name","standard_cost"]', "limit": 1})
    assert "standard_cost" not in listed.json["data"][0]
    http.login(hosts.user_for("Finance Officer"), hosts.PASSWORD)
    assert http.get(f"/api/resource/Item/{item.name}").json["data"]["standard_cost"] == 4.5


@pytest.mark.clause("7.5")
def test_an_item_in_use_is_neither_deleted_nor_renamed(db, used_item):
    with pytest.raises(db.ValidationError):
        db.delete_doc("Item", used_item.name)
    with pytest.raises(db.ValidationError):
        db.rename_doc("Item", used_item.name, "OTHER")
    assert db.db.exists("Item", used_item.name)


@pytest.mark.clause("7.5")
@pytest.mark.parametrize("steps", range(4))
def test_only_the_right_role_acts_in_each_state(db, used_item, steps):
    request = making.change_request(used_item.name, changes=[{"field": "Item Name", "new_value": "Better"}])
    request = making.pass_request(request, steps=steps)
    assert request.workflow_state == STATES[steps]
    before, item_before = stored(request.doctype, request.name), stored("Item", used_item.name)
    refused = 0
    for role in hosts.ROLES:
        for action in ACTIONS:
            if role in ALLOWED.get((STATES[steps], action), ()):
                continue
            with pytest.raises((db.ValidationError, db.PermissionError)):
                making.act(request, action, role)
            refused += 1
    allowed = sum(len(roles) for (state, _action), roles in ALLOWED.items() if state == STATES[steps])
    assert refused == len(hosts.ROLES) * len(ACTIONS) - allowed
    assert stored(request.doctype, request.name) == before
    assert stored("Item", used_item.name) == item_before


@pytest.mark.clause("7.5")
def test_nobody_passes_or_applies_their_own_request(db, used_item):
    line = {"field": "Item Name", "new_value": "Mine"}
    for role, steps, action in (("Engineer", 1, "Pass"), ("Cost Accountant", 2, "Apply")):
        request = making.change_request(used_item.name, role=role, changes=[line])
        request = making.pass_request(request, steps=steps)
        with pytest.raises((db.ValidationError, db.PermissionError)):
            making.act(request, action, role)
        assert db.db.get_value("Item", used_item.name, "item_name") == used_item.item_name
        making.act(request, action, f"{role} 2")


@pytest.mark.clause("7.5")
def test_a_request_under_review_is_locked(db, used_item):
    request = making.change_request(used_item.name, changes=[{"field": "Item Name", "new_value": "Better"}])
    request = making.act(request, "Submit for Review", "Purchaser")
    before = stored(request.doctype, request.name)
    for role, change in (
        ("Engineer", lambda doc: doc.changes[0].set("new_value", "Forged")),
        ("Engineer", lambda doc: doc.append("changes", {"field": "Disabled", "new_value": "1"})),
        ("Engineer", lambda doc: doc.set("changes", [])),
        ("Engineer", lambda doc: doc.set("engineer_signed_by", hosts.user_for("Engineer"))),
        ("Engineer", lambda doc: doc.set("item", making.item().name)),
        ("Purchaser", lambda doc: doc.set("reason", "Forged")),
        ("Engineer", lambda doc: doc.set("workflow_state", "Applied")),
        ("Cost Accountant", lambda doc: doc.set("docstatus", 1)),
    ):
        doc = db.get_doc(request.doctype, request.name)
        change(doc)
        with hosts.as_user(role), pytest.raises((db.ValidationError, db.PermissionError)):
            doc.save()
    assert stored(request.doctype, request.name) == before


@pytest.mark.clause("7.5")
def test_a_request_whose_item_changed_meanwhile_is_not_applied(db, used_item):
    first, second = (
        making.change_request(used_item.name, changes=[{"field": "Item Name", "new_value": name}])
        for name in ("First", "Second")
    )
    making.pass_request(first)
    with pytest.raises(db.ValidationError, match=r"7\.5"):
        making.act(second, "Submit for Review", "Purchaser")
    second.reload()
    with hosts.as_user("Purchaser"):
        second.save()
    making.pass_request(second)
    assert db.db.get_value("Item", used_item.name, "item_name") == "Second"


# --- bad input


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    "line",
    [
        {"field": "Stock UOM", "new_value": "no such unit"},
        {"field": "Item Class", "new_value": "Gadget"},
        {"field": "Standard Unit Weight", "new_value": "heavy"},
        {"field": "Standard Unit Weight", "new_value": "-1"},
        {"field": "Item Name", "new_value": ""},
        {"field": "Item Name", "new_value": "x" * 141},
        {"field": "Disabled", "new_value": "perhaps"},
        {"field": "Colour", "new_value": "red"},
        {"field": "Item Name", "new_value": None},
    ],
)
def test_a_value_that_the_field_cannot_take_is_refused(db, used_item, line):
    with pytest.raises(db.ValidationError):
        making.change_request(used_item.name, changes=[line])
    assert not db.db.exists("Item Change Request", {"item": used_item.name})


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    "values",
    [
        {"item": None},
        {"item": "no-such-item"},
        {"request_kind": "Set-up", "item_code": None},
        {"request_kind": "Whim"},
        {"reason": None},
        {"requested_by": "nobody@demo.example"},
        {"department": "No such department"},
    ],
)
def test_a_request_without_its_item_or_reason_is_refused(db, values):
    values = {"reason": "Test", "changes": [{"field": "Item Name", "new_value": "X"}], **values}
    with pytest.raises(db.ValidationError):
        making.change_request(values.pop("item", None), **values)


@pytest.mark.clause("7.5")
def test_an_existing_code_cannot_be_set_up_again(db, used_item):
    lines = [{"field": "Item Name", "new_value": "Twin"}]
    with pytest.raises(db.ValidationError, match=r"7\.5"):
        making.change_request(request_kind="Set-up", item_code=used_item.name.lower(), changes=lines)


@pytest.mark.clause("7.5")
def test_an_empty_request_and_an_incomplete_set_up_are_not_submitted(db, used_item):
    empty = making.change_request(used_item.name)
    with pytest.raises(db.ValidationError, match=r"7\.5"):
        making.act(empty, "Submit for Review", "Purchaser")
    bare = making.change_request(request_kind="Set-up", item_code=hosts.unique("N"))
    with pytest.raises(db.ValidationError) as refused:
        making.act(bare, "Submit for Review", "Purchaser")
    assert str(refused.value).count("7.5") == 3


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"stock_uom": "no such unit"}, "LinkValidationError"),
        ({"item_class": "Gadget"}, "ValidationError"),
        ({"item_name": "x" * 141}, "CharacterLengthExceededError"),
        ({"item_name": None}, "MandatoryError"),
        ({"standard_unit_weight": -1}, "NonNegativeError"),
        ({"critical_dimensions": [{"nominal": 1}]}, "MandatoryError"),
        ({"item_code": "<b>"}, "ValidationError"),
    ],
)
def test_bad_items_are_refused(db, values, error):
    with pytest.raises(getattr(db.exceptions, error) if error != "ValidationError" else Exception):
        making.item(**values)


@pytest.mark.clause("7.5")
def test_the_request_prints_as_on_paper(db, used_item):
    request = making.change_request(
        used_item.name, changes=[{"field": "Item Name", "new_value": "<i>New</i> name"}]
    )
    html = db.get_print("Item Change Request", request.name, "Item Change Form")
    for text in (request.name, used_item.name, used_item.item_name, "name"):
        assert text in html
    assert "<i>New</i>" not in html


@pytest.mark.clause("7.5")
def test_queries_to_save_an_item_in_use_do_not_grow_with_its_rows(db, query_count):
    counts = []
    for rows in (1, 10):
        item = making.item(
            critical_dimensions=[{"dimension": f"D{row}", "nominal": row} for row in range(rows)]
        )
        making.use(item.name)
        item.reload()
        item.sample_status = "Confirmed"
        item.save()
        item.sample_status = "Not Required"
        with query_count() as counted:
            item.save()
        counts.append(counted.count - rows)
    assert counts[1] <= counts[0]


@pytest.mark.parametrize(
    ("doctype", "roles"),
    [("Item Change Request", set(AUTHORS)), ("Supplier Evaluation", {"Purchaser", "Quality Inspector"})],
)
def test_everybody_who_may_write_a_draft_can_edit_it_in_the_desk(db, doctype, roles):
    workflow = db.get_doc("Workflow", doctype)
    assert {row.allow_edit for row in workflow.states if row.state == "Draft"} == roles
