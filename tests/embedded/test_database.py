"""`frappe.db` on either back end: schema, transactions, errors, values."""

import datetime
import threading

import pytest

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="tests the embedded bench's own modules")


def meta(*fields, **options):
    """Return what the schema reads of a DocType's meta."""
    import frappe

    return frappe._dict(options, fields=[frappe._dict(field) for field in fields])


def field(fieldname, fieldtype="Data", **options):
    return {"fieldname": fieldname, "fieldtype": fieldtype, **options}


@pytest.fixture
def table(db, unique):
    """Function that brings a scratch DocType's table in line with its fields and returns the DocType."""
    from frappe.database.schema import DBTable

    made = unique("Scratch").replace("-", " ")

    def sync(*fields, **options):
        DBTable(made, meta(*fields, **options)).sync()
        return made

    yield sync
    db.db.rollback()
    db.db.sql_ddl(f"drop table if exists `tab{made}`")
    db.db.commit()


def insert(frappe, doctype, **values):
    query = frappe.qb.into(doctype).columns(*values).insert(*values.values())
    query.run()


class TestSchema:
    def test_new_fields_keep_old_values(self, db, table):
        doctype = table(field("a"))
        insert(db, doctype, name="one", a="x")
        db.db.commit()
        table(field("a"), field("b", "Int", default="7"), field("c", "Date"))
        row = db.db.get_value(doctype, "one", ["a", "b", "c"])
        assert tuple(row) == ("x", 7, None)

    def test_a_field_that_goes_keeps_its_column(self, db, table):
        doctype = table(field("a"), field("b"))
        insert(db, doctype, name="one", b="kept")
        db.db.commit()
        table(field("a"))
        assert db.db.get_value(doctype, "one", "b") == "kept"

    def test_changed_type_carries_rows_over(self, db, table):
        doctype = table(field("a", "Int"), field("k", search_index=1))
        insert(db, doctype, name="one", a=5, k="x")
        db.db.commit()
        table(field("a", "Data"), field("k", search_index=1))
        assert db.db.get_value(doctype, "one", ["a", "k"]) == ("5", "x")
        assert next(c for c in db.db.get_table_columns_description(f"tab{doctype}") if c.name == "k").index

    def test_longer_text_grows_and_never_shrinks(self, db, table):
        doctype = table(field("a", length=20))
        table(field("a", length=200))
        insert(db, doctype, name="one", a="x" * 150)
        db.db.commit()
        table(field("a", length=100))
        types = {c.name: c.type for c in db.db.get_table_columns_description(f"tab{doctype}")}
        assert types["a"] == "varchar(200)"
        assert db.db.get_value(doctype, "one", "a") == "x" * 150

    def test_second_sync_changes_nothing(self, db, table):
        fields = [
            field("a", "Currency", default="1.5"),
            field("b", unique=1),
            field("c", search_index=1),
            field("d", "Check", default="1"),
            field("e", "Select", default="Draft"),
            field("f", "Datetime"),
            field("g", "JSON"),
            field("h", "Small Text"),
        ]
        table(*fields)
        statements = []
        run = db.db._execute
        db.db._execute = lambda query, values: (statements.append(query), run(query, values))[1]
        try:
            table(*fields)
        finally:
            del db.db._execute
        changing = [s for s in statements if s.split()[0].lower() in ("alter", "create", "drop")]
        assert statements and changing == []

    def test_unique_comes_and_goes(self, db, table):
        doctype = table(field("a", unique=1))
        insert(db, doctype, name="one", a="X")
        with pytest.raises(db.db.IntegrityError) as caught:
            insert(db, doctype, name="two", a="x ")
        assert db.db.is_unique_key_violation(caught.value)
        assert not db.db.is_primary_key_violation(caught.value)
        db.db.rollback()
        table(field("a"))
        insert(db, doctype, name="one", a="X")
        insert(db, doctype, name="two", a="X")
        assert db.db.count(doctype) == 2

    def test_blank_unique_values_repeat(self, db, table):
        doctype = table(field("a", unique=1))
        insert(db, doctype, name="one", a=None)
        insert(db, doctype, name="two", a=None)
        assert db.db.count(doctype, {"a": None}) == 2

    def test_child_tables_have_a_parent(self, db, table):
        doctype = table(field("a"), istable=1)
        columns = db.db.get_table_columns(doctype)
        assert {"parent", "parenttype", "parentfield"} <= set(columns)
        assert "_comments" not in columns

    def test_odd_field_names_are_refused(self, db, table):
        with pytest.raises(db.InvalidColumnName):
            table(field("a` int, x"))


class TestValues:
    def test_types_come_back_as_written(self, db, table):
        doctype = table(
            field("d", "Date"),
            field("dt", "Datetime"),
            field("t", "Time"),
            field("c", "Currency"),
            field("i", "Int"),
            field("j", "JSON"),
        )
        insert(
            db,
            doctype,
            name="one",
            d=datetime.date(2024, 2, 29),
            dt=datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
            t=datetime.timedelta(hours=9, minutes=5),
            c=1 / 3,
            i=7,
            j='{"a":1}',
        )
        row = db.db.get_value(doctype, "one", ["d", "dt", "t", "c", "i", "j"])
        assert row == (
            datetime.date(2024, 2, 29),
            datetime.datetime(2024, 2, 29, 1, 2, 3, 4),
            datetime.timedelta(hours=9, minutes=5),
            0.333333333,
            7,
            '{"a":1}',
        )
        assert type(row[3]) is float and type(row[4]) is int

    def test_whole_amounts_are_floats(self, db, table):
        doctype = table(field("c", "Currency"))
        insert(db, doctype, name="one", c=3)
        assert type(db.db.get_value(doctype, "one", "c")) is float
        assert type(db.db.sql(f"select sum(docstatus) from `tab{doctype}`")[0][0]) is float

    def test_short_dates_compare_as_moments(self, db, table):
        doctype = table(field("dt", "Datetime"))
        insert(db, doctype, name="one", dt="2024-02-29 10:00:00")
        at = datetime.datetime(2024, 2, 29, 10)
        assert db.db.get_value(doctype, {"dt": at}) == "one"
        assert db.db.get_value(doctype, {"dt": [">", "2024-02-29"]}) == "one"
        assert db.db.get_value(doctype, {"dt": ["<=", "2024-02-29"]}) is None

    @pytest.mark.parametrize(
        ("fieldtype", "value", "code"),
        [
            ("Date", "31.12.2024", 1292),
            ("Date", "2024-02-30", 1292),
            ("Datetime", "soon", 1292),
            ("Int", "abc", 1366),
            ("JSON", "{", 4025),
            ("Small Text", "x" * 70_000, 1406),
            ("Data", "x" * 141, 1406),
            ("Currency", 1e15, 1264),
        ],
    )
    def test_wrong_values_are_refused(self, db, table, fieldtype, value, code):
        doctype = table(field("a", fieldtype))
        with pytest.raises((db.db.OperationalError, db.db.DataError)) as caught:
            insert(db, doctype, name="one", a=value)
        assert caught.value.args[0] == code
        db.db.rollback()
        assert db.db.count(doctype) == 0

    def test_texts_compare_without_case_accents_and_trailing_blanks(self, db, table):
        doctype = table(field("a"))
        insert(db, doctype, name="José", a="Bolt M3")
        assert db.db.get_value(doctype, "jose ") == "José"
        assert db.db.exists(doctype, {"a": ["like", "%BOLT%"]}) == "José"
        assert db.db.sql(f"select name from `tab{doctype}` where ifnull(a, '') = 'BOLT m3'") == (("José",),)
        with pytest.raises(db.db.IntegrityError) as caught:
            insert(db, doctype, name="JOSE", a="")
        assert db.db.is_primary_key_violation(caught.value)

    def test_bulk_insert_of_many_rows(self, db, table):
        doctype = table(field("a", "Int"))
        db.db.bulk_insert(doctype, ["name", "a"], ((f"n{i}", i) for i in range(25_000)))
        db.db.bulk_insert(doctype, ["name", "a"], [("n1", 9), ("x", 1)], ignore_duplicates=True)
        assert db.db.count(doctype) == 25_001
        assert db.db.get_value(doctype, "n1", "a") == 1

    def test_functions_of_numbers_and_texts(self, db):
        row = db.db.sql(
            "select concat('a', 1, null), concat('a', 1), if(1 > 2, 'x', 'y'), round(2.5), char_length('料号'), 7 / 2"
        )[0]
        assert row == (None, "a1", "y", 3, 2, 3.5)

    @pytest.mark.skipif(hosts.HOST != "sqlite", reason="MariaDB has all of its functions")
    def test_other_functions_are_named(self, db):
        with pytest.raises(db.NotSupported, match="substring_index"):
            db.db.sql("select substring_index('a-b', '-', 1)")


class TestTransactions:
    def test_callbacks_run_once(self, db):
        calls = []
        db.db.after_commit.add(lambda: calls.append("committed"))
        db.db.after_rollback.add(lambda: calls.append("rolled back"))
        db.db.commit()
        db.db.rollback()
        assert calls == ["committed"]
        db.db.after_commit.add(lambda: calls.append("never"))
        db.db.after_rollback.add(lambda: calls.append("rolled back"))
        db.db.rollback()
        db.db.commit()
        assert calls == ["committed", "rolled back"]

    def test_savepoint(self, db, table):
        doctype = table(field("a"))
        insert(db, doctype, name="one", a="x")
        db.db.savepoint("here")
        insert(db, doctype, name="two", a="y")
        with pytest.raises(db.db.IntegrityError):
            insert(db, doctype, name="one", a="z")
        db.db.rollback(save_point="here")
        assert db.db.get_values(doctype, {}, "name", order_by="name asc") == (("one",),)
        db.db.rollback()
        assert db.db.count(doctype) == 0

    def test_ddl_after_writes_is_refused(self, db, table):
        doctype = table(field("a"))
        insert(db, doctype, name="one", a="x")
        with pytest.raises(db.ImplicitCommitError):
            db.db.sql(f"alter table `tab{doctype}` add column `zz` int")

    def test_missing_tables_and_columns_are_told(self, db, table):
        doctype = table(field("a"))
        with pytest.raises(Exception) as no_table:
            db.db.sql("select 1 from `tabNo Such Table`")
        assert db.db.is_table_missing(no_table.value)
        with pytest.raises(Exception) as no_column:
            db.db.sql(f"select nosuch from `tab{doctype}`")
        assert no_column.value.args[0] == 1054
        with pytest.raises(Exception) as no_sense:
            db.db.sql("selec 1")
        assert no_sense.value.args[0] == 1064
        assert db.db.sql("select 1 from `tabNo Such Table`", ignore_ddl=1) == ()

    def test_writers_of_many_threads_wait_for_each_other(self, db, site, table):
        import frappe

        doctype = table(field("a", "Int"))
        insert(db, doctype, name="counter", a=0)
        db.db.commit()
        here, errors = frappe.local.site, []
        sites_path = frappe.local.sites_path

        def work():
            try:
                frappe.init(here, sites_path=sites_path)
                frappe.connect()
                for _ in range(10):
                    value = frappe.db.get_value(doctype, "counter", "a", for_update=True)
                    frappe.db.set_value(doctype, "counter", "a", value + 1, update_modified=False)
                    frappe.db.commit()
            except Exception as e:
                errors.append(e)
            finally:
                frappe.destroy()

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert errors == []
        assert db.db.get_value(doctype, "counter", "a") == 80

    def test_a_reader_sees_what_it_began_with(self, db, table):
        import frappe

        doctype = table(field("a", "Int"))
        insert(db, doctype, name="one", a=1)
        db.db.commit()
        assert db.db.get_value(doctype, "one", "a") == 1
        here, sites_path = frappe.local.site, frappe.local.sites_path

        def work():
            frappe.init(here, sites_path=sites_path)
            frappe.connect()
            frappe.db.set_value(doctype, "one", "a", 2, update_modified=False)
            frappe.db.commit()
            frappe.destroy()

        thread = threading.Thread(target=work)
        thread.start()
        thread.join(30)
        assert db.db.get_value(doctype, "one", "a") == 1
        assert db.db.get_value(doctype, "one", "a", for_update=True) == 2


class TestCache:
    def test_values_are_copies(self, db):
        db.cache.set_value("eb_test", {"a": [1]})
        db.local.cache.clear()
        db.cache.get_value("eb_test")["a"].append(2)
        db.local.cache.clear()
        assert db.cache.get_value("eb_test") == {"a": [1]}
        db.cache.delete_value("eb_test")
        assert db.cache.get_value("eb_test", generator=lambda: 5) == 5
        assert db.cache.get_value("eb_test") == 5
        db.cache.delete_keys("eb_")
        assert db.cache.get_value("eb_test") is None

    def test_hashes(self, db):
        db.cache.hset("eb_hash", "k", [1])
        db.local.cache.clear()
        assert db.cache.hget("eb_hash", "k") == [1]
        assert db.cache.hget("eb_hash", "x", generator=lambda: 3) == 3
        db.local.cache.clear()
        assert db.cache.hget("eb_hash", "x") == 3
        db.cache.hdel("eb_hash", "k")
        assert db.cache.hget("eb_hash", "k") is None
        db.cache.delete_value("eb_hash")


class TestNotSupported:
    def test_unknown_names_are_named(self):
        import frappe

        with pytest.raises(frappe.NotSupported, match=r"frappe\.get_nothing"):
            _ = frappe.get_nothing
        with pytest.raises(ImportError, match=r"frappe\.no_such_module"):
            __import__("frappe.no_such_module")
        with pytest.raises(frappe.NotSupported, match=r"frappe\.nothing"):
            exec("from frappe import nothing")
