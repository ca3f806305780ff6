"""MariaDB's collation and functions for SQLite connections."""

import datetime
import math
import re
import sqlite3
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from frappe.database.dialect import COLLATION

DATETIME = "%Y-%m-%d %H:%M:%S.%f"


@lru_cache(maxsize=100_000)
def collation_key(text: str) -> str:
    """Return what `utf8mb4_unicode_ci` compares: no case, no accents, no trailing blanks."""
    if text.isascii():
        return text.rstrip(" ").casefold()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().rstrip(" ")


def compare_text(a: str, b: str) -> int:
    if a == b:
        return 0
    a, b = collation_key(a), collation_key(b)
    return (a > b) - (a < b)


def compare_temporal(a: str, b: str) -> int:
    """Compare dates, times and both, however much of the time of day is written out."""
    if len(a) != len(b):
        a, b = _pad(a), _pad(b)
    return (a > b) - (a < b)


def _pad(text: str) -> str:
    text = f"0{text}" if text[1:2] == ":" else text
    full = "0000-00-00 00:00:00.000000" if text[4:5] == "-" else "00:00:00.000000"
    return text + full[len(text) :]


def _check_of(pattern: str, parse):
    """Return the check of a column: blank, or text in the pattern that stands for a date or time."""

    def is_valid(value):
        try:
            return int(value is None or bool(re.fullmatch(pattern, value) and parse(value)))
        except (TypeError, ValueError):
            return 0

    return 1, is_valid


@lru_cache(maxsize=2048)
def _like_pattern(pattern: str, escape: str):
    out, escaped = [], False
    for c in pattern:
        if c == escape and not escaped:
            escaped = True
            continue
        plain = re.escape(collation_key(c) or c)
        out.append(plain if escaped else {"%": ".*", "_": "."}.get(c, plain))
        escaped = False
    return re.compile("".join(out), re.DOTALL)


def _like(pattern, value, escape="\\"):
    if pattern is None or value is None:
        return None
    value = str(value)
    key = collation_key(value) + " " * (len(value) - len(value.rstrip(" ")))
    return int(bool(_like_pattern(str(pattern), escape).fullmatch(key)))


def _round(value, digits=0):
    if value is None or (isinstance(value, int) and digits >= 0):
        return value
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _concat(*parts):
    return None if None in parts else "".join(map(str, parts))


class _Sum:
    """SUM as MariaDB gives it for decimals: exact to nine places, a float for Python."""

    def __init__(self):
        self.values = []

    def step(self, value):
        if value is not None:
            self.values.append(value)

    def finalize(self):
        return round(math.fsum(self.values), 9) if self.values else None


_DATE, _TIME = r"\d{4}-\d\d-\d\d", r"\d{1,3}:\d\d:\d\d(\.\d{1,6})?"
_FUNCTIONS = {
    "is_date": _check_of(_DATE, datetime.date.fromisoformat),
    "is_datetime": _check_of(rf"{_DATE}( {_TIME})?", lambda v: datetime.datetime.fromisoformat(_pad(v))),
    "is_time": _check_of(rf"-?{_TIME}", str),
    "concat": (-1, _concat),
    "round": (-1, _round),
}


def _time(text: bytes) -> datetime.timedelta:
    hours, minutes, seconds = (text.decode() + ":0:0").split(":")[:3]
    sign = -1 if hours.startswith("-") else 1
    return sign * datetime.timedelta(hours=abs(int(hours)), minutes=int(minutes), seconds=float(seconds))


sqlite3.register_converter("DATE", lambda b: datetime.date.fromisoformat(b.decode()))
sqlite3.register_converter("DATETIME", lambda b: datetime.datetime.fromisoformat(_pad(b.decode())))
sqlite3.register_converter("TIME", _time)


def register(connection: sqlite3.Connection) -> None:
    connection.create_collation(COLLATION, compare_text)
    connection.create_collation("TEMPORAL", compare_temporal)
    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    for arguments in (2, 3):
        connection.create_function("like", arguments, _like, deterministic=True)
    connection.create_aggregate("sum", 1, _Sum)
