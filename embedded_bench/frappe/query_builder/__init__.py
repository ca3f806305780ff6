"""`frappe.qb`: PyPika in MariaDB's dialect; the SQLite back end translates what it runs."""

from frappe.query_builder.builder import MariaDB
from frappe.query_builder.utils import Column, DocType, Table, get_query, get_query_builder
from pypika import Case, Criterion, Field, Interval, Order, Query
from pypika.terms import ExistsCriterion

__all__ = [
    "Case",
    "Column",
    "Criterion",
    "DocType",
    "ExistsCriterion",
    "Field",
    "Interval",
    "MariaDB",
    "Order",
    "Query",
    "Table",
    "get_query",
    "get_query_builder",
]
