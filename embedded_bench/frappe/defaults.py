"""Defaults of the site and of users, kept in `DefaultValue`."""

import frappe

GLOBAL_PARENTS = ("__default", "__global")


def get_defaults(user=None):
    user = user or frappe.session.user or "Guest"
    return frappe._dict({**get_defaults_for(), **get_defaults_for(user), "user": user, "owner": user})


def set_default(key, value, parent, parenttype="__default"):
    frappe.db.delete("DefaultValue", {"defkey": key, "parent": parent})
    if value is not None:
        add_default(key, value, parent)
    _clear_cache(parent)


def add_default(key, value, parent, parenttype=None):
    place = {"parent": parent, "parenttype": parenttype or "__default", "parentfield": "system_defaults"}
    row = frappe.get_doc(doctype="DefaultValue", **place, defkey=key, defvalue=value)
    row.insert(ignore_permissions=True)
    _clear_cache(parent)


def get_defaults_for(parent="__default"):
    """Return one parent's defaults; several values of a key are a list."""

    def read():
        defaults = frappe._dict()
        query = "SELECT `defkey`, `defvalue` FROM `tabDefaultValue` WHERE `parent`=%s ORDER BY `creation`"
        for key, value in frappe.db.sql(query, (parent,)):
            known = defaults.get(key)
            if known is None:
                defaults[key] = value
            elif value not in (known if isinstance(known, list) else [known]):
                defaults[key] = [*(known if isinstance(known, list) else [known]), value]
        return defaults

    return frappe.cache.hget("defaults", parent, read)


def _clear_cache(parent):
    is_global = parent in GLOBAL_PARENTS
    for key in GLOBAL_PARENTS if is_global else (parent,):
        frappe.cache.hdel("defaults", key)
    if not frappe.flags.in_install:
        frappe.clear_cache(user=None if is_global else parent)
