"""Documents shared with single users or everyone."""

import frappe
from frappe import _
from frappe.utils import cint


@frappe.whitelist()
def add(doctype, name, user=None, read=1, write=0, submit=0, share=0, everyone=0, notify=0):
    """Share a document, as the session user may."""
    return add_docshare(doctype, name, user, read, write, submit, share, everyone, notify=notify)


def add_docshare(
    doctype, name, user=None, read=1, write=0, submit=0, share=0, everyone=0, flags=None, notify=0
):
    """Share a document; reading always comes with it."""
    user = user or frappe.session.user
    if not (flags or {}).get("ignore_share_permission"):
        check_share_permission(doctype, name)
    existing = get_share_name(doctype, name, user, everyone)
    if existing:
        doc = frappe.get_doc("DocShare", existing)
    else:
        doc = frappe.new_doc("DocShare")
        doc.update({"user": user, "share_doctype": doctype, "share_name": name, "everyone": cint(everyone)})
    doc.flags.update(flags or {})
    doc.update({"read": 1, "write": cint(write), "submit": cint(submit), "share": cint(share)})
    return doc.save(ignore_permissions=True)


def remove(doctype, name, user, flags=None):
    """Stop sharing a document with a user."""
    existing = get_share_name(doctype, name, user, everyone=0)
    if existing:
        frappe.delete_doc("DocShare", existing, flags=flags)


@frappe.whitelist()
def set_permission(doctype, name, user, permission_to, value=1, everyone=0):
    """Change one right of a share, as the session user may."""
    return set_docshare_permission(doctype, name, user, permission_to, value=value, everyone=everyone)


def set_docshare_permission(doctype, name, user, permission_to, value=1, everyone=0, flags=None):
    """Change one right of a share; a share without rights goes."""
    if not (flags or {}).get("ignore_share_permission"):
        check_share_permission(doctype, name)
    value = int(value)
    existing = get_share_name(doctype, name, user, everyone)
    if not existing:
        if not value:
            return None
        return add_docshare(doctype, name, user, everyone=everyone, flags=flags, **{permission_to: 1})
    share = frappe.get_doc("DocShare", existing)
    share.flags.update(flags or {}, ignore_permissions=True)
    share.set(permission_to, value)
    if not value and permission_to == "read":
        share.read = share.write = share.submit = share.share = 0
    share.save()
    if not (share.read or share.write or share.submit or share.share):
        share.delete()
        return None
    return share


@frappe.whitelist()
def get_users(doctype: str, name: str) -> list:
    """Return the shares of a document that the session user may read."""
    doc = frappe.get_doc(doctype, name)
    if not frappe.permissions.has_permission(doctype, "read", doc, raise_exception=False):
        return []
    fields = ["name", "user", "read", "write", "submit", "share", "everyone", "owner", "creation"]
    return frappe.get_all("DocShare", fields=fields, filters={"share_doctype": doctype, "share_name": name})


def get_shared(doctype, user=None, rights=None, *, filters=None, limit=None):
    """Return the names of a DocType's documents that are shared with the user."""
    user = user or frappe.session.user
    conditions = [[right, "=", 1] for right in rights or ["read"]]
    conditions += [["share_doctype", "=", doctype], *(filters or [])]
    or_filters = [["user", "=", user]]
    if user != "Guest":
        or_filters.append(["everyone", "=", 1])
    return frappe.get_all(
        "DocShare",
        filters=conditions,
        or_filters=or_filters,
        order_by=None,
        limit_page_length=limit,
        pluck="share_name",
    )


def get_shared_doctypes(user=None):
    """Return the DocTypes of which the user has shared documents."""
    table = frappe.qb.DocType("DocShare")
    query = frappe.qb.from_(table).where((table.user == (user or frappe.session.user)) | (table.everyone == 1))
    return query.select(table.share_doctype).distinct().run(pluck=True)


def get_share_name(doctype, name, user, everyone):
    """Return the share of a document with a user or with everyone."""
    filters = {"share_name": name, "share_doctype": doctype}
    filters.update({"everyone": 1} if cint(everyone) else {"user": user})
    return frappe.db.get_value("DocShare", filters)


def check_share_permission(doctype, name):
    """Raise unless the user may share the document."""
    if not frappe.has_permission(doctype, ptype="share", doc=name):
        frappe.throw(_("No permission to {0} {1} {2}").format("share", doctype, name), frappe.PermissionError)
