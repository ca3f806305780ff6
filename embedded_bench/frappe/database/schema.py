"""Brings the table of a DocType in line with its meta: creates it, later alters it in place.

Columns are added, widened and indexed; none is ever dropped, so that a field which is taken out
and comes back finds its values again.
"""

import re

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt

_STANDARD = {
    "name": "varchar(140)",
    "creation": "datetime(6)",
    "modified": "datetime(6)",
    "modified_by": "varchar(140)",
    "owner": "varchar(140)",
    "docstatus": "int(1)",
    "idx": "int(8)",
}
_NUMBERS = ("Check", "Int", "Currency", "Float", "Percent")
_SHORTCUTS = ("_Login", "__user", "_Full Name", "Today", "__today", "now", "Now")
_TEXTS = ("text", "longtext", "json")


def get_definition(fieldtype, precision=None, length=None) -> str | None:
    """Return the column type in MariaDB's words; None for a field without a column."""
    if fieldtype not in frappe.db.type_map:
        return None
    if fieldtype == "Int" and cint(length) > 11:
        fieldtype = "Long Int"
    coltype, size = frappe.db.type_map[fieldtype]
    if cint(length) and (coltype == "varchar" or (coltype == "int" and cint(length) < 11)):
        size = cint(length)
    return f"{coltype}({size})" if size else coltype


def validate_column_name(name: str) -> str:
    """Return the name; raise when it has characters that a column may not have."""
    if special := re.findall(r"\W", name):
        listed = ", ".join(f'"{c}"' for c in special)
        message = _("Fieldname {0} cannot have special characters like {1}")
        frappe.throw(message.format(frappe.bold(cstr(name)), listed), frappe.InvalidColumnName)
    if len(name) >= 64:
        frappe.throw(_("Fieldname is limited to 64 characters ({0})").format(frappe.bold(name)))
    return name


class DbColumn:
    """One column: its type, default and keys."""

    def __init__(self, fieldname: str, coltype: str, default=None, unique=False, index=False):
        self.fieldname, self.coltype, self.default = fieldname, coltype, default
        self.unique = unique and coltype not in _TEXTS
        self.index = index and not self.unique and coltype not in _TEXTS

    @classmethod
    def from_field(cls, df):
        """Return the column of a field, or None when it has none."""
        coltype = get_definition(df.get("fieldtype"), df.get("precision"), df.get("length"))
        if not coltype or df.get("is_virtual"):
            return None
        fieldname, default = validate_column_name(df.get("fieldname")), df.get("default")
        if df.get("fieldtype") in _NUMBERS:
            number = cint(default) if df.get("fieldtype") in ("Check", "Int") else flt(default)
            default = f"not null default {number}"
        elif default and default not in _SHORTCUTS and not cstr(default).startswith(":"):
            # texts have no stored default: MariaDB's own types differ there
            default = f"default {frappe.db.escape(default, percent=False)}" if "varchar" in coltype else None
        else:
            default = None
        return cls(fieldname, coltype, default, cint(df.get("unique")), cint(df.get("search_index")))

    def definition(self) -> str:
        native = frappe.db.column_definition(self.fieldname, self.coltype)
        return f"`{self.fieldname}` {native} {self.default or ''}".rstrip()


class DBTable:
    """The table of a DocType as its meta wants it."""

    def __init__(self, doctype, meta=None):
        self.doctype, self.table_name = doctype, f"tab{doctype}"
        self.meta = meta or frappe.get_meta(doctype, False)
        self.columns = self._wanted_columns()

    def _wanted_columns(self) -> dict:
        columns = {name: DbColumn(name, coltype) for name, coltype in _STANDARD.items()}
        columns["docstatus"].default = columns["idx"].default = "not null default 0"
        if self.meta.get("istable"):
            for name in ("parent", "parenttype", "parentfield"):
                columns[name] = DbColumn(name, "varchar(140)", index=name == "parent")
        else:
            columns["modified"].index = True
            for name in ("_user_tags", "_comments", "_assign", "_liked_by"):
                columns[name] = DbColumn(name, "text")
        for df in self.meta.get("fields") or []:
            column = DbColumn.from_field(df)
            if column and column.fieldname not in columns:
                columns[column.fieldname] = column
        return columns

    def sync(self) -> None:
        """Create the table, or add and change what differs."""
        if self.meta.get("is_virtual"):
            return
        frappe.cache.hdel("table_columns", self.table_name)
        if not frappe.db.table_exists(self.doctype, cached=False):
            self.create()
        else:
            self.alter()
        frappe.cache.hdel("table_columns", self.table_name)
        frappe.local.valid_columns.pop(self.doctype, None)

    def create(self) -> None:
        columns = dict(self.columns)
        name = columns.pop("name").definition()
        definitions = [f"{name} not null primary key", *(c.definition() for c in columns.values())]
        frappe.db.create_table(self.table_name, definitions)
        for column in self.columns.values():
            self._add_keys(column, {})

    def alter(self) -> None:
        current = {c.name: c for c in frappe.db.get_table_columns_description(self.table_name)}
        changed = []
        for column in self.columns.values():
            found = current.get(column.fieldname)
            if not found:
                frappe.db.sql_ddl(f"alter table `{self.table_name}` add column {column.definition()}")
            elif column.fieldname not in _STANDARD and self._differs(column, found):
                changed.append(column)
        if changed:
            frappe.db.change_columns(self.table_name, changed)
        for column in self.columns.values():
            self._add_keys(column, current.get(column.fieldname) or {})

    def _differs(self, column: DbColumn, found) -> bool:
        """Tell whether the stored column must change; a shorter text that would cut values stays long."""
        wanted, stored = frappe.db.native_type(column.coltype), found.type
        lengths = [re.fullmatch(r"varchar\((\d+)\)", t) for t in (wanted, stored)]
        if all(lengths) and cint(lengths[0][1]) < cint(lengths[1][1]):
            longest = frappe.db.sql(f"select max(char_length(`{found.name}`)) from `{self.table_name}`")
            if cint(longest[0][0]) > cint(lengths[0][1]):
                column.coltype = stored
                message = _(
                    "Reverting length to {0} for '{1}' in '{2}'. Setting the length as {3} will cause truncation of data."
                )
                frappe.msgprint(message.format(lengths[1][1], found.name, self.doctype, lengths[0][1]))
                return False
        if wanted != stored:
            return True
        return _default_value(column.default) != _default_value(found.default)

    def _add_keys(self, column: DbColumn, found) -> None:
        db, table, name = frappe.db, self.table_name, column.fieldname
        if column.unique and not found.get("unique"):
            key = db.key_name(table, name)
            db.sql_ddl(f"create unique index `{key}` on `{table}` (`{name}`)")
        elif found.get("unique") and not column.unique and name != "name":
            db.drop_index(table, db.key_name(table, name))
        if column.index and not found.get("index"):
            key = db.key_name(table, f"{name}_index")
            db.sql_ddl(f"create index `{key}` on `{table}` (`{name}`)")


def _default_value(default) -> str:
    """Return a default as the database reports it: without `default` and quotes."""
    text = re.sub(r"^(not null )?default ", "", cstr(default)).strip("'")
    try:
        return str(float(text))
    except ValueError:
        return "" if text in ("NULL", "None") else text


_BOOTSTRAP = (
    "DocType",
    "DocField",
    "DocPerm",
    "DocType Action",
    "DocType Link",
    "DocType State",
    "DefaultValue",
)
_RAW_TABLES = {
    "tabSeries": {"name": "varchar(100)", "current": "int(10)"},
    "tabSingles": {"doctype": "varchar(255)", "field": "varchar(255)", "value": "longtext"},
}


def create_framework_tables() -> None:
    """Create, or bring up to date, the tables that other DocTypes need before they can be synced."""
    db = frappe.db
    for table, columns in _RAW_TABLES.items():
        if table not in db.get_tables(cached=False):
            definitions = [DbColumn(name, coltype).definition() for name, coltype in columns.items()]
            if "name" in columns:
                definitions[0] += " not null primary key"
            db.create_table(table, definitions)
    db.add_index("Singles", ["doctype", "field"], "singles_doctype_field_index")
    for doctype in _BOOTSTRAP:
        folder = frappe.scrub(doctype)
        path = frappe.get_app_path("frappe", "core", "doctype", folder, f"{folder}.json")
        DBTable(doctype, frappe._dict(frappe.get_file_json(path))).sync()
    db.commit()
