"""Property Setter: another value for one property of a DocType or field."""

import frappe
from frappe import _
from frappe.model.document import Document


class PropertySetter(Document):
    """One changed property."""

    def autoname(self):
        self.name = f"{self.doc_type}-{self.field_name or self.row_name or 'main'}-{self.property}"

    def validate(self):
        if self.doctype_or_field == "DocField" and not self.field_name:
            frappe.throw(_("Field Name is mandatory"))
        if self.is_new():
            delete_property_setter(self.doc_type, self.property, self.field_name, self.row_name)
        frappe.clear_cache(doctype=self.doc_type)

    def on_update(self):
        from frappe.custom.doctype.custom_field.custom_field import clear_meta

        clear_meta(self.doc_type)
        if self.flags.validate_fields_for_doctype is not False and not frappe.flags.in_patch:
            from frappe.core.doctype.doctype.doctype import validate_fields_for_doctype

            validate_fields_for_doctype(self.doc_type)

    def after_delete(self):
        from frappe.custom.doctype.custom_field.custom_field import clear_meta

        clear_meta(self.doc_type)


def make_property_setter(
    doctype,
    fieldname,
    property,
    value,
    property_type,
    for_doctype=False,
    validate_fields_for_doctype=True,
    is_system_generated=True,
):
    """Change one property; an earlier change of the same property goes."""
    setter = frappe.get_doc(
        {
            "doctype": "Property Setter",
            "doctype_or_field": "DocType" if for_doctype else "DocField",
            "doc_type": doctype,
            "field_name": fieldname,
            "property": property,
            "value": value,
            "property_type": property_type,
            "is_system_generated": is_system_generated,
        }
    )
    setter.flags.ignore_permissions = True
    setter.flags.validate_fields_for_doctype = validate_fields_for_doctype
    return setter.insert()


def delete_property_setter(doc_type, property=None, field_name=None, row_name=None):
    """Go back to the DocType's own property or properties."""
    filters = {"doc_type": doc_type}
    for key, value in (("property", property), ("field_name", field_name), ("row_name", row_name)):
        if value:
            filters[key] = value
    frappe.db.delete("Property Setter", filters)
