"""The start page in a browser: a number of a chart leads to what it counts, by mouse, finger and keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts

RED = "#d9485f"


@pytest.fixture
def events(world):
    """Two refusals of this month under a clause of their own."""
    import frappe

    def store():
        for _ in range(2):
            values = {"clause": "2.4", "outcome": "Blocked", "event_time": frappe.utils.now()}
            frappe.get_doc({"doctype": "Rule Event", "name": hosts.unique(), **values}).db_insert()
        return frappe.db.count("Rule Event", {"outcome": "Blocked"})

    return world(store)


def test_a_bar_opens_the_list_of_what_it_counts(person, events):
    administrator = person("Rule Administrator", DESK)
    page = administrator.page
    administrator.open("/erp/start")
    # The marks of the legend have the colour too, moved to their place.
    this_month = page.locator(f'[data-chart=clause_events] path[fill="{RED}"]:not([transform])').last
    this_month.click()
    page.wait_for_url("**/erp/list/Rule%20Event?**")
    expect(page.get_by_test_id("total")).to_have_text(str(events))
    expect(page.get_by_role("button", name="Remove the filter Outcome")).to_be_visible()


def test_the_keyboard_opens_what_a_number_counts(person, events):
    administrator = person("Rule Administrator", DESK)
    page = administrator.page
    administrator.open("/erp/start")
    chart = page.locator("[data-chart=clause_events]")
    chart.locator("summary").press("Enter")
    page.keyboard.press("Tab")
    number = chart.get_by_role("link", name=re.compile(r"^Blocked, \d{4}-\d{2}: \d+$"))
    expect(number).to_be_focused()
    expect(number).to_contain_text(str(events))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("total")).to_have_text(str(events))


def test_a_finger_opens_what_waits_for_so_long_and_the_inbox_shows_no_other(person, world, waiting):
    import frappe

    def wait_for_two_days():
        since = frappe.utils.add_days(frappe.utils.now_datetime(), -2)
        action = {"reference_name": waiting, "status": "Open"}
        frappe.db.set_value("Workflow Action", action, "creation", since, update_modified=False)

    world(wait_for_two_days)
    executive = person("Top Executive", PHONE)
    page = executive.page
    executive.open("/erp/start")
    chart = page.locator("[data-chart=approvals_by_age]")
    chart.locator("summary").tap()
    number = chart.get_by_role("link", name=re.compile("1 to 3 days"))
    assert number.bounding_box()["height"] >= 44
    count = int(number.locator("span").last.inner_text())
    number.tap()
    expect(page.get_by_test_id("age")).to_have_value("1 to 3 days")
    expect(page.get_by_test_id("inbox").get_by_role("listitem")).to_have_count(count)
    expect(page.get_by_test_id("inbox")).to_contain_text(waiting)
    page.get_by_test_id("age").select_option("")
    expect(page).to_have_url(f"{executive.address}/erp/")


def test_a_page_of_charts_may_be_left_at_once(person):
    """What a chart had still to do is not done on a page that is gone: the page reports no error."""
    executive = person("Top Executive", PHONE)
    page = executive.page
    page.clock.install()
    executive.open("/erp/start")
    expect(page.locator("[data-chart] svg").first).to_be_visible()
    page.get_by_role("link", name="Inbox").first.click()
    expect(page.locator("[data-chart]")).to_have_count(0)
    page.clock.run_for(2000)
