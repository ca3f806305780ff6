"""The clauses of 4.7 as pure functions: below, at and above each boundary."""

from dataclasses import replace
from decimal import Decimal

import pytest

from erp_rules.clauses import chapter_4_7 as clauses
from erp_rules.clauses.chapter_4_7 import ReturnFacts, ReturnLine

D = Decimal
LINE = ReturnLine(
    row=1,
    item="I",
    qty=D(10),
    warehouse="W",
    order_row="r1",
    order_of_row="PO-1",
    item_of_row="I",
    left_qty=D(10),
    left_key="order:r1",
    rate=D(5),
    on_hand=D(10),
)
FACTS = ReturnFacts(supplier="S", order="PO-1", order_supplier="S", currency="CNY", lines=(LINE,))


def found(check, facts=FACTS, **line):
    """Return the fields that a check objects to, for facts whose line has these values."""
    if line:
        facts = replace(facts, lines=(replace(LINE, **line),))
    return [violation.fieldname for violation in check(facts, {})]


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"qty": D("0.000001")}, []),
        ({"qty": D(0)}, ["qty"]),
        ({"qty": D(-1)}, ["qty"]),
        ({"qty": None}, ["qty"]),
        ({"item_of_row": "J"}, ["item"]),
        ({"order_of_row": "PO-2"}, ["order_row"]),
        ({"bucket": "Over Delivery"}, ["over_delivery"]),
        ({"bucket": "Over Delivery", "over_supplier": "S", "over_item": "I", "over_places": ("W", "D")}, []),
        (
            {"bucket": "Over Delivery", "over_supplier": "S", "over_item": "I", "over_places": ("D",)},
            ["warehouse"],
        ),
    ],
)
def test_rows_are_goods_of_this_order(values, fields):
    assert found(clauses.return_lines, **values) == fields


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(("qty", "fields"), [(D("9.9"), []), (D(10), []), (D("10.000001"), ["qty"])])
def test_no_more_than_received_less_returned(qty, fields):
    assert found(clauses.no_more_than_left, qty=qty) == fields


@pytest.mark.clause("4.7.1.1")
def test_rows_of_one_order_row_count_together():
    facts = replace(FACTS, lines=(replace(LINE, qty=D(6)), replace(LINE, row=2, qty=D(5))))
    assert [(v.row, v.fieldname) for v in clauses.no_more_than_left(facts, {})] == [(2, "qty")]


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(("there", "fields"), [(D(10), []), (D("9.999999"), ["qty"])])
def test_what_goes_back_is_on_hand(there, fields):
    assert found(clauses.goods_are_there, on_hand=there) == fields


@pytest.mark.clause("4.7.1.1")
def test_a_known_order_names_its_row():
    assert found(clauses.no_more_than_left, order_row="", left_qty=None) == ["order_row"]


@pytest.mark.clause("4.7.1.2")
@pytest.mark.parametrize(
    ("order", "currency", "rate", "fields"),
    [
        ("PO-1", "", D(0), []),
        ("", "CNY", D("0.01"), []),
        ("", "CNY", D(0), ["rate"]),
        ("", "", D(1), ["currency"]),
        ("", "", None, ["currency", "rate"]),
    ],
)
def test_purchasing_says_at_what_unknown_goods_go_back(order, currency, rate, fields):
    facts = replace(FACTS, order=order, currency=currency, lines=(replace(LINE, rate=rate),))
    assert found(clauses.handled_by_purchasing, facts) == fields


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(("name", "fields"), [("Mr Li", []), (" ", ["supplier_signed_by"])])
def test_the_supplier_signs(name, fields):
    assert found(clauses.supplier_signed, replace(FACTS, signed_by_supplier=name)) == fields


@pytest.mark.clause("4.7.1.1")
def test_posting_takes_the_goods_out():
    moves = clauses.movements([("I", "W", "Available", D(3), "row")])
    assert [(move.item, move.place, move.qty, move.bucket) for move in moves] == [
        ("I", "W", D(-3), "Available")
    ]
