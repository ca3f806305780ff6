"""Reports and prints of importing: long-term control, containers, acceptances, discrepancies, settlements."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import import_world as world
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving

import hosts


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site, and what a dollar is worth today."""
    prices.rate("USD", 7.1)


def report(name: str, role: str = "Planner", **filters) -> dict:
    """Run a report as the screens do and return its answer."""
    from erp_rules.api.screens import run_report

    with hosts.as_user(role):
        return run_report(name, filters)


def plan(*lines: tuple):
    """Return a released plan of `(item, quantity, days from today)` lines."""
    import frappe

    rows = [{"item": code, "qty": qty, "required_date": ordering.days(at)} for code, qty, at in lines]
    with hosts.as_user("Planner"):
        doc = frappe.get_doc(
            {"doctype": ordering.PLAN, "title": hosts.unique("plan"), "items": rows}
        ).insert()
    return receiving.act(doc, "Release", "Planner")


def controlled(order) -> str:
    """Put the item of an order under long-term control and return its code."""
    import frappe

    code = order.items[0].item
    frappe.db.set_value("Item", code, "long_term_controlled", 1)
    return code


def row_of(answer: dict, item: str) -> dict:
    (row,) = [row for row in answer["result"] if row["item"] == item]
    return row


# --- 7.12 ------------------------------------------------------------------------------------


@pytest.mark.clause("7.12")
def test_every_stage_of_a_material_is_shown_and_opens_its_documents():
    order = world.order(qty=100)
    code = controlled(order)
    wanted = ordering.approved((code, 25))
    demand = plan((code, 60, 5), (code, 80, 30))
    doc = world.unloaded(order, items=[world.line(order, 40)])
    receipt = world.inspect(world.count(world.notices(doc)[0], 40), 40)
    answer = report("Long-term Material Control", item=code)
    row = row_of(answer, code)
    assert (row["planned_qty"], row["requisitioned_qty"]) == (140, 25)
    assert (row["order_qty"], row["transit_qty"], row["on_hand_qty"]) == (60, 40, 0)
    world.post(receipt)
    row = row_of(report("Long-term Material Control", item=code), code)
    assert (row["order_qty"], row["transit_qty"], row["on_hand_qty"]) == (60, 0, 40)
    assert row["next_required_date"] == ordering.days(5)
    assert row["opens"]["planned_qty"]["filters"] == {"name": ["in", demand.name]}
    assert row["opens"]["order_qty"]["filters"] == {"name": ["in", order.name]}
    assert row["opens"]["requisitioned_qty"]["filters"] == {"name": ["in", wanted.name]}
    assert row["opens"]["on_hand_qty"] == {
        "kind": "list",
        "name": "Material Ledger Entry",
        "filters": {"item": code},
    }
    assert row["price_end_date"] == ordering.days(60)


@pytest.mark.clause("7.12")
def test_until_when_a_material_is_covered_follows_the_days():
    order = world.order(qty=100)  # required in 20 days
    code = controlled(order)
    plan((code, 30, 10), (code, 60, 40))
    row = row_of(report("Long-term Material Control", item=code), code)
    assert (row["uncovered_on"], row["covered_until"]) == (ordering.days(10), ordering.days(9))
    assert row["short_qty"] == 30
    plan((code, 500, 90))
    row = row_of(report("Long-term Material Control", item=code), code)
    assert row["short_qty"] == 490
    until = str(ordering.days(50))
    row = row_of(report("Long-term Material Control", item=code, until=until), code)
    assert (row["planned_qty"], row["short_qty"]) == (90, 30)


@pytest.mark.clause("7.12")
def test_only_items_under_control_are_shown_and_the_queries_do_not_grow(query_count):
    from erp_rules.procurement import long_term

    codes = []
    for _number in range(3):
        order = world.order()
        codes.append(controlled(order))
        plan((codes[-1], 10, 10))
    free = world.order().items[0].item
    shown = {row["item"] for row in report("Long-term Material Control")["result"]}
    assert set(codes) <= shown and free not in shown
    long_term.control(codes, ordering.today())
    with query_count() as one:
        long_term.control(codes[:1], ordering.today())
    with query_count() as all_of_them:
        long_term.control(codes, ordering.today())
    assert one.count == all_of_them.count


@pytest.mark.clause("7.12")
def test_planners_and_purchasers_are_told_of_what_is_not_covered(monkeypatch):
    from erp_rules.procurement import long_term

    order = world.order()
    code, calm = controlled(order), controlled(world.order())
    plan((code, 10, 10))
    plan((calm, 10, 300))
    said = {}
    monkeypatch.setattr(
        long_term, "notify_roles", lambda roles, words, doc: said.update({doc.name: (roles, words())})
    )
    told = long_term.tell_of_uncovered()
    assert code in told and calm not in told and set(told) == set(said)
    roles, subject = said[code]
    assert roles == ["Planner", "Purchaser"]
    assert str(ordering.days(9)) in subject and "10 PCS" in subject


# --- 7.13 ------------------------------------------------------------------------------------


@pytest.mark.clause("7.13")
def test_settlements_are_listed_by_due_date_with_what_is_late():
    import frappe

    order = world.received()
    doc = world.approved(world.settlement(order, contract_no="C-77"))
    frappe.db.set_value(doc.doctype, doc.name, "due_date", ordering.days(-3))
    answer = report("Foreign Exchange Settlement Control", "Finance Manager", supplier=order.supplier)
    (row,) = answer["result"]
    assert (row["name"], row["orders"], row["days_overdue"]) == (doc.name, order.name, 3)
    assert (row["total_amount"], row["amount_base"]) == (1000, 7100)
    assert "USD 1,000.00" in answer["message"]
    only = report(
        "Foreign Exchange Settlement Control", "Finance Manager", supplier=order.supplier, only_overdue=1
    )
    assert len(only["result"]) == 1
    with pytest.raises(frappe.PermissionError):
        report("Foreign Exchange Settlement Control", "Receiving Clerk")


# --- 7.14, 7.16, 7.17 ------------------------------------------------------------------------


@pytest.mark.clause("7.14")
def test_containers_are_listed_with_state_dates_and_discrepancies():
    order = world.order()
    doc = world.unloaded(order)
    world.count(world.notices(doc)[0], 90)
    answer = report("Import Container Control", "Purchaser", supplier=order.supplier)
    (row,) = answer["result"]
    assert (row["name"], row["workflow_state"], row["open_discrepancies"]) == (doc.name, "Unloaded", 1)
    assert row["arrived_on"] == ordering.today()
    assert row["opens"]["open_discrepancies"]["filters"]["import_container"] == doc.name
    closed = report("Import Container Control", "Purchaser", supplier=order.supplier, workflow_state="Closed")
    assert closed["result"] == []


@pytest.mark.clause("7.16")
def test_acceptances_are_listed_per_day():
    order = world.order()
    doc = world.unloaded(order)
    receipt = world.inspect(world.count(world.notices(doc)[0], 90), 60)
    answer = report("Import Acceptance per Day", "Quality Inspector", supplier=order.supplier)
    (row,) = answer["result"]
    assert (row["day"], row["receipt"], row["container_no"]) == (ordering.today(), receipt.name, world.NUMBER)
    assert (row["packing_qty"], row["counted_qty"]) == (100, 90)
    assert (row["accepted_qty"], row["rejected_qty"], row["passed_pct"]) == (60, 30, 66.67)
    yesterday = str(ordering.days(-1))
    before = report(
        "Import Acceptance per Day", "Quality Inspector", supplier=order.supplier, to_date=yesterday
    )
    assert before["result"] == []


@pytest.mark.clause("7.17")
def test_discrepancies_are_listed_until_they_are_settled():
    order = world.order()
    doc = world.unloaded(order)
    receipt = world.count(world.notices(doc)[0], 90)
    world.inspect(receipt, 80)
    answer = report("Import Container Discrepancies", "Purchaser", supplier=order.supplier)
    assert [(row["of_kind"], row["difference"]) for row in answer["result"]] == [
        ("Short", -10),
        ("Damaged", -10),
    ]
    world.handle(doc)
    left = report("Import Container Discrepancies", "Purchaser", supplier=order.supplier, only_open=1)
    assert left["result"] == []


def test_reports_show_nothing_of_a_hidden_supplier():
    import frappe

    mine, other = world.order(), world.order()
    for order in (mine, other):
        world.shipped(order)
        controlled(order)
    user = hosts.user_for("Planner")
    frappe.get_doc(
        {"doctype": "User Permission", "user": user, "allow": "Supplier", "for_value": mine.supplier}
    ).insert(ignore_permissions=True)
    frappe.clear_cache(user=user)
    shown = {row["supplier"] for row in report("Import Container Control")["result"]}
    assert mine.supplier in shown and other.supplier not in shown
    row = row_of(report("Long-term Material Control", item=other.items[0].item), other.items[0].item)
    assert (row["transit_qty"], row["order_qty"]) == (0, 0)


# --- prints ----------------------------------------------------------------------------------


def printed(doc, form: str, language: str) -> str:
    """Return a document as it prints in that language."""
    import frappe

    frappe.local.lang = language
    try:
        return frappe.get_print(doc.doctype, doc.name, form)
    finally:
        frappe.local.lang = "en"


@pytest.mark.clause("7.15")
@pytest.mark.clause("7.18")
def test_packing_list_record_and_feedback_print_in_both_languages():
    order = world.order()
    doc = world.unloaded(order, vessel="MSC <b>Aurora</b>")
    receipt = world.count(world.notices(doc)[0], 90)
    world.inspect(receipt, 90)
    item = order.items[0].item
    row = {"item": item, "defect": "Wet", "qty": 12, "responsible": "Carrier", "description": "soaked"}
    prices.edit(doc, "Quality Inspector", quality_feedback=[row])
    for language, texts in {
        "zh": {
            "Packing List": ("装箱单", item),
            "Import Container Form": ("异常物料", "短少"),
            "Transport Quality Feedback Form": ("运输物料品质异常反馈表", "受潮"),
        },
        "en": {
            "Packing List": ("Packing List", item),
            "Import Container Form": ("Abnormal Materials", "Short"),
            "Transport Quality Feedback Form": ("Feedback on Material", "Wet"),
        },
    }.items():
        for form, wanted in texts.items():
            html = printed(doc, form, language)
            assert all(text in html for text in wanted), (form, language, wanted)
            assert "Aurora" in html and "<b>Aurora" not in html


@pytest.mark.clause("7.13")
def test_a_settlement_prints_with_both_currencies():
    order = world.received()
    doc = world.approved(world.settlement(order, contract_no="C-88"))
    for language, wanted in (("zh", "结汇"), ("en", "Foreign Exchange Settlement")):
        html = printed(doc, "Foreign Exchange Settlement Form", language)
        assert wanted in html and "C-88" in html and "7,100.00" in html


# --- what begins from another document -------------------------------------------------------


@pytest.mark.clause("7.15")
def test_a_container_begins_from_its_order():
    import frappe

    from erp_rules.api import importing
    from erp_rules.api.screens import begin

    order = world.order(qty=100)
    world.shipped(order, items=[world.line(order, 70)])
    with hosts.as_user("Purchaser"):
        values = begin(world.CONTAINER, "Purchase Order", order.name)
        assert values["supplier"] == order.supplier
        assert [(row["order_row"], row["qty"]) for row in values["items"]] == [(order.items[0].name, 30)]
        assert importing.packable(order.supplier) == values["items"]
    with hosts.as_user("Warehouse Keeper"), pytest.raises(frappe.PermissionError):
        importing.packable(order.supplier)
    domestic = world.order(kind="Domestic")
    with hosts.as_user("Purchaser"), pytest.raises(frappe.ValidationError):
        begin(world.CONTAINER, "Purchase Order", domestic.name)


@pytest.mark.clause("7.13")
def test_a_settlement_begins_from_a_container_or_an_order():
    import frappe

    from erp_rules.api.screens import begin

    order = world.order(currency="USD")
    doc = world.unloaded(order)
    receipt = world.post(world.inspect(world.count(world.notices(doc)[0], 90), 80))
    with hosts.as_user("Finance Officer"):
        values = begin(world.SETTLEMENT, world.CONTAINER, doc.name)
        made = frappe.get_doc({"doctype": world.SETTLEMENT, "contract_no": "C", **values}).insert()
        assert [(row.receipt, row.amount) for row in made.items] == [(receipt.name, 800)]
        assert made.import_container == doc.name
        again = begin(world.SETTLEMENT, "Purchase Order", order.name)
        assert again["items"] == [{"purchase_order": order.name}]
    waiting = world.shipped(world.order(currency="USD"))
    with hosts.as_user("Finance Officer"), pytest.raises(frappe.ValidationError):
        begin(world.SETTLEMENT, world.CONTAINER, waiting.name)


def test_who_decides_sees_amounts_and_discrepancies():
    from erp_rules.procurement import import_decisions

    order = world.received()
    shown = import_decisions.foreign_exchange_settlement(world.approved(world.settlement(order)))
    assert (shown["amount"], shown["currency"]) == (1000, "USD")
    doc = world.unloaded(world.order())
    world.count(world.notices(doc)[0], 90)
    import frappe

    shown = import_decisions.import_container(frappe.get_doc(world.CONTAINER, doc.name))
    assert [row["cells"][3:5] for row in shown["table"]["rows"]] == [[100, 90]]


def test_coverage_starts_from_what_is_on_hand():
    """The pure function behind the report, with values worked out by hand."""
    from erp_rules.clauses.chapter_7_imports import Flow, coverage

    today = date(2026, 3, 2)
    flows = [Flow(today + timedelta(days=at), Decimal(qty)) for at, qty in ((5, -30), (3, 10), (9, -15))]
    reach = coverage(Decimal(20), flows, today)
    assert (reach.covered_until, reach.uncovered_on, reach.short_qty) == (
        date(2026, 3, 10),
        date(2026, 3, 11),
        Decimal(15),
    )
