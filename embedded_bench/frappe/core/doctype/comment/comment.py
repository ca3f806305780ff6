"""Comment: what people and the system say about a document."""

import frappe
from frappe.model.document import Document


class Comment(Document):
    no_feed_on_delete = True

    def validate(self):
        self.comment_email = self.comment_email or frappe.session.user
        self.content = frappe.utils.sanitize_html(self.content, always_sanitize=True)


def on_doctype_update():
    frappe.db.add_index("Comment", ["reference_doctype", "reference_name"])
