"""`frappe.qb`: PyPika in MariaDB's dialect; the SQLite back end translates what it runs."""

from frappe.query_builder.builder import DocType, MariaDB, Table
from pypika import Case, Criterion, Field, Order, Query
from pypika.queries import Column

__all__ = ["Case", "Column", "Criterion", "DocType", "Field", "MariaDB", "Order", "Query", "Table"]
