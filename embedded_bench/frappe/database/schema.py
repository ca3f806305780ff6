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
    if special := ", ".join(f'"{c}"' for c in re.findall(r"\W", name)):
        message = _("Fieldname {0} cannot have special characters like {1}")
        frappe.throw(message.format(frappe.bold(name), special), frappe.InvalidColumnName)
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
        db, table, current, changed = frappe.db, self.table_name, {}, []
        if not db.table_exists(self.doctype, cached=False):
            name, *others = (column.definition() for column in self.columns.values())
            db.create_table(table, [f"{name} not null primary key", *others])
        else:
            current = {c.name: c for c in db.get_table_columns_description(table)}
            for name, column in self.columns.items():
                if name not in current:
                    db.sql_ddl(f"alter table `{table}` add column {column.definition()}")
                elif name not in _STANDARD and self._differs(column, current[name]):
                    changed.append(column)
        if changed:
            db.change_columns(table, changed)
        for name, column in self.columns.items():
            self._set_keys(column, current.get(name) or {})
        frappe.cache.hdel("table_columns", table)
        frappe.local.valid_columns.pop(self.doctype, None)

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

    def _set_keys(self, column: DbColumn, found) -> None:
        db, table, name = frappe.db, self.table_name, column.fieldname
        if column.unique and not found.get("unique"):
            db.sql_ddl(f"create unique index `{db.key_name(table, name)}` on `{table}` (`{name}`)")
        elif found.get("unique") and not column.unique and name != "name":
            db.drop_index(table, db.key_name(table, name))
        if column.index and not found.get("index"):
            db.sql_ddl(f"create index `{db.key_name(table, f'{name}_index')}` on `{table}` (`{name}`)")


def _default_value(default) -> str:
    """Return a default as the database reports it: without `default` and quotes."""
    text = re.sub(r"^(not null )?default ", "", cstr(default)).strip("'")
    try:
        return str(float(text))
    except ValueError:
        return "" if text in ("NULL", "None") else text


_BOOTSTRAP = (
    "doctype",
    "docfield",
    "docperm",
    "doctype_action",
    "doctype_link",
    "doctype_state",
    "defaultvalue",
)


def create_framework_tables() -> None:
    """Create, or bring up to date, the tables that other DocTypes need before they can be synced."""
    db = frappe.db
    if "tabSeries" not in db.get_tables(cached=False):
        name, current = DbColumn("name", "varchar(100)"), DbColumn("current", "int(10)")
        db.create_table("tabSeries", [f"{name.definition()} not null primary key", current.definition()])
        columns = DbColumn("doctype", "varchar(255)"), DbColumn("field", "varchar(255)")
        columns += (DbColumn("value", "longtext"),)
        db.create_table("tabSingles", [column.definition() for column in columns])
    db.add_index("Singles", ["doctype", "field"], "singles_doctype_field_index")
    for name in _BOOTSTRAP:
        path = frappe.get_app_path("frappe", "core", "doctype", name, f"{name}.json")
        meta = frappe._dict(frappe.get_file_json(path))
        DBTable(meta.name, meta).sync()
    db.commit()
