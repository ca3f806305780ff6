"""Warehouses, issued orders, receipts and returns for the acceptance tests of 4.6 and 4.7."""

from __future__ import annotations

from datetime import datetime, timedelta

import order_world as ordering
import price_world as prices

import hosts

RECEIPT, RETURN, NOTICE, OVER = "Purchase Receipt", "Purchase Return", "Delivery Notice", "Over Delivery"
ORDER = "Purchase Order"


def warehouse(kind: str = "Stock", **values) -> str:
    """Return a warehouse of this kind that the tests share, made when missing."""
    import frappe

    name = f"Test {kind}"
    if not frappe.db.exists("Warehouse", name):
        frappe.get_doc(
            {"doctype": "Warehouse", "warehouse_name": name, "warehouse_kind": kind, **values}
        ).insert(ignore_permissions=True)
    return name


def list_supplier(supplier: str, status: str = "Approved", at: datetime | None = None) -> str:
    """Put a decision about a supplier into its history, as a survey or an evaluation leaves it."""
    import frappe

    at = at or frappe.utils.now_datetime() - timedelta(minutes=1)
    frappe.get_doc(
        {
            "doctype": "Supplier Status Change",
            "supplier": supplier,
            "status": status,
            "effective_on": at.date(),
            "changed_at": at,
            "changed_by": "Administrator",
        }
    ).db_insert()
    frappe.db.set_value("Supplier", supplier, "status", status)
    if status == "Approved":
        frappe.db.set_value("Supplier", supplier, "approved_on", at.date())
    return supplier


def order(qty: float = 100, rate: float = 10, is_listed: bool = True, **values):
    """Return an issued order of one line whose supplier is on the approved list."""
    doc = ordering.issued(qty=qty, rate=rate, **values)
    if is_listed:
        list_supplier(doc.supplier)
    return doc


def row_of(doc, counted: float = 100, **values) -> dict:
    """Return the values of a receipt row for the first line of an order."""
    line = doc.items[0]
    return {
        "purchase_order": doc.name,
        "order_row": line.name,
        "item": line.item,
        "counted_qty": counted,
        "warehouse": warehouse(),
        "defective_warehouse": warehouse("Defective"),
        **values,
    }


def draft(doc, counted: float = 100, role: str = "Receiving Clerk", **values):
    """Insert a receipt of an order as a receiving clerk."""
    import frappe

    data = {
        "doctype": RECEIPT,
        "supplier": doc.supplier,
        "delivery_note_no": hosts.unique("N"),
        "terminal": "T1",
        "items": [row_of(doc, counted)],
        **values,
    }
    with hosts.as_user(role):
        return frappe.get_doc(data).insert()


def act(doc, action: str, role: str, **options):
    """Carry out a workflow action and return the document as stored."""
    import frappe

    prices.act(doc, action, role, **options)
    return frappe.get_doc(doc.doctype, doc.name)


def counted(doc, qty: float = 100, **values):
    """Return a counted receipt of an order."""
    return act(draft(doc, qty, **values), "Count", "Receiving Clerk")


def inspect(receipt, *tranches: tuple, row: int = 1, role: str = "Quality Inspector"):
    """Enter tranches of `(accepted, rejected)` for a row as a quality inspector and return the receipt."""
    import frappe

    with hosts.as_user(role):
        receipt = frappe.get_doc(RECEIPT, receipt.name)
        for accepted, rejected in tranches:
            receipt.append(
                "inspections",
                {
                    "receipt_row": row,
                    "accepted_qty": accepted,
                    "rejected_qty": rejected,
                    "reject_reason": "Dimension" if rejected else None,
                },
            )
        return receipt.save()


def inspected(doc, qty: float = 100, accepted: float | None = None, **values):
    """Return an inspected receipt; what is not accepted is rejected."""
    receipt = counted(doc, qty, **values)
    accepted = qty if accepted is None else accepted
    receipt = inspect(receipt, (accepted, qty - accepted))
    return act(receipt, "Inspect", "Quality Inspector")


def posted(doc, qty: float = 100, accepted: float | None = None, **values):
    """Return a posted receipt."""
    return act(inspected(doc, qty, accepted, **values), "Post", "Warehouse Keeper")


def on_hand(item: str, kind: str = "Stock", bucket: str = "Available") -> float:
    """Return what the ledger says is on hand of an item."""
    from erp_rules.ledger import entries

    return float(entries.on_hand([item], warehouse(kind), bucket).get((item, warehouse(kind)), 0))


def totals(doc) -> dict:
    """Return what the first line of an order says was received, and the order's state."""
    import frappe

    fresh = frappe.get_doc(ORDER, doc.name)
    fields = ("received_qty", "accepted_qty", "rejected_qty", "over_qty", "returned_qty", "closed_qty")
    return {**{field: fresh.items[0].get(field) for field in fields}, "state": fresh.workflow_state}


def give_back(doc, qty: float, role: str = "Warehouse Keeper", kind: str = "Defective", **values):
    """Insert a return of the first line of an order (None: of an unknown one) as a warehouse keeper."""
    import frappe

    data = {"doctype": RETURN, "reason": "Rejected at Inspection", **values}
    data.setdefault("supplier", doc.supplier if doc else None)
    if doc:
        data.setdefault("purchase_order", doc.name)
        data.setdefault(
            "items",
            [
                {
                    "item": doc.items[0].item,
                    "order_row": doc.items[0].name,
                    "qty": qty,
                    "warehouse": warehouse(kind),
                }
            ],
        )
    with hosts.as_user(role):
        return frappe.get_doc(data).insert()


def sign(back, name: str = "Mr Li"):
    """Enter who of the supplier signed for the goods as a warehouse keeper."""
    return prices.edit(back, "Warehouse Keeper", supplier_signed_by=name)


def returned(back):
    """Take a return with a known order from Draft to Posted."""
    back = act(back, "Request", "Warehouse Keeper")
    back = act(back, "Approve", "Warehouse Manager")
    sign(back)
    back = act(back, "Hand Over", "Warehouse Keeper")
    return act(back, "Post", "Warehouse Keeper")
