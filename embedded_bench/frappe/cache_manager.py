"""What is forgotten when a user or a DocType changes."""

import frappe


def clear_user_cache(user: str) -> None:
    for key in ("roles", "user_permissions", "defaults"):
        frappe.cache.hdel(key, user)


def clear_doctype_cache(doctype: str) -> None:
    """Forget the metadata of a DocType and of those that have it as a table, and what was made from it."""
    parents = []
    if not frappe.flags.in_install_db:
        filters = {"fieldtype": ["in", ("Table", "Table MultiSelect")], "options": doctype}
        parents = frappe.db.get_values("DocField", filters, "parent", pluck=True, order_by=None)
    for name in (doctype, *parents):
        for key in ("doctype_meta", "workflow"):
            frappe.cache.hdel(key, name)
        frappe.cache.hdel("table_columns", f"tab{name}")
        frappe.clear_document_cache(name)
    frappe.cache.delete_value("db_tables")
    frappe.local.role_permissions, frappe.local.new_doc_templates = {}, {}
    frappe.controllers.get(frappe.local.site, {}).pop(doctype, None)
    frappe.flags.update(link_fields={}, dynamic_link_map=None)
