"""User: who logs in, with which roles."""

import frappe
import frappe.share
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, now_datetime, today

STANDARD_USERS = frappe.STANDARD_USERS


class User(Document):
    """One person (or program) that logs in."""

    def autoname(self):
        self.email = (self.email or "").strip().lower()
        if self.name not in STANDARD_USERS:
            self.name = self.email

    def validate(self):
        self.__new_password = self.new_password
        self.new_password = ""
        if self.name not in STANDARD_USERS:
            frappe.utils.validate_email_address(self.email, throw=True)
        self.set_full_name()
        self.full_name = self.full_name.strip()
        if self.name in ("Administrator", frappe.session.user) and not cint(self.enabled) and not self.is_new():
            frappe.throw(_("User {0} cannot be disabled").format(self.name))
        if self.role_profile_name:
            profile = frappe.get_cached_doc("Role Profile", self.role_profile_name)
            self.set("roles", [])
            self.append_roles(*[row.role for row in profile.roles])
        self.remove_disabled_roles()
        self.validate_roles()
        self.set_system_user()

    def set_full_name(self):
        """Put the name parts together."""
        self.full_name = " ".join(filter(None, (self.first_name, self.middle_name, self.last_name)))

    def remove_disabled_roles(self):
        """A role that is disabled gives nothing."""
        disabled = set(frappe.get_all("Role", filters={"disabled": 1}, pluck="name"))
        for row in list(self.roles):
            if row.role in disabled:
                self.remove(row)

    def validate_roles(self):
        """Name every role once."""
        seen = set()
        for row in list(self.roles):
            if row.role in seen:
                self.remove(row)
            seen.add(row.role)

    def set_system_user(self):
        """Whoever has a role with desk access is a system user."""
        if self.name == "Guest":
            self.user_type = "Website User"
            return
        names = [row.role for row in self.roles]
        with_desk = names and frappe.get_all("Role", filters={"name": ["in", names], "desk_access": 1}, limit=1)
        self.user_type = "System User" if with_desk or self.name == "Administrator" else "Website User"

    def on_update(self):
        self.save_new_password()
        frappe.clear_cache(user=self.name)
        frappe.cache.hdel("roles", self.name)
        frappe.local.role_permissions = {}
        if not cint(self.enabled):
            from frappe.sessions import clear_sessions

            clear_sessions(user=self.name, force=True)
        self.share_with_self()

    def share_with_self(self):
        """Every user may read and write the own record."""
        if self.name in STANDARD_USERS:
            return
        frappe.share.add_docshare(
            self.doctype, self.name, self.name, write=1, share=1, flags={"ignore_share_permission": True}
        )

    def save_new_password(self):
        """Store a password that was set with this save, checked against the policy."""
        password = self.__dict__.pop("_User__new_password", None)
        if not password:
            return
        from frappe.utils.password import update_password

        if not (self.flags.ignore_password_policy or frappe.flags.in_install):
            self.check_password(password)
        update_password(
            user=self.name, pwd=password, logout_all_sessions=cint(self.logout_all_sessions) and not self.flags.in_insert
        )
        self.db_set("last_password_reset_date", today(), update_modified=False)

    def check_password(self, password):
        """Raise when the site's policy finds the password too weak."""
        if not frappe.get_system_settings("enable_password_policy"):
            return
        from frappe.core.doctype.user.password_policy import explain_weakness

        weakness = explain_weakness(password, (self.email, self.first_name, self.last_name))
        if weakness:
            frappe.throw(weakness, title=_("Invalid Password"))

    def on_trash(self):
        if self.name in STANDARD_USERS:
            frappe.throw(_("User {0} cannot be deleted").format(self.name))
        frappe.db.delete("DocShare", {"user": self.name})
        frappe.db.delete("User Permission", {"user": self.name})
        frappe.db.delete("DefaultValue", {"parent": self.name})
        frappe.clear_cache(user=self.name)

    def append_roles(self, *roles):
        """Add roles that the user does not have yet."""
        current = {row.role for row in self.roles}
        for role in roles:
            if role not in current:
                self.append("roles", {"role": role})

    def add_roles(self, *roles):
        """Add roles and save."""
        self.append_roles(*roles)
        self.save()

    def remove_roles(self, *roles):
        """Take roles away and save."""
        for row in list(self.roles):
            if row.role in roles:
                self.remove(row)
        self.save()


@frappe.whitelist(methods=["POST"])
def generate_keys(user: str):
    """Give a user a new API secret and return it: it is not shown again."""
    frappe.only_for("System Manager")
    document = frappe.get_doc("User", user)
    secret = frappe.generate_hash(length=15)
    document.api_key = document.api_key or frappe.generate_hash(length=15)
    document.api_secret = secret
    document.save()
    return {"api_secret": secret}


@frappe.whitelist(methods=["POST"])
def update_password(new_password: str, logout_all_sessions: int = 0, key: str | None = None, old_password: str | None = None):
    """Change the session user's own password; the old one must be right."""
    from frappe.utils.password import check_password

    if frappe.session.user == "Guest" or not old_password:
        frappe.throw(_("Cannot Update: Incorrect / Expired Link."), frappe.PermissionError)
    check_password(frappe.session.user, old_password)
    user = frappe.get_doc("User", frappe.session.user)
    user.new_password = new_password
    user.logout_all_sessions = cint(logout_all_sessions)
    user.flags.ignore_permissions = True
    user.save()
    return "/app"


def get_permission_query_conditions(user):
    """Hide the standard users from everybody but Administrator."""
    if user == "Administrator":
        return ""
    names = ", ".join(frappe.db.escape(name) for name in STANDARD_USERS)
    return f"`tabUser`.`name` not in ({names})"


def has_permission(doc, user):
    """Refuse the standard users to everybody but Administrator."""
    return not (user != "Administrator" and doc.name in STANDARD_USERS)


def touch_last_active(user):
    """Note that a user did something."""
    frappe.db.set_value("User", user, "last_active", now_datetime(), update_modified=False)
