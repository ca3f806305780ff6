"""验收单, 检验卡 with its QR code and 退货单, and what an approver sees, in Chinese and English (rulebook 7)."""

from __future__ import annotations

import pytest
import receiving_world as world

import hosts

pytestmark = pytest.mark.usefixtures("db")


def printed(doc, print_format: str, language: str) -> str:
    """Return the print of a document as a warehouse keeper gets it."""
    import frappe

    with hosts.as_user("Warehouse Keeper"):
        frappe.local.lang = language
        try:
            return frappe.get_print(doc.doctype, doc.name, print_format=print_format)
        finally:
            frappe.local.lang = "en"


@pytest.mark.parametrize(("language", "title"), [("zh", "验收单"), ("en", "Purchase Receipt")])
def test_the_receipt_prints_counts_results_and_signatures(language, title):
    order = world.order()
    receipt = world.posted(order, 110, accepted=97)
    html = printed(receipt, "Purchase Receipt Form", language)
    assert all(part in html for part in (title, receipt.name, order.name, order.items[0].item))
    assert all(part in html for part in ("110", "97", "13", "10"))


@pytest.mark.parametrize(("language", "title"), [("zh", "检验卡"), ("en", "Inspection Card")])
def test_the_card_carries_its_row_as_a_qr_code(language, title):
    from erp_rules.procurement.qr_codes import svg

    receipt = world.counted(world.order(), 100)
    html = printed(receipt, "Inspection Card", language)
    assert title in html
    row = receipt.items[0]
    assert svg(f"{receipt.name}|1|{row.item}|100", 3) in html


@pytest.mark.parametrize(
    ("counted", "shown"), [(100, "100"), (99.5, "99.5"), (0.000001, "0.000001"), (10.25, "10.25")]
)
def test_quantities_print_without_zeros_at_their_end(counted, shown):
    order = world.order(qty=100, rate=10)
    receipt = world.posted(order, counted, accepted=0)
    back = world.returned(world.give_back(order, counted))
    prints = [
        (receipt, "Purchase Receipt Form"),
        (receipt, "Inspection Card"),
        (back, "Purchase Return Form"),
    ]
    for doc, print_format in prints:
        html = printed(doc, print_format, "zh")
        assert f">{shown}<" in html or f">{shown} PCS<" in html
        assert f"{counted:.6f}" == shown or f"{counted:.6f}" not in html
    assert ">10<" in html  # the rate


def test_a_name_with_markup_stays_text():
    import frappe

    order = world.order()
    receipt = world.counted(order, 100)
    frappe.db.set_value(world.RECEIPT, receipt.name, "supplier_name", "<b>Works</b>")
    for name in ("Purchase Receipt Form", "Inspection Card"):
        html = printed(receipt, name, "en")
        assert "&lt;b&gt;Works" in html and "<b>Works" not in html


@pytest.mark.parametrize(("language", "title"), [("zh", "退货单"), ("en", "Purchase Return")])
def test_the_return_prints_order_and_signatures(language, title):
    order = world.order()
    world.posted(order, 100, accepted=90)
    back = world.returned(world.give_back(order, 10))
    html = printed(back, "Purchase Return Form", language)
    assert all(part in html for part in (title, back.name, order.name, "Mr Li", "100.00"))


def test_a_decision_shows_counts_time_left_and_the_suppliers_record():
    from erp_rules.procurement import receipt_decisions

    order = world.order()
    receipt = world.counted(order, 110)
    shown = receipt_decisions.purchase_receipt(receipt)
    labels = {entry["label"] for entry in shown["facts"]}
    assert {"Inspection Due At", "Over-delivered"} <= labels
    assert shown["table"]["rows"][0]["cells"][3] == 110
    assert shown["record"]
    world.act(world.inspect(receipt, (90, 20)), "Inspect", "Quality Inspector")
    world.act(receipt, "Post", "Warehouse Keeper")
    back = world.give_back(order, 5)
    shown = receipt_decisions.purchase_return(back)
    assert (shown["amount"], shown["table"]["rows"][0]["cells"][2]) == (50, 5)


def test_whoever_inspects_sees_the_most_urgent_first():
    from erp_rules.api import receiving

    receipt = world.counted(world.order(), 100)
    with hosts.as_user("Quality Inspector"):
        found = {row["name"]: row for row in receiving.waiting_for_inspection()}
    left = found[receipt.name]["left"]
    assert left["minutes"] <= 240 and not left["is_late"]


def test_a_weight_that_was_not_measured_is_left_blank_on_the_card():
    receipt = world.inspected(world.order(), 100)
    assert receipt.inspections[0].unit_weight == 0
    html = printed(receipt, "Inspection Card", "en")
    row = html.partition("<th>Unit Weight</th>")[2]
    assert row.count("<td></td>") == 3  # the tranche's, and below it the row's with the name of nobody
    assert row.count('<td class="figure">0</td>') == 4  # rejected and let pass, of the tranche and of the row
