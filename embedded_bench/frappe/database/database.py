"""What both database back ends share: the `frappe.db` object."""

import functools
import itertools
import re

import frappe
from frappe.database import query
from frappe.database.query import DefaultOrderBy
from pymysql import err
from pymysql.constants import ER
from pymysql.converters import escape_string

EmptyQueryValues = object()  # no values were given, so `%` stands for itself
_IFNULL = re.compile(r"ifnull\(", re.IGNORECASE)
_WRITES = ("insert", "update", "delete", "replace")
_DDL = ("alter", "drop", "create", "truncate")
_TYPES = {
    ("varchar", 140): "Data,Link,Dynamic Link,Select,Read Only,Color,Icon,Phone,Autocomplete",
    ("decimal", "21,9"): "Currency,Float,Percent,Duration",
    ("decimal", "3,2"): "Rating",
    ("text", ""): "Small Text,Text,Password,Attach,Attach Image",
    ("longtext", ""): "Long Text,Code,Text Editor,Markdown Editor,HTML Editor,Signature,Barcode,Geolocation",
    ("json", ""): "JSON",
    ("int", "1"): "Check",
    ("int", "11"): "Int",
    ("bigint", "20"): "Long Int",
    ("date", ""): "Date",
    ("datetime", "6"): "Datetime",
    ("time", "6"): "Time",
}


class CallbackManager(list):
    """Functions to call once, in order, at a point of the transaction."""

    add, reset = list.append, list.clear

    def run(self) -> None:
        while self:
            self.pop(0)()


def _has_code(*codes):
    return staticmethod(lambda e: bool(getattr(e, "args", None)) and e.args[0] in codes)


class Database:
    """A connection to the site's database with Frappe's interface."""

    db_type = ""
    max_values = 60_000  # in one statement
    type_map = {name: kind for kind, names in _TYPES.items() for name in names.split(",")}
    OperationalError, ProgrammingError, DataError = err.OperationalError, err.ProgrammingError, err.DataError
    IntegrityError, InternalError = err.IntegrityError, err.InternalError

    is_deadlocked = _has_code(ER.LOCK_DEADLOCK)
    is_timedout = _has_code(ER.LOCK_WAIT_TIMEOUT)
    is_table_missing = _has_code(ER.NO_SUCH_TABLE)
    is_missing_table_or_column = _has_code(ER.BAD_FIELD_ERROR, ER.NO_SUCH_TABLE)
    is_duplicate_entry = _has_code(ER.DUP_ENTRY)

    def __init__(self, host=None, user=None, password=None, port=None, cur_db_name=None):
        self.host, self.user, self.password, self.port = host, user, password, port
        self.cur_db_name = cur_db_name
        self._conn = self._cursor = None
        self.transaction_writes, self.value_cache = 0, {}
        self.before_commit, self.after_commit = CallbackManager(), CallbackManager()
        self.before_rollback, self.after_rollback = CallbackManager(), CallbackManager()

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise frappe.NotSupported(f"frappe.db.{name} is not supported by the embedded bench")

    # -- statements: a back end has connect(), _execute(), _end_transaction() and the *_sql of its schema

    def sql(self, query, values=EmptyQueryValues, *, as_dict=0, as_list=0, pluck=False, **options):
        """Run a statement in MariaDB's SQL and return its rows, as tuples unless told otherwise."""
        query = _IFNULL.sub("coalesce(", str(query).strip())
        if not self._conn:
            self.connect()
        self._watch(query)
        if values is EmptyQueryValues:
            values = None
        elif not isinstance(values, tuple | dict | list):
            values = (values,)
        try:
            rows = self._execute(query, values)
        except Exception as e:
            if self.is_deadlocked(e):
                raise frappe.QueryDeadlockError(e) from e
            if self.is_timedout(e):
                raise frappe.QueryTimeoutError(e) from e
            if not (options.get("ignore_ddl") and self.is_missing_table_or_column(e)):
                raise
            rows = None
        if rows is None:
            return ()
        if pluck:
            return [row[0] for row in rows]
        if as_dict:
            names = [self._column_name(column[0]) for column in self._cursor.description]
            more = options.get("update") or {}
            return [frappe._dict(zip(names, row, strict=True), **more) for row in rows]
        return [list(row) for row in rows] if as_list else rows

    @staticmethod
    def _column_name(name: str) -> str:
        return name

    def _watch(self, query: str) -> None:
        """Count the writes of the transaction and refuse DDL after one: it would commit them."""
        word = query.split(None, 1)[0].lower() if query else ""
        if word in _DDL:
            if self.transaction_writes:
                raise frappe.ImplicitCommitError("This statement can cause implicit commit")
            frappe.cache.delete_value("db_tables")
        self.transaction_writes += word in _WRITES

    def sql_ddl(self, query) -> None:
        """Commit, then run a statement that changes the schema."""
        self.commit()
        self.sql(query)

    # -- transactions ------------------------------------------------------------------------

    def commit(self) -> None:
        """Make the changes of this transaction lasting, then run the callbacks that wait for it."""
        self.before_rollback.reset()
        self.after_rollback.reset()
        self.before_commit.run()
        self.transaction_writes = 0
        self._end_transaction("commit")
        self.after_commit.run()

    def rollback(self, *, save_point=None) -> None:
        """Undo the changes of this transaction, or those since a save point."""
        if save_point:
            self.sql(f"rollback to savepoint {save_point}")
            return
        self.before_commit.reset()
        self.after_commit.reset()
        self.before_rollback.run()
        self.transaction_writes = 0
        self._end_transaction("rollback")
        self.after_rollback.run()

    def savepoint(self, save_point) -> None:
        self.sql(f"savepoint {save_point}")

    def release_savepoint(self, save_point) -> None:
        self.sql(f"release savepoint {save_point}")

    def close(self) -> None:
        """Close the connection; what was not committed is gone."""
        if self._conn:
            self._conn.close()
            self._conn = self._cursor = None

    # -- reading values ----------------------------------------------------------------------

    def get_value(self, doctype, filters=None, fieldname="name", ignore=None, as_dict=False, **options):
        """Return the value, or the tuple of values, of the first match; None when nothing matches."""
        rows = self.get_values(doctype, filters, fieldname, ignore, as_dict, limit=1, **options)
        if not rows:
            return None
        return rows[0] if as_dict or len(rows[0]) > 1 or options.get("pluck") else rows[0][0]

    def get_values(self, doctype, filters=None, fieldname="name", ignore=None, as_dict=False, **options):
        """Return the values of all matches, newest `modified` first unless `order_by` says otherwise."""
        cached = options.pop("cache", False) and isinstance(filters, str)
        key = (doctype, filters, str(fieldname))
        if cached and key in self.value_cache:
            return self.value_cache[key]
        as_dict = as_dict or fieldname == "*"
        if filters is None or (filters == doctype and doctype != "DocType"):
            rows = self._from_single(doctype, filters, fieldname, as_dict)
        else:
            rows = self._from_table(doctype, filters, fieldname, ignore, as_dict, **options)
        if cached:
            self.value_cache[key] = rows
        return rows

    def _from_table(
        self, doctype, filters, fieldname, ignore, as_dict, order_by=DefaultOrderBy, limit=None, for_update=False,
        distinct=False, debug=False, pluck=False,
    ):  # fmt: skip
        order_by = None if distinct else "modified" if order_by == DefaultOrderBy else order_by
        try:
            condition, values = query.where(filters, doctype)
            statement = f"select {'distinct ' if distinct else ''}{query.columns(fieldname)} from "
            statement += query.table(doctype) + condition + query.order_clause(order_by)
            statement += (f" limit {int(limit)}" if limit else "") + (" for update" if for_update else "")
            return self.sql(statement, values, as_dict=as_dict, pluck=pluck)
        except Exception as e:
            if ignore and (self.is_missing_table_or_column(e) or str(e).startswith("Invalid DocType")):
                return None
            if not ignore and self.is_table_missing(e):
                return self._from_single(doctype, filters, fieldname, as_dict)
            raise

    def _from_single(self, doctype, filters, fieldname, as_dict):
        """Return the one row of a Single as its raw texts; no row when it does not match."""
        stored = self.get_singles_dict(doctype)
        fields = [fieldname] if isinstance(fieldname, str) else fieldname
        if isinstance(filters, dict) and any(stored.get(k) != v for k, v in filters.items()):
            return []
        row = stored if fieldname == "*" else frappe._dict({f: stored[f] for f in fields if f in stored})
        if not row:
            return []
        return [row] if as_dict else [[row.get(field) for field in fields]]

    def get_singles_dict(self, doctype, debug=False, *, for_update=False) -> frappe._dict:
        options = {"order_by": None, "for_update": for_update}
        return frappe._dict(self.get_values("Singles", {"doctype": doctype}, ["field", "value"], **options))

    def get_single_value(self, doctype, fieldname, cache=True):
        """Return a Single's value in its field's type; remembered for this connection."""
        values = self.value_cache.setdefault(doctype, {})
        if not cache or fieldname not in values:
            place = {"doctype": doctype, "field": fieldname}
            value = self.get_value("Singles", place, "value", order_by=None)
            df = frappe.get_meta(doctype).get_field(fieldname)
            values[fieldname] = frappe.utils.cast(df.fieldtype, value)
        return values[fieldname]

    def exists(self, dt, dn=None, cache=False):
        """Return the name of a matching document, or None. A Single always exists."""
        if dt != "DocType" and dt == dn:
            return dn
        if isinstance(dt, dict):
            dt, dn = dt["doctype"], {key: value for key, value in dt.items() if key != "doctype"}
        return self.get_value(dt, dn, ignore=True, cache=cache, order_by=None)

    def count(self, dt, filters=None, debug=False, cache=False, distinct: bool = True) -> int:
        condition, values = query.where(filters, dt)
        return self.sql(f"select count(*) from {query.table(dt)}{condition}", values)[0][0]

    # -- writing values ----------------------------------------------------------------------

    def set_value(
        self, dt, dn, field, val=None, modified=None, modified_by=None, update_modified=True, debug=False
    ):
        """Change stored values of one or of all matching documents, without hooks or validation."""
        changes = field if isinstance(field, dict) else {field: val}
        if update_modified:
            modified, modified_by = modified or frappe.utils.now(), modified_by or frappe.session.user
            changes.update(modified=modified, modified_by=modified_by)
        self.value_cache.pop(dt, None)
        if dn is None or dt == dn:
            rows = [(dt, key, value) for key, value in changes.items()]
            self.delete("Singles", {"field": ("in", tuple(changes)), "doctype": dt})
            self.bulk_insert("Singles", ["doctype", "field", "value"], rows)
            frappe.clear_document_cache(dt, dt)
            return
        frappe.clear_document_cache(dt, dn if isinstance(dn, str) else None)
        condition, values = query.where(dn, dt)
        statement = f"update {query.table(dt)} set {query.assignments(changes)}{condition}"
        self.sql(statement, [*changes.values(), *values])

    def set_single_value(self, doctype, fieldname, value=None, **options) -> None:
        """Change stored values of a Single, without hooks or validation."""
        self.set_value(doctype, None, fieldname, value, **options)

    def delete(self, doctype: str, filters=None, debug=False):
        """Delete matching rows; no hooks, and child rows stay."""
        condition, values = query.where(filters, doctype)
        self.sql(f"delete from {query.table(doctype)}{condition}", values)

    def bulk_insert(self, doctype, fields, values, ignore_duplicates=False, *, chunk_size=10_000) -> None:
        """Insert rows as they are given, many at a time."""
        insert = frappe.qb.into(doctype).columns(fields)
        insert = insert.ignore() if ignore_duplicates else insert
        rows = iter(values)
        while chunk := tuple(itertools.islice(rows, min(chunk_size, self.max_values // len(fields)))):
            insert.insert(*chunk).run()

    # -- defaults ----------------------------------------------------------------------------

    def set_global(self, key, val, user="__global") -> None:
        self.set_default(key, val, user)

    def get_global(self, key, user="__global"):
        return self.get_default(key, user)

    def get_default(self, key, parent="__default"):
        known = frappe.defaults.get_defaults_for(parent)
        return known.get(key, known.get(frappe.scrub(key)))

    @staticmethod
    def set_default(key, val, parent="__default", parenttype=None) -> None:
        frappe.defaults.set_default(key, val, parent, parenttype)

    # -- schema ------------------------------------------------------------------------------

    def get_tables(self, cached=True) -> list:
        """Return the names of all tables, `tab` included."""
        read = functools.partial(self.sql, self.tables_sql, pluck=True)
        return (cached and frappe.cache.get_value("db_tables", read)) or read()

    def table_exists(self, doctype, cached=True) -> bool:
        return f"tab{doctype}" in self.get_tables(cached=cached)

    def get_table_columns(self, doctype) -> list:
        columns = frappe.cache.hget("table_columns", f"tab{doctype}")
        if not columns:
            columns = [column.name for column in self.get_table_columns_description(f"tab{doctype}")]
            frappe.cache.hset("table_columns", f"tab{doctype}", columns)
        return columns

    def get_table_columns_description(self, table_name) -> list:
        """Return name, type, default, unique and index of the table's columns."""
        keys = {}
        for key, column, is_unique in self.sql(self.keys_sql, table_name):
            keys.setdefault(key, []).append((column, is_unique))
        single = {columns[0] for columns in keys.values() if len(columns) == 1}
        rows = self.sql(self.columns_sql, table_name, as_dict=True)
        return [row.update(unique=(row.name, 1) in single, index=(row.name, 0) in single) for row in rows]

    def has_index(self, table_name, index_name) -> bool:
        return any(key == index_name for key, *_column in self.sql(self.keys_sql, table_name))

    def has_column(self, doctype, column) -> bool:
        return column in self.get_table_columns(doctype)

    def add_index(self, doctype, fields, index_name=None) -> None:
        """Index the columns unless the index is there."""
        table, columns = f"tab{doctype}", ", ".join(f"`{field}`" for field in fields)
        key = self.key_name(table, index_name or "_".join([*fields, "index"]))
        if not self.has_index(table, key):
            self.sql_ddl(f"create index `{key}` on `{table}` ({columns})")

    def create_table(self, table: str, definitions: list) -> None:
        self.sql_ddl(f"create table `{table}` ({', '.join(definitions)}) {self.table_options}")

    @staticmethod
    def updatedb(doctype, meta=None) -> None:
        from frappe.database.schema import DBTable

        meta = meta or frappe.get_meta(doctype, False)
        if not meta.get("issingle"):
            DBTable(doctype, meta).sync()

    # -- texts and errors --------------------------------------------------------------------

    @staticmethod
    def escape(s, percent=True) -> str:
        text = escape_string(frappe.as_unicode(s))
        return f"'{text.replace('%', '%%') if percent else text}'"

    @classmethod
    def is_primary_key_violation(cls, e) -> bool:
        return cls.is_duplicate_entry(e) and "PRIMARY" in str(e.args[1])

    @classmethod
    def is_unique_key_violation(cls, e) -> bool:
        return cls.is_duplicate_entry(e) and "Duplicate" in str(e.args[1])
