"""Defaults of the site and of users, kept in `DefaultValue`."""

import frappe

GLOBAL_PARENTS = ("__default", "__global")


def get_defaults(user=None):
    user = user or frappe.session.user or "Guest"
    return frappe._dict({**get_defaults_for(), **get_defaults_for(user), "user": user, "owner": user})


def set_default(key, value, parent, parenttype=None):
    """Put a default in place of the one of the same key; None takes it away."""
    frappe.db.delete("DefaultValue", {"defkey": key, "parent": parent})
    if value is not None:
        place = {"parent": parent, "parenttype": parenttype or "__default", "parentfield": "system_defaults"}
        row = frappe.get_doc(doctype="DefaultValue", **place, defkey=key, defvalue=value)
        row.insert(ignore_permissions=True)
    _clear_cache(parent)


def get_defaults_for(parent="__default"):
    query = "SELECT `defkey`, `defvalue` FROM `tabDefaultValue` WHERE `parent`=%s"
    return frappe.cache.hget("defaults", parent, lambda: frappe._dict(frappe.db.sql(query, (parent,))))


def _clear_cache(parent):
    is_global = parent in GLOBAL_PARENTS
    for key in GLOBAL_PARENTS if is_global else (parent,):
        frappe.cache.hdel("defaults", key)
    if not frappe.flags.in_install:
        frappe.clear_cache(user=None if is_global else parent)
