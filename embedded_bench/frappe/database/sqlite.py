"""SQLite behind `frappe.db`: one file a site, WAL, one writer at a time.

Statements come in MariaDB's SQL, errors leave as PyMySQL's classes with MariaDB's codes, so that
nothing above this module knows which back end it has.

A transaction starts as a reader. Its first write, locking read or save point waits for the
site's write lock and starts over as a writer on the newest data, as a locking read does on
MariaDB; it never fails because another writer was faster.
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
from frappe.utils.data import now_datetime
from pymysql import err
from pymysql.constants import ER

LOCK_WAIT_SECONDS = 30
_READS = ("select", "with", "explain", "pragma")
_LOOSE = re.compile(r"CHECK constraint failed: (date|datetime) (\w+)$")
_MOMENT = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,6})?)?)?$"
)
_UNIQUE = re.compile(r"UNIQUE constraint failed: (?:index '(?P<index>[^']+)'|(?P<columns>.+))")


class WriteLock:
    """One writer at a time among the threads of this process, first come first served."""

    def __init__(self):
        self._mutex = threading.Lock()
        self._waiting: deque = deque()
        self.owner = None

    def acquire(self, timeout: float) -> bool:
        """Wait for the lock; False when `timeout` seconds passed or this thread holds it already."""
        me = threading.get_ident()
        with self._mutex:
            if self.owner is None and not self._waiting:
                self.owner = me
                return True
            if self.owner == me:
                return False
            turn = threading.Event()
            self._waiting.append((turn, me))
        if turn.wait(timeout):
            return True
        with self._mutex:
            if turn.is_set():  # handed over just now
                return True
            self._waiting.remove((turn, me))
        return False

    def release(self) -> None:
        with self._mutex:
            self.owner = None
            if self._waiting:
                turn, self.owner = self._waiting.popleft()
                turn.set()


_locks: dict = {}
_locks_mutex = threading.Lock()


def write_lock(path: str) -> WriteLock:
    """Return the lock of the database file at `path`."""
    with _locks_mutex:
        return _locks.setdefault(os.path.abspath(path), WriteLock())


class SQLiteDatabase(Database):
    """The site's database as a file in its folder."""

    db_type = "sqlite"
    max_values = 30_000

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.path = database_path(frappe.local.conf)
        self._lock = write_lock(self.path)
        self._state = None  # None, "read" or "write"

    def connect(self) -> None:
        self._conn = sqlite3.connect(
            self.path,
            timeout=LOCK_WAIT_SECONDS,
            isolation_level=None,
            detect_types=sqlite3.PARSE_DECLTYPES,
            check_same_thread=False,
            cached_statements=512,
        )
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
        started = time.monotonic()
        if not self._lock.acquire(LOCK_WAIT_SECONDS):
            raise err.OperationalError(
                ER.LOCK_WAIT_TIMEOUT,
                "Lock wait timeout exceeded; another transaction of "
                + ("this thread" if self._lock.owner == threading.get_ident() else "this site")
                + " is writing",
            )
        try:
            left = max(0.0, LOCK_WAIT_SECONDS - (time.monotonic() - started))
            self._cursor.execute(f"pragma busy_timeout={int(left * 1000)}")
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
        if statement.kind in ("commit", "rollback") and "savepoint" not in query.lower():
            self._end_transaction(statement.kind)
            return None
        if statement.kind in ("start", "begin"):
            return None
        try:
            self._start(statement.kind not in _READS or statement.locking)
            sql, parameters = bind(statement, values, now_datetime)
            self._run(sql, [_adapt(value) for value in parameters])
            rows = self._cursor.fetchall() if self._cursor.description else None
        except sqlite3.Error as e:
            raise self._as_mariadb_error(e, query) from e
        if rows and statement.temporal:
            rows = [
                tuple(
                    functions.parse_temporal(value) if i in statement.temporal else value
                    for i, value in enumerate(row)
                )
                for row in rows
            ]
        return rows if rows is None else tuple(rows)

    def _run(self, sql: str, parameters: list) -> None:
        """Run the statement; a date that is written loosely is written out, as MariaDB does."""
        while True:
            try:
                self._cursor.execute(sql, parameters)
                return
            except sqlite3.IntegrityError as e:
                match = _LOOSE.match(str(e))
                if not match or not _tidy_dates(sql, parameters, *match.groups()):
                    raise

    def _columns(self):
        suffix = f" COLLATE {COLLATION}"
        return [column[0].replace(suffix, "").replace("*1.0/", "/") for column in self._cursor.description]

    @staticmethod
    def _as_mariadb_error(e: sqlite3.Error, query: str) -> Exception:
        """Return the error that MariaDB would have given."""
        text = str(e)
        if match := _UNIQUE.match(text):
            columns = match["index"] or match["columns"]
            name = "_".join(re.findall(r"\.(\w+)", columns)) or columns
            key = "PRIMARY" if name == "name" else name
            return err.IntegrityError(ER.DUP_ENTRY, f"Duplicate entry for key '{key}' ({columns})")
        if text.startswith("NOT NULL constraint failed"):
            return err.IntegrityError(ER.BAD_NULL_ERROR, f"Column '{text.rpartition('.')[2]}' cannot be null")
        if text.startswith("CHECK constraint failed"):
            kind, _colon, column = text.partition(": ")[2].partition(" ")
            if kind == "json":
                return err.OperationalError(4025, f"CONSTRAINT `{column}` failed")
            if kind == "long":
                return err.DataError(ER.DATA_TOO_LONG, f"Data too long for column '{column}' at row 1")
            if kind == "number":
                return err.DataError(1366, f"Incorrect {kind} value for column '{column}' at row 1")
            return err.OperationalError(1292, f"Incorrect {kind} value for column '{column}' at row 1")
        if text.startswith("no such table"):
            return err.ProgrammingError(ER.NO_SUCH_TABLE, f"Table '{text.partition(': ')[2]}' doesn't exist")
        if "no such column" in text or "has no column named" in text:
            column = text.partition(": ")[2] or text.rpartition(" ")[2]
            return err.OperationalError(ER.BAD_FIELD_ERROR, f"Unknown column '{column}' in 'field list'")
        if "duplicate column name" in text:
            return err.OperationalError(ER.DUP_FIELDNAME, text)
        if "already exists" in text:
            return err.OperationalError(ER.TABLE_EXISTS_ERROR, text)
        if "locked" in text or "busy" in text:
            return err.OperationalError(ER.LOCK_WAIT_TIMEOUT, f"Lock wait timeout exceeded; {text}")
        if "syntax error" in text or "incomplete input" in text or "unrecognized token" in text:
            return err.ProgrammingError(
                ER.PARSE_ERROR, f"You have an error in your SQL syntax: {text}: {query}"
            )
        if isinstance(e, sqlite3.OperationalError):
            return err.OperationalError(0, text)
        return err.ProgrammingError(0, text)

    # -- schema ------------------------------------------------------------------------------

    def _get_tables(self) -> list:
        return self.sql("select name from sqlite_master where type = 'table'", pluck=True)

    def get_table_columns_description(self, table_name) -> list:
        """Return name, type, default, unique and index of the table's columns."""
        singles = {}
        for row in self.sql(f"pragma index_list(`{table_name}`)", as_dict=True):
            columns = self.sql(f"pragma index_info(`{row.name}`)", as_dict=True)
            if len(columns) == 1:
                singles.setdefault(columns[0].name, []).append(row)
        return [
            frappe._dict(
                name=column.name,
                type=column.type.lower(),
                default=column.dflt_value,
                unique=any(row.unique for row in singles.get(column.name, ())),
                index=any(not row.unique for row in singles.get(column.name, ())),
            )
            for column in self.sql(f"pragma table_info(`{table_name}`)", as_dict=True)
        ]

    def native_type(self, coltype: str) -> str:
        """Return the declared type: its affinity keeps decimals floats and JSON a text."""
        return coltype.replace("decimal", "double").replace("json", "longtext")

    def column_definition(self, fieldname: str, coltype: str) -> str:
        """Return type, collation and checks that make the column behave as on MariaDB."""
        kind, native = coltype.partition("(")[0], self.native_type(coltype)

        def checked(name, condition):
            return f"constraint `{name} {fieldname}` check ({condition})"

        if kind in ("int", "bigint", "decimal"):
            condition = f"typeof(`{fieldname}`) in ('integer', 'real', 'null')"
            return f"{native} {checked('number', condition)}"
        if kind in ("date", "datetime", "time"):
            length = {"date": 10, "datetime": 19, "time": 8}[kind]
            # without its fraction: SQLite would round 17.9996 seconds up to 18
            start = f"substr(`{fieldname}`, 1, {length})"
            tail = f"length(`{fieldname}`) <= {length}"
            if kind != "date":
                tail += f" or substr(`{fieldname}`, {length + 1}, 1) = '.'"
            valid = f"({kind}({start}, '+0 days') is {start} and ({tail}))"
            if kind == "datetime":
                valid += f" or date(`{fieldname}`, '+0 days') is `{fieldname}`"
            elif kind == "time":
                valid += f" or time(substr('0' || `{fieldname}`, 1, 8)) is substr('0' || `{fieldname}`, 1, 8)"
            return f"{native} collate TEMPORAL {checked(kind, f'`{fieldname}` is null or {valid}')}"
        definition = f"{native} collate {COLLATION}"
        if kind == "json":
            return f"{definition} {checked('json', f'`{fieldname}` is null or json_valid(`{fieldname}`)')}"
        if kind == "text":
            return f"{definition} {checked('long', f'length(cast(`{fieldname}` as blob)) < 65536')}"
        return definition

    def key_name(self, table: str, column: str, unique: bool = False) -> str:
        """Return the name of a key; SQLite's are unique in the whole file."""
        return f"{table}|{column}" + ("" if unique else "_index")

    def create_table(self, table: str, definitions: list) -> None:
        self.sql_ddl(f"create table `{table}` ({', '.join(definitions)})")

    def change_columns(self, table: str, changed: list, columns: dict) -> None:
        """Build the table anew with the changed definitions and carry all rows over."""
        wanted = {c.fieldname: c for c in changed}
        stored = self.sql(f"pragma table_info(`{table}`)", as_dict=True)
        keys = self.sql(
            "select sql from sqlite_master where type = 'index' and tbl_name = %s and sql is not null",
            table,
            pluck=True,
        )
        sql = self.sql("select sql from sqlite_master where type = 'table' and name = %s", table)[0][0]
        definitions = _split_columns(sql)
        values = []
        for column in stored:
            name = f"`{column.name}`"
            if column.name in wanted:
                definitions[column.name] = wanted[column.name].definition()
                default = re.sub(r"^(not null )?default ", "", wanted[column.name].default or "")
                if "not null" in (wanted[column.name].default or ""):
                    name = f"coalesce({name}, {default})"
            values.append(name)
        names = ", ".join(f"`{column.name}`" for column in stored)
        self.commit()
        self.create_table(f"{table}|new", list(definitions.values()))
        self._start(writes=True)
        self._cursor.execute(f"insert into `{table}|new` ({names}) select {', '.join(values)} from `{table}`")
        self._cursor.execute(f"drop table `{table}`")
        self._cursor.execute(f"alter table `{table}|new` rename to `{table}`")
        for key in keys:
            self._cursor.execute(key)
        self.commit()

    def drop_index(self, table: str, name: str) -> None:
        self.sql_ddl(f"drop index if exists `{name}`")

    def has_index(self, table_name, index_name) -> bool:
        names = self.sql(f"pragma index_list(`{table_name}`)", as_dict=True)
        return any(row.name in (index_name, f"{table_name}|{index_name}") for row in names)

    def add_index(self, doctype, fields, index_name=None) -> None:
        """Index the columns unless the index is there."""
        self._add_index(doctype, fields, index_name or self.get_index_name(fields), "index")

    def add_unique(self, doctype, fields, constraint_name=None) -> None:
        """Make the combination of columns unique."""
        fields = [fields] if isinstance(fields, str) else fields
        self._add_index(doctype, fields, constraint_name or f"unique_{'_'.join(fields)}", "unique index")

    def _add_index(self, doctype, fields, name, kind) -> None:
        table = f"tab{doctype}"
        if not self.has_index(table, name):
            columns = ", ".join(f"`{re.sub(r'[(].*', '', field)}`" for field in fields)
            self.commit()
            self.sql(f"create {kind} if not exists `{table}|{name}` on `{table}` ({columns})")

    def rename_table(self, old_name: str, new_name: str) -> None:
        self.sql_ddl(f"alter table `tab{old_name}` rename to `tab{new_name}`")

    def rename_column(self, doctype, old_column_name, new_column_name) -> None:
        self.sql_ddl(f"alter table `tab{doctype}` rename column `{old_column_name}` to `{new_column_name}`")

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


def _tidy_dates(sql: str, parameters: list, kind: str, column: str) -> bool:
    """Write the column's dates among the parameters in full; False when there is nothing to write."""
    places, changed = [], False
    if insert := re.match(r"insert[^(]*?\(([^)]*)\)\s*values", sql, re.IGNORECASE):
        names = [name.strip(" `") for name in insert[1].split(",")]
        if len(parameters) % len(names) == 0:
            places = range(names.index(column), len(parameters), len(names))
    else:
        found = re.finditer(rf"`{column}`\s*=\s*\?", sql)
        places = [sql.count("?", 0, match.start()) for match in found]
    for i in places:
        match = _MOMENT.match(parameters[i]) if isinstance(parameters[i], str) else None
        if match:
            year, month, day, *time = match.groups()
            text = f"{year}-{int(month):02}-{int(day):02}"
            if kind == "datetime":
                hour, minute, second = (int(part or 0) for part in time[:3])
                text += f" {hour:02}:{minute:02}:{second:02}{time[3] or ''}"
            changed = changed or text != parameters[i]
            parameters[i] = text
    return changed


def _split_columns(create_statement: str) -> dict:
    """Return the column definitions of a CREATE TABLE statement by column name."""
    body, depth, parts, start = create_statement.partition("(")[2].rpartition(")")[0], 0, [], 0
    quoted = False
    for i, c in enumerate(body):
        if c == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(c, 0)
            if c == "," and not depth:
                parts.append(body[start:i])
                start = i + 1
    parts.append(body[start:])
    return {re.match(r"\s*[`\"]?([^`\"\s]+)", part)[1]: part.strip() for part in parts}


def database_path(conf) -> str:
    """Return the file of the current site's database."""
    name = conf.db_name or os.path.basename(os.path.normpath(frappe.local.site))
    return os.path.join(frappe.local.site_path, f"{name}.db")


def _adapt(value):
    """Return the value as SQLite stores it: ISO texts, numbers with nine decimals."""
    if value is None or type(value) in (str, int):
        return value
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return round(float(value), 9)
    if isinstance(value, datetime.datetime):
        return value.strftime(functions.DATETIME)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S.%f")
    if isinstance(value, datetime.timedelta):
        seconds = value.total_seconds()
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{int(seconds // 3600):02}:{int(seconds % 3600 // 60):02}:{seconds % 60:09.6f}"
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value
    if isinstance(value, dict):
        raise TypeError("dict can not be used as parameter")
    return str(value)
