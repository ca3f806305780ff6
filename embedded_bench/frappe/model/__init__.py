"""Constants of the document model: which field types hold a value and which columns every table has."""

import frappe

float_like_fields = {"Float", "Currency", "Percent"}
datetime_fields = {"Datetime", "Date", "Time"}
attachment_fieldtypes = ("Attach", "Attach Image")
table_fields = ("Table", "Table MultiSelect")
numeric_fieldtypes = ("Currency", "Int", "Long Int", "Float", "Percent", "Check")
data_field_options = ("Email", "Name", "Phone", "URL", "Barcode")
display_fieldtypes = (
    "Section Break", "Column Break", "Tab Break", "HTML", "Button", "Image", "Fold", "Heading",
)  # fmt: skip
no_value_fields = (*display_fieldtypes, *table_fields)
data_fieldtypes = (
    "Currency", "Int", "Long Int", "Float", "Percent", "Check", "Small Text", "Long Text", "Code",
    "Text Editor", "Markdown Editor", "HTML Editor", "Date", "Datetime", "Time", "Text", "Data", "Link",
    "Dynamic Link", "Password", "Select", "Rating", "Read Only", "Attach", "Attach Image", "Signature",
    "Color", "Barcode", "Geolocation", "Duration", "Icon", "Phone", "Autocomplete", "JSON",
)  # fmt: skip
default_fields = ("doctype", "name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
child_table_fields = ("parent", "parentfield", "parenttype")
optional_fields = ("_user_tags", "_comments", "_assign", "_liked_by", "_seen")
core_doctypes_list = (
    "DefaultValue", "DocType", "DocField", "DocPerm", "DocType Action", "DocType Link", "User", "Role",
    "Has Role", "Page", "Module Def", "Print Format", "Report", "Customize Form", "Customize Form Field",
    "Property Setter", "Custom Field", "Client Script",
)  # fmt: skip
log_types = (
    "Version", "Error Log", "Scheduled Job Log", "Access Log", "View Log", "Activity Log",
    "Notification Log", "Email Queue", "DocShare", "Document Follow", "Console Log",
)  # fmt: skip
std_fields = [
    {"fieldname": "name", "fieldtype": "Link", "label": "ID"},
    {"fieldname": "owner", "fieldtype": "Link", "label": "Created By", "options": "User"},
    {"fieldname": "idx", "fieldtype": "Int", "label": "Index"},
    {"fieldname": "creation", "fieldtype": "Datetime", "label": "Created On"},
    {"fieldname": "modified", "fieldtype": "Datetime", "label": "Last Updated On"},
    {"fieldname": "modified_by", "fieldtype": "Link", "label": "Last Updated By", "options": "User"},
    {"fieldname": "_user_tags", "fieldtype": "Data", "label": "Tags"},
    {"fieldname": "_liked_by", "fieldtype": "Data", "label": "Liked By"},
    {"fieldname": "_comments", "fieldtype": "Text", "label": "Comments"},
    {"fieldname": "_assign", "fieldtype": "Text", "label": "Assigned To"},
    {"fieldname": "docstatus", "fieldtype": "Int", "label": "Document Status"},
]


def is_default_field(fieldname: str) -> bool:
    """Tell whether every DocType has this column."""
    return fieldname in default_fields


def get_permitted_fields(doctype, parenttype=None, user=None, permission_type=None, *, ignore_virtual=False):
    """Return the columns that the user may read, by permission level."""
    meta = frappe.get_meta(doctype)
    columns = meta.get_valid_columns()
    if doctype in core_doctypes_list or set(columns).issubset(default_fields):
        return columns
    if permission_type is None:
        permission_type = "select" if frappe.only_has_select_perm(doctype, user=user) else "read"
    permitted = meta.get_permitted_fieldnames(
        parenttype=parenttype,
        user=user,
        permission_type=permission_type,
        with_virtual_fields=not ignore_virtual,
    )
    if permitted and permission_type == "select":
        return permitted
    always = list(default_fields[1:])
    if permitted and meta.istable:
        always.extend(child_table_fields)
    return always + permitted + [f for f in optional_fields if f in columns]
