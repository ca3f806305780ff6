"""What is forgotten when a user, a DocType or everything changes."""

from __future__ import annotations

import frappe

USER_KEYS = ("bootinfo", "roles", "user_permissions", "home_page", "defaults")
DOCTYPE_KEYS = ("doctype_meta", "doctype_form_meta", "table_columns", "workflow", "document_naming_rules")


def clear_user_cache(user: str | None = None) -> None:
    """Forget what is cached for a user, or for all users."""
    for key in USER_KEYS:
        if user:
            frappe.cache.hdel(key, user)
        else:
            frappe.cache.delete_value(key)
    frappe.local.role_permissions, frappe.local.user_perms = {}, None


def clear_doctype_cache(doctype: str | None = None) -> None:
    """Forget the metadata of a DocType and of those that have it as a table, or of all."""
    names = [doctype, *_parents_of(doctype)] if doctype else []
    for key in DOCTYPE_KEYS:
        if doctype:
            for name in names:
                frappe.cache.hdel(key, f"tab{name}" if key == "table_columns" else name)
        else:
            frappe.cache.delete_value(key)
    for name in names:
        frappe.clear_document_cache(name)
    for key in ("is_table", "doctype_modules", "db_tables"):
        frappe.cache.delete_value(key)
    frappe.local.role_permissions = {}
    frappe.local.new_doc_templates, frappe.local.valid_columns = {}, {}


def _parents_of(doctype: str) -> list[str]:
    if frappe.flags.in_install_db or not getattr(frappe.local, "db", None):
        return []
    filters = {"fieldtype": ["in", ("Table", "Table MultiSelect")], "options": doctype}
    return frappe.db.get_values("DocField", filters, "parent", pluck=True, order_by=None)
