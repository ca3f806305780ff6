"""Cases 1 to 16: the order of the steps of insert, save, submit, cancel, delete and amend."""

from __future__ import annotations

import frappe
import pytest

from conformance import probes
from conformance.probes import ORDER, ROW, order, recorded, steps, stored


def test_case_001_insert_fires_every_step_in_order():
    with recorded() as calls:
        order().insert()
    assert steps(calls) == [
        "before_insert",
        "before_naming",
        "autoname",
        "before_validate",
        "validate",
        "before_save",
        "after_insert",
        "on_update",
        "on_change",
    ]
    assert calls[:3] == [
        ("before_insert", "controller"),
        ("before_insert", "doc_events"),
        ("before_insert", "*"),
    ]
    assert len(calls) == 27
    assert [who for _, who in calls] == ["controller", "doc_events", "*"] * 9


def test_case_002_submit_of_a_draft_runs_validate_and_on_update():
    name = order().insert().name
    with recorded() as calls:
        doc = frappe.get_doc(ORDER, name)
        doc.submit()
    assert steps(calls) == [
        "before_validate",
        "validate",
        "before_submit",
        "on_update",
        "on_submit",
        "on_change",
    ]
    assert stored(ORDER, doc.name) == 1
    assert frappe.get_all(ROW, filters={"parent": doc.name}, pluck="docstatus") == [1]
    assert doc.docstatus.is_submitted()


def test_case_003_save_after_submit_skips_validate_and_on_update():
    name = order().insert().submit().name
    with recorded() as calls:
        doc = frappe.get_doc(ORDER, name)
        doc.aos = "later"
        doc.save()
    assert steps(calls) == ["before_update_after_submit", "on_update_after_submit", "on_change"]
    assert stored(ORDER, doc.name, "aos") == "later"


def test_case_004_cancel_does_not_validate():
    doc = order().insert().submit()
    frappe.db.set_value(ORDER, doc.name, "status", "Bogus")
    with recorded() as calls:
        frappe.get_doc(ORDER, doc.name).cancel()
    assert steps(calls) == ["before_cancel", "on_cancel", "on_change"]
    assert stored(ORDER, doc.name) == 2
    assert stored(ORDER, doc.name, "status") == "Bogus"


def test_case_005_draft_cannot_be_cancelled():
    doc = order().insert()
    with pytest.raises(frappe.DocstatusTransitionError) as error:
        doc.cancel()
    assert str(error.value) == "Cannot change docstatus from 0 (Draft) to 2 (Cancelled)"
    assert error.value.http_status_code == 417


def test_case_006_submitted_cannot_become_draft():
    doc = order().insert().submit()
    doc.docstatus = 0
    with pytest.raises(frappe.DocstatusTransitionError) as error:
        doc.save()
    assert str(error.value) == "Cannot change docstatus from 1 (Submitted) to 0 (Draft)"


def test_case_007_cancelled_cannot_be_edited():
    doc = order().insert().submit()
    doc.cancel()
    doc.aos = "x"
    with pytest.raises(frappe.ValidationError) as error:
        doc.save()
    assert str(error.value) == "Cannot edit cancelled document"


def test_case_008_submit_of_an_unsaved_document_inserts_it_submitted():
    with recorded() as calls:
        doc = order()
        doc.submit()
    assert steps(calls) == [
        "before_insert",
        "before_naming",
        "autoname",
        "before_validate",
        "validate",
        "before_submit",
        "after_insert",
        "on_update",
        "on_submit",
        "on_change",
    ]
    assert stored(ORDER, doc.name) == 1


def test_case_009_throw_in_validate_keeps_the_row_and_the_object():
    name = order(code="old").insert().name

    def validate(self):
        frappe.throw("no")

    with probes.controller(ORDER, validate=validate):
        doc = frappe.get_doc(ORDER, name)
        doc.code = "new"
        with pytest.raises(frappe.ValidationError, match=r"^no$"):
            doc.save()
    assert doc.code == "new"
    assert stored(ORDER, doc.name, "code") == "old"


def test_case_010_throw_in_on_submit_leaves_docstatus_until_rollback():
    doc = order().insert()
    frappe.db.savepoint("before_submit_case")

    def on_submit(self):
        frappe.throw("no")

    with probes.controller(ORDER, on_submit=on_submit):
        doc = frappe.get_doc(ORDER, doc.name)
        with pytest.raises(frappe.ValidationError, match=r"^no$"):
            doc.submit()
    assert doc.docstatus == 1
    assert stored(ORDER, doc.name) == 1
    frappe.db.rollback(save_point="before_submit_case")
    assert stored(ORDER, doc.name) == 0


def test_case_011_ignore_validate_skips_hooks_but_not_the_built_in_checks():
    with recorded() as calls:
        doc = order()
        doc.flags.ignore_validate = True
        doc.insert()
    assert steps(calls) == [
        "before_insert",
        "before_naming",
        "autoname",
        "before_validate",
        "after_insert",
        "on_update",
        "on_change",
    ]
    bad = order(items=[{"qty": 1}])
    bad.flags.ignore_validate = True
    with pytest.raises(frappe.MandatoryError):
        bad.insert()


def test_case_012_delete_of_a_draft_runs_its_hooks_and_keeps_a_copy():
    doc = order(code="gone").insert()
    with recorded() as calls:
        frappe.delete_doc(ORDER, doc.name)
    assert steps(calls) == ["on_trash", "on_change", "after_delete"]
    assert frappe.db.exists(ORDER, doc.name) is None
    assert frappe.db.count(ROW, {"parent": doc.name}) == 0
    kept = frappe.get_all(
        "Deleted Document", filters={"deleted_doctype": ORDER, "deleted_name": doc.name}, fields=["data"]
    )
    assert len(kept) == 1
    assert frappe.parse_json(kept[0].data)["code"] == "gone"


def test_case_013_submitted_cannot_be_deleted_cancelled_can():
    doc = order().insert().submit()
    with pytest.raises(frappe.ValidationError) as error:
        frappe.delete_doc(ORDER, doc.name)
    assert str(error.value).startswith(f"{ORDER} {doc.name}: Submitted Record cannot be deleted. You must ")
    assert str(error.value).endswith("> Cancel </a> it first.")  # with the blanks, unlike the quoted text
    doc.cancel()
    frappe.delete_doc(ORDER, doc.name)
    assert frappe.db.exists(ORDER, doc.name) is None


def test_case_014_delete_of_a_missing_name():
    assert frappe.delete_doc(ORDER, "nope") is False
    with pytest.raises(frappe.DoesNotExistError):
        frappe.delete_doc(ORDER, "nope", ignore_missing=False)


def test_case_015_amended_names_count_up():
    first = order().insert().submit()
    first.cancel()

    def amend(doc):
        copy = frappe.copy_doc(doc)
        copy.docstatus = 0
        copy.amended_from = doc.name
        return copy.insert()

    second = amend(first)
    assert second.name == f"{first.name}-1"
    second.submit()
    second.cancel()
    third = amend(second)
    assert third.name == f"{first.name}-2"
    with pytest.raises(frappe.DuplicateEntryError):
        amend(first)


def test_case_016_db_set_inside_on_update_keeps_the_object_fresh():
    name = order().insert().name

    def on_update(self):
        self.db_set("code", "from hook")

    with probes.controller(ORDER, on_update=on_update):
        doc = frappe.get_doc(ORDER, name)
        doc.short = "one"
        doc.save()
        assert str(stored(ORDER, name, "modified")) == str(doc.modified)
        assert stored(ORDER, name, "code") == "from hook"
        doc.short = "two"
        doc.save()
    assert stored(ORDER, name, "short") == "two"
