"""What `frappe.get_user()` tells about a user."""

from __future__ import annotations

import frappe


class UserPermissions:
    """Roles and DocTypes of a user."""

    def __init__(self, name: str = ""):
        self.name = name or frappe.session.user

    def get_roles(self) -> list[str]:
        """Return the user's roles."""
        return frappe.get_roles(self.name)

    def has_role(self, role: str) -> bool:
        """Return whether the user has a role."""
        return role in self.get_roles()


def is_website_user(username: str | None = None) -> bool:
    """Return whether a user may only see the website."""
    return frappe.db.get_value("User", username or frappe.session.user, "user_type") == "Website User"


def is_system_user(username: str | None = None):
    """Return the name of an enabled desk user, None for others."""
    filters = {"email": username or frappe.session.user, "enabled": 1, "user_type": "System User"}
    return frappe.db.get_value("User", filters, "name")
