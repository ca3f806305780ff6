"""Working and clock time on a calendar of weekly off days, holidays and shift hours (2.11).

Times are naive and in the site's time zone. A shift that ends at or before its start ends on the next day.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from erp_rules.clauses.base import _

DAY = timedelta(days=1)
_HORIZON_DAYS = 3660


@dataclass(frozen=True)
class Shift:
    """Hours that are worked on every working day."""

    start: time
    end: time

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Return begin and end of the shift that starts on `day`."""
        begin = datetime.combine(day, self.start)
        end = datetime.combine(day, self.end)
        return begin, end if self.end > self.start else end + DAY


@dataclass(frozen=True)
class Calendar:
    """Weekly off days (Monday is 0), holidays, off days that are worked instead, and shifts."""

    off_weekdays: frozenset[int] = frozenset()
    holidays: frozenset[date] = frozenset()
    worked_days: frozenset[date] = frozenset()
    shifts: tuple[Shift, ...] = (Shift(time(0), time(0)),)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.shifts, key=lambda shift: shift.start))
        if not ordered:
            raise ValueError(_("a calendar needs at least one shift"))
        if len(self.off_weekdays) >= 7 and not self.worked_days:
            raise ValueError(_("a calendar needs at least one working day"))
        monday = date(2024, 1, 1)
        spans = [shift.on(monday) for shift in ordered]
        spans.append(ordered[0].on(monday + DAY))
        for (_start, end), (next_start, _end) in itertools.pairwise(spans):
            if next_start < end:
                raise ValueError(_("shifts overlap"))
        object.__setattr__(self, "shifts", ordered)

    def is_working_day(self, day: date) -> bool:
        """Return whether shifts start on `day`."""
        if day in self.worked_days:
            return True
        return day not in self.holidays and day.weekday() not in self.off_weekdays

    @property
    def day_length(self) -> timedelta:
        """Return the working time of one working day."""
        spans = (shift.on(date(2024, 1, 1)) for shift in self.shifts)
        return sum((end - start for start, end in spans), timedelta())

    def spans(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working spans that end after `start`, in order, the first one cut at `start`."""
        first = start.date() - DAY
        for offset in range(_HORIZON_DAYS):
            day = first + offset * DAY
            if not self.is_working_day(day):
                continue
            for shift in self.shifts:
                begin, end = shift.on(day)
                if end > start:
                    yield max(begin, start), end


def add_working(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """Return the earliest moment by which `amount` of working time has passed since `start`.

    A zero `amount` gives the first working moment at or after `start`. Raise `ValueError` for a negative
    amount or when the calendar has no such moment within ten years.
    """
    if amount < timedelta():
        raise ValueError("working time cannot be negative")
    left = amount
    for begin, end in calendar.spans(start):
        if left <= end - begin:
            return begin + left
        left -= end - begin
    raise ValueError("the calendar has too few working days")


def working_between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the working time between two moments; zero when `end` is not after `start`."""
    total = timedelta()
    if end <= start:
        return total
    for begin, finish in calendar.spans(start):
        if begin >= end:
            break
        total += min(finish, end) - begin
    return total


def end_of_working_day(calendar: Calendar, start: datetime) -> datetime:
    """Return the end of the last shift of the working day that `start` is in, or of the next one."""
    first = next(calendar.spans(start), None)
    if first is None:
        raise ValueError("the calendar has too few working days")
    day = first[0].date()
    for candidate in (day - DAY, day):
        if calendar.is_working_day(candidate):
            begins, ends = zip(*(shift.on(candidate) for shift in calendar.shifts), strict=True)
            if min(begins) <= first[0] < max(ends):
                return max(ends)
    return first[1]


def due_at(calendar: Calendar, start: datetime, amount: int, unit: str, count: str) -> datetime:
    """Return when a time limit of `amount` `unit` ("days", "hours", "minutes") that starts at `start` ends.

    `count` is "working" (only the calendar's hours count; a day is the hours of one working day) or "clock".
    Zero days end with the day: with its last shift, or at 23:59:59 on the clock.
    """
    if unit == "days":
        if amount == 0:
            if count == "working":
                return end_of_working_day(calendar, start)
            return start.replace(hour=23, minute=59, second=59, microsecond=0)
        span = amount * (calendar.day_length if count == "working" else DAY)
    elif unit in ("hours", "minutes"):
        span = timedelta(**{unit: amount})
    else:
        raise ValueError(f"unknown unit {unit!r}")
    if count == "working":
        return add_working(calendar, start, span)
    if count == "clock":
        return start + span
    raise ValueError(f"unknown way to count {count!r}")
