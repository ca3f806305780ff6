"""What a save asks of the database: each kind of fact once, whatever the number of rows; rules when one changed."""

import re

import order_world as world
import price_world as prices
import pytest

import hosts

# What making and approving an order takes for each row: it is inserted and stored by two moves, its requisition's by
# one. And what it may take besides.
PER_ROW = 4
FIXED = 100 if hosts.HOST == "bench" else 85


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def in_bulk(counted) -> list[str]:
    """Return the statements other than Frappe's own look at single values, such as whether each row's links exist."""
    return [sql for sql in counted.statements if not re.match(r"\s*select.*limit 1\b", sql, re.I | re.S)]


def reads_of(counted, doctype: str) -> int:
    """Return how often a table was read in bulk, by itself or together with others."""
    table = re.compile(rf"\s*select.*\b(from|join) [`\"]tab{doctype}[`\"]", re.I | re.S)
    return sum(bool(table.match(sql)) for sql in in_bulk(counted))


# --- rules and controls ----------------------------------------------------------------------


def enforcement(number: str) -> str:
    """Return the enforcement of a clause as a new request finds it."""
    from erp_rules.rule_engine import parameters

    hosts.forget_request_state()
    return parameters.enforcement_of(number)


def requester_field(doctype: str) -> str:
    """Return which field of a document names who asked for it, as a new request finds it."""
    from erp_rules.rule_engine import controls

    hosts.forget_request_state()
    (fieldname,) = controls.control_of(doctype).requester_fields
    return fieldname


kept = pytest.mark.parametrize(
    ("found", "doctype", "name", "fieldname", "before", "after"),
    [
        (enforcement, "Rule", "4.2.3.3", "enforcement", "Block", "Warn"),
        (requester_field, "Document Control", "Purchase Order", "requester_field", "purchaser", "owner"),
    ],
)


def change(doctype: str, name: str, fieldname: str, value) -> None:
    """Change a record as the Rule Administrator."""
    import frappe

    with hosts.as_user("Rule Administrator"):
        doc = frappe.get_doc(doctype, name)
        doc.set(fieldname, value)
        doc.save()


@kept
def test_what_rules_say_is_read_once_until_one_changes(
    found, doctype, name, fieldname, before, after, query_count
):
    assert found(name) == before
    with query_count() as again:
        assert found(name) == before
    assert again.count == 1, "only whether something changed"
    change(doctype, name, fieldname, after)
    assert found(name) == after


@kept
def test_what_rules_say_follows_a_change_that_is_taken_back(found, doctype, name, fieldname, before, after):
    import frappe

    assert found(name) == before
    change(doctype, name, fieldname, after)
    assert found(name) == after
    frappe.db.rollback()
    assert found(name) == before


@kept
def test_what_rules_say_follows_a_value_that_is_set_past_the_record(
    found, doctype, name, fieldname, before, after
):
    import frappe

    assert found(name) == before
    frappe.db.set_value(doctype, name, fieldname, after)
    assert found(name) == after


@kept
def test_what_a_request_read_in_another_state_is_not_taken(
    found, doctype, name, fieldname, before, after, monkeypatch
):
    """As a request would keep it that began before a change and ends after it was committed."""
    from erp_rules.rule_engine import scope

    assert found(name) == before
    with monkeypatch.context() as earlier:
        earlier.setattr(scope, "_state_of", lambda doctype: ("earlier", 1))
        for key, kind in (("rules", "Rule"), ("controls", "Document Control")):
            hosts.forget_request_state()
            assert scope.until_changed(key, kind, dict) == {}
    assert found(name) == before


def test_the_calendar_is_read_once_until_it_changes(query_count):
    import frappe

    from erp_rules.rule_engine import calendars

    def holidays():
        hosts.forget_request_state()
        return calendars.default_calendar().holidays

    before = holidays()
    with query_count() as again:
        assert holidays() == before
    assert not [sql for sql in again.statements if "tabWorking Calendar" in sql]
    holiday = frappe.utils.getdate("2031-05-02")
    with hosts.as_user("Rule Administrator"):
        doc = frappe.get_doc(
            "Working Calendar", frappe.db.get_single_value("Rule Settings", "default_calendar")
        )
        doc.append("holidays", {"date": holiday, "description": "Bridge day"})
        doc.save()
    assert holidays() == before | {holiday}
    frappe.db.rollback()
    assert holidays() == before


# --- orders ----------------------------------------------------------------------------------


def lines(count: int) -> list[dict]:
    """Return what the workbench sends for approved requisition lines of new items at one supplier."""
    supplier = prices.supplier()
    codes = [world.item() for _row in range(count)]
    for code in codes:
        world.post(code, (supplier, 2))
    return [world.line(row, supplier) for row in world.approved(*((code, 5) for code in codes)).items]


def make(chosen: list[dict], query_count):
    """Make an order as the workbench does; return its number and the statements."""
    from erp_rules.procurement import orders

    with hosts.as_user("Purchaser"), query_count() as counted:
        (name,) = orders.make_orders(chosen)
    return name, counted


def test_an_order_asks_for_each_kind_of_fact_once(query_count):
    import frappe

    make(lines(2), query_count)  # fills what is kept
    name, making = make(lines(3), query_count)
    assert {kind: reads_of(making, kind) for kind in ("Item", "Item Supplier Price")} == {
        "Item": 1,
        "Item Supplier Price": 1,
    }
    order = frappe.get_doc(world.ORDER, name)
    with query_count() as moving:
        prices.act(order, "Submit for Approval", "Purchaser")
    asked = ("Item", "Item Supplier Price", "Approval Task", "Rule", "Document Control")
    assert {kind: reads_of(moving, kind) for kind in asked} == dict.fromkeys(asked, 1)


def test_the_statements_of_an_order_grow_with_its_rows_alone(query_count):
    import frappe

    found = {}
    for count in (2, 3, 13):  # the first one fills what is kept
        chosen = lines(count)
        name, making = make(chosen, query_count)
        order = frappe.get_doc(world.ORDER, name)
        with query_count() as moving:
            for action, role in world.STEPS[:2]:
                prices.act(order, action, role)
        found[count] = len(in_bulk(making)) + len(in_bulk(moving))
    assert found[13] - found[3] == 10 * PER_ROW
    assert found[3] - 3 * PER_ROW <= FIXED


def test_the_guard_reads_the_moment_of_rows_that_were_made_together_once(monkeypatch):
    import frappe

    from erp_rules.rule_engine import differences, guard

    form = prices.draft(
        quotes=[prices.quote(prices.supplier(), 9 + n, selected=int(not n)) for n in range(12)]
    )
    stored = frappe.get_doc(form.doctype, form.name)
    read = []
    original = differences.get_datetime
    monkeypatch.setattr(differences, "get_datetime", lambda value: read.append(value) or original(value))
    differences._moment.cache_clear()
    assert isinstance(form.quotes[0].creation, str)
    assert guard.against_forgery(form, stored) == []
    texts = [value for value in read if isinstance(value, str)]
    assert len(texts) == len(set(texts)) > 0
