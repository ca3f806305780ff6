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


def make_property_setter(doctype, fieldname, property, value, property_type, for_doctype=False, **options):
    """Change one property; an earlier change of the same property goes."""
    place = {"doctype_or_field": "DocType" if for_doctype else "DocField", "doc_type": doctype}
    values = {"field_name": fieldname, "property": property, "value": value, "property_type": property_type}
    setter = frappe.get_doc(doctype="Property Setter", is_system_generated=1, **place, **values)
    return setter.insert(ignore_permissions=True)
