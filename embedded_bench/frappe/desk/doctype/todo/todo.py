"""ToDo: a task, mostly for a document."""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import AUTOMATIC_ROLES, get_doctype_roles
from frappe.utils import get_fullname


class ToDo(Document):
    """One task; open ones are listed in the document's `_assign`."""

    def validate(self):
        self._comment = None
        user = get_fullname(frappe.session.user)
        if self.is_new():
            if self.allocated_to and self.assigned_by:
                text = _("{0} assigned {1}: {2}").format(
                    get_fullname(self.assigned_by), get_fullname(self.allocated_to), self.description
                )
                self._comment = ("Assigned", text)
        elif self.has_value_changed("status"):
            if self.allocated_to == frappe.session.user:
                text = _("{0} removed their assignment.").format(user)
            else:
                text = _("Assignment of {0} removed by {1}").format(get_fullname(self.allocated_to), user)
            self._comment = ("Assignment Completed", text)

    def on_update(self):
        comment = getattr(self, "_comment", None)
        if comment and self.reference_type and self.reference_name:
            frappe.get_doc(self.reference_type, self.reference_name).add_comment(*comment)
        self.update_in_reference()

    def on_trash(self):
        self.update_in_reference()

    def update_in_reference(self):
        """Write the users with open tasks to the document."""
        if not (self.reference_type and self.reference_name) or frappe.get_meta(self.reference_type).issingle:
            return
        users = frappe.get_all(
            "ToDo",
            filters={
                "reference_type": self.reference_type,
                "reference_name": self.reference_name,
                "status": "Open",
                "allocated_to": ["is", "set"],
            },
            pluck="allocated_to",
            order_by="creation asc",
        )
        frappe.db.set_value(
            self.reference_type,
            self.reference_name,
            "_assign",
            json.dumps(users) if users else "",
            update_modified=False,
        )


def on_doctype_update():
    frappe.db.add_index("ToDo", ["reference_type", "reference_name"])


def _sees_all(user, ptype="read"):
    roles = set(get_doctype_roles("ToDo", ptype)) - set(AUTOMATIC_ROLES)
    return not roles.isdisjoint(frappe.get_roles(user))


def get_permission_query_conditions(user):
    """Show users their own tasks."""
    user = user or frappe.session.user
    if _sees_all(user):
        return None
    quoted = frappe.db.escape(user)
    return f"(`tabToDo`.`allocated_to` = {quoted} or `tabToDo`.`assigned_by` = {quoted})"


def has_permission(doc, ptype="read", user=None):
    """Open a task to whom it is for and who gave it."""
    user = user or frappe.session.user
    return _sees_all(user, ptype) or user in (doc.allocated_to, doc.assigned_by)
