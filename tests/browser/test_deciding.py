"""Deciding on a phone: approve, reject, conflicts, wrong roles, lost connections, double taps."""

from __future__ import annotations

import re

import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts
import making

APPROVAL = "Price Approval"
ACT = "erp_rules.api.screens.act"
# In how many lines the text of each stands.
LINES = """all => all.map(one => {
  const text = document.createRange()
  text.selectNodeContents(one)
  return text.getClientRects().length
})"""
INBOX = re.compile(r"/erp/?$")


def decide(who, name: str) -> None:
    who.open(f"/erp/decide/{APPROVAL}/{name}")
    expect(who.page.get_by_test_id("decision")).to_be_visible()


def stored_doc(name: str):
    import frappe

    return frappe.get_doc(APPROVAL, name)


def first_day(who, today: str) -> None:
    who.page.locator('[data-field="valid_from"] input').fill(today)


@pytest.fixture
def state_of(world):
    def read(name: str) -> str:
        import frappe

        return world(lambda: frappe.db.get_value(APPROVAL, name, "workflow_state"))

    return read


def steps_of(world, name: str, action: str) -> int:
    import frappe

    return world(lambda: frappe.db.count("Approval Step", {"reference_name": name, "action": action}))


def test_every_column_of_the_quotes_is_seen_on_a_desk_and_no_label_is_broken(person, waiting, speaks):
    login = hosts.who("Top Executive")
    speaks(login, "zh")
    for size in (DESK, PHONE):
        executive = person(login, size)
        decide(executive, waiting)
        lines = executive.page.locator("dl").first.locator("dt").evaluate_all(LINES)
        assert len(lines) > 3 and set(lines) == {1}, lines
        if size is DESK:
            table = executive.page.get_by_role("table").locator("..")
            assert table.evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.clause("4.2.4")
def test_executive_approves_on_a_phone(person, waiting, state_of, today):
    executive = person("Top Executive")
    executive.open("/erp")
    executive.page.get_by_test_id("inbox").get_by_role("link", name=waiting).click()
    expect(executive.page.get_by_test_id("decision")).to_be_visible()
    first_day(executive, today)
    executive.page.get_by_role("button", name="Approve").click()
    expect(executive.page).to_have_url(INBOX)
    expect(executive.page.get_by_role("link", name=waiting)).to_have_count(0)
    assert state_of(waiting) == "Approved"


@pytest.mark.clause("1.12")
def test_the_maker_follows_a_request_until_it_comes_back(person, waiting, world):
    purchaser = person("Purchaser")
    purchaser.open("/erp")
    purchaser.page.get_by_test_id("inbox-others").click()
    row = purchaser.page.get_by_test_id("inbox").get_by_role("link", name=waiting)
    expect(row).to_contain_text("Executive Approval")
    expect(row).to_contain_text("waits for ")
    row.click()
    expect(purchaser.page.get_by_test_id("waits-for")).to_contain_text("It waits for ")
    purchaser.open("/erp")
    world(lambda: making.act(stored_doc(waiting), "Reject", "Top Executive"))
    purchaser.page.reload()
    expect(purchaser.page.get_by_test_id("inbox").get_by_role("link", name=waiting)).to_contain_text(
        "Rejected"
    )
    purchaser.page.get_by_test_id("inbox-others").click()
    expect(purchaser.page.get_by_role("link", name=waiting)).to_have_count(0)


def test_rejecting_needs_a_reason_and_keeps_it(person, waiting, state_of):
    executive = person("Top Executive")
    decide(executive, waiting)
    executive.page.locator('[data-action="Reject"]').click()
    executive.page.get_by_test_id("confirm").click()
    expect(executive.page.get_by_text("Please state a reason.")).to_be_visible()
    assert state_of(waiting) == "Executive Approval"
    executive.page.get_by_test_id("reason").fill("The second quote is cheaper")
    executive.page.get_by_test_id("confirm").click()
    expect(executive.page).to_have_url(INBOX)
    assert state_of(waiting) == "Rejected"
    purchaser = person("Purchaser")
    purchaser.open(f"/erp/form/{APPROVAL}/{waiting}")
    expect(purchaser.page.get_by_test_id("timeline")).to_contain_text("The second quote is cheaper")


def test_a_dialog_begins_where_one_types_and_gives_the_focus_back(person, waiting):
    executive = person("Top Executive")
    decide(executive, waiting)
    button = executive.page.locator('[data-action="Reject"]')
    button.focus()
    executive.page.keyboard.press("Enter")
    expect(executive.page.get_by_test_id("reason")).to_be_focused()
    executive.page.keyboard.press("Tab")
    executive.page.keyboard.press("Tab")
    expect(executive.page.get_by_test_id("confirm")).to_be_focused()
    executive.page.keyboard.press("Escape")
    expect(executive.page.get_by_test_id("reason")).to_have_count(0)
    expect(button).to_be_focused()


def test_second_approver_is_told_who_was_first(person, waiting, world, state_of, today):
    late = person("Top Executive 2")
    decide(late, waiting)
    first_day(late, today)
    world(lambda: price_world.act(_document(waiting), "Reject", "Top Executive"))
    late.page.get_by_role("button", name="Approve").click()
    expect(
        late.page.get_by_test_id("problem").or_(late.page.get_by_text("top.executive@demo.example")).first
    ).to_be_visible()
    assert state_of(waiting) == "Rejected"


def _document(name: str):
    import frappe

    return frappe.get_doc(APPROVAL, name)


def test_wrong_role_sees_no_button_and_gets_403(person, waiting, state_of):
    purchaser = person("Purchaser 2")
    decide(purchaser, waiting)
    expect(purchaser.page.locator('[data-action="Approve"]')).to_have_count(0)
    assert purchaser.post(ACT, doctype=APPROVAL, name=waiting, action="Approve") == 403
    assert state_of(waiting) == "Executive Approval"


def test_double_tap_acts_once(person, waiting, world, state_of, today):
    executive = person("Top Executive")
    decide(executive, waiting)
    first_day(executive, today)
    executive.page.get_by_role("button", name="Approve").dblclick()
    expect(executive.page).to_have_url(INBOX)
    assert state_of(waiting) == "Approved"
    assert steps_of(world, waiting, "Approve") == 1


def test_lost_connection_keeps_the_reason_and_acts_on_the_next_try(person, waiting, state_of):
    executive = person("Top Executive")
    decide(executive, waiting)
    executive.page.locator('[data-action="Reject"]').click()
    executive.page.get_by_test_id("reason").fill("Ask for a new sample")
    executive.page.context.set_offline(True)
    executive.page.get_by_test_id("confirm").click()
    expect(executive.page.get_by_test_id("problem")).to_contain_text("connection was lost")
    assert state_of(waiting) == "Executive Approval"
    executive.page.context.set_offline(False)
    executive.page.reload()
    executive.page.locator('[data-action="Reject"]').click()
    expect(executive.page.get_by_test_id("reason")).to_have_value("Ask for a new sample")
    executive.page.get_by_test_id("confirm").click()
    expect(executive.page).to_have_url(INBOX)
    assert state_of(waiting) == "Rejected"


def test_nothing_waits_for_the_auditor(person, waiting):
    auditor = person("Internal Auditor")
    auditor.open("/erp")
    expect(auditor.page.get_by_test_id("inbox-empty")).to_be_visible()
