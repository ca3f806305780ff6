"""User Permission: which documents of a DocType a user is restricted to."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr


class UserPermission(Document):
    """One document that a user is restricted to."""

    def validate(self):
        same = {"allow": self.allow, "user": self.user, "name": ["!=", self.name]}
        duplicate = {
            **same,
            "for_value": self.for_value,
            "applicable_for": cstr(self.applicable_for),
            "apply_to_all_doctypes": self.apply_to_all_doctypes,
        }
        if frappe.get_all(self.doctype, filters=duplicate, limit=1):
            frappe.throw(_("User permission already exists"), frappe.DuplicateEntryError)
        if not self.is_default:
            return
        reach = {"applicable_for": cstr(self.applicable_for), "apply_to_all_doctypes": 1}
        overlapping = frappe.get_all(self.doctype, filters={**same, "is_default": 1}, or_filters=reach, limit=1)
        if overlapping:
            link = frappe.get_desk_link(self.doctype, overlapping[0].name)
            frappe.throw(_("{0} has already assigned default value for {1}.").format(link, self.allow))

    def on_update(self):
        self.clear_user_cache()

    def on_trash(self):
        self.clear_user_cache()

    def clear_user_cache(self):
        """Forget what was derived from the user's permissions."""
        frappe.cache.hdel("user_permissions", self.user)
        frappe.local.new_doc_templates = {}


@frappe.whitelist()
def get_user_permissions(user: str | None = None):
    """Return a user's permissions as {DocType: [{doc, applicable_for, is_default}]}.

    Over HTTP everybody gets only the own ones.
    """
    if getattr(frappe.local, "request", None) and frappe.local.form_dict.cmd == "get_user_permissions":
        user = frappe.session.user
    user = user or frappe.session.user
    if not user or user in ("Administrator", "Guest"):
        return {}
    cached = frappe.cache.hget("user_permissions", user)
    if cached is not None:
        return cached
    out = frappe._dict()
    fields = ["allow", "for_value", "applicable_for", "is_default", "hide_descendants"]
    for row in frappe.get_all("User Permission", fields=fields, filters={"user": user}):
        entry = {"doc": row.for_value, "applicable_for": row.applicable_for, "is_default": row.is_default}
        out.setdefault(row.allow, []).append(frappe._dict(entry))
        if frappe.get_meta(row.allow).is_nested_set() and not row.hide_descendants:
            for name in frappe.db.get_descendants(row.allow, row.for_value):
                out[row.allow].append(frappe._dict(entry, doc=name, is_default=False))
    frappe.cache.hset("user_permissions", user, out)
    return out


def user_permission_exists(user, allow, for_value, applicable_for=None):
    """Return the permission that restricts a user to a document, if there is one."""
    for permission in get_user_permissions(user).get(allow, []):
        if permission["doc"] == for_value and permission.get("applicable_for") == applicable_for:
            return permission
    return None


def get_permitted_documents(doctype):
    """Return the documents the session user is restricted to, the default one first."""
    permissions = get_user_permissions().get(doctype, [])
    return [p.get("doc") for p in sorted(permissions, key=lambda p: not p.get("is_default")) if p.get("doc")]
