"""Property Setter: another value for one property of a DocType or field."""

import frappe
from frappe.core.doctype.doctype.doctype import validate_fields
from frappe.custom.doctype.custom_field.custom_field import clear_meta
from frappe.model.document import Document


class PropertySetter(Document):
    def autoname(self):
        self.name = f"{self.doc_type}-{self.field_name or 'main'}-{self.property}"

    def validate(self):
        if self.is_new():
            earlier = {"doc_type": self.doc_type, "property": self.property, "field_name": self.field_name}
            frappe.db.delete("Property Setter", {key: value for key, value in earlier.items() if value})

    def on_update(self):
        clear_meta(self.doc_type)
        if not frappe.flags.in_patch:
            validate_fields(frappe.get_meta(self.doc_type))

    def after_delete(self):
        clear_meta(self.doc_type)
