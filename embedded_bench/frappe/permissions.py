"""Who may do what: role rows, ownership, user permissions, shares and the apps' own say."""

import copy

import frappe
import frappe.share
from frappe import _
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.utils import cint

_RIGHTS = "select read write create delete submit cancel amend print email report import export share"
rights = tuple(_RIGHTS.split())
SYSTEM_USER_ROLE = "Desk User"
AUTOMATIC_ROLES = ("Guest", "All", SYSTEM_USER_ROLE, "Administrator")
SHAREABLE = {right: right for right in ("read", "write", "share", "submit")}
SHAREABLE |= {"email": "read", "print": "read"}


def has_permission(doctype, ptype="read", doc=None, user=None, raise_exception=True, *, parent_doctype=None):
    """Tell whether the user has a permission; say why not unless `raise_exception` is off. It never raises."""
    if not raise_exception:
        return _has_permission(doctype, ptype, doc, user, parent_doctype)
    reasons = frappe.flags.has_permission_check_logs = []
    allowed = _has_permission(doctype, ptype, doc, user, parent_doctype)
    frappe.flags.pop("has_permission_check_logs", None)
    if not allowed and user in (None, frappe.session.user):
        frappe.msgprint("<br>".join(reasons))
    return allowed


def push_perm_check_log(text, *values):
    logs = frappe.flags.get("has_permission_check_logs")
    if logs is not None:
        logs.append(_(text).format(*values))


def _has_permission(doctype, ptype, doc, user, parent_doctype):
    user = user or frappe.session.user
    if user == "Administrator":
        return True
    if frappe.is_table(doctype):
        return has_child_permission(doctype, ptype, doc, user, parent_doctype)
    meta = frappe.get_meta(doctype)
    if doc:
        doc = frappe.get_doc(doctype, doc) if isinstance(doc, str) else doc
        perm = get_doc_permissions(doc, user=user, ptype=ptype).get(ptype)
        if not perm:
            is_known = _has_permission(doctype, "read", None, user, None)
            which = f": {_(doctype)} - {doc.name}" if is_known else ""
            push_perm_check_log("User {0} does not have access to this document{1}", frappe.bold(user), which)
    else:
        needed = {"submit": "is_submittable", "import": "allow_import"}.get(ptype)
        if needed and not cint(meta.get(needed)):
            push_perm_check_log("Document Type does not allow {0}", _(ptype))
            return False
        perm = get_role_permissions(meta, user=user).get(ptype)
        if not perm:
            text = "User {0} does not have doctype access via role permission for document {1}"
            push_perm_check_log(text, frappe.bold(user), frappe.bold(_(doctype)))
    if not perm and ptype in SHAREABLE:
        filters = [["share_name", "=", doc.name]] if doc else None
        perm = frappe.share.get_shared(doctype, user, rights=[SHAREABLE[ptype]], filters=filters, limit=1)
    return bool(perm)


def get_doc_permissions(doc, user=None, ptype=None):
    """Return what the user may do with one document, as {permission: 0 or 1}."""
    user = user or frappe.session.user
    meta = frappe.get_meta(doc.doctype)
    is_owner = (doc.get("owner") or "").lower() == user.lower()
    if not has_controller_permissions(doc, ptype, user=user):
        push_perm_check_log("Not allowed via controller permission check")
        return {ptype: 0}
    permissions = copy.deepcopy(get_role_permissions(meta, user=user, is_owner=is_owner))
    permissions["submit"] = permissions["submit"] and cint(meta.is_submittable)
    permissions["import"] = permissions["import"] and cint(meta.allow_import)
    permissions.update(permissions["if_owner"])
    if not has_user_permission(doc, user):
        return {**permissions["if_owner"], "create": 0} if is_owner else {}
    return permissions


def get_role_permissions(doctype_meta, user=None, is_owner=None):
    """Return what the user's roles allow on a DocType; `if_owner` holds what only owners may."""
    meta = frappe.get_meta(doctype_meta) if isinstance(doctype_meta, str) else doctype_meta
    user = user or frappe.session.user
    if user == "Administrator":
        return dict.fromkeys(rights, 1)
    key = (meta.name, user, bool(is_owner))
    cached = frappe.local.role_permissions
    if key not in cached:
        roles = frappe.get_roles(user)
        rows = [p for p in meta.permissions or () if p.role in roles and cint(p.permlevel) == 0]
        has_if_owner = any(p.get("if_owner") for p in rows)
        perms = cached[key] = frappe._dict(if_owner={}, has_if_owner_enabled=has_if_owner)
        for ptype in rights:
            granting = [p for p in rows if p.get(ptype)]
            perms[ptype] = cint(bool(granting))
            if granting and all(p.get("if_owner") for p in granting) and ptype != "create":
                perms["if_owner"][ptype] = cint(bool(is_owner))
                perms[ptype] = cint(ptype in ("select", "read"))
    return cached[key]


def has_user_permission(doc, user=None):
    """Tell whether the user's User Permissions let the document, its links and its rows' links pass."""
    user_permissions = get_user_permissions(user)
    if not user_permissions:
        return True
    allowed = get_allowed_docs_for_doctype(user_permissions.get(doc.doctype, []), doc.doctype)
    if allowed and doc.name not in allowed:
        push_perm_check_log("Not allowed for {0}: {1}", _(doc.doctype), doc.name)
        return False
    is_strict = not doc.meta.issingle and frappe.get_system_settings("apply_strict_user_permissions")
    for document in (doc, *doc.get_all_children()):
        for df in document.meta.link_fields:
            value = document.get(df.fieldname)
            is_free = df.ignore_user_permissions or (not value and not is_strict)
            if is_free or df.options not in user_permissions:
                continue
            allowed = get_allowed_docs_for_doctype(user_permissions[df.options], doc.doctype)
            if allowed and value not in allowed:
                text = "You are not allowed to access this {0} record because it is linked to {1} '{2}' in "
                text += "row {4}, field {3}" if document.get("parentfield") else "field {3}"
                named = (_(document.doctype), _(df.options), value or _("empty"), _(df.label or df.fieldname))
                push_perm_check_log(text, *named, document.idx)
                return False
    return True


def has_controller_permissions(doc, ptype, user=None):
    """Ask the apps' `has_permission` hooks: they can refuse, not grant."""
    hooks = frappe.get_hooks("has_permission", {})
    for method in reversed(hooks.get(doc.doctype, []) + hooks.get("*", [])):
        answer = frappe.call(method, doc=doc, ptype=ptype, user=user or frappe.session.user)
        if answer is not None:
            return bool(answer)
    return True


def has_child_permission(child_doctype, ptype="read", child_doc=None, user=None, parent_doctype=None):
    parent_doctype = child_doc.parenttype if child_doc else parent_doctype
    names = (frappe.bold(parent_doctype), frappe.bold(child_doctype))
    if not parent_doctype:
        push_perm_check_log("Please specify a valid parent DocType for {1}", *names)
        return False
    meta = frappe.get_meta(parent_doctype)
    tables = [df for df in meta.get_table_fields() if df.options == child_doctype]
    if child_doc:
        tables = [df for df in tables if df.fieldname == child_doc.parentfield]
    if meta.istable or not tables:
        push_perm_check_log("{0} is not a valid parent DocType for {1}", *names)
        return False
    level = cint(tables[0].permlevel)
    if child_doc and level and level not in meta.get_permlevel_access(ptype, user=user):
        push_perm_check_log("Insufficient Permission Level for {0}", *names)
        return False
    parent = child_doc and (getattr(child_doc, "parent_doc", None) or child_doc.parent)
    return _has_permission(parent_doctype, ptype, parent, user, None)


def get_roles(user=None):
    user = user or frappe.session.user
    if user == "Guest" or not user:
        return ["Guest"]

    def read():
        if user == "Administrator":
            return frappe.get_all("Role", pluck="name")
        filters = {"parenttype": "User", "parent": user, "role": ["not in", AUTOMATIC_ROLES]}
        is_system_user = frappe.db.get_value("User", user, "user_type", cache=True) == "System User"
        roles = frappe.get_all("Has Role", filters=filters, pluck="role", order_by="idx asc")
        return [*roles, "All", "Guest", *([SYSTEM_USER_ROLE] if is_system_user else [])]

    return frappe.cache.hget("roles", user, read)


def add_permission(doctype, role, permlevel=0, ptype=None):
    """Give a role a permission (read, unless told otherwise) on a DocType."""
    if not frappe.db.exists("Custom DocPerm", {"parent": doctype}):
        for row in frappe.get_all("DocPerm", fields=["*"], filters={"parent": doctype}):
            frappe.new_doc("Custom DocPerm").update(row).insert(ignore_permissions=True)
    row = {"parent": doctype, "role": role, "permlevel": permlevel, "if_owner": 0}
    if not frappe.db.exists("Custom DocPerm", row):
        frappe.get_doc(doctype="Custom DocPerm", **row, **{ptype or "read": 1}).insert()


def get_allowed_docs_for_doctype(user_permissions, doctype):
    return [p.doc for p in user_permissions if not p.applicable_for or p.applicable_for == doctype]


def filter_allowed_docs_for_doctype(user_permissions, doctype):
    fitting = [p for p in user_permissions if not p.applicable_for or p.applicable_for == doctype]
    defaults = [p.doc for p in fitting if p.is_default or len(user_permissions) == 1]
    return [p.doc for p in fitting], defaults[-1] if defaults else None
