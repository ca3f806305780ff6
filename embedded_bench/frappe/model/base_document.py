"""Values of one document or row: access, casting, field checks and its own INSERT and UPDATE."""

import datetime
import json
import re
import weakref
from functools import cached_property
from pathlib import Path

import frappe
from frappe import _, _dict
from frappe.model import (
    child_table_fields,
    data_fieldtypes,
    datetime_fields,
    default_fields,
    display_fieldtypes,
    float_like_fields,
    get_permitted_fields,
    table_fields,
)
from frappe.model.docstatus import DocStatus
from frappe.utils import cast_fieldtype, cint, compare, cstr, flt, now, strip_html

TABLE_DOCTYPES_FOR_DOCTYPE = {
    "fields": "DocField",
    "permissions": "DocPerm",
    "actions": "DocType Action",
    "links": "DocType Link",
    "states": "DocType State",
}
DOCTYPE_TABLE_FIELDS = [
    _dict(fieldname=fieldname, fieldtype="Table", options=options)
    for fieldname, options in TABLE_DOCTYPES_FOR_DOCTYPE.items()
]
DOCTYPES_FOR_DOCTYPE = {"DocType", *TABLE_DOCTYPES_FOR_DOCTYPE.values()}
MAX_INTEGER = 2147483647
DATE_TYPES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def get_controller(doctype):
    """Return the class of a DocType: its controller, or `Document` for custom ones."""
    controllers = frappe.controllers.setdefault(frappe.local.site, {})
    if doctype not in controllers:
        controllers[doctype] = import_controller(doctype)
    return controllers[doctype]


def import_controller(doctype):
    """Find the controller class in the app's module, or the one an app puts in its place."""
    from frappe.model.document import Document
    from frappe.modules.utils import get_module_app, get_module_path, load_doctype_module

    info = None
    if doctype not in DOCTYPES_FOR_DOCTYPE:
        info = frappe.db.get_value("DocType", doctype, ["module", "custom", "is_tree"], as_dict=True)
        if info and info.custom:
            return Document
    module_name = info.module if info else "Core"
    classname = doctype.replace(" ", "").replace("-", "")

    if override := frappe.get_hooks("override_doctype_class", {}).get(doctype):
        module_path, classname = override[-1].rsplit(".", 1)
        module = frappe.get_module(module_path)
    elif info is not None or doctype in DOCTYPES_FOR_DOCTYPE:
        folder = Path(get_module_path(module_name)) / "doctype" / frappe.scrub(doctype)
        if get_module_app(module_name) == "frappe" and not (folder / f"{folder.name}.py").exists():
            return type(classname, (Document,), {"__module__": __name__, "__reduce__": _reduce_plain})
        module = load_doctype_module(doctype, module_name)
    else:
        module = load_doctype_module(doctype, module_name)

    controller = getattr(module, classname, None)
    if controller is None:
        raise ImportError(doctype)
    if not issubclass(controller, BaseDocument):
        raise ImportError(f"{doctype}: {classname} is not a subclass of BaseDocument")
    return controller


def _reduce_plain(doc):
    """Pickle a document of a class made here: by its DocType, since its class has no module."""
    return _unpickle_plain, (doc.doctype, doc.__getstate__())


def _unpickle_plain(doctype, state):
    controller = get_controller(doctype)
    doc = controller.__new__(controller)
    doc.__dict__.update(state)
    return doc


class BaseDocument:
    """A bag of field values that knows its DocType."""

    _reserved_keywords = frozenset(
        {
            "doctype", "meta", "flags", "parent_doc", "_table_fields", "_valid_columns", "_doc_before_save",
            "_table_fieldnames", "_reserved_keywords", "permitted_fieldnames", "dont_update_if_missing",
        }
    )  # fmt: skip

    def __init__(self, d):
        if d.get("doctype"):
            self.doctype = d["doctype"]
        self._table_fieldnames = {df.fieldname for df in self._get_table_fields()}
        self.update(d)
        self.dont_update_if_missing = []
        if hasattr(self, "__setup__"):
            self.__setup__()

    @cached_property
    def meta(self):
        return frappe.get_meta(self.doctype)

    @cached_property
    def permitted_fieldnames(self):
        return get_permitted_fields(self.doctype, parenttype=getattr(self, "parenttype", None))

    def __getstate__(self):
        return {k: v for k, v in self.__dict__.items() if k not in ("meta", "permitted_fieldnames", "_parent_doc")}

    # -- access ---------------------------------------------------------------------------------

    def update(self, d):
        """Take over all values of a dict; the name first, since rows refer to it."""
        if "name" in d:
            self.name = d["name"]
        as_value = hasattr(self, "flags") and self.flags.ignore_children
        for key, value in d.items():
            self.set(key, value, as_value=as_value)
        return self

    def update_if_missing(self, d):
        """Take over the values for fields that have none yet."""
        if isinstance(d, BaseDocument):
            d = d.get_valid_dict()
        for key, value in d.items():
            if value is not None and self.get(key) is None and key not in self.dont_update_if_missing:
                self.set(key, value)

    def get_db_value(self, key):
        """Return what the database holds for one field."""
        return frappe.db.get_value(self.doctype, self.name, key)

    def get(self, key, filters=None, limit=None, default=None):
        """Return a value, or the rows of a table that match `filters` (a dict), or a default."""
        if isinstance(key, dict):
            return _filter(self.get_all_children(), key, limit=limit)
        if filters:
            if isinstance(filters, dict):
                return _filter(self.__dict__.get(key, []), filters, limit=limit)
            default = filters
        value = self.__dict__.get(key, default)
        if limit and isinstance(value, (list, tuple)) and len(value) > limit:
            value = value[:limit]
        return value

    def getone(self, key, filters=None):
        """Return the first matching row."""
        return self.get(key, filters=filters, limit=1)[0]

    def set(self, key, value, as_value=False):
        """Set a value; a list given to a table field becomes rows."""
        if key in self._reserved_keywords:
            return
        if not as_value and key in self._table_fieldnames:
            self.__dict__[key] = []
            if value:
                self.extend(key, value)
            return
        self.__dict__[key] = value

    def delete_key(self, key):
        """Forget a value."""
        self.__dict__.pop(key, None)

    def append(self, key, value=None):
        """Add a row to a table field and return it."""
        table = self.__dict__.get(key)
        if table is None:
            table = self.__dict__[key] = []
        row = self._init_child({} if value is None else value, key)
        table.append(row)
        row.parent_doc = weakref.ref(self)
        return row

    def extend(self, key, value):
        """Add several rows to a table field."""
        try:
            rows = iter(value)
        except TypeError:
            raise ValueError from None
        for row in rows:
            self.append(key, row)

    def remove(self, doc):
        """Take a row out of its table and number the others anew."""
        if doc.get("parentfield"):
            rows = self.get(doc.parentfield)
            rows.remove(doc)
            for idx, row in enumerate(rows, 1):
                row.idx = idx

    @property
    def parent_doc(self):
        """The document this row belongs to, while it is in memory."""
        reference = getattr(self, "_parent_doc", None)
        return reference() if isinstance(reference, weakref.ReferenceType) else reference

    @parent_doc.setter
    def parent_doc(self, value):
        self._parent_doc = value

    @parent_doc.deleter
    def parent_doc(self):
        self._parent_doc = None

    def _init_child(self, value, key):
        if not isinstance(value, BaseDocument):
            doctype = self.get_table_field_doctype(key)
            if not doctype:
                raise AttributeError(key)
            value["doctype"] = doctype
            value = get_controller(doctype)(value)
        value.parent = self.name
        value.parenttype = self.doctype
        value.parentfield = key
        if value.docstatus is None:
            value.docstatus = DocStatus.draft()
        if not getattr(value, "idx", None):
            value.idx = len(getattr(self, key, None) or ()) + 1
        if not getattr(value, "name", None):
            value.__dict__["__islocal"] = 1
        return value

    def _get_table_fields(self):
        if self.doctype == "DocType":
            return DOCTYPE_TABLE_FIELDS
        if self.doctype in DOCTYPES_FOR_DOCTYPE:
            return ()
        return self.meta.get_table_fields()

    def get_table_field_doctype(self, fieldname):
        """Return the DocType of the rows of a table field."""
        if self.doctype == "DocType":
            return TABLE_DOCTYPES_FOR_DOCTYPE.get(fieldname)
        return self.meta.get_field(fieldname).options

    def get_parentfield_of_doctype(self, doctype):
        """Return the first table field whose rows are of `doctype`."""
        return next((df.fieldname for df in self.meta.get_table_fields() if df.options == doctype), None)

    # -- shapes ---------------------------------------------------------------------------------

    def get_valid_dict(
        self, sanitize=True, convert_dates_to_str=False, ignore_nulls=False, ignore_virtual=False
    ):
        """Return the values as the columns hold them, cast by field type."""
        d = _dict()
        values = self.__dict__
        for fieldname in self.meta.get_valid_columns():
            value = values.get(fieldname)
            if not sanitize and value is None:
                d[fieldname] = None
                continue
            df = self.meta.get_field(fieldname)
            is_virtual = bool(df and df.get("is_virtual"))
            if is_virtual:
                if ignore_virtual or fieldname not in self.permitted_fieldnames:
                    continue
                if isinstance(getattr(type(self), fieldname, None), (property, cached_property)):
                    value = getattr(self, fieldname)
            if df:
                value = self._cast_for_column(df, value)
            if convert_dates_to_str and isinstance(value, DATE_TYPES):
                value = str(value)
            if ignore_nulls and not is_virtual and value is None:
                continue
            d[fieldname] = value
        return d

    def _cast_for_column(self, df, value):
        fieldtype = df.fieldtype
        if isinstance(value, list) and fieldtype not in table_fields:
            frappe.throw(_("Value for {0} cannot be a list").format(_(df.label)))
        if fieldtype == "Check":
            return 1 if cint(value) else 0
        if fieldtype == "Int":
            return value if isinstance(value, int) else cint(value)
        if fieldtype in float_like_fields:
            return value if isinstance(value, float) else flt(value)
        if fieldtype == "JSON" and isinstance(value, dict):
            return json.dumps(value, separators=(",", ":"))
        if fieldtype in datetime_fields and value == "":
            return None
        if df.get("unique") and cstr(value).strip() == "":
            return None
        return value

    def init_child_tables(self):
        """Give every table field a list, so that callers can loop without asking."""
        for fieldname in self._table_fieldnames:
            if self.__dict__.get(fieldname) is None:
                self.__dict__[fieldname] = []

    def init_valid_columns(self):
        """Make every column an attribute."""
        values = self.__dict__
        for key in default_fields:
            values.setdefault(key, None)
        if values["docstatus"] is None:
            self.docstatus = DocStatus.draft()
        if values["idx"] is None:
            values["idx"] = 0
        for key in self.get_valid_columns():
            values.setdefault(key, None)

    def get_valid_columns(self):
        """Return the column names of the DocType, remembered for the request."""
        columns = frappe.local.valid_columns
        if self.doctype not in columns:
            columns[self.doctype] = self.meta.get_valid_columns()
        return columns[self.doctype]

    def is_new(self):
        """Truthy while the document is not in the database."""
        return self.get("__islocal")

    @property
    def docstatus(self):
        return DocStatus(cint(self.get("docstatus")))

    @docstatus.setter
    def docstatus(self, value):
        self.__dict__["docstatus"] = DocStatus(cint(value))

    def as_dict(
        self,
        no_nulls=False,
        no_default_fields=False,
        convert_dates_to_str=False,
        no_child_table_fields=False,
    ):
        """Return all values with the rows of tables, as plain dicts."""
        doc = self.get_valid_dict(convert_dates_to_str=convert_dates_to_str, ignore_nulls=no_nulls)
        doc["doctype"] = self.doctype
        options = {
            "no_nulls": no_nulls,
            "no_default_fields": no_default_fields,
            "convert_dates_to_str": convert_dates_to_str,
            "no_child_table_fields": no_child_table_fields,
        }
        for df in self._get_table_fields():
            doc[df.fieldname] = [row.as_dict(**options) for row in self.get(df.fieldname) or []]
        for key in (default_fields if no_default_fields else ()) + (
            child_table_fields if no_child_table_fields else ()
        ):
            doc.pop(key, None)
        for key in ("_user_tags", "__islocal", "__onload", "_liked_by", "__run_link_triggers", "__unsaved"):
            if value := self.__dict__.get(key):
                doc[key] = value
        return doc

    def as_json(self):
        """Return `as_dict` as JSON text."""
        return frappe.as_json(self.as_dict())

    def get_value(self, fieldname):
        """Return a value cast to its field type."""
        return self.cast(self.get(fieldname), self.meta.get_field(fieldname))

    def cast(self, value, df):
        """Cast a value to a field's type."""
        return cast_fieldtype(df.fieldtype, value, show_warning=False)

    def _fix_numeric_types(self):
        for df in self.meta.get("fields"):
            value = self.get(df.fieldname)
            if df.fieldtype == "Check":
                self.set(df.fieldname, cint(value))
            elif value is not None and df.fieldtype == "Int":
                self.set(df.fieldname, cint(value))
            elif value is not None and df.fieldtype in float_like_fields:
                self.set(df.fieldname, flt(value))
        self.docstatus = DocStatus(cint(self.docstatus))

    def precision(self, fieldname, parentfield=None):
        """Return the decimals of a number field, None for other fields."""
        from frappe.model.meta import get_field_precision

        if parentfield and not isinstance(parentfield, str):
            parentfield = parentfield.get("parentfield")
        doctype = self.meta.get_field(parentfield).options if parentfield else self.doctype
        df = frappe.get_meta(doctype).get_field(fieldname)
        return get_field_precision(df, self) if df.fieldtype in float_like_fields else None

    def get_formatted(
        self, fieldname, doc=None, currency=None, absolute_value=False, translated=False, format=None
    ):
        """Return a value as text for people, in the site's formats."""
        from frappe.model.meta import get_default_df
        from frappe.utils.formatters import format_value

        df = self.meta.get_field(fieldname) or get_default_df(fieldname)
        value = self.get(fieldname)
        if df and df.fieldtype == "Currency" and not currency and df.get("options"):
            if code := self.get(df.options):
                currency = frappe.db.get_value("Currency", code, cache=True)
        if translated:
            value = _(value)
        doc = doc or self.parent_doc or self
        if (absolute_value or doc.get("absolute_value")) and isinstance(value, (int, float)):
            value = abs(value)
        return format_value(value, df=df, doc=doc, currency=currency, format=format)

    # -- one row of the database ------------------------------------------------------------------

    def db_insert(self, ignore_if_duplicate=False):
        """INSERT this document alone, without its rows."""
        if not self.name:
            from frappe.model.naming import set_new_name

            set_new_name(self)
        if not self.creation:
            self.creation = self.modified = now()
            self.owner = self.modified_by = frappe.session.user
        d = self.get_valid_dict(
            convert_dates_to_str=True, ignore_nulls=self.doctype in DOCTYPES_FOR_DOCTYPE, ignore_virtual=True
        )
        columns = ", ".join(f"`{column}`" for column in d)
        marks = ", ".join(["%s"] * len(d))
        try:
            frappe.db.sql(f"INSERT INTO `tab{self.doctype}` ({columns}) VALUES ({marks})", list(d.values()))
        except Exception as error:
            if frappe.db.is_primary_key_violation(error) or self._name_is_taken(error):
                if self.meta.autoname == "hash":
                    self.flags.retry_count = (self.flags.retry_count or 0) + 1
                    if self.flags.retry_count > 5:
                        raise
                    self.name = None
                    self.db_insert()
                    return
                if not ignore_if_duplicate:
                    frappe.msgprint(
                        _("{0} {1} already exists").format(_(self.doctype), frappe.bold(self.name)),
                        title=_("Duplicate Name"),
                        indicator="red",
                    )
                    raise frappe.DuplicateEntryError(self.doctype, self.name, error) from error
            elif frappe.db.is_unique_key_violation(error):
                self.show_unique_validation_message(error)
            else:
                raise
        self.set("__islocal", False)

    def _name_is_taken(self, error) -> bool:
        """Return whether a refused unique value is the name once more: SQLite checks the other keys first."""
        return frappe.db.is_unique_key_violation(error) and bool(frappe.db.exists(self.doctype, self.name))

    def db_update(self):
        """UPDATE this document alone; a new one is inserted."""
        if self.get("__islocal") or not self.name:
            self.db_insert()
            return
        d = self.get_valid_dict(
            convert_dates_to_str=True, ignore_nulls=self.doctype in DOCTYPES_FOR_DOCTYPE, ignore_virtual=True
        )
        name = cstr(d.pop("name"))
        assignments = ", ".join(f"`{column}`=%s" for column in d)
        try:
            frappe.db.sql(f"UPDATE `tab{self.doctype}` SET {assignments} WHERE `name`=%s", [*d.values(), name])
        except Exception as error:
            if not frappe.db.is_unique_key_violation(error):
                raise
            self.show_unique_validation_message(error)

    def db_update_all(self):
        """UPDATE the document and its rows without checks or hooks."""
        self.db_update()
        for fieldname in self._table_fieldnames:
            for row in self.get(fieldname):
                row.db_update()

    def show_unique_validation_message(self, error):
        """Say which field must be unique, and raise."""
        # MariaDB: Duplicate entry 'x' for key 'field'; SQLite: UNIQUE constraint failed: tabX.field
        match = re.search(r"for key '(?:.*\.)?([^']+)'|failed: .*\.`?(\w+)", str(error))
        fieldname = next(filter(None, match.groups()), "") if match else ""
        df = self.meta.get_field(fieldname)
        frappe.msgprint(_("{0} must be unique").format((df and df.label) or fieldname))
        raise frappe.UniqueValidationError(self.doctype, self.name, error) from error

    def update_modified(self):
        """Write a new `modified` time, here and in the database."""
        self.set("modified", now())
        if self.meta.issingle:
            frappe.db.set_single_value(self.doctype, "modified", self.modified, update_modified=False)
        else:
            frappe.db.set_value(self.doctype, self.name, "modified", self.modified, update_modified=False)

    # -- checks of the fields ---------------------------------------------------------------------

    def _get_missing_mandatory_fields(self):
        """Return (fieldname, message) for every mandatory field without content."""
        missing = []
        for df in self.meta.reqd_fields:
            if self.get(df.fieldname) in (None, []) or not self._has_content(df):
                missing.append((df.fieldname, self._missing_message(df.label, df.fieldtype, df.parent)))
        if self.meta.istable:
            for fieldname in ("parent", "parenttype"):
                if not self.get(fieldname):
                    missing.append((fieldname, self._missing_message(fieldname, None, None)))
        return missing

    def _missing_message(self, label, fieldtype, parent):
        if fieldtype in table_fields:
            return f"{_('Error')}: {_('Data missing in table')}: {_(label)}"
        if self.get("parentfield"):
            row = f"{frappe.bold(_(self.doctype))} {_('Row')} #{self.idx}"
            return f"{_('Error')}: {row}: {_('Value missing for')}: {_(label)}"
        return _("Error: Value missing for {0}: {1}").format(_(parent), _(label))

    def _has_content(self, df):
        value = cstr(self.get(df.fieldname))
        if strip_html(value).strip():
            return True
        shows_pictures = df.fieldtype == "Text Editor" or (df.fieldtype == "Code" and df.options == "HTML")
        return shows_pictures and "<img" in value

    def get_invalid_links(self, is_submittable=False):
        """Correct the case of links, fetch their values, and return (not found, cancelled) links.

        A link that other fields are fetched through is not reported when its target is missing:
        that is what Frappe 15 does.
        """
        invalid, cancelled = [], []
        for df in self.meta.link_fields + self.meta.get_dynamic_link_fields():
            docname = self.get(df.fieldname)
            if not docname:
                continue
            if df.fieldtype == "Link":
                doctype = df.options
                if not doctype:
                    frappe.throw(_("Options not set for link field {0}").format(df.fieldname))
            else:
                doctype = self.get(df.options)
                if not doctype:
                    frappe.throw(_("{0} must be set first").format(self.meta.get_label(df.options)))
            meta = frappe.get_meta(doctype)
            to_fetch = [
                target
                for target in self.meta.get_fields_to_fetch(df.fieldname)
                if not target.fetch_if_empty or not self.get(target.fieldname)
            ]
            if to_fetch:
                columns = ["name", *(target.fetch_from.split(".")[-1] for target in to_fetch)]
                values = frappe.db.get_value(doctype, docname, columns, as_dict=True)
            else:
                values = _dict(name=frappe.db.get_value(doctype, docname, "name", cache=True))
            if not values:
                continue
            if meta.issingle:
                values.name = doctype
            if not df.get("is_virtual"):
                setattr(self, df.fieldname, values.name)
            for target in to_fetch:
                if self.is_new() or not self.docstatus.is_submitted() or target.allow_on_submit:
                    self.set_fetch_from_value(doctype, target, values)
            message = f"{_(df.label)}: {docname}"
            if self.get("parentfield"):
                message = f"{_('Row')} #{self.idx}: {message}"
            if not values.name:
                invalid.append((df.fieldname, docname, message))
            elif (
                df.fieldname != "amended_from"
                and (is_submittable or self.meta.is_submittable)
                and meta.is_submittable
                and cint(frappe.db.get_value(doctype, docname, "docstatus")) == DocStatus.cancelled()
            ):
                cancelled.append((df.fieldname, docname, message))
        return invalid, cancelled

    def set_fetch_from_value(self, doctype, df, values):
        """Copy one value from the linked document; rich text loses its tags in plain fields."""
        source = df.fetch_from.split(".")[-1]
        value = values[source]
        if df.fieldtype in ("Small Text", "Text", "Data"):
            from frappe.model.meta import get_default_df
            from frappe.utils import unescape_html

            source_df = get_default_df(source) or frappe.get_meta(doctype).get_field(source)
            if not source_df:
                frappe.throw(
                    _('Please check the value of "Fetch From" set for field {0}').format(frappe.bold(df.label)),
                    title=_("Wrong Fetch From value"),
                )
            if source_df.fieldtype == "Text Editor" and value:
                value = unescape_html(strip_html(value))
        setattr(self, df.fieldname, value)

    def _validate_selects(self):
        if frappe.flags.in_import:
            return
        for df in self.meta.get_select_fields():
            value = self.get(df.fieldname)
            if df.fieldname == "naming_series" or not (value and df.options):
                continue
            options = df.options.split("\n")
            value = cstr(value).strip()
            self.set(df.fieldname, value)
            if value not in options and not (frappe.flags.in_test and value.startswith("_T-")):
                prefix = _("Row #{0}:").format(self.idx) if self.get("parentfield") else ""
                label = _(self.meta.get_label(df.fieldname))
                choices = '", "'.join(_(option) for option in options)
                frappe.throw(
                    _('{0} {1} cannot be "{2}". It should be one of "{3}"').format(prefix, label, value, choices)
                )

    def _validate_data_fields(self):
        for df in self.meta.data_fields_with_options:
            value = self.get(df.fieldname)
            if df.options == "Email":
                if self.owner in frappe.STANDARD_USERS and value in frappe.STANDARD_USERS:
                    continue
                for address in frappe.utils.split_emails(value):
                    frappe.utils.validate_email_address(address, throw=True)
            elif df.options == "Name":
                frappe.utils.validate_name(value, throw=True)
            elif df.options == "Phone":
                frappe.utils.validate_phone_number(value, throw=True)
            elif df.options == "URL" and value:
                frappe.utils.validate_url(value, throw=True)

    def _validate_non_negative(self):
        for df in self.meta.non_negative_fields:
            if flt(self.get(df.fieldname)) >= 0:
                continue
            label = frappe.bold(_(df.label))
            if self.get("parentfield"):
                row = f"{frappe.bold(_(self.doctype))} {_('Row')} #{self.idx}"
                message = f"{row}: {_('Value cannot be negative for')} {label}"
            else:
                message = _("Value cannot be negative for {0}: {1}").format(_(df.parent), label)
            frappe.throw(message, frappe.NonNegativeError, title=_("Negative Value"))

    def _validate_length(self):
        if frappe.flags.in_install or self.meta.issingle:
            return
        type_map = frappe.db.type_map
        for fieldname, value in self.get_valid_dict(ignore_virtual=True).items():
            df = self.meta.get_field(fieldname)
            if value is None or not df or df.fieldtype == "Check":
                continue
            column_type, default_length = type_map[df.fieldtype]
            if column_type == "varchar":
                longest = cint(df.length) or cint(default_length)
                is_too_long = len(cstr(value)) > longest
            elif column_type in ("int", "bigint"):
                longest = MAX_INTEGER if cint(df.length) <= 11 and column_type == "int" else 2**63 - 1
                is_too_long = abs(cint(value)) > longest
            else:
                continue
            if is_too_long:
                self.throw_length_exceeded_error(df, longest, value)

    def throw_length_exceeded_error(self, df, max_length, value):
        """Refuse a value that the column would cut."""
        if self.get("parentfield"):
            reference = _("{0}, Row {1}").format(_(self.doctype), self.idx)
        else:
            reference = f"{_(self.doctype)} {self.name}"
        frappe.throw(
            _("{0}: '{1}' ({3}) will get truncated, as max characters allowed is {2}").format(
                reference, frappe.bold(_(df.label)), max_length, value
            ),
            frappe.CharacterLengthExceededError,
            title=_("Value too big"),
        )

    def _fix_rating_value(self):
        for df in self.meta.get_fields_of_type("Rating"):
            self.set(df.fieldname, max(0.0, min(flt(self.get(df.fieldname)), 1.0)))

    def _validate_code_fields(self):
        for df in self.meta.get_code_fields():
            if df.options in ("Python", "PythonExpression") and self.get(df.fieldname):
                frappe.utils.validate_python_code(
                    self.get(df.fieldname), fieldname=df.label, is_expression=df.options == "PythonExpression"
                )

    def _sync_autoname_field(self):
        autoname = self.meta.autoname or ""
        if autoname.startswith("field:") and self.name and self.name != self.get(autoname[6:]):
            self.set(autoname[6:], self.name)

    def _validate_update_after_submit(self, stored):
        """Refuse a change of a field that a submitted document does not allow; `stored` is the old one."""
        if stored is None:
            raise frappe.DoesNotExistError(_("{0} {1} not found").format(_(self.doctype), self.name))
        before, after = stored.as_dict(), self.as_dict()
        for key in after:
            df = self.meta.get_field(key)
            old = before.get(key)
            if not df or df.allow_on_submit or not (self.get(key) or old):
                continue
            if df.fieldtype in table_fields:
                new, old = len(self.get(key)), len(old)
            else:
                new = self.get_value(key)
            if new != old:
                frappe.throw(
                    _("{0} Not allowed to change {1} after submission from {2} to {3}").format(
                        f"Row #{self.idx}:" if self.get("parent") else "",
                        frappe.bold(_(df.label)),
                        frappe.bold(old),
                        frappe.bold(new),
                    ),
                    frappe.UpdateAfterSubmitError,
                    title=_("Cannot Update After Submit"),
                )

    def _sanitize_content(self):
        """Make script in text fields harmless; what a submitted document locks stays as it is."""
        if frappe.flags.in_install:
            return
        from frappe.utils import sanitize_html

        for fieldname, value in list(self.__dict__.items()):
            if not isinstance(value, str) or ("<" not in value and ">" not in value):
                continue
            df = self.meta.get_field(fieldname)
            if fieldname not in self.get_valid_columns():
                continue
            if df and (
                df.get("ignore_xss_filter")
                or df.fieldtype in ("Attach", "Attach Image", "Barcode", "Code")
                or (df.fieldtype in ("Data", "Small Text", "Text") and df.options == "Email")
                or self.docstatus.is_cancelled()
                or (self.docstatus.is_submitted() and not df.allow_on_submit)
            ):
                continue
            self.set(fieldname, sanitize_html(value, linkify=bool(df and df.fieldtype == "Text Editor")))

    def _save_passwords(self):
        """Move passwords, encrypted, to `__Auth`; the column keeps stars."""
        from frappe.utils.password import remove_encrypted_password, set_encrypted_password

        ignored = self.flags.ignore_save_passwords
        if ignored is True:
            return
        for df in self.meta.get_fields_of_type("Password"):
            if ignored and df.fieldname in ignored:
                continue
            password = self.get(df.fieldname)
            if not password:
                remove_encrypted_password(self.doctype, self.name, df.fieldname)
            elif not self.is_dummy_password(password):
                set_encrypted_password(self.doctype, self.name, password, df.fieldname)
                self.set(df.fieldname, "*" * len(password))

    def get_password(self, fieldname="password", raise_exception=True):
        """Return a password in clear."""
        from frappe.utils.password import get_decrypted_password

        value = self.get(fieldname)
        if value and not self.is_dummy_password(value):
            return value
        return get_decrypted_password(self.doctype, self.name, fieldname, raise_exception=raise_exception)

    def is_dummy_password(self, password):
        """Tell whether a value is only stars."""
        return set(password) == {"*"}

    def reset_values_if_no_permlevel_access(self, has_access_to, high_permlevel_fields):
        """Put back the stored (or default) value of fields whose level the user may not write."""
        to_reset = [
            df
            for df in high_permlevel_fields
            if df.permlevel not in has_access_to
            and df.fieldtype not in display_fieldtypes
            and df.fieldname not in (self.flags.get("ignore_permlevel_for_fields") or ())
        ]
        if not to_reset:
            return
        if self.is_new():
            reference = frappe.new_doc(self.doctype)
        elif self.parent_doc:
            rows = self.parent_doc.get_latest().get(self.parentfield)
            reference = next((row for row in rows if row.name == self.name), None)
            if reference is None:
                return
        else:
            reference = self.get_latest()
        for df in to_reset:
            self.set(df.fieldname, reference.get(df.fieldname))


def _filter(data, filters, limit=None):
    """Return the rows that match: value, (operator, value), "^prefix", True (is set) or False (is not)."""

    def condition(value):
        if isinstance(value, (tuple, list)):
            return value
        if value is True:
            return ("not None", value)
        if value is False:
            return ("None", value)
        if isinstance(value, str) and value.startswith("^"):
            return ("^", value[1:])
        return ("=", value)

    conditions = {field: condition(value) for field, value in filters.items()}
    out = []
    for row in data or ():
        if all(compare(getattr(row, field, None), op, value) for field, (op, value) in conditions.items()):
            out.append(row)
            if limit and len(out) >= limit:
                break
    return out


__all__ = ["BaseDocument", "data_fieldtypes", "get_controller"]
