"""Custom Field: a field that a site or an app adds to a DocType."""

import frappe
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
            if self.insert_after in fieldnames:
                self.idx = fieldnames.index(self.insert_after) + 1

    def on_update(self):
        self.after_delete()
        validate_fields(get_meta(self.dt))
        frappe.db.updatedb(self.dt)

    def on_trash(self):
        frappe.db.delete("Property Setter", {"doc_type": self.dt, "field_name": self.fieldname})

    def after_delete(self):
        frappe.clear_cache(doctype=self.dt)
