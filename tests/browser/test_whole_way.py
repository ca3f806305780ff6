"""From the first tap to the end on a phone: a supplier survey and a price approval, by the people they need."""

from __future__ import annotations

import re

import price_world
import pytest
from playwright.sync_api import expect

import hosts
import making

SURVEY = "Supplier Survey"
APPROVAL = "Price Approval"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)
FORM = re.compile(r"/erp/form/[^/]+/(?!new$)[^/]+$")


def box(where, fieldname: str):
    """Return what a field is typed into."""
    return where.locator(
        f'[data-field="{fieldname}"] input:not([type=file]), [data-field="{fieldname}"] textarea'
    )


def write(where, **values) -> None:
    for fieldname, value in values.items():
        box(where, fieldname).fill(str(value))
        box(where, fieldname).blur()


def choose(where, fieldname: str, option: str) -> None:
    where.locator(f'[data-field="{fieldname}"] select').select_option(option)


def look_up(where, fieldname: str, text: str) -> None:
    """Type into a link field and tap what is found."""
    field = where.locator(f'[data-field="{fieldname}"]')
    field.get_by_role("combobox").press_sequentially(text)
    field.get_by_role("option").filter(has_text=text).first.tap()
    expect(field.get_by_role("combobox")).to_have_value(text)


def attach(where, fieldname: str, name: str) -> None:
    """Give an attachment field a picture, as the camera does."""
    field = where.locator(f'[data-field="{fieldname}"]')
    field.locator('input[type="file"]').first.set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": PICTURE}
    )
    expect(field.get_by_role("link")).to_be_visible()


def add_row(page, table: str):
    """Add a row to a table; return the card it is typed into."""
    page.get_by_test_id(f"add-{table}").tap()
    card = page.locator(f'fieldset[data-field="{table}"]').get_by_test_id("row-form")
    expect(card).to_be_in_viewport()
    return card


def open_row(page, table: str, number: int):
    """Tap a row's card; return the card it is typed into."""
    rows = page.locator(f'fieldset[data-field="{table}"]')
    rows.get_by_role("listitem").nth(number - 1).get_by_role("button").tap()
    card = rows.get_by_test_id("row-form")
    expect(card).to_be_in_viewport()
    return card


def start(who, doctype: str):
    """Open an empty form from the list."""
    who.open(f"/erp/list/{doctype}")
    who.page.get_by_test_id("new").tap()
    expect(who.page.get_by_test_id("save")).to_be_visible()
    return who.page


def save(page) -> None:
    page.get_by_test_id("save").tap()
    expect(page.get_by_text("Not saved")).to_have_count(0)
    expect(page).to_have_url(FORM)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def act(page, action: str, state: str) -> None:
    """Tap a step in the form and see the document arrive in `state`."""
    page.locator(f'[data-action="{action}"]').tap()
    expect(page.get_by_test_id("state")).to_have_text(state)


def from_inbox(who, name: str):
    """Open what waits from the inbox."""
    who.open("/erp")
    who.page.get_by_test_id("inbox").get_by_role("link", name=name).tap()
    expect(who.page.get_by_test_id("decision")).to_be_visible()
    return who.page


def decide(page, action: str) -> None:
    page.locator(f'[data-action="{action}"]').tap()
    expect(page).to_have_url(re.compile(r"/erp/?$"))


def name_of(page) -> str:
    return page.url.rpartition("/")[2]


@pytest.mark.clause("4.1.1.2")
def test_a_supplier_is_surveyed_and_approved_on_phones(person, world):
    import frappe

    code, item = world(lambda: making.supplier().name), world(price_world.item)
    page = start(person("Purchaser"), SURVEY)
    look_up(page, "supplier", code)
    write(page, visited_place="Works 2, stamping shop", main_products="Brackets", employees=120)
    part = add_row(page, "part_confirmations")
    look_up(part, "item", item)
    write(part, sample_qty=5)
    attach(part, "attachment", "sample.png")
    for criterion, area, most in (("Incoming inspection", "Quality", 60), ("Drawings", "Technical", 40)):
        line = add_row(page, "scores")
        write(line, criterion=criterion, max_score=most)
        choose(line, "area", area)
    save(page)
    page.get_by_label("Attach files").set_input_files(
        {"name": "licence.png", "mimeType": "image/png", "buffer": PICTURE}
    )
    expect(page.get_by_role("button", name="licence.png")).to_be_visible()
    act(page, "Submit for Review", "Technical Review")
    name = name_of(page)

    for role, result, opinion, row, score, state in (
        ("Engineer", "technical_result", "technical_opinion", 2, 35, "Quality Review"),
        ("Quality Inspector", "quality_result", "quality_opinion", 1, 50, "Approval"),
    ):
        page = from_inbox(person(role), name)
        page.get_by_role("link", name="Open the whole document").tap()
        choose(open_row(page, "part_confirmations", 1), result, "Pass")
        write(open_row(page, "scores", row), score=score)
        write(page, **{opinion: "In order"})
        save(page)
        act(page, "Pass", state)

    page = from_inbox(person("Purchasing Manager"), name)
    expect(page.get_by_role("button", name="licence.png")).to_be_visible()
    write(page, conclusion="Take it on")
    decide(page, "Approve")
    survey = world(lambda: frappe.get_doc(SURVEY, name))
    assert (survey.docstatus, survey.workflow_state, survey.total_score) == (1, "Approved", 85)
    assert survey.technical_signed_by == hosts.user_for("Engineer")
    assert survey.quality_signed_by == hosts.user_for("Quality Inspector")
    assert survey.approved_by == hosts.user_for("Purchasing Manager")
    assert world(lambda: frappe.db.get_value("Supplier", code, "status")) == "Approved"


@pytest.mark.clause("4.2.3.3")
@pytest.mark.clause("4.2.5")
def test_a_price_is_approved_and_posted_on_phones(person, world, today):
    import frappe

    item = world(price_world.item)
    codes = [world(price_world.supplier) for _ in range(3)]
    page = start(person("Purchaser"), APPROVAL)
    look_up(page, "item", item)
    attach(page, "sample", "sample.png")
    for code, rate in zip(codes, (9.5, 10, 11), strict=True):
        row = add_row(page, "quotes")
        look_up(row, "supplier", code)
        look_up(row, "currency", "CNY")
        write(row, rate=rate, cost_formula=price_world.FORMULA)
        if code == codes[0]:
            row.get_by_label("Selected").check()
    write(page, market_check="9 to 11, exchange of this week")
    save(page)
    act(page, "Submit for Review", "Finance Review")
    name = name_of(page)

    officer = person("Finance Officer")
    page = from_inbox(officer, name)
    expect(page.get_by_test_id("decision")).to_contain_text("9.5")
    write(page, finance_opinion="Agrees with the cost formula")
    decide(page, "Pass")

    page = from_inbox(person("Top Executive"), name)
    page.get_by_role("button", name="sample.png").tap()
    expect(page.get_by_role("img", name="sample.png")).to_be_visible()
    write(page, valid_from=today)
    decide(page, "Approve")

    page = from_inbox(officer, name)
    decide(page, "Post")
    approval = world(lambda: frappe.get_doc(APPROVAL, name))
    assert approval.workflow_state == "Posted"
    assert approval.reviewed_by == approval.posted_by == hosts.user_for("Finance Officer")
    assert approval.approved_by == hosts.user_for("Top Executive")
    assert world(lambda: price_world.prices(approval))[0][:2] == (codes[0], 9.5)
