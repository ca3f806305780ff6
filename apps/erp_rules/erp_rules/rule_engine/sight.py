"""Who may see a document: by right, or with the eyes of somebody they stand in for, which is kept (2.8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.permissions import get_user_permissions
from frappe.utils import now

from erp_rules.rule_engine import controls, records, scope, transitions

_LOG = ("name", "owner", "creation", "modified", "modified_by", "docstatus", "idx")
_LOGGED = ("user", "export_from", "reference_document", "timestamp", "method", "page")


def seen_for(doc) -> str | None:
    """Return with whose eyes the session user may see `doc` (None: their own); raise `PermissionError` if with none.

    Only a document on which the user may act for that person now is seen this way.
    """
    if doc.has_permission("read"):
        return None
    if controls.control_of(doc.doctype) is not None:
        for choice in transitions.choices(doc):
            if choice.on_behalf_of and frappe.has_permission(
                doc.doctype, "read", doc=doc, user=choice.on_behalf_of
            ):
                frappe.clear_messages()
                return choice.on_behalf_of
    doc.check_permission("read")
    return None


def require_sight(doc) -> None:
    """Raise `PermissionError` unless the user may read `doc`, or may act on it for somebody who may."""
    seen_for(doc)


def require_sight_of_links(doc, stored) -> None:
    """Raise `PermissionError` when `doc` newly names a document that user permissions hide from the session user.

    Links that are said to ignore user permissions stay out of it; one query per DocType that is linked to.
    """
    if not get_user_permissions(frappe.session.user):
        return
    named: dict[str, dict[str, str]] = {}
    for row, before in _with_stored(doc, stored):
        for df in row.meta.get_link_fields():
            value = row.get(df.fieldname)
            is_new = value and (before is None or before.get(df.fieldname) != value)
            if is_new and not df.ignore_user_permissions and scope.is_governed(df.options):
                named.setdefault(df.options, {}).setdefault(value, df.label)
    for doctype, labels in named.items():
        if not frappe.has_permission(doctype, "read"):  # by role: what the app itself links to
            continue
        for name in sorted(set(labels) - set(records.readable(doctype, labels))):
            frappe.throw(
                _("{0}: you may not see {1} {2}.").format(_(labels[name]), _(doctype), name),
                frappe.PermissionError,
            )


def _with_stored(doc, stored) -> Iterator[tuple]:
    """Yield the document and its rows, each with what is stored of it."""
    yield doc, stored
    for df in doc.meta.get_table_fields():
        before = {row.name: row for row in stored.get(df.fieldname) or []} if stored else {}
        for row in doc.get(df.fieldname) or []:
            yield row, before.get(row.name)


@contextmanager
def eyes_of(principal: str | None) -> Iterator[None]:
    """Let permissions be those of `principal` in this block, which only reads; None changes nothing."""
    own = frappe.session.user
    frappe.session.user = principal or own
    try:
        yield
    finally:
        frappe.session.user = own


def keep_reading(doc, principal: str) -> None:
    """Keep in the access log that the session user read `doc` for `principal`, also when nothing else is written."""
    user, moment = frappe.session.user, now()
    row = (
        *(frappe.generate_hash(length=10), user, moment, moment, user, 0, 0),
        *(user, doc.doctype, doc.name, moment, "GET", f"on behalf of {principal}"),
    )

    def write() -> None:
        if row not in written:
            written.append(row)
            frappe.db.bulk_insert("Access Log", fields=[*_LOG, *_LOGGED], values=[row])
            frappe.db.commit()

    written: list[tuple] = []
    frappe.db.after_commit.add(write)
    frappe.db.after_rollback.add(write)
