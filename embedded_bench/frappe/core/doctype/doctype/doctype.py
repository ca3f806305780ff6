"""DocType: the definition of a kind of document; saving it makes or alters its table."""

import re
import sys

import frappe
from frappe import _
from frappe.model import child_table_fields, default_fields, no_value_fields, table_fields
from frappe.model.base_document import TABLE_DOCTYPES_FOR_DOCTYPE, get_controller
from frappe.model.document import Document
from frappe.model.meta import Meta

RESTRICTED_FIELDNAMES = {"flags", *default_fields, *child_table_fields}


class DocType(Document):
    @staticmethod
    def prepare_for_import(docdict):
        order = docdict.pop("field_order", None) or []
        place = {fieldname: idx for idx, fieldname in enumerate(order)}
        docdict["fields"].sort(key=lambda df: place.get(df.get("fieldname"), 999))
        for key in TABLE_DOCTYPES_FOR_DOCTYPE:
            for idx, row in enumerate(docdict.get(key) or (), 1):
                row["idx"] = idx

    def before_import(self):
        """Name fields after their labels; breaks after their place."""
        if self.istable:
            self.permissions = []
        for idx, df in enumerate(self.fields, 1):
            name = re.sub(r"[^\w]", "", frappe.scrub((df.label or "").strip()))
            if not df.fieldname:
                df.fieldname = name or f"{frappe.scrub(df.fieldtype)}_{idx}"

    before_validate = before_import

    def validate(self):
        flags = frappe.flags
        if not (self.custom or frappe.conf.developer_mode or flags.in_patch or flags.in_test):
            frappe.throw(_("Not in Developer Mode! Set in site_config.json or make 'Custom' DocType."))
        for df in self.fields:
            if self.autoname == f"field:{df.fieldname}":
                df.unique = 1
        validate_fields(self)

    def on_update(self):
        self.after_delete()
        frappe.db.updatedb(self.name, Meta(self))
        if "tabModule Def" in frappe.db.get_tables() and not frappe.db.exists("Module Def", self.module):
            app = (frappe.local.module_app or {}).get(frappe.scrub(self.module), "frappe")
            _insert("Module Def", module_name=self.module, app_name=app, custom=self.custom)
        if "tabHas Role" in frappe.db.get_tables():
            for role in {row.role for row in self.permissions}:
                if not frappe.db.exists("Role", role):
                    _insert("Role", role_name=role, desk_access=1)
        self.after_delete()
        module = sys.modules[get_controller(self.name).__module__]
        getattr(module, "on_doctype_update", bool)()

    def on_trash(self):
        customised = {"Custom Field": "dt", "Property Setter": "doc_type", "Custom DocPerm": "parent"}
        for doctype, field in customised.items():
            frappe.db.delete(doctype, {field: self.name})

    def after_delete(self):
        frappe.clear_cache(doctype=self.name)


def _insert(doctype, **values):
    frappe.get_doc(doctype=doctype, **values).insert(ignore_permissions=True, ignore_mandatory=True)


def validate_fields(meta):
    """Refuse fields that could not work: restricted names, twice the same, links without target."""
    seen = set()
    for df in meta.fields:
        target = df.options if df.fieldtype in ("Link", *table_fields) else None
        is_value = df.fieldtype not in no_value_fields
        for is_refused, text in (
            (df.fieldname in seen, _("{0}: Fieldname {1} appears multiple times in rows {2}")),
            (is_value and df.fieldname in RESTRICTED_FIELDNAMES, _("{0}: Fieldname {1} is restricted")),
            (not target and df.fieldtype in ("Link", *table_fields),
             _("{0}: Options required for Link or Table type field {1} in row {2}")),
            (target and target not in ("[Select]", meta.name) and not frappe.db.exists("DocType", target),
             _("{0}: Options must be a valid DocType for field {1} in row {2}")),
        ):  # fmt: skip
            if is_refused:
                frappe.throw(text.format(meta.name, df.fieldname, df.idx))
        seen.add(df.fieldname)
