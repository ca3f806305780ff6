"""Goods on phones: counted blind, inspected, posted and put away; a return approved; what a lost connection leaves."""

from __future__ import annotations

import re

import order_world as ordering
import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

RECEIPT, RETURN, OVER = "Purchase Receipt", "Purchase Return", "Over Delivery"
COUNT = "erp_rules.api.receiving.count"
# An open dialog takes the pointer away from the page; here it is asked what is seen, not what is touched.
UNCOVERED = """bars => {
  document.body.style.pointerEvents = 'auto'
  const seen = bars.filter(bar => {
    const box = bar.getBoundingClientRect()
    return bar.contains(document.elementFromPoint(box.left + box.width / 2, box.top + 20))
  })
  document.body.style.pointerEvents = 'none'
  return seen.map(bar => bar.textContent)
}"""


@pytest.fixture
def delivered(world):
    """An issued order of 100: its number, supplier, item and the row that is counted."""

    def make():
        # The warehouses are made beforehand: who counts may not.
        receiving.warehouse(), receiving.warehouse("Defective")
        order = receiving.order()
        return order.name, order.supplier, order.items[0].item, order.items[0].name

    return world(make)


def to_count(who, supplier: str, item: str):
    """Open the counting page at a supplier and return the line of the item."""
    who.open("/erp/counting")
    who.page.get_by_label("Supplier or delivery note").fill(supplier)
    who.page.get_by_role("search").get_by_role("button").click()
    suppliers = who.page.get_by_test_id("suppliers").get_by_role("button")
    expect(suppliers).to_have_count(1)
    suppliers.first.click()
    return line_of(who, item)


def line_of(who, item: str):
    return who.page.get_by_test_id("line").filter(has_text=item)


def receipts(world, **filters) -> list:
    import frappe

    fields = ["name", "workflow_state", "counted_by", "total_counted"]
    return world(lambda: frappe.get_all(RECEIPT, filters=filters, fields=fields))


def from_inbox(who, name: str) -> None:
    who.open("/erp")
    who.page.get_by_test_id("inbox").get_by_role("link", name=name).click()
    expect(who.page.get_by_test_id("decision")).to_be_visible()


def test_what_is_missing_to_sign_a_count_is_said(person, delivered):
    _order, supplier, item, _row = delivered
    clerk = person("Receiving Clerk")
    line = to_count(clerk, supplier, item)
    expect(clerk.page.get_by_test_id("needs-note")).to_have_count(0)
    line.get_by_label("Counted Quantity").fill("5")
    expect(clerk.page.get_by_test_id("sign")).to_be_disabled()
    expect(clerk.page.get_by_test_id("needs-note")).to_be_visible()
    clerk.page.get_by_test_id("note").fill("DN-1")
    expect(clerk.page.get_by_test_id("needs-note")).to_have_count(0)
    expect(clerk.page.get_by_test_id("sign")).to_be_enabled()


@pytest.mark.clause("4.6.2")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_delivery_is_counted_blind_and_inspected_and_posted(person, delivered, world, size):
    _order, supplier, item, row = delivered
    clerk = person("Receiving Clerk", size)
    line = to_count(clerk, supplier, item)
    assert "100" not in line.inner_text(), "the counter sees what was ordered"
    sign = clerk.page.get_by_test_id("sign")
    expect(sign).to_be_disabled()
    clerk.page.get_by_test_id("note").fill(f"N-{row}")
    line.get_by_label("Counted Quantity").fill("98")
    sign.click()
    expect(clerk.page.get_by_test_id("counted")).to_contain_text("Counted")
    (receipt,) = receipts(world, supplier=supplier)
    assert (receipt.workflow_state, receipt.counted_by) == ("Counted", "receiving.clerk@demo.example")
    assert clerk.page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    inspector = person("Quality Inspector", size)
    from_inbox(inspector, receipt.name)
    page = inspector.page
    page.get_by_role("link", name="Open the whole document").click()
    page.get_by_test_id("add-inspections").click()
    tranches = page.locator('fieldset[data-field="inspections"]')
    for field, value in (("receipt_row", "1"), ("accepted_qty", "98")):
        # On a phone in the row's card, on a wide screen in the table.
        box = tranches.locator(f'[data-field="{field}"] input >> visible=true')
        box.fill(value)
        box.blur()
    page.get_by_test_id("save").click()
    expect(page.get_by_text("Not saved")).to_have_count(0)
    page.locator('[data-action="Inspect"]').click()
    expect(page.get_by_test_id("state")).to_have_text("Inspected")

    keeper = person("Warehouse Keeper", size)
    page = keeper.page
    keeper.open(f"/erp/form/{RECEIPT}/{receipt.name}")
    keeps_places(world, receipt.name)
    page.reload()
    for action, state in (("Post", "Posted"), ("Put Away", "Put Away")):
        page.locator(f'[data-action="{action}"]').click()
        expect(page.get_by_test_id("state")).to_have_text(state)
    assert world(lambda: receiving.on_hand(item)) == 98


def keeps_places(world, name: str) -> None:
    """Say where the goods go, as the keeper does in the table of the receipt."""
    import frappe

    import hosts

    def fill():
        with hosts.as_user("Warehouse Keeper"):
            doc = frappe.get_doc(RECEIPT, name)
            for line in doc.items:
                line.warehouse, line.location = receiving.warehouse(), "A-01"
                line.defective_warehouse = receiving.warehouse("Defective")
            doc.save()

    world(fill)


@pytest.mark.clause("4.6.2")
def test_a_lost_connection_and_a_reload_keep_the_count_and_make_one_receipt(person, delivered, world):
    _order, supplier, item, row = delivered
    clerk = person("Receiving Clerk")
    line = to_count(clerk, supplier, item)
    clerk.page.get_by_test_id("note").fill(f"N-{row}")
    line.get_by_label("Counted Quantity").fill("40")
    clerk.page.context.set_offline(True)
    clerk.page.get_by_test_id("sign").click()
    expect(clerk.page.get_by_test_id("problem")).to_contain_text("connection was lost")
    assert not receipts(world, supplier=supplier)
    clerk.page.context.set_offline(False)
    clerk.page.reload()
    expect(clerk.page.get_by_text("What you counted earlier was kept")).to_be_visible()
    expect(line_of(clerk, item).get_by_label("Counted Quantity")).to_have_value("40")
    clerk.page.get_by_test_id("sign").dblclick()
    expect(clerk.page.get_by_test_id("counted")).to_be_visible()
    assert len(receipts(world, supplier=supplier)) == 1
    clerk.page.reload()
    expect(clerk.page.get_by_label("Supplier or delivery note")).to_be_visible()


@pytest.mark.clause("4.6.2")
def test_who_may_not_count_is_refused(person, delivered, world):
    _order, supplier, _item, row = delivered
    engineer = person("Engineer")
    engineer.open("/erp/counting")
    expect(engineer.page.get_by_test_id("problem")).to_be_visible()
    rows = [{"order_row": row, "counted_qty": 5}]
    sent = {"supplier": supplier, "delivery_note_no": "N-1", "rows": rows, "count_key": "k"}
    assert engineer.post(COUNT, **sent) == 403
    assert not receipts(world, supplier=supplier)


@pytest.mark.clause("4.7.1.1")
def test_a_return_is_decided_on_a_phone(person, delivered, world):
    import frappe

    def request() -> str:
        order = frappe.get_doc(receiving.ORDER, delivered[0])
        receiving.posted(order, accepted=90)
        back = receiving.give_back(order, 10)
        return receiving.act(back, "Request", "Warehouse Keeper").name

    name = world(request)
    manager = person("Warehouse Manager")
    from_inbox(manager, name)
    expect(manager.page.get_by_test_id("decision")).to_contain_text(delivered[2])
    manager.page.locator('[data-action="Approve"]').click()
    expect(manager.page).to_have_url(re.compile(r"/erp/?$"))
    expect(manager.page.get_by_role("link", name=name)).to_have_count(0)
    assert world(lambda: frappe.db.get_value(RETURN, name, "workflow_state")) == "Approved"


@pytest.fixture
def without_order(world, delivered):
    """A return of received goods whose order is not known, with purchasing: its number and the goods' receipt."""

    def make():
        import frappe

        order = frappe.get_doc(receiving.ORDER, delivered[0])
        receipt = receiving.posted(order)
        line = {"item": delivered[2], "qty": 10, "warehouse": receiving.warehouse()}
        values = {"supplier": order.supplier, "items": [line], "reason": "Defective in Use"}
        back = receiving.give_back(None, 0, **values)
        return receiving.act(back, "Request", "Warehouse Keeper").name, receipt.name

    return world(make)


def fits(page, size: dict) -> None:
    """Expect that nothing of an open dialog stands out at the side or lies behind the bars of the page."""
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    dialog = page.get_by_role("dialog")
    assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth")
    box = dialog.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
    bars = page.locator("header").evaluate_all(UNCOVERED)
    assert bars == [], "the dialog lies behind the page's bars"


@pytest.mark.clause("4.7.1.2")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_receipt_of_goods_without_an_order_is_chosen_in_a_dialog(
    person, delivered, without_order, world, size
):
    import frappe

    back, receipt = without_order
    purchaser = person("Purchaser", size)
    page = purchaser.page
    purchaser.open(f"/erp/form/{RETURN}/{back}")
    page.locator('[data-step="take_receipt"]').click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).to_have_count(1)
    fits(page, size)
    dialog.get_by_test_id("confirm").click()
    expect(dialog.get_by_test_id("field-problem")).to_be_visible()
    expect(dialog.get_by_role("group")).to_contain_text(f"{receipt} · order {delivered[0]}")
    dialog.get_by_role("radio").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator('[data-field="purchase_order"] input')).to_have_value(delivered[0])
    expect(page.locator('[data-step="take_receipt"]')).to_have_count(0)
    assert world(lambda: frappe.db.get_value(RETURN, back, "purchase_order")) == delivered[0]


@pytest.mark.clause("4.7.1.2")
def test_a_receipt_that_no_longer_fits_is_refused_in_the_dialog(person, without_order, world):
    import frappe

    back, receipt = without_order
    purchaser = person("Purchaser")
    purchaser.open(f"/erp/form/{RETURN}/{back}")
    purchaser.page.locator('[data-step="take_receipt"]').click()
    dialog = purchaser.page.get_by_role("dialog")
    dialog.get_by_role("radio").check()
    row = world(lambda: frappe.db.get_value("Purchase Receipt Item", {"parent": receipt}, "order_row"))
    world(lambda: frappe.db.set_value("Purchase Order Item", row, "returned_qty", 100))
    dialog.get_by_test_id("confirm").click()
    expect(dialog.get_by_test_id("problem")).to_contain_text("Choose another one")
    expect(dialog.get_by_role("radio")).to_be_checked()


@pytest.fixture
def kept_apart(world, delivered):
    """Goods of which 30 were over, without an order that could take them: the number of the over-delivery."""

    def make():
        import frappe

        receiving.posted(frappe.get_doc(receiving.ORDER, delivered[0]), 130)
        return frappe.db.get_value(OVER, {"purchase_order": delivered[0]})

    return world(make)


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_an_order_takes_goods_that_were_kept_apart(person, delivered, kept_apart, world, size):
    import frappe

    _order, supplier, item, _row = delivered
    purchaser = person("Purchaser", size)
    page, dialog = purchaser.page, purchaser.page.get_by_role("dialog")
    purchaser.open(f"/erp/form/{OVER}/{kept_apart}")
    page.locator('[data-step="take_over"]').click()
    expect(dialog).to_contain_text("No order of this supplier has this item open.")
    expect(dialog.get_by_test_id("confirm")).to_have_count(0)

    def follow():
        wanted = ordering.approved((item, 20))
        return ordering.move(ordering.make(ordering.line(wanted.items[0], supplier))[0]).name

    following = world(follow)
    page.reload()
    page.locator('[data-step="take_over"]').click()
    expect(dialog.locator("label", has=page.get_by_role("radio"))).to_have_text([f"{following} · 20 open"])
    fits(page, size)
    quantity = dialog.locator('[data-field="qty"] input')
    expect(quantity).to_have_value("")
    dialog.get_by_role("radio").check()
    quantity.fill("21")
    dialog.get_by_test_id("confirm").click()
    expect(dialog.get_by_test_id("problem")).to_contain_text("it cannot take 21")
    quantity.fill("12.5")
    dialog.get_by_test_id("confirm").click()
    expect(dialog).to_have_count(0)
    expect(page.locator('[data-field="open_qty"]')).to_contain_text("17.5")
    assert world(lambda: frappe.db.get_value(OVER, kept_apart, "open_qty")) == 17.5


@pytest.mark.clause("4.6.4", "4.7.1.2")
def test_who_may_only_read_is_offered_neither_dialog(person, without_order, kept_apart, world):
    import frappe

    back, receipt = without_order
    planner = person("Planner")
    for doctype, name in ((RETURN, back), (OVER, kept_apart)):
        planner.open(f"/erp/form/{doctype}/{name}")
        expect(planner.page.get_by_role("heading", level=1)).to_be_visible()
        expect(planner.page.locator("[data-step]")).to_have_count(0)
    rows = world(
        lambda: {
            "row": frappe.db.get_value("Purchase Return Item", {"parent": back}),
            "receipt_row": frappe.db.get_value("Purchase Receipt Item", {"parent": receipt}),
        }
    )
    method = "erp_rules.api.receiving."
    assert planner.post(f"{method}take_receipt", purchase_return=back, **rows) == 403
    assert planner.post(f"{method}take_over", over_delivery=kept_apart, order_row="x") == 403
    assert world(lambda: frappe.db.get_value(RETURN, back, "purchase_order")) is None
