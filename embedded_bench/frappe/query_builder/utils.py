"""Entry points of the query builder."""

import frappe
from pypika.queries import Column
from pypika.terms import PseudoColumn


class PseudoColumnMapper(PseudoColumn):
    """A column written out by the caller, quotes included."""


def get_query_builder(type_of_db: str | None = None):
    """Return the builder; every back end takes MariaDB's dialect."""
    from frappe.query_builder.builder import MariaDB

    return MariaDB


def get_query(*args, **kwargs):
    """Return a query on a DocType's table; see `frappe.database.query.Engine`."""
    from frappe.database.query import Engine

    return Engine().get_query(*args, **kwargs)


def DocType(*args, **kwargs):
    return frappe.qb.DocType(*args, **kwargs)


def Table(*args, **kwargs):
    return frappe.qb.Table(*args, **kwargs)


__all__ = ["Column", "DocType", "PseudoColumnMapper", "Table", "get_query", "get_query_builder"]
