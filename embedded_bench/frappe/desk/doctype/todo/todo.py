"""ToDo: a task, mostly for a document."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES, get_doctype_roles
from frappe.utils import get_fullname


class ToDo(Document):
    def on_update(self):
        if not self.is_new() and self.reference_name and self.has_value_changed("status"):
            names = (get_fullname(self.allocated_to), get_fullname(frappe.session.user))
            text = _("Assignment of {0} removed by {1}").format(*names)
            frappe.get_doc(self.reference_type, self.reference_name).add_comment("Assignment Completed", text)


def on_doctype_update():
    frappe.db.add_index("ToDo", ["reference_type", "reference_name"])


def _sees_all(user, ptype="read"):
    roles = set(get_doctype_roles("ToDo", ptype)) - set(AUTOMATIC_ROLES)
    return not roles.isdisjoint(frappe.get_roles(user))


def get_permission_query_conditions(user):
    quoted = frappe.db.escape(user or frappe.session.user)
    own = f"(`tabToDo`.`allocated_to` = {quoted} or `tabToDo`.`assigned_by` = {quoted})"
    return None if _sees_all(user) else own


def has_permission(doc, ptype="read", user=None):
    user = user or frappe.session.user
    return _sees_all(user, ptype) or user in (doc.allocated_to, doc.assigned_by)
