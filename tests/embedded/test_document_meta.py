"""DocTypes of the embedded bench: from files, at run time, and changed by people."""

from __future__ import annotations

import json
import re

import pytest
from frappe.model.base_document import DOCTYPES_FOR_DOCTYPE
from frappe.translate import get_all_translations


@pytest.fixture
def probe(db):
    """A DocType made at run time; it goes with its table."""
    name = "Meta Probe"
    fields = [
        {"fieldname": "a", "fieldtype": "Data", "label": "A"},
        {"fieldname": "b", "fieldtype": "Data", "label": "B"},
        {"label": "Unit Price", "fieldtype": "Currency"},
    ]
    db.get_doc({"doctype": "DocType", "name": name, "module": "Core", "custom": 1, "fields": fields}).insert()
    yield name
    db.db.rollback()
    db.set_user("Administrator")
    for doctype, field in (
        ("Custom Field", "dt"),
        ("Property Setter", "doc_type"),
        ("Custom DocPerm", "parent"),
    ):
        db.db.delete(doctype, {field: name})
    db.delete_doc("DocType", name, force=True)
    db.db.sql_ddl(f"DROP TABLE IF EXISTS `tab{name}`")
    db.clear_cache()


def fieldnames(db, doctype):
    return [df.fieldname for df in db.get_meta(doctype).fields]


def change(db, doctype, fieldname, name, value, kind):
    """Change a property, as a person does in the desk."""
    target = {"doctype_or_field": "DocField" if fieldname else "DocType", "doc_type": doctype}
    values = {"field_name": fieldname, "property": name, "value": value, "property_type": kind}
    return db.get_doc({"doctype": "Property Setter", **target, **values}).insert()


@pytest.mark.parametrize("doctype", sorted(DOCTYPES_FOR_DOCTYPE))
def test_what_doctypes_are_made_of_is_known_without_the_database(db, doctype):
    meta = db.get_meta(doctype, cached=False)
    assert meta.name == doctype
    assert set(meta.get_valid_columns()) <= set(db.db.get_table_columns(doctype))


def test_every_stored_doctype_has_its_table_and_columns(db):
    for name in db.get_all("DocType", filters={"issingle": 0}, pluck="name"):
        assert set(db.get_meta(name).get_valid_columns()) <= set(db.db.get_table_columns(name)), name


def test_field_without_name_is_named_after_its_label(db, probe):
    assert fieldnames(db, probe) == ["a", "b", "unit_price"]


def test_custom_fields_stand_where_they_say(db, probe):
    for fieldname, anchor in (("after_a", "a"), ("after_that", "after_a"), ("nowhere", "gone")):
        field = {"fieldname": fieldname, "label": fieldname, "fieldtype": "Int", "insert_after": anchor}
        db.get_doc({"doctype": "Custom Field", "dt": probe, **field}).insert()
    assert fieldnames(db, probe) == ["a", "after_a", "after_that", "b", "unit_price", "nowhere"]
    row = db.get_doc({"doctype": probe, "after_a": "7"}).insert()
    assert db.db.get_value(probe, row.name, "after_a") == 7


def test_field_order_set_by_people(db, probe):
    change(db, probe, None, "field_order", json.dumps(["unit_price", "a", "b"]), "Data")
    assert fieldnames(db, probe) == ["unit_price", "a", "b"]


def test_deleted_property_setter_gives_the_property_back(db, probe):
    change(db, probe, "a", "reqd", "1", "Check")
    assert db.get_meta(probe).get_field("a").reqd == 1
    db.delete_doc("Property Setter", f"{probe}-a-reqd")
    assert not db.get_meta(probe).get_field("a").reqd


def test_permissions_set_by_people_replace_the_doctypes_own(db, probe, as_user):
    from frappe.permissions import add_permission

    with as_user("purchaser@demo.example"):
        assert not db.has_permission(probe, "read")
    add_permission(probe, "Purchaser")
    with as_user("purchaser@demo.example"):
        assert db.has_permission(probe, "read")
        assert not db.has_permission(probe, "write")
    for name in db.get_all("Custom DocPerm", {"parent": probe}, pluck="name"):
        db.delete_doc("Custom DocPerm", name)
    with as_user("purchaser@demo.example"):
        assert not db.has_permission(probe, "read")


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"fieldname": "x", "fieldtype": "Link", "label": "X"}, "Options required"),
        ({"fieldname": "x", "fieldtype": "Link", "label": "X", "options": "Nope"}, "must be a valid DocType"),
        ({"fieldname": "owner", "fieldtype": "Data", "label": "X"}, "restricted"),
        ({"fieldname": "a", "fieldtype": "Data", "label": "X"}, "appears multiple times"),
    ],
)
def test_fields_that_cannot_work_are_refused(db, field, words):
    fields = [{"fieldname": "a", "fieldtype": "Data", "label": "A"}, field]
    doctype = {"doctype": "DocType", "name": "Bad Probe", "module": "Core", "custom": 1, "fields": fields}
    with pytest.raises(db.ValidationError, match=words):
        db.get_doc(doctype).insert()
    assert not db.db.exists("DocType", "Bad Probe")


def test_standard_doctypes_come_from_files_only(db):
    doctype = {"doctype": "DocType", "name": "Standard Probe", "module": "Core", "fields": []}
    with pytest.raises(db.ValidationError, match="Not in Developer Mode"):
        db.get_doc(doctype).insert()


def test_unchanged_file_is_not_imported_again(db, query_count):
    from frappe.modules.import_file import import_file_by_path

    path = db.get_app_path("frappe", "core", "doctype", "todo", "todo.json").replace("/core/", "/desk/")
    with query_count() as counted:
        import_file_by_path(path)
    assert counted.count == 1


def test_what_an_administrator_fills_in_without_a_desk_has_its_chinese(db):
    """On Frappe these DocTypes are Frappe's own, with its translations."""
    from erp_rules.api.screens.menu import ADMIN_DOCTYPES

    metas = [db.get_meta(name) for name in ADMIN_DOCTYPES if db.db.exists("DocType", name)]
    metas += [db.get_meta(df.options) for meta in metas for df in meta.get_table_fields() if not df.hidden]
    shown = [df for meta in metas for df in meta.fields if not df.hidden and df.label]
    texts = {df.label for df in shown} | {
        option for df in shown if df.fieldtype == "Select" for option in df.options.split("\n")
    }
    assert {"Only Allow Edit For", "Insert After", "Section Break"} <= texts
    known = get_all_translations("zh")
    assert not sorted(text for text in texts if re.search("[A-Za-z]", text) and text not in known)
