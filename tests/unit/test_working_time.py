"""Working and clock time on a calendar, as tables and as invariants (2.6, 2.11)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses.working_time import (
    Calendar,
    Shift,
    add_working,
    due_at,
    end_of_working_day,
    working_between,
)

pytestmark = pytest.mark.clause("2.11")

DAY_SHIFTS = (Shift(time(8), time(12)), Shift(time(13), time(17)))
OFFICE = Calendar(
    off_weekdays=frozenset({5, 6}),
    holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    worked_days=frozenset({date(2026, 10, 10)}),
    shifts=DAY_SHIFTS,
)
NIGHT = Calendar(off_weekdays=frozenset({6}), shifts=(Shift(time(20), time(4)),))


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M")


@pytest.mark.clause("2.6")
@pytest.mark.parametrize(
    ("start", "amount", "unit", "count", "due"),
    [
        # one working day is the hours of one day, from the same hour to the same hour
        ("2026-11-20 15:00", 1, "days", "working", "2026-11-23 15:00"),
        ("2026-11-18 08:00", 1, "days", "working", "2026-11-18 17:00"),
        # what starts outside the shifts starts with the next one
        ("2026-11-21 10:00", 1, "days", "working", "2026-11-23 17:00"),
        ("2026-11-20 18:30", 4, "hours", "working", "2026-11-23 12:00"),
        ("2026-11-18 12:30", 1, "hours", "working", "2026-11-18 14:00"),
        # four hours across the lunch break, to the minute and one minute over it
        ("2026-11-18 10:00", 4, "hours", "working", "2026-11-18 15:00"),
        ("2026-11-18 13:00", 240, "minutes", "working", "2026-11-18 17:00"),
        ("2026-11-18 13:00", 241, "minutes", "working", "2026-11-19 08:01"),
        # holidays and a Saturday that is worked instead
        ("2026-09-30 16:00", 2, "hours", "working", "2026-10-05 09:00"),
        ("2026-10-09 16:00", 1, "days", "working", "2026-10-10 16:00"),
        # the clock knows no off days
        ("2026-11-20 15:00", 1, "days", "clock", "2026-11-21 15:00"),
        ("2026-11-20 22:00", 4, "hours", "clock", "2026-11-21 02:00"),
    ],
)
def test_due_at(start, amount, unit, count, due):
    assert due_at(OFFICE, at(start), amount, unit, count) == at(due)


@pytest.mark.clause("2.6")
@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-11-18 09:00", "working", datetime(2026, 11, 18, 17)),
        ("2026-11-18 17:00", "working", datetime(2026, 11, 19, 17)),
        ("2026-11-21 09:00", "working", datetime(2026, 11, 23, 17)),
        ("2026-11-18 12:30", "working", datetime(2026, 11, 18, 17)),
        ("2026-11-18 22:00", "clock", datetime(2026, 11, 18, 23, 59, 59)),
    ],
)
def test_zero_days_end_with_the_day(start, count, due):
    assert due_at(OFFICE, at(start), 0, "days", count) == due


def test_night_shift_ends_on_the_next_day():
    assert add_working(NIGHT, at("2026-11-20 22:00"), timedelta(hours=4)) == at("2026-11-21 02:00")
    assert add_working(NIGHT, at("2026-11-21 02:00"), timedelta(hours=3)) == at("2026-11-21 21:00")
    assert end_of_working_day(NIGHT, at("2026-11-21 01:00")) == at("2026-11-21 04:00")
    # Sunday is off, but Saturday's shift reaches into it
    assert add_working(NIGHT, at("2026-11-21 23:00"), timedelta(hours=5)) == at("2026-11-22 04:00")
    assert add_working(NIGHT, at("2026-11-22 03:00"), timedelta(hours=2)) == at("2026-11-23 21:00")


@pytest.mark.parametrize(
    "shifts",
    [
        (),
        (Shift(time(8), time(12)), Shift(time(11), time(14))),
        (Shift(time(8), time(12)), Shift(time(8), time(12))),
        (Shift(time(20), time(4)), Shift(time(3), time(8))),
    ],
)
def test_calendar_without_proper_shifts_is_refused(shifts):
    with pytest.raises(ValueError):
        Calendar(shifts=shifts)


def test_calendar_without_a_working_day_is_refused():
    with pytest.raises(ValueError):
        Calendar(off_weekdays=frozenset(range(7)))


def test_wrong_amounts_are_refused():
    with pytest.raises(ValueError):
        add_working(OFFICE, at("2026-11-18 09:00"), timedelta(minutes=-1))
    with pytest.raises(ValueError):
        due_at(OFFICE, at("2026-11-18 09:00"), 1, "weeks", "working")
    with pytest.raises(ValueError):
        due_at(OFFICE, at("2026-11-18 09:00"), 1, "hours", "sometimes")


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda d: d.replace(microsecond=0))
amounts = st.integers(0, 20_000).map(lambda minutes: timedelta(minutes=minutes))
calendars = st.builds(
    lambda off, holidays, shifts: Calendar(frozenset(off), frozenset(holidays), frozenset(), shifts),
    st.sets(st.integers(0, 6), max_size=5),
    st.sets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20),
    st.sampled_from(
        [DAY_SHIFTS, (Shift(time(20), time(4)),), (Shift(time(0), time(0)),), (Shift(time(9), time(10)),)]
    ),
)


@given(calendars, moments, amounts)
def test_the_time_added_is_the_time_between(calendar, start, amount):
    due = add_working(calendar, start, amount)
    assert due >= start
    assert working_between(calendar, start, due) == amount


@given(calendars, moments, amounts, amounts)
def test_adding_twice_is_adding_the_sum(calendar, start, first, second):
    assert add_working(calendar, add_working(calendar, start, first), second) == add_working(
        calendar, start, first + second
    )


@given(calendars, moments, amounts)
def test_nothing_is_due_earlier_when_it_starts_later(calendar, start, amount):
    assert add_working(calendar, start, amount) <= add_working(calendar, start + timedelta(hours=1), amount)
    assert working_between(calendar, start, start) == timedelta()
