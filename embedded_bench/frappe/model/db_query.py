"""`frappe.get_list` and `frappe.get_all`: rows of a DocType that the user may read.

A blank and a missing value are the same here: `!=` and `not in` find rows without a value.
"""

import datetime
import re

import frappe
from frappe import _, permissions, share
from frappe.database import query
from frappe.database.query import DefaultOrderBy
from frappe.model import get_permitted_fields, optional_fields, standard_fields, table_fields
from frappe.utils import cint, cstr, flt, get_datetime, get_time, getdate, nowdate

NUMERIC = ("Check", "Float", "Int", "Currency", "Percent")
_STANDARD_TYPES = {"creation": "Datetime", "modified": "Datetime", "docstatus": "Int", "idx": "Int"}
# field type: how a value is read and written, and what a missing one counts as
_MOMENTS = {
    "Date": (getdate, "%Y-%m-%d", "0001-01-01"),
    "Datetime": (get_datetime, "%Y-%m-%d %H:%M:%S.%f", "0001-01-01 00:00:00.000000"),
    "Time": (get_time, "%H:%M:%S.%f", "00:00:00"),
}
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


class DatabaseQuery:
    """One query for rows of a DocType."""

    def __init__(self, doctype, user=None):
        self.doctype, self.user, self.table = doctype, user, f"`tab{doctype}`"
        self.meta, self.children = frappe.get_meta(doctype), []  # tables of child DocTypes
        self.permitted, self.conditions, self.values = set(), [], []
        self.reference_doctype = doctype

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
        statement = self._build(fields or [get("pluck") or "name"], filters, or_filters)
        if not statement:
            return []
        more = {key: options[key] for key in ("update", "ignore_ddl", "run") if key in options}
        result = frappe.db.sql(statement, self.values, as_dict=not self.as_list, **more)
        return [row[options["pluck"]] for row in result] if get("pluck") else result

    @staticmethod
    def _swap_when_mixed_up(fields, filters):
        """Return `(fields, filters)` also when they came in the other order."""
        is_filter = isinstance(fields[0] if isinstance(fields, list) and fields else fields, dict | list)
        is_fields = isinstance(filters, list) and len(filters) > 1 and isinstance(filters[0], str)
        return (filters, fields) if is_filter or (fields and is_fields) else (fields, filters)

    def _build(self, fields, filters, or_filters) -> str:
        fields = fields.split(",") if isinstance(fields, str) else fields
        self.fields = [self._parse_field(field.strip()) for field in fields if field]
        self.conditions = self._conditions(filters)
        either = self._conditions(or_filters)
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
        doctype = frappe.db.escape(self.doctype)
        for t in self.children:
            yield f" left join {t} on ({t}.parenttype = {doctype} and {t}.parent = {self.table}.name)"

    # -- fields ------------------------------------------------------------------------------

    def _parse_field(self, text: str) -> dict:
        match = _FIELD.match(text)
        if not match:  # a sub-query or a function by which a caller could read what is not theirs
            call = re.search(r"(\w+)\s*\((?!\s*select)", text.lower())
            message = _("Use of function {0} in field is restricted").format(call[1]) if call else ""
            frappe.throw(message or _("Use of sub-query or function is restricted"), frappe.DataError)
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
        ours = get_permitted_fields(self.doctype, self.parent_doctype)
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

    def _conditions(self, filters) -> list:
        return [self._condition(*f) for f in query.parse(frappe.parse_json(filters), self.doctype)]

    def _condition(self, doctype: str, fieldname: str, op: str, value) -> str:
        if fieldname not in standard_fields:
            doctype = self._owner(doctype, fieldname)
        self._add_child(f"`tab{doctype}`")
        df = frappe.get_meta(doctype).get_field(fieldname)
        column = f"`tab{doctype}`.`{fieldname}`"
        fieldtype = df.fieldtype if df else _STANDARD_TYPES.get(fieldname)
        if op == "is" and value == "not set":
            return f"ifnull({column}, '') = ''"
        if op == "is":
            return f"{column} != {0 if fieldtype in NUMERIC else repr('')}"
        is_free = fieldname in ("name", "modified", "creation") or fieldtype in NUMERIC
        if op in ("in", "not in"):
            value = [cstr(v).strip() for v in (value.split(",") if isinstance(value, str) else value or [""])]
            blank, is_free = "''", is_free or (op == "in" and "" not in value)
        else:
            # nothing is later than no date
            is_later = op in (">", ">=", "between") and fieldtype in ("Date", "Datetime")
            is_free = is_free or is_later or (value and op in ("=", "like"))
            value, blank = self._value(fieldname, fieldtype, op, value)
        return query.condition(column, op, value, self.values, None if is_free else blank)

    @staticmethod
    def _owner(doctype: str, fieldname: str) -> str:
        """Return the DocType itself, or its table that has the field."""
        meta = frappe.get_meta(doctype)
        tables = [] if meta.has_field(fieldname) else [df.options for df in meta.get_table_fields()]
        return next((table for table in tables if frappe.get_meta(table).has_field(fieldname)), doctype)

    @staticmethod
    def _value(fieldname, fieldtype, op, value) -> tuple:
        """Return the value as its column holds it, and what NULL counts as in SQL."""
        if op in ("like", "not like") and (fieldtype not in _MOMENTS or fieldname in _STANDARD_TYPES):
            return cstr(value).replace("\\", "\\\\"), "''"
        if fieldtype not in _MOMENTS and isinstance(value, datetime.datetime):
            fieldtype = "Datetime"
        if fieldtype in _MOMENTS:
            is_range = op == "between"
            value = _bounds(fieldtype, value) if is_range else _moment_text(fieldtype, value)
            return value, f"'{_MOMENTS[fieldtype][2]}'"
        if isinstance(value, str) and fieldtype not in NUMERIC:
            return value, "''"
        if (op == "=" and fieldtype in ("Link", "Data")) or fieldname == "name":
            return cstr(value or "''"), "''"
        return flt(value), 0

    # -- permissions -------------------------------------------------------------------------

    def _check_read_permission(self, doctype, parent_doctype=None) -> None:
        if not self.ignore_permissions and doctype not in self.permitted:
            parent = parent_doctype or self.doctype
            frappe.has_permission(doctype, "read", parent_doctype=parent, throw=True, user=self.user)
            self.permitted.add(doctype)

    def build_match_conditions(self):
        self.user = self.user or frappe.session.user
        roles = permissions.get_role_permissions(self.meta, user=self.user)
        allowed = permissions.get_user_permissions(self.user)
        may_read = roles.get("read")
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
                conditions.append(f"{self.table}.`owner` = {frappe.db.escape(self.user)}")
            elif may_read:
                conditions = self._user_permissions(allowed)
            shared = share.get_shared(self.doctype, self.user) if conditions else []
        hooked = self.get_permission_query_conditions()
        out = " and ".join([*conditions, hooked] if hooked else conditions)
        return f"({out}) or ({self._names_sql(shared)})" if out and shared else out

    def _names_sql(self, names) -> str:
        return f"{self.table}.name in ({', '.join(map(frappe.db.escape, names))})"

    def _user_permissions(self, allowed) -> list:
        strict = frappe.get_system_settings("apply_strict_user_permissions")
        conditions = []
        for df in [*self.meta.link_fields, frappe._dict(options=self.doctype, fieldname="name")]:
            scopes = (None, "", self.reference_doctype if df.fieldname == "name" else self.doctype)
            docs = [p.get("doc") for p in allowed.get(df.options, ()) if p.get("applicable_for") in scopes]
            if docs and not df.get("ignore_user_permissions"):
                column = f"{self.table}.`{df.fieldname}`"
                blank = "" if strict else f"ifnull({column}, '') = '' or "
                conditions.append(f"({blank}{column} in ({', '.join(map(frappe.db.escape, docs))}))")
        return conditions

    def get_permission_query_conditions(self) -> str:
        hooks = frappe.get_hooks("permission_query_conditions", {})
        methods = map(frappe.get_attr, hooks.get(self.doctype, []) + hooks.get("*", []))
        found = [frappe.call(method, self.user, doctype=self.doctype) for method in methods]
        return " and ".join(filter(None, found)).replace("%", "%%")

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


def _moment_text(fieldtype: str, value) -> str:
    read, pattern, missing = _MOMENTS[fieldtype]
    moment = read(value) if value or fieldtype == "Date" else None
    return moment.strftime(pattern) if moment else missing


def _bounds(fieldtype: str, value) -> list:
    """Return the bounds of a period; a date as the upper bound of a Datetime means the whole day."""
    bounds = list(value)[:2] if isinstance(value, list | tuple) else []
    bounds = [cstr(bound).strip() for bound in (*bounds, nowdate(), nowdate())[:2]]
    if fieldtype == "Datetime" and " " not in bounds[1]:
        bounds[1] += " 23:59:59.999999"
    return [_moment_text(fieldtype, bound) for bound in bounds]


def requires_owner_constraint(role_permissions) -> bool:
    """Tell whether the user may read only what they made."""
    if_owner = role_permissions.get("if_owner")
    if not role_permissions.get("has_if_owner_enabled") or not if_owner:
        return False
    return not role_permissions.get("read") or "read" in if_owner


def get_list(doctype, *args, **kwargs):
    """Return the rows that the user may read."""
    return DatabaseQuery(doctype).execute(*args, **kwargs)


def get_all(doctype, *args, **kwargs):
    """Return rows without any permission check and without a limit."""
    return get_list(doctype, *args, **{"limit_page_length": 0, **kwargs, "ignore_permissions": True})
