"""Custom Field: a field that a site or an app adds to a DocType."""

import frappe
from frappe import _
from frappe.core.doctype.doctype.doctype import validate_fields
from frappe.model.document import Document
from frappe.model.meta import get_meta


class CustomField(Document):
    def before_insert(self):
        self.fieldname = (self.fieldname or f"custom_{frappe.scrub(self.label)}").lower()

    def autoname(self):
        self.before_insert()
        self.name = f"{self.dt}-{self.fieldname}"

    def validate(self):
        if self.is_new():
            fieldnames = [df.fieldname for df in get_meta(self.dt, cached=False).fields]
            if self.fieldname in fieldnames:
                text = _("A field with the name {0} already exists in {1}")
                frappe.throw(text.format(frappe.bold(self.fieldname), self.dt))
            if self.insert_after in fieldnames:
                self.idx = fieldnames.index(self.insert_after) + 1
        if self.fieldtype != (self.get_doc_before_save() or self).fieldtype:
            frappe.throw(_("Fieldtype cannot be changed"))

    def on_update(self):
        clear_meta(self.dt)
        validate_fields(get_meta(self.dt))
        frappe.db.updatedb(self.dt)

    def on_trash(self):
        frappe.db.delete("Property Setter", {"doc_type": self.dt, "field_name": self.fieldname})

    def after_delete(self):
        clear_meta(self.dt)


def clear_meta(doctype):
    frappe.clear_cache(doctype=doctype)
    frappe.local.valid_columns.pop(doctype, None)
    frappe.local.new_doc_templates.pop(doctype, None)
    frappe.flags.link_fields = {}
