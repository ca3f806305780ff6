"""The query builder class behind `frappe.qb`. Values travel as parameters, never inside the text."""

from enum import Enum

import frappe
from frappe.query_builder import functions
from pypika import MySQLQuery, Order, Table, terms
from pypika.dialects import MySQLQueryBuilder
from pypika.queries import _SetOperation
from pypika.utils import format_alias_sql


class ParameterizedValueWrapper(terms.ValueWrapper):
    """A constant; the dict `param_wrapper` collects it when the query is run."""

    def get_sql(self, quote_char=None, secondary_quote_char="'", param_wrapper=None, **kwargs) -> str:
        if param_wrapper is None or isinstance(self.value, terms.Term):
            kwargs.update(quote_char=quote_char, secondary_quote_char=secondary_quote_char)
            return super().get_sql(**kwargs)
        name = f"param{len(param_wrapper) + 1}"
        value = self.value.value if isinstance(self.value, Enum) else self.value
        param_wrapper[name] = int(value) if isinstance(value, bool) else value
        return format_alias_sql(f"%({name})s", self.alias, quote_char=quote_char, **kwargs)


def _function_sql(self, with_alias=False, subquery=None, **kwargs) -> str:
    """Pass the parameters on to a function's arguments, which PyPika does not."""
    arguments = ",".join(
        a.get_sql(with_alias=False, subquery=True, **kwargs) if hasattr(a, "get_sql") else str(a)
        for a in self.args
    )
    if getattr(self, "_distinct", False):
        arguments = f"DISTINCT {arguments}"
    special = self.get_special_params_sql(**kwargs)
    sql = f"{self.name}({arguments}{' ' + special if special else ''})"
    return format_alias_sql(sql, self.alias, **kwargs) if with_alias else sql


terms.ValueWrapper = ParameterizedValueWrapper
terms.Function.get_sql = _function_sql


class MariaDB(MySQLQuery):
    """Starts queries; a DocType's name stands for its table."""

    terms, functions, Field, Table = terms, functions, terms.Field, Table
    desc, asc = Order.desc, Order.asc

    @classmethod
    def _builder(cls, **kwargs):
        return MySQLQueryBuilder(wrapper_cls=ParameterizedValueWrapper, **kwargs)

    @staticmethod
    def DocType(name: str, *args, **kwargs) -> Table:
        """Return the DocType's table; names with two underscores are tables already."""
        return Table(name if name.startswith("__") else f"tab{name}", *args, **kwargs)

    @classmethod
    def from_(cls, table, *args, **kwargs):
        return super().from_(cls.DocType(table) if isinstance(table, str) else table, *args, **kwargs)

    @classmethod
    def into(cls, table, *args, **kwargs):
        return super().into(cls.DocType(table) if isinstance(table, str) else table, *args, **kwargs)


DocType = MariaDB.DocType


def walk(query) -> tuple:
    parameters = {}
    return query.get_sql(param_wrapper=parameters), parameters


def run(query, *args, **kwargs):
    """Run the query on the site's database; see `frappe.db.sql` for the options."""
    return frappe.db.sql(*walk(query), *args, **kwargs)


for _class in (MySQLQueryBuilder, _SetOperation):
    _class.run, _class.walk = run, walk
