"""The ordering workbench in a browser: from the start page to the orders, and what a refusal leaves."""

from __future__ import annotations

import order_world
import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE


@pytest.fixture
def line(world):
    """An approved requisition line with three offers: item, suppliers from the lowest, requisition row."""

    def make():
        code = order_world.item()
        suppliers = [price_world.supplier() for _count in range(3)]
        order_world.post(code, *((supplier, 10 + at) for at, supplier in enumerate(suppliers)))
        wanted = order_world.approved((code, 7))
        return code, suppliers, wanted.items[0].name

    return world(make)


LONG_NAME = "Hinged bracket for the left side panel, hot-dip galvanised, with two M8 weld nuts and bushings"
LONG_SPECIFICATION = "320 x 180 x 2.5 mm, drawing 4711-0815 revision F, edges broken, burr towards the inside"
MEASURE = """lines => {
  const problems = []
  lines.forEach((line, at) => {
    const box = line.getBoundingClientRect()
    const next = lines[at + 1]?.getBoundingClientRect()
    if (next && Math.abs(next.top - box.bottom) > 1) problems.push(`line ${at} ends at ${box.bottom}, not ${next.top}`)
    for (const part of line.querySelectorAll('p, span, button, input, select')) {
      const inner = part.getBoundingClientRect()
      if (inner.right > box.right + 1 || inner.bottom > box.bottom + 1 || inner.left < box.left - 1)
        problems.push(`${part.textContent} stands out of line ${at}`)
      const isCut = part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1
      if (['P', 'BUTTON'].includes(part.tagName) && isCut) problems.push(`${part.textContent} is cut`)
    }
  })
  return problems
}"""


@pytest.fixture
def long_and_short(world):
    """An approved requisition of three lines: long words with three offers, long words without, short ones."""

    def make():
        long, unpriced, short = (order_world.item() for _count in range(3))
        for code in (long, unpriced):
            described(code)
        offers = [price_world.supplier(name=f"{LONG_NAME} {at}") for at in range(3)]
        order_world.post(long, *((supplier, 10 + at) for at, supplier in enumerate(offers)))
        order_world.post(short, (offers[0], 10))
        return order_world.approved((long, 7), (unpriced, 7), (short, 7)).name

    return world(make)


def described(code: str) -> None:
    import frappe

    words = {"item_name": LONG_NAME, "specification": LONG_SPECIFICATION}
    frappe.db.set_value("Item", code, words)


def lines_of_requisition(who, name: str):
    """Open the workbench, narrow it to the requisition and return its lines."""
    who.open("/erp/ordering")
    field = who.page.locator('form [data-field="parent"]')
    field.get_by_role("combobox").press_sequentially(name)
    field.get_by_role("option").filter(has_text=name).first.click()
    who.page.locator('form button[type="submit"]').click()
    return who.page.get_by_test_id("lines").get_by_role("listitem")


def lines_of(who, code: str):
    """Open the workbench, narrow it to the item and return its line: others may wait beside it."""
    who.open("/erp/ordering")
    field = who.page.locator('form [data-field="item"]')
    field.get_by_role("combobox").press_sequentially(code)
    field.get_by_role("option").filter(has_text=code).first.click()
    who.page.get_by_role("button", name="Refresh").click()
    lines = who.page.get_by_test_id("lines").get_by_role("listitem")
    expect(lines).to_have_count(1)
    return lines.filter(has_text=code)


@pytest.mark.clause("4.4.1")
def test_a_purchaser_orders_at_the_lowest_offer(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp/start")
    link = purchaser.page.get_by_role("link", name="Ordering", exact=True)
    expect(link).to_have_attribute("href", "/erp/ordering")
    shown = lines_of(purchaser, code)
    expect(shown.get_by_role("radio")).to_have_count(3)
    expect(shown.get_by_role("radio").first).to_have_attribute("aria-checked", "true")
    expect(shown.get_by_role("radio").first).to_contain_text("★")
    shown.get_by_role("checkbox").check()
    purchaser.page.get_by_test_id("make-orders").click()
    expect(purchaser.page.get_by_test_id("made").get_by_role("link")).to_have_count(1)
    expect(shown).to_have_count(0)
    order = purchaser.page.get_by_test_id("made").get_by_role("link").inner_text()
    assert world(lambda: frappe.db.get_value("Purchase Order", order, "supplier")) == suppliers[0]
    assert world(lambda: frappe.db.get_value("Purchase Requisition Item", row, "ordered_qty")) == 7


@pytest.mark.clause("4.4.1")
def test_a_dearer_supplier_needs_a_reason_on_the_screen(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    shown = lines_of(purchaser, code)
    shown.get_by_role("radio").nth(2).click()
    button = purchaser.page.get_by_test_id("make-orders")
    expect(button).to_be_disabled()
    shown.get_by_role("combobox").select_option("Shorter Delivery")
    button.click()
    expect(purchaser.page.get_by_test_id("made")).to_be_visible()
    fields = ["not_lowest_reason", "lowest_supplier", "price_row"]
    found = world(
        lambda: frappe.db.get_value("Purchase Order Item", {"requisition_row": row}, fields, as_dict=True)
    )
    assert (found.not_lowest_reason, found.lowest_supplier) == ("Shorter Delivery", suppliers[0])


@pytest.mark.clause("4.3")
def test_a_refusal_keeps_what_was_chosen(person, line, world):
    import frappe

    code, suppliers, row = line
    purchaser = person("Purchaser", DESK)
    shown = lines_of(purchaser, code)
    shown.get_by_role("checkbox").check()
    shown.get_by_label("Order quantity").fill("5000")
    purchaser.page.get_by_test_id("make-orders").click()
    expect(purchaser.page.get_by_test_id("problem")).to_contain_text("5000")
    expect(shown.get_by_label("Order quantity")).to_have_value("5000")
    assert not world(lambda: frappe.db.exists("Purchase Order Item", {"requisition_row": row}))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_lines_are_as_high_as_what_they_say(person, long_and_short, speaks, size, language):
    speaks("purchaser@demo.example", language)
    purchaser = person("Purchaser", size)
    lines = lines_of_requisition(purchaser, long_and_short)
    expect(lines).to_have_count(3)
    expect(lines.first).to_contain_text(LONG_SPECIFICATION)
    assert lines.evaluate_all(MEASURE) == []
    # The reason that a dearer supplier needs makes its line higher: those below make room.
    lines.first.get_by_role("radio").nth(2).click()
    expect(lines.first.locator("select")).to_be_visible()
    assert lines.evaluate_all(MEASURE) == []
    # What an unpriced line offers lies above the line below it.
    lines.nth(1).get_by_role("combobox").click()
    option = lines.nth(1).get_by_role("option").first
    expect(option).to_be_visible()
    option.click()
    expect(lines.nth(1).get_by_role("combobox")).not_to_have_value("")
    assert purchaser.page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_five_thousand_lines_are_scrolled_with_a_screenful_at_a_time(person, long_and_short):
    purchaser = person("Purchaser")

    def many(route):
        answer = route.fetch()
        found = answer.json()
        lines = found["message"]["lines"]
        found["message"]["lines"] = [
            {**lines[at % len(lines)], "requisition_row": f"row-{at}", "item_name": f"Line {at}"}
            for at in range(5000)
        ]
        route.fulfill(response=answer, json=found)

    purchaser.page.route("**/erp_rules.api.ordering.open_lines*", many)
    lines = lines_of_requisition(purchaser, long_and_short)
    expect(lines.first).to_contain_text(long_and_short)
    for way, last in (("one.scrollHeight", "Line 4999"), ("one.scrollHeight / 2", "Line 2"), ("0", "Line 0")):
        # Heights are estimates until they are seen, so that the place may move while it is reached.
        purchaser.page.wait_for_function(
            f"""words => {{
              const one = document.querySelector('[data-test="lines"]')
              one.scrollTop = {way}
              const frame = one.getBoundingClientRect()
              return [...one.querySelectorAll('[role="listitem"]')].some(line => {{
                const box = line.getBoundingClientRect()
                return line.textContent.includes(words) && box.bottom > frame.top && box.top < frame.bottom
              }})
            }}""",
            arg=last,
        )
        assert 3 < lines.count() < 40
        assert lines.evaluate_all(MEASURE) == []
