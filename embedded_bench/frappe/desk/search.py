"""What a Link field offers while one types."""

from __future__ import annotations

import frappe
from frappe.utils import cint, cstr


@frappe.whitelist()
def search_link(
    doctype: str,
    txt: str,
    query: str | None = None,
    filters: str | dict | list | None = None,
    page_length: int = 10,
    searchfield: str | None = None,
    reference_doctype: str | None = None,
    ignore_user_permissions: bool = False,
):
    """Return names with their title and description, for the documents the user may select."""
    rows = search_widget(doctype, txt.strip(), query, searchfield, 0, page_length, filters)
    return [
        {"value": row[0], "description": ", ".join(cstr(part) for part in row[1:] if part)} for row in rows
    ]


@frappe.whitelist()
def search_widget(
    doctype: str,
    txt: str,
    query: str | None = None,
    searchfield: str | None = None,
    start: int = 0,
    page_length: int = 10,
    filters: str | dict | list | None = None,
):
    """Return rows of name and search fields that contain the text."""
    if query:
        frappe.is_whitelisted(frappe.get_attr(query))
        filters = frappe.parse_json(filters) if isinstance(filters, str) else filters
        return frappe.call(query, doctype, txt, searchfield or "name", start, page_length, filters)
    meta = frappe.get_meta(doctype)
    filters = frappe.parse_json(filters) if isinstance(filters, str) and filters else filters or []
    if isinstance(filters, dict):
        filters = [
            [key, *(value if isinstance(value, (list, tuple)) else ("=", value))]
            for key, value in filters.items()
        ]
    for field, value in (("enabled", 1), ("disabled", 0)):
        if meta.has_field(field):
            filters.append([field, "=", value])
    fields = list(dict.fromkeys(["name", *filter(None, [meta.title_field]), *meta.get_search_fields()]))
    or_filters = [[field, "like", f"%{txt}%"] for field in fields] if txt else None
    return frappe.get_list(
        doctype,
        fields=fields,
        filters=filters,
        or_filters=or_filters,
        limit_start=cint(start),
        limit_page_length=cint(page_length) or 10,
        as_list=True,
    )
