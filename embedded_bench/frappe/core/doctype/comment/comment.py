"""Comment: what people and the system say about a document."""

import json

import frappe
from frappe.model.document import Document

KEPT_IN_DOCUMENT = 100


class Comment(Document):
    """One comment; those of people are also kept, shortened, in the document's `_comments`."""

    no_feed_on_delete = True

    def validate(self):
        if not self.comment_email:
            self.comment_email = frappe.session.user
        self.content = frappe.utils.sanitize_html(self.content, always_sanitize=True)

    def on_update(self):
        if self.comment_type == "Comment" and self.content:
            comments = [c for c in self._stored() if c.get("name") != self.name]
            short = self.content if len(self.content) <= 100 else f"{self.content[:97]}..."
            comments.append({"comment": short, "by": self.comment_email or self.owner, "name": self.name})
            self._store(comments)

    def on_trash(self):
        if self.comment_type == "Comment":
            self._store([c for c in self._stored() if c.get("name") != self.name])

    def _stored(self):
        if not self._has_document():
            return []
        return json.loads(frappe.db.get_value(self.reference_doctype, self.reference_name, "_comments") or "[]")

    def _store(self, comments):
        if self._has_document():
            frappe.db.sql(
                f"UPDATE `tab{self.reference_doctype}` SET `_comments`=%s WHERE `name`=%s",
                (json.dumps(comments[-KEPT_IN_DOCUMENT:]), self.reference_name),
            )

    def _has_document(self):
        return bool(
            self.reference_doctype
            and self.reference_name
            and not frappe.get_meta(self.reference_doctype).issingle
            and frappe.db.has_column(self.reference_doctype, "_comments")
        )


def on_doctype_update():
    frappe.db.add_index("Comment", ["reference_doctype", "reference_name"])
