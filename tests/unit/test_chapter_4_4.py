"""Clauses 4.3 and 4.4 as pure functions, at and around each boundary."""

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses import chapter_4_3 as c43
from erp_rules.clauses import chapter_4_4 as c44

DAY = date(2026, 7, 31)


def demand(
    row, qty, *, item="A", state="Approved", wanted_item="A", wanted=10, elsewhere=0, closed=0, name="r1"
):
    """Return an order line and the requisition row it names."""
    found = c43.RequisitionRow(name, "PR-1", state, wanted_item, D(wanted), D(elsewhere), D(closed))
    return c43.DemandLine(row, item, D(qty), "PR-1", found)


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ([demand(1, "9.999")], []),
        ([demand(1, 10)], []),
        ([demand(1, "10.001")], [(1, "qty")]),
        ([demand(1, 6), demand(2, 4)], []),
        ([demand(1, 6), demand(2, "4.5")], [(2, "qty")]),
        ([demand(1, 4, elsewhere=6)], []),
        ([demand(1, 5, elsewhere=6)], [(1, "qty")]),
        ([demand(1, 5, closed=6)], [(1, "qty")]),
        ([demand(1, 1, elsewhere=12)], [(1, "qty")]),
        ([demand(1, 5, state="Draft")], [(1, "requisition")]),
        ([demand(1, 5, state="Closed")], [(1, "requisition")]),
        ([demand(1, 5, state="Ordered")], []),
        ([demand(1, 5, item="B")], [(1, "item")]),
        ([c43.DemandLine(3, "A", D(1))], [(3, "requisition")]),
    ],
)
def test_an_order_line_takes_what_is_open_of_an_approved_line(lines, fields):
    assert [(v.row, v.fieldname) for v in c43.demand_violations(lines)] == fields


@pytest.mark.clause("4.3")
def test_a_change_orders_line_needs_no_requisition_but_a_named_one_counts():
    bare = c43.DemandLine(1, "A", D(1))
    assert list(c43.demand_violations([bare], is_by_change=True)) == []
    assert len(list(c43.demand_violations([demand(1, 11)], is_by_change=True))) == 1


PRICE = c44.OrderPrice("ISP-1", "A", "S", "CNY", D("2.5"), date(2026, 7, 1), DAY)


def order(line, **values):
    """Return the facts of an order of one line."""
    return c44.OrderFacts(supplier="S", order_date=DAY, currency="CNY", lines=(line,), **values)


def line(**values):
    """Return an order line at the posted price."""
    return c44.OrderLine(
        **{
            "row": 1,
            "item": "A",
            "qty": D(1),
            "rate": D("2.5"),
            "price_row": "ISP-1",
            "price": PRICE,
            **values,
        }
    )


@pytest.mark.clause("4.4.1")
@pytest.mark.parametrize(
    ("values", "order_values", "field"),
    [
        ({}, {}, None),
        ({"rate": D("2.500")}, {}, None),
        ({"rate": D("2.49")}, {}, "rate"),
        ({"item": "B"}, {}, "price_row"),
        ({}, {"order_date": date(2026, 8, 1)}, "price_row"),
        ({}, {"order_date": date(2026, 7, 1)}, None),
        ({}, {"order_date": date(2026, 6, 30)}, "price_row"),
        ({}, {"currency": "USD"}, "price_row"),
        ({}, {"supplier": "T"}, "price_row"),
        ({"price": None}, {}, "price_row"),
        ({"price": None, "price_row": "", "rate": D(0)}, {}, None),
        ({"price": None, "price_row": "", "rate": D(1)}, {}, "rate"),
        ({"price": None, "price_row": "", "rate": D(1), "waived_rate": D(1)}, {}, None),
        ({"price": None, "price_row": "", "rate": D(2), "waived_rate": D(1)}, {}, "rate"),
    ],
)
def test_a_rate_comes_from_a_posted_price_in_force(values, order_values, field):
    from dataclasses import replace

    facts = replace(order(line(**values)), **order_values)
    assert [v.fieldname for v in c44.order_rates(facts, {})] == ([field] if field else [])


@pytest.mark.clause("4.4.1")
def test_no_price_no_order_but_a_return_goes_back():
    bare = line(price=None, price_row="", rate=D(0))
    (found,) = c44.order_prices(order(bare), {})
    assert (found.row, found.scope.item, found.scope.supplier, found.waivable) == (1, "A", "S", True)
    assert list(c44.order_prices(order(bare, kind="Return"), {})) == []


@pytest.mark.clause("4.4.1")
@pytest.mark.parametrize(
    ("is_lowest", "reason", "is_draft", "count"),
    [
        (True, "", True, 0),
        (False, "", True, 1),
        (False, " ", True, 1),
        (False, "Other", True, 0),
        (False, "", False, 0),
    ],
)
def test_not_the_lowest_asks_for_a_reason(is_lowest, reason, is_draft, count):
    facts = order(line(is_lowest=is_lowest, not_lowest_reason=reason, lowest_supplier="T"), is_draft=is_draft)
    assert len(list(c44.order_lowest(facts, {}))) == count


@pytest.mark.clause("4.4.1")
@pytest.mark.parametrize(
    ("status", "approved", "stopped"),
    [("Approved", 0, 0), ("Prospective", 1, 0), ("", 1, 0), ("Suspended", 0, 1), ("Eliminated", 0, 1)],
)
def test_orders_go_to_approved_suppliers_only(status, approved, stopped):
    facts = order(line(), supplier_status=status)
    assert len(list(c44.order_supplier_is_approved(facts, {}))) == approved
    assert len(list(c44.order_supplier(facts, {}))) == stopped


@pytest.mark.clause("4.4.3")
@pytest.mark.parametrize(
    ("qty", "item_class", "pct", "decimals", "free"),
    [
        ("100", "Packaging", "0", 0, "1"),
        ("99", "Packaging", "0", 0, "1"),
        ("101", "Packaging", "0", 0, "2"),
        ("101", "Packaging", "0", 2, "1.01"),
        ("100", "Packaging", "2.5", 1, "2.5"),
        ("100", "Packaging", "2.5", 0, "3"),
        ("100", "Component", "5", 0, "0"),
        ("0", "Packaging", "0", 0, "0"),
        ("-5", "Packaging", "0", 0, "0"),
    ],
)
def test_the_free_allowance_is_rounded_up_to_the_units_precision(qty, item_class, pct, decimals, free):
    found = c44.free_quantity(D(qty), item_class, D(pct), decimals, {"free_allowance_pct": D(1)})
    assert found == D(free)


@given(
    st.decimals("0.001", "1000000", places=3),
    st.decimals("0.01", "100", places=2),
    st.integers(min_value=0, max_value=3),
)
def test_the_free_allowance_is_never_short_and_never_a_whole_unit_too_much(qty, pct, decimals):
    found = c44.free_quantity(qty, "Packaging", pct, decimals, {"free_allowance_pct": D(1)})
    assert D(0) <= found - qty * pct / 100 < D(1).scaleb(-decimals)


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    ("open_qty", "reason", "count"), [(0, "", 0), (1, "", 1), (1, " ", 1), (1, "ended", 0)]
)
def test_closing_with_something_open_needs_a_reason(open_qty, reason, count):
    facts = c44.OrderFacts(supplier="S", is_judged=False, open_qty=D(open_qty), close_reason=reason)
    assert len(list(c44.close_has_reason(facts, {}))) == count


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    ("kind", "qty", "count"), [("Standard", 1, 0), ("Standard", 0, 1), ("Return", 0, 1), ("Return", -1, 0)]
)
def test_a_return_order_has_negative_quantities_and_no_other_has(kind, qty, count):
    found = [
        v
        for v in c44.order_demand(order(line(qty=D(qty), demand=None), kind=kind), {})
        if v.fieldname == "qty"
    ]
    assert len(found) == count
