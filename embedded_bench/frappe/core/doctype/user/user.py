"""User: who logs in, with which roles."""

import frappe
import frappe.share
from frappe import STANDARD_USERS, _
from frappe.model.document import Document
from frappe.sessions import clear_sessions
from frappe.utils import cint, today
from frappe.utils.password import update_password


class User(Document):
    def autoname(self):
        self.email = (self.email or "").strip().lower()
        if self.name not in STANDARD_USERS:
            self.name = self.email

    def validate(self):
        self.flags.new_password, self.new_password = self.new_password, ""
        if self.name not in STANDARD_USERS:
            frappe.utils.validate_email_address(self.email, throw=True)
        self.full_name = " ".join(filter(None, (self.first_name, self.middle_name, self.last_name)))
        is_off = not cint(self.enabled) and not self.is_new()
        if is_off and self.name in ("Administrator", frappe.session.user):
            frappe.throw(_("User {0} cannot be disabled").format(self.name))
        if self.role_profile_name:
            profile = frappe.get_cached_doc("Role Profile", self.role_profile_name)
            self.set("roles", [{"role": row.role} for row in profile.roles])
        known = frappe.get_all("Role", filters={"disabled": 0}, fields=["name", "desk_access"])
        desk_access = {role.name: role.desk_access for role in known}
        kept = {row.role: row for row in reversed(self.roles) if row.role in desk_access}
        for row in list(self.roles):
            if kept.get(row.role) is not row:
                self.remove(row)
        if self.name not in STANDARD_USERS:
            self.user_type = "System User" if any(desk_access[role] for role in kept) else "Website User"

    def on_update(self):
        self.save_new_password()
        frappe.clear_cache(user=self.name)
        frappe.cache.hdel("roles", self.name)
        frappe.local.role_permissions = {}
        if not cint(self.enabled):
            clear_sessions(user=self.name, force=True)
        if self.name not in STANDARD_USERS:
            rights = {"write": 1, "share": 1, "flags": {"ignore_share_permission": True}}
            frappe.share.add_docshare(self.doctype, self.name, self.name, **rights)

    def save_new_password(self):
        """Store a password that was set with this save, checked against the policy."""
        password = self.flags.pop("new_password", None)
        if not password:
            return
        if frappe.get_system_settings("enable_password_policy") and not self.flags.ignore_password_policy:
            has_both = any(c.isdigit() for c in password) and any(c.isalpha() for c in password)
            personal = [part.lower() for part in (self.email, self.first_name, self.last_name) if part]
            is_easy = len(set(password)) < 4 or any(len(p) > 3 and p in password.lower() for p in personal)
            if len(password) < 8 or not has_both or is_easy:
                text = _(
                    "The password needs 8 characters or more, letters and digits, and not your own name."
                )
                frappe.throw(text, title=_("Invalid Password"))
        is_change = cint(self.logout_all_sessions) and not self.flags.in_insert
        update_password(user=self.name, pwd=password, logout_all_sessions=is_change)
        self.db_set("last_password_reset_date", today(), update_modified=False)

    def append_roles(self, *roles):
        """Add roles that the user does not have yet."""
        for role in roles:
            if role not in [row.role for row in self.roles]:
                self.append("roles", {"role": role})


def get_permission_query_conditions(user):
    names = ", ".join(frappe.db.escape(name) for name in STANDARD_USERS)
    return "" if user == "Administrator" else f"`tabUser`.`name` not in ({names})"


def has_permission(doc, user):
    return user == "Administrator" or doc.name not in STANDARD_USERS
