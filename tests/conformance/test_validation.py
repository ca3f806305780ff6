"""Cases 17 to 35: what is refused when a document is saved, and with which words."""

from __future__ import annotations

import re

import frappe
import pytest

from conformance import probes
from conformance.probes import (
    INVOICE,
    NOTE,
    ORDER,
    ROW,
    SUPPLIER,
    TYPES,
    messages,
    note,
    order,
    stored,
    supplier,
)


def test_case_017_missing_values_are_all_named():
    doc = order(supplier=None, items=[{"qty": 1}])
    frappe.clear_messages()
    with pytest.raises(frappe.MandatoryError) as error:
        doc.insert()
    assert re.fullmatch(r"\[Probe Order, PO-\d{4}-00001\]: supplier, item", str(error.value))
    assert messages() == [
        "Error: Value missing for Probe Order: Supplier",
        "Error: <strong>Probe Order Item</strong> Row #1: Value missing for: Item",
    ]


@pytest.mark.parametrize("blank", ["<b></b>", "  "])
def test_case_018_markup_or_blanks_alone_are_missing(blank):
    with pytest.raises(frappe.MandatoryError):
        frappe.get_doc({"doctype": NOTE, "name": "N", "must_text": blank}).insert()


def test_case_018_zero_in_a_mandatory_number_is_a_value():
    note("N", must_number=0, must_text="x")
    assert stored(NOTE, "N", "must_number") == 0


def test_case_019_mandatory_depends_on_is_not_checked_by_the_server():
    doc = order(wanted_by=None).insert()
    assert stored(ORDER, doc.name, "wanted_by") is None


def test_case_020_select_refuses_what_is_not_an_option():
    with pytest.raises(frappe.ValidationError) as error:
        order(status="Bogus").insert()
    assert str(error.value) == (' Status cannot be "Bogus". It should be one of "Draft", "Open", "Closed"')
    with pytest.raises(frappe.ValidationError) as error:
        order(items=[{"item": "I", "kind": "C"}]).insert()
    assert str(error.value) == 'Row #1: Kind cannot be "C". It should be one of "A", "B"'


def test_case_020_select_strips_blanks_and_minds_case():
    doc = order(status=" Open ").insert()
    assert stored(ORDER, doc.name, "status") == "Open"
    with pytest.raises(frappe.ValidationError) as error:
        order(status="open").insert()
    assert 'Status cannot be "open"' in str(error.value)


def test_case_021_link_to_a_missing_name_is_refused_with_every_row():
    rows = [{"item": "I", "supplier": "Nope"}, {"item": "I", "supplier": "Nope2"}]
    with pytest.raises(frappe.LinkValidationError) as error:
        order(items=rows).insert()
    assert str(error.value) == "Could not find Row #1: Supplier: Nope, Row #2: Supplier: Nope2"


def test_case_022_link_with_fetch_dependants_to_a_missing_name_is_accepted():
    doc = order(supplier="Ghost").insert()
    assert stored(ORDER, doc.name, "supplier") == "Ghost"


def test_case_023_link_is_corrected_to_the_stored_name():
    supplier("Acme")
    doc = order(agent="ACME ", supplier="acme").insert()
    assert stored(ORDER, doc.name, "agent") == "Acme"
    assert stored(ORDER, doc.name, "supplier") == "Acme"


def test_case_024_link_to_a_cancelled_document():
    cancelled = order().insert().submit()
    cancelled.cancel()
    with pytest.raises(frappe.CancelledLinkError) as error:
        frappe.get_doc({"doctype": INVOICE, "purchase": cancelled.name}).insert()
    assert str(error.value) == f"Cannot link cancelled document: Purchase: {cancelled.name}"
    note("N", purchase=cancelled.name)
    assert stored(NOTE, "N", "purchase") == cancelled.name


def test_case_025_dynamic_link_needs_its_type():
    with pytest.raises(frappe.ValidationError) as error:
        order(ref_name="S1").insert()
    assert str(error.value) == "Ref Type must be set first"


def test_case_026_unique_field_repeats_only_when_blank():
    order(uni="one").insert()
    frappe.clear_messages()
    with pytest.raises(frappe.UniqueValidationError) as error:
        order(uni="one").insert()
    assert error.value.args[0] == ORDER
    assert messages() == ["Uni must be unique"]
    first, second = order(uni="").insert(), order(uni="").insert()
    assert stored(ORDER, first.name, "uni") is None
    assert stored(ORDER, second.name, "uni") is None


def test_case_027_same_name_twice():
    supplier("S9")
    frappe.clear_messages()
    with pytest.raises(frappe.DuplicateEntryError) as error:
        frappe.get_doc({"doctype": SUPPLIER, "supplier_name": "S9"}).insert()
    assert error.value.http_status_code == 409
    assert error.value.args[:2] == (SUPPLIER, "S9")
    assert messages() == ["Probe Supplier <strong>S9</strong> already exists"]
    with pytest.raises(frappe.DuplicateEntryError):
        frappe.get_doc({"doctype": SUPPLIER, "supplier_name": "s9"}).insert()
    frappe.get_doc({"doctype": SUPPLIER, "supplier_name": "S9"}).insert(ignore_if_duplicate=True)
    assert frappe.db.count(SUPPLIER, {"name": "S9"}) == 1


def test_case_028_text_longer_than_the_column():
    with pytest.raises(frappe.CharacterLengthExceededError) as error:
        order(short="x" * 11).insert()
    assert re.fullmatch(
        r"Probe Order PO-\d{4}-\d{5}: '<strong>Short</strong>' \(xxxxxxxxxxx\) will get truncated, "
        r"as max characters allowed is 10",
        str(error.value),
    )
    with pytest.raises(frappe.CharacterLengthExceededError) as error:
        order(items=[{"item": "y" * 141}]).insert()
    assert str(error.value) == (
        f"Probe Order Item, Row 1: '<strong>Item</strong>' ({'y' * 141}) will get truncated, "
        "as max characters allowed is 140"
    )
    doc = order(short="x" * 10, code="z" * 140).insert()
    assert stored(ORDER, doc.name, "code") == "z" * 140


def test_case_029_negative_number_in_a_row():
    rows = [{"item": "I", "qty": 1}, {"item": "I", "qty": -1}]
    with pytest.raises(frappe.NonNegativeError) as error:
        order(items=rows).insert()
    assert str(error.value) == (
        "<strong>Probe Order Item</strong> Row #2: Value cannot be negative for <strong>Qty</strong>"
    )


def test_case_030_stale_object_is_refused():
    doc = order(code="a").insert()
    stale = frappe.get_doc(ORDER, doc.name)
    doc.code = "b"
    doc.save()
    stale.code = "c"
    with pytest.raises(frappe.TimestampMismatchError) as error:
        stale.save()
    assert re.fullmatch(
        r"Error: Document has been modified after you have opened it \([^,]+, [^)]+\)\. "
        r"Please refresh to get the latest document\.",
        str(error.value),
    )
    assert stored(ORDER, doc.name, "code") == "b"


def test_case_030_db_set_value_makes_a_held_object_stale_unless_told_not_to():
    doc = order(code="a").insert()
    frappe.db.set_value(ORDER, doc.name, "code", "b")
    doc.short = "x"
    with pytest.raises(frappe.TimestampMismatchError):
        doc.save()
    doc = frappe.get_doc(ORDER, doc.name)
    frappe.db.set_value(ORDER, doc.name, "code", "c", update_modified=False)
    doc.short = "x"
    doc.save()
    assert stored(ORDER, doc.name, "code") == "b"


def _submitted():
    return order(short="a", items=[{"item": "I", "qty": 1}], items2=[{"label_text": "old"}]).insert().submit()


def test_case_031_submitted_fields_rows_and_table_sizes_are_locked():
    doc = _submitted()
    doc.short = "b"
    with pytest.raises(frappe.UpdateAfterSubmitError) as error:
        doc.save()
    assert str(error.value) == (
        " Not allowed to change <strong>Short</strong> after submission from "
        "<strong>a</strong> to <strong>b</strong>"
    )
    doc = frappe.get_doc(ORDER, doc.name)
    doc.get("items")[0].qty = 2
    with pytest.raises(frappe.UpdateAfterSubmitError) as error:
        doc.save()
    assert str(error.value) == (
        "Row #1: Not allowed to change <strong>Qty</strong> after submission from "
        "<strong>1.0</strong> to <strong>2.0</strong>"
    )
    doc = frappe.get_doc(ORDER, doc.name)
    doc.append("items", {"item": "I2"})
    with pytest.raises(frappe.UpdateAfterSubmitError):
        doc.save()
    doc = frappe.get_doc(ORDER, doc.name)
    doc.set("items", [])
    with pytest.raises(frappe.UpdateAfterSubmitError):
        doc.save()


def test_case_031_allow_on_submit_rows_may_change_and_grow():
    doc = _submitted()
    doc.get("items")[0].aos = "later"
    doc.items2[0].label_text = "new"
    doc.append("items2", {"label_text": "third"})
    doc.save()
    rows = frappe.get_all(
        probes.EXTRA, filters={"parent": doc.name}, fields=["label_text", "docstatus"], order_by="idx"
    )
    assert [(row.label_text, row.docstatus) for row in rows] == [("new", 1), ("third", 1)]
    assert frappe.db.get_value(ROW, {"parent": doc.name}, "aos") == "later"


def test_case_032_constant_fields():
    doc = order(const="a").insert()
    doc.const = "b"
    with pytest.raises(frappe.CannotChangeConstantError) as error:
        doc.save()
    assert str(error.value) == "Value cannot be changed for <strong>Const</strong>"
    doc = order().insert()
    doc.const = "b"
    with pytest.raises(frappe.CannotChangeConstantError):
        doc.save()
    for field, value in (("owner", "Guest"), ("creation", "2001-01-01 00:00:00")):
        doc = order().insert().reload()
        doc.set(field, value)
        with pytest.raises(frappe.CannotChangeConstantError):
            doc.save()


def test_case_033_link_set_in_validate_is_checked_at_the_next_save():
    def validate(self):
        self.agent = "Ghost"

    with probes.controller(ORDER, validate=validate):
        doc = order().insert()
    assert stored(ORDER, doc.name, "agent") == "Ghost"
    with pytest.raises(frappe.LinkValidationError):
        frappe.get_doc(ORDER, doc.name).save()


def test_case_034_bad_date_text_is_a_database_error():
    frappe.db.savepoint("bad_date")
    with pytest.raises(frappe.db.OperationalError) as error:
        order(order_date="garbage").insert()
    assert getattr(error.value, "http_status_code", 500) == 500
    frappe.db.rollback(save_point="bad_date")
    assert frappe.db.count(ORDER) == 0


def test_case_035_script_is_escaped_in_drafts_and_kept_in_submitted_inserts():
    draft = order(code="<script>alert(1)</script>").insert()
    assert stored(ORDER, draft.name, "code") == "&lt;script&gt;alert(1)&lt;/script&gt;"
    submitted = order(code="<script>alert(1)</script>")
    submitted.submit()
    assert stored(ORDER, submitted.name, "code") == "<script>alert(1)</script>"


def test_case_035_event_attributes_are_removed():
    doc = frappe.get_doc({"doctype": TYPES, "text": '<b onclick="x()">bold</b>'}).insert()
    assert stored(TYPES, doc.name, "text") == "<b>bold</b>"
