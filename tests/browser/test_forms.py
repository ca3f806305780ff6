"""Forms and lists: typing, pasting, saving without a connection, what must stay text, finding things."""

from __future__ import annotations

import json
import re

import change_order_world
import price_world
import pytest
import receiving_world
import screen_server
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts
import making

APPROVAL = "Price Approval"
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
SCRIPT = "<img src=x onerror=\"window.hacked='yes'\">"


@pytest.fixture
def draft(world):
    return world(lambda: price_world.draft().name)


def test_connection_cut_while_saving_loses_nothing(person, draft, world):
    import frappe

    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{APPROVAL}/{draft}")
    box = purchaser.page.locator('[data-field="market_check"] textarea')
    box.fill("Asked three works by telephone")
    box.blur()
    purchaser.page.context.set_offline(True)
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_test_id("problem")).to_contain_text("connection was lost")
    purchaser.page.context.set_offline(False)
    purchaser.page.once("dialog", lambda dialog: dialog.accept())
    purchaser.page.reload()
    expect(purchaser.page.get_by_text("What you typed earlier was kept")).to_be_visible()
    expect(box).to_have_value("Asked three works by telephone")
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_text("Not saved")).to_have_count(0)
    assert (
        world(lambda: frappe.db.get_value(APPROVAL, draft, "market_check"))
        == "Asked three works by telephone"
    )


def test_somebody_elses_change_is_not_overwritten(person, draft, world):
    import frappe

    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{APPROVAL}/{draft}")
    world(lambda: price_world.edit(frappe.get_doc(APPROVAL, draft), "Purchaser 2", market_check="Mine first"))
    box = purchaser.page.locator('[data-field="half_year_demand"] input')
    box.fill("1200")
    box.blur()
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_test_id("problem")).to_contain_text("Somebody else changed this document")
    purchaser.page.get_by_role("button", name="Load the current version").click()
    expect(purchaser.page.locator('[data-field="market_check"] textarea')).to_have_value("Mine first")
    purchaser.page.get_by_test_id("save").click()
    expect(purchaser.page.get_by_text("Not saved")).to_have_count(0)
    row = world(lambda: frappe.db.get_value(APPROVAL, draft, ["market_check", "half_year_demand"]))
    assert row == ("Mine first", 1200)


@pytest.mark.clause("4.2.3.3")
def test_refusals_stand_where_they_belong(person, world):
    codes = [price_world.supplier for _ in range(2)]
    name = world(lambda: price_world.draft(quotes=[price_world.quote(code(), 5) for code in codes]).name)
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{APPROVAL}/{name}")
    expect(purchaser.page.get_by_test_id("open-points")).to_contain_text("4.2.3.3")
    purchaser.page.locator('[data-action="Submit for Review"]').click()
    expect(purchaser.page.get_by_test_id("problem").first).to_contain_text("4.2.3.3")
    expect(purchaser.page.get_by_test_id("state")).to_have_text("Draft")


def test_five_hundred_rows_are_pasted_and_a_wrong_cell_takes_none(person, draft):
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{APPROVAL}/{draft}")
    grid = purchaser.page.locator('fieldset[data-field="quotes"]')
    before = int(grid.locator("legend").inner_text().split("(")[1].split(")")[0])
    purchaser.page.get_by_test_id("paste-quotes").click()
    rows = ["Supplier\tCurrency\tRate"] + [f"S-{number}\tCNY\t{number / 100:.2f}" for number in range(1, 501)]
    wrong = [*rows[:-1], "S-500\tCNY\tten"]
    purchaser.page.get_by_test_id("paste-box").fill("\n".join(wrong))
    purchaser.page.get_by_test_id("paste-take").click()
    expect(purchaser.page.get_by_test_id("paste-problems")).to_contain_text("ten")
    expect(grid.locator("legend")).to_contain_text(f"({before})")
    purchaser.page.get_by_test_id("paste-box").fill("\n".join(rows))
    purchaser.page.get_by_test_id("paste-take").click()
    expect(grid.locator("legend")).to_contain_text(f"({before + 500})")
    # Only the rows in view are in the page.
    assert grid.get_by_role("row").count() < 60


def test_script_in_a_name_stays_text(person, world):
    import frappe

    code = world(lambda: price_world.supplier())
    world(lambda: frappe.db.set_value("Supplier", code, "supplier_name", SCRIPT))
    purchaser = person("Purchaser", DESK)
    for path in (f"/erp/list/Supplier?q={code}", f"/erp/form/Supplier/{code}"):
        purchaser.open(path)
        expect(purchaser.page.get_by_text("<img src=x").first).to_be_visible()
        assert purchaser.page.evaluate("window.hacked") is None


def hits(who):
    return who.page.locator("#quick-open-list").get_by_role("option")


def test_quick_open_knows_qad_menu_numbers(person):
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp")
    purchaser.page.keyboard.press("Control+k")
    purchaser.page.get_by_test_id("quick-open").fill("1.19")
    expect(hits(purchaser).first).to_contain_text("QAD 1.19")
    purchaser.page.keyboard.press("Enter")
    expect(purchaser.page.get_by_test_id("list")).to_be_visible()


def test_quick_open_knows_pinyin_initials(person, world):
    import frappe

    purchaser = person("Purchaser 2", DESK)
    login = "purchaser.2@demo.example"
    try:
        world(lambda: frappe.db.set_value("User", login, "language", "zh"))
        world(lambda: frappe.clear_cache(user=login))
        purchaser.page.context.clear_cookies()
        purchaser.page.request.post(
            f"{purchaser.address}/api/method/login", form={"usr": login, "pwd": hosts.PASSWORD}
        )
        purchaser.open("/erp")
        purchaser.page.keyboard.press("Control+k")
        purchaser.page.get_by_test_id("quick-open").fill("djhdb")
        expect(hits(purchaser).filter(has_text="单价核定表").first).to_be_visible()
    finally:
        world(lambda: frappe.db.set_value("User", login, "language", "en"))
        world(lambda: frappe.clear_cache(user=login))


def test_bulk_action_tells_the_result_of_each_row(person, world):
    import frappe

    good, bad = (
        world(lambda: price_world.draft().name),
        world(lambda: price_world.draft(market_check=None).name),
    )
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/list/{APPROVAL}")
    for name in (good, bad):
        purchaser.page.get_by_label(f"Choose {name}").check()
    purchaser.page.locator('[data-action="Submit for Review"]').click()
    results = purchaser.page.get_by_test_id("bulk-results")
    expect(results).to_contain_text(f"✓ {good}")
    expect(results).to_contain_text(f"✗ {bad}")
    states = world(lambda: [frappe.db.get_value(APPROVAL, name, "workflow_state") for name in (good, bad)])
    assert states == ["Finance Review", "Draft"]


@pytest.fixture
def three(world):
    """Three drafts, the second of which was sent on: what finds them together, and their numbers."""
    import frappe

    def make():
        mark, docs = hosts.unique("Clamp"), [price_world.draft() for _count in range(3)]
        for doc in docs:
            for doctype, name in (("Item", doc.item), (APPROVAL, doc.name)):
                frappe.db.set_value(doctype, name, "item_name", mark)
        price_world.act(docs[1], "Submit for Review", "Purchaser")
        return mark, [doc.name for doc in docs]

    return world(make)


def test_lists_filter_sort_and_search(person, three):
    mark, (first, second, third) = three
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/list/{APPROVAL}")
    numbers = purchaser.page.get_by_test_id("list").get_by_role("link", name=re.compile("^PA-"))
    purchaser.page.get_by_test_id("search").fill(mark)
    expect(purchaser.page.get_by_test_id("total")).to_have_text("3")
    heading = purchaser.page.get_by_role("columnheader", name="Number")
    heading.click()
    expect(numbers).to_have_text([first, second, third])
    heading.click()
    expect(numbers).to_have_text([third, second, first])
    purchaser.page.get_by_test_id("state-filter").select_option("Finance Review")
    expect(numbers).to_have_text([second])


@pytest.fixture
def long_list(world):
    """A list of more rows than are loaded at once, with time limits: the word that finds all of them, and their names."""
    import frappe

    def fill():
        draft, mark = price_world.draft(), hosts.unique("MANY")
        names = [f"{mark}-{number:04d}" for number in range(650)]
        fields = [
            "name",
            "creation",
            "modified",
            "owner",
            "modified_by",
            "docstatus",
            "item",
            "workflow_state",
        ]
        rows = [
            (name, draft.creation, draft.modified, draft.owner, draft.owner, 0, draft.item, "Draft")
            for name in names
        ]
        frappe.db.bulk_insert(APPROVAL, fields, rows)
        return mark, names

    mark, names = world(fill)
    yield mark, names
    world(lambda: frappe.db.delete(APPROVAL, {"name": ["in", names]}))


def rows_in(who):
    return who.page.get_by_test_id("list").locator("[data-index]")


@SIZES
def test_a_long_list_is_walked_to_its_end_with_the_keyboard(person, long_list, size):
    mark, names = long_list
    purchaser = person("Purchaser", size)
    asked = []
    purchaser.page.on("request", lambda request: asked.append(request.url))
    purchaser.open(f"/erp/list/{APPROVAL}?q={mark}&order=name asc")
    shown, page = purchaser.page.get_by_test_id("list"), purchaser.page
    expect(page.get_by_test_id("total")).to_have_text("650")
    # The list scrolls within its own box, so only the rows in view are in the page.
    assert shown.evaluate("box => box.clientHeight < innerHeight && box.scrollHeight > 20000")
    assert rows_in(purchaser).count() < 60
    shown.focus()
    for key, at in (("ArrowDown", 0), ("ArrowDown", 1), ("End", 649), ("ArrowUp", 648), ("Home", 0)):
        page.keyboard.press(key)
        row = shown.locator(f"[data-index='{at}']")
        expect(row).to_be_focused()
        expect(row).to_contain_text(names[at])
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{names[0]}")
    # Servers in production refuse addresses of more than some four thousand signs.
    assert max(len(url) for url in asked) < 4000


def test_all_rows_are_chosen_as_far_as_one_action_goes(person, long_list):
    mark, _names = long_list
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/list/{APPROVAL}?q={mark}")
    asked = []
    purchaser.page.on("request", lambda request: asked.append(request.url))
    purchaser.page.get_by_test_id("pick-all").check()
    expect(purchaser.page.get_by_text("500 chosen")).to_be_visible()
    expect(purchaser.page.locator('[data-action="Submit for Review"]')).to_be_visible()
    assert max(len(url) for url in asked) < 4000


@SIZES
def test_a_view_is_kept_and_removed(person, size):
    purchaser = person("Purchaser", size)
    page = purchaser.page
    purchaser.open(f"/erp/list/{APPROVAL}?q=PA-")
    if size is PHONE:
        page.get_by_test_id("more").click()
    page.get_by_test_id("state-filter").select_option("Draft")
    expect(page.get_by_text("State = Draft")).to_be_visible()
    page.get_by_test_id("save-view").click()
    page.get_by_test_id("confirm-view").click()
    expect(page.get_by_role("alert")).to_contain_text("give the view a name")
    name = hosts.unique("view")
    page.get_by_test_id("view-name").fill(name)
    page.get_by_test_id("confirm-view").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    purchaser.open(f"/erp/list/{APPROVAL}")
    if size is PHONE:
        page.get_by_test_id("more").click()
    page.get_by_test_id("view").select_option(label=name)
    expect(page.get_by_text("State = Draft")).to_be_visible()
    expect(page).not_to_have_url(re.compile("order="))
    if size is PHONE:
        page.get_by_test_id("order").select_option(label="Number ↓")
    else:
        for _ in range(2):
            page.get_by_role("columnheader", name="Number").click()
    page.get_by_test_id("save-view").click()
    expect(page.get_by_test_id("view-name")).to_have_value(name)
    page.get_by_test_id("confirm-view").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    purchaser.open(f"/erp/list/{APPROVAL}")
    if size is PHONE:
        page.get_by_test_id("more").click()
    expect(page.get_by_role("option", name=name)).to_have_count(1)
    page.get_by_test_id("view").select_option(label=name)
    expect(page).to_have_url(re.compile(r"order=name\+desc"))
    page.get_by_test_id("remove-view").click()
    expect(page.get_by_role("option", name=name)).to_have_count(0)


LEFT_EDGES = """row => [...row.querySelectorAll('[role=cell], [role=columnheader]')]
    .map(one => Math.round(one.getBoundingClientRect().left))"""


def test_columns_stand_below_their_headings_whatever_is_in_them(person):
    auditor = person("Internal Auditor", DESK)
    auditor.open("/erp/list/Rule")
    rows = auditor.page.get_by_test_id("list").locator("[role=row]")
    expect(rows.filter(has_text="4.2.3.3").or_(rows.nth(20)).first).to_be_attached()
    edges = [row.evaluate(LEFT_EDGES) for row in rows.all()]
    assert len(edges) > 20 and len(edges[0]) > 2
    assert all(found == edges[0] for found in edges)


def test_filters_that_a_number_brings_are_said_in_words(person):
    purchaser = person("Purchaser", DESK)
    filters = [
        {"field": "workflow_state", "operator": "in", "value": ["Draft", "Finance Review"]},
        {"field": "valid_to", "operator": "between", "value": ["2026-01-01", "2026-01-31"]},
    ]
    purchaser.open(f"/erp/list/{APPROVAL}?filters={json.dumps(filters)}")
    expect(purchaser.page.get_by_text("State = Draft / Finance Review")).to_be_visible()
    expect(purchaser.page.get_by_text("2026-01-01 – 2026-01-31")).to_be_visible()


def test_a_bulk_refusal_asks_for_its_reason_once(person, world):
    import frappe

    names = [world(lambda: price_world.reviewed().name) for _ in range(2)]
    executive = person("Top Executive", DESK)
    executive.open(f"/erp/list/{APPROVAL}")
    for name in names:
        executive.page.get_by_label(f"Choose {name}").check()
    executive.page.locator('[data-action="Reject"]').click()
    executive.page.get_by_test_id("confirm").click()
    expect(executive.page.get_by_role("alert")).to_contain_text("state a reason")
    executive.page.get_by_test_id("reason").fill("Too dear")
    executive.page.get_by_test_id("confirm").click()
    results = executive.page.get_by_test_id("bulk-results")
    for name in names:
        expect(results).to_contain_text(f"✓ {name}")
    states = world(lambda: {frappe.db.get_value(APPROVAL, name, "workflow_state") for name in names})
    assert states == {"Rejected"}


def test_a_search_that_fails_is_not_taken_for_one_without_hits(person):
    purchaser = person("Purchaser")
    purchaser.open(f"/erp/form/{APPROVAL}/new")
    item = purchaser.page.locator('[data-field="item"]')
    box, said = item.get_by_role("combobox"), item.get_by_role("option")
    box.fill("no such item")
    expect(said).to_have_text(["No match"])
    purchaser.page.context.set_offline(True)
    box.fill("no such item at all")
    expect(said).to_have_text(["Not searched: no connection."])
    purchaser.page.context.set_offline(False)
    purchaser.page.route("**/erp_rules.api.screens.search_link*", lambda route: route.fulfill(status=500))
    box.fill("no such item either")
    expect(said).to_have_text(["Internal Server Error"])


def test_what_is_being_typed_stays_when_a_file_arrives(person, draft):
    purchaser = person("Purchaser", DESK)
    purchaser.open(f"/erp/form/{APPROVAL}/{draft}")
    box = purchaser.page.locator('[data-field="market_check"] textarea')
    box.fill("Half a sentence")
    drawing = purchaser.page.locator('[data-field="drawing"]')
    drawing.locator('input[type="file"]').first.set_input_files(
        {"name": "drawing.txt", "mimeType": "text/plain", "buffer": b"drawing"}
    )
    expect(drawing.get_by_role("link")).to_be_visible()
    expect(box).to_have_value("Half a sentence")


def test_what_one_person_typed_is_not_shown_to_the_next(person, draft):
    first = person("Purchaser", DESK)
    first.open(f"/erp/form/{APPROVAL}/{draft}")
    box = first.page.locator('[data-field="market_check"] textarea')
    box.fill("Not for others")
    box.blur()
    expect(first.page.get_by_text("Not saved")).to_be_visible()
    screen_server.log_in(first.page.context, first.address, hosts.who("Purchaser 2"))
    first.page.goto("about:blank")
    first.open(f"/erp/form/{APPROVAL}/{draft}")
    expect(box).to_be_visible()
    expect(box).not_to_have_value("Not for others")


def test_every_row_of_a_long_table_is_reached_on_a_phone(person, world):
    rows = [{"criterion": f"Point {i}", "area": "Quality", "max_score": 10, "score": 7} for i in range(130)]
    name = world(lambda: making.survey(making.supplier().name, scores=rows).name)
    purchaser = person("Purchaser")
    purchaser.open(f"/erp/form/Supplier Survey/{name}")
    table = purchaser.page.locator('fieldset[data-field="scores"]')
    expect(table.get_by_role("listitem")).to_have_count(101)
    table.get_by_test_id("more-rows").click()
    expect(table.get_by_role("listitem")).to_have_count(130)
    expect(table.get_by_role("listitem").last).to_contain_text("Point 129")


def test_a_role_is_chosen_in_chinese_and_stored_as_it_is_named(person, world, speaks):
    import frappe

    login = hosts.who("Purchaser 2")
    speaks(login, "zh")
    purchaser = person("Purchaser 2")
    page = purchaser.page
    purchaser.open("/erp/form/Delegation/new")
    reason = hosts.unique("away")
    page.locator('[data-field="reason"] textarea').fill(reason)
    for field, moment in (("from_time", "2030-01-01 08:00"), ("to_time", "2030-01-02 17:00")):
        page.locator(f'[data-field="{field}"] input').fill(moment)
    page.locator('[data-field="to_user"] input').fill(hosts.who("Purchaser"))
    page.get_by_test_id("add-roles").click()
    row = page.get_by_test_id("row-form")
    role = row.get_by_role("combobox")
    role.focus()
    expect(row.get_by_role("option", selected=True)).to_be_visible()
    role.press_sequentially("采购员")
    role.press("Enter")  # nothing is found yet, and what was found before is not taken
    expect(role).to_have_value("采购员")
    expect(row.get_by_role("option", selected=True)).to_contain_text("采购员")
    role.press("Enter")
    expect(role).to_have_value("采购员")
    row.get_by_role("button", name="回到表格").click()
    card = page.locator("fieldset[data-field=roles]").get_by_role("listitem").get_by_role("button")
    expect(card).to_be_focused()
    expect(card).to_contain_text("采购员")
    page.get_by_test_id("save").click()
    page.wait_for_url(re.compile("/Delegation/(?!new)"))
    assert world(lambda: frappe.get_doc("Delegation", {"reason": reason}).roles[0].role) == "Purchaser"


def test_a_refusal_is_seen_wherever_the_reader_is(person, draft):
    purchaser = person("Purchaser")
    page = purchaser.page
    purchaser.open(f"/erp/form/{APPROVAL}/{draft}")
    demand = page.locator('[data-field="half_year_demand"] input')
    demand.fill("many")
    demand.blur()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    expect(page.get_by_test_id("problem")).to_have_count(0)
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("problem")).to_be_in_viewport(ratio=1)


def test_words_and_times_of_rows_are_shown_as_people_read_them(person, speaks):
    speaks(hosts.who("Rule Administrator"), "zh")
    administrator = person("Rule Administrator")
    administrator.open("/erp/list/Rule?q=1.10")
    expect(administrator.page.get_by_test_id("list")).to_contain_text("拦截, 流转")
    administrator.open("/erp/form/Working Calendar/Standard")
    shift = administrator.page.locator("fieldset[data-field=shifts]").get_by_role("listitem").first
    expect(shift).to_contain_text(re.compile("开始时间08:00结束时间12:00"))


def test_how_to_fill_a_field_in_is_told_to_who_may_and_people_by_name_to_all(person, world):
    import frappe

    hint = "Empty: the currency of the supplier's price"
    order = world(lambda: change_order_world.order(100))
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp/form/Purchase Order/new")
    expect(purchaser.page.get_by_text(hint)).to_be_visible()
    purchaser.open(f"/erp/form/Purchase Order/{order.name}")
    expect(purchaser.page.locator("[data-field=currency]")).to_contain_text("CNY")
    name = world(lambda: frappe.db.get_value("User", order.purchaser, "full_name"))
    expect(purchaser.page.locator("[data-field=purchaser] a")).to_have_text(name)
    expect(purchaser.page.get_by_text(hint)).to_have_count(0)


def test_a_box_that_is_not_ticked_is_dark_where_it_is_dark(person):
    purchaser = person("Purchaser", DESK, dark=True)
    purchaser.open("/erp")
    box = purchaser.page.get_by_role("checkbox").first
    shade = box.evaluate("box => getComputedStyle(box).backgroundColor.match(/[0-9.]+/g).map(Number)")
    assert max(shade[:3]) < 90, shade


@SIZES
def test_no_page_is_wider_than_the_screen(person, draft, size):
    purchaser = person("Purchaser", size)
    for path in (
        "/erp",
        "/erp/start",
        f"/erp/list/{APPROVAL}",
        f"/erp/form/{APPROVAL}/{draft}",
        "/erp/form/Supplier/new",
    ):
        purchaser.open(path)
        assert purchaser.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path


def test_the_title_of_an_order_is_read_on_a_phone(person, world):
    """An order offers more than fits beside its title: the buttons go below it."""
    order = world(lambda: change_order_world.order(100))
    purchaser = person("Purchaser", PHONE)
    purchaser.open(f"/erp/form/Purchase Order/{order.name}")
    expect(purchaser.page.get_by_test_id("begin").first).to_be_visible()
    title = purchaser.page.get_by_role("heading", level=1).locator("span").first
    expect(title).to_have_text(order.supplier_name)
    assert title.evaluate("span => span.scrollWidth <= span.clientWidth")
    assert purchaser.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_who_was_logged_out_elsewhere_logs_in_and_goes_on(person):
    purchaser = person("Purchaser", DESK)
    purchaser.open("/erp")
    assert purchaser.post("logout") == 200
    purchaser.page.get_by_role("link", name="Overview").click()
    purchaser.page.wait_for_url("**/login?redirect-to=%2Ferp%2Fstart*")


def test_a_row_is_offered_what_goes_with_its_document(person, world):
    """A return takes goods that came from its supplier, and from no other."""

    def make():
        own, other = receiving_world.order(), receiving_world.order()
        receipts = [receiving_world.posted(order, 100, accepted=90).name for order in (own, other)]
        return own.supplier, own.name, other.name, receipts

    supplier, own, other, receipts = world(make)
    who = person("Warehouse Keeper", PHONE)
    who.open("/erp/form/Purchase Return/new")
    page = who.page

    def offered(where, fieldname: str, text: str):
        field = where.locator(f'[data-field="{fieldname}"]')
        field.get_by_role("combobox").fill(text)
        return field.get_by_role("option")

    expect(offered(page, "purchase_order", own)).to_have_text(["No match"])
    offered(page, "supplier", supplier).filter(has_text=supplier).first.tap()
    expect(offered(page, "purchase_order", own).first).to_contain_text(own)
    expect(offered(page, "purchase_order", other)).to_have_text(["No match"])
    page.get_by_test_id("add-items").tap()
    card = page.locator('fieldset[data-field="items"]').get_by_test_id("row-form")
    expect(offered(card, "receipt", receipts[0]).first).to_contain_text(receipts[0])
    expect(offered(card, "receipt", receipts[1])).to_have_text(["No match"])
