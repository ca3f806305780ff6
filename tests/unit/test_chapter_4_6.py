"""The clauses of 4.6 as pure functions: below, at and above each boundary."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses import chapter_4_6 as clauses
from erp_rules.clauses.base import registry
from erp_rules.clauses.chapter_4_6 import OrderRow, OverGoods, ReceiptFacts, ReceiptLine, Split, divide

D = Decimal
ROW = OrderRow("r1", "PO-1", "Issued", "Standard", "S", "CNY", "I", D(100))
LINE = ReceiptLine(
    row=1,
    order="PO-1",
    item="I",
    counted_qty=D(100),
    order_row=ROW,
    warehouse_kind="Stock",
    defective_kind="Defective",
    location="A-1",
)
FACTS = ReceiptFacts(
    supplier="S", supplier_status="Approved", currency="CNY", delivery_note_no="N-1", lines=(LINE,)
)
QUANTITY = st.decimals(0, 1000, places=3)


def found(check, facts=FACTS, **line):
    """Return the fields that a check objects to, for facts whose line has these values."""
    if line:
        facts = replace(facts, lines=(replace(LINE, **line),))
    return [violation.fieldname for violation in check(facts, {})]


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize("state", ["Issued", "Partly Received", "Received"])
def test_orders_that_are_out_receive(state):
    assert found(clauses.receipt_orders, order_row=replace(ROW, state=state)) == []


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize("state", ["Draft", "Manager Approval", "Approved", "Closed"])
def test_other_orders_do_not(state):
    assert found(clauses.receipt_orders, order_row=replace(ROW, state=state)) == ["purchase_order"]


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"supplier": "T"}, "purchase_order"),
        ({"currency": "USD"}, "purchase_order"),
        ({"item": "J"}, "item"),
        ({"kind": "Return"}, "purchase_order"),
        ({"order": "PO-2"}, "purchase_order"),
    ],
)
def test_a_row_of_another_order_is_refused(values, field):
    assert found(clauses.receipt_orders, order_row=replace(ROW, **values)) == [field]


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize(
    ("qty", "fields"), [(D("-0.000001"), ["counted_qty"]), (D(0), []), (D(1), []), (None, ["counted_qty"])]
)
def test_a_count_is_a_number_of_zero_or_more(qty, fields):
    assert found(clauses.receipt_orders, counted_qty=qty) == fields


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize(("qty", "fields"), [(D(0), ["counted_qty"]), (D("0.000001"), [])])
def test_signing_needs_something_counted(qty, fields):
    assert found(clauses.count_is_complete, counted_qty=qty) == fields


@pytest.mark.clause("4.6.2")
def test_a_delivery_note_is_counted_once():
    assert found(clauses.counted_once, counted_elsewhere="PR-1") == ["order_row"]
    assert found(clauses.counted_once) == []


@pytest.mark.clause("4.4.1")
def test_unpriced_goods_stay_outside():
    assert found(clauses.only_priced_goods, order_row=replace(ROW, is_unpriced=True)) == ["purchase_order"]


@pytest.mark.clause("4.1.1.3")
@pytest.mark.parametrize(
    ("status", "accepted", "fields"),
    [
        ("Approved", D(1), []),
        ("Suspended", D(0), []),
        ("Suspended", D("0.000001"), ["accepted_qty"]),
        ("", D(1), ["accepted_qty"]),
    ],
)
def test_goods_off_the_list_are_not_accepted(status, accepted, fields):
    facts = replace(
        FACTS,
        supplier_status=status,
        is_inspecting=True,
        is_draft=False,
        lines=(replace(LINE, accepted_qty=accepted),),
    )
    assert found(clauses.unlisted_supplier_is_rejected, facts) == fields


@pytest.mark.clause("4.6.3")
def test_four_hours_are_the_default():
    assert registry.require("4.6.3").parameter("inspection_hours").default == 4


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(
    ("accepted", "rejected", "fields"),
    [
        (D(100), D(0), []),
        (D(99), D(0), ["accepted_qty"]),
        (D(100), D("0.000001"), ["accepted_qty"]),
        (D(0), D(100), []),
    ],
)
def test_accepted_and_rejected_make_up_the_count(accepted, rejected, fields):
    line = {"accepted_qty": accepted, "rejected_qty": rejected, "reject_reason": "Other"}
    assert found(clauses.inspection_is_complete, **line) == fields


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(("concession", "fields"), [(D(10), []), (D("10.1"), ["concession_qty"])])
def test_a_concession_is_part_of_what_is_accepted(concession, fields):
    facts = replace(
        FACTS,
        is_draft=False,
        is_counting=False,
        is_inspecting=True,
        lines=(replace(LINE, accepted_qty=D(10), concession_qty=concession),),
    )
    assert found(clauses.inspected_quantities, facts) == fields


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(
    ("stock", "defective", "fields"),
    [
        ("Stock", "Defective", []),
        ("Defective", "Stock", ["warehouse", "defective_warehouse"]),
        ("", "", ["warehouse", "defective_warehouse"]),
    ],
)
def test_goods_go_to_the_right_kind_of_warehouse(stock, defective, fields):
    line = {
        "accepted_qty": D(1),
        "rejected_qty": D(1),
        "warehouse_kind": stock,
        "defective_kind": defective,
    }
    assert found(clauses.right_warehouses, **line) == fields


@pytest.mark.clause("4.6.5")
def test_accepted_goods_have_a_location():
    assert found(clauses.has_locations, accepted_qty=D(1), location=" ") == ["location"]
    assert found(clauses.has_locations, accepted_qty=D(0), location="") == []


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(
    ("counted", "accepted", "open_qty", "split"),
    [
        (99, 99, 100, Split(D(99), D(99), D(0), D(0))),
        (100, 100, 100, Split(D(100), D(100), D(0), D(0))),
        (101, 101, 100, Split(D(100), D(100), D(1), D(1))),
        (110, 100, 100, Split(D(100), D(100), D(10), D(0))),
        (110, 106, 100, Split(D(100), D(100), D(10), D(6))),
        (110, 20, 100, Split(D(100), D(20), D(10), D(0))),
        (10, 10, 0, Split(D(0), D(0), D(10), D(10))),
    ],
)
def test_accepted_goods_fill_the_order_first(counted, accepted, open_qty, split):
    assert divide(D(counted), D(accepted), D(open_qty)) == split


@pytest.mark.clause("4.6.4")
@given(QUANTITY, st.decimals(0, 1, places=2), QUANTITY)
def test_nothing_is_lost_when_a_count_is_divided(counted, share, open_qty):
    accepted = (counted * share).quantize(D("0.001"))
    accepted = min(accepted, counted)
    split = divide(counted, accepted, open_qty)
    assert split.received + split.over == counted
    assert split.accepted + split.over_accepted == accepted
    assert min(split.received, split.over, split.rejected, split.over_rejected) >= 0
    assert split.received <= open_qty
    posted = clauses.movements("I", split, counted - accepted, "W", "X", "row")
    assert sum((movement.qty for movement in posted), D(0)) == counted


@pytest.mark.clause("4.6.4")
@given(st.lists(QUANTITY, min_size=1, max_size=5), QUANTITY)
def test_rows_of_one_order_row_share_what_is_open(counts, open_qty):
    splits = clauses.divide_all([("r", qty, qty) for qty in counts], {"r": open_qty})
    assert sum((split.received for split in splits), D(0)) == min(sum(counts, D(0)), open_qty)


GOODS = OverGoods("S", "I", D(10))


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(
    ("way", "qty", "target", "change", "count"),
    [
        ("Keep for Next Order", 10, ROW, "", 0),
        ("Keep for Next Order", 11, ROW, "", 1),
        ("Keep for Next Order", 0, ROW, "", 1),
        ("Keep for Next Order", 5, None, "", 1),
        ("Keep for Next Order", 5, replace(ROW, open_qty=D(5)), "", 0),
        ("Keep for Next Order", 5, replace(ROW, open_qty=D("4.9")), "", 1),
        ("Keep for Next Order", 5, replace(ROW, supplier="T"), "", 1),
        ("Keep for Next Order", 5, replace(ROW, is_unpriced=True), "", 1),
        ("Change Order", 5, ROW, "", 1),
        ("Change Order", 5, ROW, "CO-1", 0),
    ],
)
def test_an_order_takes_what_it_has_open_of_its_own_goods(way, qty, target, change, count):
    assert len(list(clauses.settle_problems(GOODS, way, D(qty), target, change))) == count


@pytest.mark.clause("4.6.4")
def test_only_the_app_writes_what_is_kept_apart():
    facts = clauses.OverFacts(is_new=True, is_by_app=False, changed_fields=("qty",))
    assert len(list(clauses.over_is_kept_by_the_app(facts, {}))) == 2
    assert list(clauses.over_is_kept_by_the_app(replace(facts, is_by_app=True), {})) == []
    assert len(list(clauses.over_stays(facts, {}))) == 1
