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
from frappe.model import child_table_fields, default_fields, get_permitted_fields, optional_fields
from frappe.utils import cint, cstr, flt, get_datetime, get_time, getdate, nowdate
from pypika.queries import Column

OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "is", "between")
OPERATORS += ("timespan", "previous", "next", "ancestors of", "descendants of", "not ancestors of")
OPERATORS += ("not descendants of", "descendants of (inclusive)")
NUMERIC = ("Check", "Float", "Int", "Currency", "Percent")
_BLOCKED_WORDS = frozenset(["select", "create", "insert", "delete", "drop", "update", "case", "show"])
_BLOCKED_FUNCTIONS = frozenset(
    [
        "concat",
        "concat_ws",
        "if",
        "ifnull",
        "nullif",
        "coalesce",
        "connection_id",
        "current_user",
        "database",
        "last_insert_id",
        "session_user",
        "system_user",
        "user",
        "version",
        "global",
    ]
)
_QUERY = re.compile(r"^(select|delete|update|drop|create)\s", re.IGNORECASE)
_CLAUSE = re.compile(r"\s(from|group by|order by|where|join|union)\s", re.IGNORECASE)
_ALIAS = re.compile(r"\s+as\s+([`'\"]?)([\w: -]+)\1$", re.IGNORECASE)
_ORDER = re.compile(r"[^a-z0-9-_ ,`'\"\.\(\)]")
_AGGREGATES = ("count(", "min(", "max(", "sum(", "avg(")
_IDENTIFIER = re.compile(r"(?:(?:`([^`]+)`|(\w+))\.)?(?:`([^`]+)`|([A-Za-z_]\w*))(?!\s*[\w`]*\()")
_KEYWORDS = frozenset(
    [
        "distinct",
        "as",
        "and",
        "or",
        "not",
        "null",
        "separator",
        "asc",
        "desc",
        "interval",
        "day",
        "month",
        "year",
        "in",
        "is",
        "between",
    ]
)


class DatabaseQuery:
    """One query for rows of a DocType."""

    def __init__(self, doctype, user=None):
        self.doctype = doctype
        self.user = user or frappe.session.user
        self.flags = frappe._dict()
        self.fields, self.filters, self.or_filters = [], [], []
        self.main_table = f"`tab{doctype}`"
        self.tables = [self.main_table]
        self.links = {}  # alias -> (DocType, field of ours)
        self.conditions = []
        self.permission_map = {}
        self.shared = []
        self.reference_doctype = doctype
        self.parent_doctype = None
        self._fetch_shared_documents = False

    @property
    def meta(self):
        return frappe.get_meta(self.doctype)

    def execute(
        self,
        fields=None,
        filters=None,
        or_filters=None,
        docstatus=None,
        group_by=None,
        order_by=DefaultOrderBy,
        limit_start=False,
        limit_page_length=None,
        as_list=False,
        with_childnames=False,
        debug=False,
        ignore_permissions=False,
        user=None,
        with_comment_count=False,
        join="left join",
        distinct=False,
        start=None,
        page_length=None,
        limit=None,
        ignore_ifnull=False,
        save_user_settings=False,
        save_user_settings_fields=False,
        update=None,
        add_total_row=None,
        user_settings=None,
        reference_doctype=None,
        run=True,
        strict=True,
        pluck=None,
        ignore_ddl=False,
        *,
        parent_doctype=None,
    ):
        """Return the rows as dicts, as tuples (`as_list`) or as values of one field (`pluck`)."""
        self.flags.ignore_permissions = ignore_permissions
        self.user = user or self.user
        self.parent_doctype = parent_doctype
        self.reference_doctype = reference_doctype or self.doctype
        self.ignore_ifnull, self.distinct, self.strict = ignore_ifnull, distinct, strict
        self.group_by, self.order_by, self.as_list = group_by, order_by, as_list
        self._check_read_permission(self.doctype, parent_doctype)
        fields, filters = self._swap_when_mixed_up(fields, filters)
        self.fields = fields or [f"{self.main_table}.`{pluck or 'name'}`"]
        self.filters, self.or_filters = filters or [], or_filters or []
        self.columns = self._table_columns(ignore_ddl)
        if not self.columns:
            return []
        query = self._build(cint(limit or page_length or limit_page_length), cint(start or limit_start))
        if not query:
            return []
        result = frappe.db.sql(
            query, as_dict=not as_list, debug=debug, update=update, ignore_ddl=ignore_ddl, run=run
        )
        if with_comment_count and not as_list:
            for row in result:
                row._comment_count = len(json.loads(row.get("_comments") or "[]"))
        return [row[pluck] for row in result] if pluck and run else result

    @staticmethod
    def _swap_when_mixed_up(fields, filters):
        """Return `(fields, filters)` also when they came in the other order."""
        is_filter = isinstance(fields, dict) or (
            isinstance(fields, list) and fields and isinstance(fields[0], list)
        )
        is_fields = isinstance(filters, list) and len(filters) > 1 and isinstance(filters[0], str)
        return (filters, fields) if is_filter or (fields and is_fields) else (fields, filters)

    def _table_columns(self, ignore_ddl):
        try:
            return (
                self.meta.get_valid_columns()
                if self.meta.get("is_virtual")
                else (frappe.db.get_table_columns(self.doctype))
            )
        except frappe.db.TableMissingError:
            if ignore_ddl:
                return None
            raise

    def _build(self, limit: int, start: int) -> str:
        self._parse()
        self._check_fields()
        self._find_tables()
        self._drop_missing_optional_columns()
        grouped_or = []
        self._add_filters(self.filters, self.conditions)
        self._add_filters(self.or_filters, grouped_or)
        if not self.flags.ignore_permissions:
            if match := self.build_match_conditions():
                self.conditions.append(f"({match})")
            self._apply_field_permissions()
        if not self.fields:
            return ""
        if grouped_or:
            self.conditions.append(f"({' or '.join(grouped_or)})")
        order_by = self._order_by()
        self._check_order(order_by)
        self._check_order(self.group_by)
        parts = [
            f"select {'distinct ' if self.distinct else ''}{', '.join(map(self._quoted, self.fields))}",
            f"from {self.main_table}",
            *self._joins(),
            f"where {' and '.join(self.conditions)}" if self.conditions else "",
            f"group by {self.group_by}" if self.group_by else "",
            f"order by {order_by}" if order_by and not self.distinct else "",
            f"limit {limit} offset {start}" if limit else "",
        ]
        return " ".join(part for part in parts if part)

    def _joins(self):
        escaped = frappe.db.escape(self.doctype, percent=False)
        for table in self.tables[1:]:
            yield (
                f"left join {table} on ({table}.parenttype = {escaped}"
                f" and {table}.parent = {self.main_table}.name)"
            )
        for alias, (doctype, fieldname) in self.links.items():
            yield (f"left join `tab{doctype}` {alias} on ({alias}.`name` = {self.main_table}.`{fieldname}`)")

    # -- fields ------------------------------------------------------------------------------

    def _parse(self) -> None:
        if isinstance(self.fields, str):
            try:
                self.fields = ["*"] if self.fields == "*" else json.loads(self.fields)
            except ValueError:
                self.fields = [f.strip() for f in self.fields.split(",")]
        self.fields = [self._through(f) for f in self.fields if f]
        for name in ("filters", "or_filters"):
            filters = getattr(self, name)
            if isinstance(filters, str):
                filters = json.loads(filters)
            if isinstance(filters, dict):
                filters = [make_filter_tuple(self.doctype, key, value) for key, value in filters.items()]
            setattr(self, name, filters)

    def _through(self, field: str) -> str:
        """Write `link.field` and `table.field` as columns of the joined table."""
        name = _ALIAS.sub("", field)
        if "." not in name or "`" in name or "(" in name:
            return field
        through, _dot, fieldname = name.partition(".")
        df = self.meta.get_field(through)
        if not df:
            return field
        table = f"`tab{df.options}`"
        if df.fieldtype == "Link":
            table = self._link_alias(df.options, through)
        return f"{table}.`{fieldname}`{field[len(name) :]}"

    def _link_alias(self, doctype: str, fieldname: str) -> str:
        for alias, link in self.links.items():
            if link == (doctype, fieldname):
                return alias
        self._check_read_permission(doctype)
        number = sum(link[0] == doctype for link in self.links.values()) + 1
        alias = f"`tab{doctype}_{number}`"
        self.links[alias] = (doctype, fieldname)
        return alias

    def _check_fields(self) -> None:
        """Refuse sub-queries and functions by which a caller could read what is not theirs."""
        restricted = _("Use of sub-query or function is restricted")
        for field in self.fields:
            lowered = field.lower().strip()
            if re.search(r"[,();@]", field):
                first = lowered[1:].lstrip().split(" ", 1)[0] if lowered[0] == "(" else ""
                if (
                    first in _BLOCKED_WORDS
                    or "@" in lowered
                    or ";" in lowered
                    or re.search(r"\(\s*select\b", lowered)
                ):
                    frappe.throw(restricted, frappe.DataError)
                for function in re.findall(r"(\w+)\s*\(", lowered):
                    if function in _BLOCKED_FUNCTIONS:
                        message = _("Use of function {0} in field is restricted").format(function)
                        frappe.throw(message, exc=frappe.DataError)
            if re.match(r"[0-9a-zA-Z]+\s*[',]", field) or _QUERY.match(field):
                frappe.throw(restricted, frappe.DataError)
            if self.strict and ("/*" in field or "--" in field or re.search(r"\sunion\s", lowered)):
                frappe.throw(_("Illegal SQL Query"))
            if _CLAUSE.search(field):
                frappe.throw(restricted, frappe.DataError)

    def _find_tables(self) -> None:
        for field in self.fields:
            for table in re.findall(r"(`tab[^`]+`)\.", field):
                if table not in self.links:
                    self._add_table(table)

    def _add_table(self, table: str) -> None:
        if table not in self.tables:
            self.tables.append(table)
            self._check_read_permission(table[4:-1])

    def _drop_missing_optional_columns(self) -> None:
        missing = [name for name in optional_fields if name not in self.columns]
        self.fields = [f for f in self.fields if not any(name in f for name in missing)]
        self.filters = [
            f for f in self.filters if isinstance(f, str | dict) or not any(name in f for name in missing)
        ]

    def _quoted(self, field: str) -> str:
        """Return the field for the select list: quoted, and qualified when tables are joined."""
        if field is None:
            return "NULL"
        match = _ALIAS.search(field)
        name, alias = (field[: match.start()].strip(), match[0]) if match else (field.strip(), "")
        if re.fullmatch(r"\w+", name):
            name = f"`{name}`"
        joined = len(self.tables) > 1 or bool(self.links)
        if joined and re.fullmatch(r"`\w+`|\*", name):
            name = f"{self.main_table}.{name}"
        if joined and not alias and (column := re.fullmatch(r"`[^`]+`\.`?(\w+)`?", name)):
            alias = f" as `{column[1]}`"  # SQLite sorts by a bare name only where it is an alias
        return name + alias

    def _apply_field_permissions(self) -> None:
        """Leave out the fields that the user may not read; `*` becomes the ones they may."""
        permitted = get_permitted_fields(
            doctype=self.doctype,
            parenttype=self.parent_doctype,
            permission_type=self.permission_map.get(self.doctype),
            ignore_virtual=True,
        )
        kept = []
        for field in self.fields:
            name = _ALIAS.sub("", field).strip()
            if name in ("*", f"{self.main_table}.*"):
                kept += permitted
            elif all(self._may_read(table, column, permitted) for table, column in columns_of(name)):
                kept.append(field)
            elif self.as_list:
                kept.append(None)
        self.fields = kept

    def _may_read(self, table: str, column: str, permitted) -> bool:
        if column in optional_fields:
            return True
        if not table or table == f"tab{self.doctype}":
            return column in permitted
        if f"`{table}`" not in self.tables and f"`{table}`" not in self.links:
            raise frappe.PermissionError(table)
        doctype = self.links[f"`{table}`"][0] if f"`{table}`" in self.links else table[3:]
        return column in get_permitted_fields(doctype=doctype, parenttype=self.doctype, ignore_virtual=True)

    # -- filters -----------------------------------------------------------------------------

    def _add_filters(self, filters, conditions: list) -> None:
        for f in [filters] if isinstance(filters, dict) else filters:
            if isinstance(f, str):
                if not self.flags.ignore_permissions:
                    frappe.throw(_("Filter must be a tuple or list (in a list)"))
                conditions.append(f)
            else:
                conditions.append(self.prepare_filter_condition(f))

    def prepare_filter_condition(self, f) -> str:
        """Return one filter as SQL."""
        f = get_filter(self.doctype, f)
        table = f"`tab{f.doctype}`"
        self._add_table(table)
        column = f"{table}.`{f.fieldname}`"
        df = frappe.get_meta(f.doctype).get_field(f.fieldname)
        fieldtype = df.fieldtype if df else _STANDARD_TYPES.get(f.fieldname)
        op = f.operator = f.operator.lower()
        nullable = f.fieldname not in ("name", "modified", "creation") and fieldtype not in NUMERIC
        if op in ("in", "not in"):
            if op == "in":
                nullable = nullable and (not f.value or any(v in (None, "") for v in f.value))
            value, fallback = self._list_value(f.value), "''"
        elif op == "is":
            return self._is_set(column, f.value, fieldtype)
        elif op == "between" and fieldtype in ("Date", "Datetime"):
            return f"{column} between {get_between_date_filter(f.value, fieldtype)}"
        elif op in OPERATORS[12:]:
            raise frappe.NotSupported(f"filter operator {op} is not supported by the embedded bench")
        else:
            if op in (">", ">=") and fieldtype in ("Date", "Datetime"):
                nullable = False  # nothing is later than no date
            value, fallback = self._single_value(f, fieldtype)
        if self.ignore_ifnull or not nullable or (f.value and op in ("=", "like")):
            return f"{column} {op} {value}"
        return f"ifnull({column}, {fallback}) {op} {value}"

    @staticmethod
    def _list_value(values) -> str:
        if isinstance(values, str):
            values = values.split(",")
        escaped = [frappe.db.escape(cstr(v).strip(), percent=False) for v in values or ()]
        return f"({', '.join(escaped)})" if escaped else "('')"

    @staticmethod
    def _is_set(column: str, value: str, fieldtype) -> str:
        if value == "not set":
            return f"ifnull({column}, '') = ''"
        return f"{column} != {0 if fieldtype in NUMERIC else repr('')}"

    @staticmethod
    def _single_value(f, fieldtype) -> tuple:
        """Return `(value, what NULL counts as)` as SQL."""
        is_like = f.operator in ("like", "not like")
        if isinstance(f.value, Column):
            return f"`tab{f.doctype}`.`{f.value.name}`", "''"
        if fieldtype == "Date" and not is_like:
            value, fallback = frappe.db.format_date(f.value), "'0001-01-01'"
        elif (fieldtype == "Datetime" and not is_like) or isinstance(f.value, datetime.datetime):
            value, fallback = frappe.db.format_datetime(f.value), f"'{FallBackDateTimeStr}'"
        elif fieldtype == "Time" and not is_like:
            value, fallback = get_time(f.value).strftime("%H:%M:%S.%f"), "'00:00:00'"
        elif is_like or (isinstance(f.value, str) and fieldtype not in NUMERIC):
            value, fallback = cstr(f.value), "''"
            if is_like:
                value = value.replace("\\", "\\\\")
        elif (f.operator == "=" and fieldtype in ("Link", "Data")) or f.fieldname == "name":
            value, fallback = f.value or "''", "''"
        else:
            value, fallback = flt(f.value), 0
        return (frappe.db.escape(value, percent=False) if isinstance(value, str) else value), fallback

    # -- permissions -------------------------------------------------------------------------

    def _check_read_permission(self, doctype, parent_doctype=None) -> None:
        if self.flags.ignore_permissions or doctype in self.permission_map:
            return
        ptype = "select" if frappe.only_has_select_perm(doctype, user=self.user) else "read"
        frappe.has_permission(
            doctype, ptype=ptype, parent_doctype=parent_doctype or self.doctype, throw=True, user=self.user
        )
        self.permission_map[doctype] = ptype

    def build_match_conditions(self, as_condition=True):
        """Return the conditions that limit the user to their rows; the filters by DocType otherwise."""
        import frappe.permissions
        import frappe.share

        conditions, match_filters, only_if_shared = [], [], False
        roles = frappe.permissions.get_role_permissions(self.meta, user=self.user)
        may_read = roles.get("select") or roles.get("read")
        has_user_permission = any(
            not p.applicable_for or p.applicable_for == self.reference_doctype
            for p in frappe.permissions.get_user_permissions(self.user).get(self.doctype, [])
        )
        if not self.meta.istable and not may_read and not has_user_permission:
            only_if_shared = True
            self.shared = frappe.share.get_shared(self.doctype, self.user)
            if not self.shared:
                message = _("No permission to read {0}").format(_(self.doctype))
                frappe.throw(message, frappe.PermissionError)
            self.conditions.append(self._share_condition())
        else:
            if requires_owner_constraint(roles):
                self._fetch_shared_documents = True
                owner = frappe.db.escape(self.user, percent=False)
                conditions.append(f"{self.main_table}.`owner` = {owner}")
            elif may_read:
                self._add_user_permissions(conditions, match_filters)
            if self._fetch_shared_documents:
                self.shared = frappe.share.get_shared(self.doctype, self.user)
        if not as_condition:
            return match_filters
        out = " and ".join(conditions)
        if hooked := self.get_permission_query_conditions():
            out = f"{out} and {hooked}" if out else hooked
        if out and self.shared and not only_if_shared:
            out = f"({out}) or ({self._share_condition()})"
        return out

    def _share_condition(self) -> str:
        names = ", ".join(frappe.db.escape(name, percent=False) for name in self.shared)
        return f"{self.main_table}.name in ({names})"

    def _add_user_permissions(self, conditions: list, match_filters: list) -> None:
        allowed = frappe.permissions.get_user_permissions(self.user)
        strict = frappe.get_system_settings("apply_strict_user_permissions")
        filters = {}
        fields = [*self.meta.get_link_fields(), frappe._dict(options=self.doctype, fieldname="name")]
        for df in fields:
            values = allowed.get(df.get("options"), ())
            if df.get("ignore_user_permissions") or not values:
                continue
            fieldname, docs = df.get("fieldname"), []
            for permission in values:
                scope = permission.get("applicable_for")
                wanted = self.reference_doctype if fieldname == "name" else self.doctype
                if not scope or scope == wanted:
                    docs.append(permission.get("doc"))
            if not docs:
                continue
            column = f"{self.main_table}.`{fieldname}`"
            names = ", ".join(frappe.db.escape(doc, percent=False) for doc in docs)
            blank = "" if strict else f"ifnull({column}, '') = '' or "
            conditions.append(f"({blank}{column} in ({names}))")
            filters[df.get("options")] = docs
        if filters:
            self._fetch_shared_documents = True
            match_filters.append(filters)

    def get_permission_query_conditions(self) -> str:
        """Return what the apps' `permission_query_conditions` hooks demand."""
        hooks = frappe.get_hooks("permission_query_conditions", {})
        found = [
            frappe.call(frappe.get_attr(method), self.user, doctype=self.doctype)
            for method in hooks.get(self.doctype, []) + hooks.get("*", [])
        ]
        return " and ".join(condition for condition in found if condition)

    # -- order -------------------------------------------------------------------------------

    def _order_by(self) -> str:
        if self.order_by != DefaultOrderBy:
            return self.order_by or ""
        only = (self.fields[0] or "").lower() if len(self.fields) == 1 else ""
        if only.startswith(_AGGREGATES) and not self.group_by:
            return ""
        sort_field = self.meta.sort_field or "modified"
        if "," in sort_field:
            parts = [part.split() for part in sort_field.split(",")]
            return ", ".join(f"{self.main_table}.`{p[0]}` {p[1] if p[1:] else 'asc'}" for p in parts)
        order = (self.meta.sort_field and self.meta.sort_order) or "desc"
        return f"{self.main_table}.`{sort_field}` {order}"

    def _check_order(self, text: str | None) -> None:
        """Refuse sub-queries, odd characters and tables that the query does not read."""
        lowered = (text or "").lower()
        if "select" in lowered and "from" in lowered:
            frappe.throw(_("Cannot use sub-query in order by"))
        if _ORDER.search(lowered):
            frappe.throw(_("Illegal SQL Query"))
        for part in lowered.split(",") if lowered else ():
            if part.strip().split("(", 1)[0].rstrip() == "sleep":
                frappe.throw(_("Cannot use {0} in order/group by").format(part.strip()))
        for table in re.findall(r"(`tab[^`]+`)\.", text or ""):
            if table not in self.tables and table not in self.links:
                message = _("Please select atleast 1 column from {0} to sort/group")
                frappe.throw(message.format(table[4:-1]))


_STANDARD_TYPES = {"creation": "Datetime", "modified": "Datetime", "docstatus": "Int", "idx": "Int"}


def columns_of(expression: str) -> list:
    """Return `(table, column)` for each column that the expression reads."""
    without_texts = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", " ", expression)
    found = []
    for quoted_table, table, quoted, plain in _IDENTIFIER.findall(without_texts):
        column = quoted or plain
        if plain.lower() not in _KEYWORDS:
            found.append((quoted_table or table, column))
    return found


def make_filter_tuple(doctype: str, key: str, value):
    """Return `[doctype, field, operator, value]` for an entry of a filter dict."""
    if isinstance(value, list | tuple):
        return [doctype, key, value[0], value[1]]
    return [doctype, key, "=", value]


def get_filter(doctype: str, f) -> frappe._dict:
    """Return the filter as a dict of doctype, fieldname, operator and value; raise when it is none."""
    if isinstance(f, dict):
        f = make_filter_tuple(doctype, *next(iter(f.items())))
    if not isinstance(f, list | tuple):
        frappe.throw(_("Filter must be a tuple or list (in a list)"))
    if len(f) == 3:
        f = (doctype, *f)
    elif len(f) < 3:
        message = _("Filter must have 4 values (doctype, fieldname, operator, value): {0}")
        frappe.throw(message.format(str(f)))
    f = frappe._dict(doctype=f[0], fieldname=f[1], operator=f[2] or "=", value=f[3])
    if not re.fullmatch(r"[\w ]+", cstr(f.fieldname)):
        frappe.throw(_("Invalid field name {0}").format(f.fieldname), frappe.DataError)
    if f.operator.lower() not in OPERATORS:
        frappe.throw(_("Operator must be one of {0}").format(", ".join(OPERATORS)))
    if f.doctype and f.fieldname not in default_fields + optional_fields + child_table_fields:
        meta = frappe.get_meta(f.doctype)
        if not meta.has_field(f.fieldname):
            for df in meta.get_table_fields():
                if frappe.get_meta(df.options).has_field(f.fieldname):
                    f.doctype = df.options
                    break
    return f


def get_between_date_filter(value, fieldtype: str) -> str:
    """Return the bounds as SQL; a date as the upper bound of a Datetime means the whole day."""
    bounds = list(value)[:2] if isinstance(value, list | tuple) else []
    start, end = bounds + [nowdate()] * (2 - len(bounds))
    if fieldtype == "Date":
        return f"'{frappe.db.format_date(start)}' AND '{frappe.db.format_date(end)}'"
    start = _moment(start, datetime.time())
    end = _moment(end, datetime.time(23, 59, 59, 999999))
    return f"'{frappe.db.format_datetime(start)}' AND '{frappe.db.format_datetime(end)}'"


def _moment(value, time: datetime.time):
    if isinstance(value, str):
        value = get_datetime(value) if " " in value.strip() else getdate(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return datetime.datetime.combine(value, time)
    return value


def requires_owner_constraint(role_permissions) -> bool:
    """Tell whether the user may read only what they made."""
    if_owner = role_permissions.get("if_owner")
    if not role_permissions.get("has_if_owner_enabled") or not if_owner:
        return False
    return not any(role_permissions.get(p) and p not in if_owner for p in ("select", "read"))


def check_parent_permission(parent, child_doctype) -> None:
    """Raise `PermissionError` unless `parent` has the child table and the user may read it."""
    import frappe.permissions

    if parent:
        if child_doctype and not (
            frappe.db.exists("DocField", {"parent": parent, "options": child_doctype})
            or frappe.db.exists("Custom Field", {"dt": parent, "options": child_doctype})
        ):
            raise frappe.PermissionError
        if frappe.permissions.has_permission(parent):
            return
    raise frappe.PermissionError


def get_order_by(doctype: str, meta) -> str:
    """Return the default order of a list view: drafts first where the DocType is submittable."""
    query = DatabaseQuery(doctype)
    query.order_by, query.group_by = DefaultOrderBy, None
    order = query._order_by()
    return f"`tab{doctype}`.docstatus asc, {order}" if meta.is_submittable else order
