"""Days in the user's language, whatever language the browser has; typed and shown as 2026-11-22."""

from __future__ import annotations

import re

import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts

APPROVAL = "Price Approval"


@pytest.fixture
def draft(world):
    return world(lambda: price_world.draft(form_date="2026-02-10").name)


def day_field(who, name: str):
    who.open(f"/erp/form/{APPROVAL}/{name}")
    return who.page.locator('[data-field="form_date"]')


@pytest.mark.parametrize(
    ("language", "button", "month", "word"),
    [
        ("zh", "选择日期", "2026年2月", "2026年2月14日星期六"),
        ("en", "Choose a day", "February 2026", "Saturday"),
    ],
)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_calendar_speaks_the_users_language(person, draft, speaks, size, language, button, month, word):
    speaks(hosts.user_for("Purchaser"), language)
    purchaser = person("Purchaser", size)
    field = day_field(purchaser, draft)
    expect(field.locator("input")).to_have_value("2026-02-10")
    field.get_by_role("button", name=button).click()
    calendar = purchaser.page.get_by_test_id("calendar")
    expect(calendar).to_contain_text(month)
    expect(calendar.locator('[data-day="2026-02-14"]')).to_have_attribute("aria-label", _has(word))
    box = calendar.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    assert box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
    calendar.locator('[data-day="2026-02-14"]').click()
    expect(field.locator("input")).to_have_value("2026-02-14")
    expect(calendar).to_have_count(0)


def _has(word: str):
    return re.compile(re.escape(word))


def test_the_calendar_obeys_the_keyboard(person, draft):
    purchaser = person("Purchaser", DESK)
    field = day_field(purchaser, draft)
    keyboard = purchaser.page.keyboard
    field.locator("input").focus()
    keyboard.press("Alt+ArrowDown")
    focused = purchaser.page.locator("[data-day]:focus")
    for key, day in (
        ("ArrowRight", "2026-02-11"),
        ("ArrowDown", "2026-02-18"),
        ("End", "2026-02-22"),
        ("PageDown", "2026-03-22"),
        ("Home", "2026-03-16"),
    ):
        keyboard.press(key)
        expect(focused).to_have_attribute("data-day", day)
    keyboard.press("Escape")
    expect(purchaser.page.get_by_test_id("calendar")).to_have_count(0)
    expect(field.locator("input")).to_be_focused()
    expect(field.locator("input")).to_have_value("2026-02-10")


@pytest.mark.parametrize(
    ("typed", "day"),
    [("2026/3/5", "2026-03-05"), ("20260305", "2026-03-05"), ("2026年3月5日", "2026-03-05")],
)
def test_days_are_taken_as_people_write_them(person, draft, world, typed, day):
    import frappe

    purchaser = person("Purchaser", DESK)
    box = day_field(purchaser, draft).locator("input")
    box.fill(typed)
    box.blur()
    expect(box).to_have_value(day)
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_text("Not saved")).to_have_count(0)
    stored = world(lambda: frappe.db.get_value(APPROVAL, draft, "form_date"))
    assert str(stored) == day


@pytest.mark.parametrize("typed", ["31.2.2026", "2026-02-30", "tomorrow"])
def test_what_is_no_day_is_said_and_not_saved(person, draft, world, typed):
    import frappe

    purchaser = person("Purchaser", DESK)
    field = day_field(purchaser, draft)
    field.locator("input").fill(typed)
    field.locator("input").blur()
    expect(field.get_by_test_id("not-a-date")).to_contain_text("YYYY-MM-DD")
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_test_id("problem").first).to_be_visible()
    expect(field.locator("input")).to_have_value(typed)
    assert str(world(lambda: frappe.db.get_value(APPROVAL, draft, "form_date"))) == "2026-02-10"
