"""Cases 52 to 66: the two query engines, SQL, the query builder and transactions."""

from __future__ import annotations

import frappe
import pytest
from frappe.exceptions import ImplicitCommitError
from frappe.query_builder import Case, DocType
from frappe.query_builder.functions import Count, Sum

from conformance import probes
from conformance.probes import EXTRA, NOTE, ORDER, SINGLE, note, order, stored, supplier


@pytest.fixture
def codes():
    """Three notes whose codes are a value, the empty text and NULL."""
    for name, code in (("N-a", "a"), ("N-blank", ""), ("N-null", None)):
        note(name, code=code)
    frappe.db.set_value(NOTE, "N-blank", "code", "", update_modified=False)
    frappe.db.set_value(NOTE, "N-null", "code", None, update_modified=False)


def listed(filters) -> set[str]:
    """Return the names that `get_all` finds."""
    return set(frappe.get_all(NOTE, filters=filters, pluck="name"))


def valued(filters) -> set[str]:
    """Return the names that `db.get_values` finds."""
    return {row[0] for row in frappe.db.get_values(NOTE, filters, "name")}


A, BLANK, NULL = "N-a", "N-blank", "N-null"


@pytest.mark.usefixtures("codes")
def test_case_052_not_equal_and_null():
    assert listed({"code": ["!=", "a"]}) == {BLANK, NULL}
    assert valued({"code": ["!=", "a"]}) == {BLANK}


@pytest.mark.usefixtures("codes")
def test_case_053_is_set_and_the_empty_text():
    assert listed({"code": ["is", "set"]}) == {A}
    assert valued({"code": ["is", "set"]}) == {A, BLANK}
    assert listed({"code": ["is", "not set"]}) == {BLANK, NULL}
    assert valued({"code": ["is", "not set"]}) == {NULL}


@pytest.mark.usefixtures("codes")
def test_case_054_equal_to_nothing():
    assert listed({"code": ""}) == {BLANK, NULL}
    assert frappe.db.get_value(NOTE, {"code": ""}, "name") == BLANK
    assert listed({"code": None}) == set()
    assert frappe.db.get_value(NOTE, {"code": None}, "name") == NULL


@pytest.mark.usefixtures("codes")
def test_case_055_in_and_not_in_with_empty_lists():
    assert listed({"code": ["in", []]}) == {BLANK, NULL}
    assert valued({"code": ["in", []]}) == {BLANK}
    assert listed({"code": ["not in", []]}) == {A}
    assert valued({"code": ["not in", []]}) == {A}
    assert listed({"code": ["not in", ["a"]]}) == {BLANK, NULL}
    assert valued({"code": ["not in", ["a"]]}) == {BLANK}
    assert listed({"code": ["in", "a, b"]}) == {A}


def test_case_056_between_two_dates():
    note("N-first", moment="2024-05-01 08:00:00", day="2024-05-01")
    note("N-last", moment="2024-05-02 17:00:00", day="2024-05-02")
    period = ["between", ["2024-05-01", "2024-05-02"]]
    assert listed({"moment": period}) == {"N-first", "N-last"}
    assert valued({"moment": period}) == {"N-first"}
    assert listed({"day": period}) == {"N-first", "N-last"}
    assert listed({"day": ["like", "1 May 2024"]}) == {"N-first"}
    assert not listed({"creation": ["like", "%words%"]})


@pytest.mark.parametrize(("fieldname", "error"), [("day", frappe.ValidationError), ("moment", ValueError)])
def test_case_056_a_part_of_a_text_is_not_looked_for_in_a_date(fieldname, error):
    with pytest.raises(error, match="N-"):
        frappe.get_all(NOTE, or_filters=[["name", "like", "%N-%"], [fieldname, "like", "%N-%"]])


def test_case_057_get_value_shapes_and_order():
    note("N-1", code="x", number=1)
    note("N-2", code="x", number=2)
    frappe.db.sql("UPDATE `tabProbe Note` SET modified = '2001-01-01' WHERE name = 'N-2'")
    assert frappe.db.get_value(NOTE, "N-1", "number") == 1
    assert frappe.db.get_value(NOTE, "N-1", ["number", "code"]) == (1, "x")
    row = frappe.db.get_value(NOTE, "N-1", ["number", "code"], as_dict=True)
    assert row == {"number": 1, "code": "x"}
    assert row.number == 1
    assert frappe.db.get_value(NOTE, "nope", "number") is None
    assert frappe.db.get_value(NOTE, "nope", ["number", "code"]) is None
    assert frappe.db.get_value(NOTE, {"code": "x"}, "name") == "N-1"


def test_case_058_exists():
    note("N-1", code="x")
    assert frappe.db.exists(NOTE, "N-1") == "N-1"
    assert frappe.db.exists(NOTE, {"code": "x"}) == "N-1"
    assert frappe.db.exists({"doctype": NOTE, "code": "x"}) == "N-1"
    assert frappe.db.exists(NOTE, "nope") is None
    assert frappe.db.exists(NOTE, None) is None
    assert frappe.db.exists(SINGLE, SINGLE) == SINGLE
    assert frappe.db.exists("No Such DocType", "x") is None


def test_case_059_get_all_order_and_shapes():
    for number, code in ((1, "x"), (2, "y"), (3, "x")):
        note(f"N-{number}", number=number, code=code)
    for number, day in ((1, "03"), (2, "01"), (3, "02")):
        frappe.db.sql(
            "UPDATE `tabProbe Note` SET modified = %s WHERE name = %s", (f"2024-01-{day}", f"N-{number}")
        )
    assert frappe.get_all(NOTE, pluck="name") == ["N-1", "N-3", "N-2"]
    assert frappe.get_all(NOTE, fields=["name", "number"], as_list=True, order_by="number desc") == (
        ("N-3", 3),
        ("N-2", 2),
        ("N-1", 1),
    )
    assert frappe.get_all(NOTE, pluck="name", limit=1) == ["N-1"]
    assert frappe.get_all(NOTE, pluck="name", limit_start=1, limit_page_length=1) == ["N-3"]
    assert sorted(frappe.get_all(NOTE, pluck="code", distinct=True)) == ["x", "y"]
    grouped = frappe.get_all(NOTE, fields=["code", "count(name) as c"], group_by="code", order_by="code")
    assert grouped == [{"code": "x", "c": 2}, {"code": "y", "c": 1}]
    assert grouped[0].c == 2


def test_case_060_or_filters():
    note("N-1", number=1, code="x")
    note("N-2", number=2, code="y")
    note("N-3", number=3, code="x")
    found = frappe.get_all(NOTE, filters={"code": "x"}, or_filters={"number": 1, "name": "N-2"}, pluck="name")
    assert found == ["N-1"]
    found = frappe.get_all(NOTE, or_filters=[["number", "=", 1], ["number", "=", 2]], pluck="name")
    assert set(found) == {"N-1", "N-2"}


def test_case_061_functions_and_joins_in_fields():
    with pytest.raises(frappe.DataError, match="Use of function ifnull in field is restricted"):
        frappe.get_all(NOTE, fields=["ifnull(code, '')"])
    with pytest.raises(frappe.DataError, match="Use of sub-query or function is restricted"):
        frappe.get_all(NOTE, fields=["(select 1)"])
    supplier("Joined")
    doc = order(supplier="Joined").insert()
    rows = frappe.get_all(ORDER, filters={"name": doc.name}, fields=["name", "items.item"], order_by="name")
    assert rows == [{"name": doc.name, "item": "I1"}]


def test_case_062_db_set_value_skips_hooks_and_validation():
    doc = note("N-1", code="a")
    note("N-2", code="a")

    def validate(self):
        frappe.throw("no")

    with probes.controller(NOTE, validate=validate):
        frappe.db.set_value(NOTE, "N-1", "status", "Not An Option")
    assert stored(NOTE, "N-1", "status") == "Not An Option"
    assert str(stored(NOTE, "N-1", "modified")) > str(doc.modified)
    frappe.db.set_value(NOTE, "N-1", {"code": "b", "number": 5})
    assert frappe.db.get_value(NOTE, "N-1", ["code", "number"]) == ("b", 5)
    frappe.db.set_value(NOTE, {"name": ["like", "N-%"]}, "code", "many")
    assert frappe.db.count(NOTE, {"code": "many"}) == 2
    frappe.db.set_value(NOTE, "nope", "code", "x")
    assert frappe.db.count(NOTE, {"code": "x"}) == 0


def test_case_063_sql_values_and_types():
    for number, amount in ((1, 0.1), (2, 0.2)):
        note(f"N-{number}", number=number, amount=amount, day=f"2024-01-0{number}")
    table = "`tabProbe Note`"
    assert frappe.db.sql(f"SELECT name FROM {table} WHERE number = %s", (1,)) == (("N-1",),)
    assert frappe.db.sql(f"SELECT name FROM {table} WHERE number = %(n)s", {"n": 2}) == (("N-2",),)
    names = frappe.db.sql(
        f"SELECT name FROM {table} WHERE name IN %s ORDER BY name", (("N-1", "N-2"),), pluck=True
    )
    assert names == ["N-1", "N-2"]
    assert len(frappe.db.sql(f"SELECT name FROM {table} WHERE name LIKE 'N-%'")) == 2
    total = frappe.db.sql(f"SELECT SUM(number), COUNT(*), SUM(amount), 1/2 FROM {table}")[0]
    assert total == (3.0, 2, 0.3, 0.5)
    assert [type(value) for value in total] == [float, int, float, float]
    assert frappe.db.sql(f"SELECT name FROM {table} WHERE number = 99") == ()
    assert frappe.db.sql(f"SELECT number AS n FROM {table} ORDER BY n", as_dict=True) == [{"n": 1}, {"n": 2}]


def test_case_064_text_compares_without_case_and_accents():
    for name, code in (("N-1", "José"), ("N-2", "JOSE"), ("N-3", "abc"), ("N-4", "Zeta")):
        note(name, code=code)
    assert listed({"code": "jose"}) == {"N-1", "N-2"}
    assert listed({"code": ["in", ["JOSÉ", "ABC"]]}) == {"N-1", "N-2", "N-3"}
    assert listed({"code": ["like", "%os%"]}) == {"N-1", "N-2"}
    assert valued({"code": "jose "}) == {"N-1", "N-2"}
    assert len(frappe.get_all(NOTE, pluck="code", distinct=True)) == 3
    assert frappe.get_all(NOTE, pluck="name", order_by="code, name") == ["N-3", "N-1", "N-2", "N-4"]
    groups = frappe.get_all(NOTE, fields=["count(name) as c"], group_by="code", order_by="c desc")
    assert [row.c for row in groups] == [2, 1, 1]
    assert frappe.db.exists(NOTE, "n-1") == "N-1"


def test_case_065_query_builder():
    note("N-1", code="a", number=1, items=[{"amount": 5}, {"amount": 7}])
    note("N-2", code="b", number=2, items=[{"amount": 11}])
    parent, row = DocType(NOTE), DocType(EXTRA)
    query = (
        frappe.qb.from_(parent)
        .inner_join(row)
        .on(row.parent == parent.name)
        .where((parent.number >= 1) & (row.amount > 1))
        .groupby(parent.name)
        .orderby(parent.name)
        .select(
            parent.name,
            Sum(row.amount).as_("total"),
            Count(row.name).as_("rows"),
            Case().when(parent.number > 1, "big").else_("small").as_("size"),
        )
    )
    assert query.run(as_dict=True) == [
        {"name": "N-1", "total": 12.0, "rows": 2, "size": "small"},
        {"name": "N-2", "total": 11.0, "rows": 1, "size": "big"},
    ]
    assert frappe.qb.from_(parent).select(parent.name).orderby(parent.name).run(pluck=True) == ["N-1", "N-2"]


def test_case_066_savepoints_undo_inserts():
    note("N-1")
    frappe.db.savepoint("here")
    note("N-2")
    frappe.db.rollback(save_point="here")
    assert frappe.get_all(NOTE, pluck="name") == ["N-1"]
    frappe.db.savepoint("gone")
    frappe.db.release_savepoint("gone")


def test_case_066_commit_callbacks_run_once_and_a_rollback_drops_them():
    ran = []
    frappe.db.before_commit.add(lambda: ran.append("before commit"))
    frappe.db.after_commit.add(lambda: ran.append("after commit"))
    frappe.db.after_rollback.add(lambda: ran.append("after rollback"))
    frappe.db.commit()
    assert ran == ["before commit", "after commit"]
    frappe.db.commit()
    assert ran == ["before commit", "after commit"]
    frappe.db.after_commit.add(lambda: ran.append("never"))
    frappe.db.after_rollback.add(lambda: ran.append("after rollback"))
    frappe.db.rollback()
    frappe.db.commit()
    assert ran == ["before commit", "after commit", "after rollback"]


def test_case_066_ddl_after_writes_is_refused():
    note("N-1")
    with pytest.raises(ImplicitCommitError) as error:
        frappe.db.sql("CREATE TABLE `tabProbe Never` (`name` varchar(140))")
    assert str(error.value) == "This statement can cause implicit commit"
