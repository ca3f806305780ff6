"""The query builder class behind `frappe.qb`."""

import frappe
from frappe.query_builder import functions
from frappe.query_builder.terms import NamedParameterWrapper, ParameterizedValueWrapper
from pypika import MySQLQuery, Order, Schema, Table, terms
from pypika.dialects import MySQLQueryBuilder
from pypika.queries import _SetOperation


def table_name(doctype: str) -> str:
    """Return the table of a DocType; names with two underscores are tables already."""
    return doctype if doctype.startswith(("__", "information_schema")) else f"tab{doctype}"


class MariaDB(MySQLQuery):
    """Starts queries; a DocType's name stands for its table."""

    _BuilderClasss = MySQLQueryBuilder
    terms, functions = terms, functions
    Field, Schema, Table = terms.Field, Schema, Table
    desc, asc = Order.desc, Order.asc

    @classmethod
    def _builder(cls, **kwargs):
        return MySQLQueryBuilder(wrapper_cls=ParameterizedValueWrapper, **kwargs)

    @staticmethod
    def DocType(name: str, *args, **kwargs) -> Table:
        """Return the DocType's table."""
        return Table(table_name(name), *args, **kwargs)

    @classmethod
    def _table(cls, table):
        return cls.DocType(table) if isinstance(table, str) else table

    @classmethod
    def from_(cls, table, *args, **kwargs):
        return super().from_(cls._table(table), *args, **kwargs)

    @classmethod
    def into(cls, table, *args, **kwargs):
        return super().into(cls._table(table), *args, **kwargs)

    @classmethod
    def update(cls, table, *args, **kwargs):
        return super().update(cls._table(table), *args, **kwargs)

    @staticmethod
    def rename_table(old_name: str, new_name: str) -> str:
        return f"ALTER TABLE `{old_name}` RENAME TO `{new_name}`"

    @staticmethod
    def get_query(*args, **kwargs):
        from frappe.query_builder.utils import get_query

        return get_query(*args, **kwargs)

    @classmethod
    def _aggregate(cls, function, dt, fieldname, filters=None, **kwargs):
        query = cls.get_query(dt, filters=filters, fields=[function(terms.PseudoColumn(fieldname))])
        return query.run(**kwargs)[0][0] or 0

    @classmethod
    def max(cls, dt, fieldname, filters=None, **kwargs):
        return cls._aggregate(functions.Max, dt, fieldname, filters, **kwargs)

    @classmethod
    def min(cls, dt, fieldname, filters=None, **kwargs):
        return cls._aggregate(functions.Min, dt, fieldname, filters, **kwargs)

    @classmethod
    def avg(cls, dt, fieldname, filters=None, **kwargs):
        return cls._aggregate(functions.Avg, dt, fieldname, filters, **kwargs)

    @classmethod
    def sum(cls, dt, fieldname, filters=None, **kwargs):
        return cls._aggregate(functions.Sum, dt, fieldname, filters, **kwargs)


def walk(query) -> tuple:
    """Return the query's SQL and its parameters."""
    collector = NamedParameterWrapper()
    return query.get_sql(param_wrapper=collector), collector.get_parameters()


def run(query, *args, **kwargs):
    """Run the query on the site's database; see `frappe.db.sql` for the options."""
    sql, parameters = walk(query)
    return frappe.db.sql(sql, parameters, *args, **kwargs)


for _class in (MySQLQueryBuilder, _SetOperation):
    _class.run, _class.walk = run, walk
