"""Clause 4.5 as pure functions: what refuses a change, and what each kind of change leads to."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses import chapter_4_5 as c45
from erp_rules.clauses.chapter_4_3 import RequisitionRow

TODAY = date(2026, 7, 31)
LATER = date(2026, 8, 31)
TERMS = c45.Terms("A", "Bracket", "60 x 20", D(100), "Press", D(10), LATER, "S")


def ordered(idx=1, received=0, closed=0, **terms):
    """Return a row of an order that requisition row `r<idx>` asked for."""
    return c45.OrderedRow(
        name=f"row{idx}",
        idx=idx,
        terms=replace(TERMS, **terms),
        received_qty=D(received),
        closed_qty=D(closed),
        price_row="P-1",
        requisition="PR-1",
        requisition_row=f"r{idx}",
    )


def line(row=None, idx=1, **new):
    """Return a line that changes this order row to these new terms."""
    row = row or ordered()
    given = {"offer": None, "requisition_row": None, "requisition": "", "price_change": "", "supplier_status": "Approved",
             "sample_status": "Confirmed", "is_item_usable": True, "new_currency": "CNY"}  # fmt: skip
    extra = {name: new.pop(name) for name in list(new) if name in given}
    return c45.ChangeLine(idx, row, row.terms, replace(row.terms, **new), **{**given, **extra})


def facts(kind, *lines, rows=None, state="Issued", then=None, **values):
    """Return the facts of a change of an order with these lines; the order is as it was found."""
    order_rows = tuple(rows or (found.ordered for found in lines))
    order = c45.OrderNow("PO-1", state, "Standard", "S", "CNY", "Press", order_rows)
    given = {
        "reason": "The customer asks",
        "produced": "Not Produced",
        "demand": "No Longer Needed",
        "today": TODAY,
    }
    return c45.ChangeFacts(
        kind=kind,
        order=order,
        then=c45.snapshot(order) if then is None else then,
        lines=lines,
        **{**given, **values},
    )


OFFER = c45.Offer(D(10), "CNY", "P-1")


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("kind", list(c45.OrderChange))
@pytest.mark.parametrize(
    "state", ["Draft", "Manager Approval", "Approved", "Issued", "Partly Received", "Received", "Closed"]
)
def test_orders_that_are_out_change(kind, state):
    late = ("Quantity Increase", "Price Change")
    allowed = state in ("Issued", "Partly Received") or (state == "Received" and str(kind) in late)
    problems = list(c45.order_can_change(facts(kind, line(), state=state), {}))
    assert [v.fieldname for v in problems] == ([] if allowed else ["purchase_order"])


@pytest.mark.clause("4.5.1")
def test_another_open_change_and_a_return_order_are_in_the_way():
    judged = facts("Date Change", line(), other_changes=("PCO-1", "PCO-2"))
    assert [v.args for v in c45.order_can_change(judged, {})] == [("PCO-1",), ("PCO-2",)]
    judged = replace(judged, other_changes=(), order=replace(judged.order, kind="Return"))
    assert len(list(c45.order_can_change(judged, {}))) == 1


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize(
    ("now", "term", "was", "shown"),
    [
        ({"received": 30}, "Received Quantity", "0", "30"),
        ({"closed": 5}, "Closed Quantity", "0", "5"),
        ({"qty": D("100.5")}, "Quantity", "100", "100.5"),
        ({"rate": D(11)}, "Rate", "10", "11"),
        ({"required_date": TODAY}, "Required Date", "2026-08-31", "2026-07-31"),
        ({"item": "B"}, "Item", "A", "B"),
    ],
)
def test_what_changed_meanwhile_is_named(now, term, was, shown):
    change = line(ordered(**now), qty=D(60))
    then = c45.snapshot(facts("Quantity Decrease", line()).order)
    (problem,) = c45.order_is_as_found(facts("Quantity Decrease", change, then=then), {})
    assert problem.args == ("1", term, shown, was)
    assert not list(c45.order_is_as_found(facts("Quantity Decrease", line(qty=D(60))), {}))


@pytest.mark.clause("4.5.1")
def test_rows_that_a_change_does_not_name_matter_when_it_closes_the_order():
    rows = (ordered(1), ordered(2, received=1))
    then = c45.snapshot(replace(facts("Date Change", line()).order, rows=(ordered(1), ordered(2))))
    for kind, new, count in (
        ("Quantity Decrease", {"qty": D(60)}, 1),
        ("Cancellation", {"qty": D(0)}, 1),
        ("Quantity Increase", {"qty": D(160)}, 0),
        ("Date Change", {"required_date": TODAY}, 0),
        ("Price Change", {"rate": D(9)}, 0),
    ):
        judged = facts(kind, line(rows[0], **new), rows=rows, then=then)
        assert len(list(c45.order_is_as_found(judged, {}))) == count, kind


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize(
    ("kind", "new", "strays"),
    [
        ("Quantity Increase", {"qty": D(110), "required_date": TODAY, "department": "Weld"}, []),
        ("Quantity Increase", {"qty": D(110), "item": "B"}, ["new_item"]),
        ("Quantity Decrease", {"qty": D(90), "rate": D(9)}, ["new_rate"]),
        ("Date Change", {"required_date": TODAY, "qty": D(90), "supplier": "T"}, ["new_qty", "new_supplier"]),
        ("Price Change", {"rate": D(9), "required_date": TODAY}, ["new_required_date"]),
        ("Supplier Change", {"supplier": "T", "rate": D(9), "required_date": TODAY}, []),
        ("Supplier Change", {"supplier": "T", "qty": D(9)}, ["new_qty"]),
        ("Date Change", {}, ["lines"]),
    ],
)
def test_a_change_is_of_one_kind(kind, new, strays):
    assert [v.fieldname for v in c45.one_kind_a_change(facts(kind, line(**new)), {})] == strays


@pytest.mark.clause("4.5.6")
@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({}, []),
        ({"reason": " "}, ["reason"]),
        ({"unknown_rows": (2,)}, ["order_idx"]),
        ({"bad_numbers": ((1, "new_qty"),)}, ["new_qty"]),
        ({"over_delivery": "OD-1", "over_delivery_order": "PO-2"}, ["over_delivery"]),
        ({"over_delivery": "OD-1", "over_delivery_order": "PO-1"}, []),
    ],
)
def test_a_change_is_stated(values, fields):
    judged = facts("Date Change", line(required_date=TODAY), **values)
    assert [v.fieldname for v in c45.change_is_stated(judged, {})] == fields


@pytest.mark.clause("4.5.6")
def test_old_terms_are_repeated_where_they_stay():
    for term in ("item", "item_name", "specification", "department", "required_date", "supplier"):
        empty = None if term == "required_date" else ""
        judged = facts("Quantity Increase", line(qty=D(110), **{term: empty}))
        assert [v.fieldname for v in c45.change_is_complete(judged, {})] == [f"new_{term}"]
    bare = ordered(specification="", department="")
    assert not list(c45.change_is_complete(facts("Quantity Increase", line(bare, qty=D(110))), {}))


@pytest.mark.clause("4.5.6")
def test_one_row_is_changed_once():
    judged = facts("Date Change", line(required_date=TODAY), line(idx=2, required_date=TODAY))
    assert [(v.row, v.fieldname) for v in c45.change_is_stated(judged, {})] == [(2, "order_idx")]


@pytest.mark.clause("4.5.1.1.1")
@pytest.mark.parametrize(("qty", "count"), [("99.999", 1), (100, 0), ("100.001", 0)])
def test_an_increase_goes_up(qty, count):
    judged = facts("Quantity Increase", line(qty=D(qty), offer=OFFER))
    assert len(list(c45.increase_goes_up(judged, {}))) == count


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.parametrize(
    ("received", "closed", "qty", "count"),
    [
        (0, 0, 0, 0),
        (0, 0, -1, 1),
        (30, 0, 30, 0),
        (30, 0, "29.999", 1),
        (30, 10, 40, 0),
        (30, 10, 39, 1),
        (0, 0, 101, 1),
    ],
)
def test_a_decrease_stops_at_what_came(received, closed, qty, count):
    judged = facts("Quantity Decrease", line(ordered(received=received, closed=closed), qty=D(qty)))
    assert len(list(c45.decrease_goes_down(judged, {}))) == count


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.clause("4.5.1.4")
@pytest.mark.parametrize(
    ("produced", "disposition", "fields"),
    [
        ("", "", ["produced"]),
        ("Not Produced", "", []),
        ("Produced", " ", ["disposition"]),
        ("Produced", "We take them", []),
    ],
)
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Item Change", "Supplier Change", "Cancellation"])
def test_produced_goods_have_a_disposition(kind, produced, disposition, fields):
    judged = facts(kind, line(qty=D(0)), produced=produced, disposition=disposition)
    problems = [*c45.goods_are_disposed_of(judged, {}), *c45.cancellation_is_whole(judged, {})]
    assert [v.fieldname for v in problems] == fields


@pytest.mark.clause("4.5.1.2")
@pytest.mark.parametrize(
    ("state", "pairs", "wanted", "open_qty", "qty", "fields"),
    [
        ("Approved", {("A", "B")}, "Approved", 100, 100, []),
        ("Approval", {("A", "B")}, "Approved", 100, 100, ["engineering_change_notice"]),
        ("Approved", {("A", "C")}, "Approved", 100, 100, ["new_item"]),
        ("Approved", {("A", "B")}, "Approval", 100, 100, ["requisition"]),
        ("Approved", {("A", "B")}, "Approved", 99, 100, ["requisition"]),
        ("Approved", {("A", "B")}, "Approved", 100, 0, ["new_qty"]),
    ],
)
def test_an_item_change_is_founded(state, pairs, wanted, open_qty, qty, fields):
    asked = RequisitionRow("n1", "PR-2", wanted, "B", D(open_qty))
    judged = facts(
        "Item Change",
        line(item="B", qty=D(qty), requisition_row=asked),
        engineering=c45.EngineeringNotice("ECN-1", state, frozenset(pairs)),
    )
    assert [v.fieldname for v in c45.item_change_is_founded(judged, {})] == fields


@pytest.mark.clause("4.5.1.2")
def test_an_item_change_without_notice_and_requisition():
    judged = facts("Item Change", line(item="B"))
    fields = [v.fieldname for v in c45.item_change_is_founded(judged, {})]
    assert fields == ["engineering_change_notice", "requisition"]


@pytest.mark.clause("4.5.1.3")
@pytest.mark.parametrize(("new", "count"), [(date(2026, 7, 30), 1), (TODAY, 0), (date(2027, 1, 1), 0)])
def test_a_new_date_lies_ahead(new, count):
    assert len(list(c45.new_date_is_ahead(facts("Date Change", line(required_date=new)), {}))) == count


@pytest.mark.clause("4.5.1.3")
def test_nothing_to_come_has_no_date():
    judged = facts("Date Change", line(ordered(received=100), required_date=TODAY))
    assert len(list(c45.new_date_is_ahead(judged, {}))) == 1


@pytest.mark.clause("4.5.2.1")
@pytest.mark.parametrize(
    ("rates", "expected"), [((11,), "Up"), ((9,), "Down"), ((9, 11), "Up"), ((9, 10), "Down"), ((10,), "")]
)
def test_one_price_up_is_up(rates, expected):
    lines = [line(ordered(i), i, rate=D(rate)) for i, rate in enumerate(rates, 1)]
    assert c45.direction(lines) == expected


@pytest.mark.clause("4.5.2.1")
def test_a_price_is_above_zero_and_goes_where_it_says():
    problems = c45.price_goes_where_it_says
    assert not list(problems(facts("Price Change", line(rate=D(9)), direction="Down"), {}))
    assert [v.fieldname for v in problems(facts("Price Change", line(rate=D(11)), direction="Down"), {})] == [
        "price_direction"
    ]
    assert [v.fieldname for v in problems(facts("Price Change", line(rate=D(0)), direction="Down"), {})] == [
        "new_rate"
    ]
    bare = replace(ordered(), is_unpriced=True)
    assert len(list(problems(facts("Price Change", line(bare, rate=D(9)), direction="Down"), {}))) == 1


@pytest.mark.clause("4.5.2.3")
@pytest.mark.parametrize(
    ("permanent", "status", "leaving", "executing"),
    [
        (False, "", 0, 0),
        (True, "", 1, 0),
        (True, "Draft", 0, 1),
        (True, "Approved", 0, 1),
        (True, "Posted", 0, 0),
    ],
)
def test_a_permanent_price_has_its_price_approval(permanent, status, leaving, executing):
    judged = facts("Price Change", line(rate=D(9), price_change=status), is_permanent=permanent)
    assert len(list(c45.permanent_price_is_entered(judged, {}))) == leaving
    assert len(list(c45.permanent_price_is_posted(judged, {}))) == executing


@pytest.mark.clause("4.5.3")
@pytest.mark.parametrize(
    ("status", "received", "count"),
    [("Approved", 0, 0), ("Prospective", 0, 1), ("Suspended", 0, 1), ("", 0, 1), ("Approved", 100, 1)],
)
def test_a_new_supplier_is_approved_and_has_something_to_deliver(status, received, count):
    judged = facts("Supplier Change", line(ordered(received=received), supplier="T", supplier_status=status))
    assert len(list(c45.supplier_can_take_over(judged, {}))) == count


@pytest.mark.clause("4.4.1")
@pytest.mark.parametrize(
    ("offer", "count"),
    [
        (None, 1),
        (c45.Offer(D(10), "CNY"), 0),
        (c45.Offer(D("10.01"), "CNY"), 1),
        (c45.Offer(D(10), "USD"), 1),
    ],
)
def test_new_goods_go_at_the_price_that_was_approved(offer, count):
    judged = facts("Quantity Increase", line(qty=D(110), offer=offer))
    assert len(list(c45.new_goods_have_prices(judged, {}))) == count


MADE, NOON, ONE = datetime(2026, 7, 31, 9), datetime(2026, 7, 31, 12), datetime(2026, 7, 31, 13)


@pytest.mark.clause("4.5.5")
@pytest.mark.parametrize(
    ("told", "before", "fields"),
    [
        (c45.Told(), c45.Told(), []),
        (c45.Told(NOON), c45.Told(), []),
        (c45.Told(NOON, NOON), c45.Told(), []),
        (c45.Told(NOON, ONE), c45.Told(NOON), []),
        (c45.Told(ONE, NOON), c45.Told(), ["supplier_confirmed_at"]),
        (c45.Told(None, NOON), c45.Told(), ["supplier_confirmed_at"]),
        (c45.Told(datetime(2026, 8, 1)), c45.Told(), ["supplier_notified_at"]),
        (c45.Told(ONE), c45.Told(NOON), ["supplier_notified_at"]),
        (c45.Told(NOON), c45.Told(NOON, ONE), ["supplier_confirmed_at"]),
        (c45.Told(MADE), c45.Told(), []),
        (c45.Told(MADE - timedelta(minutes=1)), c45.Told(), ["supplier_notified_at"]),
        (c45.Told(MADE - timedelta(minutes=1)), c45.Told(MADE - timedelta(minutes=1)), []),
        (c45.Told(NOON, means="E-Mail"), c45.Told(NOON), []),
        (c45.Told(NOON, means="E-Mail"), c45.Told(NOON, means="Phone"), ["notified_by_means"]),
        (c45.Told(NOON, ONE, "", "Ms Li"), c45.Told(NOON, ONE, "", "Ms Chen"), ["confirmed_by_name"]),
        (c45.Told(NOON, ONE, confirmation=""), c45.Told(NOON, ONE, confirmation="a"), ["confirmation"]),
    ],
)
def test_telling_happens_once_and_in_order(told, before, fields):
    judged = facts("Date Change", line(), told=told, told_before=before, now_at=ONE, made_at=MADE)
    assert [v.fieldname for v in c45.telling_is_kept(judged, {})] == fields


@pytest.mark.clause("4.5.5")
@pytest.mark.parametrize(
    ("state", "told", "means", "count"),
    [
        ("Executed", c45.Told(), "Phone", 0),
        ("Executed", c45.Told(), " ", 1),
        ("Executed", c45.Told(NOON), "Phone", 1),
        ("Approved", c45.Told(), "Phone", 1),
    ],
)
def test_the_telling_is_recorded_once_the_change_is_executed(state, told, means, count):
    assert len(list(c45.against_telling(state, told, means))) == count


@pytest.mark.clause("4.5.5")
@pytest.mark.parametrize(
    ("state", "told", "person", "count"),
    [
        ("Executed", c45.Told(NOON), "Ms Chen", 0),
        ("Executed", c45.Told(NOON), " ", 1),
        ("Executed", c45.Told(), "Ms Chen", 1),
        ("Executed", c45.Told(NOON, NOON), "Ms Chen", 1),
        ("Approved", c45.Told(NOON), "Ms Chen", 1),
    ],
)
def test_a_confirmation_is_recorded_once_the_supplier_was_told(state, told, person, count):
    assert len(list(c45.against_confirmation(state, told, person))) == count


# What a change leads to -------------------------------------------------------------------------------


def made(plan):
    """Return supplier, item and quantity of each row that a plan makes."""
    return [(new.supplier, row.item, row.qty) for new in plan.new_orders for row in new.rows]


@pytest.mark.clause("4.5.1.1.1")
def test_an_increase_makes_the_extra_and_closes_nothing():
    plan = c45.plan_of(facts("Quantity Increase", line(qty=D(130)), rows=(ordered(1), ordered(2))))
    assert (plan.closes_order, made(plan), dict(plan.closed_demand)) == (False, [("S", "A", 30)], {})
    assert not plan.new_orders[0].rows[0].is_carried


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.parametrize(
    ("received", "new_qty", "demand", "rows", "closed"),
    [
        (0, 60, "No Longer Needed", [60, 50], {"r1": 40}),
        (0, 60, "Still Needed", [60, 50], {}),
        (30, 60, "No Longer Needed", [30, 50], {"r1": 40}),
        (60, 60, "No Longer Needed", [50], {"r1": 40}),
    ],
)
def test_a_decrease_carries_what_remains(received, new_qty, demand, rows, closed):
    first, second = ordered(1, received=received), ordered(2, qty=D(50))
    plan = c45.plan_of(
        facts("Quantity Decrease", line(first, qty=D(new_qty)), rows=(first, second), demand=demand)
    )
    assert plan.closes_order and [qty for _s, _i, qty in made(plan)] == rows
    assert dict(plan.closed_demand) == closed
    assert all(row.is_carried and row.rate == 10 for row in plan.new_orders[0].rows)


@pytest.mark.clause("4.5.1.2")
def test_an_item_change_orders_the_new_item_and_carries_the_rest():
    first, second = ordered(1, received=30), ordered(2, qty=D(50))
    asked = RequisitionRow("n1", "PR-2", "Approved", "B", D(90))
    change = line(first, item="B", qty=D(70), rate=D(12), requisition_row=asked)
    plan = c45.plan_of(facts("Item Change", change, rows=(first, second)))
    assert made(plan) == [("S", "B", 70), ("S", "A", 50)]
    new, carried = plan.new_orders[0].rows
    assert (new.requisition_row, new.is_carried, new.replaces.name) == ("n1", False, "row1")
    assert carried.is_carried and dict(plan.closed_demand) == {"r1": 70}


@pytest.mark.clause("4.5.1.4")
def test_a_cancellation_makes_nothing():
    rows = (ordered(1, received=30), ordered(2, qty=D(50)))
    plan = c45.plan_of(facts("Cancellation", line(rows[0], qty=D(30)), line(rows[1], 2, qty=D(0)), rows=rows))
    assert plan.closes_order and not plan.new_orders and dict(plan.closed_demand) == {"r1": 70, "r2": 50}


@pytest.mark.clause("4.5.1.3")
@pytest.mark.clause("4.5.2.2")
def test_dates_and_prices_change_in_their_place():
    plan = c45.plan_of(facts("Date Change", line(required_date=TODAY)))
    assert [(term.order_row, term.required_date, term.rate) for term in plan.new_terms] == [
        ("row1", TODAY, None)
    ]
    price = line(rate=D(9), offer=c45.Offer(D(9), "CNY", "P-2"))
    for permanent, price_row in ((False, "P-1"), (True, "P-2")):
        plan = c45.plan_of(facts("Price Change", price, is_permanent=permanent))
        assert [(term.rate, term.price_row) for term in plan.new_terms] == [(9, price_row)]
        assert not plan.closes_order and not plan.new_orders


@pytest.mark.clause("4.5.3")
def test_a_supplier_change_asks_anew_and_keeps_the_rest_where_it_is():
    first, second = ordered(1, received=30), ordered(2, qty=D(50))
    plan = c45.plan_of(
        facts(
            "Supplier Change", line(first, supplier="T", rate=D(9), new_currency="USD"), rows=(first, second)
        )
    )
    assert made(plan) == [("S", "A", 50), ("T", "A", 70)]
    assert [(new.currency, row.is_carried) for new in plan.new_orders for row in new.rows] == [
        ("CNY", True),
        ("USD", False),
    ]
    assert [row.qty for row in plan.new_demand] == [70] and dict(plan.closed_demand) == {"r1": 70}


QUANTITIES = st.decimals(min_value=0, max_value=1000, places=3)


@pytest.mark.clause("4.5.1.1.2")
@given(qty=QUANTITIES, received=QUANTITIES, closed=QUANTITIES, cut=QUANTITIES)
def test_what_was_ordered_is_neither_lost_nor_doubled(qty, received, closed, cut):
    row = ordered(received=received, closed=closed, qty=qty)
    assert row.remaining >= 0 and row.settled + row.remaining == qty
    new = max(qty - cut, row.settled)
    plan = c45.plan_of(facts("Quantity Decrease", line(row, qty=new)))
    carried = sum((r.qty for order in plan.new_orders for r in order.rows), D(0))
    assert row.settled + carried == new or new == qty
    assert carried + sum(plan.closed_demand.values(), D(0)) == row.remaining
