"""Import suppliers, containers and settlements for the acceptance tests of 7.12 to 7.18."""

from __future__ import annotations

from datetime import timedelta

import order_world as ordering
import price_world as prices
import receiving_world as receiving

import hosts

CONTAINER, SETTLEMENT = "Import Container", "Foreign Exchange Settlement"
RECEIPT, NOTICE = "Purchase Receipt", "Delivery Notice"
NUMBER = "CSQU3054383"


def order(
    qty: float = 100, rate: float = 10, currency: str = "CNY", supplier: str | None = None, kind="Import"
):
    """Return an issued order of one line from an approved import supplier."""
    import frappe

    code = ordering.item()
    supplier = supplier or prices.supplier(supplier_kind=kind, currency=currency)
    ordering.post(code, (supplier, rate, currency))
    wanted = ordering.approved((code, qty))
    doc = ordering.move(ordering.make(ordering.line(wanted.items[0], supplier, currency=currency))[0])
    if not frappe.db.exists("Supplier Status Change", {"supplier": supplier}):
        receiving.list_supplier(supplier)
    return doc


def line(doc, qty: float = 100, **values) -> dict:
    """Return the values of a packing line for the first row of an order."""
    row = doc.items[0]
    return {
        "purchase_order": doc.name,
        "order_row": row.name,
        "item": row.item,
        "qty": qty,
        "cartons": 4,
        "net_weight": 40,
        "gross_weight": 44,
        "volume": 0.5,
        **values,
    }


def values(*orders, **given) -> dict:
    """Return the values of a complete container that brings all of these orders."""
    today = ordering.today()
    return {
        "doctype": CONTAINER,
        "container_no": NUMBER,
        "supplier": orders[0].supplier,
        "bill_of_lading": hosts.unique("BL"),
        "etd": today - timedelta(days=20),
        "eta": today,
        "items": [line(doc) for doc in orders],
        **given,
    }


def draft(*orders, role: str = "Purchaser", **given):
    """Insert a container as a purchaser."""
    import frappe

    with hosts.as_user(role):
        return frappe.get_doc(values(*orders, **given)).insert()


def act(doc, action: str, role: str, **options):
    """Carry out a workflow action and return the document as stored."""
    return receiving.act(doc, action, role, **options)


def shipped(*orders, **given):
    """Return a container that is on its way."""
    return act(draft(*orders, **given), "Ship", "Purchaser")


def arrived(*orders, **given):
    """Return a container that has arrived."""
    doc = shipped(*orders, **given)
    prices.edit(doc, "Purchaser", arrived_on=ordering.today())
    return act(doc, "Arrive", "Warehouse Keeper")


def unloading(**given) -> dict:
    """Return a complete unloading record."""
    import frappe

    now = frappe.utils.now_datetime().replace(microsecond=0)
    return {
        "unloading_started_at": now - timedelta(hours=2),
        "unloading_ended_at": now - timedelta(minutes=5),
        "unloading_people": "Wang, Zhao",
        "seal_condition": "Intact",
        **given,
    }


def unloaded(*orders, record: dict | None = None, **given):
    """Return a container that is unloaded and announced to the counters."""
    doc = arrived(*orders, **given)
    prices.edit(doc, "Warehouse Keeper", **unloading(**(record or {})))
    return act(doc, "Unload", "Warehouse Keeper")


def notices(doc) -> list:
    """Return the delivery notices of a container."""
    import frappe

    names = frappe.get_all(NOTICE, filters={"import_container": doc.name}, pluck="name", order_by="name")
    return [frappe.get_doc(NOTICE, name) for name in names]


def count(notice, *quantities: float):
    """Count a delivery notice at the terminal, row by row (None: not there), and return the receipt."""
    import frappe

    from erp_rules.api import receiving as api

    with hosts.as_user("Receiving Clerk"):
        shown = api.lines(delivery_notice=notice.name)["lines"]
        rows = [
            {"order_row": row["order_row"], "counted_qty": qty}
            for row, qty in zip(shown, quantities, strict=True)
            if qty is not None
        ]
        answer = api.count(
            supplier=notice.supplier,
            delivery_note_no=notice.delivery_note_no,
            rows=rows,
            count_key=hosts.unique("K"),
            delivery_notice=notice.name,
        )
    return frappe.get_doc(RECEIPT, answer["name"])


def inspect(receipt, *accepted: float, reason: str = "Appearance"):
    """Inspect each row of a receipt, what is not accepted being rejected for this reason."""
    import frappe

    with hosts.as_user("Quality Inspector"):
        receipt = frappe.get_doc(RECEIPT, receipt.name)
        for row, good in zip(receipt.items, accepted, strict=True):
            bad = row.counted_qty - good
            receipt.append(
                "inspections",
                {
                    "receipt_row": row.idx,
                    "accepted_qty": good,
                    "rejected_qty": bad,
                    "reject_reason": reason if bad else None,
                },
            )
        receipt.save()
    return act(receipt, "Inspect", "Quality Inspector")


def post(receipt):
    """Post an inspected receipt as a warehouse keeper."""
    import frappe

    with hosts.as_user("Warehouse Keeper"):
        receipt = frappe.get_doc(RECEIPT, receipt.name)
        for row in receipt.items:
            row.warehouse = receiving.warehouse()
            row.defective_warehouse = receiving.warehouse("Defective")
        receipt.save()
    return act(receipt, "Post", "Warehouse Keeper")


def differences(doc) -> list[tuple]:
    """Return kind, packed, found and difference of a container's abnormal materials."""
    import frappe

    fresh = frappe.get_doc(CONTAINER, doc.name)
    return [(row.kind, row.packing_qty, row.found_qty, row.difference) for row in fresh.abnormal_materials]


def handle(doc, handling: str = "Claim", role: str = "Purchaser"):
    """Handle and settle every discrepancy of a container."""
    import frappe

    with hosts.as_user(role):
        doc = frappe.get_doc(CONTAINER, doc.name)
        for row in doc.abnormal_materials:
            row.handling, row.is_settled = handling, 1
        return doc.save()


def settlement(*orders, role: str = "Finance Officer", amounts: tuple = (), **given):
    """Insert a settlement of these orders as a finance officer; without amounts all that is left."""
    import frappe

    data = {
        "doctype": SETTLEMENT,
        "supplier": orders[0].supplier,
        "currency": orders[0].currency,
        "contract_no": "C-1",
        "due_date": ordering.days(10),
        "items": [
            {"purchase_order": doc.name, "amount": amounts[at] if amounts else 0}
            for at, doc in enumerate(orders)
        ],
        **given,
    }
    with hosts.as_user(role):
        return frappe.get_doc(data).insert()


def received(qty: float = 100, rate: float = 10, counted: float = 100, accepted: float = 100, currency="USD"):
    """Return an order in foreign currency of which goods were received and posted."""
    import frappe

    doc = order(qty, rate, currency)
    receiving.posted(doc, counted, accepted)
    return frappe.get_doc("Purchase Order", doc.name)


def approved(doc):
    """Take a settlement to Approved."""
    doc = act(doc, "Submit for Review", "Finance Officer")
    return act(doc, "Approve", "Finance Manager")
