"""The cells of exported files: every way of writing that is taken, and every one that is refused."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.api import import_values as values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", "12"),
        ("1,234.5", "1234.5"),
        ("1,234,567", "1234567"),
        ("１２．５", "12.5"),
        ("１，２００", "1200"),
        (" ¥3.20 ", "3.20"),
        ("￥３．２０", "3.20"),
        ("USD 4.5", "4.5"),
        ("5%", "5"),
        ("-0.5", "-0.5"),
        ("1 000", "1000"),
        ("1e3", "1000"),
        ("0", "0"),
    ],
)
def test_numbers(text, value):
    assert values.number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "面议", "1,23", "1.234,5", "12abc", "--1", "NaN", "inf", "1,2345", "百分之一"]
)
def test_no_numbers(text):
    with pytest.raises(ValueError, match="number"):
        values.number(text)


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("7.0", 7), ("1,000", 1000)])
def test_whole_numbers(text, value):
    assert values.whole_number(text) == value


def test_no_whole_number():
    with pytest.raises(ValueError, match="whole"):
        values.whole_number("7.5")


@pytest.mark.parametrize(
    "text",
    ["2025-03-04", "2025/3/4", "2025.03.04", "20250304", "2025年3月4日", "２０２５－０３－０４", " 2025-3-4 ",
     "2025-03-04 00:00:00", "45720"],
)  # fmt: skip
def test_dates(text):
    assert values.date(text) == datetime.date(2025, 3, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("31/12/2025", datetime.date(2025, 12, 31)),
        ("12/31/2025", datetime.date(2025, 12, 31)),
        ("5.5.2025", datetime.date(2025, 5, 5)),
    ],
)
def test_dates_with_the_year_last_where_they_can_be_nothing_else(text, value):
    assert values.date(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("03/04/2025", "cannot be told apart"),
        ("2025-02-30", "exists"),
        ("2025-13-01", "exists"),
        ("25-3-4", "such as"),
        ("tomorrow", "such as"),
        ("", "such as"),
        ("2025-03-04 10:15:00", "such as"),
    ],
)
def test_no_dates(text, says):
    with pytest.raises(ValueError, match=says):
        values.date(text)


@given(st.dates(datetime.date(1950, 1, 1), datetime.date(2060, 1, 1)), st.sampled_from("-/."))
def test_every_day_is_read_with_every_separator(day, mark):
    assert values.date(f"{day.year}{mark}{day.month}{mark}{day.day}") == day


@pytest.mark.parametrize(
    ("text", "value"), [("是", 1), ("Y", 1), ("√", 1), ("１", 1), ("否", 0), ("No", 0), ("", 0)]
)
def test_yes_or_no(text, value):
    assert values.yes_or_no(text) == value


def test_neither_yes_nor_no():
    with pytest.raises(ValueError, match="yes or no"):
        values.yes_or_no("maybe")


@pytest.mark.parametrize(
    ("text", "plain"),
    [("  东莞市（一）厂　", "东莞市（一）厂"), ("ＡＢ１２", "AB12"), ("a\u3000b", "a b"), ("，", "，")],
)
def test_text_keeps_its_punctuation(text, plain):
    assert values.plain_text(text) == plain


def test_spellings_of_one_code_are_the_same():
    assert values.code_key("Ｓ－０１０６ ") == values.code_key(" s-0106")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_files_in_every_encoding_and_with_every_separator(encoding, mark):
    text = f'料号{mark}品名\r\nA-1{mark}"螺丝{mark}大"\r\n\r\n,,\r\n'.replace(",,", mark)
    rows = values.rows(text.encode(encoding), "list.csv")
    assert rows == [(1, ["料号", "品名"]), (2, ["A-1", f"螺丝{mark}大"])]


def test_old_excel_files_are_refused():
    with pytest.raises(ValueError, match="xlsx"):
        values.rows(b"\xd0\xcf\x11\xe0rest", "list.xls")


def test_no_text_file():
    with pytest.raises(ValueError, match="UTF-8"):
        values.decode(b"\xff\x80\x80\xfe\xff")


def test_excel_files():
    from openpyxl import Workbook

    book, file = Workbook(), io.BytesIO()
    for row in (["料号", "数量", "日期"], ["A-1", 1200.0, datetime.datetime(2025, 3, 4)], [None, None, None]):
        book.active.append(row)
    book.save(file)
    assert values.rows(file.getvalue(), "list.xlsx") == [
        (1, ["料号", "数量", "日期"]),
        (2, ["A-1", "1200", "2025-03-04"]),
    ]


def test_broken_excel_file():
    with pytest.raises(ValueError, match="Excel"):
        values.rows(b"PK\x03\x04 nothing", "list.xlsx")
