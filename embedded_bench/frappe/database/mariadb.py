"""MariaDB behind `frappe.db`."""

import pymysql
from frappe.database.database import Database
from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions, escape_string

_CONVERSIONS = {**conversions, FIELD_TYPE.NEWDECIMAL: float}


class MariaDBDatabase(Database):
    """The site's database on a MariaDB server."""

    db_type = "mariadb"
    tables_sql = "show tables"
    columns_sql = """select column_name as name, column_type as type, column_default as `default`
        from information_schema.columns where table_schema = database() and table_name = %s order by ordinal_position"""
    keys_sql = """select index_name, column_name, non_unique = 0 from information_schema.statistics
        where table_schema = database() and table_name = %s"""
    table_options = "engine=InnoDB row_format=dynamic character set=utf8mb4 collate=utf8mb4_unicode_ci"

    def connect(self) -> None:
        address = dict(host=self.host, port=int(self.port or 3306), database=self.cur_db_name)
        options = dict(charset="utf8mb4", conv=_CONVERSIONS, **address)
        self._conn = pymysql.connect(user=self.user, password=self.password or "", **options)
        self._cursor = self._conn.cursor()

    def _execute(self, query, values):
        self._cursor.execute(query, values)
        return self._cursor.fetchall() if self._cursor.description else None

    def _end_transaction(self, word: str) -> None:
        if self._conn:
            getattr(self._conn, word)()

    def column_definition(self, fieldname: str, coltype: str) -> str:
        return coltype

    def native_type(self, coltype: str) -> str:
        return "longtext" if coltype == "json" else coltype

    def key_name(self, table: str, name: str) -> str:
        return name

    def change_columns(self, table: str, changed: list) -> None:
        self.sql_ddl(f"alter table `{table}` {', '.join(f'modify {c.definition()}' for c in changed)}")

    def drop_index(self, table: str, name: str) -> None:
        self.sql_ddl(f"alter table `{table}` drop index if exists `{name}`")

    # -- the server --------------------------------------------------------------------------

    @staticmethod
    def _as_root(conf, root_login, root_password, statements) -> None:
        address = dict(host=conf.db_host, port=int(conf.db_port))
        with pymysql.connect(user=root_login, password=root_password or "", **address) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    @classmethod
    def create_database(cls, conf, force, root_login, root_password) -> None:
        if force:
            cls.drop_database(conf, root_login, root_password)
        account = f"'{conf.db_user or conf.db_name}'@'%'"
        password = escape_string(conf.db_password or "")
        statements = [
            f"create database `{conf.db_name}` character set utf8mb4 collate utf8mb4_unicode_ci",
            f"create user if not exists {account} identified by '{password}'",
            f"grant all privileges on `{conf.db_name}`.* to {account}",
        ]
        cls._as_root(conf, root_login, root_password, statements)

    @classmethod
    def drop_database(cls, conf, root_login, root_password) -> None:
        account = f"'{conf.db_user or conf.db_name}'@'%'"
        statements = [f"drop database if exists `{conf.db_name}`", f"drop user if exists {account}"]
        cls._as_root(conf, root_login, root_password, statements)
