"""SQLite behind `frappe.db`: one file a site, WAL, one writer at a time.

Statements come in MariaDB's SQL, errors leave as PyMySQL's classes with MariaDB's codes.

A transaction starts as a reader. Its first write, locking read or save point waits for the
site's write lock and starts over as a writer on the newest data, as a locking read does on MariaDB.
"""

import datetime
import os
import re
import sqlite3
import threading
import time
from collections import deque
from decimal import Decimal

import frappe
from frappe.database import functions
from frappe.database.database import Database
from frappe.database.dialect import COLLATION, bind, translate
from frappe.exceptions import NotSupported
from pymysql import err
from pymysql.constants import ER

LOCK_WAIT_SECONDS = 30
_READS = ("select", "with", "explain", "pragma")


class WriteLock:
    """One writer at a time among the threads of this process, first come first served."""

    def __init__(self):
        self._turns, self._waiting, self.owner = threading.Condition(), deque(), None

    def acquire(self, timeout: float) -> bool:
        """Wait for the lock; False when `timeout` seconds passed or this thread holds it already."""
        me, ticket = threading.get_ident(), object()
        with self._turns:
            if self.owner == me:
                return False
            self._waiting.append(ticket)
            is_mine = self._turns.wait_for(lambda: not self.owner and self._waiting[0] is ticket, timeout)
            self._waiting.remove(ticket)
            if is_mine:
                self.owner = me
            self._turns.notify_all()
            return is_mine

    def release(self) -> None:
        with self._turns:
            self.owner = None
            self._turns.notify_all()


_locks: dict = {}


class SQLiteDatabase(Database):
    """The site's database as a file in its folder."""

    db_type = "sqlite"
    max_values = 30_000
    tables_sql = "select name from sqlite_master where type = 'table'"
    columns_sql = "select name, lower(type) as type, dflt_value as `default` from pragma_table_info(%s)"
    keys_sql = "select k.name, c.name, k.`unique` from pragma_index_list(%s) k, pragma_index_info(k.name) c"
    table_options = ""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.path = database_path(frappe.local.conf)
        self._lock = _locks.setdefault(os.path.abspath(self.path), WriteLock())
        self._state = None  # None, "read" or "write"

    def connect(self) -> None:
        options = dict(detect_types=sqlite3.PARSE_DECLTYPES, check_same_thread=False, cached_statements=512)
        self._conn = sqlite3.connect(self.path, LOCK_WAIT_SECONDS, isolation_level=None, **options)
        functions.register(self._conn)
        self._cursor = self._conn.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=OFF", "cache_size=-16000"):
            self._cursor.execute(f"pragma {pragma}")

    def close(self) -> None:
        if self._conn:
            self._end_transaction("rollback")
        super().close()

    # -- transactions ------------------------------------------------------------------------

    def _start(self, writes: bool) -> None:
        if self._state == "write" or (self._state == "read" and not writes):
            return
        if self._state == "read":
            self._cursor.execute("commit")
            self._state = None
        if not writes:
            self._cursor.execute("begin")
            self._state = "read"
            return
        ends = time.monotonic() + LOCK_WAIT_SECONDS
        if not self._lock.acquire(LOCK_WAIT_SECONDS):
            who = "this thread" if self._lock.owner == threading.get_ident() else "this site"
            message = f"Lock wait timeout exceeded; another transaction of {who} is writing"
            raise err.OperationalError(ER.LOCK_WAIT_TIMEOUT, message)
        try:
            left = max(0, int(1000 * (ends - time.monotonic())))
            self._cursor.execute(f"pragma busy_timeout={left}")
            self._cursor.execute("begin immediate")
        except BaseException:
            self._lock.release()
            raise
        self._state = "write"

    def _end_transaction(self, word: str) -> None:
        state, self._state = self._state, None
        try:
            if state:
                self._cursor.execute(word)
        finally:
            if state == "write":
                self._lock.release()

    # -- statements --------------------------------------------------------------------------

    def _execute(self, query, values):
        statement = translate(query, values is not None)
        try:
            self._start(statement.kind not in _READS or statement.locking)
            sql, parameters = bind(statement, values)
            self._cursor.execute(sql, [_adapt(value) for value in parameters])
            rows = self._cursor.fetchall() if self._cursor.description else None
        except sqlite3.Error as e:
            raise as_mariadb_error(e) from e
        return rows if rows is None else tuple(rows)

    @staticmethod
    def _column_name(name: str) -> str:
        return name.replace(f" COLLATE {COLLATION}", "").replace("*1.0/", "/")

    # -- schema ------------------------------------------------------------------------------

    def native_type(self, coltype: str) -> str:
        """Return the declared type: its affinity keeps decimals floats and JSON a text."""
        return coltype.replace("decimal", "double").replace("json", "json text")

    def column_definition(self, fieldname: str, coltype: str) -> str:
        """Return type, collation and check that make the column behave as on MariaDB."""
        native, kind = self.native_type(coltype), re.match(r"\w+", coltype)[0]
        rule, collation, check = _RULES.get(kind, ("", COLLATION, ""))
        if check:
            condition = check.format(f"`{fieldname}`", *re.findall(r"\d+", native))
            check = f" constraint `{rule} {fieldname}` check ({condition})"
        return f"{native}{f' collate {collation}' if collation else ''}{check}"

    def key_name(self, table: str, name: str) -> str:
        """Return the name of a key; SQLite's are unique in the whole file."""
        return f"{table}|{name}"

    def change_columns(self, table: str, changed: list) -> None:
        """Build the table anew with the changed definitions and carry all rows over."""
        wanted, definitions, values = {column.fieldname: column for column in changed}, [], []
        for column in self.sql(f"pragma table_info(`{table}`)", as_dict=True):
            name, default = f"`{column.name}`", f" default {column.dflt_value}" if column.dflt_value else ""
            definition = f"{name} {self.column_definition(column.name, column.type)}"
            definition += f"{' not null' if column.notnull else ''}{default}"
            definition += " primary key" if column.pk else ""
            if column.name in wanted:
                definition = wanted[column.name].definition()
                _null, is_number, default = (wanted[column.name].default or "").partition("not null default ")
                name = f"coalesce({name}, {default})" if is_number else name
            definitions.append(definition)
            values.append(name)
        keys = "select sql from sqlite_master where tbl_name = %s and type = 'index' and sql is not null"
        keys = self.sql(keys, table, pluck=True)
        self.create_table(f"{table}|new", definitions)
        self.commit()
        self._start(writes=True)
        carry_over = f"insert into `{table}|new` select {', '.join(values)} from `{table}`"
        rename = f"alter table `{table}|new` rename to `{table}`"
        for statement in (carry_over, f"drop table `{table}`", rename, *keys):
            self._cursor.execute(statement)
        self.commit()

    def drop_index(self, table: str, name: str) -> None:
        self.sql_ddl(f"drop index if exists `{name}`")

    # -- the file ----------------------------------------------------------------------------

    @classmethod
    def create_database(cls, conf, force, root_login, root_password) -> None:
        path = database_path(conf)
        if os.path.exists(path) and not force:
            raise FileExistsError(f"{path} is there already")
        cls.drop_database(conf, root_login, root_password)
        os.makedirs(os.path.dirname(path), exist_ok=True)

    @classmethod
    def drop_database(cls, conf, root_login, root_password) -> None:
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(database_path(conf) + suffix):
                os.remove(database_path(conf) + suffix)


# column type -> name of its check, collation, check
_RULES = {
    **dict.fromkeys(("int", "bigint"), ("number", "", "typeof({0}) <> 'text' and abs({0}) < 1e18")),
    **dict.fromkeys(("decimal", "double"), ("range", "", "typeof({0}) <> 'text' and abs({0}) < 1e12")),
    "varchar": ("long", COLLATION, "length({0}) <= {1}"),
    **{kind: (kind, "TEMPORAL", f"is_{kind}({{0}})") for kind in ("date", "datetime", "time")},
    "json": ("json", COLLATION, "{0} is null or json_valid({0})"),
    "text": ("long", COLLATION, "length(cast({0} as blob)) < 65536"),
}
# what SQLite says -> the class, code and words of MariaDB's error
_ERRORS = (
    (r"NOT NULL .*\.(.+)", err.IntegrityError, ER.BAD_NULL_ERROR, "Column '{0}' cannot be null"),
    (r"CHECK .*: json (.+)", err.OperationalError, 4025, "CONSTRAINT `{0}` failed"),
    (r"CHECK .*: long (.+)", err.DataError, ER.DATA_TOO_LONG, "Data too long for column '{0}' at row 1"),
    (r"CHECK .*: range (.+)", err.DataError, 1264, "Out of range value for column '{0}' at row 1"),
    (r"CHECK .*: number (.+)", err.DataError, 1366, "Incorrect number for column '{0}' at row 1"),
    (r"CHECK .*: (\w+) (.+)", err.OperationalError, 1292, "Incorrect {0} value for column '{1}' at row 1"),
    (r"no such table: (.+)", err.ProgrammingError, ER.NO_SUCH_TABLE, "Table '{0}' doesn't exist"),
    (r".*no (?:such )?column(?::| named) (.+)", err.OperationalError, 1054, "Unknown column {0}"),
    (r"(.*(?:locked|busy).*)", err.OperationalError, ER.LOCK_WAIT_TIMEOUT, "Lock wait timeout exceeded; {0}"),
    (r"(.*(?:syntax error|incomplete|unrecognized).*)", err.ProgrammingError, ER.PARSE_ERROR, "{0}"),
)


def as_mariadb_error(e: sqlite3.Error) -> Exception:
    if match := re.match(r"UNIQUE constraint failed: (.+)", str(e)):
        columns = "_".join(re.findall(r"\.(\w+)", match[1])) or match[1]
        key = "PRIMARY" if columns == "name" else columns
        return err.IntegrityError(ER.DUP_ENTRY, f"Duplicate entry for key '{key}' ({match[1]})")
    if str(e).startswith("no such function"):
        return NotSupported(f"SQL: {e}, so it is not supported by the embedded bench")
    for pattern, error, code, message in _ERRORS:
        if match := re.match(pattern, str(e)):
            return error(code, message.format(*filter(None, match.groups())))
    return err.OperationalError(0, str(e))


def database_path(conf) -> str:
    name = conf.db_name or os.path.basename(os.path.normpath(frappe.local.site))
    return os.path.join(frappe.local.site_path, f"{name}.db")


def _adapt(value):
    """Return the value as SQLite stores it: ISO texts, numbers with nine decimals."""
    if value is None or type(value) in (str, int):
        return value
    if isinstance(value, float | Decimal):
        return round(float(value), 9)
    if isinstance(value, datetime.datetime):
        return value.strftime(functions.DATETIME)
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S.%f")
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(value.total_seconds(), 60)
        return f"{int(minutes // 60):02}:{int(minutes % 60):02}:{seconds:09.6f}"
    return int(value) if isinstance(value, int) else value if isinstance(value, bytes) else str(value)
