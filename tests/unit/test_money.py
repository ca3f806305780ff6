"""Exchange rates in force, and amounts converted by them."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from erp_rules.clauses.money import Rate, convert, rates_in_force

DAY = datetime.date(2026, 3, 10)


def rate(source, target, days_before, value):
    return Rate(source, target, DAY - datetime.timedelta(days=days_before), Decimal(value))


def in_force(rates, valid_days=31, currencies=("USD",)):
    return rates_in_force(rates, currencies, "CNY", DAY, valid_days)


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(
    ("days_before", "expected"),
    [(-1, None), (0, "7.2"), (1, "7.2"), (30, "7.2"), (31, "7.2"), (32, None)],
)
def test_a_rate_is_in_force_from_its_date_for_the_days_set(days_before, expected):
    found = in_force([rate("USD", "CNY", days_before, "7.2")])
    assert found == {"USD": None if expected is None else Decimal(expected)}


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(("days_before", "expected"), [(0, "7.2"), (1, None)])
def test_with_no_days_a_rate_counts_on_its_own_date_only(days_before, expected):
    found = in_force([rate("USD", "CNY", days_before, "7.2")], valid_days=0)
    assert found == {"USD": None if expected is None else Decimal(expected)}


@pytest.mark.clause("4.2.3.3")
def test_the_newest_rate_counts_and_the_direct_one_before_the_inverse_of_the_same_day():
    older, newer = rate("USD", "CNY", 5, "7.0"), rate("USD", "CNY", 2, "7.1")
    assert in_force([newer, older]) == {"USD": Decimal("7.1")}
    inverse = rate("CNY", "USD", 2, "0.2")
    assert in_force([inverse, newer]) == {"USD": Decimal("7.1")}
    assert in_force([rate("CNY", "USD", 1, "0.2"), newer]) == {"USD": Decimal("5")}


@pytest.mark.clause("4.2.3.3")
def test_base_currency_is_one_and_others_are_never_guessed():
    rates = [rate("USD", "CNY", 0, "7.2"), rate("EUR", "USD", 0, "1.1"), rate("JPY", "CNY", 0, "0")]
    assert in_force(rates, currencies=("CNY", "USD", "EUR", "JPY")) == {
        "CNY": Decimal(1),
        "USD": Decimal("7.2"),
        "EUR": None,
        "JPY": None,
    }


@pytest.mark.clause("4.2.3.3")
def test_convert():
    assert convert(Decimal("2.5"), Decimal("7.2")) == Decimal("18.00")
    assert convert(Decimal("2.5"), None) is None
    assert convert(None, Decimal("7.2")) is None
