"""`frappe.get_list` and `frappe.get_all`: rows of a DocType, with its own rules for NULL.

A blank and a missing value are the same here: `!=` and `not in` find rows without a value. The
engine behind `frappe.db` has SQL's rules instead, see `frappe.database.query`.
"""

import datetime
import json
import re

import frappe
from frappe import _
from frappe.database.utils import DefaultOrderBy, FallBackDateTimeStr
from frappe.model import (
    child_table_fields,
    default_fields,
    get_permitted_fields,
    optional_fields,
    table_fields,
)
from frappe.utils import cint, cstr, flt, get_datetime, get_time, getdate, nowdate

OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between")
_UNSUPPORTED = ("timespan", "previous", "next", "ancestors of", "descendants of", "not ancestors of")
_UNSUPPORTED += ("not descendants of", "descendants of (inclusive)")
NUMERIC = ("Check", "Float", "Int", "Currency", "Percent")
_STANDARD_TYPES = {"creation": "Datetime", "modified": "Datetime", "docstatus": "Int", "idx": "Int"}
_BLOCKED = "concat|concat_ws|if|ifnull|nullif|coalesce|database|user|version|global|\\w+_user|\\w+_id"
# [function([distinct]) [table.]column [)] [as alias]
_FIELD = re.compile(
    r"^(?P<call>(?P<function>count|sum|avg|min|max|abs|round|date|year|month|day)\s*\(\s*(?:distinct\s+)?)?"
    r"(?:(?P<table>`tab[^`]+`|\w+)\.)?(?P<column>`?\w+`?|\*)(?(call)\s*\))"
    r"(?P<alias>\s+as\s+[`'\"]?[\w: -]+[`'\"]?)?$",
    re.IGNORECASE,
)
_OPTION_NAMES = """as_list debug distinct group_by ignore_ddl ignore_permissions limit limit_start limit_page_length
    order_by page_length parent_doctype pluck reference_doctype run start strict update user"""
_OPTIONS = set(_OPTION_NAMES.split())


def _escape(value) -> str:
    return frappe.db.escape(cstr(value), percent=False)


class DatabaseQuery:
    """One query for rows of a DocType."""

    def __init__(self, doctype, user=None):
        self.doctype, self.user, self.table = doctype, user, f"`tab{doctype}`"
        self.children = []  # tables of child DocTypes
        self.permission_map, self.shared, self.conditions = {}, [], []
        self.reference_doctype = doctype

    @property
    def meta(self):
        return frappe.get_meta(self.doctype)

    def execute(self, fields=None, filters=None, or_filters=None, **options):
        """Return the rows as dicts, as tuples (`as_list`) or as values of one field (`pluck`)."""
        if unknown := options.keys() - _OPTIONS:
            raise frappe.NotSupported(f"get_list({', '.join(sorted(unknown))}) is not supported")
        self.options, get = options, options.get
        self.ignore_permissions, self.as_list = get("ignore_permissions"), get("as_list")
        self.user = get("user") or self.user or frappe.session.user
        self.parent_doctype, self.group_by = get("parent_doctype"), get("group_by")
        self.reference_doctype = get("reference_doctype") or self.doctype
        self._check_read_permission(self.doctype, self.parent_doctype)
        fields, filters = self._swap_when_mixed_up(fields, filters)
        query = self._build(fields or [get("pluck") or "name"], filters, or_filters)
        if not query:
            return []
        more = {key: options[key] for key in ("update", "ignore_ddl", "run") if key in options}
        result = frappe.db.sql(query, as_dict=not self.as_list, **more)
        return [row[options["pluck"]] for row in result] if get("pluck") else result

    @staticmethod
    def _swap_when_mixed_up(fields, filters):
        """Return `(fields, filters)` also when they came in the other order."""
        is_filter = isinstance(fields, dict) or (
            isinstance(fields, list) and isinstance((fields or [0])[0], list)
        )
        is_fields = isinstance(filters, list) and len(filters) > 1 and isinstance(filters[0], str)
        return (filters, fields) if is_filter or (fields and is_fields) else (fields, filters)

    def _build(self, fields, filters, or_filters) -> str:
        fields = fields.split(",") if isinstance(fields, str) else fields
        self.fields = [self._parse_field(field.strip()) for field in fields if field]
        self.conditions = [self._condition(f) for f in self._parse_filters(filters)]
        either = [self._condition(f) for f in self._parse_filters(or_filters)]
        if not self.ignore_permissions:
            if match := self.build_match_conditions():
                self.conditions.append(f"({match})")
            self._apply_field_permissions()
        if not self.fields:
            return ""
        if either:
            self.conditions.append(f"({' or '.join(either)})")
        order_by, distinct = self._order_by(), self.options.get("distinct")
        self._check_order(order_by)
        self._check_order(self.group_by)
        get = self.options.get
        limit, start = cint(get("limit") or get("page_length") or get("limit_page_length")), get("start")
        parts = [
            f"select {'distinct ' if distinct else ''}{', '.join(map(self._column_sql, self.fields))}",
            f"from {self.table}{''.join(self._joins())}",
            f"where {' and '.join(self.conditions)}" if self.conditions else "",
            f"group by {self.group_by}" if self.group_by else "",
            f"order by {order_by}" if order_by and not distinct else "",
            f"limit {limit} offset {cint(start or get('limit_start'))}" if limit else "",
        ]
        return " ".join(filter(None, parts))

    def _joins(self):
        for t in self.children:
            yield f" left join {t} on ({t}.parenttype = {_escape(self.doctype)} and {t}.parent = {self.table}.name)"

    # -- fields ------------------------------------------------------------------------------

    def _parse_field(self, text: str) -> dict:
        """Return table, column, call and alias of a field."""
        match = _FIELD.match(text) or self._refuse(text)
        field = {key: value or "" for key, value in match.groupdict().items()}
        field["column"] = field["column"].strip("`")
        if field["table"] and not field["table"].startswith("`"):  # through a Table field
            df = self.meta.get_field(field["table"])
            if not df:
                frappe.throw(_("Field not permitted in query: {0}").format(text), frappe.DataError)
            if df.fieldtype not in table_fields:
                raise frappe.NotSupported(f"{text!r}: fields of linked documents")
            field["table"] = f"`tab{df.options}`"
        if field["table"]:
            self._add_child(field["table"])
        return field

    @staticmethod
    def _refuse(text: str):
        """Refuse sub-queries and functions by which a caller could read what is not theirs."""
        if match := re.search(rf"\b({_BLOCKED})\s*\(", text.lower()):
            frappe.throw(_("Use of function {0} in field is restricted").format(match[1]), frappe.DataError)
        frappe.throw(_("Use of sub-query or function is restricted"), frappe.DataError)

    def _add_child(self, table: str) -> None:
        if table != self.table and table not in self.children:
            self._check_read_permission(table[4:-1])
            self.children.append(table)

    def _column_sql(self, field: dict) -> str:
        column = "*" if field["column"] == "*" else f"`{field['column']}`"
        joined, alias = self.children, field["alias"]
        if joined and not alias and column != "*" and not field["call"]:
            alias = f" as {column}"  # so that `order by` finds it among columns of the same name
        table = field["table"] or (self.table if joined else "")
        qualified = f"{table}.{column}" if table and not (field["call"] and column == "*") else column
        return f"{field['call']}{qualified}{')' if field['call'] else ''}{alias}"

    def _apply_field_permissions(self) -> None:
        """Leave out the fields that the user may not read; `*` becomes the ones they may."""
        ptype = self.permission_map.get(self.doctype)
        ours = get_permitted_fields(self.doctype, self.parent_doctype, permission_type=ptype)
        kept = []
        for field in self.fields:
            table, column = field["table"], field["column"]
            permitted = ours
            if table not in ("", self.table):
                permitted = get_permitted_fields(table[4:-1], parenttype=self.doctype)
            if column == "*" and not field["call"]:
                kept += [self._parse_field(f"{table}.`{name}`" if table else name) for name in permitted]
            elif column in ("*", *permitted, *optional_fields):
                kept.append(field)
        self.fields = kept

    # -- filters -----------------------------------------------------------------------------

    def _parse_filters(self, filters) -> list:
        filters = json.loads(filters) if isinstance(filters, str) else filters or []
        if isinstance(filters, dict):
            filters = [make_filter_tuple(self.doctype, key, value) for key, value in filters.items()]
        return [get_filter(self.doctype, f) for f in filters]

    def _condition(self, f) -> str:
        self._add_child(f"`tab{f.doctype}`")
        column, op = f"`tab{f.doctype}`.`{f.fieldname}`", f.operator
        df = frappe.get_meta(f.doctype).get_field(f.fieldname)
        fieldtype = df.fieldtype if df else _STANDARD_TYPES.get(f.fieldname)
        nullable = f.fieldname not in ("name", "modified", "creation") and fieldtype not in NUMERIC
        if op == "is" and f.value == "not set":
            return f"ifnull({column}, '') = ''"
        if op == "is":
            return f"{column} != {0 if fieldtype in NUMERIC else repr('')}"
        if op == "between" and fieldtype in ("Date", "Datetime"):
            return f"{column} between {get_between_date_filter(f.value, fieldtype)}"
        if op in ("in", "not in"):
            values = f.value.split(",") if isinstance(f.value, str) else f.value or [""]
            if op == "in":
                nullable = nullable and (not f.value or any(v in (None, "") for v in f.value))
            value, fallback = f"({', '.join(_escape(cstr(v).strip()) for v in values)})", "''"
        else:
            if op in (">", ">=") and fieldtype in ("Date", "Datetime"):
                nullable = False  # nothing is later than no date
            value, fallback = self._value(f, fieldtype)
        if not nullable or (f.value and op in ("=", "like")):
            return f"{column} {op} {value}"
        return f"ifnull({column}, {fallback}) {op} {value}"

    @staticmethod
    def _value(f, fieldtype) -> tuple:
        """Return `(value, what NULL counts as)` as SQL."""
        if f.operator in ("like", "not like"):
            return _escape(cstr(f.value).replace("\\", "\\\\")), "''"
        if fieldtype == "Date":
            return f"'{frappe.db.format_date(f.value)}'", "'0001-01-01'"
        if fieldtype == "Datetime" or isinstance(f.value, datetime.datetime):
            return f"'{frappe.db.format_datetime(f.value)}'", f"'{FallBackDateTimeStr}'"
        if fieldtype == "Time":
            return f"'{get_time(f.value):%H:%M:%S.%f}'", "'00:00:00'"
        if isinstance(f.value, str) and fieldtype not in NUMERIC:
            return _escape(f.value), "''"
        if (f.operator == "=" and fieldtype in ("Link", "Data")) or f.fieldname == "name":
            return _escape(f.value or "''"), "''"
        return flt(f.value), 0

    # -- permissions -------------------------------------------------------------------------

    def _check_read_permission(self, doctype, parent_doctype=None) -> None:
        if not self.ignore_permissions and doctype not in self.permission_map:
            ptype = "select" if frappe.only_has_select_perm(doctype, user=self.user) else "read"
            parent = parent_doctype or self.doctype
            frappe.has_permission(doctype, ptype, parent_doctype=parent, throw=True, user=self.user)
            self.permission_map[doctype] = ptype

    def build_match_conditions(self):
        from frappe import permissions, share

        self.user = self.user or frappe.session.user
        roles = permissions.get_role_permissions(self.meta, user=self.user)
        allowed = permissions.get_user_permissions(self.user)
        may_read = roles.get("select") or roles.get("read")
        scopes = [p.applicable_for for p in allowed.get(self.doctype, [])]
        conditions = []
        if not self.meta.istable and not may_read and not {None, "", self.reference_doctype} & {*scopes}:
            if not (shared := share.get_shared(self.doctype, self.user)):
                message = _("No permission to read {0}").format(_(self.doctype))
                frappe.throw(message, frappe.PermissionError)
            self.conditions.append(self._names_sql(shared))
            shared = []
        else:
            if requires_owner_constraint(roles):
                conditions.append(f"{self.table}.`owner` = {_escape(self.user)}")
            elif may_read:
                conditions = self._user_permissions(allowed)
            shared = share.get_shared(self.doctype, self.user) if conditions else []
        hooked = self.get_permission_query_conditions()
        out = " and ".join([*conditions, hooked] if hooked else conditions)
        return f"({out}) or ({self._names_sql(shared)})" if out and shared else out

    def _names_sql(self, names) -> str:
        return f"{self.table}.name in ({', '.join(map(_escape, names))})"

    def _user_permissions(self, allowed) -> list:
        strict = frappe.get_system_settings("apply_strict_user_permissions")
        conditions = []
        for df in [*self.meta.get_link_fields(), frappe._dict(options=self.doctype, fieldname="name")]:
            scopes = (None, "", self.reference_doctype if df.fieldname == "name" else self.doctype)
            docs = [p.get("doc") for p in allowed.get(df.options, ()) if p.get("applicable_for") in scopes]
            if docs and not df.get("ignore_user_permissions"):
                column = f"{self.table}.`{df.fieldname}`"
                blank = "" if strict else f"ifnull({column}, '') = '' or "
                conditions.append(f"({blank}{column} in ({', '.join(map(_escape, docs))}))")
        return conditions

    def get_permission_query_conditions(self) -> str:
        hooks = frappe.get_hooks("permission_query_conditions", {})
        methods = map(frappe.get_attr, hooks.get(self.doctype, []) + hooks.get("*", []))
        found = [frappe.call(method, self.user, doctype=self.doctype) for method in methods]
        return " and ".join(filter(None, found))

    # -- order -------------------------------------------------------------------------------

    def _order_by(self) -> str:
        order_by = self.options.get("order_by", DefaultOrderBy)
        if order_by != DefaultOrderBy:
            return order_by or ""
        if len(self.fields) == 1 and self.fields[0] and self.fields[0].get("call") and not self.group_by:
            return ""
        sort_field = self.meta.sort_field or "modified"
        default = (self.meta.sort_field and self.meta.sort_order) or "desc"
        parts = [part.split() for part in sort_field.split(",")]
        return ", ".join(f"{self.table}.`{p[0]}` {p[1] if p[1:] else default}" for p in parts)

    def _check_order(self, text: str | None) -> None:
        """Refuse sub-queries, odd characters and tables that the query does not read."""
        lowered = (text or "").lower()
        if "select" in lowered and "from" in lowered:
            frappe.throw(_("Cannot use sub-query in order by"))
        if re.search(r"[^a-z0-9-_ ,`'\"\.\(\)]|\bsleep\s*\(", lowered):
            frappe.throw(_("Illegal SQL Query"))
        for table in re.findall(r"(`tab[^`]+`)\.", text or ""):
            if table not in (self.table, *self.children):
                message = _("Please select atleast 1 column from {0} to sort/group")
                frappe.throw(message.format(table[4:-1]))


def make_filter_tuple(doctype: str, key: str, value):
    """Return `[doctype, field, operator, value]` for an entry of a filter dict."""
    return [doctype, key, *(value[:2] if isinstance(value, list | tuple) else ("=", value))]


def get_filter(doctype: str, f) -> frappe._dict:
    """Return the filter as a dict of doctype, fieldname, operator and value; raise when it is none."""
    if not isinstance(f, list | tuple):
        frappe.throw(_("Filter must be a tuple or list (in a list)"))
    if len(f) < 3:
        message = _("Filter must have 4 values (doctype, fieldname, operator, value): {0}")
        frappe.throw(message.format(str(f)))
    doctype, fieldname, operator, value = (doctype, *f) if len(f) == 3 else f[:4]
    operator = (operator or "=").lower()
    if not re.fullmatch(r"[\w ]+", cstr(fieldname)):
        frappe.throw(_("Invalid field name {0}").format(fieldname), frappe.DataError)
    if operator in _UNSUPPORTED:
        raise frappe.NotSupported(f"filter operator {operator!r} is not supported by the embedded bench")
    if operator not in OPERATORS:
        frappe.throw(_("Operator must be one of {0}").format(", ".join(OPERATORS + _UNSUPPORTED)))
    if fieldname not in default_fields + optional_fields + child_table_fields:
        meta = frappe.get_meta(doctype)
        children = [] if meta.has_field(fieldname) else meta.get_table_fields()
        found = (df.options for df in children if frappe.get_meta(df.options).has_field(fieldname))
        doctype = next(found, doctype)
    return frappe._dict(doctype=doctype, fieldname=fieldname, operator=operator, value=value)


def get_between_date_filter(value, fieldtype: str) -> str:
    """Return the bounds as SQL; a date as the upper bound of a Datetime means the whole day."""
    bounds = list(value)[:2] if isinstance(value, list | tuple) else []
    start, end = bounds + [nowdate()] * (2 - len(bounds))
    if fieldtype == "Date":
        return f"'{frappe.db.format_date(start)}' AND '{frappe.db.format_date(end)}'"
    start, end = _moment(start, datetime.time()), _moment(end, datetime.time.max)
    return f"'{frappe.db.format_datetime(start)}' AND '{frappe.db.format_datetime(end)}'"


def _moment(value, time: datetime.time):
    if isinstance(value, str):
        value = get_datetime(value) if " " in value.strip() else getdate(value)
    return value if isinstance(value, datetime.datetime) else datetime.datetime.combine(value, time)


def requires_owner_constraint(role_permissions) -> bool:
    """Tell whether the user may read only what they made."""
    if_owner = role_permissions.get("if_owner")
    if not role_permissions.get("has_if_owner_enabled") or not if_owner:
        return False
    return not any(role_permissions.get(p) and p not in if_owner for p in ("select", "read"))


def check_parent_permission(parent, child_doctype) -> None:
    """Raise `PermissionError` unless `parent` has the child table and the user may read it."""
    from frappe import permissions

    tables = [df.options for df in frappe.get_meta(parent).get_table_fields()] if parent else []
    if child_doctype not in tables or not permissions.has_permission(parent):
        raise frappe.PermissionError
