"""The sums of the material ledger (5.2) as a pure function."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses.chapter_5 import Bucket, Movement, PlaceType, Shortage, shortages

pytestmark = pytest.mark.clause("5.2")
KEY = ("I", "Warehouse", "W", "Available")


def move(qty, **values):
    return Movement("I", "W", Decimal(str(qty)), **values)


@pytest.mark.parametrize(
    ("there", "taken", "short"),
    [(5, 4.999999, False), (5, 5, False), (5, 5.000001, True), (0, 0.000001, True)],
)
def test_a_sum_may_reach_zero_and_no_less(there, taken, short):
    assert bool(shortages({KEY: Decimal(there)}, [move(-taken)])) is short


def test_a_shortage_says_what_was_found_and_needed():
    found = shortages({KEY: Decimal(3)}, [move(-2), move(-2)])
    assert found == [Shortage("I", "W", "Available", Decimal(3), Decimal(4))]


def test_places_and_buckets_are_summed_apart():
    there = {KEY: Decimal(3)}
    assert shortages(there, [move(-1, bucket=Bucket.OVER_DELIVERY)])
    assert shortages(there, [Movement("I", "V", Decimal(-1))])
    assert not shortages(there, [move(-9, place_type=PlaceType.SUPPLIER)])


def test_what_comes_and_goes_in_one_document_is_one_change():
    assert shortages({}, [move(5), move(-5)]) == []


def test_a_sum_below_zero_from_before_may_be_raised():
    assert shortages({KEY: Decimal(-2)}, [move(1)]) == []


@given(st.lists(st.decimals(-100, 100, places=3), max_size=8), st.decimals(0, 100, places=3))
def test_what_is_let_through_never_ends_below_zero(changes, there):
    movements = [move(qty) for qty in changes]
    if not shortages({KEY: there}, movements):
        assert there + sum(changes, Decimal(0)) >= 0
