"""Read the cells of exported files: text, numbers, dates and yes/no as people and old programs write them.

Every function returns the value, or raises `ValueError` whose text says what was expected.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

ENCODINGS = ("utf-8-sig", "gb18030", "big5")
YES = frozenset({"1", "y", "yes", "true", "是", "√", "v", "有", "对"})
NO = frozenset({"0", "n", "no", "false", "否", "×", "x", "无", "不", "-", ""})
EXCEL_DAY_ZERO = datetime.date(1899, 12, 30)
_DATE_PARTS = re.compile(
    r"(\d{1,4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,4})\s*日?(?:[ T]+00:00(?::00(?:\.0+)?)?)?"
)


def half_width(text: str) -> str:
    """Return text with full-width letters, digits, signs and blanks made ordinary, for codes and numbers."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def plain_text(text: str) -> str:
    """Return text without blanks around it, with full-width letters and digits made ordinary.

    Chinese punctuation stays as it was typed.
    """
    made = "".join(
        unicodedata.normalize("NFKC", c) if "０" <= c <= "９" or "Ａ" <= c <= "Ｚ" or "ａ" <= c <= "ｚ" else c
        for c in text.replace("\u3000", " ").replace("\xa0", " ")
    )
    return made.strip()


def number(text: str) -> Decimal:
    """Return the number written as `1,234.5`, `１２．５`, `¥3.20`, `5%` or `1.2e3`; 5% is 5."""
    plain = half_width(text).replace(" ", "")
    plain = re.sub(r"^(?:CNY|RMB|USD|EUR|[¥￥$€])", "", plain, flags=re.IGNORECASE).removesuffix("%")
    if "," in plain and not re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        raise ValueError("a number such as 1,234.50 (comma for thousands, point for decimals)")
    try:
        value = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError("a number such as 1234.50")
    return value


def whole_number(text: str) -> int:
    """Return the whole number written as for `number`; `7.0` is 7."""
    value = number(text)
    if value != value.to_integral_value():
        raise ValueError("a whole number")
    return int(value)


def date(text: str) -> datetime.date:
    """Return the day written year first with any separator, in Chinese, as eight digits or as Excel's count.

    Day or month first is taken only where it can be nothing else: 31/12/2025 yes, 03/04/2025 no.
    """
    plain = half_width(text)
    expected = ValueError("a date such as 2025-12-31")
    if re.fullmatch(r"\d{8}", plain):
        year, month, day = int(plain[:4]), int(plain[4:6]), int(plain[6:])
    elif re.fullmatch(r"\d{5}(?:\.0+)?", plain):
        return EXCEL_DAY_ZERO + datetime.timedelta(days=int(float(plain)))
    elif parts := _DATE_PARTS.fullmatch(plain):
        first, second, third = parts.groups()
        if len(first) == 4:
            year, month, day = int(first), int(second), int(third)
        elif len(third) == 4 and len(first) <= 2:
            year, month, day = int(third), *_month_and_day(int(first), int(second))
        else:
            raise expected
    else:
        raise expected
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise ValueError("a day that exists, such as 2025-12-31") from None


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    if first > 12 >= second:
        return second, first
    if second > 12 >= first:
        return first, second
    if first == second:
        return first, second
    raise ValueError("a date with the year first, such as 2025-12-31; day and month cannot be told apart")


def yes_or_no(text: str) -> int:
    """Return 1 for a yes in English, Chinese or as a mark, 0 for a no or a blank."""
    plain = half_width(text).casefold()
    if plain in YES:
        return 1
    if plain in NO:
        return 0
    raise ValueError("yes or no (是 or 否)")


def code_key(text: str) -> str:
    """Return what two spellings of one code have in common: width, case and blanks do not count."""
    return half_width(text).casefold()


# --- files ------------------------------------------------------------------------------------------


def decode(content: bytes) -> str:
    """Return the text of a CSV file in UTF-8 (with or without mark), UTF-16, GB18030 or Big5."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("a text file in UTF-8, UTF-16, GB18030 or Big5")


def csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of a CSV file separated by comma, semicolon or tab."""
    text = decode(content)
    head = text[:4000].splitlines()[:5]
    separator = max(",;\t", key=lambda mark: sum(line.count(mark) for line in head))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    for cells in reader:
        yield reader.line_num, cells


def xlsx_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and cells, as text, of the first sheet of an XLSX file."""
    import zipfile

    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise ValueError("an XLSX file that Excel can open") from None
    for line, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
        yield line, [_cell_text(cell) for cell in cells]


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return str(value)


def rows(content: bytes, filename: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a CSV or XLSX file that are not blank, each with its line number."""
    name = filename.lower()
    if content.startswith(b"PK\x03\x04") or name.endswith(".xlsx"):
        found = xlsx_rows(content)
    elif content.startswith(b"\xd0\xcf\x11\xe0") or name.endswith(".xls"):
        raise ValueError("a CSV or XLSX file; save the old .xls file as .xlsx first")
    else:
        found = csv_rows(content)
    return [(line, cells) for line, cells in found if any(cell.strip() for cell in cells)]
