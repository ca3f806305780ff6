"""What documents wait for: each of them somebody who can lead it on, by name, since a moment (1.3, 1.8, 1.9, 1.12)."""

from __future__ import annotations

import contextlib

import order_world
import price_world
import pytest
from engine_tools import act

from hosts import ROLES, as_user, make_user, query_count, unique, user_for, who

REASON = "The drawing is of last year"
PRICE, ORDER = "Price Approval", "Purchase Order"


def rows_of(viewer: str, **filters) -> dict[str, dict]:
    """Return the rows of the report of waiting documents, as this user sees it, by document."""
    from erp_rules.rule_engine.report.waiting_documents.waiting_documents import execute

    with as_user(viewer):
        return {row["document"]: row for row in execute(filters)[1]}


def inbox_of(role: str) -> dict[str, dict]:
    from erp_rules.api.screens import inbox

    with as_user(role):
        return {row["name"]: row for row in inbox()}


def requests_of(role: str) -> dict[str, dict]:
    from erp_rules.api.screens import requests

    with as_user(role):
        return {row["name"]: row for row in requests()}


def people_of(doc) -> set[str]:
    """Return whom a document waits for, of the two scratch users a role (a site may have more)."""
    import frappe

    from erp_rules.rule_engine import waiting

    found = waiting.people_of(frappe.get_doc(doc.doctype, doc.name))
    assert found == sorted(set(found))
    return set(found) & {user_for(role, number) for role in ROLES for number in (1, 2)}


def both(role: str) -> set[str]:
    return {user_for(role), user_for(role, 2)}


def full_name(role: str) -> str:
    import frappe

    return frappe.db.get_value("User", who(role), "full_name")


def reject(doc, role: str):
    return act(doc, "Reject", role, reason=REASON)


# --- inbox -----------------------------------------------------------------------------------


@pytest.mark.clause("1.3")
def test_a_draft_is_its_makers_own_affair_until_it_comes_back(db):
    doc = price_world.draft()
    with as_user("Purchaser"):
        db.get_doc(*(doc.doctype, doc.name)).save()  # Frappe opens its action for a draft
    for role in ("Purchaser", "Purchaser 2"):
        assert doc.name not in inbox_of(role)
    assert doc.name not in rows_of("Internal Auditor")
    price_world.act(doc, "Submit for Review", "Purchaser")
    reject(doc, "Finance Officer")
    assert inbox_of("Purchaser")[doc.name]["state"] == "Rejected"
    assert doc.name not in inbox_of("Purchaser 2")
    assert people_of(doc) == {who("Purchaser")}


@pytest.mark.clause("1.3")
def test_an_order_sent_back_to_its_draft_waits_for_its_purchaser(db):
    order = order_world.move(order_world.order(), 1)
    assert people_of(order) == both("Purchasing Manager")
    reject(order, "Purchasing Manager")
    assert inbox_of("Purchaser")[order.name]["state"] == "Draft"
    assert order.name not in inbox_of("Purchaser 2")


@pytest.mark.clause("4.4.4")
def test_an_approved_order_waits_for_purchasers_its_maker_among_them(db):
    order = order_world.move(order_world.order(), 2)
    for role in ("Purchaser", "Purchaser 2"):
        assert inbox_of(role)[order.name]["due_at"]
    # Closing it only may follow.
    assert order.name not in inbox_of("Purchasing Manager")
    assert people_of(order) == both("Purchaser")


@pytest.mark.clause("4.2.6")
def test_a_posted_price_waits_for_nobody_until_it_has_ended(db):
    from erp_rules.procurement.price_expiry import tell_purchasers

    today = db.utils.getdate()
    doc = price_world.posted(first=db.utils.add_months(today, -7))
    waits = {"reference_name": doc.name, "status": "Open"}
    assert not db.db.exists("Workflow Action", waits)
    for role in ("Purchaser", "Purchaser 2", "Finance Officer"):
        assert doc.name not in inbox_of(role)
    tell_purchasers(today)
    tell_purchasers(today)
    assert db.db.count("Workflow Action", waits) == 1
    assert inbox_of("Finance Officer")[doc.name]["state"] == "Posted"
    assert doc.name not in inbox_of("Purchaser 2")
    price_world.act(doc, "Return for Confirmation", "Finance Officer")
    assert doc.name in inbox_of("Purchaser")
    assert doc.name not in inbox_of("Finance Officer")


def test_an_affiliates_requisition_waits_for_the_sales_coordinator(db):
    code = order_world.item()
    with as_user("Planner"):
        doc = db.get_doc(
            {
                "doctype": "Purchase Requisition",
                "requisition_kind": "Affiliate",
                "affiliate": price_world.supplier(supplier_kind="Affiliate"),
                "items": [
                    {"item": code, "qty": 5, "required_date": order_world.days(30), "source": "Stated Reason", "reason": "New line"}
                ],
            }
        ).insert()  # fmt: skip
    assert doc.name in inbox_of("Sales Coordinator")
    assert doc.name not in inbox_of("Planner")
    assert rows_of("Planner")[doc.name]["roles"] == "Sales Coordinator"


# --- notices ---------------------------------------------------------------------------------


def told(doc) -> list[tuple[str, str]]:
    import frappe

    frappe.db.commit()
    found = frappe.get_all("Notification Log", {"document_name": doc.name}, ["for_user", "subject"])
    known = {user_for(role, number) for role in ROLES for number in (1, 2)}
    return sorted((row.for_user, row.subject) for row in found if row.for_user in known)


@pytest.mark.clause("4.4.4")
def test_each_step_of_an_order_tells_those_it_waits_for_once(db):
    order = order_world.move(order_world.order(), 1)
    before = told(order)
    assert [user for user, _subject in before] == sorted(both("Purchasing Manager"))
    act(order, "Approve", "Purchasing Manager")
    again = [entry for entry in told(order) if entry not in before]
    assert [user for user, _subject in again] == sorted(both("Purchaser"))
    due = db.db.get_value("Deadline", {"reference_name": order.name, "clause": "4.4.4"}, "due_at")
    assert all(f"{due:%Y-%m-%d %H:%M}" in subject for _user, subject in again)


@pytest.mark.clause("1.13")
def test_a_rejection_tells_the_maker_and_nobody_else_of_the_role(db):
    doc = price_world.draft()
    price_world.act(doc, "Submit for Review", "Purchaser")
    before = told(doc)
    reject(doc, "Finance Officer")
    assert [entry[0] for entry in told(doc) if entry not in before] == [who("Purchaser")]


# --- the report and what one asked for ---------------------------------------------------------


@pytest.mark.clause("1.12")
def test_the_report_names_people_age_and_time_limit(db):
    doc = price_world.draft()
    price_world.act(doc, "Submit for Review", "Purchaser")
    row = rows_of("Purchaser")[doc.name]
    assert row["document_type"] == PRICE and row["state"] == "Finance Review"
    assert full_name("Finance Officer") in row["people"] and full_name("Finance Officer 2") in row["people"]
    assert row["due_at"] == db.db.get_value("Deadline", {"reference_name": doc.name}, "due_at")
    assert row["age_hours"] < 1 and row["overdue"] == 0
    past = db.utils.add_to_date(None, hours=-30)
    db.db.set_value("Workflow Action", {"reference_name": doc.name}, "creation", past)
    db.db.set_value("Deadline", {"reference_name": doc.name}, "due_at", past)
    row = rows_of("Purchaser")[doc.name]
    assert 30 <= row["age_hours"] < 31 and row["overdue"] == 1


@pytest.mark.parametrize(
    ("filters", "is_shown"),
    [
        ({"document_type": PRICE}, True),
        ({"document_type": ORDER}, False),
        ({"role": "Finance Officer"}, True),
        ({"role": "Top Executive"}, False),
        ({"user": "Finance Officer"}, True),
        ({"user": "Purchaser"}, False),
        ({"made_by": "Purchaser"}, True),
        ({"made_by": "Purchaser 2"}, False),
        ({"older_than_hours": 1}, False),
        ({"only_overdue": 1}, False),
    ],
)
def test_the_report_filters(db, filters, is_shown):
    doc = price_world.draft()
    price_world.act(doc, "Submit for Review", "Purchaser")
    wanted = {key: who(value) if key in ("user", "made_by") else value for key, value in filters.items()}
    assert (doc.name in rows_of("Internal Auditor", **wanted)) is is_shown


def test_the_report_says_when_nobody_has_the_role(db):
    from erp_rules.rule_engine import waiting

    doc = price_world.reviewed()
    action = db.db.get_value("Workflow Action", {"reference_name": doc.name, "status": "Open"})
    with contextlib.ExitStack() as stack:
        for user in waiting.holders(["Top Executive"]):
            db.db.set_value("User", user, "enabled", 0)
            stack.callback(db.db.set_value, "User", user, "enabled", 1)
        db.local.cache.pop("erp_rules", None)
        assert action
        assert rows_of("Internal Auditor")[doc.name]["people"] == "Nobody has the role: Top Executive"


@pytest.mark.clause("1.8")
@pytest.mark.clause("1.9")
def test_who_was_asked_by_name_is_waited_for_alone(db):
    from erp_rules.rule_engine import ways

    doc = price_world.reviewed()
    assert people_of(doc) == both("Top Executive")
    with as_user("Top Executive"):
        ways.pass_on(doc.doctype, doc.name, who("Top Executive 2"), REASON)
    assert people_of(doc) == {who("Top Executive 2")}
    with as_user("Top Executive 2"):
        ways.countersign(doc.doctype, doc.name, who("Warehouse Keeper"), REASON)
    assert rows_of("Internal Auditor")[doc.name]["people"] == full_name("Warehouse Keeper")


def test_the_maker_follows_what_they_asked_for(db):
    doc = price_world.draft()
    assert doc.name not in requests_of("Purchaser")
    price_world.act(doc, "Submit for Review", "Purchaser")
    row = requests_of("Purchaser")[doc.name]
    assert row["state"] == "Finance Review"
    assert {full_name("Finance Officer"), full_name("Finance Officer 2")} <= set(row["waits_for"])
    assert doc.name not in requests_of("Purchaser 2")
    reject(doc, "Finance Officer")
    # It is in the maker's own inbox now.
    assert doc.name not in requests_of("Purchaser")


def test_neither_report_nor_requests_show_what_could_not_be_opened(db):
    seen, hidden = price_world.supplier(), price_world.supplier()
    orders = {}
    for code in (seen, hidden):
        item = order_world.item()
        order_world.post(item, (code, 10))
        requisition = order_world.approved((item, 100))
        (orders[code],) = order_world.make(order_world.line(requisition.items[0], code))
        order_world.move(orders[code], 1)
    narrow = make_user(f"{unique('narrow').lower()}@demo.example", "Purchasing Manager")
    db.get_doc({"doctype": "User Permission", "user": narrow, "allow": "Supplier", "for_value": seen}).insert(
        ignore_permissions=True
    )
    rows = rows_of(narrow)
    assert orders[seen].name in rows and orders[hidden].name not in rows


def test_the_report_reads_in_bulk(db):
    def cost() -> int:
        db.local.cache.pop("erp_rules", None)
        with query_count() as queries:
            rows_of("Internal Auditor", document_type=PRICE)
        return len(queries)

    price_world.act(price_world.draft(), "Submit for Review", "Purchaser")
    few = cost()
    for _number in range(5):
        price_world.act(price_world.draft(), "Submit for Review", "Purchaser")
    assert cost() <= few


def test_a_form_says_whom_its_document_waits_for(db):
    from erp_rules.api import forms, screens

    doc = price_world.draft()
    with as_user("Purchaser"):
        assert screens.document(PRICE, doc.name)["waits_for"] is None
        price_world.act(doc, "Submit for Review", "Purchaser")
        for told in (screens.document(PRICE, doc.name), forms.guidance(PRICE, doc.name)):
            waits = told["waits_for"]
            assert full_name("Finance Officer") in waits["people"] and not waits["is_me"]
            assert waits["roles"] == ["Finance Officer"] and waits["since"]
    with as_user("Finance Officer"):
        assert screens.document(PRICE, doc.name)["waits_for"]["is_me"]
