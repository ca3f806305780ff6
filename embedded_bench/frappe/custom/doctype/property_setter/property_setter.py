"""Property Setter: another value for one property of a DocType or field."""

import frappe
from frappe.core.doctype.doctype.doctype import validate_fields
from frappe.model.document import Document


class PropertySetter(Document):
    def autoname(self):
        self.name = f"{self.doc_type}-{self.field_name or 'main'}-{self.property}"

    def validate(self):
        if self.is_new():
            earlier = {"doc_type": self.doc_type, "property": self.property, "field_name": self.field_name}
            frappe.db.delete("Property Setter", {key: value for key, value in earlier.items() if value})

    def on_update(self):
        self.after_delete()
        if not frappe.flags.in_patch:
            validate_fields(frappe.get_meta(self.doc_type))

    def after_delete(self):
        frappe.clear_cache(doctype=self.doc_type)
