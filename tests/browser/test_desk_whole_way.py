"""From the first click to the end on the desk: a supplier survey and a price approval, by the people they need."""

from __future__ import annotations

import contextlib
import re

import price_world
import pytest
from playwright.sync_api import expect
from screen_sizes import DESK, PATIENCE

import hosts
import making

pytestmark = [
    pytest.mark.skipif(not hosts.is_bench(), reason="only a Frappe bench has the desk"),
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("desk"),
]

SURVEY, APPROVAL = "Supplier Survey", "Price Approval"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)


def control(where, fieldname: str):
    """Return the field as the form shows it."""
    return where.locator(f'.frappe-control[data-fieldname="{fieldname}"]:visible').first


def write(where, **values) -> None:
    for fieldname, value in values.items():
        box = control(where, fieldname).locator("input:visible, textarea:visible").first
        box.fill(str(value))
        box.blur()


def choose(where, fieldname: str, option: str) -> None:
    control(where, fieldname).locator("select").select_option(option)


def look_up(where, fieldname: str, value: str) -> None:
    """Type into a link field and click what is found."""
    field = control(where, fieldname)
    box = field.get_by_role("combobox")
    box.click()
    box.fill(value)
    field.get_by_role("option").filter(has_text=value).first.click()
    expect(box).to_have_value(re.compile(re.escape(value)))  # the code or the title with it


def attach(page, where, fieldname: str, name: str) -> None:
    """Give an attachment field of a saved document a picture from the computer; the desk then saves by itself."""
    control(where, fieldname).get_by_role("button", name="Attach").click()
    dialog = page.locator(".modal.show", has=page.locator(".file-uploader"))
    file = {"name": name, "mimeType": "image/png", "buffer": PICTURE}
    dialog.locator("input[type=file]").first.set_input_files(file)
    with page.expect_response(re.compile(r"frappe\.desk\.form\.save\.savedocs"), timeout=PATIENCE) as answer:
        dialog.get_by_role("button", name="Upload").click()
    assert answer.value.ok, answer.value.text()
    expect(dialog).to_have_count(0)
    expect(page.locator(".grid-row-open")).to_have_count(0)
    expect(
        page.locator(".form-sidebar:visible .attachment-row", has_text=name.partition(".")[0])
    ).to_be_visible()


def open_row(page, table: str, number: int):
    """Open the form of a row of a table and return it."""
    grid = page.locator(f'.frappe-control[data-fieldname="{table}"]').first
    form = grid.locator(".grid-row-open .form-in-grid")
    for _try in range(6):  # a click while the grid is drawn anew is lost
        grid.locator(f'.grid-body .grid-row[data-idx="{number}"] .btn-open-row').first.click()
        with contextlib.suppress(AssertionError):
            expect(form).to_be_visible(timeout=10_000)
            break
    expect(form).to_be_visible()
    return form


def add_row(page, table: str, number: int):
    """Add a row to a table and return its form."""
    page.locator(f'.frappe-control[data-fieldname="{table}"]').first.locator(".grid-add-row").click()
    return open_row(page, table, number)


def close_row(page) -> None:
    page.locator(".grid-row-open .grid-collapse-row:visible").click()
    expect(page.locator(".grid-row-open")).to_have_count(0)


def state(page):
    """Return what stands beside the form's title."""
    return page.locator(".page-head:visible .title-area .indicator-pill").first


def guided(page, name: str, of_state: str) -> None:
    """Wait until the form is saved and the server has said what goes on from here."""
    expect(page).to_have_url(re.compile(re.escape(name) + "$"))
    expect(state(page)).to_have_text(of_state)
    expect(page.locator(".form-message:visible").first).to_contain_text(f"State: {of_state}")


def save(page, of_state: str) -> str:
    """Click Save and return the name under which the document is kept."""
    page.locator(".page-head:visible .primary-action", has_text="Save").click()
    expect(state(page)).to_have_text(of_state)
    expect(page).not_to_have_url(re.compile("/new-"))
    name = page.url.rpartition("/")[2]
    guided(page, name, of_state)
    return name


def act(page, action: str, of_state: str) -> None:
    """Choose a step of the workflow and see the document arrive in a state."""
    name = page.url.rpartition("/")[2]
    page.locator(".page-head:visible").get_by_role("button", name="Actions").click()
    page.locator(".actions-btn-group .dropdown-item:visible", has_text=action).first.click()
    guided(page, name, of_state)


def to_list(person, role: str, doctype: str, query: str = ""):
    """Log a role in and open the list of a DocType, filtered as the query says."""
    who = person(role, DESK)
    who.page.set_default_timeout(PATIENCE)
    who.page.goto(f"{who.address}/app/{doctype.lower().replace(' ', '-')}{query}")
    expect(who.page.locator(".page-head:visible .title-text")).to_contain_text(doctype)
    return who.page


def start(person, role: str, doctype: str):
    """Open an empty form from the list."""
    page = to_list(person, role, doctype)
    page.locator(".page-head:visible .primary-action", has_text="Add").click()
    expect(page).to_have_url(re.compile("/new-"))
    expect(state(page)).to_have_text("Not Saved")
    return page


def open_listed(person, role: str, doctype: str, name: str, of_state: str):
    """Log the next person in and open the document from the list."""
    page = to_list(person, role, doctype, f"?name={name}")  # not what this person filtered by the last time
    page.locator(f'.list-row a[data-name="{name}"]').first.click()
    guided(page, name, of_state)
    return page


@pytest.mark.clause("4.2.3.3")
@pytest.mark.clause("4.2.5")
def test_a_price_is_approved_and_posted_on_the_desk(person, world, today):
    import frappe

    item = world(price_world.item)
    codes = [world(price_world.supplier) for _ in range(3)]
    page = start(person, "Purchaser", APPROVAL)
    look_up(page, "item", item)
    for number, (code, rate) in enumerate(zip(codes, (9.5, 10, 11), strict=True), 1):
        row = add_row(page, "quotes", number)
        look_up(row, "supplier", code)
        look_up(row, "currency", "CNY")
        write(row, rate=rate, cost_formula=price_world.FORMULA)
        if number == 1:
            control(row, "selected").get_by_role("checkbox").check()
        close_row(page)
    write(page, market_check="9 to 11, exchange of this week")
    name = save(page, "Draft")
    attach(page, page, "sample", "sample.png")
    guided(page, name, "Draft")
    act(page, "Submit for Review", "Finance Review")

    page = open_listed(person, "Finance Officer", APPROVAL, name, "Finance Review")
    write(page, finance_opinion="Agrees with the cost formula")
    save(page, "Finance Review")
    act(page, "Pass", "Executive Approval")

    page = open_listed(person, "Top Executive", APPROVAL, name, "Executive Approval")
    write(page, valid_from=today)
    save(page, "Executive Approval")
    act(page, "Approve", "Approved")

    page = open_listed(person, "Finance Officer", APPROVAL, name, "Approved")
    act(page, "Post", "Posted")
    approval = world(lambda: frappe.get_doc(APPROVAL, name))
    assert approval.workflow_state == "Posted"
    assert approval.reviewed_by == approval.posted_by == hosts.user_for("Finance Officer")
    assert approval.approved_by == hosts.user_for("Top Executive")
    assert world(lambda: price_world.prices(approval))[0][:2] == (codes[0], 9.5)


@pytest.mark.clause("4.1.1.2")
def test_a_supplier_is_surveyed_and_approved_on_the_desk(person, world):
    import frappe

    code, item = world(lambda: making.supplier().name), world(price_world.item)
    page = start(person, "Purchaser", SURVEY)
    look_up(page, "supplier", code)
    write(page, visited_place="Works 2, stamping shop", main_products="Brackets", employees=120)
    part = add_row(page, "part_confirmations", 1)
    look_up(part, "item", item)
    write(part, sample_qty=5)
    close_row(page)
    for number, (criterion, area, most) in enumerate(
        (("Incoming inspection", "Quality", 60), ("Drawings", "Technical", 40)), 1
    ):
        line = add_row(page, "scores", number)
        write(line, criterion=criterion, max_score=most)
        choose(line, "area", area)
        close_row(page)
    name = save(page, "Draft")
    attach(page, open_row(page, "part_confirmations", 1), "attachment", "report.png")
    guided(page, name, "Draft")
    act(page, "Submit for Review", "Technical Review")

    for role, result, opinion, row, score, before, after in (
        ("Engineer", "technical_result", "technical_opinion", 2, 35, "Technical Review", "Quality Review"),
        ("Quality Inspector", "quality_result", "quality_opinion", 1, 50, "Quality Review", "Approval"),
    ):
        page = open_listed(person, role, SURVEY, name, before)
        choose(open_row(page, "part_confirmations", 1), result, "Pass")
        close_row(page)
        write(open_row(page, "scores", row), score=score)
        close_row(page)
        write(page, **{opinion: "In order"})
        save(page, before)
        act(page, "Pass", after)

    page = open_listed(person, "Purchasing Manager", SURVEY, name, "Approval")
    write(page, conclusion="Take it on")
    save(page, "Approval")
    act(page, "Approve", "Approved")
    survey = world(lambda: frappe.get_doc(SURVEY, name))
    assert (survey.docstatus, survey.workflow_state, survey.total_score) == (1, "Approved", 85)
    assert survey.technical_signed_by == hosts.user_for("Engineer")
    assert survey.quality_signed_by == hosts.user_for("Quality Inspector")
    assert survey.approved_by == hosts.user_for("Purchasing Manager")
    assert world(lambda: frappe.db.get_value("Supplier", code, "status")) == "Approved"
