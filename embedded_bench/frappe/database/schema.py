"""Brings the table of a DocType in line with its meta: creates it, later alters it in place.

No column is dropped and no text made shorter: a field that comes back finds its values again.
"""

import re

import frappe
from frappe import _
from frappe.model import optional_fields
from frappe.utils import cint, cstr, flt

_STANDARD = {"name": "varchar(140)", "creation": "datetime(6)", "modified": "datetime(6)"}
_STANDARD |= {"modified_by": "varchar(140)", "owner": "varchar(140)", "docstatus": "int(1)", "idx": "int(8)"}
_FRAMEWORK_TABLES = {  # those of no DocType
    "tabSeries": "name varchar(100) not null primary key, current int(10)",
    "tabSingles": "doctype varchar(255), field varchar(255), value longtext",
    "tabSessions": "sid varchar(140) not null primary key, user varchar(140), sessiondata longtext,"
    " ipaddress varchar(45), lastupdate datetime(6), status varchar(20)",
    "tabJob Queue": "name varchar(140) not null primary key, job_id varchar(140), queue varchar(20), payload longtext,"
    " status varchar(20), worker varchar(140), attempts int, timeout int, started datetime, error longtext",
    "__Auth": "doctype varchar(140) not null, name varchar(255) not null, fieldname varchar(140) not null,"
    " password text not null, encrypted int not null default 0, primary key (doctype,name,fieldname)",
}
_SHORTCUTS = ("_Login", "__user", "_Full Name", "Today", "__today", "now", "Now")


class DbColumn:
    """One column: its type in MariaDB's words, its default and keys."""

    def __init__(self, fieldname: str, coltype: str, default="", unique=0, index=0):
        self.fieldname, self.coltype, self.default = fieldname, coltype, default
        has_key = coltype not in ("text", "longtext", "json")
        self.unique, self.index = has_key and cint(unique), has_key and cint(index) and not cint(unique)
        if special := ", ".join(f'"{c}"' for c in re.findall(r"\W", fieldname)):
            message = _("Fieldname {0} cannot have special characters like {1}")
            frappe.throw(message.format(frappe.bold(fieldname), special), frappe.InvalidColumnName)

    @classmethod
    def from_field(cls, df):
        fieldtype, length, default = df.get("fieldtype"), cint(df.get("length")), df.get("default")
        coltype, size = frappe.db.type_map[fieldtype]
        if length and (coltype == "varchar" or (coltype == "int" and length < 11)):
            size = length
        if fieldtype in ("Check", "Int", "Currency", "Float", "Percent"):
            number = cint(default) if coltype == "int" else flt(default)
            default = f"not null default {number}"
        elif default and coltype == "varchar" and default not in _SHORTCUTS and default[0] != ":":
            default = f"default {frappe.db.escape(default, percent=False)}"
        else:
            default = ""
        coltype = f"{coltype}({size})" if size else coltype
        return cls(df.get("fieldname"), coltype, default, df.get("unique"), df.get("search_index"))

    def definition(self) -> str:
        native = frappe.db.column_definition(self.fieldname, self.coltype)
        return f"`{self.fieldname}` {native} {self.default}".rstrip()

    def differs(self, found) -> bool:
        lengths = [re.fullmatch(r"varchar\((\d+)\)", t) for t in (self.coltype, found.type)]
        if all(lengths) and int(lengths[0][1]) < int(lengths[1][1]):
            self.coltype = found.type
        wanted = re.sub(r"^(not null )?default ", "", self.default)
        is_other_default = _plain(wanted) != _plain(found.default)
        return frappe.db.native_type(self.coltype) != found.type or is_other_default


def _plain(default) -> str:
    """Return a default without quotes; numbers in one form."""
    text = cstr(default).strip("'").replace("NULL", "")
    return str(float(text)) if re.fullmatch(r"-?[\d.]+", text) else text


class DBTable:
    """The table of a DocType as its meta wants it."""

    def __init__(self, doctype, meta=None):
        self.doctype, self.table_name = doctype, f"tab{doctype}"
        meta = meta or frappe.get_meta(doctype, False)
        columns = [DbColumn(name, coltype) for name, coltype in _STANDARD.items()]
        columns[-1].default = columns[-2].default = "not null default 0"
        if meta.get("istable"):
            names = ("parent", "parenttype", "parentfield")
            columns += [DbColumn(name, "varchar(140)", index=name == "parent") for name in names]
        else:
            columns[2].index = True  # modified
            columns += [DbColumn(name, "text") for name in optional_fields[:4]]
        fields = [df for df in meta.get("fields") or [] if df.get("fieldtype") in frappe.db.type_map]
        columns += [DbColumn.from_field(df) for df in fields if not df.get("is_virtual")]
        self.columns = {column.fieldname: column for column in reversed(columns)}  # the first one counts
        self.columns = dict(reversed(self.columns.items()))

    def sync(self) -> None:
        """Create the table, or add and change what differs."""
        db, table, current = frappe.db, self.table_name, {}
        if not db.table_exists(self.doctype, cached=False):
            name, *others = (column.definition() for column in self.columns.values())
            db.create_table(table, [f"{name} not null primary key", *others])
        else:
            current = {c.name: c for c in db.get_table_columns_description(table)}
            own = [column for name, column in self.columns.items() if name not in _STANDARD]
            for column in own:
                if column.fieldname not in current:
                    db.sql_ddl(f"alter table `{table}` add column {column.definition()}")
            changed = [c for c in own if c.fieldname in current and c.differs(current[c.fieldname])]
            if changed:
                db.change_columns(table, changed)
        for name, column in self.columns.items():
            found = current.get(name) or {}
            if column.unique and not found.get("unique"):
                db.sql_ddl(f"create unique index `{db.key_name(table, name)}` on `{table}` (`{name}`)")
            elif found.get("unique") and not column.unique and name != "name":
                db.drop_index(table, db.key_name(table, name))
            if column.index and not found.get("index"):
                db.add_index(self.doctype, [name])
        frappe.cache.hdel("table_columns", table)


def create_framework_tables() -> None:
    """Create, or bring up to date, the tables that other DocTypes need before they can be synced."""
    db = frappe.db
    for table in _FRAMEWORK_TABLES.keys() - set(db.get_tables(cached=False)):
        columns = [column.split(" ", 1) for column in _FRAMEWORK_TABLES[table].split(", ")]
        definitions = (DbColumn(*c).definition() if c[0] != "primary" else " ".join(c) for c in columns)
        db.create_table(table, list(definitions))
    db.add_index("Singles", ["doctype", "field"], "singles_doctype_field_index")
    parts = ("docfield", "docperm", "doctype_action", "doctype_link", "doctype_state")
    for name in ("doctype", *parts, "defaultvalue"):
        path = frappe.get_app_path("frappe", "core", "doctype", name, f"{name}.json")
        meta = frappe._dict(frappe.get_file_json(path))
        DBTable(meta.name, meta).sync()
    db.commit()
