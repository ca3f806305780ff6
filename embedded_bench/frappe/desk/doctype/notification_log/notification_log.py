"""Notification Log: what a user is told inside the application."""

import frappe
from frappe.model.document import Document


class NotificationLog(Document):
    """One message to one user."""

    no_feed_on_delete = True


def get_permission_query_conditions(for_user):
    """Show users their own messages."""
    for_user = for_user or frappe.session.user
    if for_user == "Administrator":
        return None
    return f"(`tabNotification Log`.`for_user` = {frappe.db.escape(for_user)})"


def enqueue_create_notification(users, doc):
    """Tell users (names or addresses), after commit."""
    if frappe.flags.in_import or frappe.flags.in_install:
        return
    users = [users] if isinstance(users, str) else list(users)
    frappe.enqueue(
        "frappe.desk.doctype.notification_log.notification_log.make_notification_logs",
        doc=dict(doc),
        users=users,
        now=frappe.flags.in_test,
        enqueue_after_commit=not frappe.flags.in_test,
    )


def make_notification_logs(doc, users):
    """Write one message per enabled user."""
    enabled = frappe.get_all("User", filters={"name": ["in", users], "enabled": 1}, pluck="name")
    for user in dict.fromkeys(user for user in users if user in enabled):
        log = frappe.new_doc("Notification Log")
        log.update(doc)
        log.for_user = user
        if log.for_user != log.from_user or log.type == "Alert":
            log.insert(ignore_permissions=True)


@frappe.whitelist(methods=["POST"])
def mark_as_read(docname: str):
    """Mark one of the session user's messages as read."""
    filters = {"name": docname, "for_user": frappe.session.user}
    frappe.db.set_value("Notification Log", filters, "read", 1, update_modified=False)


@frappe.whitelist(methods=["POST"])
def mark_all_as_read():
    """Mark all of the session user's messages as read."""
    filters = {"read": 0, "for_user": frappe.session.user}
    frappe.db.set_value("Notification Log", filters, "read", 1, update_modified=False)
