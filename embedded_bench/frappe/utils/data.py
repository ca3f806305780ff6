"""Numbers, dates, money and text: the value helpers of `frappe.utils`."""

import datetime
import html
import json
import math
import re
import secrets
from urllib.parse import quote
from zoneinfo import ZoneInfo

import frappe
from dateutil import parser
from dateutil.parser import ParserError
from dateutil.relativedelta import relativedelta

DATE_FORMAT, TIME_FORMAT = "%Y-%m-%d", "%H:%M:%S.%f"
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
LEGACY, COMMERCIAL = "Banker's Rounding (legacy)", "Commercial Rounding"


def _setting(key: str):
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
    try:
        number = float(s.replace(",", "") if isinstance(s, str) else s)
        return number if precision is None else rounded(number, precision, rounding_method)
    except (TypeError, ValueError, OverflowError):
        return 0.0


def rounded(num, precision=0, rounding_method=None):
    """Round by the method of System Settings (default: legacy banker's rounding)."""
    method, precision = rounding_method or _setting("rounding_method") or LEGACY, cint(precision)
    if method not in (LEGACY, COMMERCIAL):
        raise frappe.NotSupported(f"rounding by {method!r} is not supported by the embedded bench")
    if method == COMMERCIAL and num:
        # The smallest step of a float of this size: what a tie that it cannot represent is off by.
        return round(num + math.copysign(2.0 ** (math.log(abs(num), 2) - 52.0), num), precision)
    scaled = round(num * 10**precision, 8)
    whole = math.floor(scaled)
    if scaled - whole == 0.5:  # legacy: ties go to even for whole numbers, up when there are decimals
        scaled = whole + (1 if precision else whole % 2)
    return round(scaled) / 10**precision if precision else round(scaled)


def cstr(s, encoding="utf-8") -> str:
    """Return `s` as text; None is empty, bytes are decoded."""
    return frappe.as_unicode(s, encoding)


def sbool(x):
    """Return True or False for "true"/"1"/"false"/"0", anything else unchanged."""
    known = {"true": True, "1": True, "false": False, "0": False}
    return known.get(x.lower(), x) if isinstance(x, str) else x


def cast(fieldtype: str, value=None, show_warning: bool = True):
    """Return `value` as the Python type of the field type; empty numbers are 0, empty dates 0001-01-01."""
    if fieldtype in ("Date", "Datetime") and not value:
        return getattr(datetime, fieldtype.lower())(1, 1, 1)
    return _CASTS.get(fieldtype, lambda given: given)(value)


cast_fieldtype = cast

# dates -----------------------------------------------------------------------------------


def get_system_timezone() -> str:
    return _setting("time_zone") or "Asia/Kolkata"


def now_datetime() -> datetime.datetime:
    """Return the present moment in the site's time zone, naive."""
    return datetime.datetime.now(ZoneInfo(get_system_timezone())).replace(tzinfo=None)


def now() -> str:
    """Return the present moment as text; `frappe.flags.current_date` replaces the date."""
    date = getdate(frappe.flags.current_date) if frappe.flags.current_date else nowdate()
    return f"{date} {nowtime()}"


def nowdate() -> str:
    return now_datetime().strftime(DATE_FORMAT)


today = nowdate


def nowtime() -> str:
    return now_datetime().strftime(TIME_FORMAT)


def getdate(string_date=None, parse_day_first: bool = False) -> datetime.date | None:
    """Return a date; today for nothing, None for a zero date; text that is no date is refused."""
    if not string_date:
        return now_datetime().date()
    if isinstance(string_date, datetime.date):
        return string_date.date() if isinstance(string_date, datetime.datetime) else string_date
    if not isinstance(string_date, str) or string_date[:10] in ("0001-01-01", "0000-00-00"):
        return None
    try:
        return parser.parse(string_date, dayfirst=parse_day_first).date()
    except (ParserError, OverflowError):
        message = frappe._("{} is not a valid date string.").format(frappe.bold(string_date))
        frappe.throw(message, title=frappe._("Invalid Date"))


def get_datetime(datetime_str=None):
    """Return a datetime; now for None, midnight for a date, None for a zero date."""
    if datetime_str is None:
        return now_datetime()
    if isinstance(datetime_str, (datetime.datetime, datetime.timedelta)):
        return datetime_str
    if isinstance(datetime_str, datetime.date):
        return datetime.datetime.combine(datetime_str, datetime.time())
    if not datetime_str or datetime_str[:10] in ("0001-01-01", "0000-00-00"):
        return None
    return parser.parse(datetime_str)


def get_timedelta(time=None) -> datetime.timedelta | None:
    """Return a time of day as a timedelta."""
    moment = None if time is None else get_time(time)
    return moment and datetime.datetime.combine(datetime.date.min, moment) - datetime.datetime.min


def get_time(time_str) -> datetime.time:
    if isinstance(time_str, datetime.time):
        return time_str
    if isinstance(time_str, datetime.timedelta):
        return (datetime.datetime.min + time_str).time()
    return get_datetime(time_str).time()


def add_to_date(date, as_string=False, as_datetime=False, **shift):
    """Return the date shifted by years, months, weeks, days, hours, minutes and seconds; text in, text out."""
    date = now_datetime() if date is None else date
    as_datetime = as_datetime or "hours" in shift
    if isinstance(date, str):
        as_string, as_datetime, date = True, as_datetime or " " in date, parser.parse(date)
    date += relativedelta(**shift)
    return date.strftime(DATETIME_FORMAT if as_datetime else DATE_FORMAT) if as_string else date


def add_days(date, days):
    """Return the date `days` later, in the type it came in."""
    return add_to_date(date, days=days)


def add_months(date, months):
    """Return the date `months` later, clipped to the end of the month."""
    return add_to_date(date, months=months)


def get_first_day(dt, d_years: int = 0, d_months: int = 0, as_str: bool = False):
    """Return the first day of the month, shifted by years and months."""
    first = getdate(dt).replace(day=1) + relativedelta(years=d_years, months=d_months)
    return first.strftime(DATE_FORMAT) if as_str else first


def _format(value, words: str) -> str:
    names = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "HH": "%H", "MM": "%M", "ss": "%S"}
    return value.strftime(re.sub("|".join(names), lambda match: names[match.group()], words))


def formatdate(string_date=None, format_string: str | None = None, parse_day_first: bool = False) -> str:
    """Return a date in the site's format; empty stays empty."""
    date = getdate(string_date, parse_day_first) if string_date else None
    words = format_string or _setting("date_format") or "yyyy-mm-dd"
    return _format(date, words.replace("MM", "mm")) if date and date.year > 1 else ""


def format_time(time_string=None, format_string: str | None = None) -> str:
    words = format_string or _setting("time_format") or "HH:mm:ss"
    return "" if time_string in (None, "") else _format(get_time(time_string), words.replace("mm", "MM"))


def format_datetime(datetime_string, format_string: str | None = None) -> str:
    moment = get_datetime(datetime_string) if datetime_string else None
    return f"{formatdate(moment, format_string)} {format_time(moment)}" if moment else ""


_CASTS = {
    **dict.fromkeys(("Currency", "Float", "Percent", "Rating"), flt),
    **dict.fromkeys(("Int", "Check"), lambda value: cint(sbool(value))),
    **dict.fromkeys(("Data", "Text", "Small Text", "Text Editor", "Select", "Link", "Dynamic Link"), cstr),
    "Date": getdate,
    "Datetime": get_datetime,
    "Time": get_timedelta,
}

# money -----------------------------------------------------------------------------------


def get_number_format_info(format: str) -> tuple[str, str, int]:
    """Return decimal mark, thousands mark and number of decimals of a number format like `#.###,##`."""
    _whole, thousands_mark, rest = re.fullmatch(r"(#)([^#]+)(.*)", format).groups()
    marks = re.findall(r"[^#]", rest)
    decimal_mark = marks[-1] if marks else ""
    return decimal_mark, thousands_mark, len(rest.rpartition(decimal_mark)[2]) if decimal_mark else 0


def fmt_money(amount, precision: int | None = None, currency: str | None = None, format=None) -> str:
    """Return an amount with thousands marks, decimals and the currency's symbol."""
    default = frappe.db.get_default
    number_format = format or default("number_format") or "#,###.##"
    decimal_mark, thousands_mark, of_format = get_number_format_info(number_format)
    precision = precision if precision is not None else cint(default("currency_precision")) or of_format
    amount = flt(amount, precision) if isinstance(amount, str) else flt(amount or 0)
    digits = f"{round(amount, precision):.{precision}f}"
    whole, _dot, decimals = digits.lstrip("-").partition(".")
    text = ("-" if flt(digits) < 0 else "") + f"{int(whole):,}".replace(",", thousands_mark)
    text += decimal_mark + decimals if precision and decimal_mark else ""
    if currency and default("hide_currency_symbol") != "Yes":
        symbol = frappe.db.get_value("Currency", currency, "symbol", cache=True)
        text = f"{frappe._(symbol or currency)} {text}"
    return text


# text ------------------------------------------------------------------------------------


def strip_html(text: str) -> str:
    """Return the text without HTML tags."""
    return re.sub("<[^>]+>", "", text)


def escape_html(text: str) -> str:
    return html.escape(text).replace("&#x27;", "&apos;") if text else text


def parse_json(val):
    """Return JSON text as Python values, anything else unchanged; dicts become `frappe._dict`."""
    val = json.loads(val) if isinstance(val, str) else val
    return frappe._dict(val) if isinstance(val, dict) else val


def get_absolute_url(doctype: str, name: str) -> str:
    return f"/app/{quote(doctype.lower().replace(' ', '-'))}/{quote(name, safe='')}"


def generate_hash(txt: str | None = None, length: int = 56) -> str:
    return secrets.token_hex(math.ceil(length / 2))[:length]
