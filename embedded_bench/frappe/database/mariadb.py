"""MariaDB behind `frappe.db`."""

import frappe
import pymysql
from frappe.database.database import Database
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions, escape_string

_CONVERSIONS = {**conversions, FIELD_TYPE.NEWDECIMAL: float}


class MariaDBDatabase(Database):
    """The site's database on a MariaDB server."""

    db_type = "mariadb"

    def connect(self) -> None:
        self._conn = pymysql.connect(
            host=self.host,
            port=int(self.port or 3306),
            user=self.user,
            password=self.password or "",
            database=self.cur_db_name,
            charset="utf8mb4",
            use_unicode=True,
            conv=_CONVERSIONS,
        )
        self._cursor = self._conn.cursor()

    def _execute(self, query, values):
        self._cursor.execute(query, values)
        return self._cursor.fetchall() if self._cursor.description else None

    def _end_transaction(self, word: str) -> None:
        if self._conn:
            getattr(self._conn, word)()

    # -- schema ------------------------------------------------------------------------------

    def _get_tables(self) -> list:
        return self.sql(
            "select table_name from information_schema.tables where table_schema = database()", pluck=True
        )

    def get_table_columns_description(self, table_name) -> list:
        """Return name, type, default, unique and index of the table's columns."""
        try:
            columns = self.sql(f"show columns from `{table_name}`", as_dict=True)
        except self.TableMissingError:
            return []
        keys = {}
        for row in self.sql(f"show index from `{table_name}`", as_dict=True):
            keys.setdefault(row.Key_name, []).append(row)
        singles = {rows[0].Column_name: {} for rows in keys.values()}
        for rows in keys.values():
            if len(rows) == 1 and rows[0].Key_name != "PRIMARY":
                singles[rows[0].Column_name][rows[0].Non_unique] = True
        return [
            frappe._dict(
                name=column.Field,
                type=column.Type,
                default=column.Default,
                unique=0 in singles.get(column.Field, ()),
                index=1 in singles.get(column.Field, ()),
            )
            for column in columns
        ]

    def column_definition(self, fieldname: str, coltype: str) -> str:
        """Return the column's type; MariaDB needs no more."""
        return coltype

    def native_type(self, coltype: str) -> str:
        """Return the type as the server reports it."""
        return "longtext" if coltype == "json" else coltype

    def key_name(self, table: str, column: str, unique: bool = False) -> str:
        return column if unique else f"{column}_index"

    def create_table(self, table: str, definitions: list) -> None:
        self.sql_ddl(
            f"create table `{table}` ({', '.join(definitions)}) engine=InnoDB row_format=dynamic"
            " character set=utf8mb4 collate=utf8mb4_unicode_ci"
        )

    def change_columns(self, table: str, changed: list, columns: dict) -> None:
        """Give the changed columns their new definition."""
        self.sql_ddl(f"alter table `{table}` {', '.join(f'modify {c.definition()}' for c in changed)}")

    def drop_index(self, table: str, name: str) -> None:
        if self.has_index(table, name):
            self.sql_ddl(f"alter table `{table}` drop index `{name}`")

    def has_index(self, table_name, index_name) -> bool:
        return bool(self.sql(f"show index from `{table_name}` where key_name = %s", index_name))

    def add_index(self, doctype, fields, index_name=None) -> None:
        """Index the columns unless the index is there."""
        name = index_name or self.get_index_name(fields)
        columns = ", ".join(field if "(" in field else f"`{field}`" for field in fields)
        if not self.has_index(f"tab{doctype}", name):
            self.sql_ddl(f"alter table `tab{doctype}` add index `{name}` ({columns})")

    def add_unique(self, doctype, fields, constraint_name=None) -> None:
        """Make the combination of columns unique."""
        fields = [fields] if isinstance(fields, str) else fields
        name = constraint_name or f"unique_{'_'.join(fields)}"
        columns = ", ".join(f"`{field}`" for field in fields)
        if not self.has_index(f"tab{doctype}", name):
            self.sql_ddl(f"alter table `tab{doctype}` add unique `{name}` ({columns})")

    def rename_table(self, old_name: str, new_name: str) -> None:
        self.sql_ddl(f"rename table `tab{old_name}` to `tab{new_name}`")

    def rename_column(self, doctype, old_column_name, new_column_name) -> None:
        self.sql_ddl(f"alter table `tab{doctype}` rename column `{old_column_name}` to `{new_column_name}`")

    # -- the server --------------------------------------------------------------------------

    @staticmethod
    def _as_root(conf, root_login, root_password, statements) -> None:
        connection = pymysql.connect(
            host=conf.db_host, port=int(conf.db_port), user=root_login, password=root_password or ""
        )
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
            connection.commit()
        finally:
            connection.close()

    @classmethod
    def create_database(cls, conf, force, root_login, root_password) -> None:
        if force:
            cls.drop_database(conf, root_login, root_password)
        name, password = conf.db_name, escape_string(conf.db_password or "")
        account = f"'{conf.db_user or name}'@'%'"
        cls._as_root(
            conf,
            root_login,
            root_password,
            [
                f"create database `{name}` character set utf8mb4 collate utf8mb4_unicode_ci",
                f"create user if not exists {account} identified by '{password}'",
                f"grant all privileges on `{name}`.* to {account}",
            ],
        )

    @classmethod
    def drop_database(cls, conf, root_login, root_password) -> None:
        account = f"'{conf.db_user or conf.db_name}'@'%'"
        statements = [f"drop database if exists `{conf.db_name}`", f"drop user if exists {account}"]
        cls._as_root(conf, root_login, root_password, statements)
