"""Notification Log: what a user is told inside the application."""

import frappe
from frappe.model.document import Document


class NotificationLog(Document):
    no_feed_on_delete = True


def get_permission_query_conditions(for_user):
    for_user = for_user or frappe.session.user
    own = f"(`tabNotification Log`.`for_user` = {frappe.db.escape(for_user)})"
    return None if for_user == "Administrator" else own
