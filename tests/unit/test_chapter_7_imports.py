"""Clauses of importing (7.12 to 7.18): tables at and around each boundary, with literal expected values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses import chapter_7_imports as c
from erp_rules.clauses.chapter_4_6 import OrderRow

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 15, 0)


def places(found) -> list[tuple]:
    """Return row and field of each violation."""
    return [(violation.row, violation.fieldname) for violation in found]


# --- 7.14 ------------------------------------------------------------------------------------


@pytest.mark.clause("7.14")
@pytest.mark.parametrize(
    ("number", "digit"),
    [
        ("CSQU3054383", 3),  # the example of the standard
        ("CSQU3054380", 3),
        ("MSKU9070323", 3),
        ("TEXU3070079", 9),
        ("CSQX3054383", None),
        ("CSQU305438", None),
        ("CSQU30543833", None),
        ("", None),
    ],
)
def test_check_digits_are_those_of_the_standard(number, digit):
    assert c.check_digit(number) == digit


@pytest.mark.clause("7.14")
@pytest.mark.parametrize("written", ["csqu3054383", "CSQU 305438-3", "CSQU 305 438 3", "CSQU/305438.3"])
def test_a_number_is_known_however_it_is_written(written):
    assert c.plain_number(written) == "CSQU3054383"


def container(**values) -> c.ContainerFacts:
    return c.ContainerFacts(**{"container_no": "CSQU3054383", "today": TODAY, "now": NOW, **values})


@pytest.mark.clause("7.14")
@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"etd": TODAY, "eta": TODAY}, []),
        ({"etd": TODAY, "eta": TODAY - timedelta(days=1)}, ["eta"]),
        ({"arrived_on": TODAY}, []),
        ({"arrived_on": TODAY + timedelta(days=1)}, ["arrived_on"]),
        ({"etd": TODAY, "arrived_on": TODAY - timedelta(days=1)}, ["arrived_on"]),
        ({"unloading_started_at": NOW, "unloading_ended_at": NOW}, []),
        (
            {"unloading_started_at": NOW, "unloading_ended_at": NOW - timedelta(seconds=1)},
            ["unloading_ended_at"],
        ),
        ({"unloading_ended_at": NOW + timedelta(seconds=1)}, ["unloading_ended_at"]),
        ({"twin": "IC-1"}, ["container_no"]),
    ],
)
def test_dates_follow_one_another(values, wrong):
    assert [v.fieldname for v in c.container_dates(container(**values), {})] == wrong


# --- 7.15 ------------------------------------------------------------------------------------


def order_row(open_qty: str = "100", **values) -> OrderRow:
    return OrderRow(
        **{
            "name": "r1",
            "order": "PO-1",
            "state": "Issued",
            "kind": "Standard",
            "supplier": "S",
            "currency": "USD",
            "item": "I",
            "open_qty": Decimal(open_qty),
            **values,
        }
    )


def packed(qty: str | None, row: int = 1, elsewhere: str = "0", **values) -> c.PackedLine:
    return c.PackedLine(
        **{
            "row": row,
            "order": "PO-1",
            "item": "I",
            "qty": None if qty is None else Decimal(qty),
            "order_row": order_row(),
            "supplier_kind": "Import",
            "elsewhere": Decimal(elsewhere),
            **values,
        }
    )


@pytest.mark.clause("7.15")
@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([packed("99.999999")], []),
        ([packed("100")], []),
        ([packed("100.000001")], [(1, "qty")]),
        ([packed("60"), packed("40", row=2)], []),
        ([packed("60"), packed("40.000001", row=2)], [(2, "qty")]),
        ([packed("30", elsewhere="70")], []),
        ([packed("31", elsewhere="70")], [(1, "qty")]),
        ([packed("1", elsewhere="130")], [(1, "qty")]),
        ([packed("0")], [(1, "qty")]),
        ([packed(None)], [(1, "qty")]),
        ([packed("1", order_row=None)], [(1, "purchase_order")]),
        ([packed("1", order="PO-2")], [(1, "purchase_order")]),
        ([packed("1", item="J")], [(1, "item")]),
        ([packed("1", supplier_kind="Domestic")], [(1, "purchase_order")]),
        ([packed("1", order_row=order_row(state="Received"))], [(1, "purchase_order")]),
        ([packed("1", order_row=order_row(kind="Return"))], [(1, "purchase_order")]),
        ([packed("1", net_weight=Decimal(5), gross_weight=Decimal(5))], []),
        ([packed("1", net_weight=Decimal(5), gross_weight=Decimal(4))], [(1, "gross_weight")]),
    ],
)
def test_packing_lists(lines, wrong):
    assert places(c.packed_lines(container(lines=tuple(lines)), {})) == wrong


@pytest.mark.clause("7.15")
def test_a_packing_list_that_is_on_its_way_is_not_judged_again():
    facts = container(is_packing=False, lines=(packed("1000"),))
    assert not list(c.packed_lines(facts, {}))


# --- 7.17 ------------------------------------------------------------------------------------


def counted(qty: str, *rejected: tuple[str, str]) -> c.Counted:
    return c.Counted("I", Decimal(qty), tuple((reason, Decimal(bad)) for reason, bad in rejected))


@pytest.mark.clause("7.17")
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"r1": counted("100")}, []),
        ({"r1": counted("99")}, [("Short", 100, 99, -1)]),
        ({"r1": counted("101")}, [("Over", 100, 101, 1)]),
        ({}, [("Short", 100, 0, -100)]),
        ({"r1": counted("100", ("Appearance", "7"))}, [("Damaged", 100, 93, -7)]),
        ({"r1": counted("100", ("Wrong Item", "7"))}, [("Wrong Item", 100, 93, -7)]),
        (
            {"r1": counted("90", ("Material", "3"), ("Function", "2"), ("Wrong Item", "1"))},
            [("Short", 100, 90, -10), ("Damaged", 90, 85, -5), ("Wrong Item", 90, 89, -1)],
        ),
        ({"r1": counted("100"), "r2": counted("4")}, [("Over", 0, 4, 4)]),
    ],
)
def test_counts_are_compared_with_the_packing_list(found, expected):
    made = c.compare({"r1": ("I", Decimal(100))}, found, frozenset())
    assert [(e.kind, e.packing_qty, e.found_qty, e.difference) for e in made] == expected


@pytest.mark.clause("7.17")
def test_what_is_still_to_be_counted_is_no_difference():
    rows = {"r1": ("I", Decimal(100)), "r2": ("J", Decimal(5))}
    made = c.compare(rows, {"r2": counted("5")}, frozenset({"r1"}))
    assert made == []


# --- 7.12 ------------------------------------------------------------------------------------


def flow(days: int, qty: int) -> c.Flow:
    return c.Flow(TODAY + timedelta(days=days), Decimal(qty))


@pytest.mark.clause("7.12")
@pytest.mark.parametrize(
    ("on_hand", "flows", "uncovered_in", "short"),
    [
        (0, [], None, 0),
        (10, [flow(5, -10)], None, 0),
        (9, [flow(5, -10)], 5, 1),
        (0, [flow(5, -10), flow(5, 10)], None, 0),
        (0, [flow(5, -10), flow(6, 10)], 5, 10),
        (0, [flow(-3, -10)], 0, 10),
        (0, [flow(-3, 10), flow(0, -10)], None, 0),
        (5, [flow(2, -4), flow(4, -4), flow(9, -10), flow(8, 20)], 4, 3),
    ],
)
def test_how_far_material_reaches(on_hand, flows, uncovered_in, short):
    reach = c.coverage(Decimal(on_hand), flows, TODAY)
    expected = None if uncovered_in is None else TODAY + timedelta(days=uncovered_in)
    assert (reach.uncovered_on, reach.short_qty) == (expected, short)
    assert reach.covered_until == (expected and expected - timedelta(days=1))


@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.integers(-5, 30), st.integers(-40, 40)), max_size=12),
)
def test_enough_on_hand_covers_everything(on_hand, rows):
    flows = [flow(days, qty) for days, qty in rows]
    needed = sum(-qty for _days, qty in rows if qty < 0)
    assert c.coverage(Decimal(on_hand + needed), flows, TODAY).uncovered_on is None
    reach = c.coverage(Decimal(on_hand), flows, TODAY)
    assert (reach.short_qty > 0) == (reach.uncovered_on is not None)


# --- 7.13 ------------------------------------------------------------------------------------


def settled(amount: str | None, row: int = 1, **values) -> c.SettledLine:
    return c.SettledLine(
        **{
            "row": row,
            "order": "PO-1",
            "receipt": "",
            "amount": None if amount is None else Decimal(amount),
            "order_supplier": "S",
            "order_currency": "USD",
            "order_kind": "Standard",
            "posted": Decimal(1000),
            **values,
        }
    )


def settlement(*lines, **values) -> c.SettlementFacts:
    return c.SettlementFacts(
        **{
            "supplier": "S",
            "currency": "USD",
            "base_currency": "CNY",
            "today": TODAY,
            "lines": tuple(lines),
            "rate": Decimal(7),
            "rate_date": TODAY,
            "due_date": TODAY,
            "has_contract": True,
            **values,
        }
    )


of_receipt = {"receipt": "RC-1", "receipt_posted": Decimal(400)}


@pytest.mark.clause("7.13")
@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([settled("999.99")], []),
        ([settled("1000")], []),
        ([settled("1000.01")], [(1, "amount")]),
        ([settled("300", elsewhere=Decimal(700))], []),
        ([settled("300.01", elsewhere=Decimal(700))], [(1, "amount")]),
        ([settled("400", **of_receipt)], []),
        ([settled("400.01", **of_receipt)], [(1, "amount")]),
        ([settled("100.01", **of_receipt, receipt_elsewhere=Decimal(300))], [(1, "amount")]),
        ([settled("400", **of_receipt), settled("600", row=2)], []),
        ([settled("400", **of_receipt), settled("600.01", row=2)], [(2, "amount")]),
        ([settled("0")], [(1, "amount")]),
    ],
)
def test_never_more_than_was_posted(lines, wrong):
    assert places(c.not_more_than_posted(settlement(*lines), {})) == wrong


@pytest.mark.clause("7.13")
@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({}, []),
        ({"rate": None}, ["rate_date"]),
        ({"has_contract": False}, ["contract_no"]),
        ({"due_date": None}, ["due_date"]),
    ],
)
def test_papers_of_a_settlement(values, wrong):
    found = c.has_rate_and_papers(settlement(settled("1"), **values), {})
    assert [violation.fieldname for violation in found] == wrong


@pytest.mark.clause("7.13")
@pytest.mark.parametrize(
    ("values", "amount", "wrong"),
    [
        ({}, "1000", []),
        ({}, "1000.01", ["settled_amount"]),
        ({}, "0", ["settled_amount"]),
        ({"bank_reference": ""}, "1", ["bank_reference"]),
        ({"reference_used_by": "FX-9"}, "1", ["bank_reference"]),
        ({"settled_on": None}, "1", ["settled_on"]),
        ({"settled_on": TODAY + timedelta(days=1)}, "1", ["settled_on"]),
        ({"settled_rate": None}, "1", ["settled_rate"]),
    ],
)
def test_what_the_bank_settled(values, amount, wrong):
    bank = {"bank_reference": "B-1", "settled_on": TODAY, "settled_rate": Decimal(7), **values}
    facts = settlement(settled("1000", settled_amount=Decimal(amount)), **bank)
    assert [violation.fieldname for violation in c.settled_once(facts, {})] == wrong
