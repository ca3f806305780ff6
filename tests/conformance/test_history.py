"""Cases 86 to 90: versions, links that block, renaming."""

from __future__ import annotations

import json
import re

import frappe
import pytest

from conformance import probes
from conformance.probes import INVOICE, NOTE, ORDER, note, order, stored

pytestmark = pytest.mark.usefixtures("clean_caches")


def versions(doctype: str, name: str) -> list[str]:
    """Return the data of the versions of a document, oldest first."""
    return frappe.get_all(
        "Version", filters={"ref_doctype": doctype, "docname": name}, order_by="creation", pluck="data"
    )


def test_case_086_version_holds_formatted_changes_and_rows():
    doc = order(amount=10, items=[{"item": "a", "qty": 1}, {"item": "b", "qty": 2}]).insert()
    assert versions(ORDER, doc.name) == []
    doc.reload()
    doc.save()
    assert versions(ORDER, doc.name) == []
    doc.db_set("code", "silent")
    assert versions(ORDER, doc.name) == []
    doc.reload()
    doc.amount = 1234.5
    doc.order_date = "2024-02-29"
    kept, dropped = doc.get("items")
    kept.qty = 5
    doc.remove(dropped)
    doc.append("items", {"item": "c", "qty": 3})
    doc.save()
    (text,) = versions(ORDER, doc.name)
    data = json.loads(text)
    assert list(data) == [
        "added",
        "changed",
        "data_import",
        "removed",
        "row_changed",
        "updater_reference",
    ]
    assert ", " not in text.split('"added"')[0]
    assert sorted(data["changed"]) == [["amount", "10.00", "1,234.50"], ["order_date", None, "2024-02-29"]]
    assert data["row_changed"] == [["items", 0, kept.name, [["qty", "1", "5"]]]]
    ((table, row),) = data["added"]
    assert (table, row["item"], row["doctype"]) == ("items", "c", probes.ROW)
    ((table, row),) = data["removed"]
    assert (table, row["item"], row["name"]) == ("items", "b", dropped.name)
    assert frappe.db.get_value("Version", {"docname": doc.name}, "owner") == "Administrator"


def test_case_087_no_version_under_tests_unless_asked():
    doc = note("N-1", code="a")
    frappe.flags.in_test = True
    doc.code = "b"
    doc.save()
    assert versions(NOTE, "N-1") == []
    doc.code = "c"
    doc.save(ignore_version=False)
    assert len(versions(NOTE, "N-1")) == 1


def test_case_088_amended_insert_is_compared_with_the_cancelled_document():
    first = order().insert().submit()
    first.cancel()
    copy = frappe.copy_doc(first)
    copy.amended_from = first.name
    copy.insert()
    (text,) = versions(ORDER, copy.name)
    data = json.loads(text)
    assert ["amended_from", None, first.name] in data["changed"]
    assert ["name", first.name, copy.name] in data["changed"]
    assert ["docstatus", 2, 0] in data["changed"]
    assert [table for table, _ in data["added"]] == ["items"]
    assert [table for table, _ in data["removed"]] == ["items"]


def test_case_089_links_block_delete():
    doc = order().insert()
    invoice = frappe.get_doc({"doctype": INVOICE, "purchase": doc.name}).insert()
    with pytest.raises(frappe.LinkExistsError) as error:
        frappe.delete_doc(ORDER, doc.name)
    text = re.sub(r"<a [^>]*>([^<]*)</a>", r"\1", str(error.value))
    assert text.strip() == (
        f"Cannot delete or cancel because {ORDER} {doc.name} is linked with {INVOICE} {invoice.name}"
    )
    frappe.delete_doc(ORDER, doc.name, force=1)
    assert stored(ORDER, doc.name, "name") is None


def test_case_089_only_submitted_links_block_cancel():
    doc = order().insert().submit()
    frappe.get_doc({"doctype": INVOICE, "purchase": doc.name}).insert()
    doc.cancel()
    assert stored(ORDER, doc.name) == 2

    second = order().insert().submit()
    invoice = frappe.get_doc({"doctype": INVOICE, "purchase": second.name}).insert()
    invoice.submit()
    frappe.db.savepoint("linked")
    with pytest.raises(frappe.LinkExistsError):
        frappe.get_doc(ORDER, second.name).cancel()
    frappe.db.rollback(save_point="linked")
    held = frappe.get_doc(ORDER, second.name)
    held.ignore_linked_doctypes = (INVOICE,)
    held.cancel()
    assert stored(ORDER, second.name) == 2
