"""Values of one document or row: access, casting, field checks and its own INSERT and UPDATE."""

import datetime
import json
import re
from functools import cached_property
from pathlib import Path

import frappe
from frappe import _, _dict
from frappe.database import query
from frappe.model import datetime_fields, default_fields, display_fieldtypes, float_like_fields, table_fields
from frappe.model.docstatus import DocStatus
from frappe.model.naming import set_new_name
from frappe.modules.utils import get_module_app, load_doctype_module
from frappe.utils import cast_fieldtype, cint, cstr, flt, now, strip_html
from frappe.utils.formatters import format_value
from frappe.utils.password import remove_encrypted_password, set_encrypted_password

TABLE_DOCTYPES_FOR_DOCTYPE = {
    "fields": "DocField", "permissions": "DocPerm", "actions": "DocType Action", "links": "DocType Link",
    "states": "DocType State",
}  # fmt: skip
_TABLES = TABLE_DOCTYPES_FOR_DOCTYPE.items()
DOCTYPE_TABLE_FIELDS = [_dict(fieldname=name, fieldtype="Table", options=of) for name, of in _TABLES]
DOCTYPES_FOR_DOCTYPE = {"DocType", *TABLE_DOCTYPES_FOR_DOCTYPE.values()}
MAX_INTEGER = 2147483647
# the value as the column of a field type holds it
COLUMN_CASTS = {
    "Check": lambda value: int(bool(cint(value))),
    "Int": lambda value: value if isinstance(value, int) else cint(value),
    **dict.fromkeys(float_like_fields, flt),
    "JSON": lambda value: json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else value,
    **dict.fromkeys(datetime_fields, lambda value: None if value == "" else value),
}
DATE_TYPES = (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)


def get_controller(doctype):
    """Return the class of a DocType: its controller, or `Document` for custom ones."""
    controllers = frappe.controllers.setdefault(frappe.local.site, {})
    if doctype not in controllers:
        controllers[doctype] = import_controller(doctype)
    return controllers[doctype]


def import_controller(doctype):
    """Find the controller class in the app's module; core DocTypes without a file have a plain one."""
    Document = frappe.model.document.Document
    is_special = doctype in DOCTYPES_FOR_DOCTYPE
    info = None if is_special else frappe.db.get_value("DocType", doctype, ["module", "custom"], as_dict=True)
    if info and info.custom:
        return Document
    if overridden := frappe.get_hooks("override_doctype_class", {}).get(doctype):
        return frappe.get_attr(overridden[-1])
    module_name = info.module if info else "Core"
    classname = doctype.replace(" ", "").replace("-", "")
    file = Path(frappe.get_module_path(module_name), "doctype", name := frappe.scrub(doctype), f"{name}.py")
    if (info or is_special) and get_module_app(module_name) == "frappe" and not file.exists():
        return type(classname, (Document,), {"__module__": __name__, "__reduce__": _reduce_plain})
    controller = getattr(load_doctype_module(doctype, module_name), classname, None)
    if not controller or not issubclass(controller, BaseDocument):
        raise ImportError(doctype)
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
    """A bag of field values that knows its DocType; `parent_doc` is the document that a row belongs to."""

    parent_doc = None

    _reserved_keywords = frozenset(
        {"doctype", "meta", "flags", "parent_doc", "_doc_before_save", "_table_fieldnames"}
    )

    def __init__(self, d):
        if d.get("doctype"):
            self.doctype = d["doctype"]
        self._table_fieldnames = {df.fieldname for df in self._get_table_fields()}
        self.update(d)

    @cached_property
    def meta(self):
        return frappe.get_meta(self.doctype)

    def __getstate__(self):
        return {k: v for k, v in self.__dict__.items() if k not in ("meta", "parent_doc")}

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
        for key, value in d.items():
            if value is not None and self.get(key) is None:
                self.set(key, value)

    def get(self, key, filters=None, default=None):
        """Return a value, or the rows of a table that match `filters` (a dict), or a default."""
        if isinstance(filters, dict):
            rows = self.__dict__.get(key, [])
            return [row for row in rows if all(row.get(name) == value for name, value in filters.items())]
        return self.__dict__.get(key, filters or default)

    def set(self, key, value, as_value=False):
        """Set a value; a list given to a table field becomes rows."""
        if key in self._reserved_keywords:
            return
        if not as_value and key in self._table_fieldnames:
            self.__dict__[key] = []
            self.extend(key, value or ())
        else:
            self.__dict__[key] = value

    def append(self, key, value=None):
        row = self._init_child({} if value is None else value, key)
        if self.__dict__.get(key) is None:
            self.__dict__[key] = []
        self.__dict__[key].append(row)
        row.parent_doc = self
        return row

    def extend(self, key, value):
        for row in value:
            self.append(key, row)

    def remove(self, doc):
        rows = self.get(doc.parentfield)
        rows.remove(doc)
        for idx, row in enumerate(rows, 1):
            row.idx = idx

    def _init_child(self, value, key):
        if not isinstance(value, BaseDocument):
            df = next((df for df in self._get_table_fields() if df.fieldname == key), None)
            if not df:
                raise AttributeError(key)
            value["doctype"] = df.options
            value = get_controller(df.options)(value)
        value.parent, value.parenttype, value.parentfield = self.name, self.doctype, key
        if not getattr(value, "idx", None):
            value.idx = len(getattr(self, key, None) or ()) + 1
        if not getattr(value, "name", None):
            value.__dict__["__islocal"] = 1
        return value

    def _get_table_fields(self):
        if self.doctype == "DocType":
            return DOCTYPE_TABLE_FIELDS
        return () if self.doctype in DOCTYPES_FOR_DOCTYPE else self.meta.get_table_fields()

    # -- shapes ---------------------------------------------------------------------------------

    def get_valid_dict(self, sanitize=True, convert_dates_to_str=False, ignore_nulls=False, **kwargs):
        """Return the values as the columns hold them, cast by field type."""
        d = _dict()
        values = self.__dict__
        for fieldname in self.meta.get_valid_columns():
            value = values.get(fieldname)
            if sanitize or value is not None:
                df = self.meta.get_field(fieldname)
                value = self._cast_for_column(df, value) if df else value
                if convert_dates_to_str and isinstance(value, DATE_TYPES):
                    value = str(value)
                if ignore_nulls and value is None:
                    continue
            d[fieldname] = value
        return d

    def _cast_for_column(self, df, value):
        fieldtype = df.fieldtype
        if isinstance(value, list) and fieldtype not in table_fields:
            frappe.throw(_("Value for {0} cannot be a list").format(_(df.label)))
        if fieldtype in COLUMN_CASTS:
            return COLUMN_CASTS[fieldtype](value)
        return None if df.get("unique") and not cstr(value).strip() else value

    def init_valid_columns(self):
        """Make every column an attribute, and every table a list."""
        values = self.__dict__
        for fieldname in self._table_fieldnames:
            values[fieldname] = values.get(fieldname) or []
        for key in (*default_fields, *self.meta.get_valid_columns()):
            values.setdefault(key, None)
        self.docstatus = values["docstatus"]
        values["idx"] = values["idx"] or 0

    def is_new(self):
        """Truthy while the document is not in the database."""
        return self.get("__islocal")

    @property
    def docstatus(self):
        return DocStatus(cint(self.get("docstatus")))

    @docstatus.setter
    def docstatus(self, value):
        self.__dict__["docstatus"] = DocStatus(cint(value))

    def as_dict(self, no_nulls=False, convert_dates_to_str=False, **kwargs):
        """Return all values with the rows of tables, as plain dicts."""
        options = {"no_nulls": no_nulls, "convert_dates_to_str": convert_dates_to_str}
        doc = self.get_valid_dict(convert_dates_to_str=convert_dates_to_str, ignore_nulls=no_nulls)
        doc["doctype"] = self.doctype
        for df in self._get_table_fields():
            doc[df.fieldname] = [row.as_dict(**options) for row in self.get(df.fieldname) or []]
        for key in ("_user_tags", "__islocal", "__onload", "_liked_by", "__unsaved"):
            if value := self.__dict__.get(key):
                doc[key] = value
        return doc

    def as_json(self):
        return frappe.as_json(self.as_dict())

    def get_value(self, fieldname):
        return cast_fieldtype(self.meta.get_field(fieldname).fieldtype, self.get(fieldname))

    def _fix_numeric_types(self):
        for df in self.meta.fields:
            value = self.get(df.fieldname)
            if df.fieldtype == "Check" or (value is not None and df.fieldtype in ("Int", *float_like_fields)):
                self.set(df.fieldname, COLUMN_CASTS[df.fieldtype](value))

    def get_formatted(self, fieldname, doc=None, currency=None, translated=False, **kwargs):
        """Return a value as text for people, in the site's formats."""
        df = self.meta.get_field(fieldname)
        if df and df.fieldtype == "Currency" and not currency and self.get(df.get("options") or ""):
            currency = frappe.db.get_value("Currency", self.get(df.options), cache=True)
        value = _(self.get(fieldname)) if translated else self.get(fieldname)
        return format_value(value, df=df, doc=doc or self.parent_doc or self, currency=currency)

    # -- one row of the database ------------------------------------------------------------------

    def _row(self):
        # of a DocType that DocTypes are made of, only what is set is written: its table may be older
        is_meta = self.doctype in DOCTYPES_FOR_DOCTYPE
        return self.get_valid_dict(convert_dates_to_str=True, ignore_nulls=is_meta)

    def db_insert(self, ignore_if_duplicate=False):
        """INSERT this document alone, without its rows."""
        if not self.name:
            set_new_name(self)
        if not self.creation:
            self.creation = self.modified = now()
            self.owner = self.modified_by = frappe.session.user
        d = self._row()
        if self.meta.issingle:
            return frappe.db.set_value(self.doctype, None, d, update_modified=False)
        try:
            frappe.db.bulk_insert(self.doctype, list(d), [tuple(d.values())])
        except Exception as error:
            if not frappe.db.is_unique_key_violation(error):
                raise
            # SQLite checks the other keys before the name
            if not (frappe.db.is_primary_key_violation(error) or frappe.db.exists(self.doctype, self.name)):
                self.show_unique_validation_message(error)
            if not ignore_if_duplicate:
                text = _("{0} {1} already exists").format(_(self.doctype), frappe.bold(self.name))
                frappe.msgprint(text, title=_("Duplicate Name"), indicator="red")
                raise frappe.DuplicateEntryError(self.doctype, self.name, error) from error
        self.set("__islocal", False)

    def db_update(self):
        """UPDATE this document alone; a new one is inserted."""
        if self.get("__islocal") or not self.name or self.meta.issingle:
            return self.db_insert()
        d = self._row()
        name = cstr(d.pop("name"))
        try:
            statement = f"UPDATE `tab{self.doctype}` SET {query.assignments(d)} WHERE `name`=%s"
            frappe.db.sql(statement, [*d.values(), name])
        except Exception as error:
            if not frappe.db.is_unique_key_violation(error):
                raise
            self.show_unique_validation_message(error)

    def show_unique_validation_message(self, error):
        """Say which field must be unique, and raise."""
        fieldname = re.search(r"for key '(?:.*\.)?([^']+)'", str(error))[1]
        df = self.meta.get_field(fieldname)
        frappe.msgprint(_("{0} must be unique").format((df and df.label) or fieldname))
        raise frappe.UniqueValidationError(self.doctype, self.name, error) from error

    # -- checks of the fields ---------------------------------------------------------------------

    def _row_label(self):
        return f"{frappe.bold(_(self.doctype))} {_('Row')} #{self.idx}"

    def _get_missing_mandatory_fields(self):
        """Return (fieldname, message) for every mandatory field without content."""
        fields = [df for df in self.meta.reqd_fields if not self._has_content(df)]
        return [(df.fieldname, self._missing_message(df)) for df in fields]

    def _missing_message(self, df):
        if df.fieldtype in table_fields:
            return f"{_('Error')}: {_('Data missing in table')}: {_(df.label)}"
        if self.get("parentfield"):
            return f"{_('Error')}: {self._row_label()}: {_('Value missing for')}: {_(df.label)}"
        return _("Error: Value missing for {0}: {1}").format(_(df.parent), _(df.label))

    def _has_content(self, df):
        value = self.get(df.fieldname)
        value = "" if value == [] else cstr(value)
        shows_pictures = df.fieldtype == "Text Editor" or (df.fieldtype == "Code" and df.options == "HTML")
        return strip_html(value).strip() or (shows_pictures and "<img" in value)

    def get_invalid_links(self, is_submittable=False):
        """Correct the case of links, fetch their values, and return (not found, cancelled) links."""
        invalid, cancelled = [], []
        for df in self.meta.link_fields + self.meta.dynamic_link_fields:
            docname = self.get(df.fieldname)
            if not docname:
                continue
            doctype = df.options if df.fieldtype == "Link" else self.get(df.options)
            if not doctype:
                frappe.throw(_("{0} must be set first").format(self.meta.get_label(df.options)))
            meta = frappe.get_meta(doctype)
            values = self._fetch(df, doctype, docname)
            if not values:  # Frappe 15 does not report a missing target that other fields are fetched from
                continue
            values.name = doctype if meta.issingle else values.name
            setattr(self, df.fieldname, values.name)
            message = f"{_(df.label)}: {docname}"
            if self.get("parentfield"):
                message = f"{_('Row')} #{self.idx}: {message}"
            if not values.name:
                invalid.append(message)
            elif (is_submittable or self.meta.is_submittable) and meta.is_submittable:
                is_cancelled = cint(frappe.db.get_value(doctype, docname, "docstatus")) == 2
                if is_cancelled and df.fieldname != "amended_from":
                    cancelled.append(message)
        return invalid, cancelled

    def _fetch(self, df, doctype, docname):
        """Return the linked document's name and copy the values that are fetched through the link."""
        found = self.meta.get_fields_to_fetch(df.fieldname)
        targets = [target for target in found if not (target.fetch_if_empty and self.get(target.fieldname))]
        if not targets:
            return _dict(name=frappe.db.get_value(doctype, docname, "name", cache=True))
        sources = [target.fetch_from.split(".")[-1] for target in targets]
        values = frappe.db.get_value(doctype, docname, ["name", *sources], as_dict=True)
        for target, source in zip(targets, sources, strict=True) if values else ():
            if self.docstatus.is_submitted() and not self.is_new() and not target.allow_on_submit:
                continue
            setattr(self, target.fieldname, values[source])
        return values

    def _validate_selects(self):
        for df in () if frappe.flags.in_import else self.meta.select_fields:
            value = self.get(df.fieldname)
            if df.fieldname == "naming_series" or not (value and df.options):
                continue
            options = df.options.split("\n")
            value = cstr(value).strip()
            self.set(df.fieldname, value)
            if value not in options:
                prefix = _("Row #{0}:").format(self.idx) if self.get("parentfield") else ""
                choices = '", "'.join(_(option) for option in options)
                text = _('{0} {1} cannot be "{2}". It should be one of "{3}"')
                frappe.throw(text.format(prefix, _(self.meta.get_label(df.fieldname)), value, choices))

    def _validate_data_fields(self):
        for df in self.meta.data_fields_with_options:
            value = self.get(df.fieldname)
            if df.options == "Email" and not {self.owner, value} <= set(frappe.STANDARD_USERS):
                frappe.utils.validate_email_address(value, throw=True)
            elif df.options == "Phone":
                frappe.utils.validate_phone_number(value, throw=True)

    def _validate_non_negative(self):
        for df in self.meta.non_negative_fields:
            if flt(self.get(df.fieldname)) >= 0:
                continue
            label = frappe.bold(_(df.label))
            if self.get("parentfield"):
                message = f"{self._row_label()}: {_('Value cannot be negative for')} {label}"
            else:
                message = _("Value cannot be negative for {0}: {1}").format(_(df.parent), label)
            frappe.throw(message, frappe.NonNegativeError, title=_("Negative Value"))

    def _validate_length(self):
        if frappe.flags.in_install or self.meta.issingle:
            return
        for fieldname, value in self.get_valid_dict().items():
            df = self.meta.get_field(fieldname)
            if value is None or not df or df.fieldtype == "Check":
                continue
            column_type, default_length = frappe.db.type_map[df.fieldtype]
            if column_type == "varchar":
                longest = cint(df.length) or cint(default_length)
                is_too_long = len(cstr(value)) > longest
            else:
                longest = MAX_INTEGER
                is_too_long = column_type == "int" and abs(cint(value)) > longest
            if is_too_long:
                reference = f"{_(self.doctype)} {self.name}"
                if self.get("parentfield"):
                    reference = _("{0}, Row {1}").format(_(self.doctype), self.idx)
                text = _("{0}: '{1}' ({3}) will get truncated, as max characters allowed is {2}")
                text = text.format(reference, frappe.bold(_(df.label)), longest, value)
                frappe.throw(text, frappe.CharacterLengthExceededError, title=_("Value too big"))

    def _sync_autoname_field(self):
        autoname = self.meta.autoname or ""
        if autoname.startswith("field:") and self.name:
            self.set(autoname[6:], self.name)

    def _validate_update_after_submit(self, stored):
        """Refuse a change of a field that a submitted document does not allow; `stored` is the old one."""
        for df in self.meta.fields:
            old, new = stored.get(df.fieldname), self.get(df.fieldname)
            if df.allow_on_submit or df.fieldtype in display_fieldtypes or not (new or old):
                continue
            if df.fieldtype in table_fields:
                new, old = len(new), len(old)
            else:
                new = self.get_value(df.fieldname)
            if new != old:
                row = f"Row #{self.idx}:" if self.get("parent") else ""
                text = _("{0} Not allowed to change {1} after submission from {2} to {3}")
                text = text.format(row, *map(frappe.bold, (_(df.label), old, new)))
                frappe.throw(text, frappe.UpdateAfterSubmitError, title=_("Cannot Update After Submit"))

    def _sanitize_content(self):
        """Make script in text fields harmless; what a submitted document locks stays as it is."""
        unchecked = ("Attach", "Attach Image", "Barcode", "Code")
        for fieldname in () if frappe.flags.in_install else self.meta.get_valid_columns():
            value, df = self.get(fieldname), self.meta.get_field(fieldname)
            if not isinstance(value, str) or not ("<" in value or ">" in value):
                continue
            is_fixed = self.docstatus.is_submitted() and df and not df.allow_on_submit
            is_locked = is_fixed or self.docstatus.is_cancelled()
            is_address = df and df.fieldtype in ("Data", "Small Text", "Text") and df.options == "Email"
            if df and (df.ignore_xss_filter or df.fieldtype in unchecked or is_address or is_locked):
                continue
            self.set(fieldname, frappe.utils.sanitize_html(value))

    def _save_passwords(self):
        """Move passwords, encrypted, to `__Auth`; the column keeps stars."""
        for df in () if self.flags.ignore_save_passwords else self.meta.password_fields:
            password = self.get(df.fieldname)
            if not password:
                remove_encrypted_password(self.doctype, self.name, df.fieldname)
            elif set(password) != {"*"}:
                set_encrypted_password(self.doctype, self.name, password, df.fieldname)
                self.set(df.fieldname, "*" * len(password))

    def reset_values_if_no_permlevel_access(self, has_access_to, high_permlevel_fields):
        """Put back the stored (or default) value of fields whose level the user may not write."""
        to_reset = [df for df in high_permlevel_fields if df.permlevel not in has_access_to]
        if not to_reset:
            return
        if self.is_new():
            reference = frappe.new_doc(self.doctype)
        else:
            stored = (self.parent_doc or self).get_latest()
            rows = stored.get(self.parentfield) if self.parent_doc else [stored]
            reference = next((row for row in rows if row.name == self.name), self)
        for df in to_reset:
            self.set(df.fieldname, reference.get(df.fieldname))
