"""Numbers, dates, money and text: the value helpers of `frappe.utils`."""

from __future__ import annotations

import datetime
import html
import json
import math
import operator
import re
import secrets
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import frappe
from dateutil import parser
from dateutil.parser import ParserError
from dateutil.relativedelta import relativedelta

DATE_FORMAT = "%Y-%m-%d"
TIME_FORMAT = "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
HTML_TAG_PATTERN = re.compile("<[^>]+>")
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ROUNDING_METHODS = ("Banker's Rounding (legacy)", "Banker's Rounding", "Commercial Rounding")


def _setting(key: str):
    """Return a System Settings value, None when no site is connected."""
    return frappe.get_system_settings(key) if getattr(frappe.local, "db", None) else None


# numbers ---------------------------------------------------------------------------------


def cint(s, default: int = 0) -> int:
    """Return `s` as an integer, `default` when it is none ("5.9" is 5, "1,000" is not a number)."""
    for convert in (int, lambda value: int(float(value))):
        try:
            return convert(s)
        except (TypeError, ValueError, OverflowError):
            continue
    return default


def flt(s, precision: int | None = None, rounding_method: str | None = None) -> float:
    """Return `s` as a float without thousands commas, rounded to `precision`; 0.0 when it is no number."""
    if isinstance(s, str):
        s = s.replace(",", "")
    try:
        number = float(s)
        return number if precision is None else rounded(number, precision, rounding_method)
    except frappe.InvalidRoundingMethod:
        raise
    except (TypeError, ValueError, OverflowError):
        return 0.0


def rounded(num, precision=0, rounding_method=None):
    """Round by the method of System Settings (default: legacy banker's rounding)."""
    method = rounding_method or _setting("rounding_method") or ROUNDING_METHODS[0]
    if method not in ROUNDING_METHODS:
        frappe.throw(frappe._("Unknown Rounding Method: {}").format(method), exc=frappe.InvalidRoundingMethod)
    precision = cint(precision)
    if method == ROUNDING_METHODS[2]:
        return _round_commercial(num, precision)
    return (_round_legacy if method == ROUNDING_METHODS[0] else _round_half_even)(num, precision)


def _round_legacy(num, precision):
    """Ties go to even for whole numbers, but up when there are decimals: Frappe's historical rule."""
    scale = 10**precision
    scaled = round(num * scale if precision else num, 8)
    whole = math.floor(scaled)
    if scaled - whole != 0.5:
        result = round(scaled)
    elif precision:
        result = whole + 1
    else:
        result = whole + whole % 2
    return result / scale if precision else result


def _least_step(num) -> float:
    """Return the smallest step a float of this size can take, to recognise ties it cannot represent."""
    return 2.0 ** (math.log(abs(num), 2) - 52.0)


def _round_half_even(num, precision):
    scale = 10**precision
    scaled = round(num * scale, 12)
    if scaled == 0:
        return 0.0
    whole = math.floor(scaled)
    is_tie = abs(scaled - whole - 0.5) < _least_step(scaled)
    return (whole + whole % 2 if is_tie else round(scaled)) / scale


def _round_commercial(num, precision):
    return 0.0 if num == 0 else round(num + math.copysign(_least_step(num), num), precision)


def floor(s) -> int:
    """Return the largest integer that is not above `s`."""
    return math.floor(flt(s))


def ceil(s) -> int:
    """Return the smallest integer that is not below `s`."""
    return math.ceil(flt(s))


def cstr(s, encoding="utf-8") -> str:
    """Return `s` as text; None is empty, bytes are decoded."""
    if s is None:
        return ""
    return s.decode(encoding) if isinstance(s, bytes) else str(s)


def sbool(x):
    """Return True or False for "true"/"1"/"false"/"0", anything else unchanged."""
    return (
        {"true": True, "1": True, "false": False, "0": False}.get(x.lower(), x) if isinstance(x, str) else x
    )


def cast(fieldtype: str, value=None):
    """Return `value` as the Python type of the field type; empty numbers are 0, empty dates 0001-01-01."""
    if fieldtype in ("Currency", "Float", "Percent", "Rating"):
        return flt(value)
    if fieldtype in ("Int", "Check"):
        return cint(sbool(value))
    if fieldtype == "Date":
        return getdate(value) if value else datetime.date(1, 1, 1)
    if fieldtype == "Datetime":
        return get_datetime(value) if value else datetime.datetime(1, 1, 1)
    if fieldtype == "Time":
        return get_timedelta(value)
    text_types = ("Data", "Text", "Small Text", "Long Text", "Text Editor", "Select", "Link", "Dynamic Link")
    return cstr(value) if fieldtype in text_types else value


def cast_fieldtype(fieldtype: str, value, show_warning: bool = True):
    """Return `value` as the Python type of the field type; the older name of `cast`."""
    return cast(fieldtype, value)


# dates -----------------------------------------------------------------------------------


def get_system_timezone() -> str:
    """Return the time zone of the site."""
    return _setting("time_zone") or "Asia/Kolkata"


def convert_utc_to_timezone(utc_timestamp, time_zone):
    """Return a UTC moment (naive or aware) in another time zone; unknown zones leave it unchanged."""
    if utc_timestamp.tzinfo is None:
        utc_timestamp = utc_timestamp.replace(tzinfo=datetime.timezone.utc)
    try:
        return utc_timestamp.astimezone(ZoneInfo(time_zone))
    except (ZoneInfoNotFoundError, ValueError):
        return utc_timestamp


def convert_utc_to_system_timezone(utc_timestamp):
    """Return a UTC moment in the site's time zone."""
    return convert_utc_to_timezone(utc_timestamp, get_system_timezone())


def now_datetime() -> datetime.datetime:
    """Return the present moment in the site's time zone, naive."""
    return convert_utc_to_system_timezone(datetime.datetime.now(datetime.timezone.utc)).replace(tzinfo=None)


def now() -> str:
    """Return the present moment as text; `frappe.flags.current_date` replaces the date."""
    if frappe.flags.current_date:
        return f"{getdate(frappe.flags.current_date)} {nowtime()}"
    return now_datetime().strftime(DATETIME_FORMAT)


def nowdate() -> str:
    """Return the present date as text."""
    return now_datetime().strftime(DATE_FORMAT)


today = nowdate


def nowtime() -> str:
    """Return the present time of day as text."""
    return now_datetime().strftime(TIME_FORMAT)


def is_invalid_date_string(date_string) -> bool:
    """Return True for the empty and zero dates that stand for "no date"."""
    return (
        not isinstance(date_string, str)
        or not date_string
        or date_string[:10] in ("0001-01-01", "0000-00-00")
    )


def getdate(string_date=None, parse_day_first: bool = False) -> datetime.date | None:
    """Return a date; today for nothing, None for a zero date; text that is no date is refused."""
    if not string_date:
        return now_datetime().date()
    if isinstance(string_date, datetime.datetime):
        return string_date.date()
    if isinstance(string_date, datetime.date):
        return string_date
    if is_invalid_date_string(string_date):
        return None
    try:
        return parser.parse(string_date, dayfirst=parse_day_first).date()
    except (ParserError, OverflowError):
        frappe.throw(
            frappe._("{} is not a valid date string.").format(frappe.bold(string_date)),
            title=frappe._("Invalid Date"),
        )


def get_datetime(datetime_str=None):
    """Return a datetime; now for None, midnight for a date, None for a zero date."""
    if datetime_str is None:
        return now_datetime()
    if isinstance(datetime_str, (datetime.datetime, datetime.timedelta)):
        return datetime_str
    if isinstance(datetime_str, (list, tuple)):
        return datetime.datetime(*datetime_str)
    if isinstance(datetime_str, datetime.date):
        return datetime.datetime.combine(datetime_str, datetime.time())
    if is_invalid_date_string(datetime_str):
        return None
    try:
        return datetime.datetime.strptime(datetime_str, DATETIME_FORMAT)
    except ValueError:
        return parser.parse(datetime_str)


def get_timedelta(time=None) -> datetime.timedelta | None:
    """Return a time of day as a timedelta, None when the text is no time."""
    if isinstance(time, datetime.timedelta):
        return time
    try:
        return to_timedelta(time or "0:0:0")
    except (ParserError, OverflowError, TypeError):
        return None


def to_timedelta(time_str):
    """Return a time of day (text or time) as a timedelta."""
    if isinstance(time_str, (str, datetime.time)):
        moment = parser.parse(str(time_str))
        return datetime.timedelta(
            hours=moment.hour, minutes=moment.minute, seconds=moment.second, microseconds=moment.microsecond
        )
    return time_str


def get_time(time_str) -> datetime.time:
    """Return a time of day."""
    if isinstance(time_str, datetime.time):
        return time_str
    if isinstance(time_str, datetime.datetime):
        return time_str.time()
    if isinstance(time_str, datetime.timedelta):
        return (datetime.datetime.min + time_str).time()
    return parser.parse(time_str).time()


def add_to_date(
    date,
    years=0,
    months=0,
    weeks=0,
    days=0,
    hours=0,
    minutes=0,
    seconds=0,
    as_string=False,
    as_datetime=False,
):
    """Return the shifted date; text in, text out."""
    if date is None:
        date = now_datetime()
    as_datetime = as_datetime or bool(hours)
    if isinstance(date, str):
        as_string, as_datetime = True, as_datetime or " " in date
        try:
            date = parser.parse(date)
        except ParserError:
            frappe.throw(frappe._("Please select a valid date filter"), title=frappe._("Invalid Date"))
    date = date + relativedelta(
        years=years, months=months, weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds
    )
    return date.strftime(DATETIME_FORMAT if as_datetime else DATE_FORMAT) if as_string else date


def add_days(date, days):
    """Return the date `days` later, in the type it came in."""
    return add_to_date(date, days=days)


def add_months(date, months):
    """Return the date `months` later, clipped to the end of the month."""
    return add_to_date(date, months=months)


def date_diff(string_ed_date, string_st_date) -> int:
    """Return the days from the second date to the first."""
    return (getdate(string_ed_date) - getdate(string_st_date)).days


def time_diff(string_ed_date, string_st_date) -> datetime.timedelta:
    """Return the time from the second moment to the first."""
    return get_datetime(string_ed_date) - get_datetime(string_st_date)


def time_diff_in_seconds(string_ed_date, string_st_date) -> float:
    """Return the seconds from the second moment to the first."""
    return time_diff(string_ed_date, string_st_date).total_seconds()


def _dated(date: datetime.date, as_str: bool):
    return date.strftime(DATE_FORMAT) if as_str else date


def get_first_day(dt, d_years: int = 0, d_months: int = 0, as_str: bool = False):
    """Return the first day of the month, shifted by years and months."""
    return _dated(getdate(dt).replace(day=1) + relativedelta(years=d_years, months=d_months), as_str)


def get_last_day(dt) -> datetime.date:
    """Return the last day of the month."""
    return get_first_day(dt, 0, 1) - datetime.timedelta(days=1)


def get_user_date_format() -> str:
    """Return the date format of the site, for instance yyyy-mm-dd."""
    return _setting("date_format") or "yyyy-mm-dd"


def get_user_time_format() -> str:
    """Return the time format of the site, for instance HH:mm:ss."""
    return _setting("time_format") or "HH:mm:ss"


def _strftime(pattern: str) -> str:
    names = {"yyyy": "%Y", "mm": "%m", "MM": "%m", "dd": "%d", "HH": "%H", "ss": "%S"}
    return re.sub("yyyy|mm|MM|dd|HH|ss", lambda match: names[match.group()], pattern)


def formatdate(string_date=None, format_string: str | None = None, parse_day_first: bool = False) -> str:
    """Return a date in the site's format; empty stays empty."""
    if not string_date:
        return ""
    date = getdate(string_date, parse_day_first)
    return date.strftime(_strftime(format_string or get_user_date_format())) if date and date.year > 1 else ""


global_date_format = formatdate


def format_time(time_string=None, format_string: str | None = None) -> str:
    """Return a time of day in the site's format."""
    if time_string is None or time_string == "":
        return ""
    pattern = (format_string or get_user_time_format()).replace("mm", "%M")
    return get_time(time_string).strftime(_strftime(pattern))


def format_datetime(datetime_string, format_string: str | None = None) -> str:
    """Return a moment in the site's date and time formats."""
    if not datetime_string:
        return ""
    moment = get_datetime(datetime_string)
    return f"{formatdate(moment, format_string)} {format_time(moment)}" if moment else ""


def format_timedelta(o: datetime.timedelta) -> str:
    """Return a timedelta as h:mm:ss with microseconds when there are any."""
    return str(o)


def format_duration(seconds, hide_days=False) -> str:
    """Return seconds as "1d 2h 3m 4s"."""
    rest, parts = cint(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if unit == "d" and hide_days:
            continue
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)


# money -----------------------------------------------------------------------------------

# decimal mark, thousands mark, decimals
number_format_info = {
    "#,###.##": (".", ",", 2),
    "#.###,##": (",", ".", 2),
    "# ###.##": (".", " ", 2),
    "# ###,##": (",", " ", 2),
    "#'###.##": (".", "'", 2),
    "#, ###.##": (".", ", ", 2),
    "#,##,###.##": (".", ",", 2),
    "#,###.###": (".", ",", 3),
    "#.###": ("", ".", 0),
    "#,###": ("", ",", 0),
    "#.########": (".", "", 8),
}


def get_number_format_info(format: str) -> tuple[str, str, int]:
    """Return decimal mark, thousands mark and number of decimals of a number format."""
    return number_format_info.get(format) or (".", ",", 2)


def _shown_precision(amount: float, precision: int, currency: str | None, of_format: int) -> int:
    """Return the decimals to print: above two, only as many as the amount or the currency's coins need."""
    decimals = str(round(amount % 1, precision)).split(".")[-1]
    if precision <= 2 or len(decimals) >= precision:
        return precision
    if len(decimals) >= 3:
        return len(decimals)
    if not currency:
        return of_format
    fraction = frappe.db.get_value("Currency", currency, "fraction_units", cache=True) or 100
    return len(cstr(fraction)) - 1


def fmt_money(
    amount, precision: int | None = None, currency: str | None = None, format: str | None = None
) -> str:
    """Return an amount with thousands marks, decimals and the currency's symbol."""
    default = frappe.db.get_default if getattr(frappe.local, "db", None) else lambda key: None
    number_format = format or default("number_format") or "#,###.##"
    decimal_mark, thousands_mark, of_format = get_number_format_info(number_format)
    if precision is None:
        precision = cint(default("currency_precision")) or of_format
    amount = flt(amount, precision) if isinstance(amount, str) else flt(amount or 0)
    if decimal_mark:
        precision = _shown_precision(amount, precision, currency, of_format)
    digits = f"{round(amount, precision):.{precision}f}"
    whole, _dot, decimals = digits.lstrip("-").partition(".")
    groups = [whole[-3:]]
    whole, step = whole[:-3], 2 if number_format == "#,##,###.##" else 3
    while whole:
        groups.insert(0, whole[-step:])
        whole = whole[:-step]
    text = thousands_mark.join(groups) + (decimal_mark + decimals if precision and decimal_mark else "")
    if flt(digits) < 0:
        text = f"-{text}"
    if currency and default("hide_currency_symbol") != "Yes":
        row = frappe.db.get_value(
            "Currency", currency, ["symbol", "symbol_on_right"], as_dict=True, cache=True
        )
        symbol = frappe._((row and row.symbol) or currency)
        text = f"{text} {symbol}" if row and row.symbol_on_right else f"{symbol} {text}"
    return text


# text ------------------------------------------------------------------------------------


def strip_html(text: str) -> str:
    """Return the text without HTML tags."""
    return HTML_TAG_PATTERN.sub("", text)


def escape_html(text: str) -> str:
    """Return the text with the characters that HTML reserves escaped."""
    return html.escape(text, quote=True).replace("&#x27;", "&#39;") if text else text


def unescape_html(text: str) -> str:
    """Return the text with HTML entities as the characters they stand for."""
    return html.unescape(text)


def strip(val: str, chars: str | None = None) -> str:
    """Return the text without white space and zero-width characters around it."""
    return (val or "").replace("\ufeff", "").replace("\u200b", "").strip(chars)


def parse_json(val):
    """Return JSON text as Python values, anything else unchanged; dicts become `frappe._dict`."""
    if isinstance(val, str):
        val = json.loads(val)
    return frappe._dict(val) if isinstance(val, dict) and not isinstance(val, frappe._dict) else val


def quoted(url: str) -> str:
    """Return a path with reserved characters percent-encoded."""
    return quote(cstr(url), safe="~@#$&()*!+=:;,.?/'")


def get_url(uri: str | None = None, full_address: bool = False) -> str:
    """Return an absolute address on this site."""
    host = frappe.local.conf.get("host_name") or ""
    request = getattr(frappe.local, "request", None)
    if not host and request:
        host = request.host_url
    elif not host:
        host = f"http://{frappe.local.site}"
    if "://" not in host:
        host = f"http://{host}"
    return f"{host.rstrip('/')}/{quoted(uri or '').lstrip('/')}" if uri else host.rstrip("/")


def slug(name: str) -> str:
    """Return a DocType's name as it stands in addresses."""
    return name.lower().replace(" ", "-")


def get_absolute_url(doctype: str, name: str) -> str:
    """Return the path of a document's form."""
    return f"/app/{quoted(slug(doctype))}/{quoted(name)}"


def get_url_to_form(doctype: str, name: str) -> str:
    """Return the absolute address of a document's form."""
    return get_url(get_absolute_url(doctype, name))


def get_link_to_form(doctype: str, name: str, label: str | None = None) -> str:
    """Return an HTML link to a document."""
    return f'<a href="{get_url_to_form(doctype, name)}">{label or name}</a>'


# filters on a document -------------------------------------------------------------------


operator_map = {
    "^": lambda a, b: cstr(a).startswith(cstr(b)),
    "in": lambda a, b: a in (b if isinstance(b, (list, tuple, set)) else cstr(b).split(",")),
    "not in": lambda a, b: a not in (b if isinstance(b, (list, tuple, set)) else cstr(b).split(",")),
    "like": lambda a, b: cstr(b).strip("%").lower() in cstr(a).lower(),
    "is": lambda a, b: bool(a) == (b == "set"),
    "None": lambda a, b: a is None,
    "not None": lambda a, b: a is not None,
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def compare(val1, condition: str, val2, fieldtype: str | None = None) -> bool:
    """Return whether `val1 condition val2` holds after casting both to the field type."""
    if fieldtype:
        val1 = cast(fieldtype, val1)
        val2 = cast(fieldtype, val2) if not isinstance(val2, (list, tuple)) and condition != "is" else val2
    return bool(condition in operator_map and operator_map[condition](val1, val2))


def unique(seq) -> list:
    """Return the values in order, each once."""
    return list(dict.fromkeys(seq))


def generate_hash(txt: str | None = None, length: int = 56) -> str:
    """Return random hexadecimal digits."""
    return secrets.token_hex(math.ceil(length / 2))[:length]
