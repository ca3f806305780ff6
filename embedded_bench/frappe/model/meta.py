"""What a DocType is made of: its file, with Custom Fields, Property Setters and Custom DocPerms on top."""

import json
from pathlib import Path

import frappe
from frappe import _
from frappe.model import child_table_fields, data_fieldtypes, default_fields, no_value_fields, table_fields
from frappe.model.base_document import DOCTYPE_TABLE_FIELDS, DOCTYPES_FOR_DOCTYPE, BaseDocument
from frappe.model.document import Document
from frappe.utils import cast, cint, cstr, get_number_format_info

DEFAULT_FIELD_LABELS = {
    "name": "ID", "creation": "Created On", "docstatus": "Document Status", "idx": "Index",
    "modified": "Last Updated On", "modified_by": "Last Updated By", "owner": "Created By", "_user_tags": "Tags",
    "_liked_by": "Liked By", "_comments": "Comments", "_assign": "Assigned To",
}  # fmt: skip


def get_meta(doctype, cached=True):
    if cached:
        return frappe.cache.hget("doctype_meta", doctype, lambda: Meta(doctype))
    meta = Meta(doctype)
    frappe.cache.hset("doctype_meta", doctype, meta)
    return meta


def _read_core(name):
    folder = frappe.scrub(name)
    return frappe.get_file_json(Path(__file__).parents[1] / "core" / "doctype" / folder / f"{folder}.json")


def load_doctype_from_file(doctype):
    """Return the definition of a DocType that DocTypes are made of, complete with unset properties."""
    definition = _read_core(doctype)
    for key, row_doctype in (("fields", "DocField"), ("permissions", "DocPerm")):
        columns = [df for df in _read_core(row_doctype)["fields"] if df["fieldtype"] in data_fieldtypes]
        blank = {df["fieldname"]: 0 if df["fieldtype"] in ("Check", "Int") else None for df in columns}
        blank["parent"] = doctype
        rows = [{**row, "doctype": row_doctype} for row in definition.get(key, ())]
        definition[key] = [BaseDocument({**blank, **row}) for row in rows]
    return {**definition, "links": [], "actions": [], "states": []}


# lists of fields that documents go through on every save
SELECTIONS = {
    "link_fields": lambda df: df.fieldtype == "Link" and df.options != "[Select]",
    "dynamic_link_fields": lambda df: df.fieldtype == "Dynamic Link",
    "fetched_fields": lambda df: df.fieldtype not in no_value_fields and "." in (df.get("fetch_from") or ""),
    "attach_fields": lambda df: df.fieldtype in ("Attach", "Attach Image"),
    "password_fields": lambda df: df.fieldtype == "Password",
    "select_fields": lambda df: df.fieldtype == "Select",
    "reqd_fields": lambda df: df.reqd,
    "set_only_once_fields": lambda df: df.set_only_once,
    "data_fields_with_options": lambda df: df.fieldtype == "Data" and df.options,
    "non_negative_fields": lambda df: df.non_negative and df.fieldtype in ("Int", "Float", "Currency"),
    "high_permlevel_fields": lambda df: cint(df.permlevel),
    "times": lambda df: df.fieldtype == "Time"
    or (df.fieldtype == "Datetime" and cstr(df.default).lower() == "now"),
}


class Meta(Document):
    """A DocType with everything that changes it, and the questions asked about it."""

    def __init__(self, doctype):
        if isinstance(doctype, Document):
            super().__init__(doctype.as_dict())
        elif doctype in DOCTYPES_FOR_DOCTYPE:
            self.__dict__.update(load_doctype_from_file(doctype), doctype="DocType", flags=frappe._dict())
        else:
            super().__init__("DocType", doctype)
        self._set_fields(self.fields)
        if self.name in DOCTYPES_FOR_DOCTYPE:
            return
        for row in self._customisations("Custom Field", {"dt": self.name}, "idx asc"):
            self.append("fields", row).is_custom_field = 1
        self.apply_property_setters()
        self._set_fields(self.fields)
        self.sort_fields()
        if not (frappe.flags.in_patch or frappe.flags.in_install or self.istable):
            rows = self._customisations("Custom DocPerm", {"parent": self.name})
            if rows:  # they stand in for all of the DocType's own
                self.permissions = [Document({**row, "doctype": "Custom DocPerm"}) for row in rows]

    def __getattr__(self, name):
        if name.startswith(("_", "get_")):
            raise AttributeError(name)
        if name not in SELECTIONS:
            return None  # a property that this DocType's file does not state
        found = self.__dict__[name] = [df for df in self.fields if SELECTIONS[name](df)]
        return found

    def _set_fields(self, fields):
        self.fields = fields
        self._fields = {df.fieldname: df for df in fields}
        tables = [df for df in fields if df.fieldtype in table_fields]
        self._table_fields = DOCTYPE_TABLE_FIELDS if self.name == "DocType" else tables

    def apply_property_setters(self):
        for setter in self._customisations("Property Setter", {"doc_type": self.name}):
            targets = [self]
            if setter.doctype_or_field == "DocField":
                targets = [df for df in self.fields if df.fieldname == setter.field_name]
            for target in targets:
                target.set(setter.property, cast(setter.property_type, setter.value))

    def _customisations(self, doctype, filters, order_by="creation asc"):
        if doctype == self.name or not frappe.db.table_exists(doctype):
            return []
        return frappe.db.get_values(doctype, filters, "*", as_dict=True, order_by=order_by)

    def sort_fields(self):
        """Order the fields: by `field_order`, then each custom field behind its `insert_after`."""
        place = {name: idx for idx, name in enumerate(json.loads(self.field_order or "[]"))}
        custom = [df for df in self.fields if df.get("is_custom_field") and df.fieldname not in place]
        order = [df.fieldname for df in self.fields if df not in custom]
        order.sort(key=lambda name: place.get(name, len(place)))
        behind = {}
        for df in custom:
            anchor = behind.get(df.insert_after, df.insert_after)
            order.insert(order.index(anchor) + 1 if anchor in order else len(order), df.fieldname)
            behind[df.insert_after] = df.fieldname
        for idx, fieldname in enumerate(order, 1):
            self._fields[fieldname].idx = idx
        self._set_fields([self._fields[fieldname] for fieldname in order])

    # -- fields -------------------------------------------------------------------------------------

    def get_field(self, fieldname):
        return self._fields.get(fieldname)

    def has_field(self, fieldname):
        return fieldname in self._fields

    def get_label(self, fieldname):
        if df := self.get_field(fieldname):
            return df.get("label")
        return _(DEFAULT_FIELD_LABELS.get(fieldname, "No Label"))

    def get_fields_to_fetch(self, link_fieldname):
        return [df for df in self.fetched_fields if df.fetch_from.split(".")[0] == link_fieldname]

    def get_table_fields(self):
        return self._table_fields

    def get_valid_columns(self):
        """Return the columns of the table, in order."""
        if "_column_names" not in self.__dict__:
            names = [df.fieldname for df in self.fields if df.fieldtype in data_fieldtypes]
            self._column_names = [*default_fields[1:], *names, *(child_table_fields if self.istable else ())]
        return self._column_names

    def get_link_fields(self):
        return self.link_fields

    def get_search_fields(self):
        """Return the fields that a link search looks in; the name always."""
        names = [name.strip() for name in (self.search_fields or "name").split(",")]
        return names if "name" in names else [*names, "name"]

    def get_title_field(self):
        """Return the field that stands for the document: title_field, title or name."""
        return self.title_field or ("title" if self.has_field("title") else "name")

    # -- permissions ----------------------------------------------------------------------------------

    def get_permlevel_access(self, permission_type="read", parenttype=None, *, user=None):
        """Return the levels that the user's roles may read or write; those of a row are its parent's."""
        permissions = (get_meta(parenttype) if self.istable and parenttype else self).permissions
        roles = set(frappe.get_roles(user))
        rows = (p for p in permissions if p.role in roles and p.get(permission_type))
        return list(dict.fromkeys(cint(p.permlevel) for p in rows))

    def get_permitted_fieldnames(self, parenttype=None, *, user=None, permission_type="read"):
        if self.istable and not parenttype:
            return []
        fields = [df for df in self.fields if df.fieldtype not in no_value_fields]
        levels = set(self.get_permlevel_access(permission_type, parenttype, user=user))
        if frappe.share.get_shared(self.name, user, rights=[permission_type], limit=1):
            levels.add(0)
        return [df.fieldname for df in fields if cint(df.permlevel) in levels]


def get_field_precision(df, doc=None, currency=None):
    """Return the decimals of a number field: its own, or the site's."""
    if df.precision:
        return cint(df.precision)
    if df.fieldtype != "Currency":
        return cint(frappe.db.get_default("float_precision")) or 3
    number_format = frappe.db.get_default("number_format") or "#,###.##"
    return cint(frappe.db.get_default("currency_precision")) or get_number_format_info(number_format)[2]


def get_field_currency(df, doc=None):
    """Return the currency of an amount: its options name a field of the document or of its parent."""
    options = df.get("options")
    if not options or not doc:
        return None
    currency = doc.get(options)
    if not currency and doc.get("parenttype") and get_meta(doc.parenttype).has_field(options):
        currency = frappe.db.get_value(doc.parenttype, doc.parent, options)
    return currency
