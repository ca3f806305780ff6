"""What people are told: in their own language, about what they may open, and not when they switched it off (2.6)."""

from __future__ import annotations

import import_world as imports
import price_world as prices
import pytest
import receiving_world as receiving

import hosts


@pytest.fixture
def told(db):
    """Function that commits and returns what is in a person's notifications about a document; undone afterwards."""
    begun = db.utils.now_datetime()

    def find(role: str, doc) -> list:
        db.db.commit()
        return db.get_all(
            "Notification Log",
            filters={"for_user": hosts.who(role), "document_name": doc.name, "creation": [">=", begun]},
            fields=["subject", "link", "document_type"],
            order_by="creation asc",
        )

    yield find
    db.db.rollback()


@pytest.fixture
def set_value(db):
    """Function that commits a value of a record for the length of a test."""
    before = []

    def set_it(doctype: str, name: str, fieldname: str, value) -> None:
        before.append((doctype, name, fieldname, db.db.get_value(doctype, name, fieldname)))
        db.db.set_value(doctype, name, fieldname, value)
        db.db.commit()
        db.clear_cache()

    yield set_it
    db.db.rollback()
    for doctype, name, fieldname, value in reversed(before):
        db.db.set_value(doctype, name, fieldname, value)
    db.db.commit()
    db.clear_cache()


def test_everybody_is_told_in_their_own_language(db, told, set_value):
    set_value("User", hosts.who("Finance Officer"), "language", "zh")
    set_value("User", hosts.who("Finance Officer 2"), "language", "en")
    set_value("User", hosts.who("Purchaser"), "language", "en")
    doc = prices.act(prices.draft(), "Submit for Review", "Purchaser")
    (chinese,) = told("Finance Officer", doc)
    (english,) = told("Finance Officer 2", doc)
    assert chinese.subject.startswith(f"单价核定表 {doc.name}") and "财务审核" in chinese.subject
    assert english.subject.startswith(f"Price Approval {doc.name} waits for you: Finance Review, until ")
    assert db.local.lang == "en"


def test_a_task_is_written_in_the_language_of_whom_it_is_given_to(db, told, set_value):
    from erp_rules.rule_engine.notify import users_with_roles

    given = users_with_roles(["Cost Accountant"])[0]
    set_value("User", given, "language", "zh")
    doc = prices.posted()
    (task,) = db.get_all("ToDo", {"reference_name": doc.name, "allocated_to": given}, pluck="description")
    assert doc.item in task and "Update the cost" not in task


def test_whoever_switched_notifications_off_is_told_nothing(db, told):
    silent = hosts.who("Finance Officer 2")
    if not db.db.exists("Notification Settings", silent):
        db.get_doc({"doctype": "Notification Settings", "name": silent, "user": silent}).insert()
    db.db.set_value("Notification Settings", silent, "enabled", 0)
    try:
        doc = prices.act(prices.draft(), "Submit for Review", "Purchaser")
        assert told("Finance Officer 2", doc) == []
        assert len(told("Finance Officer", doc)) == 1
        assert told("Purchaser", doc) == []  # who did it
    finally:
        db.db.set_value("Notification Settings", silent, "enabled", 1)
        db.db.commit()


def test_an_administrator_switches_them_off_for_good(db, told):
    from erp_rules import install

    def switch(value: int) -> None:
        settings = db.get_doc("Rule Settings")
        settings.notify_roles = value
        settings.save()
        db.db.commit()

    switch(0)
    try:
        install.after_migrate()
        assert db.db.get_single_value("Rule Settings", "notify_roles") == 0
        assert told("Finance Officer", prices.act(prices.draft(), "Submit for Review", "Purchaser")) == []
    finally:
        switch(1)


def test_who_counts_is_led_to_the_counting_page_and_not_to_what_was_sent(db, told):
    container = imports.unloaded(imports.order())
    (notice,) = told("Receiving Clerk", container)
    assert notice.link == "/erp/counting" and container.container_no in notice.subject
    with hosts.as_user("Receiving Clerk"):
        assert not container.has_permission("read")
    told_planner = told("Planner", container)
    assert [entry.link for entry in told_planner] == [None]


def test_quantities_are_told_as_people_write_them(db, told):
    order = receiving.order()
    receipt = receiving.posted(order, 110, accepted=97.5)
    (notice,) = told("Purchaser", receipt)
    assert notice.subject == f"Receipt {receipt.name}: 12.5 rejected, 10 over-delivered"


def test_whoever_is_told_may_open_what_it_is_about(db, told):
    """Everything that a purchase tells somebody who is not led to a page of their own."""
    container = imports.unloaded(imports.order())
    receipt = receiving.posted(receiving.order(), 110, accepted=97)
    approval = prices.posted()
    db.db.commit()
    names = [container.name, receipt.name, approval.name]
    rows = db.get_all(
        "Notification Log",
        filters={"document_name": ["in", names], "link": ["is", "not set"]},
        fields=["for_user", "document_type", "document_name"],
    )
    assert {row.document_name for row in rows} == set(names)
    closed = [
        row
        for row in rows
        if not db.has_permission(row.document_type, "read", row.document_name, row.for_user)
    ]
    assert closed == []
