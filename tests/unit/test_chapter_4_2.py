"""Chapter 4.2 as pure functions: tables at each boundary, and properties of validity and posting."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses import chapter_4_2 as c
from erp_rules.clauses.base import registry

FORM_DAY = date(2026, 1, 5)


def quote(row, supplier, rate="10", rate_base="default", **values):
    base = rate if rate_base == "default" else rate_base
    values.setdefault("cost_formula", "steel 4.2 x 1.1 + labour 2")
    return c.Quote(
        row=row,
        supplier=supplier,
        currency=values.pop("currency", "CNY"),
        rate=Decimal(rate),
        rate_base=None if base is None else Decimal(base),
        **values,
    )


THREE = (quote(1, "S1", "9", is_selected=True), quote(2, "S2", "10"), quote(3, "S3", "11"))


def facts(**values):
    values.setdefault("quotes", THREE)
    values.setdefault("market_check", "3.9 to 4.4 a kilogram, seen at the exchange")
    values.setdefault("part_size", "Small")
    values.setdefault("has_sample", True)
    return c.PriceApprovalFacts(name="PA-1", item="I1", form_date=FORM_DAY, **values)


def found(violations):
    return [(v.table, v.row, v.fieldname) for v in violations]


# 4.2.2


@pytest.mark.clause("4.2.2")
@pytest.mark.parametrize(
    ("status", "violations"),
    [("Not Required", 0), ("Confirmed", 0), ("Pending", 1), ("", 1), ("Nonsense", 1)],
)
def test_only_a_confirmed_or_unneeded_sample_lets_an_item_be_ordered(status, violations):
    lines = [c.SampledLine(4, "I1", "S1", status)]
    result = list(c.sample_violations(lines))
    assert len(result) == violations
    assert [(v.table, v.row, v.scope.item, v.scope.supplier) for v in result] == [
        ("items", 4, "I1", "S1")
    ] * violations


@pytest.mark.clause("4.2.2")
def test_every_unconfirmed_line_is_named():
    lines = [c.SampledLine(n, f"I{n}", "S1", "Pending") for n in (1, 2, 3)]
    assert [v.row for v in c.sample_violations(lines)] == [1, 2, 3]


@pytest.mark.clause("4.2.2")
def test_a_price_for_an_unconfirmed_sample_is_only_warned_of():
    assert [(v.fieldname, v.scope.item) for v in c.sample_confirmed(facts(sample_status="Pending"), {})] == [
        ("item", "I1")
    ]
    assert list(c.sample_confirmed(facts(sample_status="Confirmed"), {})) == []
    severities = {check.severity for check in registry.checks_for(c.APPROVAL) if check.number == "4.2.2"}
    assert severities == {"Warn"}


# 4.2.3.1


@pytest.mark.clause("4.2.3.1")
@pytest.mark.parametrize(
    ("size", "sample", "drawing", "missing"),
    [
        ("Small", True, False, []),
        ("Small", False, True, ["sample"]),
        ("Small", False, False, ["sample"]),
        ("Large", False, True, []),
        ("Large", True, False, ["drawing"]),
        ("", False, False, ["sample"]),
        ("", True, False, []),
        ("", False, True, []),
    ],
)
def test_small_parts_bring_a_sample_and_large_ones_a_drawing(size, sample, drawing, missing):
    judged = c.sample_or_drawing(facts(part_size=size, has_sample=sample, has_drawing=drawing), {})
    assert [v.fieldname for v in judged] == missing


# 4.2.3.2


@pytest.mark.clause("4.2.3.2")
def test_each_quote_states_its_formula_and_the_form_its_market_check():
    quotes = (quote(1, "S1"), quote(2, "S2", cost_formula="  "), quote(3, "S3", cost_formula=""))
    judged = c.formula_and_market(facts(quotes=quotes, market_check=" \n"), {})
    assert found(judged) == [
        ("quotes", 2, "cost_formula"),
        ("quotes", 3, "cost_formula"),
        (None, None, "market_check"),
    ]
    assert list(c.formula_and_market(facts(), {})) == []


# 4.2.3.3


def compared(min_quotes=3, **values):
    return list(c.quotes_compared(facts(**values), {"min_quotes": min_quotes}))


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(("count", "violations"), [(0, 2), (1, 1), (2, 1), (3, 0), (4, 0)])
def test_three_quotes_are_asked_for(count, violations):
    quotes = tuple(quote(n, f"S{n}", is_selected=n == 1) for n in range(1, count + 1))
    result = [v for v in compared(quotes=quotes) if v.fieldname == "quotes"]
    assert len(result) == min(violations, 1)


@pytest.mark.clause("4.2.3.3")
def test_the_least_number_is_a_parameter_and_only_the_number_can_be_waived():
    two = (quote(1, "S1", "9", is_selected=True), quote(2, "S2"))
    assert compared(2, quotes=two) == []
    (violation,) = compared(3, quotes=two)
    assert violation.args == (2, 3)
    assert violation.waivable
    assert (violation.scope.item, violation.scope.supplier) == ("I1", "S1")


@pytest.mark.clause("4.2.3.3")
def test_one_firm_under_two_codes_counts_once_and_is_named():
    quotes = (
        quote(1, "S1", "9", is_selected=True, firm="S1"),
        quote(2, "S2", firm="S2"),
        quote(3, "S3", firm="S1"),
    )
    result = compared(quotes=quotes)
    assert found(result) == [("quotes", 3, "supplier"), (None, None, "quotes")]
    assert [v.waivable for v in result] == [False, True]
    assert result[0].args == ("S3", "S1", 1)
    assert result[1].args == (2, 3)


@pytest.mark.clause("4.2.3.3")
def test_the_same_code_twice_is_named_even_with_enough_others():
    quotes = (*THREE, quote(4, "s2 "))
    result = compared(quotes=quotes)
    assert found(result) == [("quotes", 4, "supplier")]
    assert not result[0].waivable


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(
    ("rate", "rate_base", "fieldname"),
    [("0", "0", "rate"), ("-1", "-1", "rate"), ("0.000001", "0.000001", None), ("10", None, "currency")],
)
def test_quotes_that_cannot_be_compared_are_named(rate, rate_base, fieldname):
    quotes = (*THREE[1:], quote(4, "S4", "1", is_selected=True), quote(5, "S5", rate, rate_base))
    reasoned = {"not_lowest_reason": "Better Quality"}
    expected = [("quotes", 5, fieldname)] if fieldname else []
    assert found(compared(quotes=quotes, **reasoned)) == expected


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(
    ("selected", "reason", "remark", "expected"),
    [
        ((1,), "", "", []),
        ((2,), "", "", [("quotes", 2, "not_lowest_reason")]),
        ((2, 3), "", "", [("quotes", 2, "not_lowest_reason"), ("quotes", 3, "not_lowest_reason")]),
        ((1, 2), "", "", [("quotes", 2, "not_lowest_reason")]),
        ((2,), "cheaper somehow", "", [("quotes", 2, "not_lowest_reason")]),
        ((2,), "Better Quality", "", []),
        ((2,), "Other", " ", [(None, None, "not_lowest_remark")]),
        ((2,), "Other", "The mould stands there", []),
        ((), "", "", [(None, None, "quotes")]),
    ],
)
def test_a_choice_that_is_not_the_lowest_gives_its_reason(selected, reason, remark, expected):
    quotes = tuple(replace(q, is_selected=q.row in selected) for q in THREE)
    assert found(compared(quotes=quotes, not_lowest_reason=reason, not_lowest_remark=remark)) == expected


@pytest.mark.clause("4.2.3.3")
def test_the_lowest_is_lowest_in_base_currency_and_ties_share_their_rank():
    quotes = (
        quote(1, "S1", "9", "63.9"),
        quote(2, "S2", "10"),
        quote(3, "S3", "1.4", "10"),
        quote(4, "S4", "8", None),
        quote(5, "S5", "10.000001"),
    )
    assert [(r.row, r.rank, r.is_lowest) for r in c.rank_quotes(quotes)] == [
        (1, 4, False),
        (2, 1, True),
        (3, 1, True),
        (4, None, False),
        (5, 3, False),
    ]


@given(st.lists(st.decimals(min_value="0.0001", max_value="1000000", places=4), max_size=30))
def test_exactly_the_quotes_of_the_smallest_rate_are_lowest(rates):
    quotes = [quote(n, f"S{n}", str(rate)) for n, rate in enumerate(rates, 1)]
    lowest = [r.row for r in c.rank_quotes(quotes) if r.is_lowest]
    assert lowest == [n for n, rate in enumerate(rates, 1) if all(rate <= other for other in rates)]
    assert bool(lowest) == bool(rates)


@pytest.mark.clause("4.2.3.3")
def test_a_change_needs_new_quotes_only_for_a_new_supplier():
    price_change = c.Change(1, "Price", "S1", Decimal(11))
    assert compared(quotes=(), change_no=1, changes=(price_change,)) == []
    supplier_change = c.Change(1, "Supplier", "S9", Decimal(11))
    result = compared(quotes=(), change_no=1, changes=(supplier_change,))
    assert [v.args for v in result] == [(0, 3)]


# 4.1.2.2, 4.2.4


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    ("status", "violations"), [("Approved", 0), ("Prospective", 0), ("Suspended", 1), ("Eliminated", 1)]
)
def test_stopped_suppliers_get_no_new_price(status, violations):
    quotes = (replace(THREE[0], supplier_status=status), replace(THREE[1], supplier_status="Suspended"))
    assert (
        found(c.no_price_for_stopped_suppliers(facts(quotes=quotes), {}))
        == [("quotes", 1, "supplier")] * violations
    )


@pytest.mark.clause("4.2.4")
def test_nothing_is_approved_without_its_first_day():
    assert [v.fieldname for v in c.first_day_set(facts(), {})] == ["valid_from"]
    assert list(c.first_day_set(facts(valid_from=FORM_DAY), {})) == []
    changes = (
        c.Change(1, "Price", "S1", Decimal(2), valid_from=FORM_DAY),
        c.Change(2, "Price", "S2", Decimal(2)),
    )
    assert found(c.first_day_set(facts(change_no=1, changes=changes), {})) == [("changes", 2, "valid_from")]


# 4.2.6


@pytest.mark.clause("4.2.6")
@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 1, 1), 6, date(2026, 6, 30)),
        (date(2026, 1, 15), 6, date(2026, 7, 14)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 29), 6, date(2028, 2, 28)),
        (date(2027, 8, 30), 6, date(2028, 2, 29)),
        (date(2026, 7, 1), 6, date(2026, 12, 31)),
        (date(2026, 12, 31), 1, date(2027, 1, 30)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_the_last_day_of_whole_months(start, months, end):
    assert c.last_day(start, months) == end


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_a_later_start_never_ends_earlier_and_periods_join_without_gap(start, months):
    end = c.last_day(start, months)
    assert end > start
    assert c.last_day(start + timedelta(days=1), months) >= end
    assert c.last_day(start, months + 1) > end


@pytest.mark.clause("4.2.6")
@pytest.mark.parametrize(
    ("end", "violations"),
    [
        (date(2025, 12, 31), 1),
        (date(2026, 1, 1), 0),
        (date(2026, 6, 29), 0),
        (date(2026, 6, 30), 0),
        (date(2026, 7, 1), 1),
    ],
)
def test_a_price_is_valid_for_at_most_six_months(end, violations):
    judged = facts(valid_from=date(2026, 1, 1), valid_to=end)
    assert len(list(c.validity_in_bounds(judged, {"validity_months": 6}))) == violations
    change = c.Change(7, "Validity", "S1", Decimal(9), valid_from=date(2026, 1, 1), valid_to=end)
    judged = facts(change_no=1, changes=(change,))
    assert (
        found(c.validity_in_bounds(judged, {"validity_months": 6}))
        == [("changes", 7, "valid_to")] * violations
    )


@pytest.mark.clause("4.2.6")
def test_the_longest_validity_is_a_parameter_and_an_end_is_a_must():
    judged = facts(valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 31))
    assert list(c.validity_in_bounds(judged, {"validity_months": 3})) == []
    assert len(list(c.validity_in_bounds(judged, {"validity_months": 2}))) == 1
    endless = facts(valid_from=date(2026, 1, 1))
    assert list(c.validity_in_bounds(endless, {"validity_months": 6})) == []
    assert [v.fieldname for v in c.end_date_set(endless, {"validity_months": 6})] == ["valid_to"]
    assert list(c.end_date_set(judged, {"validity_months": 6})) == []


@pytest.mark.clause("4.2.6")
@pytest.mark.parametrize(
    ("remaining", "told", "due"),
    [
        (31, (), None),
        (30, (), 30),
        (29, (30,), None),
        (16, (30,), None),
        (15, (30,), 15),
        (10, (), 15),
        (10, (15,), None),
        (7, (30, 15), 7),
        (0, (30, 15), 7),
        (0, (30, 15, 7), None),
        (-1, (), None),
        (20, (7,), None),
    ],
)
def test_the_purchaser_is_told_once_at_each_threshold(remaining, told, due):
    assert c.due_notice(remaining, told, (30, 15, 7)) == due


@given(st.lists(st.integers(-3, 45), max_size=60))
def test_however_the_days_come_nobody_is_told_twice(days):
    told: list[int] = []
    for remaining in sorted(days, reverse=True):
        due = c.due_notice(remaining, told, (30, 15, 7))
        if due is not None:
            told.append(due)
    assert len(told) == len(set(told))
    assert told == sorted(told, reverse=True)
    assert all(any(0 <= d <= t for d in days) for t in told)


def test_thresholds_are_read_in_any_order_and_refused_when_they_are_no_numbers():
    assert c.notice_thresholds("7, 30，15") == (30, 15, 7)
    for text in ("soon", "", "-3", "30;7"):
        with pytest.raises(ValueError):
            c.notice_thresholds(text)


# 4.2.7


@pytest.mark.clause("4.2.7")
def test_one_approval_per_item_and_per_operation():
    assert list(c.one_approval(facts(), {})) == []
    second = facts(other_approvals=("PA-0",))
    assert [(v.fieldname, v.args) for v in c.one_approval(second, {})] == [("item", ("I1", "PA-0"))]
    assert [v.fieldname for v in c.one_approval(facts(price_kind="Subcontract"), {})] == ["operation"]
    assert [v.fieldname for v in c.one_approval(facts(operation="20"), {})] == ["operation"]
    assert list(c.one_approval(facts(price_kind="Subcontract", operation="20"), {})) == []


@pytest.mark.clause("4.2.7")
def test_rows_of_earlier_rounds_stay_as_they_are():
    rows = (
        c.KeptRow("quotes", 1, (("rate", 1),), (("rate", 1),)),
        c.KeptRow("quotes", 2, (("rate", 1),), (("rate", 2),)),
        c.KeptRow("changes", 1, (("rate", 1),), None),
    )
    assert found(c.history_kept(facts(kept_rows=rows), {})) == [("quotes", 2, None), ("changes", 1, None)]


OLD = c.Price("P-1", "S1", date(2026, 1, 1), date(2026, 6, 30), Decimal(9), "CNY")


def change(row=1, kind="Price", supplier="S1", new="10", old="9", **values):
    values.setdefault("reason", "steel went up")
    values.setdefault("currency", "CNY")
    old_rate = None if old is None else Decimal(old)
    return c.Change(row, kind, supplier, Decimal(new), old_rate=old_rate, **values)


def change_violations(*changes, quotes=()):
    return found(c.changes_complete(facts(change_no=1, changes=changes, quotes=quotes, prices=(OLD,)), {}))


@pytest.mark.clause("4.2.7")
@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (change(), None),
        (change(reason=" "), "reason"),
        (change(new="9"), "new_rate"),
        (change(new="0"), "new_rate"),
        (change(supplier="S8", old=None), "supplier"),
        (change(kind="Validity", new="9"), None),
        (change(kind="Validity", new="9.1"), "new_rate"),
        (change(kind="Supplier", old=None), "supplier"),
    ],
)
def test_a_change_says_what_it_changes(row, expected):
    fieldnames = {fieldname for _, _, fieldname in change_violations(row)}
    assert fieldnames == ({expected} if expected else set())


@pytest.mark.clause("4.2.7")
def test_a_new_supplier_comes_with_its_selected_quote():
    selected = quote(4, "S9", "8", is_selected=True)
    good = change(kind="Supplier", supplier="S9", new="8", old=None, replaces="S1")
    assert change_violations(good, quotes=(selected,)) == []
    assert change_violations(good) == [("changes", 1, "supplier")]
    assert change_violations(replace(good, new_rate=Decimal("8.5")), quotes=(selected,)) == [
        ("changes", 1, "new_rate")
    ]
    assert change_violations(replace(good, currency="USD"), quotes=(selected,)) == [
        ("changes", 1, "new_rate")
    ]
    assert change_violations(replace(good, replaces="S9"), quotes=(selected,)) == [("changes", 1, "replaces")]
    assert change_violations(replace(good, replaces="S7"), quotes=(selected,)) == [("changes", 1, "replaces")]
    assert change_violations(change(), quotes=(selected,)) == [("quotes", 4, "selected")]


@pytest.mark.clause("4.2.7")
def test_a_change_has_rows_and_a_first_round_has_none():
    assert change_violations() == [(None, None, "changes")]
    assert found(c.changes_complete(facts(changes=(change(row=2),)), {})) == [("changes", 2, None)]


def new_price(row, supplier, first, last, replaces=None):
    return c.NewPrice("changes", row, supplier, Decimal(10), "CNY", first, last, replaces)


@pytest.mark.clause("4.2.7")
@pytest.mark.parametrize(
    ("first", "last", "ends_old", "clashes"),
    [
        (date(2026, 3, 1), date(2026, 8, 31), date(2026, 2, 28), 0),
        (date(2026, 1, 2), date(2026, 6, 30), date(2026, 1, 1), 0),
        (date(2026, 6, 30), date(2026, 12, 29), date(2026, 6, 29), 0),
        (date(2026, 7, 1), date(2026, 12, 31), None, 0),
        (date(2026, 9, 1), date(2026, 12, 31), None, 0),
        (date(2026, 1, 1), date(2026, 6, 30), None, 1),
        (date(2025, 12, 1), date(2026, 1, 1), None, 1),
        (date(2025, 12, 1), date(2025, 12, 31), None, 0),
    ],
)
def test_the_old_price_ends_the_day_before(first, last, ends_old, clashes):
    plan = c.plan_posting((OLD,), (new_price(1, "S1", first, last),))
    assert [e.valid_to for e in plan.endings] == ([ends_old] if ends_old else [])
    assert len(plan.clashes) == clashes
    assert len(plan.additions) == 1 - clashes


@pytest.mark.clause("4.2.7")
def test_a_replaced_supplier_ends_the_day_before_and_another_stays():
    second = c.Price("P-2", "S2", date(2026, 1, 1), date(2026, 6, 30))
    plan = c.plan_posting((OLD, second), (new_price(1, "S9", date(2026, 4, 1), date(2026, 9, 30), "S1"),))
    assert [(e.name, e.valid_to, e.followed_by_row) for e in plan.endings] == [("P-1", date(2026, 3, 31), 1)]


@pytest.mark.clause("4.2.7")
def test_two_rows_of_one_form_cannot_price_the_same_day():
    rows = (
        new_price(1, "S1", date(2026, 3, 1), date(2026, 5, 31)),
        new_price(2, "S1", date(2026, 5, 31), date(2026, 8, 31)),
        new_price(3, "S1", date(2026, 9, 1), date(2026, 9, 30)),
    )
    plan = c.plan_posting((OLD,), rows)
    assert [(x.new.row, x.other_row) for x in plan.clashes] == [(2, 1)]
    judged = facts(
        change_no=1,
        prices=(OLD,),
        changes=tuple(change(row=n.row, valid_from=n.valid_from, valid_to=n.valid_to) for n in rows),
    )
    assert found(c.no_overlap(judged, {})) == [("changes", 2, "valid_from")]
    assert list(c.no_overlap(replace(judged, is_posted=True), {})) == []


@st.composite
def periods(draw, suppliers=("S1", "S2")):
    first = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 400)))
    return draw(st.sampled_from(suppliers)), first, first + timedelta(days=draw(st.integers(0, 200)))


def after(prices, plan):
    ends = {e.name: e.valid_to for e in plan.endings}
    kept = [replace(p, valid_to=ends.get(p.name, p.valid_to)) for p in prices]
    return kept + [
        c.Price(f"N-{n.row}", n.supplier, n.valid_from, n.valid_to, n.rate, n.currency)
        for n in plan.additions
    ]


@given(st.lists(periods(), max_size=12), st.lists(periods(), max_size=4))
def test_posting_never_overlaps_and_loses_no_day_and_no_row(first_rounds, last_round):
    prices: list[c.Price] = []
    row = 0
    for batch in [[p] for p in first_rounds] + [last_round]:
        wanted = []
        for supplier, first, last in batch:
            row += 1
            wanted.append(new_price(row, supplier, first, last))
        plan = c.plan_posting(prices, wanted)
        assert len(plan.additions) + len(plan.clashes) == len(wanted)
        result = after(prices, plan)
        starts = {
            n.supplier: min(x.valid_from for x in plan.additions if x.supplier == n.supplier)
            for n in plan.additions
        }
        for old in prices:
            now = next(p for p in result if p.name == old.name)
            assert (now.valid_from, now.rate) == (old.valid_from, old.rate)
            assert now.valid_from <= now.valid_to <= old.valid_to
            if old.supplier not in starts or old.valid_to < starts[old.supplier]:
                assert now == old
        for a in result:
            for b in result:
                if a.name < b.name and a.supplier == b.supplier:
                    assert not (a.valid_from <= b.valid_to and a.valid_to >= b.valid_from)
        prices = result


def row_facts(**values):
    values.setdefault("price", c.Price("P-9", "S1", date(2026, 7, 1), date(2026, 12, 31)))
    values.setdefault("is_new", True)
    values.setdefault("is_posting", True)
    return c.PriceRowFacts(**values)


@pytest.mark.clause("4.2.7")
def test_price_rows_are_written_by_posting_only_and_never_change_but_to_end_earlier():
    def count(**values):
        return len(list(c.price_row_guarded(row_facts(**values), {})))

    assert count() == 0
    assert count(is_posting=False) == 1
    assert count(is_new=False, changed_fields=("valid_to",), previous_valid_to=date(2026, 12, 31)) == 0
    assert count(is_new=False, changed_fields=("valid_to", "rate"), previous_valid_to=date(2026, 12, 31)) == 1
    assert count(is_new=False, changed_fields=("valid_to",), previous_valid_to=date(2026, 12, 30)) == 1
    assert count(other_prices=(OLD,)) == 0
    assert count(other_prices=(replace(OLD, valid_to=date(2026, 7, 1)),)) == 1
    assert len(list(c.price_row_stays(row_facts(), {}))) == 1


@pytest.mark.clause("4.2.6")
def test_a_price_row_ends_within_the_longest_validity():
    good = row_facts()
    assert list(c.price_row_ends(good, {"validity_months": 6})) == []
    long = row_facts(price=replace(good.price, valid_to=date(2027, 1, 1)))
    assert [v.fieldname for v in c.price_row_ends(long, {"validity_months": 6})] == ["valid_to"]


# 4.2.4, 4.2.5 as time limits


@pytest.mark.clause("4.2.4")
@pytest.mark.clause("4.2.5")
def test_the_time_limits_of_review_and_posting():
    limits = {limit.number: limit for limit in registry.time_limits_for(c.APPROVAL)}
    assert limits["4.2.4"].opens == ("Finance Review",)
    assert limits["4.2.5"].opens == ("Approved",)
    assert (limits["4.2.4"].role, limits["4.2.5"].role) == ("Finance Officer", "Finance Officer")
    assert registry.require("4.2.4").parameter("review_days").default == 1
    assert registry.require("4.2.5").parameter("post_days").default == 0


@pytest.mark.clause("4.2.3.3")
def test_what_the_clauses_declare():
    waivable = {n for n, clause in registry.clauses.items() if n.startswith("4.2.") and clause.waivable}
    assert waivable == {"4.2.2", "4.2.3.3"}


@pytest.mark.clause("4.2.4")
def test_a_new_form_leaves_the_first_day_to_the_executive():
    assert [
        v.fieldname for v in c.left_to_reviewers(facts(premature=("valid_from", "approved_for")), {})
    ] == [
        "valid_from",
        "approved_for",
    ]
    assert list(c.left_to_reviewers(facts(), {})) == []
