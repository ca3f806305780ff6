"""The query engine of `frappe.db` and `frappe.qb.get_query`.

Its filters are SQL's own: NULL matches no comparison. `frappe.get_all` has other rules, see
`frappe.model.db_query`.
"""

import operator
import re

import frappe
from frappe import _
from frappe.database.utils import DefaultOrderBy, NestedSetHierarchy
from frappe.query_builder import Order, functions
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Field, Function, PseudoColumn, Star, Term

_TABLE_NAME = re.compile(r"^[\w -]*$", flags=re.ASCII)
_SPECIAL = re.compile(r"\W")
_COMMA = re.compile(r",\s*(?![^()]*\))")
_FUNCTION = re.compile(r"^(\w+)\s*\((.*)\)(?:\s+as\s+`?(\w+)`?)?$", re.IGNORECASE | re.DOTALL)
_ALIAS = re.compile(r"^(.*?)\s+as\s+`?([\w: ]+)`?$", re.IGNORECASE | re.DOTALL)
_QUALIFIED = re.compile(r"`tab(.+?)`\.`?(\w+|\*)`?$")


def _values(value) -> list:
    return value.split(",") if isinstance(value, str) else list(value) or [""]


def _between(field, value):
    return field.between(value[0], value[1])


def _is(field, value):
    if value.lower() == "set":
        return field.isnotnull()
    if value.lower() == "not set":
        return field.isnull()
    raise KeyError(value)


def _timespan(field, value):
    from frappe.model.db_query import get_date_range

    return field.between(*get_date_range("timespan", value))


OPERATOR_MAP = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=<": operator.le,
    "=>": operator.ge,
    "like": lambda field, value: field.like(value),
    "not like": lambda field, value: field.not_like(value),
    "in": lambda field, value: field.isin(_values(value)),
    "not in": lambda field, value: field.notin(_values(value)),
    "between": _between,
    "is": _is,
    "timespan": _timespan,
    "regex": lambda field, value: field.regex(value),
}


class Engine:
    """Builds one query."""

    def get_query(
        self,
        table,
        fields=None,
        filters=None,
        order_by=None,
        group_by=None,
        limit=None,
        offset=None,
        distinct=False,
        for_update=False,
        update=False,
        into=False,
        delete=False,
        *,
        validate_filters=False,
        skip_locked=False,
        wait=True,
    ) -> QueryBuilder:
        """Return the query; `validate_filters` refuses field names with special characters."""
        self.validate_filters = validate_filters
        if isinstance(table, Table):
            self.table, self.doctype = table, table._table_name.removeprefix("tab")
        else:
            if not _TABLE_NAME.match(table):
                frappe.throw(_("Invalid DocType: {0}").format(table))
            self.table, self.doctype = frappe.qb.DocType(table), table
        if update:
            self.query = frappe.qb.update(self.table)
        elif into:
            self.query = frappe.qb.into(self.table)
        elif delete:
            self.query = frappe.qb.from_(self.table).delete()
        else:
            self.query = frappe.qb.from_(self.table)
            self._select(fields)
        self._filter(filters)
        self._order(order_by)
        if limit:
            self.query = self.query.limit(limit)
        if offset:
            self.query = self.query.offset(offset)
        if distinct:
            self.query = self.query.distinct()
        if for_update:
            self.query = self.query.for_update(skip_locked=skip_locked, nowait=not wait)
        if group_by:
            self.query = self.query.groupby(group_by)
        return self.query

    # -- fields ------------------------------------------------------------------------------

    def _select(self, fields) -> None:
        if isinstance(fields, str):
            fields = _COMMA.split(fields)
        elif fields is None or isinstance(fields, Term):
            fields = [fields] if fields is not None else []
        terms = []
        for field in fields:
            if isinstance(field, str):
                terms += [self._field(part.strip()) for part in _COMMA.split(field) if part.strip()]
            elif field is not None:
                terms.append(field)
        self.query = self.query.select(*(terms or [self.table.name]))

    def _field(self, text: str) -> Term:
        if match := _FUNCTION.match(text):
            name, arguments, alias = match.groups()
            terms = [self._argument(a.strip()) for a in _COMMA.split(arguments)] if arguments else []
            function = getattr(functions, name.capitalize(), None)
            if function and name.lower() != "if":
                return function(*terms).as_(alias) if alias else function(*terms)
            return Function(name, *terms, alias=alias)
        alias = None
        if match := _ALIAS.match(text):
            text, alias = match.groups()
        term = self.table.star if text == "*" else self._column(text.strip())
        return term.as_(alias) if alias else term

    def _argument(self, text: str):
        if text == "*":
            return Star()
        if re.fullmatch(r"\w+", text) and not text.isdigit():
            return self.table[text]
        return PseudoColumn(text)

    def _column(self, text: str) -> Term:
        """Return the column, joining the child or linked table that a dot leads to."""
        if match := _QUALIFIED.match(text):
            doctype, fieldname = match.groups()
            if doctype != self.doctype:
                self._join_child(doctype)
            table = frappe.qb.DocType(doctype)
            return table.star if fieldname == "*" else table[fieldname]
        if "." in text and "`" not in text:
            through, _dot, fieldname = text.partition(".")
            df = frappe.get_meta(self.doctype).get_field(through)
            table = frappe.qb.DocType(df.options)
            if df.fieldtype == "Link":
                if not self.query.is_joined(table):
                    self.query = self.query.left_join(table).on(table.name == self.table[through])
            else:
                self._join_child(df.options)
            return table[fieldname]
        return PseudoColumn(text) if "`" in text else self.table[text]

    def _join_child(self, doctype: str) -> None:
        table = frappe.qb.DocType(doctype)
        if not self.query.is_joined(table):
            on = (table.parent == self.table.name) & (table.parenttype == self.doctype)
            self.query = self.query.left_join(table).on(on)

    # -- filters -----------------------------------------------------------------------------

    def _filter(self, filters) -> None:
        if filters is None:
            return
        if isinstance(filters, str | int):
            self._apply("name", "=", str(filters))
        elif isinstance(filters, Criterion):
            self.query = self.query.where(filters)
        elif isinstance(filters, dict):
            for field, value in filters.items():
                if isinstance(value, list | tuple):
                    self._apply(field, *value)
                else:
                    self._apply(field, "=", value)
        elif filters and all(isinstance(d, str | int) for d in filters):
            self._apply("name", "in", filters)
        else:
            for part in filters:
                if isinstance(part, list | tuple):
                    self._apply_list(part)
                else:
                    self._filter(part)

    def _apply_list(self, part) -> None:
        if len(part) == 2:
            self._apply(part[0], "=", part[1])
        elif len(part) == 3:
            self._apply(*part)
        elif len(part) == 4:
            doctype, field, op, value = part
            self._apply(field, op, value, doctype)

    def _apply(self, field, op, value, doctype=None) -> None:
        term = self._filter_term(field, doctype)
        if isinstance(value, bool):
            value = int(value)
        elif isinstance(value, list | tuple | set) and not value:
            value = ("",)
        op = op.casefold()
        if op in NestedSetHierarchy:
            df = frappe.get_meta(self.doctype).get_field(field)
            value = hierarchy(df.options if df else self.doctype, value, op) or ("",)
            op = "not in" if op.startswith("not") else "in"
        condition = OPERATOR_MAP[op]
        if value is None and isinstance(term, Field):
            self.query = self.query.where(term.isnull())
        else:
            self.query = self.query.where(condition(term, value))

    def _filter_term(self, field, doctype) -> Term:
        if not isinstance(field, str):
            return field
        if self.validate_filters and _SPECIAL.search(field):
            frappe.throw(_("Invalid filter: {0}").format(field))
        if doctype and doctype != self.doctype:
            if frappe.get_meta(doctype).istable:
                self._join_child(doctype)
            return frappe.qb.DocType(doctype)[field]
        return self._column(field)

    def _order(self, order_by) -> None:
        if not order_by or order_by == DefaultOrderBy:
            return
        for part in filter(None, (part.strip() for part in order_by.split(","))):
            field, *direction = part.split()
            order = Order.asc if direction and direction[0].lower() == "asc" else Order.desc
            term = PseudoColumn(field) if "`" in field or "." in field else field
            self.query = self.query.orderby(term, order=order)


def hierarchy(doctype: str, name: str, op: str) -> list:
    """Return the names above or below a node of a tree."""
    lft, rgt = frappe.db.get_value(doctype, name, ["lft", "rgt"]) or (0, 0)
    if "descendants" in op:
        filters, order = {"lft": [">", lft], "rgt": ["<", rgt]}, "lft asc"
    else:
        filters, order = {"lft": ["<", lft], "rgt": [">", rgt]}, "lft desc"
    names = frappe.get_all(doctype, filters=filters, order_by=order, pluck="name")
    return [*names, name] if op.endswith("(inclusive)") else names
