"""The database of a site: SQLite in its folder, or a MariaDB server."""

import frappe
from frappe.database.mariadb import MariaDBDatabase
from frappe.database.sqlite import SQLiteDatabase


def get_class():
    return MariaDBDatabase if frappe.local.conf.db_type == "mariadb" else SQLiteDatabase


def get_db(host=None, user=None, password=None, port=None, cur_db_name=None):
    """Return the database object of the current site; it connects at the first statement."""
    return get_class()(host, user, password, port, cur_db_name)


def setup_database(force: bool = False, root_login: str = "root", root_password: str = "") -> None:
    """Create the current site's empty database; `force` drops one that is there."""
    get_class().create_database(frappe.local.conf, force, root_login, root_password)


def drop_database(root_login: str = "root", root_password: str = "") -> None:
    get_class().drop_database(frappe.local.conf, root_login, root_password)
