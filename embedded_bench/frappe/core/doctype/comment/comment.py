"""Comment: what people and the system say about a document."""

import json

import frappe
from frappe.model.document import Document

KEPT_IN_DOCUMENT = 100


class Comment(Document):
    no_feed_on_delete = True

    def validate(self):
        self.comment_email = self.comment_email or frappe.session.user
        self.content = frappe.utils.sanitize_html(self.content, always_sanitize=True)

    def on_update(self):
        short = self.content if len(self.content or "") <= 100 else f"{self.content[:97]}..."
        self._store([{"comment": short, "by": self.comment_email, "name": self.name}])

    def on_trash(self):
        self._store([])

    def _store(self, own):
        target = (self.reference_doctype, self.reference_name)
        if self.comment_type != "Comment" or not all(target) or frappe.get_meta(target[0]).issingle:
            return
        stored = json.loads(frappe.db.get_value(*target, "_comments") or "[]")
        comments = [comment for comment in stored if comment.get("name") != self.name] + own
        frappe.db.set_value(
            *target, "_comments", json.dumps(comments[-KEPT_IN_DOCUMENT:]), update_modified=False
        )


def on_doctype_update():
    frappe.db.add_index("Comment", ["reference_doctype", "reference_name"])
