"""The desk of a Frappe bench: the ways besides approving, the reason of a bulk refusal, the time left, the pack."""

from __future__ import annotations

import change_order_world as changes
import price_world as prices
import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PATIENCE

import hosts

pytestmark = [
    pytest.mark.skipif(not hosts.is_bench(), reason="only a Frappe bench has the desk"),
    pytest.mark.usefixtures("desk"),
]

APPROVAL = "Price Approval"


def form(who, doctype: str, name: str):
    """Open a form of the desk and return its page when the server's guidance is on it."""
    who.page.set_default_timeout(PATIENCE)
    who.page.goto(f"{who.address}/app/{doctype.lower().replace(' ', '-')}/{name}")
    expect(who.page.locator(".form-message-container, .form-message").first).to_contain_text("State:")
    return who.page


def begin(page, label: str):
    """Choose one of the other ways and return its dialog."""
    page.get_by_role("button", name="Other ways").click()
    page.locator(".inner-group-button .dropdown-item", has_text=label).first.click()
    dialog = page.locator(".modal.show")
    expect(dialog).to_be_visible()
    return dialog


def choose_person(dialog, login: str) -> None:
    field = dialog.locator("input[data-fieldname=user]")
    field.fill(login)
    dialog.get_by_role("option", name=login).click()


def ways_on(page) -> list[str]:
    group = page.get_by_role("button", name="Other ways")
    if not group.count():
        return []
    return page.locator(".inner-group-button", has=group).locator(".dropdown-item").all_inner_texts()


def state_of(world, name: str, doctype: str = APPROVAL) -> str:
    import frappe

    return world(lambda: frappe.db.get_value(doctype, name, "workflow_state"))


def tasks_of(world, name: str) -> list[tuple]:
    import frappe

    return world(
        lambda: frappe.get_all(
            "Approval Task",
            filters={"reference_name": name},
            fields=["kind", "to_user", "status", "opinion"],
            order_by="creation asc",
            as_list=True,
        )
    )


@pytest.mark.clause("1.8")
def test_a_countersigner_is_asked_and_answers(person, world, waiting):
    head = hosts.user_for("Division Head")
    executive = form(person("Top Executive", DESK), APPROVAL, waiting)
    dialog = begin(executive, "Add a countersigner")
    choose_person(dialog, head)
    dialog.locator("textarea[data-fieldname=reason]").fill("Is the steel right?")
    dialog.locator(".btn-modal-primary").click()
    expect(executive.locator(".form-message").filter(has_text="has not answered yet")).to_be_visible()
    asked = form(person("Division Head", DESK), APPROVAL, waiting)
    assert ways_on(asked) == []
    asked.get_by_role("button", name="Answer").click()
    dialog = asked.locator(".modal.show")
    expect(dialog).to_contain_text("Is the steel right?")
    dialog.locator("textarea[data-fieldname=opinion]").fill("yes")
    dialog.locator(".btn-modal-primary").click()
    expect(asked.get_by_role("button", name="Answer")).to_have_count(0)
    assert [tuple(row) for row in tasks_of(world, waiting)] == [("Countersign", head, "Agreed", "yes")]


@pytest.mark.clause("1.9")
def test_the_decision_is_passed_on(person, world, waiting):
    second = hosts.user_for("Top Executive", 2)
    page = form(person("Top Executive", DESK), APPROVAL, waiting)
    dialog = begin(page, "Pass on")
    choose_person(dialog, second)
    dialog.locator("textarea[data-fieldname=reason]").fill("I am travelling")
    dialog.locator(".btn-modal-primary").click()
    expect(page.locator(".modal.show")).to_have_count(0)
    assert [tuple(row) for row in tasks_of(world, waiting)] == [("Pass On", second, "Open", None)]


@pytest.mark.clause("1.10")
def test_a_document_is_returned_to_an_earlier_step(person, world, waiting):
    page = form(person("Top Executive", DESK), APPROVAL, waiting)
    dialog = begin(page, "Return to a step")
    dialog.locator("select[data-fieldname=state]").select_option("Finance Review")
    dialog.locator("textarea[data-fieldname=reason]").fill("compare again")
    dialog.locator(".btn-modal-primary").click()
    expect(page.locator(".title-area .indicator-pill").first).to_have_text("Finance Review")
    assert state_of(world, waiting) == "Finance Review"


@pytest.mark.clause("1.11")
@pytest.mark.clause("1.12")
def test_the_maker_reminds_and_withdraws_and_nobody_else_may(person, world, waiting):
    purchaser = person("Purchaser", DESK)
    page = form(purchaser, APPROVAL, waiting)
    assert ways_on(page) == ["Withdraw", "Remind"]
    begin(page, "Remind").locator(".btn-modal-primary").click()
    expect(page.locator(".desk-alert").filter(has_text="Reminded")).to_be_visible()
    page = form(purchaser, APPROVAL, waiting)
    dialog = begin(page, "Withdraw")
    dialog.locator("textarea[data-fieldname=reason]").fill("wrong item")
    dialog.locator(".btn-modal-primary").click()
    expect(page.locator(".title-area .indicator-pill").first).to_have_text("Draft")
    assert state_of(world, waiting) == "Draft"


def test_who_has_no_way_sees_none_and_is_refused_when_calling(person, waiting):
    officer = person("Finance Officer", DESK)
    assert ways_on(form(officer, APPROVAL, waiting)) == []
    officer.page.evaluate("window.csrf_token = frappe.csrf_token")
    for way, args in (
        ("countersign", {"user": hosts.user_for("Division Head")}),
        ("pass_on", {"user": hosts.user_for("Top Executive", 2)}),
        ("return_to", {"state": "Draft"}),
        ("withdraw", {}),
        ("remind", {}),
    ):
        values = {"doctype": APPROVAL, "name": waiting, "reason": "because", **args}
        assert officer.post(f"erp_rules.api.screens.{way}", **values) == 403, way


@pytest.mark.clause("1.13")
def test_a_bulk_refusal_asks_for_its_reason(person, world):
    def make():
        return [prices.act(prices.draft(), "Submit for Review", "Purchaser").name for _ in range(2)]

    names = world(make)
    officer = person("Finance Officer", DESK)
    page = officer.page
    page.set_default_timeout(PATIENCE)
    page.goto(f"{officer.address}/app/price-approval?workflow_state=Finance+Review")
    for name in names:
        page.locator(f'.list-row-checkbox[data-name="{name}"]').check()
    page.get_by_role("button", name="Actions").click()
    page.locator(".actions-btn-group .dropdown-item:visible", has_text="Reject").click()
    dialog = page.locator(".modal.show", has=page.locator("textarea[data-fieldname=reason]"))
    dialog.locator(".btn-modal-primary").click()
    missing = page.locator(".modal.show", has_text="Missing Values")
    expect(missing).to_be_visible()
    missing.locator(".btn-modal-close").click()
    assert {state_of(world, name) for name in names} == {"Finance Review"}
    dialog.locator("textarea[data-fieldname=reason]").fill("no market check")
    dialog.locator(".btn-modal-primary").click()
    expect(page.locator(".modal.show .msgprint")).to_contain_text(names[0])
    assert {state_of(world, name) for name in names} == {"Rejected"}


@pytest.mark.clause("4.6.3")
def test_the_inspection_counts_down_on_form_and_list(person, world):
    def make():
        import frappe

        early, late = (receiving.counted(receiving.order()).name for _ in range(2))
        past = frappe.utils.add_days(frappe.utils.now_datetime(), -10)
        frappe.db.set_value("Deadline", {"reference_name": late}, "due_at", past)
        return early, late

    early, late = world(make)
    inspector = person("Quality Inspector", DESK)
    for name, words, colour in ((early, "left", "blue"), (late, "late", "red")):
        pill = form(inspector, "Purchase Receipt", name).locator(".title-area .erp-rules-left")
        expect(pill).to_contain_text(words)
        assert colour in (pill.get_attribute("class") or "")
    inspector.page.goto(f"{inspector.address}/app/purchase-receipt?workflow_state=Counted")
    for name, words in ((early, "left"), (late, "late")):
        row = inspector.page.locator(".list-row", has=inspector.page.locator(f'[data-name="{name}"]'))
        expect(row.locator(".erp-rules-left")).to_contain_text(words)


def test_an_order_gives_its_evidence_pack(person, world):
    order = world(lambda: receiving.order().name)
    page = form(person("Purchaser", DESK), "Purchase Order", order)
    with page.expect_download() as download:
        page.get_by_role("button", name="Evidence pack").click()
    assert download.value.suggested_filename.startswith(f"evidence-{order}-")


@pytest.mark.clause("4.5.5")
def test_the_telling_of_a_change_and_its_confirmation_are_buttons(person, world):
    import frappe

    def executed():
        change = changes.of_kind("Cancellation", changes.order(100))
        return changes.execute(changes.approve(change)).name

    name = world(executed)
    doctype = "Purchase Change Order"
    page = form(person("Purchaser", DESK), doctype, name)
    dialog = page.locator(".modal.show")
    page.get_by_role("button", name="Supplier told").click()
    dialog.locator("select[data-fieldname=notified_by_means]").select_option("Phone")
    dialog.locator(".btn-modal-primary").click()
    page.get_by_role("button", name="Supplier confirmed").click()
    expect(page.get_by_role("button", name="Supplier told")).to_have_count(0)
    dialog.locator("input[data-fieldname=confirmed_by_name]").fill("Ms Chen")
    dialog.locator(".btn-modal-primary").click()
    expect(page.get_by_role("button", name="Supplier confirmed")).to_have_count(0)
    kept = world(lambda: frappe.db.get_value(doctype, name, ["notified_by_means", "confirmed_by_name"]))
    assert kept == ("Phone", "Ms Chen")


@pytest.mark.clause("4.7.1.2")
def test_the_receipt_of_goods_without_an_order_is_chosen_by_a_button(person, world):
    import frappe

    def found():
        order = receiving.order()
        receipt = receiving.posted(order)
        line = {"item": order.items[0].item, "qty": 10, "warehouse": receiving.warehouse()}
        back = receiving.give_back(None, 0, supplier=order.supplier, items=[line], reason="Defective in Use")
        receiving.act(back, "Request", "Warehouse Keeper")
        return back.name, order.name, receipt.items[0].name

    back, order, receipt_row = world(found)
    page = form(person("Purchaser", DESK), "Purchase Return", back)
    dialog = page.locator(".modal.show")
    page.get_by_role("button", name="Find the Receipt").click()
    dialog.locator("select[data-fieldname=receipt_row]").select_option(receipt_row)
    dialog.locator(".btn-modal-primary").click()
    expect(page.get_by_role("button", name="Find the Receipt")).to_have_count(0)
    assert world(lambda: frappe.db.get_value("Purchase Return", back, "purchase_order")) == order
