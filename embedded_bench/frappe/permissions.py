"""Who may do what: role rows, ownership, user permissions, shares and the apps' own say."""

import copy
import functools

import frappe
import frappe.share
from frappe import _, msgprint
from frappe.utils import cint

rights = (
    "select", "read", "write", "create", "delete", "submit", "cancel", "amend", "print", "email", "report",
    "import", "export", "share",
)  # fmt: skip
GUEST_ROLE = "Guest"
ALL_USER_ROLE = "All"
SYSTEM_USER_ROLE = "Desk User"
ADMIN_ROLE = "Administrator"
AUTOMATIC_ROLES = (GUEST_ROLE, ALL_USER_ROLE, SYSTEM_USER_ROLE, ADMIN_ROLE)
SHAREABLE = ("read", "write", "share", "submit", "email", "print")


def _explain_refusal(func):
    """Show why the session user was refused, unless the caller says `raise_exception=False`."""

    @functools.wraps(func)
    def inner(*args, **kwargs):
        speaks = kwargs.get("raise_exception", True)
        is_self = not kwargs.get("user") or kwargs["user"] == frappe.session.user
        if speaks:
            frappe.flags["has_permission_check_logs"] = []
        result = func(*args, **kwargs)
        if speaks:
            reasons = frappe.flags.pop("has_permission_check_logs", None) or []
            if not result and is_self:
                msgprint("<br>".join(reasons))
        return result

    return inner


def push_perm_check_log(log, debug=False):
    """Note a reason of refusal."""
    logs = frappe.flags.get("has_permission_check_logs")
    if logs is not None:
        logs.append(log)


@_explain_refusal
def has_permission(
    doctype, ptype="read", doc=None, user=None, raise_exception=True, *, parent_doctype=None, debug=False
):
    """Tell whether the user has a permission on a DocType or on one document."""
    user = user or frappe.session.user
    if user == "Administrator":
        return True
    if ptype == "share" and frappe.get_system_settings("disable_document_sharing"):
        return False
    if not doc and hasattr(doctype, "doctype"):
        doc, doctype = doctype, doctype.doctype
    if frappe.is_table(doctype):
        return has_child_permission(doctype, ptype, doc, user, raise_exception, parent_doctype)
    meta = frappe.get_meta(doctype)
    if doc:
        if isinstance(doc, (str, int)):
            doc = frappe.get_doc(meta.name, doc)
        perm = get_doc_permissions(doc, user=user, ptype=ptype).get(ptype)
        if not perm:
            reason = _("User {0} does not have access to this document").format(frappe.bold(user))
            if frappe.has_permission(doc.doctype):
                reason += f": {_(doc.doctype)} - {doc.name}"
            push_perm_check_log(reason)
    else:
        if ptype == "submit" and not cint(meta.is_submittable):
            push_perm_check_log(_("Document Type is not submittable"))
            return False
        if ptype == "import" and not cint(meta.allow_import):
            push_perm_check_log(_("Document Type is not importable"))
            return False
        perm = get_role_permissions(meta, user=user).get(ptype)
        if not perm:
            push_perm_check_log(
                _("User {0} does not have doctype access via role permission for document {1}").format(
                    frappe.bold(user), frappe.bold(_(doctype))
                )
            )
    return bool(perm or _is_shared(doctype, ptype, doc, user))


def _is_shared(doctype, ptype, doc, user):
    if ptype not in SHAREABLE:
        return False
    right = "read" if ptype in ("email", "print") else ptype
    filters = [["share_name", "=", get_doc_name(doc)]] if doc else None
    return bool(frappe.share.get_shared(doctype, user, rights=[right], filters=filters, limit=1))


def get_doc_permissions(doc, user=None, ptype=None, debug=False):
    """Return what the user may do with one document, as {permission: 0 or 1}."""
    user = user or frappe.session.user
    meta = frappe.get_meta(doc.doctype)
    is_owner = (doc.get("owner") or "").lower() == user.lower()
    if not has_controller_permissions(doc, ptype, user=user):
        push_perm_check_log(_("Not allowed via controller permission check"))
        return {ptype: 0}
    permissions = copy.deepcopy(get_role_permissions(meta, user=user, is_owner=is_owner))
    if not cint(meta.is_submittable):
        permissions["submit"] = 0
    if not cint(meta.allow_import):
        permissions["import"] = 0
    if permissions.get("has_if_owner_enabled"):
        permissions.update(permissions.get("if_owner", {}))
    if not has_user_permission(doc, user):
        permissions = permissions.get("if_owner", {}) if is_owner else {}
        if is_owner:
            permissions["create"] = 0
    return permissions


def get_role_permissions(doctype_meta, user=None, is_owner=None, debug=False):
    """Return what the user's roles allow on a DocType; `if_owner` holds what only owners may."""
    if isinstance(doctype_meta, str):
        doctype_meta = frappe.get_meta(doctype_meta)
    user = user or frappe.session.user
    if user == "Administrator":
        return allow_everything()
    key = (doctype_meta.name, user, bool(is_owner))
    cached = frappe.local.role_permissions
    if not cached.get(key):
        roles = frappe.get_roles(user)
        rows = [p for p in doctype_meta.permissions or () if p.role in roles and cint(p.permlevel) == 0]
        has_if_owner = any(p.get("if_owner") for p in rows)
        perms = frappe._dict(if_owner={}, has_if_owner_enabled=has_if_owner)
        for ptype in rights:
            allowed = any(p.get(ptype) for p in rows)
            perms[ptype] = cint(allowed)
            is_free = any(p.get(ptype) and not p.get("if_owner") for p in rows)
            if allowed and has_if_owner and not is_free and ptype != "create":
                perms["if_owner"][ptype] = cint(bool(is_owner))
                perms[ptype] = 1 if ptype in ("select", "read") else 0
        cached[key] = perms
    return cached[key]


def get_user_permissions(user):
    """Return the user's User Permissions by DocType."""
    from frappe.core.doctype.user_permission.user_permission import get_user_permissions

    return get_user_permissions(user)


def has_user_permission(doc, user=None, debug=False):
    """Tell whether the user's User Permissions let the document and its links pass."""
    user_permissions = get_user_permissions(user)
    if not user_permissions:
        return True
    is_strict = not doc.meta.issingle and frappe.get_system_settings("apply_strict_user_permissions")
    doctype, name = doc.get("doctype"), doc.get("name")
    if doctype in user_permissions:
        allowed = get_allowed_docs_for_doctype(user_permissions[doctype], doctype)
        if allowed and str(name) not in allowed:
            push_perm_check_log(_("Not allowed for {0}: {1}").format(_(doctype), name))
            return False
    return all(
        _links_are_allowed(document, doctype, user_permissions, is_strict)
        for document in (doc, *doc.get_all_children())
    )


def _links_are_allowed(document, doctype, user_permissions, is_strict):
    meta = frappe.get_meta(document.get("doctype"))
    for df in meta.link_fields:
        value = document.get(df.fieldname)
        if df.ignore_user_permissions or (not value and not is_strict) or df.options not in user_permissions:
            continue
        allowed = get_allowed_docs_for_doctype(user_permissions[df.options], doctype)
        if not allowed or value in allowed:
            continue
        named = (_(meta.name), _(df.options), value or _("empty"))
        label = _(df.label) if df.label else df.fieldname
        if document.get("parentfield"):
            reason = _(
                "You are not allowed to access this {0} record because it is linked to {1} '{2}' in row {3}, field {4}"
            ).format(*named, document.idx, label)
        else:
            reason = _(
                "You are not allowed to access this {0} record because it is linked to {1} '{2}' in field {3}"
            ).format(*named, label)
        push_perm_check_log(reason)
        return False
    return True


def has_controller_permissions(doc, ptype, user=None, debug=False):
    """Ask the apps' `has_permission` hooks: they can refuse, not grant."""
    user = user or frappe.session.user
    hooks = frappe.get_hooks("has_permission", {})
    for method in reversed(hooks.get(doc.doctype, []) + hooks.get("*", [])):
        answer = frappe.call(method, doc=doc, ptype=ptype, user=user, debug=debug)
        if answer is not None:
            return bool(answer)
    return True


def has_child_permission(
    child_doctype, ptype="read", child_doc=None, user=None, raise_exception=True, parent_doctype=None
):
    """Check the parent's permission for a row or child DocType."""
    if isinstance(child_doc, str):
        columns = ("parent", "parenttype", "parentfield")
        child_doc = frappe.db.get_value(child_doctype, child_doc, columns, as_dict=True)
    if child_doc:
        parent_doctype = child_doc.parenttype
    bold_child = frappe.bold(child_doctype)
    if not parent_doctype:
        push_perm_check_log(_("Please specify a valid parent DocType for {0}").format(bold_child))
        return False
    parent_meta = frappe.get_meta(parent_doctype)
    fieldnames = [df.fieldname for df in parent_meta.get_table_fields() if df.options == child_doctype]
    if parent_meta.istable or not fieldnames:
        push_perm_check_log(
            _("{0} is not a valid parent DocType for {1}").format(frappe.bold(parent_doctype), bold_child)
        )
        return False
    if child_doc:
        if child_doc.parentfield not in fieldnames:
            push_perm_check_log(
                _("{0} is not a valid parentfield for {1}").format(frappe.bold(child_doc.parentfield), bold_child)
            )
            return False
        level = cint(parent_meta.get_field(child_doc.parentfield).permlevel)
        if level and level not in parent_meta.get_permlevel_access(ptype, user=user):
            push_perm_check_log(
                _("Insufficient Permission Level for {0}").format(frappe.bold(parent_doctype))
            )
            return False
    parent = child_doc and (getattr(child_doc, "parent_doc", None) or child_doc.parent)
    return has_permission(parent_doctype, ptype, doc=parent, user=user, raise_exception=raise_exception)


def get_roles(user=None, with_standard=True):
    """Return the user's roles with those that everybody has."""
    user = user or frappe.session.user
    if user == "Guest" or not user:
        return [GUEST_ROLE]

    def read():
        if user == "Administrator":
            return frappe.get_all("Role", pluck="name")
        table = frappe.qb.DocType("Has Role")
        roles = (
            frappe.qb.from_(table)
            .where((table.parenttype == "User") & (table.parent == user))
            .where(table.role.notin(AUTOMATIC_ROLES))
            .select(table.role)
            .run(pluck=True)
        )
        automatic = [ALL_USER_ROLE, GUEST_ROLE] + [SYSTEM_USER_ROLE] * is_system_user(user)
        return [*roles, *automatic]

    roles = frappe.cache.hget("roles", user, read)
    return roles if with_standard else [role for role in roles if role not in AUTOMATIC_ROLES]


def is_system_user(user=None):
    """Tell whether the user may use the desk."""
    return frappe.get_cached_value("User", user or frappe.session.user, "user_type") == "System User"


def get_doctype_roles(doctype, access_type="read"):
    """Return the roles that have a permission on a DocType."""
    return [p.role for p in frappe.get_meta(doctype).permissions if p.get(access_type)]


def get_valid_perms(doctype=None, user=None):
    """Return the permission rows of level 0 that apply to the user."""
    filters = {"permlevel": 0, "docstatus": 0, "role": ["in", get_roles(user)]}
    if doctype:
        filters["parent"] = doctype
    customised = get_doctypes_with_custom_docperms()
    custom = frappe.get_all("Custom DocPerm", fields=["*"], filters=filters)
    standard = frappe.get_all("DocPerm", fields=["*"], filters=filters)
    return custom + [p for p in standard if p.parent not in customised]


def get_doctypes_with_custom_docperms():
    """Return the DocTypes whose permissions were changed on this site."""
    return frappe.get_all("Custom DocPerm", pluck="parent", distinct=True)


def get_all_perms(role):
    """Return the rows of a role on all DocTypes."""
    customised = get_doctypes_with_custom_docperms()
    custom = frappe.get_all("Custom DocPerm", fields=["*"], filters={"role": role})
    standard = frappe.get_all("DocPerm", fields=["*"], filters={"role": role})
    return custom + [p for p in standard if p.parent not in customised]


def add_user_permission(
    doctype, name, user, ignore_permissions=False, applicable_for=None, is_default=0, hide_descendants=0
):
    """Restrict a user to a document, unless that is so already."""
    from frappe.core.doctype.user_permission.user_permission import user_permission_exists

    if user_permission_exists(user, doctype, name, applicable_for):
        return
    if not frappe.db.exists(doctype, name):
        frappe.throw(_("{0} {1} not found").format(_(doctype), name), frappe.DoesNotExistError)
    frappe.get_doc(
        doctype="User Permission",
        user=user,
        allow=doctype,
        for_value=name,
        is_default=is_default,
        applicable_for=applicable_for,
        apply_to_all_doctypes=0 if applicable_for else 1,
        hide_descendants=hide_descendants,
    ).insert(ignore_permissions=ignore_permissions)


def remove_user_permission(doctype, name, user):
    """Lift a user's restriction to a document."""
    filters = {"user": user, "allow": doctype, "for_value": name}
    frappe.delete_doc("User Permission", frappe.db.get_value("User Permission", filters))


def clear_user_permissions_for_doctype(doctype, user=None):
    """Lift all restrictions to documents of a DocType."""
    filters = {"allow": doctype, **({"user": user} if user else {})}
    for name in frappe.get_all("User Permission", filters=filters, pluck="name"):
        frappe.delete_doc("User Permission", name)


def can_import(doctype, raise_exception=False):
    """Tell whether the user may import documents of a DocType."""
    allowed = "System Manager" in frappe.get_roles() or has_permission(doctype, "import")
    if not allowed and raise_exception:
        raise frappe.PermissionError(f"You are not allowed to import: {doctype}")
    return allowed


def can_export(doctype, raise_exception=False):
    """Tell whether the user may export documents of a DocType."""
    if "System Manager" in frappe.get_roles():
        return True
    perms = get_role_permissions(doctype)
    allowed = perms.get("export") or perms.get("if_owner", {}).get("export")
    if not allowed and raise_exception:
        raise frappe.PermissionError(_("You are not allowed to export {} doctype").format(doctype))
    return allowed


def setup_custom_perms(parent):
    """Copy a DocType's own permission rows to Custom DocPerm before the first change."""
    if frappe.db.exists("Custom DocPerm", {"parent": parent}):
        return None
    for row in frappe.get_all("DocPerm", fields=["*"], filters={"parent": parent}):
        frappe.new_doc("Custom DocPerm").update(row).insert(ignore_permissions=True)
    return True


def add_permission(doctype, role, permlevel=0, ptype=None):
    """Give a role a permission (read, unless told otherwise) on a DocType."""
    setup_custom_perms(doctype)
    filters = {"parent": doctype, "role": role, "permlevel": permlevel, "if_owner": 0}
    if frappe.db.get_value("Custom DocPerm", filters):
        return None
    row = frappe.get_doc(
        {
            "doctype": "Custom DocPerm",
            "__islocal": 1,
            "parent": doctype,
            "parenttype": "DocType",
            "parentfield": "permissions",
            "role": role,
            "permlevel": permlevel,
            ptype or "read": 1,
        }
    ).save()
    frappe.clear_cache(doctype=doctype)
    return row.name


def update_permission_property(doctype, role, permlevel, ptype, value=None, validate=True, if_owner=0):
    """Change one permission of a role on a DocType."""
    out = setup_custom_perms(doctype)
    filters = {"parent": doctype, "role": role, "permlevel": permlevel, "if_owner": if_owner}
    frappe.db.set_value("Custom DocPerm", filters, ptype, value)
    frappe.clear_cache(doctype=doctype)
    return out


def reset_perms(doctype):
    """Go back to the DocType's own permission rows."""
    frappe.db.delete("Custom DocPerm", {"parent": doctype})
    frappe.clear_cache(doctype=doctype)


def get_doc_name(doc):
    """Return the name of a document that is given as document or name."""
    if not doc:
        return None
    return doc if isinstance(doc, str) else str(doc.name)


def allow_everything():
    """Return all permissions."""
    return dict.fromkeys(rights, 1)


def get_allowed_docs_for_doctype(user_permissions, doctype):
    """Return the documents that the given User Permissions allow within a DocType."""
    return filter_allowed_docs_for_doctype(user_permissions, doctype, with_default_doc=False)


def filter_allowed_docs_for_doctype(user_permissions, doctype, with_default_doc=True):
    """Return the allowed documents and, if asked, the one new documents start with."""
    allowed, default = [], None
    for permission in user_permissions:
        if permission.get("applicable_for") and permission.get("applicable_for") != doctype:
            continue
        allowed.append(permission.get("doc"))
        if permission.get("is_default") or (len(user_permissions) == 1 and with_default_doc):
            default = permission.get("doc")
    return (allowed, default) if with_default_doc else allowed
