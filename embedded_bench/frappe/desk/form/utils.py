"""Comments from forms."""

from __future__ import annotations

import frappe
from frappe.utils import get_fullname


@frappe.whitelist(methods=["POST", "PUT"])
def add_comment(
    reference_doctype: str,
    reference_name: str,
    content: str,
    comment_email: str | None = None,
    comment_by=None,
):
    """Add the session user's comment to a document that they may read."""
    doc = frappe.get_doc(reference_doctype, reference_name)
    doc.check_permission()
    user = frappe.session.user
    return doc.add_comment(
        "Comment", frappe.utils.sanitize_html(content), comment_email=user, comment_by=get_fullname(user)
    )
