"""What a DocType is made of: its file, with Custom Fields, Property Setters and Custom DocPerms on top."""

import json
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import frappe
from frappe import _
from frappe.model import (
    child_table_fields,
    data_fieldtypes,
    default_fields,
    no_value_fields,
    table_fields,
)
from frappe.model.base_document import (
    DOCTYPE_TABLE_FIELDS,
    DOCTYPES_FOR_DOCTYPE,
    TABLE_DOCTYPES_FOR_DOCTYPE,
    BaseDocument,
)
from frappe.model.document import Document
from frappe.utils import cast, cint, cstr

DEFAULT_FIELD_LABELS = {
    "name": "ID",
    "creation": "Created On",
    "docstatus": "Document Status",
    "idx": "Index",
    "modified": "Last Updated On",
    "modified_by": "Last Updated By",
    "owner": "Created By",
    "_user_tags": "Tags",
    "_liked_by": "Liked By",
    "_comments": "Comments",
    "_assign": "Assigned To",
}


def get_meta(doctype, cached=True):
    """Return the meta of a DocType (a name, or a DocType document that is not saved yet)."""
    if not cached or not isinstance(doctype, str):
        meta = Meta(doctype)
        if isinstance(doctype, str):
            frappe.cache.hset("doctype_meta", doctype, meta)
        return meta
    meta = frappe.cache.hget("doctype_meta", doctype)
    if meta is None:
        meta = Meta(doctype)
        frappe.cache.hset("doctype_meta", meta.name, meta)
    return meta


def get_table_columns(doctype):
    """Return the columns the table has in the database."""
    return frappe.db.get_table_columns(doctype)


def load_doctype_from_file(doctype):
    """Return the definition of a DocType that DocTypes are made of, complete with unset properties."""
    folder = Path(frappe.get_app_path("frappe", "core", "doctype"))

    def read(name):
        scrubbed = frappe.scrub(name)
        return json.loads((folder / scrubbed / f"{scrubbed}.json").read_text())

    def complete(row, doctype):
        blank = {
            df["fieldname"]: 0 if df["fieldtype"] in ("Check", "Int") else None
            for df in read(doctype)["fields"]
            if df["fieldtype"] in data_fieldtypes
        }
        return {**blank, **row, "doctype": doctype, "parent": definition["name"]}

    definition = read(doctype)
    definition.pop("field_order", None)
    blank = complete({}, "DocType") if doctype != "DocType" else {}
    fields = [BaseDocument(complete(df, "DocField")) for df in definition["fields"]]
    permissions = [BaseDocument(complete(p, "DocPerm")) for p in definition.get("permissions", ())]
    blank.pop("parent", None)
    return {**blank, **definition, "fields": fields, "permissions": permissions}


class Meta(Document):
    """A DocType with everything that changes it, and the questions asked about it."""

    standard_set_once_fields = (
        frappe._dict(fieldname="creation", fieldtype="Datetime"),
        frappe._dict(fieldname="owner", fieldtype="Data"),
    )

    def __init__(self, doctype):
        if isinstance(doctype, Document):
            super().__init__(doctype.as_dict())
        elif doctype in DOCTYPES_FOR_DOCTYPE:
            self.__dict__.update(load_doctype_from_file(doctype), doctype="DocType", flags=frappe._dict())
            for df in DOCTYPE_TABLE_FIELDS:
                self.__dict__.setdefault(df.fieldname, [])
        else:
            super().__init__("DocType", doctype)
        self.process()

    def __getattr__(self, name):
        # a property that this DocType's file does not state is not set
        if name.startswith("_"):
            raise AttributeError(name)
        return None

    def process(self):
        """Put customisations on top of the stored definition."""
        self._set_fields(self.fields)
        if self.name in DOCTYPES_FOR_DOCTYPE:
            return
        self.add_custom_fields()
        self.apply_property_setters()
        self._set_fields(self.fields)
        self.sort_fields()
        self.set_custom_permissions()

    def _set_fields(self, fields):
        self.fields = fields
        self._fields = {df.fieldname: df for df in fields}
        self._table_fields = (
            DOCTYPE_TABLE_FIELDS
            if self.name == "DocType"
            else [df for df in fields if df.fieldtype in table_fields]
        )

    def add_custom_fields(self):
        """Add the fields that people added to the DocType."""
        rows = self._customisations("Custom Field", {"dt": self.name}, order_by="idx asc")
        for row in rows:
            self.append("fields", row).is_custom_field = 1

    def apply_property_setters(self):
        """Change the properties that people changed."""
        for setter in self._customisations("Property Setter", {"doc_type": self.name}):
            value = cast(setter.property_type, setter.value)
            if setter.doctype_or_field == "DocType":
                self.set(setter.property, value)
            elif setter.doctype_or_field == "DocField":
                for df in self.fields:
                    if df.fieldname == setter.field_name:
                        df.set(setter.property, value)
            else:
                table = {"DocType Link": self.links, "DocType Action": self.actions, "DocType State": self.states}
                for row in table.get(setter.doctype_or_field) or ():
                    if row.name == setter.row_name:
                        row.set(setter.property, value)

    def set_custom_permissions(self):
        """Custom DocPerm rows, where there are any, stand in for all of the DocType's own."""
        if frappe.flags.in_patch or frappe.flags.in_install or self.istable:
            return
        rows = self._customisations("Custom DocPerm", {"parent": self.name})
        if rows:
            self.permissions = [Document({**row, "doctype": "Custom DocPerm"}) for row in rows]

    def _customisations(self, doctype, filters, order_by="creation asc"):
        if doctype == self.name or not frappe.db.table_exists(doctype):
            return []
        return frappe.db.get_values(doctype, filters, "*", as_dict=True, order_by=order_by) or []

    def sort_fields(self):
        """Order the fields: by `field_order`, then each custom field behind its `insert_after`."""
        wanted = [name for name in json.loads(self.field_order or "[]") if name in self._fields]
        order = []
        behind = {}
        previous = None
        for df in self.fields:
            if df.fieldname in wanted:
                previous = df.fieldname
                continue
            if df.get("is_custom_field"):
                anchor = df.get("insert_after")
                if anchor:
                    behind.setdefault(anchor, []).append(df.fieldname)
                else:
                    order.insert(0, df.fieldname)
                continue
            if wanted and previous:
                behind.setdefault(previous, []).append(df.fieldname)
            else:
                order.append(df.fieldname)
            previous = df.fieldname
        order.extend(wanted)
        found = True
        while found and behind:
            found = [anchor for anchor in behind if anchor in order]
            for anchor in found:
                position = order.index(anchor) + 1
                order[position:position] = behind.pop(anchor)
        for names in behind.values():
            order.extend(names)
        fields = []
        for idx, fieldname in enumerate(order, 1):
            self._fields[fieldname].idx = idx
            fields.append(self._fields[fieldname])
        self._set_fields(fields)

    def as_dict(self, no_nulls=False):
        """Return the definition as plain values, for the browser."""

        def plain(document):
            out = {}
            for key, value in document.__dict__.items():
                if key.startswith("_") and key != "_comments":
                    continue
                if isinstance(value, (list, tuple)):
                    if value and isinstance(value[0], BaseDocument):
                        out[key] = [plain(row) for row in value]
                elif isinstance(value, (str, int, float, date, timedelta)) or (value is None and not no_nulls):
                    out[key] = value
            return out

        out = plain(self)
        for fieldname in TABLE_DOCTYPES_FOR_DOCTYPE:
            out.setdefault(fieldname, [])
        return out

    # -- fields -------------------------------------------------------------------------------------

    def get_field(self, fieldname):
        """Return one field, None when there is none of that name."""
        return self._fields.get(fieldname)

    def has_field(self, fieldname):
        """Tell whether there is a field of that name."""
        return fieldname in self._fields

    def get_label(self, fieldname):
        """Return the label of a field or standard column."""
        if df := self.get_field(fieldname):
            return df.get("label")
        return _(DEFAULT_FIELD_LABELS[fieldname]) if fieldname in DEFAULT_FIELD_LABELS else "No Label"

    def get_options(self, fieldname):
        """Return a field's options."""
        return self.get_field(fieldname).options

    def get_link_doctype(self, fieldname):
        """Return the DocType a link leads to; of a dynamic link, the field that names it."""
        df = self.get_field(fieldname)
        if df.fieldtype == "Link":
            return df.options
        return self.get_options(df.options) if df.fieldtype == "Dynamic Link" else None

    def get_fields_of_type(self, *fieldtypes):
        """Return the fields of the given types."""
        key = ("_of_type", fieldtypes)
        cache = self.__dict__.setdefault("_type_cache", {})
        if key not in cache:
            cache[key] = [df for df in self.fields if df.fieldtype in fieldtypes]
        return cache[key]

    @cached_property
    def link_fields(self):
        return [df for df in self.fields if df.fieldtype == "Link" and df.options != "[Select]"]

    @cached_property
    def reqd_fields(self):
        return [df for df in self.fields if df.reqd]

    @cached_property
    def data_fields_with_options(self):
        return [df for df in self.fields if df.fieldtype == "Data" and df.options]

    @cached_property
    def non_negative_fields(self):
        return [df for df in self.fields if df.non_negative and df.fieldtype in ("Int", "Float", "Currency")]

    @cached_property
    def dynamic_default_fields(self):
        """Fields whose default differs from one new document to the next."""
        return [
            df
            for df in self.fields
            if cstr(df.default).startswith(":")
            or (df.fieldtype == "Datetime" and cstr(df.default).lower() == "now")
            or df.fieldtype == "Time"
        ]

    @cached_property
    def _fetched_through(self):
        out = {}
        for df in self.fields:
            if df.fieldtype not in no_value_fields and "." in (df.get("fetch_from") or ""):
                out.setdefault(df.fetch_from.split(".", 1)[0], []).append(df)
        return out

    def get_fields_to_fetch(self, link_fieldname=None):
        """Return the fields whose values come through a link, or through any."""
        if link_fieldname:
            return self._fetched_through.get(link_fieldname, [])
        links = {df.fieldname for df in self.link_fields}
        return [df for link, fields in self._fetched_through.items() if link in links for df in fields]

    def get_link_fields(self):
        return self.link_fields

    def get_dynamic_link_fields(self):
        return self.get_fields_of_type("Dynamic Link")

    def get_data_fields(self):
        return self.get_fields_of_type("Data")

    def get_select_fields(self):
        return [df for df in self.get_fields_of_type("Select") if df.options not in ("[Select]", "Loading...")]

    def get_code_fields(self):
        return self.get_fields_of_type("Code")

    def get_image_fields(self):
        return self.get_fields_of_type("Attach Image")

    def get_table_fields(self):
        return self._table_fields

    def get_set_only_once_fields(self):
        """Return the fields that keep their first value; owner and creation always do."""
        fields = [df for df in self.fields if df.set_only_once]
        names = {df.fieldname for df in fields}
        return fields + [df for df in self.standard_set_once_fields if df.fieldname not in names]

    @cached_property
    def high_permlevel_fields(self):
        """The fields above level 0."""
        return [df for df in self.fields if cint(df.permlevel) > 0]

    def get_custom_fields(self):
        return [df for df in self.fields if df.get("is_custom_field")]

    def get_translatable_fields(self):
        return [df.fieldname for df in self.fields if df.translatable]

    def is_translatable(self, fieldname):
        df = self.get_field(fieldname)
        return df and df.translatable

    def get_valid_columns(self):
        """Return the columns of the table, in order."""
        columns = self.__dict__.get("_column_names")
        if columns is None:
            columns = list(default_fields[1:])
            columns += [df.fieldname for df in self.fields if df.fieldtype in data_fieldtypes]
            if self.istable:
                columns += child_table_fields
            self._column_names = columns
        return columns

    def get_fieldnames_with_value(self, with_field_meta=False, with_virtual_fields=False):
        """Return the fields (or their names) that hold a value."""
        fields = [
            df
            for df in self.fields
            if df.fieldtype not in no_value_fields and (with_virtual_fields or not df.get("is_virtual"))
        ]
        return fields if with_field_meta else [df.fieldname for df in fields]

    def get_search_fields(self):
        """Return the fields that a link search looks in; the name always."""
        names = [name.strip() for name in (self.search_fields or "name").split(",")]
        return names if "name" in names else [*names, "name"]

    def get_list_fields(self):
        """Return the fields that a list shows."""
        names = ["name"] + [df.fieldname for df in self.fields if df.in_list_view and df.fieldtype in data_fieldtypes]
        if self.title_field and self.title_field not in names:
            names.append(self.title_field)
        return names

    def get_title_field(self):
        """Return the field that stands for the document: title_field, title or name."""
        return self.title_field or ("title" if self.has_field("title") else "name")

    def get_naming_series_options(self):
        df = self.get_field("naming_series")
        return (df.options or "").split("\n") if df else []

    def get_workflow(self):
        """Return the name of the active workflow, if any."""
        from frappe.model.workflow import get_workflow_name

        return get_workflow_name(self.name)

    def is_nested_set(self):
        return self.has_field("lft") and self.has_field("rgt")

    # -- permissions ----------------------------------------------------------------------------------

    def get_permissions(self, parenttype=None):
        """Return the permission rows; those of a child DocType are its parent's."""
        if self.istable and parenttype:
            return frappe.get_meta(parenttype).permissions
        return self.get("permissions", [])

    def get_permlevel_access(self, permission_type="read", parenttype=None, *, user=None):
        """Return the field levels that the user's roles reach."""
        roles = set(frappe.get_roles(user))
        return list(
            dict.fromkeys(
                cint(p.permlevel)
                for p in self.get_permissions(parenttype)
                if p.role in roles and p.get(permission_type)
            )
        )

    def get_fields_to_check_permissions(self, user_permission_doctypes):
        """Return the links that user permissions restrict."""
        fields = [
            df
            for df in self.link_fields
            if not df.ignore_user_permissions and df.options in user_permission_doctypes
        ]
        if self.name in user_permission_doctypes:
            fields.append(frappe._dict(label="Name", fieldname="name", options=self.name))
        return fields

    def get_permitted_fieldnames(
        self, parenttype=None, *, user=None, permission_type="read", with_virtual_fields=True
    ):
        """Return the fields that the user reaches by level."""
        if self.istable and not parenttype:
            return []
        if not permission_type:
            permission_type = "select" if frappe.only_has_select_perm(self.name, user=user) else "read"
        if permission_type == "select":
            return self.get_search_fields()
        if not self.get_permissions(parenttype=parenttype):
            return self.get_fieldnames_with_value()
        levels = set(self.get_permlevel_access(permission_type, parenttype, user=user))
        if (
            0 not in levels
            and permission_type in ("read", "select")
            and frappe.share.get_shared(self.name, user, rights=[permission_type], limit=1)
        ):
            levels.add(0)
        fields = self.get_fieldnames_with_value(with_field_meta=True, with_virtual_fields=with_virtual_fields)
        return [df.fieldname for df in fields if cint(df.permlevel) in levels]


def is_single(doctype):
    """Tell whether the DocType has one document."""
    return frappe.db.get_value("DocType", doctype, "issingle")


def get_field_precision(df, doc=None, currency=None):
    """Return the decimals of a number field: its own, or the site's."""
    from frappe.utils import get_number_format_info

    if df.precision:
        return cint(df.precision)
    if df.fieldtype != "Currency":
        return cint(frappe.db.get_default("float_precision")) or 3
    precision = cint(frappe.db.get_default("currency_precision"))
    if not precision:
        number_format = frappe.db.get_default("number_format") or "#,###.##"
        precision = get_number_format_info(number_format)[2]
    return precision


def get_field_currency(df, doc=None):
    """Return the currency of an amount: its options name a field, or `DocType:field:field`."""
    options = df.get("options")
    if not options or not doc:
        return None
    if ":" in options:
        parts = options.split(":")
        if len(parts) == 3 and doc.get(parts[1]):
            return frappe.get_cached_value(parts[0], doc.get(parts[1]), parts[2])
        return None
    currency = doc.get(options)
    if not currency and doc.get("parenttype") and frappe.get_meta(doc.parenttype).has_field(options):
        currency = frappe.db.get_value(doc.parenttype, doc.parent, options)
    return currency


def get_default_df(fieldname):
    """Return a stand-in field for a standard column."""
    if fieldname in ("creation", "modified"):
        return frappe._dict(fieldname=fieldname, fieldtype="Datetime")
    if fieldname in ("idx", "docstatus"):
        return frappe._dict(fieldname=fieldname, fieldtype="Int")
    if fieldname in default_fields + child_table_fields:
        return frappe._dict(fieldname=fieldname, fieldtype="Data")
    return None
