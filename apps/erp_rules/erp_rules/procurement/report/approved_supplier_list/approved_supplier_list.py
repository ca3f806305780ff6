"""The approved supplier list as of any date (4.1.1.3)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from erp_rules.clauses.chapter_4_1 import STOPPED, SupplierStatus
from erp_rules.masters.facts import supplier_status_as_of

FIELDS = ("name", "supplier_name", "supplier_kind", "address", "currency")


def execute(filters=None):
    """Return the columns and one row for each supplier that was approved at the end of the day `as_of`."""
    filters = frappe._dict(filters or {})
    statuses = {SupplierStatus.APPROVED, *(STOPPED if cint(filters.show_all) else ())}
    changes = supplier_status_as_of(getdate(filters.as_of or nowdate()))
    listed = {code: change for code, change in changes.items() if change.status in statuses}
    return columns(), rows(listed, filters.supplier_kind) if listed else []


def columns() -> list[dict]:
    """Return the columns of the list."""
    return [
        column("supplier", _("Supplier"), "Link", "Supplier", 120),
        column("supplier_name", _("Supplier Name"), width=220),
        column("supplier_kind", _("Supplier Kind"), width=110),
        column("status", _("Status"), width=100),
        column("since", _("Since"), "Date", width=100),
        column("contact_name", _("Contact"), width=110),
        column("phone", _("Phone"), width=120),
        column("address", _("Address"), width=240),
        column("currency", _("Currency"), width=80),
        # The name links by the DocType's own name; people read its translation.
        {**column("source_doctype", _("Source Type")), "hidden": 1},
        column("source_kind", _("Source Type"), width=130),
        column("source_name", _("Source"), "Dynamic Link", "source_doctype", 140),
        column("changed_by", _("Approved By"), width=160),
    ]


def column(fieldname: str, label: str, fieldtype: str = "Data", options: str = "", width: int = 100) -> dict:
    """Return one column as the report view takes it."""
    return {
        "fieldname": fieldname,
        "label": label,
        "fieldtype": fieldtype,
        "options": options,
        "width": width,
    }


def rows(listed: dict, supplier_kind: str | None) -> list[dict]:
    """Return a row for each listed supplier that the user may see, by code."""
    filters = {"name": ["in", sorted(listed)]}
    if supplier_kind:
        filters["supplier_kind"] = supplier_kind
    suppliers = frappe.get_list(
        "Supplier", filters=filters, fields=list(FIELDS), order_by="name asc", limit=0
    )
    contacts = main_contacts([supplier.name for supplier in suppliers])
    return [row(supplier, listed[supplier.name], contacts.get(supplier.name)) for supplier in suppliers]


def row(supplier, change, contact) -> dict:
    """Return one supplier's row: its data, its status at the time and what decided it."""
    return {
        "supplier": supplier.name,
        "supplier_name": supplier.supplier_name,
        "supplier_kind": _(supplier.supplier_kind, context="Supplier"),
        "status": _(change.status),
        "since": change.effective_on,
        "contact_name": contact.contact_name if contact else None,
        "phone": contact.phone if contact else None,
        "address": supplier.address,
        "currency": supplier.currency,
        "source_doctype": change.source_doctype,
        "source_kind": _(change.source_doctype) if change.source_doctype else None,
        "source_name": change.source_name,
        "changed_by": change.changed_by,
    }


def main_contacts(codes: list[str]) -> dict:
    """Return each supplier's primary contact, or its first."""
    if not codes:
        return {}
    found = frappe.get_all(
        "Supplier Contact",
        filters={"parent": ["in", codes], "parenttype": "Supplier"},
        fields=["parent", "contact_name", "phone", "is_primary"],
        order_by="is_primary asc, idx desc",
    )
    return {contact.parent: contact for contact in found}
