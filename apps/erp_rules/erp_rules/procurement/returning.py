"""Returns: what a row goes back from, the return order of unknown goods, posting, and the return finder."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate

from erp_rules.clauses import chapter_4_7
from erp_rules.clauses.chapter_4_3 import ORDER, OrderKind, OrderState
from erp_rules.clauses.chapter_4_6 import OVER, RECEIPT, WayOut
from erp_rules.clauses.chapter_4_7 import KNOWN, UNKNOWN, ReturnReason
from erp_rules.clauses.chapter_5 import Bucket
from erp_rules.ledger import entries
from erp_rules.procurement import orders, receipt_facts, receiving
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM
from erp_rules.rule_engine import workflow
from erp_rules.rule_engine.effects import system_write

CENT = Decimal("0.01")


# Rows of a return


def complete_rows(doc) -> None:
    """Fill what follows from the receipt row or the over-delivery that a row names, and from its order."""
    _from_receipts(doc)
    _from_over_deliveries(doc)
    if not doc.purchase_order:
        named = {row.get("_came_on") for row in doc.items}
        doc.purchase_order = named.pop() if len(named) == 1 else None
    _find_order_rows(doc)
    receiving.round_quantities(doc.items, "qty")
    receiving.describe_items(doc.items)
    _take_rates(doc)


def _from_receipts(doc) -> None:
    wanted = sorted({row.receipt_row for row in doc.items if row.receipt_row})
    if not wanted:
        return
    fields = ["name", "parent", "item", "order_row", "purchase_order", "warehouse", "defective_warehouse"]
    found = {
        row.name: row for row in frappe.get_all(RECEIPT_ITEM, filters={"name": ["in", wanted]}, fields=fields)
    }
    for row in doc.items:
        line = found.get(row.receipt_row)
        if not line:
            continue
        is_rejected = doc.reason == ReturnReason.REJECTED
        row.receipt = row.receipt or line.parent
        row.item = row.item or line.item
        row.warehouse = row.warehouse or (line.defective_warehouse if is_rejected else line.warehouse)
        if row.bucket != Bucket.OVER_DELIVERY:
            row.order_row = row.order_row or line.order_row
        row._came_on = line.purchase_order


def _from_over_deliveries(doc) -> None:
    wanted = sorted({row.over_delivery for row in doc.items if row.over_delivery})
    if not wanted:
        return
    fields = [
        *("name", "item", "purchase_order", "receipt", "receipt_row"),
        *("qty", "rejected_qty", "warehouse", "defective_warehouse"),
    ]
    found = {row.name: row for row in frappe.get_all(OVER, filters={"name": ["in", wanted]}, fields=fields)}
    for row in doc.items:
        over = found.get(row.over_delivery)
        if not over:
            continue
        row.bucket = str(Bucket.OVER_DELIVERY)
        row.item = row.item or over.item
        row.warehouse = row.warehouse or next(iter(receipt_facts.places_apart(over)), None)
        row.receipt = row.receipt or over.receipt
        row.receipt_row = row.receipt_row or over.receipt_row
        row.order_row = None
        row._came_on = over.purchase_order


def _find_order_rows(doc) -> None:
    """Find the row of the return's order for rows that name only the item, when exactly one fits."""
    bare = [row for row in doc.items if row.item and not row.order_row and row.bucket == Bucket.AVAILABLE]
    if not doc.purchase_order or not bare:
        return
    found = frappe.get_all(
        ORDER_ITEM,
        filters={"parent": doc.purchase_order, "parenttype": ORDER},
        fields=["name", "item"],
        order_by="idx asc",
    )
    for row in bare:
        fits = [line.name for line in found if line.item == row.item]
        if len(fits) == 1:
            row.order_row = fits[0]


def _take_rates(doc) -> None:
    """Goods of a known order go back at its rate; of an unknown one at what purchasing enters."""
    if doc.purchase_order:
        names = sorted({row.order_row for row in doc.items if row.order_row})
        rates = {}
        if names:
            found = frappe.get_all(ORDER_ITEM, filters={"name": ["in", names]}, fields=["name", "rate"])
            rates = {row.name: row.rate for row in found}
        doc.currency = frappe.db.get_value(ORDER, doc.purchase_order, "currency") or doc.currency
        for row in doc.items:
            row.rate = flt(rates.get(row.order_row))


def add_up(doc) -> None:
    """Work out amounts, rounded half up to the cent, and totals."""
    total_qty = total = Decimal(0)
    for row in doc.items:
        line = (number(row.qty) * number(row.rate)).quantize(CENT, rounding=ROUND_HALF_UP)
        row.amount = float(line)
        total += line
        total_qty += number(row.qty)
    doc.total_qty, doc.total_amount = float(total_qty), float(total)


def lock_orders_of_return(name: str) -> None:
    """Lock the orders of a return before the return itself, so that two returns never wait for each other."""
    if frappe.db.exists("Purchase Return", name):
        lock_for(frappe.get_doc("Purchase Return", name))


def lock_for(doc) -> None:
    """Lock the orders that a return concerns, then its items, each in order, until the transaction ends."""
    names = {doc.purchase_order, doc.return_order}
    names |= {over.purchase_order for over in _overs_of(doc)}
    orders.lock_orders(names)
    entries.lock_items(row.item for row in doc.items if row.item)


def _overs_of(doc) -> list:
    wanted = sorted({row.over_delivery for row in doc.items if row.over_delivery})
    if not wanted:
        return []
    return frappe.get_all(OVER, filters={"name": ["in", wanted]}, fields=["name", "purchase_order"])


# The return order of unknown goods


def make_return_order(doc) -> None:
    """Make the `Return` order, with negative quantities, of goods whose order is not known (4.7.1.2).

    A return that was sent back and handled again keeps its return order.
    """
    rows = [row for row in doc.items if row.bucket == Bucket.AVAILABLE]
    if not rows:
        return
    items = [
        {"item": row.item, "qty": -flt(row.qty), "rate": flt(row.rate), "required_date": getdate()}
        for row in rows
    ]
    if doc.return_order:
        order = frappe.get_doc(ORDER, doc.return_order, for_update=True)
        order.update({"currency": doc.currency, "items": items})
        with system_write(UNKNOWN):
            order.save(ignore_permissions=True)
    else:
        order = orders.make_order(
            {
                "supplier": doc.supplier,
                "currency": doc.currency,
                "order_kind": str(OrderKind.RETURN),
                "purchaser": frappe.session.user,
                "remarks": doc.name,
                "items": items,
            },
            clause=UNKNOWN,
        )
    doc.return_order = order.name
    frappe.db.set_value(doc.doctype, doc.name, "return_order", order.name, update_modified=False)
    for row, made in zip(rows, order.items, strict=True):
        row.order_row = made.name
        frappe.db.set_value(row.doctype, row.name, "order_row", made.name, update_modified=False)


def drop_return_order(doc) -> None:
    """Close the return order of goods that go back against their own order after all; it was never issued."""
    if not doc.return_order:
        return
    order, doc.return_order = doc.return_order, None
    frappe.db.set_value(doc.doctype, doc.name, "return_order", None, update_modified=False)
    orders.close_order(
        order, _("Return {0} goes against order {1}").format(doc.name, doc.purchase_order), clause=UNKNOWN
    )


# Posting


def post(doc) -> None:
    """Take the goods of a posted return out of the ledger and settle them on their order or over-delivery."""
    entries.post(
        doc,
        chapter_4_7.movements(
            (row.item, row.warehouse, row.bucket, number(row.qty), row.name) for row in doc.items
        ),
    )
    for row in doc.items:
        if row.bucket == Bucket.OVER_DELIVERY:
            _settle_over(doc, row)
    if doc.return_order:
        order = frappe.get_doc(ORDER, doc.return_order, for_update=True)
        if order.workflow_state == OrderState.DRAFT:
            workflow.move(order, str(OrderState.ISSUED), UNKNOWN)
    elif doc.purchase_order:
        _keep_closed(doc)
    came_on = {over.purchase_order for over in _overs_of(doc)}
    orders.refresh_received({doc.return_order, doc.purchase_order, *came_on}, KNOWN)


def _settle_over(doc, row) -> None:
    over = frappe.get_doc(OVER, row.over_delivery, for_update=True)
    accepted, rejected = receipt_facts.left_apart(over)
    is_rejected = receipt_facts.places_apart(over).get(row.warehouse, False)
    left = rejected if is_rejected else accepted
    if number(row.qty) > left:
        receiving.refuse(
            [
                chapter_4_7.Violation(
                    chapter_4_7._("{0} would go back, {1} are left of what was received; lower the quantity"),
                    (number(row.qty), left),
                )
            ],
            KNOWN,
        )
    receiving.settle(
        over,
        {
            "way_out": str(WayOut.RETURN),
            "qty": row.qty,
            "is_rejected": cint(is_rejected),
            "purchase_return": doc.name,
        },
    )


def _keep_closed(doc, sign: int = 1) -> None:
    """Close on the order what the supplier need not deliver again for goods that went back; -1 takes it back."""
    gone: dict[str, Decimal] = {}
    for row in doc.items:
        if row.bucket == Bucket.AVAILABLE and not cint(row.reopens_order):
            gone[row.order_row] = gone.get(row.order_row, Decimal(0)) + sign * number(row.qty)
    if not gone:
        return
    order = frappe.get_doc(ORDER, doc.purchase_order, for_update=True)
    if order.workflow_state == OrderState.CLOSED:
        return
    for row in order.items:
        row.closed_qty = float(number(row.closed_qty) + gone.get(row.name, Decimal(0)))
    with system_write(KNOWN):
        order.save(ignore_permissions=True)


def take_back(doc) -> None:
    """Undo the posting of a return that is cancelled: reversing entries, and what it settled is open again.

    Refused when the goods were delivered again meanwhile.
    """
    lock_for(doc)
    entries.reverse(doc)
    for name in sorted({row.over_delivery for row in doc.items if row.over_delivery}):
        receiving.unsettle(frappe.get_doc(OVER, name, for_update=True), doc.name)
    if doc.return_order:
        orders.close_order(doc.return_order, _("Return {0} was cancelled").format(doc.name), clause=UNKNOWN)
    elif doc.purchase_order:
        _keep_closed(doc, -1)
    came_on = {over.purchase_order for over in _overs_of(doc)}
    names = {doc.return_order, doc.purchase_order, *came_on}
    orders.refresh_received(names, KNOWN)
    orders.refuse_more_than_ordered(names, doc.name)


# The return finder


def candidates(item: str, supplier: str | None = None, rate: Decimal | None = None, limit: int = 20) -> list:
    """Return posted receipt rows that goods of unknown order may have come on, likeliest first (4.7.1.2).

    Only rows of which something is left to return. The same supplier counts most, then the nearest rate, then
    the latest receipt. Three queries.
    """
    row, receipt, order_row = (
        frappe.qb.DocType(RECEIPT_ITEM),
        frappe.qb.DocType(RECEIPT),
        frappe.qb.DocType(ORDER_ITEM),
    )
    query = (
        frappe.qb.from_(row)
        .join(receipt)
        .on(receipt.name == row.parent)
        .join(order_row)
        .on(order_row.name == row.order_row)
        .select(
            row.name.as_("receipt_row"),
            receipt.name.as_("receipt"),
            receipt.supplier,
            receipt.supplier_name,
            receipt.posted_at,
            receipt.currency,
            row.purchase_order,
            row.order_row,
            row.item,
            row.item_name,
            row.uom,
            row.accepted_qty,
            row.rejected_qty,
            row.warehouse,
            row.defective_warehouse,
            order_row.rate,
            order_row.received_qty,
            order_row.returned_qty,
        )
        .where(row.item == item)
        .where(row.docstatus == 1)
        .where(order_row.received_qty > order_row.returned_qty)
        .orderby(receipt.posted_at, order=frappe.qb.desc)
        .limit(200)
    )
    if supplier:
        query = query.where(receipt.supplier == supplier)
    found = query.run(as_dict=True)
    taken = _under_way(sorted({line.order_row for line in found}))
    fitting = []
    for line in found:
        left = number(line.received_qty) - number(line.returned_qty) - taken.get(line.order_row, Decimal(0))
        if left <= 0:
            continue
        line.left_qty = float(min(left, number(line.accepted_qty) + number(line.rejected_qty)))
        line.rate_difference = float(abs(number(line.rate) - rate)) if rate is not None else None
        fitting.append(line)
    fitting.sort(key=lambda line: line.rate_difference or 0)
    return fitting[:limit]


def _under_way(order_rows: list[str]) -> dict[str, Decimal]:
    """Return per order row what returns that are not posted yet take of it."""
    if not order_rows:
        return {}
    row, back = frappe.qb.DocType("Purchase Return Item"), frappe.qb.DocType("Purchase Return")
    found = (
        frappe.qb.from_(row)
        .join(back)
        .on(back.name == row.parent)
        .select(row.order_row, row.qty)
        .where(row.order_row.isin(order_rows))
        .where(row.bucket == Bucket.AVAILABLE)
        .where(back.docstatus == 0)
        .where(back.workflow_state != chapter_4_7.ReturnState.DRAFT)
        .run(as_dict=True)
    )
    taken: dict[str, Decimal] = {}
    for line in found:
        taken[line.order_row] = taken.get(line.order_row, Decimal(0)) + number(line.qty)
    return taken
