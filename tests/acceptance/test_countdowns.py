"""The time that a document has left, counted in the hours of the shifts, wherever people look (2.6, 4.6.3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from unittest.mock import patch

import price_world as prices
import pytest
import receiving_world as world

import hosts

pytestmark = pytest.mark.usefixtures("db")

RECEIPT = "Purchase Receipt"
# The calendar of these tests: Monday to Friday, 08:00 to 12:00 and 13:00 to 17:00.
FRIDAY_AFTERNOON = datetime(2026, 7, 3, 15, 30)


@pytest.fixture
def calendar():
    """A calendar of two shifts with its weekend off, for this test."""
    import frappe

    from erp_rules.rule_engine import scope

    name = hosts.unique("calendar")
    frappe.get_doc(
        {
            "doctype": "Working Calendar",
            "calendar_name": name,
            "off_days": [{"weekday": "Saturday"}, {"weekday": "Sunday"}],
            "shifts": [
                {"start_time": "08:00:00", "end_time": "12:00:00"},
                {"start_time": "13:00:00", "end_time": "17:00:00"},
            ],
        }
    ).insert(ignore_permissions=True)
    frappe.db.set_single_value("Rule Settings", "default_calendar", name)
    scope.forget()
    yield name
    frappe.db.rollback()
    scope.forget()


@pytest.mark.clause("4.6.3")
@pytest.mark.clause("2.11")
@pytest.mark.parametrize(
    ("now", "due", "minutes", "is_late", "is_soon", "text"),
    [
        # Friday 15:30 to Monday 09:30: 90 minutes on Friday, 90 on Monday, nothing at the weekend
        (FRIDAY_AFTERNOON, "2026-07-06 09:30:00", 180, False, False, "3 h 0 min left"),
        (FRIDAY_AFTERNOON, "2026-07-03 16:30:00", 60, False, False, "1 h 0 min left"),
        (FRIDAY_AFTERNOON, "2026-07-03 16:29:59", 59, False, True, "0 h 59 min left"),
        # over the break at noon
        (datetime(2026, 7, 3, 11, 30), "2026-07-03 13:15:00", 45, False, True, "0 h 45 min left"),
        (FRIDAY_AFTERNOON, "2026-07-03 15:30:00", 0, False, True, "0 h 0 min left"),
        (FRIDAY_AFTERNOON, "2026-07-03 11:45:00", -165, True, False, "2 h 45 min late"),
        # due on Friday, looked at on Sunday: late by what was left of Friday's shift
        (datetime(2026, 7, 5, 10, 0), "2026-07-03 16:00:00", -60, True, False, "1 h 0 min late"),
    ],
)
def test_the_time_left_is_counted_in_shift_hours(calendar, now, due, minutes, is_late, is_soon, text):
    from erp_rules.rule_engine import deadlines

    with patch.object(deadlines, "now_datetime", return_value=now):
        left = deadlines.time_left("4.6.3", due)
    assert (left["minutes"], left["is_late"], left["is_soon"], left["text"]) == (
        minutes,
        is_late,
        is_soon,
        text,
    )


@pytest.mark.clause("4.6.3")
def test_a_clause_that_counts_by_the_clock_counts_nights_and_weekends(calendar):
    from erp_rules.rule_engine import deadlines

    with (
        patch.object(deadlines, "now_datetime", return_value=FRIDAY_AFTERNOON),
        patch.object(deadlines.parameters, "values_of", return_value={"count": "clock"}),
    ):
        assert deadlines.time_left("4.6.3", "2026-07-06 09:30:00")["text"] == "66 h 0 min left"


def test_a_counted_receipt_counts_down_in_list_form_inbox_and_decision_until_it_is_inspected():
    import frappe

    from erp_rules.api import forms, screens

    receipt = world.counted(world.order())
    posted = world.posted(world.order())
    with hosts.as_user("Quality Inspector"):
        listed = screens.countdowns(RECEIPT, [receipt.name, posted.name])
        assert list(listed) == [receipt.name]
        left = listed[receipt.name]
        assert (left["clause"], left["is_late"]) == ("4.6.3", False)
        assert left["due_at"] == str(receipt.inspection_due_at)
        assert screens.document(RECEIPT, receipt.name)["left"]["due_at"] == left["due_at"]
        assert screens.decision(RECEIPT, receipt.name)["opened"]["left"]["clause"] == "4.6.3"
        assert forms.guidance(RECEIPT, receipt.name)["deadline"]["text"].endswith("left")
        (row,) = [row for row in screens.inbox() if row["name"] == receipt.name]
        assert row["left"]["due_at"] == row["due_at"] == left["due_at"]
        assert screens.meta(RECEIPT)["has_time_limits"]
    frappe.db.set_value(
        "Deadline",
        {"reference_name": receipt.name},
        "due_at",
        frappe.utils.now_datetime() - timedelta(days=7),
    )
    with hosts.as_user("Quality Inspector"):
        assert screens.countdowns(RECEIPT, [receipt.name])[receipt.name]["is_late"]
        assert forms.guidance(RECEIPT, receipt.name)["deadline"]["is_late"]
    world.act(world.inspect(receipt, (100, 0)), "Inspect", "Quality Inspector")
    with hosts.as_user("Quality Inspector"):
        assert screens.countdowns(RECEIPT, [receipt.name]) == {}
        assert screens.document(RECEIPT, receipt.name)["left"] is None


def test_the_time_left_of_a_document_is_told_to_its_readers_only():
    import frappe

    from erp_rules.api import screens

    approval = prices.act(prices.draft(), "Submit for Review", "Purchaser")
    with hosts.as_user("Finance Officer"):
        assert list(screens.countdowns("Price Approval", [approval.name])) == [approval.name]
    with hosts.as_user("Warehouse Keeper"):
        assert screens.countdowns("Price Approval", [approval.name]) == {}
    with hosts.as_user("Guest"), pytest.raises(frappe.PermissionError):
        screens.countdowns("Price Approval", [approval.name])


def test_a_page_of_a_list_takes_as_many_queries_as_one_row(query_count):
    from erp_rules.api import screens

    receipts = [world.counted(world.order()).name for _ in range(4)]
    with hosts.as_user("Quality Inspector"):
        screens.countdowns(RECEIPT, receipts)  # whatever is read once and kept

        def queries(names):
            with query_count() as counted:
                assert len(screens.countdowns(RECEIPT, names)) == len(names)
            return counted.count

        assert queries(receipts) == queries(receipts[:1])
