"""Documents shared with single users or everyone."""

import frappe
from frappe.utils import cint


def add_docshare(
    doctype, name, user=None, read=1, write=0, submit=0, share=0, everyone=0, flags=None, **more
):
    """Share a document; reading always comes with it."""
    target = {"share_doctype": doctype, "share_name": name}
    target.update({"everyone": 1} if cint(everyone) else {"user": user or frappe.session.user})
    existing = frappe.db.get_value("DocShare", target)
    doc = frappe.get_doc("DocShare", existing) if existing else frappe.new_doc("DocShare", **target)
    doc.flags.update(flags or {})
    doc.update({"read": 1, "write": cint(write), "submit": cint(submit), "share": cint(share)})
    return doc.save(ignore_permissions=True)


def remove(doctype, name, user, flags=None):
    target = {"share_doctype": doctype, "share_name": name, "user": user}
    if existing := frappe.db.get_value("DocShare", target):
        frappe.delete_doc("DocShare", existing, flags=flags)


def get_shared(doctype, user=None, rights=None, *, filters=None, limit=None):
    """Return the names of a DocType's documents that are shared with the user."""
    user = user or frappe.session.user
    granted = [[right, "=", 1] for right in rights or ["read"]]
    conditions = [["share_doctype", "=", doctype], *(filters or []), *granted]
    or_filters = [["user", "=", user]] + [["everyone", "=", 1]] * (user != "Guest")
    options = {"order_by": None, "limit_page_length": limit, "pluck": "share_name"}
    return frappe.get_all("DocShare", filters=conditions, or_filters=or_filters, **options)
