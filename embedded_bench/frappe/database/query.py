"""The query engine of `frappe.db` and `frappe.qb.get_query`.

Its filters are SQL's own: NULL matches no comparison. `frappe.get_all` has other rules, see
`frappe.model.db_query`.
"""

import operator
import re

import frappe
from frappe import _
from frappe.database.utils import DefaultOrderBy
from pypika import Order
from pypika.queries import Table
from pypika.terms import Criterion, Field, Function, PseudoColumn, Star, Term

_TABLE_NAME = re.compile(r"^[\w -]*$", flags=re.ASCII)
_COMMA = re.compile(r",\s*(?![^()]*\))")
_ALIAS = re.compile(r"^(.*?)\s+as\s+`?([\w: ]+)`?$", re.IGNORECASE | re.DOTALL)


def _list(value) -> list:
    return value.split(",") if isinstance(value, str) else list(value) or [""]


OPERATOR_MAP = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "like": lambda field, value: field.like(value),
    "not like": lambda field, value: field.not_like(value),
    "in": lambda field, value: field.isin(_list(value)),
    "not in": lambda field, value: field.notin(_list(value)),
    "between": lambda field, value: field.between(value[0], value[1]),
    "is": lambda field, value: {"set": field.isnotnull, "not set": field.isnull}[value.lower()](),
}


class Engine:
    """Builds one query."""

    def get_query(
        self, table, fields=None, filters=None, order_by=None, group_by=None, limit=None, **options
    ):
        """Return the query: a select, or what the options `update` and `delete` say."""
        if isinstance(table, str) and not _TABLE_NAME.match(table):
            frappe.throw(_("Invalid DocType: {0}").format(table))
        self.table = table if isinstance(table, Table) else frappe.qb.DocType(table)
        self.doctype, self.validate_filters = table, options.get("validate_filters")
        if options.get("update"):
            self.query = frappe.qb.update(self.table)
        elif options.get("delete"):
            self.query = frappe.qb.from_(self.table).delete()
        else:
            self.query = frappe.qb.from_(self.table).select(*self._fields(fields))
        self._filter(filters)
        if order_by != DefaultOrderBy:
            self._order(order_by or "")
        if limit:
            self.query = self.query.limit(limit)
        if options.get("distinct"):
            self.query = self.query.distinct()
        if options.get("for_update"):
            nowait = not options.get("wait", True)
            self.query = self.query.for_update(skip_locked=options.get("skip_locked", False), nowait=nowait)
        return self.query.groupby(group_by) if group_by else self.query

    def _fields(self, fields) -> list:
        fields = [fields] if isinstance(fields, str | Term) else fields or ["name"]
        terms = []
        for field in filter(lambda field: field is not None, fields):
            parts = _COMMA.split(field) if isinstance(field, str) else [field]
            terms += [self._field(part.strip()) if isinstance(part, str) else part for part in parts]
        return terms

    def _field(self, text: str) -> Term:
        match = _ALIAS.match(text)
        text, alias = match.groups() if match else (text, None)
        if function := re.match(r"(\w+)\s*\((.*)\)$", text, re.DOTALL):
            arguments = [self._argument(a.strip()) for a in _COMMA.split(function[2])] if function[2] else []
            return Function(function[1].upper(), *arguments, alias=alias)
        term = self.table.star if text == "*" else self._column(text.strip())
        return term.as_(alias) if alias else term

    def _argument(self, text: str):
        if text == "*":
            return Star()
        return self.table[text] if re.fullmatch(r"[A-Za-z_]\w*", text) else PseudoColumn(text)

    def _column(self, text: str) -> Term:
        if "." in text and "`" not in text:
            raise frappe.NotSupported(f"{text!r}: fields of linked documents, outside get_list and get_all")
        return PseudoColumn(text) if "`" in text else self.table[text]

    def _filter(self, filters) -> None:
        if isinstance(filters, str | int):
            self._apply("name", "=", str(filters))
        elif isinstance(filters, Criterion):
            self.query = self.query.where(filters)
        elif isinstance(filters, dict):
            for field, value in filters.items():
                self._apply(field, *(value if isinstance(value, list | tuple) else ("=", value)))
        elif filters and all(isinstance(part, str | int) for part in filters):
            self._apply("name", "in", filters)
        else:
            for part in filters or ():
                if not isinstance(part, list | tuple):
                    self._filter(part)
                elif len(part) == 4 and part[0] != self.doctype:
                    raise frappe.NotSupported("filters on other DocTypes, outside get_list and get_all")
                else:
                    self._apply(*(part[-3:] if len(part) > 2 else (part[0], "=", part[1])))

    def _apply(self, field, op, value) -> None:
        if isinstance(field, str):
            if self.validate_filters and re.search(r"\W", field):
                frappe.throw(_("Invalid filter: {0}").format(field))
            field = self._column(field)
        if isinstance(value, bool):
            value = int(value)
        elif isinstance(value, list | tuple | set) and not value:
            value = ("",)
        condition = OPERATOR_MAP[op.casefold()]
        is_null = value is None and isinstance(field, Field)
        self.query = self.query.where(field.isnull() if is_null else condition(field, value))

    def _order(self, order_by: str) -> None:
        for part in filter(None, map(str.strip, order_by.split(","))):
            field, *direction = part.split()
            order = Order.asc if [d.lower() for d in direction] == ["asc"] else Order.desc
            term = PseudoColumn(field) if "`" in field or "." in field else field
            self.query = self.query.orderby(term, order=order)
