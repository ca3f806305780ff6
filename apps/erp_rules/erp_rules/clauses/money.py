"""Exchange rates: which rate is in force on a date, and amounts converted by it.

A currency without a rate in force has no value in the target currency: `None`, never a guess.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

ONE = Decimal(1)


@dataclass(frozen=True)
class Rate:
    """How much one unit of `source` is worth in `target` from `date` on."""

    source: str
    target: str
    date: datetime.date
    rate: Decimal


def rates_in_force(
    rates: Iterable[Rate], currencies: Iterable[str], target: str, on: datetime.date, valid_days: int
) -> dict[str, Decimal | None]:
    """Return for each currency what one unit is worth in `target` on the date `on`.

    The newest rate not after `on` and at most `valid_days` days older counts, given either way round; of two
    of one date the one given directly. Without one the value is None. Rates of zero or less do not count.
    """
    usable = sorted(
        (rate for rate in rates if rate.rate > 0 and 0 <= (on - rate.date).days <= valid_days),
        key=lambda rate: (rate.date, rate.target == target),
        reverse=True,
    )
    found: dict[str, Decimal | None] = {}
    for currency in currencies:
        if currency == target:
            found[currency] = ONE
            continue
        found[currency] = next(
            (
                rate.rate if rate.target == target else ONE / rate.rate
                for rate in usable
                if {rate.source, rate.target} == {currency, target}
            ),
            None,
        )
    return found


def convert(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    """Return `amount` at `rate`, unrounded; None when either is missing."""
    return None if amount is None or rate is None else amount * rate
