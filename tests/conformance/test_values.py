"""Cases 36 to 51: casting, naming, child rows, fetched values, defaults, singles and copies."""

from __future__ import annotations

import datetime
import re

import frappe
import pytest
from frappe.utils import nowdate

from conformance.probes import (
    EXPRESSION,
    NOTE,
    ORDER,
    ROW,
    SINGLE,
    SUPPLIER,
    TYPES,
    note,
    order,
    stored,
    supplier,
)


def test_case_036_values_are_cast_when_written_not_in_memory():
    doc = frappe.get_doc(
        {"doctype": TYPES, "qty": "7.9", "rate": "1,234.5", "chk": "yes", "amount": "abc"}
    ).insert()
    assert (doc.qty, doc.rate, doc.chk, doc.amount) == ("7.9", "1,234.5", "yes", "abc")
    doc.reload()
    assert (doc.qty, doc.rate, doc.chk, doc.amount) == (7, 1234.5, 0, 0.0)
    assert type(doc.qty) is int
    assert type(doc.chk) is int


def test_case_037_types_after_loading():
    doc = frappe.get_doc(
        {
            "doctype": TYPES,
            "amount": 1 / 3,
            "rate": 1 / 3,
            "day": "2024-02-29",
            "moment": "2024-02-29 23:59:58",
            "clock": "12:34:56",
        }
    ).insert()
    doc.reload()
    assert doc.amount == 0.333333333
    assert doc.rate == 0.333333333
    assert type(doc.amount) is float
    assert doc.day == datetime.date(2024, 2, 29)
    assert type(doc.day) is datetime.date
    assert doc.moment == datetime.datetime(2024, 2, 29, 23, 59, 58)
    assert doc.clock == datetime.timedelta(hours=12, minutes=34, seconds=56)
    assert isinstance(doc.creation, datetime.datetime)
    assert doc.text is None


def test_case_038_naming_series_counts_per_expanded_prefix():
    year = nowdate()[:4]
    first, second = order().insert(), order().insert()
    assert [first.name, second.name] == [f"PO-{year}-00001", f"PO-{year}-00002"]
    assert frappe.db.sql("SELECT current FROM `tabSeries` WHERE name = %s", f"PO-{year}-") == ((2,),)
    other = order(naming_series="PM-.##.-.YY.-").insert()
    assert other.name == f"PM-01-{year[2:]}-"


def test_case_039_failed_insert_burns_a_number_until_rollback():
    frappe.db.savepoint("numbers")
    with pytest.raises(frappe.MandatoryError):
        order(items=[{"qty": 1}]).insert()
    assert order().insert().name.endswith("-00002")
    frappe.db.rollback(save_point="numbers")
    assert order().insert().name.endswith("-00001")


def test_case_042_expression_names_count_per_prefix():
    names = [frappe.get_doc({"doctype": EXPRESSION, "code": code}).insert().name for code in ("a", "b", "a")]
    assert names == ["PE-a-0001", "PE-b-0001", "PE-a-0002"]


def test_case_043_name_by_field():
    with pytest.raises(frappe.ValidationError) as error:
        frappe.get_doc({"doctype": SUPPLIER, "supplier_name": " "}).insert()
    assert str(error.value) == "Supplier Name is required"
    doc = supplier("Alpha")
    doc.supplier_name = "Beta"
    doc.save()
    assert stored(SUPPLIER, "Alpha", "supplier_name") == "Alpha"


def test_case_044_prompt_needs_a_name():
    with pytest.raises(frappe.ValidationError) as error:
        frappe.get_doc({"doctype": NOTE}).insert()
    assert str(error.value) == "Please set the document name"


def test_case_045_angle_brackets_in_a_name():
    with pytest.raises(frappe.NameError) as error:
        note("a<b")
    assert error.value.http_status_code == 409
    assert str(error.value) == "Name cannot contain special characters like '<', '>'"


def test_case_046_rows_keep_their_names_when_one_is_removed_and_one_added():
    doc = order(items=[{"item": "a"}, {"item": "b"}, {"item": "c"}]).insert()
    first, middle, last = (row.name for row in doc.get("items"))
    doc.remove(doc.get("items")[1])
    doc.append("items", {"item": "d"})
    doc.save()
    doc.reload()
    rows = [(row.idx, row.item) for row in doc.get("items")]
    assert rows == [(1, "a"), (2, "c"), (3, "d")]
    assert [row.name for row in doc.get("items")][:2] == [first, last]
    assert frappe.db.exists(ROW, middle) is None


def test_case_047_rows_without_names_are_made_anew_and_unknown_names_are_lost():
    doc = order(items=[{"item": "a"}, {"item": "b"}]).insert()
    before = {row.name for row in doc.get("items")}
    doc.set("items", [{"item": "a"}, {"item": "b"}])
    doc.save()
    doc.reload()
    assert [row.item for row in doc.get("items")] == ["a", "b"]
    assert before.isdisjoint({row.name for row in doc.get("items")})
    doc.append("items", {"item": "made up", "name": "no-such-row"})
    doc.save()
    doc.reload()
    assert [row.item for row in doc.get("items")] == ["a", "b"]


def test_case_048_fetched_values():
    supplier("F1", group="Metal", tax_id="T1")
    doc = order(supplier="F1", supplier_group="typed", supplier_tax="typed").insert()
    assert (doc.supplier_group, doc.supplier_tax) == ("Metal", "typed")
    empty = order(supplier="F1").insert()
    assert empty.supplier_tax == "T1"
    doc.submit()
    frappe.db.set_value(SUPPLIER, "F1", "group", "Wood")
    doc.aos = "x"
    doc.save()
    assert stored(ORDER, doc.name, "supplier_group") == "Metal"
    empty.reload()
    empty.supplier_group = "typed"
    empty.save()
    assert stored(ORDER, empty.name, "supplier_group") == "Wood"


def test_case_049_defaults_of_new_documents(clean_caches):
    supplier("S1")
    frappe.db.set_default("supplier", "S1", "Administrator")
    frappe.db.set_default("tax_id", "T9", "Administrator")
    doc = frappe.new_doc(TYPES)
    assert doc.choice == "First"
    assert not doc.optional_choice
    assert str(doc.today_too) == nowdate()
    assert doc.creator == "Administrator"
    assert doc.chk == 0
    assert re.fullmatch(r"\d{1,2}:\d{2}:\d{2}(\.\d+)?", str(doc.clock))
    assert doc.moment is None
    assert doc.supplier == "S1"
    assert doc.tax_id is None


def test_case_050_single_values():
    assert frappe.db.get_single_value(SINGLE, "number") == 0
    assert frappe.db.get_single_value(SINGLE, "flag") == 0
    assert frappe.db.get_single_value(SINGLE, "money") == 0.0
    assert frappe.db.get_single_value(SINGLE, "day") == datetime.date(1, 1, 1)
    frappe.db.set_single_value(SINGLE, "number", 7)
    assert frappe.db.get_single_value(SINGLE, "number") == 7
    assert frappe.db.get_value(SINGLE, None, "number") == "7"
    doc = frappe.get_doc(SINGLE)
    doc.text = "saved"
    doc.save()
    assert frappe.db.get_single_value(SINGLE, "text") == "saved"
    assert frappe.get_doc(SINGLE).number == 7


def test_case_051_copies_keep_no_copy_fields_and_lose_their_identity():
    original = note("N1", no_copy_text="kept", code="c")
    copy = frappe.copy_doc(original)
    assert (copy.no_copy_text, copy.code) == ("kept", "c")
    assert copy.name is None
    assert copy.owner is None
    without = frappe.copy_doc(original, ignore_no_copy=False)
    assert without.get("no_copy_text") is None
    submitted = order(amended_from=None).insert().submit()
    assert frappe.copy_doc(submitted).docstatus == 0
    frappe.flags.in_test = True
    assert frappe.copy_doc(submitted).docstatus == 1
