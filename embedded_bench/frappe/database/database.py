"""What both database back ends share: the `frappe.db` object."""

import itertools
import random
import re
import string
from collections import deque
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.database.utils import DefaultOrderBy, EmptyQueryValues, FallBackDateTimeStr
from frappe.exceptions import ImplicitCommitError
from pymysql import err
from pymysql.constants import ER

_FIRST_WORD = re.compile(r"\s*(\w+)")
_IFNULL = re.compile(r"ifnull\(", re.IGNORECASE)
_WRITES = ("insert", "update", "delete", "replace")
_DDL = ("start", "alter", "drop", "create", "begin", "truncate")


class CallbackManager:
    """Functions to call once, in order, at a point of the transaction."""

    def __init__(self):
        self._functions = deque()

    def add(self, func) -> None:
        self._functions.append(func)

    def run(self) -> None:
        while self._functions:
            self._functions.popleft()()

    def reset(self) -> None:
        self._functions.clear()

    def __call__(self, func):
        self.add(func)
        return func


class Database:
    """A connection to the site's database with Frappe's interface."""

    db_type = ""
    VARCHAR_LEN = 140
    MAX_COLUMN_LENGTH = 64
    MAX_WRITES_PER_TRANSACTION = 200_000
    type_map = {
        **dict.fromkeys(("Currency", "Float", "Percent", "Duration"), ("decimal", "21,9")),
        **dict.fromkeys(("Small Text", "Text", "Password", "Attach", "Attach Image"), ("text", "")),
        **dict.fromkeys(
            ("Long Text", "Code", "Text Editor", "Markdown Editor", "HTML Editor")
            + ("Signature", "Barcode", "Geolocation"),
            ("longtext", ""),
        ),
        **dict.fromkeys(
            ("Data", "Link", "Dynamic Link", "Select", "Read Only", "Color", "Icon", "Phone", "Autocomplete"),
            ("varchar", VARCHAR_LEN),
        ),
        "Check": ("int", "1"),
        "Date": ("date", ""),
        "Datetime": ("datetime", "6"),
        "Int": ("int", "11"),
        "JSON": ("json", ""),
        "Long Int": ("bigint", "20"),
        "Rating": ("decimal", "3,2"),
        "Time": ("time", "6"),
    }
    DEFAULT_SHORTCUTS = ("_Login", "__user", "_Full Name", "Today", "__today", "now", "Now")
    STANDARD_VARCHAR_COLUMNS = ("name", "owner", "modified_by")
    DEFAULT_COLUMNS = ("name", "creation", "modified", "modified_by", "owner", "docstatus", "idx")
    CHILD_TABLE_COLUMNS = ("parent", "parenttype", "parentfield")
    OPTIONAL_COLUMNS = ("_user_tags", "_comments", "_assign", "_liked_by")

    OperationalError = err.OperationalError
    ProgrammingError = err.ProgrammingError
    InternalError = err.InternalError
    IntegrityError = err.IntegrityError
    DataError = err.DataError
    SQLError = err.ProgrammingError
    TableMissingError = err.ProgrammingError
    InvalidColumnName = frappe.InvalidColumnName

    def __init__(self, host=None, user=None, password=None, port=None, cur_db_name=None):
        self.host, self.user, self.password, self.port = host, user, password, port
        self.cur_db_name = cur_db_name
        self._conn = self._cursor = None
        self.transaction_writes = 0
        self.auto_commit_on_many_writes = 0
        self.value_cache = {}
        self.last_query = None
        self.before_commit, self.after_commit = CallbackManager(), CallbackManager()
        self.before_rollback, self.after_rollback = CallbackManager(), CallbackManager()

    # -- for the back ends -------------------------------------------------------------------

    def connect(self) -> None:
        raise NotImplementedError

    def _execute(self, query: str, values):
        """Run one statement and return its result rows, or None when it gives none."""
        raise NotImplementedError

    def _columns(self) -> list:
        """Return the column names of the last result."""
        return [column[0] for column in self._cursor.description or ()]

    def _end_transaction(self, word: str) -> None:
        raise NotImplementedError

    # -- statements --------------------------------------------------------------------------

    def sql(
        self,
        query,
        values=EmptyQueryValues,
        *,
        as_dict=0,
        as_list=0,
        debug=0,
        ignore_ddl=0,
        auto_commit=0,
        update=None,
        explain=False,
        run=True,
        pluck=False,
        as_iterator=False,
    ):
        """Run a statement in MariaDB's SQL and return its rows, as tuples unless told otherwise."""
        query = str(query)
        if not run:
            return query
        query = _IFNULL.sub("coalesce(", query.strip())
        if not self._conn:
            self.connect()
        self.check_transaction_status(query)
        if auto_commit:
            self.commit()
        if values is EmptyQueryValues or values == ():
            values = None
        elif not isinstance(values, tuple | dict | list):
            values = (values,)
        if debug:
            frappe.log(f"{query} {values or ''}")
        self.last_query = query
        try:
            rows = self._execute(query, values or None)
        except Exception as e:
            if self.is_deadlocked(e):
                raise frappe.QueryDeadlockError(e) from e
            if self.is_timedout(e):
                raise frappe.QueryTimeoutError(e) from e
            if self.is_syntax_error(e):
                frappe.log(f"Syntax error in query:\n{query} {values or ''}")
            missing = (self.is_missing_column, self.is_table_missing, self.cant_drop_field_or_key)
            if not (ignore_ddl and any(check(e) for check in missing)):
                raise
            rows = None
        if auto_commit:
            self.commit()
        if rows is None:
            return ()
        if pluck:
            result = [row[0] for row in rows]
        elif as_dict:
            names = self._columns()
            result = [frappe._dict(zip(names, row, strict=True)) for row in rows]
            for row in result if update else ():
                row.update(update)
        else:
            result = [list(row) for row in rows] if as_list else rows
        return iter(result) if as_iterator else result

    def sql_list(self, query, values=(), debug=False, **kwargs) -> list:
        """Return the first column."""
        return self.sql(query, values, **kwargs, debug=debug, pluck=True)

    def sql_ddl(self, query, debug=False) -> None:
        """Commit, then run a statement that changes the schema."""
        self.commit()
        self.sql(query, debug=debug)

    def multisql(self, sql_dict, values=(), **kwargs):
        query = sql_dict.get(self.db_type) or sql_dict.get("mariadb")
        return self.sql(query, values, **kwargs)

    def check_transaction_status(self, query: str) -> None:
        """Refuse DDL after writes, and more writes in one transaction than a server should hold."""
        match = _FIRST_WORD.match(query)
        word = match[1].lower() if match else ""
        if self.transaction_writes and word in _DDL:
            raise ImplicitCommitError("This statement can cause implicit commit")
        if word in ("commit", "rollback") and "savepoint" not in query.lower():
            self.transaction_writes = 0
        if word in _WRITES:
            self.transaction_writes += 1
            if self.transaction_writes > self.MAX_WRITES_PER_TRANSACTION:
                if not self.auto_commit_on_many_writes:
                    message = _("Too many changes to database in single action.")
                    raise frappe.TooManyWritesError(
                        f"<br><br>{message}<br>{_('The changes have been reverted.')}<br>"
                    )
                self.commit()
        if word in ("create", "drop", "alter"):
            frappe.cache.delete_value("db_tables")

    def get_description(self):
        return self._cursor.description

    # -- transactions ------------------------------------------------------------------------

    def begin(self, *, read_only=False) -> None:
        """Do nothing: a transaction begins with its first statement."""

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

    def get(self, doctype, filters=None, as_dict=True, cache=False):
        return self.get_value(doctype, filters, "*", as_dict=as_dict, cache=cache)

    def get_value(
        self,
        doctype,
        filters=None,
        fieldname="name",
        ignore=None,
        as_dict=False,
        debug=False,
        order_by=DefaultOrderBy,
        cache=False,
        for_update=False,
        *,
        run=True,
        pluck=False,
        distinct=False,
        skip_locked=False,
        wait=True,
    ):
        """Return the value, or the tuple of values, of the first match; None when nothing matches."""
        result = self.get_values(
            doctype,
            filters,
            fieldname,
            ignore,
            as_dict,
            debug,
            order_by,
            cache=cache,
            for_update=for_update,
            run=run,
            pluck=pluck,
            distinct=distinct,
            limit=1,
            skip_locked=skip_locked,
            wait=wait,
        )
        if not run:
            return result
        if not result:
            return None
        row = result[0]
        return row if len(row) > 1 or as_dict else row[0]

    def get_values(
        self,
        doctype,
        filters=None,
        fieldname="name",
        ignore=None,
        as_dict=False,
        debug=False,
        order_by=DefaultOrderBy,
        update=None,
        cache=False,
        for_update=False,
        *,
        run=True,
        pluck=False,
        distinct=False,
        limit=None,
        skip_locked=False,
        wait=True,
    ):
        """Return the values of all matches, newest `modified` first unless `order_by` says otherwise."""
        cache_key = (doctype, filters, str(fieldname)) if cache and isinstance(filters, str) else None
        if cache_key and cache_key in self.value_cache:
            return self.value_cache[cache_key]
        order_by = None if distinct else order_by
        locks = dict(for_update=for_update, skip_locked=skip_locked, wait=wait)
        options = dict(as_dict=as_dict, debug=debug, update=update, run=run, pluck=pluck)
        query = dict(distinct=distinct, limit=limit, validate_filters=True, **locks)
        if isinstance(filters, list):
            names = list(filter(None, filters))
            if not names:
                return {}
            build = frappe.qb.get_query(doctype, fields=fieldname, filters=names, order_by=order_by, **query)
            out = build.run(**options)
        elif filters is not None and (filters != doctype or doctype == "DocType"):
            out = self._get_values_from_table(doctype, filters, fieldname, order_by, ignore, query, options)
        else:
            out = self._get_values_from_single(doctype, filters, fieldname, as_dict, update, pluck)
        if cache_key:
            self.value_cache[cache_key] = out
        return out

    def _get_values_from_table(self, doctype, filters, fieldname, order_by, ignore, query, options):
        if order_by == DefaultOrderBy:
            order_by = "modified"
        fields = [fieldname] if isinstance(fieldname, str) and fieldname != "*" else fieldname
        if fieldname == "*":
            options = dict(options, as_dict=True)
        try:
            return frappe.qb.get_query(
                doctype, fields=fields, filters=filters, order_by=order_by, **query
            ).run(**options)
        except Exception as e:
            if ignore and (self.is_missing_table_or_column(e) or str(e).startswith("Invalid DocType")):
                return None
            if not ignore and self.is_table_missing(e):
                return self._get_values_from_single(
                    doctype, filters, fieldname, options["as_dict"], options["update"], False
                )
            raise

    def _get_values_from_single(self, doctype, filters, fieldname, as_dict, update, pluck):
        """Return the one row of a Single as its raw texts; no row when it does not match."""
        stored = self.get_singles_dict(doctype)
        fields = [fieldname] if isinstance(fieldname, str) else list(fieldname)
        if fieldname == "*" or isinstance(filters, dict):
            if isinstance(filters, dict) and any(stored.get(k) != v for k, v in filters.items()):
                return []
            if as_dict or fieldname == "*":
                return [stored] if stored else []
            return [[stored.get(field) for field in fields]]
        row = frappe._dict({field: stored[field] for field in fields if field in stored})
        if not row:
            return []
        row.update(update or {})
        if as_dict:
            return [row]
        return [row.get(fields[0])] if pluck else [[row.get(field) for field in fields]]

    def get_singles_dict(self, doctype, debug=False, *, for_update=False, cast=False):
        """Return a Single's stored values, as texts unless `cast`."""
        rows = frappe.qb.get_query(
            "Singles", filters={"doctype": doctype}, fields=["field", "value"], for_update=for_update
        ).run(debug=debug)
        values = frappe._dict(rows)
        if cast:
            from frappe.utils import cast as cast_fieldtype

            meta = frappe.get_meta(doctype)
            for fieldname in values:
                if df := meta.get_field(fieldname):
                    values[fieldname] = cast_fieldtype(df.fieldtype, values[fieldname])
        return values

    def get_single_value(self, doctype, fieldname, cache=True):
        """Return a Single's value in its field's type; remembered for this connection."""
        from frappe.utils import cast as cast_fieldtype

        values = self.value_cache.setdefault(doctype, {})
        if cache and fieldname in values:
            return values[fieldname]
        rows = frappe.qb.get_query(
            "Singles", filters={"doctype": doctype, "field": fieldname}, fields="value"
        ).run()
        df = frappe.get_meta(doctype).get_field(fieldname)
        if not df:
            template = _("Field {0} does not exist on {1}")
            frappe.throw(
                template.format(frappe.bold(fieldname), frappe.bold(doctype)), self.InvalidColumnName
            )
        values[fieldname] = cast_fieldtype(df.fieldtype, rows[0][0] if rows else None)
        return values[fieldname]

    get_singles_value = get_single_value

    @staticmethod
    def get_all(*args, **kwargs):
        return frappe.get_all(*args, **kwargs)

    @staticmethod
    def get_list(*args, **kwargs):
        return frappe.get_list(*args, **kwargs)

    def exists(self, dt, dn=None, cache=False):
        """Return the name of a matching document, or None. A Single always exists."""
        if dt != "DocType" and dt == dn:
            return dn
        if isinstance(dt, dict):
            dt = dt.copy()
            dt, dn = dt.pop("doctype"), dt
        return self.get_value(dt, dn, ignore=True, cache=cache, order_by=None)

    def count(self, dt, filters=None, debug=False, cache=False, distinct: bool = True) -> int:
        """Return how many rows match."""
        from frappe.query_builder.functions import Count

        query = frappe.qb.get_query(
            table=dt, filters=filters, fields=Count("*"), distinct=distinct, validate_filters=True
        )
        return query.run(debug=debug)[0][0]

    def get_next_sequence_val(self, doctype: str) -> int:
        """Return the next number of a DocType with `autoincrement` names."""
        from frappe.model.naming import getseries

        return int(getseries(f"__sequence {doctype}", 1))

    def a_row_exists(self, doctype) -> bool:
        return bool(self.sql(f"select name from `tab{doctype}` limit 1"))

    def get_creation_count(self, doctype, minutes) -> int:
        from frappe.utils import add_to_date, now_datetime

        return self.count(doctype, {"creation": [">=", add_to_date(now_datetime(), minutes=-minutes)]})

    def get_last_created(self, doctype):
        newest = self.get_all(doctype, "creation", limit=1, order_by="creation desc")
        return newest[0].creation if newest else None

    def field_exists(self, dt, fn):
        return self.exists("DocField", {"fieldname": fn, "parent": dt})

    # -- writing values ----------------------------------------------------------------------

    @staticmethod
    def _get_update_dict(fieldname, value, *, modified, modified_by, update_modified) -> dict:
        from frappe.utils import now

        changes = fieldname if isinstance(fieldname, dict) else {fieldname: value}
        if update_modified:
            changes.update(modified=modified or now(), modified_by=modified_by or frappe.session.user)
        return changes

    def set_value(
        self,
        dt,
        dn,
        field,
        val=None,
        modified=None,
        modified_by=None,
        update_modified=True,
        debug=False,
    ) -> None:
        """Change stored values of one or of all matching documents, without hooks or validation."""
        times = dict(modified=modified, modified_by=modified_by, update_modified=update_modified)
        if dn is None or dt == dn:
            if frappe.get_meta(dt).issingle:
                self.set_single_value(dt, field, val, debug=debug, **times)
            return
        changes = self._get_update_dict(field, val, **times)
        query = frappe.qb.get_query(table=dt, filters=dn, update=True, validate_filters=True)
        frappe.clear_document_cache(dt, dn if isinstance(dn, str) else None)
        for column, value in changes.items():
            query = query.set(column, value)
        query.run(debug=debug)
        self.value_cache.pop(dt, None)

    def set_single_value(
        self,
        doctype,
        fieldname,
        value=None,
        *,
        modified=None,
        modified_by=None,
        update_modified=True,
        debug=False,
    ) -> None:
        """Change stored values of a Single, without hooks or validation."""
        from frappe.utils import sbool

        changes = self._get_update_dict(
            fieldname, value, modified=modified, modified_by=modified_by, update_modified=update_modified
        )
        self.delete("Singles", {"field": ("in", tuple(changes)), "doctype": doctype}, debug=debug)
        rows = ((doctype, key, sbool(value)) for key, value in changes.items())
        frappe.qb.into("Singles").columns("doctype", "field", "value").insert(*rows).run(debug=debug)
        frappe.clear_document_cache(doctype, doctype)
        self.value_cache.pop(doctype, None)

    def delete(self, doctype: str, filters=None, debug=False, **kwargs):
        """Delete matching rows; no hooks, and child rows stay."""
        filters = filters or kwargs.pop("conditions", None)
        query = frappe.qb.get_query(table=doctype, filters=filters, delete=True, validate_filters=True)
        return query.run(debug=debug, **kwargs)

    def truncate(self, doctype: str):
        table = doctype if doctype.startswith("__") else f"tab{doctype}"
        return self.sql_ddl(f"truncate `{table}`")

    def bulk_insert(self, doctype, fields, values, ignore_duplicates=False, *, chunk_size=10_000) -> None:
        """Insert rows as they are given, many at a time."""
        query = frappe.qb.into(frappe.qb.DocType(doctype)).columns(fields)
        if ignore_duplicates:
            query = query.ignore()
        rows = iter(values)
        while chunk := tuple(itertools.islice(rows, min(chunk_size, self.max_values // len(fields)))):
            query.insert(*chunk).run()

    max_values = 60_000

    def set_global(self, key, val, user="__global") -> None:
        self.set_default(key, val, user)

    def get_global(self, key, user="__global"):
        return self.get_default(key, user)

    def get_default(self, key, parent="__default"):
        """Return a default value; the first where there are several."""
        found = self.get_defaults(key, parent)
        return (isinstance(found, list) and found[0]) or found

    @staticmethod
    def set_default(key, val, parent="__default", parenttype=None) -> None:
        import frappe.defaults

        frappe.defaults.set_default(key, val, parent, parenttype)

    @staticmethod
    def add_default(key, val, parent="__default", parenttype=None) -> None:
        import frappe.defaults

        frappe.defaults.add_default(key, val, parent, parenttype)

    @staticmethod
    def get_defaults(key=None, parent="__default"):
        import frappe.defaults

        found = frappe.defaults.get_defaults_for(parent)
        if not key:
            return found
        return found[key] if key in found else found.get(frappe.scrub(key))

    def get_system_setting(self, key):
        return frappe.get_system_settings(key)

    # -- schema ------------------------------------------------------------------------------

    def get_tables(self, cached=True) -> list:
        """Return the names of all tables, `tab` included."""
        tables = frappe.cache.get_value("db_tables") if cached else None
        if not tables:
            tables = self._get_tables()
            frappe.cache.set_value("db_tables", tables)
        return tables

    def table_exists(self, doctype, cached=True) -> bool:
        return f"tab{doctype}" in self.get_tables(cached=cached)

    has_table = table_exists

    def get_db_table_columns(self, table) -> list:
        """Return the table's column names; empty when there is no such table."""
        columns = frappe.cache.hget("table_columns", table)
        if columns is None:
            columns = [column.name for column in self.get_table_columns_description(table)]
            if columns:
                frappe.cache.hset("table_columns", table, columns)
        return columns

    def get_table_columns(self, doctype) -> list:
        columns = self.get_db_table_columns(f"tab{doctype}")
        if not columns:
            raise self.TableMissingError(ER.NO_SUCH_TABLE, f"Table 'tab{doctype}' doesn't exist")
        return columns

    def has_column(self, doctype, column) -> bool:
        return column in self.get_table_columns(doctype)

    def get_column_type(self, doctype, column):
        columns = self.get_table_columns_description(f"tab{doctype}")
        return next((c.type for c in columns if c.name == column), None)

    @staticmethod
    def get_index_name(fields) -> str:
        return re.sub(r"\s*\([^)]+\)\s*", "", "_".join(fields) + "_index")

    def updatedb(self, doctype, meta=None) -> None:
        """Create or alter the DocType's table."""
        from frappe.database.schema import DBTable

        meta = meta or frappe.get_meta(doctype, False)
        if not meta.get("issingle"):
            DBTable(doctype, meta).sync()

    @staticmethod
    def create_framework_tables() -> None:
        """Create the tables that must be there before any DocType can be synced."""
        from frappe.database.schema import create_framework_tables

        create_framework_tables()

    # -- texts and errors --------------------------------------------------------------------

    @staticmethod
    def format_date(date) -> str:
        from frappe.utils import getdate

        return getdate(date).strftime("%Y-%m-%d") if getdate(date) else "0001-01-01"

    @staticmethod
    def format_datetime(datetime) -> str:
        from frappe.utils import get_datetime

        if not datetime:
            return FallBackDateTimeStr
        return get_datetime(datetime).strftime("%Y-%m-%d %H:%M:%S.%f")

    @staticmethod
    def escape(s, percent=True) -> str:
        """Return `s` as a quoted SQL text."""
        from pymysql.converters import escape_string

        text = s.decode() if isinstance(s, bytes) else str("" if s is None else s)
        text = escape_string(text)
        return f"'{text.replace('%', '%%') if percent else text}'"

    @staticmethod
    def _code(e):
        return e.args[0] if getattr(e, "args", None) else None

    @classmethod
    def is_deadlocked(cls, e) -> bool:
        return cls._code(e) == ER.LOCK_DEADLOCK

    @classmethod
    def is_timedout(cls, e) -> bool:
        return cls._code(e) == ER.LOCK_WAIT_TIMEOUT

    @classmethod
    def is_table_missing(cls, e) -> bool:
        return cls._code(e) == ER.NO_SUCH_TABLE

    @classmethod
    def is_missing_column(cls, e) -> bool:
        return cls._code(e) == ER.BAD_FIELD_ERROR

    @classmethod
    def is_missing_table_or_column(cls, e) -> bool:
        return cls.is_missing_column(e) or cls.is_table_missing(e)

    @classmethod
    def is_duplicate_fieldname(cls, e) -> bool:
        return cls._code(e) == ER.DUP_FIELDNAME

    @classmethod
    def is_duplicate_entry(cls, e) -> bool:
        return cls._code(e) == ER.DUP_ENTRY

    @classmethod
    def is_primary_key_violation(cls, e) -> bool:
        return cls.is_duplicate_entry(e) and "PRIMARY" in str(e.args[1])

    @classmethod
    def is_unique_key_violation(cls, e) -> bool:
        return cls.is_duplicate_entry(e) and "Duplicate" in str(e.args[1])

    @classmethod
    def is_syntax_error(cls, e) -> bool:
        return cls._code(e) == ER.PARSE_ERROR

    @classmethod
    def is_data_too_long(cls, e) -> bool:
        return cls._code(e) == ER.DATA_TOO_LONG

    @classmethod
    def is_access_denied(cls, e) -> bool:
        return cls._code(e) == ER.ACCESS_DENIED_ERROR

    @classmethod
    def cant_drop_field_or_key(cls, e) -> bool:
        return cls._code(e) == ER.CANT_DROP_FIELD_OR_KEY

    @classmethod
    def is_nested_transaction_error(cls, e) -> bool:
        return cls._code(e) == ER.CANT_CHANGE_TX_CHARACTERISTICS


@contextmanager
def savepoint(catch=Exception):
    """Undo what the block wrote when it raises one of `catch`, and go on after it."""
    name = "".join(random.sample(string.ascii_lowercase, 10))
    frappe.db.savepoint(name)
    try:
        yield
    except catch:
        frappe.db.rollback(save_point=name)
    else:
        frappe.db.release_savepoint(name)
