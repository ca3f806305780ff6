"""MariaDB's collation and functions for SQLite connections."""

import datetime
import math
import re
import sqlite3
import unicodedata
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from dateutil.relativedelta import relativedelta
from frappe.database.dialect import COLLATION

DATETIME = "%Y-%m-%d %H:%M:%S.%f"
_FORMATS = {
    "%i": "%M",
    "%s": "%S",
    "%M": "%B",
    "%e": "%-d",
    "%c": "%-m",
    "%h": "%I",
    "%k": "%-H",
    "%T": "%H:%M:%S",
}
_ISO = re.compile(r"^\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{1,6})?)?$")


@lru_cache(maxsize=100_000)
def collation_key(text: str) -> str:
    """Return what `utf8mb4_unicode_ci` compares: no case, no accents, no trailing blanks."""
    text = text.rstrip(" ")
    if text.isascii():
        return text.casefold()
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
    if text[1:2] == ":":
        text = f"0{text}"
    pattern = " 00:00:00.000000" if len(text) > 9 and text[4] == "-" else ".000000"
    start = len(text) - (10 if len(pattern) > 10 else 8)
    return text + pattern[start:] if start >= 0 else text


def to_datetime(value) -> datetime.datetime | None:
    """Return the moment that ISO text stands for, None when it stands for none."""
    if isinstance(value, str) and len(value) >= 10:
        try:
            return datetime.datetime.fromisoformat(value[:26].replace("T", " "))
        except ValueError:
            return None
    return None


def parse_temporal(text):
    """Return a date or datetime for ISO text, and anything else as it is."""
    if not isinstance(text, str) or not _ISO.match(text):
        return text
    return datetime.date.fromisoformat(text) if len(text) == 10 else datetime.datetime.fromisoformat(text)


@lru_cache(maxsize=2048)
def _like_pattern(pattern: str, escape: str):
    out, i = [], 0
    while i < len(pattern):
        c = pattern[i]
        if c == escape and i + 1 < len(pattern):
            i += 1
            out.append(re.escape(collation_key(pattern[i])))
        else:
            out.append({"%": ".*", "_": "."}.get(c) or re.escape(collation_key(c) or c))
        i += 1
    return re.compile("".join(out), re.DOTALL)


def _like(pattern, value, escape="\\"):
    if pattern is None or value is None:
        return None
    value = str(value)
    key = collation_key(value) + " " * (len(value) - len(value.rstrip(" ")))
    return int(bool(_like_pattern(str(pattern), escape).fullmatch(key)))


def _regexp(pattern, value):
    return None if None in (pattern, value) else int(bool(re.search(pattern, str(value), re.IGNORECASE)))


def _interval(amount, unit):
    return f"{amount} {unit}"


def _date_add(value, interval, sign=1):
    moment = to_datetime(value)
    if moment is None or interval is None:
        return None
    amount, unit = interval.split(" ")
    months = {"quarter": 3, "month": 1, "year": 12}.get(unit)
    count = sign * float(amount)
    step = relativedelta(months=int(count * months)) if months else relativedelta(**{f"{unit}s": count})
    moment += step
    if len(value) == 10 and unit not in ("hour", "minute", "second"):
        return moment.date().isoformat()
    return moment.strftime(DATETIME)


def _datediff(a, b):
    a, b = to_datetime(a), to_datetime(b)
    return None if a is None or b is None else (a.date() - b.date()).days


def _date_format(value, pattern):
    moment = to_datetime(value)
    if moment is None or pattern is None:
        return None
    return moment.strftime(re.sub(r"%.", lambda m: _FORMATS.get(m[0], m[0]), pattern))


def _last_day(value):
    moment = to_datetime(value)
    return None if moment is None else (moment + relativedelta(day=31)).date().isoformat()


def _part(get):
    def part(value):
        moment = to_datetime(value)
        return None if moment is None else get(moment)

    return part


def _round(value, digits=0):
    if value is None or digits is None:
        return None
    if isinstance(value, int) and digits >= 0:
        return value
    quantum = Decimal(1).scaleb(-int(digits))
    return float(Decimal(repr(float(value))).quantize(quantum, ROUND_HALF_UP))


def _truncate(value, digits):
    return None if value is None else math.trunc(float(Decimal(repr(value)).scaleb(digits))) / 10**digits


def _text(value) -> str:
    return str(value)


def _concat(*parts):
    return None if None in parts else "".join(map(_text, parts))


def _concat_ws(separator, *parts):
    return None if separator is None else separator.join(_text(p) for p in parts if p is not None)


def _pick(choose):
    """Return MariaDB's GREATEST or LEAST: NULL when any value is."""
    return lambda *values: None if None in values else choose(values)


def _locate(needle, text, start=1):
    return None if None in (needle, text) else collation_key(text).find(collation_key(needle), start - 1) + 1


def _find_in_set(needle, text):
    if None in (needle, text):
        return None
    keys = [collation_key(part) for part in text.split(",")]
    return keys.index(collation_key(needle)) + 1 if collation_key(needle) in keys else 0


def _field(needle, *values):
    keys = [collation_key(_text(v)) for v in values]
    key = collation_key(_text(needle))
    return keys.index(key) + 1 if key in keys else 0


def _substring_index(text, separator, count):
    if text is None:
        return None
    parts = text.split(separator)
    return separator.join(parts[:count] if count > 0 else parts[count:])


class _Sum:
    """SUM as MariaDB gives it for decimals: exact to nine places, a float for Python."""

    def __init__(self):
        self.values = []

    def step(self, value):
        if value is not None:
            self.values.append(value if isinstance(value, int | float) else _number(value))

    def finalize(self):
        return round(math.fsum(self.values), 9) if self.values else None


class _Avg(_Sum):
    def finalize(self):
        digits = 4 if all(isinstance(v, int) for v in self.values) else 13
        return round(math.fsum(self.values) / len(self.values), digits) if self.values else None


def _number(text) -> float:
    match = re.match(r"\s*[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?", str(text))
    return float(match[0]) if match else 0.0


_FUNCTIONS = {
    "concat": (-1, _concat),
    "concat_ws": (-1, _concat_ws),
    "date_add": (2, _date_add),
    "date_format": (2, _date_format),
    "date_sub": (2, lambda value, interval: _date_add(value, interval, -1)),
    "datediff": (2, _datediff),
    "day": (1, _part(lambda m: m.day)),
    "dayofmonth": (1, _part(lambda m: m.day)),
    "dayofweek": (1, _part(lambda m: m.isoweekday() % 7 + 1)),
    "dayofyear": (1, _part(lambda m: m.timetuple().tm_yday)),
    "field": (-1, _field),
    "find_in_set": (2, _find_in_set),
    "greatest": (-1, _pick(max)),
    "hour": (1, _part(lambda m: m.hour)),
    "interval_": (2, _interval),
    "isnull": (1, lambda value: int(value is None)),
    "last_day": (1, _last_day),
    "lcase": (1, lambda text: text and text.lower()),
    "least": (-1, _pick(min)),
    "left_": (2, lambda text, n: None if text is None else _text(text)[:n]),
    "like": (2, _like),
    "locate": (-1, _locate),
    "lpad": (3, lambda text, n, fill: None if text is None else _text(text)[:n].rjust(n, fill)),
    "minute": (1, _part(lambda m: m.minute)),
    "month": (1, _part(lambda m: m.month)),
    "quarter": (1, _part(lambda m: (m.month + 2) // 3)),
    "regexp": (2, _regexp),
    "right_": (2, lambda text, n: None if text is None else _text(text)[-n:] if n else ""),
    "round": (-1, _round),
    "substring_index": (3, _substring_index),
    "truncate": (2, _truncate),
    "ucase": (1, lambda text: text and text.upper()),
    "unix_timestamp": (1, _part(lambda m: m.timestamp())),
    "week": (1, _part(lambda m: int(m.strftime("%U")))),
    "weekday": (1, _part(lambda m: m.weekday())),
    "year": (1, _part(lambda m: m.year)),
}


def _time(text: bytes) -> datetime.timedelta:
    hours, minutes, seconds = (text.decode() + ":0:0").split(":")[:3]
    sign = -1 if hours.startswith("-") else 1
    return sign * datetime.timedelta(hours=abs(int(hours)), minutes=int(minutes), seconds=float(seconds))


sqlite3.register_converter("DATE", lambda b: datetime.date.fromisoformat(b[:10].decode()))
sqlite3.register_converter("DATETIME", lambda b: datetime.datetime.fromisoformat(_pad(b.decode())))
sqlite3.register_converter("TIME", _time)


def register(connection: sqlite3.Connection) -> None:
    """Teach the connection MariaDB's collation and functions."""
    connection.create_collation(COLLATION, compare_text)
    connection.create_collation("TEMPORAL", compare_temporal)
    for name, (arguments, function) in _FUNCTIONS.items():
        connection.create_function(name, arguments, function, deterministic=True)
    connection.create_function("like", 3, _like, deterministic=True)
    connection.create_aggregate("sum", 1, _Sum)
    connection.create_aggregate("avg", 1, _Avg)
