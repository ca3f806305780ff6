"""Custom Field: a field that a site or an app adds to a DocType."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import random_string

RESTRICTED = (
    "name", "parent", "creation", "modified", "modified_by", "parentfield", "parenttype", "file_list", "flags",
    "docstatus",
)  # fmt: skip
# types whose columns hold each other's values
CONVERTIBLE = (
    {"Currency", "Float", "Percent"},
    {"Small Text", "Data"},
    {"Text", "Data"},
    {"Text", "Text Editor", "Code", "Signature", "HTML Editor"},
    {"Data", "Select"},
    {"Text", "Small Text", "Long Text"},
    {"Text", "Data", "Barcode"},
    {"Code", "Geolocation"},
    {"Table", "Table MultiSelect"},
)


class CustomField(Document):
    """One added field."""

    def autoname(self):
        self.set_fieldname()
        self.name = f"{self.dt}-{self.fieldname}"

    def before_insert(self):
        self.set_fieldname()

    def set_fieldname(self):
        """Name the field after its label."""
        if not self.fieldname:
            label = self.label
            if not label:
                if self.fieldtype not in ("Section Break", "Column Break", "Tab Break"):
                    frappe.throw(_("Label is mandatory"))
                label = f"{self.fieldtype}_{random_string(5)}"
            letters = label.replace(" ", "_")
            self.fieldname = "custom_" + "".join(c for c in letters if c.isalnum() or c == "_")
        self.fieldname = self.fieldname.lower()
        if self.fieldname in RESTRICTED:
            self.fieldname += "1"

    def validate(self):
        if self.is_new() or self.insert_after == "append":
            fieldnames = [df.fieldname for df in frappe.get_meta(self.dt, cached=False).fields]
            if self.is_new() and self.fieldname in fieldnames:
                frappe.throw(
                    _("A field with the name {0} already exists in {1}").format(
                        frappe.bold(self.fieldname), self.dt
                    )
                )
            if self.insert_after == "append":
                self.insert_after = fieldnames[-1]
            if self.insert_after in fieldnames:
                self.idx = fieldnames.index(self.insert_after) + 1
        previous = self.get_doc_before_save()
        if previous and previous.fieldtype != self.fieldtype:
            if not any({previous.fieldtype, self.fieldtype} <= types for types in CONVERTIBLE):
                frappe.throw(
                    _("Fieldtype cannot be changed from {0} to {1}").format(previous.fieldtype, self.fieldtype)
                )

    def on_update(self):
        if not self.flags.ignore_validate:
            from frappe.core.doctype.doctype.doctype import validate_fields_for_doctype

            validate_fields_for_doctype(self.dt)
        if not frappe.flags.in_create_custom_fields:
            update_table(self.dt)

    def on_trash(self):
        if self.owner == "Administrator" and frappe.session.user != "Administrator":
            frappe.throw(
                _(
                    "Custom Field {0} is created by the Administrator and can only be deleted through the Administrator account."
                ).format(frappe.bold(self.label))
            )
        frappe.db.delete("Property Setter", {"doc_type": self.dt, "field_name": self.fieldname})
        clear_meta(self.dt)

    def after_delete(self):
        clear_meta(self.dt)


def clear_meta(doctype):
    """Forget everything that was read from the DocType's old definition."""
    frappe.clear_cache(doctype=doctype)
    frappe.local.valid_columns.pop(doctype, None)
    frappe.local.new_doc_templates.pop(doctype, None)
    frappe.flags.link_fields = {}


def update_table(doctype):
    """Bring the table in line with the DocType's fields."""
    clear_meta(doctype)
    frappe.db.updatedb(doctype)


def create_custom_field(doctype, df, ignore_validate=False, is_system_generated=True):
    """Add one field, unless it is there already."""
    df = frappe._dict(df)
    if not df.fieldname and df.label:
        df.fieldname = frappe.scrub(df.label)
    if frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": df.fieldname}):
        return None
    field = frappe.get_doc(
        {
            "doctype": "Custom Field",
            "dt": doctype,
            "permlevel": 0,
            "fieldtype": "Data",
            "hidden": 0,
            "is_system_generated": is_system_generated,
        }
    )
    field.update(df)
    field.flags.ignore_validate = ignore_validate
    return field.insert()


def create_custom_fields(custom_fields, ignore_validate=False, update=True):
    """Add or update fields, given as {DocType (or several): field or fields}."""
    changed = set()
    frappe.flags.in_create_custom_fields = True
    try:
        for doctypes, fields in custom_fields.items():
            for doctype in (doctypes,) if isinstance(doctypes, str) else doctypes:
                changed.add(doctype)
                for df in [fields] if isinstance(fields, dict) else fields:
                    name = frappe.db.get_value("Custom Field", {"dt": doctype, "fieldname": df["fieldname"]})
                    if not name:
                        create_custom_field(doctype, {**df, "owner": "Administrator"}, ignore_validate)
                    elif update:
                        field = frappe.get_doc("Custom Field", name)
                        field.flags.ignore_validate = ignore_validate
                        field.update(df)
                        field.save()
        for doctype in changed:
            update_table(doctype)
    finally:
        frappe.flags.in_create_custom_fields = False
