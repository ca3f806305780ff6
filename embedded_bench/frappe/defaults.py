"""Defaults of the site and of users, kept in `DefaultValue`."""

import frappe
from frappe.permissions import get_user_permissions

GLOBAL_PARENTS = ("__default", "__global")


def set_user_default(key, value, user=None, parenttype=None):
    """Set a user's default."""
    set_default(key, value, user or frappe.session.user, parenttype)


def add_user_default(key, value, user=None, parenttype=None):
    """Add a further default of the same key."""
    add_default(key, value, user or frappe.session.user, parenttype)


def get_user_default(key, user=None):
    """Return the user's (else the site's) default; a DocType name also finds the user's permission."""
    defaults = get_defaults(user or frappe.session.user)
    value = defaults.get(key)
    if _is_doctype_key(key):
        if not (isinstance(value, (list, tuple)) and len(value) == 1):
            value = defaults.get(frappe.scrub(key)) or get_user_permission_default(key, defaults)
    value = value[0] if value and isinstance(value, (list, tuple)) else value
    return None if not_in_user_permission(key, value, user) else value


def get_user_default_as_list(key, user=None):
    """Return all of the user's defaults of a key."""
    defaults = get_defaults(user or frappe.session.user)
    value = defaults.get(key)
    if _is_doctype_key(key) and not (isinstance(value, (list, tuple)) and len(value) == 1):
        value = defaults.get(frappe.scrub(key))
    values = value if isinstance(value, (list, tuple)) else [value]
    return [v for v in values if v and not not_in_user_permission(key, v)]


def get_user_permission_default(key, defaults):
    """Return the document that the user's permissions make the default."""
    permissions = get_user_permissions(frappe.session.user).get(key) or ()
    chosen = next((p.get("doc") for p in permissions if p.get("is_default")), None)
    return chosen or next((p.get("doc") for p in permissions if p.get("doc") == defaults.get(key)), "")


def _is_doctype_key(key):
    return ":" not in key and key != frappe.scrub(key)


def not_in_user_permission(key, value, user=None):
    """Tell whether the user's permissions exclude a value."""
    permissions = get_user_permissions(user or frappe.session.user).get(frappe.unscrub(key)) or []
    return bool(permissions) and all(p.get("doc") != value for p in permissions)


def get_defaults(user=None):
    """Return the site's defaults with the user's over them."""
    user = user or (frappe.session.user if frappe.session else "Guest")
    defaults = frappe._dict(get_defaults_for())
    if user:
        defaults.update(get_defaults_for(user))
        defaults.update(user=user, owner=user)
    return defaults


def clear_user_default(key, user=None):
    """Remove a user's default."""
    clear_default(key, parent=user or frappe.session.user)


def set_global_default(key, value):
    """Set the site's default."""
    set_default(key, value, "__default")


def add_global_default(key, value):
    """Add a further default of the same key to the site."""
    add_default(key, value, "__default")


def get_global_default(key):
    """Return the site's (or the session user's) default."""
    value = get_defaults().get(key)
    value = value[0] if value and isinstance(value, (list, tuple)) else value
    return None if not_in_user_permission(key, value) else value


def set_default(key, value, parent, parenttype="__default"):
    """Put one default in place of those of the same key."""
    frappe.db.delete("DefaultValue", {"defkey": key, "parent": parent})
    if value is not None:
        add_default(key, value, parent)
    else:
        _clear_cache(parent)


def add_default(key, value, parent, parenttype=None):
    """Add a default."""
    frappe.get_doc(
        doctype="DefaultValue",
        parent=parent,
        parenttype=parenttype or "__default",
        parentfield="system_defaults",
        defkey=key,
        defvalue=value,
    ).insert(ignore_permissions=True)
    _clear_cache(parent)


def clear_default(key=None, value=None, parent=None, name=None, parenttype=None):
    """Remove defaults."""
    if name:
        filters = {"name": name}
    else:
        given = {"defkey": key, "defvalue": value, "parent": parent, "parenttype": parenttype}
        filters = {column: wanted for column, wanted in given.items() if wanted}
    if not filters:
        raise ValueError("[clear_default] No key specified.")
    frappe.db.delete("DefaultValue", filters)
    _clear_cache(parent)


def get_defaults_for(parent="__default"):
    """Return one parent's defaults; several values of a key are a list."""

    def read():
        rows = frappe.db.sql(
            "SELECT `defkey`, `defvalue` FROM `tabDefaultValue` WHERE `parent`=%s ORDER BY `creation`",
            (parent,),
        )
        defaults = frappe._dict()
        for key, value in rows:
            known = defaults.get(key)
            if key not in defaults:
                if value is not None:
                    defaults[key] = value
            elif isinstance(known, list):
                if value not in known:
                    known.append(value)
            elif known != value:
                defaults[key] = [known, value]
        return defaults

    return frappe.cache.hget("defaults", parent, read)


def _clear_cache(parent):
    if parent in GLOBAL_PARENTS or not parent:
        for key in GLOBAL_PARENTS:
            frappe.cache.hdel("defaults", key)
    else:
        frappe.cache.hdel("defaults", parent)
    if not frappe.flags.in_install:
        frappe.clear_cache(user=None if parent in GLOBAL_PARENTS else parent)
