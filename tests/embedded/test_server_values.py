"""Value helpers of the embedded bench: rounding, dates, money, HTML, templates, expressions, type hints."""

from __future__ import annotations

import datetime

import pytest


def test_other_rounding_methods_are_named(db):
    assert [db.utils.flt(value, 2, "Commercial Rounding") for value in (0.125, 2.675, 1.005)] == [
        0.13,
        2.68,
        1.01,
    ]
    with pytest.raises(db.NotSupported, match="Banker"):
        db.utils.flt(1.5, 0, "Banker's Rounding")


@pytest.mark.parametrize(
    ("text", "number", "integer"),
    [
        ("1,234.5", 1234.5, 0),
        ("12%", 0.0, 0),
        ("5.9", 5.9, 5),
        (None, 0.0, 0),
        ("nan?", 0.0, 0),
        (True, 1.0, 1),
    ],
)
def test_numbers_from_text(db, text, number, integer):
    assert db.utils.flt(text) == number
    assert db.utils.cint(text) == integer


def test_dates(db):
    utils = db.utils
    assert utils.getdate("31-12-2024") == utils.getdate("12/31/2024") == datetime.date(2024, 12, 31)
    assert utils.getdate("0001-01-01") is None
    assert utils.add_days("2024-02-28", 2) == "2024-03-01"
    assert utils.add_months(datetime.date(2024, 1, 31), 1) == datetime.date(2024, 2, 29)
    assert utils.get_first_day("2023-02-10", d_months=11) == datetime.date(2024, 1, 1)
    assert utils.add_to_date("2024-01-01 10:00:00", hours=20) == "2024-01-02 06:00:00.000000"
    with pytest.raises(db.ValidationError, match="<strong>garbage</strong> is not a valid date string"):
        utils.getdate("garbage")


def test_money(db):
    fmt_money = db.utils.fmt_money
    assert fmt_money(1234567.891) == "1,234,567.89"
    assert fmt_money(-1234.5, precision=2) == "-1,234.50"
    assert fmt_money(100000, format="#.###,##") == "100.000,00"
    assert fmt_money("0.126", precision=2) == "0.13"
    assert fmt_money(0) == "0.00"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain < text", "plain < text"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('<img src="x" onerror="alert(1)">', '<img src="x">'),
        ('<a href="java\nscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="/app/x">x</a>', '<a href="/app/x">x</a>'),
        ('<p style="background: url(javascript:1)">x</p>', '<p style="">x</p>'),
        ('{"a": "<script>"}', '{"a": "<script>"}'),
        ("<iframe src='//evil'></iframe>", "&lt;iframe src='//evil'&gt;&lt;/iframe&gt;"),
        ("<p>a<b", "<p>a&lt;b</p>"),
    ],
)
def test_html_is_cleaned(db, given, expected):
    assert db.utils.sanitize_html(given) == expected


def test_expressions_are_restricted(db):
    assert db.safe_eval("doc.qty > 2 and int(doc.rate) == 3", None, {"doc": db._dict(qty=3, rate="3")})
    for code in ("__import__('os')", "(x := 1)", "''.__class__", "'{0.x}'.format(1)", "len([])"):
        with pytest.raises((SyntaxError, NameError)):
            db.safe_eval(code)


def test_templates_keep_unknown_names_and_refuse_internals(db):
    template = db.get_jenv().from_string("Hello {{ who }}, {{ nosuch }}{{ who.__class__ }}")
    assert template.render({"who": "A"}).startswith("Hello A, {{ nosuch }}{{")


def test_type_hints_convert_and_refuse(db):
    from frappe.utils.typing_validations import validate_argument_types

    def take(n, flag=False, note=None):
        return n, flag, note

    # Set here: this file's own annotations are text, which neither host looks at.
    take.__annotations__ = {"n": int, "flag": bool, "note": str | None}
    take = validate_argument_types(take)
    assert take(n="5", flag="1") == (5, 1, None)
    with pytest.raises(db.exceptions.FrappeTypeError, match="'n' should be of type 'int' but got 'str'"):
        take(n="five")


def test_spreadsheet_cells_are_never_formulas(db):
    import openpyxl
    from frappe.utils.xlsxutils import make_xlsx

    sheet = openpyxl.load_workbook(make_xlsx([["name", "rate"], ["=1+1", -2.5]], "Prices")).active
    assert [[cell.value for cell in row] for row in sheet.rows] == [["name", "rate"], ["=1+1", -2.5]]
    assert sheet["A2"].data_type == "s"


def test_passwords_are_hashed_and_fields_encrypted(db, unique):
    from frappe.utils.password import (
        check_password,
        get_decrypted_password,
        set_encrypted_password,
        update_password,
    )

    user = unique("nobody") + "@demo.example"
    update_password(user, "right one")
    set_encrypted_password("User", user, "s3cret", "api_secret")
    stored = db.db.sql("select `password` from `__Auth` where `name`=%s", (user,))
    assert not any(secret in row[0] for row in stored for secret in ("right one", "s3cret"))
    assert check_password(user, "right one") == user
    assert get_decrypted_password("User", user, "api_secret") == "s3cret"
    with pytest.raises(db.AuthenticationError):
        check_password(user, "wrong one")


def test_unsupported_names_say_so(db):
    with pytest.raises(db.exceptions.NotSupported, match=r"frappe\.utils\.nosuchthing"):
        db.utils.nosuchthing  # noqa: B018 - the access is the test
