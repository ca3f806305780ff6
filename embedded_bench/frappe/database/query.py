"""Fields and filters as SQL with parameters, for `frappe.db` and for `frappe.get_list` above it.

For `frappe.db` NULL matches no comparison; `frappe.get_all` says what a missing value counts as.
"""

import re

import frappe
from frappe import _

DefaultOrderBy = "KEEP_DEFAULT_ORDERING"
OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between")
_UNSUPPORTED = ("timespan", "previous", "next", "ancestors of", "descendants of", "not ancestors of")
_UNSUPPORTED += ("not descendants of", "descendants of (inclusive)")
_COMMA = re.compile(r",\s*(?![^()]*\))")


def table(doctype: str) -> str:
    """Return the DocType's table; names with two underscores are tables already."""
    if not re.fullmatch(r"[\w -]*", doctype, re.ASCII):
        frappe.throw(_("Invalid DocType: {0}").format(doctype))
    return f"`{doctype}`" if doctype.startswith("__") else f"`tab{doctype}`"


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
    if isinstance(filters, str | int):
        filters = {"name": str(filters)}
    elif not isinstance(filters, dict) and filters and all(isinstance(f, str | int) for f in filters):
        filters = {"name": ["in", filters]}
    elif filters and not isinstance(filters, dict):
        filters = [(f[0], "=", f[1]) if len(f) == 2 else f for f in filters if f]
    sql, values = [], []
    for of_doctype, field, op, value in parse(filters, doctype):
        if of_doctype != doctype:
            raise frappe.NotSupported("filters on other DocTypes, outside get_list and get_all")
        if value is None or op == "is":
            sql.append(f"`{field}` is {'not null' if value == 'set' else 'null'}")
        else:
            sql.append(condition(f"`{field}`", op, value, values))
    return f" where {' and '.join(sql)}" if sql else "", values


def parse(filters, doctype: str) -> list[tuple]:
    """Return DocType, field, operator and value of each filter of a dict or list; raise when it is none."""
    if isinstance(filters, dict):
        pairs = ((key, v if isinstance(v, list | tuple) else ("=", v)) for key, v in filters.items())
        filters = [(key, *value[:2]) for key, value in pairs]
    return [_parse(f, doctype) for f in filters or ()]


def _parse(f, doctype: str) -> tuple:
    if not isinstance(f, list | tuple):
        frappe.throw(_("Filter must be a tuple or list (in a list)"))
    if len(f) < 3:
        message = _("Filter must have 4 values (doctype, fieldname, operator, value): {0}")
        frappe.throw(message.format(str(f)))
    doctype, field, op, value = f[:4] if len(f) > 3 else (doctype, *f)
    op = (op or "=").lower()
    if re.search(r"[^\w ]", str(field)):
        frappe.throw(_("Invalid field name {0}").format(field), frappe.DataError)
    if op in _UNSUPPORTED:
        raise frappe.NotSupported(f"filter operator {op!r} is not supported by the embedded bench")
    if op not in OPERATORS:
        frappe.throw(_("Operator must be one of {0}").format(", ".join(OPERATORS + _UNSUPPORTED)))
    return doctype, field, op, value


def condition(column: str, op: str, value, values: list, blank: str | None = None) -> str:
    """Return the condition and add its values to `values`; `blank` is what a missing value counts as."""
    if op in ("in", "not in"):
        value = tuple(value.split(",") if isinstance(value, str) else value or ()) or ("",)
    values += value[:2] if op == "between" else [value]
    column = column if blank is None else f"ifnull({column}, {blank})"
    return f"{column} {op} {'%s and %s' if op == 'between' else '%s'}"


def order_clause(order_by: str | None) -> str:
    """Return the order clause; a column without a direction comes last first, as upstream."""
    parts = [part.split() for part in (order_by or "").split(",") if part.strip()]
    orders = [f"{_column(p[0])} {'asc' if [d.lower() for d in p[1:]] == ['asc'] else 'desc'}" for p in parts]
    return f" order by {', '.join(orders)}" if orders else ""
