"""ToDo: a task, mostly for a document."""

import frappe
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES


class ToDo(Document):
    """Seen by whom it is for, by whom it is from, and by those who may see all."""


def on_doctype_update():
    frappe.db.add_index("ToDo", ["reference_type", "reference_name"])


def _sees_all(user, ptype="read"):
    roles = {row.role for row in frappe.get_meta("ToDo").permissions if row.get(ptype)} - {*AUTOMATIC_ROLES}
    return not roles.isdisjoint(frappe.get_roles(user))


def get_permission_query_conditions(user):
    quoted = frappe.db.escape(user or frappe.session.user)
    return "" if _sees_all(user) else f"{quoted} in (`tabToDo`.`allocated_to`, `tabToDo`.`assigned_by`)"


def has_permission(doc, ptype="read", user=None):
    user = user or frappe.session.user
    return _sees_all(user, ptype) or user in (doc.allocated_to, doc.assigned_by)
