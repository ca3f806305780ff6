"""Constants of the document model: which field types hold a value and which columns every table has."""

import frappe
from frappe.database.database import Database

float_like_fields = {"Float", "Currency", "Percent"}
datetime_fields = {"Datetime", "Date", "Time"}
table_fields = ("Table", "Table MultiSelect")
display_fieldtypes = (
    "Section Break", "Column Break", "Tab Break", "HTML", "Button", "Image", "Fold", "Heading",
)  # fmt: skip
no_value_fields = (*display_fieldtypes, *table_fields)
data_fieldtypes = tuple(Database.type_map)
default_fields = ("doctype", "name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
child_table_fields = ("parent", "parentfield", "parenttype")
optional_fields = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")
standard_fields = (*default_fields, *child_table_fields, *optional_fields)
core_doctypes_list = (
    "DefaultValue", "DocType", "DocField", "DocPerm", "DocType Action", "DocType Link", "User", "Role",
    "Has Role", "Module Def", "Print Format", "Report", "Property Setter", "Custom Field",
)  # fmt: skip


def get_permitted_fields(doctype, parenttype=None, user=None, permission_type="read"):
    """Return the columns that the user may read, by permission level."""
    meta = frappe.get_meta(doctype)
    columns = meta.get_valid_columns()
    if doctype in core_doctypes_list or set(columns).issubset(default_fields):
        return columns
    permitted = meta.get_permitted_fieldnames(parenttype, user=user, permission_type=permission_type)
    always = [*default_fields[1:], *(child_table_fields if permitted and meta.istable else ())]
    return always + permitted + [f for f in optional_fields if f in columns]
