"""Custom Field: a field that a site or an app adds to a DocType."""

import frappe
from frappe import _
from frappe.core.doctype.doctype.doctype import RESTRICTED_FIELDNAMES, validate_fields
from frappe.model.document import Document
from frappe.model.meta import get_meta


class CustomField(Document):
    def before_insert(self):
        if not self.fieldname:
            if not self.label:
                frappe.throw(_("Label is mandatory"))
            letters = "".join(c for c in self.label.replace(" ", "_") if c.isalnum() or c == "_")
            self.fieldname = f"custom_{letters}"
        self.fieldname = self.fieldname.lower()
        if self.fieldname in RESTRICTED_FIELDNAMES:
            self.fieldname += "1"

    def autoname(self):
        self.before_insert()
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self):
        if self.is_new():
            fieldnames = [df.fieldname for df in get_meta(self.dt, cached=False).fields]
            if self.fieldname in fieldnames:
                text = _("A field with the name {0} already exists in {1}")
                frappe.throw(text.format(frappe.bold(self.fieldname), self.dt))
            if self.insert_after == "append":
                self.insert_after = fieldnames[-1]
            if self.insert_after in fieldnames:
                self.idx = fieldnames.index(self.insert_after) + 1
        if self.fieldtype != (self.get_doc_before_save() or self).fieldtype:
            frappe.throw(_("Fieldtype cannot be changed"))

    def on_update(self):
        clear_meta(self.dt)
        if not self.flags.ignore_validate:
            validate_fields(get_meta(self.dt))
        if not frappe.flags.in_create_custom_fields:
            frappe.db.updatedb(self.dt)

    def on_trash(self):
        if self.owner == "Administrator" and frappe.session.user != "Administrator":
            text = _("Custom Field {0} is created by the Administrator and can only be deleted by it.")
            frappe.throw(text.format(frappe.bold(self.label)))
        frappe.db.delete("Property Setter", {"doc_type": self.dt, "field_name": self.fieldname})

    def after_delete(self):
        clear_meta(self.dt)


def clear_meta(doctype):
    frappe.clear_cache(doctype=doctype)
    frappe.local.valid_columns.pop(doctype, None)
    frappe.local.new_doc_templates.pop(doctype, None)
    frappe.flags.link_fields = {}


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
                    if name and not update:
                        continue
                    new = {"doctype": "Custom Field", "dt": doctype, "is_system_generated": 1}
                    field = frappe.get_doc("Custom Field", name) if name else frappe.get_doc(new)
                    field.flags.ignore_validate = ignore_validate
                    field.update(df if name else {**df, "owner": "Administrator"})
                    field.save()
        for doctype in changed:
            clear_meta(doctype)
            frappe.db.updatedb(doctype)
    finally:
        frappe.flags.in_create_custom_fields = False
