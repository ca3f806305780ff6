"""The page of a user without an app of their own."""

from __future__ import annotations

import frappe
from frappe.sessions import get_csrf_token
from frappe.utils import get_fullname


def get_context(context):
    """Fill the page with the session user."""
    if frappe.session.user == "Guest":
        raise frappe.PermissionError
    context.update(title=get_fullname(), user=frappe.session.user, csrf_token=get_csrf_token())
    return context
