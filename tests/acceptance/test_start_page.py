"""The charts of the start page: each number opens the records that it counts, also for who sees only some of them."""

from __future__ import annotations

import json
from datetime import timedelta

import price_world
import pytest
import receiving_world

import hosts

ADMINISTRATOR = "Rule Administrator"
PRICE = "Item Supplier Price"


def chart(name: str, user: str) -> dict:
    """Return a chart as this user sees it."""
    from erp_rules.api.screens import overview

    with hosts.as_user(user):
        return next(one for one in overview()["charts"] if one["name"] == name)


def points(drawn: dict) -> list[tuple]:
    """Return series, place, value and target of each number of a chart that is not empty."""
    return [
        (series["name"], x, value, target)
        for series in drawn["series"]
        for x, value, target in zip(drawn["x"], series["values"], series["opens"], strict=True)
        if value
    ]


def listed(target: dict, user: str) -> list[str]:
    """Return the records of the list that a number opens, as the list asks for them."""
    import frappe

    filters = [
        [row["field"], row["operator"], row["value"]] for row in json.loads(target["query"]["filters"])
    ]
    with hosts.as_user(user):
        return frappe.get_list(
            target["name"],
            filters=filters,
            order_by=target["query"].get("order"),
            pluck="name",
            limit_page_length=0,
        )


def reported(target: dict, user: str) -> list[dict]:
    """Return the rows of the report that a number opens."""
    from erp_rules.api.screens import run_report

    with hosts.as_user(user):
        return run_report(target["name"], target["query"]["filters"])["result"]


def stored(doctype: str, **values) -> str:
    """Put a record that only the app writes straight into the database."""
    import frappe

    doc = frappe.get_doc({"doctype": doctype, "name": hosts.unique(), **values})
    doc.db_insert()
    return doc.name


def event(clause: str, outcome: str, at) -> str:
    """Store what a clause did at a moment."""
    return stored("Rule Event", clause=clause, outcome=outcome, event_time=at)


def time_limit(clause: str, status: str, due_at) -> str:
    """Store a time limit of a clause."""
    return stored("Deadline", clause=clause, status=status, due_at=due_at)


def department() -> str:
    """Make a department."""
    import frappe

    values = {"doctype": "Department", "department_name": hosts.unique("D")}
    return frappe.get_doc(values).insert(ignore_permissions=True).name


@pytest.fixture
def allowed(db):
    """Return a function that lets a new user with a role see only what names one record."""
    made = []

    def allow(role: str, doctype: str, name: str) -> str:
        login = hosts.make_user(f"{hosts.unique('u').lower()}@demo.example", role)
        made.append(login)
        limit = {"doctype": "User Permission", "user": login, "allow": doctype, "for_value": name}
        db.get_doc({**limit, "apply_to_all_doctypes": 1}).insert(ignore_permissions=True)
        db.clear_cache(user=login)
        return login

    yield allow
    db.db.rollback()
    for login in made:
        db.clear_cache(user=login)


def moments(db) -> tuple:
    """Return the last second of the month before this one, and the first and the last of this one."""
    first = db.utils.get_datetime(db.utils.get_first_day(db.utils.today()))
    after = db.utils.get_datetime(db.utils.add_months(first, 1))
    return first - timedelta(seconds=1), first, after - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("name", "make", "series"),
    [("clause_events", event, ("Blocked", "Warned")), ("deadlines", time_limit, ("Missed", "Met"))],
    ids=["events", "time-limits"],
)
def test_a_number_of_a_month_opens_its_records_those_of_a_clause_together(db, allowed, name, make, series):
    (one, other), (before, first, last) = series, moments(db)
    expected = {
        make("7.10", one, before),
        make("7.10", one, first),
        make("2.4", one, last),
        make("7.10", one, last),
        make("7.10", other, last),
    }
    drawn = chart(name, ADMINISTRATOR)
    shown = points(drawn)
    opened = [listed(target, ADMINISTRATOR) for _name, _x, _value, target in shown]
    assert [len(found) for found in opened] == [value for _name, _x, value, _target in shown]
    assert expected <= {record for found in opened for record in found}
    this_month = next(target for of, x, _value, target in shown if (of, x) == (db._(one), drawn["x"][-1]))
    doctype = this_month["name"]
    clauses = [db.db.get_value(doctype, found, "clause") for found in listed(this_month, ADMINISTRATOR)]
    assert {"2.4", "7.10"} <= set(clauses) and clauses == sorted(clauses)

    login = allowed(ADMINISTRATOR, "Rule", "2.4")
    for of, _x, value, target in points(chart(name, login)):
        found = listed(target, login)
        assert len(found) == value, of
        assert {db.db.get_value(doctype, record, "clause") for record in found} == {"2.4"}
    assert sum(value for *_point, value, _target in points(chart(name, login))) >= 1


def test_a_month_without_records_opens_nothing(db, allowed):
    event("2.4", "Warned", moments(db)[0])
    login = allowed(ADMINISTRATOR, "Rule", "2.4")
    _blocked, warned, waived = chart("clause_events", login)["series"]
    assert (warned["values"][-2], warned["opens"][-2]["kind"]) == (1, "list")
    assert (waived["values"][-2], waived["opens"][-2]) == (0, None)


def test_the_number_of_an_age_opens_what_waits_so_long(db):
    from erp_rules.api.screens import inbox

    executive = "Top Executive"
    ages = ("under 1 day", "1 to 3 days", "3 to 7 days", "over 7 days")
    for hours in (23, 25, 71, 73, 169):
        waiting = price_world.reviewed().name
        since = db.utils.now_datetime() - timedelta(hours=hours)
        action = {"reference_name": waiting, "status": "Open"}
        db.db.set_value("Workflow Action", action, "creation", since, update_modified=False)
    drawn = chart("approvals_by_age", executive)
    with hosts.as_user(executive):
        found = [row["age"] for row in inbox()]
    (series,) = drawn["series"]
    assert series["values"] == [found.count(age) for age in ages]
    assert series["values"][1:] == [2, 1, 1]
    assert series["opens"][1:] == [{"kind": "inbox", "query": {"age": age}} for age in ages[1:]]


def test_a_point_of_a_price_line_opens_the_row_that_it_is_from(db, allowed):
    doc = price_world.posted()
    login = allowed("Purchaser", "Item", doc.item)
    ((_name, day, rate, target),) = points(chart("prices", login))
    assert (day, rate) == (str(doc.valid_from), 9.5)
    (row,) = listed(target, login)
    assert (target["name"], db.db.get_value(PRICE, row, ["item", "rate"])) == (PRICE, (doc.item, 9.5))


def test_lines_of_the_same_item_and_supplier_for_other_work_are_apart(db, allowed):
    first = price_world.posted()
    same = {"item": first.item, "supplier": db.db.get_value(PRICE, {"item": first.item}, "supplier")}
    for operation, rate in (("Plating", 3), ("Drilling", 4)):
        work = {"price_kind": "Subcontract", "operation": operation, "rate": rate, "currency": "CNY"}
        stored(PRICE, **same, **work, valid_from=first.valid_from, valid_to=first.valid_to)
    login = allowed("Purchaser", "Item", first.item)
    shown = points(chart("prices", login))
    assert sorted(value for _name, _day, value, _target in shown) == [3, 4, 9.5]
    for name, _day, value, target in shown:
        (row,) = listed(target, login)
        found = db.db.get_value(PRICE, row, ["rate", "operation"], as_dict=True)
        assert found.rate == value and (found.operation or "") in name


def test_a_compared_quote_opens_its_price_approval(db):
    doc = price_world.posted()
    drawn = chart("quotes", "Purchaser")
    opened = {json.dumps(target) for *_point, target in points(drawn)}
    assert {"kind": "form", "name": "Price Approval", "document": doc.name} in map(json.loads, opened)


def test_what_was_accepted_in_a_month_opens_the_rows_that_say_so(db, allowed):
    mine, other = receiving_world.order(qty=100), receiving_world.order(qty=100)
    receiving_world.posted(mine, 40, 10)
    receiving_world.posted(other, 50, 45)
    by_supplier = allowed("Purchaser", "Supplier", mine.supplier)
    mine_only = department()
    db.db.set_value("Purchase Order", mine.name, "department", mine_only)
    db.db.set_value("Purchase Order", other.name, "department", department())
    by_department = allowed("Purchaser", "Department", mine_only)
    fields = {"Accepted Quantity": "accepted_qty", "Rejected Quantity": "rejected_qty"}
    for user in ("Purchaser", by_supplier, by_department):
        shown = points(chart("receipts", user))
        assert {of for of, *_point in shown} == set(fields)
        for of, _x, value, target in shown:
            assert value == sum(row[fields[of]] for row in reported(target, user)), (user, of)
    numbers = {of: value for of, _x, value, _target in points(chart("receipts", by_supplier))}
    assert numbers == {"Accepted Quantity": 10, "Rejected Quantity": 30}
    rows = [
        row
        for *_point, target in points(chart("receipts", by_department))
        for row in reported(target, by_department)
    ]
    assert mine.supplier in {row["supplier"] for row in rows}
    assert other.supplier not in {row["supplier"] for row in rows}


def test_a_suppliers_share_opens_the_rows_that_it_is_of(db, allowed):
    order = receiving_world.order(qty=100)
    receiving_world.posted(order, 40, 10)
    login = allowed("Purchaser", "Supplier", order.supplier)
    shown = points(chart("suppliers", login))
    assert [value for _name, _x, value, _target in shown] == [25, 100]
    for *_point, target in shown:
        (row,) = reported(target, login)
        assert (row["supplier"], row["counted_qty"], row["accepted_qty"]) == (order.supplier, 40, 10)
