"""What clauses do to the masters: a supplier's status and history, an item's data."""

from __future__ import annotations

import frappe
from frappe.utils import cint, flt, getdate, now_datetime

from erp_rules.clauses import chapter_7
from erp_rules.clauses.base import _
from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.masters.facts import item_fields
from erp_rules.rule_engine.effects import INSERT, effect, system_write
from erp_rules.rule_engine.notify import notify_roles


def set_supplier_status(source, status: SupplierStatus, clause: str, actor: str, reason: str | None) -> bool:
    """Give the supplier of `source`, an approved document, its status and keep it in the history.

    Returns whether anything changed.
    """
    with system_write(clause):
        supplier = frappe.get_doc("Supplier", source.supplier, for_update=True)
        if supplier.status == status:
            return False
        now = now_datetime()
        change = frappe.new_doc("Supplier Status Change")
        change.update(
            {
                "supplier": supplier.name,
                "previous_status": supplier.status,
                "status": str(status),
                "effective_on": getdate(now),
                "changed_at": now,
                "source_doctype": source.doctype,
                "source_name": source.name,
                "changed_by": actor,
                "reason": reason,
            }
        )
        change.insert(ignore_permissions=True)
        supplier.status = str(status)
        if status == SupplierStatus.APPROVED:
            supplier.approved_on = getdate(now)
        supplier.save(ignore_permissions=True)
    return True


@effect("4.1.1.3", on=INSERT)
def tell_inspectors(doc, context):
    """Notify every quality inspector that a supplier's place on the approved list changed (4.1.1.3)."""
    subject = _("Approved supplier list: {0} is now {1} (was {2})")
    notify_roles(
        ["Quality Inspector"],
        lambda: frappe._(subject).format(
            doc.supplier, frappe._(doc.status), frappe._(doc.previous_status or SupplierStatus.PROSPECTIVE)
        ),
        doc,
    )


@effect("7.5", entering=chapter_7.ItemChangeState.APPLIED)
def apply_item_change(doc, context):
    """Make the item of a set-up, or write the new values into the item, as one save (7.5)."""
    with system_write("7.5"):
        if doc.request_kind == chapter_7.RequestKind.SET_UP:
            item = frappe.new_doc("Item")
            item.item_code = doc.item_code
        else:
            item = frappe.get_doc("Item", doc.item, for_update=True)
        _write_changes(item, doc)
        item.flags.ignore_permissions = True
        if item.is_new():
            item.insert()
        else:
            item.save()


def _write_changes(item, doc) -> None:
    uoms = [row.new_value.strip() for row in doc.changes if row.field == "Stock UOM" and row.new_value]
    fields = item_fields(uoms)
    for row in doc.changes:
        value = chapter_7.parse_value(row.new_value or "", fields[row.field])
        if isinstance(value, bool):
            value = cint(value)
        elif not isinstance(value, str):
            value = flt(value, 9)
        item.set(fields[row.field].fieldname, value)
    if cint(doc.changes_cost):
        item.set(chapter_7.STANDARD_COST, flt(doc.new_standard_cost, 9))
    if cint(doc.replaces_dimensions):
        item.set(chapter_7.CRITICAL_DIMENSIONS, [])
        for row in doc.critical_dimensions:
            item.append(
                chapter_7.CRITICAL_DIMENSIONS,
                {
                    "dimension": row.dimension,
                    "nominal": row.nominal,
                    "dimension_uom": row.dimension_uom,
                    "tolerance_pct": row.tolerance_pct,
                },
            )
