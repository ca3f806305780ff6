"""The statements of `frappe.db`: fields and filters as SQL with parameters.

Its filters are SQL's own: NULL matches no comparison. `frappe.get_all` has other rules, see
`frappe.model.db_query`.
"""

import re

import frappe
from frappe import _

OPERATORS = ("=", "!=", "<", ">", "<=", ">=", "like", "not like", "in", "not in", "between", "is")
_COMMA = re.compile(r",\s*(?![^()]*\))")


def table(doctype: str) -> str:
    if not re.fullmatch(r"[\w -]*", doctype, re.ASCII):
        frappe.throw(_("Invalid DocType: {0}").format(doctype))
    return f"`tab{doctype}`"


def columns(fields) -> str:
    """Return the columns of a select: names are quoted, expressions stand as they are written."""
    fields = [fields] if isinstance(fields, str) else fields or ["name"]
    return ", ".join(_column(part.strip()) for field in fields if field for part in _COMMA.split(field))


def _column(text: str) -> str:
    if "." in text and "`" not in text:
        raise frappe.NotSupported(f"{text!r}: fields of linked documents, outside get_list and get_all")
    return f"`{text}`" if re.fullmatch(r"\w+", text) else text


def assignments(changes: dict) -> str:
    return ", ".join(f"{_column(column)} = %s" for column in changes)


def where(filters, doctype: str) -> tuple[str, list]:
    """Return the where clause, empty when there are no filters, and its values."""
    conditions = [_condition(*parts) for parts in _triples(filters, doctype)]
    text = " and ".join(sql for sql, _values in conditions)
    return f" where {text}" if text else "", [value for _sql, values in conditions for value in values]


def _triples(filters, doctype: str):
    """Yield field, operator and value of a name, names, a dict, or a list of filters."""
    if isinstance(filters, str | int):
        yield "name", "=", str(filters)
    elif isinstance(filters, dict):
        for field, value in filters.items():
            yield field, *(value if isinstance(value, list | tuple) else ("=", value))
    elif filters and all(isinstance(part, str | int) for part in filters):
        yield "name", "in", filters
    else:
        for part in filter(None, filters or ()):
            if len(part) == 4 and part[0] != doctype:
                raise frappe.NotSupported("filters on other DocTypes, outside get_list and get_all")
            else:
                yield part[-3:] if len(part) > 2 else (part[0], "=", part[1])


def _condition(field: str, op: str, value) -> tuple[str, list]:
    op = op.lower()
    if re.search(r"\W", field) or op not in OPERATORS:
        frappe.throw(_("Invalid filter: {0}").format(f"{field} {op}"))
    if value is None or op == "is":
        return f"`{field}` is {'not null' if value == 'set' else 'null'}", []
    if op == "between":
        return f"`{field}` between %s and %s", list(value[:2])
    if op in ("in", "not in"):
        value = value.split(",") if isinstance(value, str) else list(value) or [""]
        return f"`{field}` {op} %s", [tuple(value)]
    return f"`{field}` {op} %s", [value]


def order_clause(order_by: str | None) -> str:
    """Return the order clause; a column without a direction comes last first, as upstream."""
    parts = [part.split() for part in (order_by or "").split(",") if part.strip()]
    orders = [f"{_column(p[0])} {'asc' if [d.lower() for d in p[1:]] == ['asc'] else 'desc'}" for p in parts]
    return f" order by {', '.join(orders)}" if orders else ""
