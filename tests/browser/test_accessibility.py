"""The screens for people who do not see or point: no serious finding of axe, at both sizes, light and dark."""

from __future__ import annotations

import order_world
import price_world
import pytest
import receiving_world
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts

SERIOUS = {"serious", "critical"}
DIALOG = "[role=dialog]"
# Both sizes and both shades in two runs.
LOOKS = pytest.mark.parametrize(
    ("size", "dark"), [(PHONE, True), (DESK, False)], ids=["phone-dark", "desk-light"]
)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
SHADES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def findings(page, what: str, within: str = "html") -> list[str]:
    """Return what axe finds serious on the page as it stands; what lies behind a dialog is not looked at."""
    script = hosts.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    assert script.is_file(), "run npm ci in the project's root folder"
    # Half-faded letters are pale for a moment only.
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished))")
    page.add_script_tag(path=str(script))
    result = page.evaluate("at => axe.run(at, {resultTypes: ['violations', 'passes']})", within)
    assert result["passes"], f"{what}: axe looked at nothing"
    return [
        f"{what}: {found['id']} ({found['impact']}): {found['nodes'][0]['html'][:160]}\n"
        f"{found['nodes'][0].get('failureSummary', '')}"
        for found in result["violations"]
        if found["impact"] in SERIOUS
    ]


@SHADES
@SIZES
def test_axe_finds_nothing_serious(person, waiting, size, dark):
    executive = person("Top Executive", size, dark)
    pages = (
        "/erp",
        "/erp/start",
        f"/erp/decide/{price_world.APPROVAL}/{waiting}",
        f"/erp/list/{price_world.APPROVAL}",
        f"/erp/form/{price_world.APPROVAL}/{waiting}",
        "/erp/report/Approved Supplier List",
    )
    found = []
    for path in pages:
        executive.open(path)
        for chart in executive.page.get_by_test_id("figures").all():
            chart.locator("summary").click()
        found += findings(executive.page, path)
    executive.open(f"/erp/decide/{price_world.APPROVAL}/{waiting}")
    executive.page.locator('[data-action="Reject"]').click()
    expect(executive.page.get_by_test_id("reason")).to_be_visible()
    found += findings(executive.page, "the dialog that asks for a reason", DIALOG)
    assert not found, "\n".join(found)


@LOOKS
def test_axe_finds_nothing_serious_where_goods_are_counted(person, world, size, dark):
    def deliver():
        order = receiving_world.order()
        return order.supplier, receiving_world.counted(receiving_world.order()).name

    supplier, receipt = world(deliver)
    clerk = person("Receiving Clerk", size, dark)
    clerk.open("/erp/counting")
    found = findings(clerk.page, "deliveries")
    clerk.page.get_by_label("Supplier or delivery note").fill(supplier)
    clerk.page.get_by_role("search").get_by_role("button").click()
    clerk.page.get_by_test_id("suppliers").get_by_role("button", name=supplier).click()
    clerk.page.get_by_label("Counted Quantity").fill("5")
    found += findings(clerk.page, "a count")
    inspector = person("Quality Inspector", size, dark)
    for path in (f"/erp/decide/Purchase Receipt/{receipt}", f"/erp/form/Purchase Receipt/{receipt}"):
        inspector.open(path)
        found += findings(inspector.page, path)
    assert not found, "\n".join(found)


@LOOKS
def test_axe_finds_nothing_serious_where_goods_are_ordered(person, world, size, dark):
    def want() -> str:
        code = order_world.item()
        order_world.post(code, *((price_world.supplier(), rate) for rate in (10, 11)))
        order_world.approved((code, 7))
        return order_world.move(order_world.order()).name

    order = world(want)
    purchaser = person("Purchaser", size, dark)
    page = purchaser.page
    purchaser.open("/erp/ordering")
    line = page.get_by_test_id("lines").get_by_role("listitem").first
    line.get_by_role("radio").last.click()
    found = findings(page, "the workbench")
    page.locator('form [data-field="required_by"]').get_by_role("button", name="Choose a day").click()
    expect(page.get_by_test_id("calendar")).to_be_visible()
    found += findings(page, "the calendar", "[data-test=calendar]")
    page.keyboard.press("Escape")
    page.get_by_test_id("print-batch").click()
    expect(page.get_by_role("dialog")).to_contain_text(order)
    found += findings(page, "the batch of prints", DIALOG)
    purchaser.open(f"/erp/form/Purchase Order/{order}")
    found += findings(page, "an order")
    page.keyboard.press("Control+k")
    page.get_by_test_id("quick-open").fill("5.7")
    expect(page.locator("#quick-open-list").get_by_role("option").first).to_be_visible()
    found += findings(page, "quick open")
    assert not found, "\n".join(found)
