"""Receiving: what a count finds on its orders, what is posted, and the ways out for what is over."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, cstr, get_datetime, now_datetime

from erp_rules.clauses import chapter_4_6, working_time
from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import OVER, OverStatus, RejectReason, Split, WayOut, divide_all
from erp_rules.clauses.chapter_5 import Bucket, Movement
from erp_rules.ledger import entries
from erp_rules.procurement import orders, receipt_facts
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM, item_details
from erp_rules.procurement.receipt_facts import quantity
from erp_rules.rule_engine import calendars, parameters
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.enforcement import in_words
from erp_rules.rule_engine.errors import RuleViolation
from erp_rules.rule_engine.moments import saved_at

OVER_CLAUSE = "4.6.4"


# Rows of a receipt


def complete_rows(doc) -> None:
    """Fill what follows from each row's order: its row, its item and the item's description."""
    _find_order_rows(doc)
    round_quantities(doc.items, "qty", "delivered_qty", "counted_qty")
    rows = receipt_facts.read_order_rows(doc)
    for row in doc.items:
        found = rows.get(row.order_row)
        if found:
            row.purchase_order = row.purchase_order or found.order
            row.item = row.item or found.item
            if doc.get("workflow_state") == chapter_4_6.ReceiptState.COUNTED:
                row.promised_date = found.required_date
    describe_items(doc.items)
    if doc.meta.has_field("currency") and not doc.currency:
        doc.currency = next((found.currency for found in rows.values()), None)


def round_quantities(rows: Iterable, *fieldnames: str) -> None:
    """Round quantities to the six decimals that the ledger keeps, so that no document says more than it."""
    for row in rows:
        for fieldname in fieldnames:
            qty = quantity(row.get(fieldname))
            if qty is not None and row.get(fieldname) not in (None, ""):
                row.set(fieldname, float(qty))


def _find_order_rows(doc) -> None:
    """Find the order's row for rows that name only order and item: the first that is not taken yet."""
    bare = [row for row in doc.items if row.purchase_order and row.item and not row.order_row]
    if not bare:
        return
    taken = {row.order_row for row in doc.items if row.order_row}
    found = frappe.get_all(
        ORDER_ITEM,
        filters={"parent": ["in", sorted({row.purchase_order for row in bare})], "parenttype": ORDER},
        fields=["name", "parent", "item"],
        order_by="parent asc, idx asc",
    )
    for row in bare:
        fits = [line for line in found if (line.parent, line.item) == (row.purchase_order, row.item)]
        if fits:
            row.order_row = next((line.name for line in fits if line.name not in taken), fits[0].name)
            taken.add(row.order_row)


def describe_items(rows: Iterable) -> None:
    """Copy each item's description into its row."""
    rows = list(rows)
    items = item_details(row.item for row in rows)
    for row in rows:
        item = items.get(row.item)
        if item:
            row.update(
                {"item_name": item.item_name, "specification": item.specification, "uom": item.stock_uom}
            )


def take_over_notice(doc) -> None:
    """Take number, container and rows of the delivery notice that an empty receipt names.

    What it announced goes into the rows when the count is signed: before, who counts would see it (4.6.2).
    """
    doc.delivery_notice = doc.delivery_notice or _notice_of_container(doc)
    doc.import_container = None
    if not doc.delivery_notice or not frappe.db.exists("Delivery Notice", doc.delivery_notice):
        return
    notice = frappe.get_doc("Delivery Notice", doc.delivery_notice)
    doc.import_container = notice.import_container
    doc.delivery_note_no = doc.delivery_note_no or notice.delivery_note_no
    doc.supplier = doc.supplier or notice.supplier
    if not doc.get("items"):
        for row in notice.items:
            doc.append(
                "items",
                {"purchase_order": row.purchase_order, "order_row": row.order_row, "item": row.item},
            )


def _notice_of_container(doc) -> str | None:
    """Return the open notice of a container that announced this delivery note, when the receipt names none."""
    number_given = cstr(doc.delivery_note_no).strip()
    if not number_given or not doc.supplier:
        return None
    return frappe.db.get_value(
        "Delivery Notice",
        {
            "supplier": doc.supplier,
            "delivery_note_no": number_given,
            "import_container": ["is", "set"],
            "status": str(chapter_4_6.DeliveryStatus.ANNOUNCED),
        },
    )


def announced_quantities(doc) -> dict[str, Decimal]:
    """Return per order row what the delivery notice of a receipt announced; one query."""
    if not doc.delivery_notice:
        return {}
    rows = frappe.get_all(
        "Delivery Notice Item",
        filters={"parent": doc.delivery_notice, "parenttype": "Delivery Notice"},
        fields=["order_row", "qty"],
    )
    announced: dict[str, Decimal] = {}
    for row in rows:
        announced[row.order_row] = announced.get(row.order_row, Decimal(0)) + number(row.qty)
    return announced


# The count


def lock_orders_of_receipt(name: str) -> None:
    """Lock the orders of a receipt before the receipt itself, so that two receipts never wait for each other."""
    rows = frappe.get_all("Purchase Receipt Item", filters={"parent": name}, pluck="purchase_order")
    orders.lock_orders(rows)


def lock_orders_of_rows(order_rows: Iterable[str | None]) -> None:
    """Lock the orders of these order rows, in the order of their names, until the transaction ends."""
    wanted = sorted({cstr(row) for row in order_rows if row})
    if wanted:
        orders.lock_orders(frappe.get_all(ORDER_ITEM, filters={"name": ["in", wanted]}, pluck="parent"))


def lock_for(doc) -> None:
    """Lock the orders of a receipt, in the order of their names, until the transaction ends."""
    orders.lock_orders(row.purchase_order for row in doc.items)


def open_for(doc, *, with_waiting: bool) -> dict[str, Decimal]:
    """Return what may still come on each order row of a receipt, read as it is now.

    With `with_waiting` what other receipts have counted and not posted yet is taken off.
    """
    names = [row.order_row for row in doc.items if row.order_row]
    found = {
        name: row.open_qty if row.state in chapter_4_6.RECEIVABLE else Decimal(0)
        for name, row in receipt_facts.read_order_rows(doc, lock=True).items()
    }
    waiting = receipt_facts.counted_and_waiting(names, cstr(doc.name)) if with_waiting else {}
    return {name: max(qty - waiting.get(name, Decimal(0)), Decimal(0)) for name, qty in found.items()}


def divide(doc, *, with_waiting: bool = False) -> list[Split]:
    """Put into each row what counts on its order and what is over, and return the rows' splits."""
    lines = [
        (
            cstr(row.order_row),
            quantity(row.counted_qty) or Decimal(0),
            quantity(row.accepted_qty) or Decimal(0),
        )
        for row in doc.items
    ]
    splits = divide_all(lines, open_for(doc, with_waiting=with_waiting))
    for row, split in zip(doc.items, splits, strict=True):
        row.received_qty, row.over_qty = float(split.received), float(split.over)
        row.order_accepted_qty, row.over_accepted_qty = float(split.accepted), float(split.over_accepted)
    return splits


def begin_inspection(doc) -> None:
    """Note at the count where the supplier stands, until when to inspect and what is over; place the goods."""
    lock_for(doc)
    moment = saved_at(doc)
    doc.supplier_status = receipt_facts.supplier_status_at(doc.supplier, moment)
    limits = parameters.values_of("4.6.3", doc)
    doc.inspection_due_at = working_time.due_at(
        calendars.default_calendar(), moment, limits["inspection_hours"], "hours", limits["count"]
    )
    divide(doc, with_waiting=True)
    announced = announced_quantities(doc)
    for row in doc.items:
        if not number(row.delivered_qty):
            row.delivered_qty = float(announced.get(row.order_row, 0))
    if doc.supplier_status != SupplierStatus.APPROVED:
        for row in doc.items:
            row.accepted_qty, row.rejected_qty = 0, row.counted_qty
            row.reject_reason = str(RejectReason.SUPPLIER_NOT_APPROVED)
    place_goods(doc)


def begin_again(doc) -> None:
    """Empty what the count brought about, because the goods are to be counted again."""
    doc.update({"supplier_status": None, "inspection_due_at": None, "inspections": []})
    announced = announced_quantities(doc)
    for row in doc.items:
        if number(row.delivered_qty) == announced.get(row.order_row):
            row.delivered_qty = 0
        for fieldname in ("received_qty", "over_qty", "order_accepted_qty", "over_accepted_qty"):
            row.set(fieldname, 0)
        for fieldname in ("accepted_qty", "rejected_qty", "concession_qty", "unit_weight"):
            row.set(fieldname, 0)
        row.reject_reason = row.dimensions = row.promised_date = None


def place_goods(doc) -> None:
    """Propose the warehouses where the company has just one of the kind."""
    kinds = {"warehouse": chapter_4_6.STOCK, "defective_warehouse": chapter_4_6.DEFECTIVE}
    found = frappe.get_all(
        "Warehouse",
        filters={"disabled": 0, "warehouse_kind": ["in", list(kinds.values())]},
        fields=["name", "warehouse_kind"],
        order_by="name asc",
    )
    for fieldname, kind in kinds.items():
        names = [row.name for row in found if row.warehouse_kind == kind]
        for row in doc.items:
            if len(names) == 1 and not row.get(fieldname):
                row.set(fieldname, names[0])


# The inspection


def add_up_tranches(doc, previous) -> None:
    """Sign new tranches and add them up in their rows; a result typed beside them stays, to be refused."""
    stored = {row.name: row for row in previous.inspections}
    items = {row.idx: row for row in doc.items}
    moment = saved_at(doc)
    for row in doc.inspections:
        before = stored.get(row.name)
        row.inspected_by = before.inspected_by if before else frappe.session.user
        row.inspected_at = before.inspected_at if before else moment
        found = items.get(cint(row.receipt_row))
        row.item = found.item if found else None
    results = ("accepted_qty", "rejected_qty", "concession_qty")
    round_quantities([*doc.inspections, *doc.items], *results)
    before = {row.name: row for row in previous.items}
    tranches: dict[int, list] = {}
    for row in doc.inspections:
        tranches.setdefault(cint(row.receipt_row), []).append(row)
    for idx, totals in receipt_facts.tranche_totals(doc).items():
        row = items.get(idx)
        if row is None or row.name not in before:
            continue
        if any(quantity(row.get(name)) != quantity(before[row.name].get(name)) for name in results):
            continue
        for name, value in zip(results, totals, strict=True):
            row.set(name, float(value))
        _take_findings(row, tranches[idx])


def _take_findings(row, tranches: list) -> None:
    for fieldname in ("reject_reason", "unit_weight", "dimensions"):
        values = [tranche.get(fieldname) for tranche in tranches if tranche.get(fieldname)]
        if values:
            row.set(fieldname, values[-1])


# Posting


def post(doc) -> None:
    """Put the goods of a posted receipt into the ledger, keep apart what is over, bring the orders up to date."""
    movements: list[Movement] = []
    for row in doc.items:
        split = _split_of(row)
        movements += chapter_4_6.movements(
            row.item, split, number(row.rejected_qty), row.warehouse, row.defective_warehouse, row.name
        )
    entries.post(doc, movements)
    for row in doc.items:
        if number(row.over_qty) > 0:
            keep_apart(doc, row, _split_of(row))
    orders.refresh_received({row.purchase_order for row in doc.items}, OVER_CLAUSE)


def _split_of(row) -> Split:
    return Split(
        number(row.received_qty),
        number(row.order_accepted_qty),
        number(row.over_qty),
        number(row.over_accepted_qty),
    )


def keep_apart(doc, row, split: Split):
    """Make the record of goods that a receipt row has beyond its order."""
    over = frappe.get_doc(
        {
            "doctype": OVER,
            "supplier": doc.supplier,
            "supplier_name": doc.supplier_name,
            "item": row.item,
            "item_name": row.item_name,
            "specification": row.specification,
            "uom": row.uom,
            "status": str(OverStatus.OPEN),
            "qty": float(split.over),
            "rejected_qty": float(split.over_rejected),
            "open_qty": float(split.over),
            "purchase_order": row.purchase_order,
            "order_row": row.order_row,
            "receipt": doc.name,
            "receipt_row": row.name,
            "warehouse": row.warehouse if split.over_accepted else None,
            "defective_warehouse": row.defective_warehouse if split.over_rejected else None,
        }
    )
    with system_write(OVER_CLAUSE):
        return over.insert(ignore_permissions=True)


def take_back(doc) -> None:
    """Undo the posting of a receipt that is cancelled: reversing entries, nothing kept apart, orders open again.

    Refused when its goods are no longer there, or were settled or returned meanwhile.
    """
    lock_for(doc)
    for name in frappe.get_all(OVER, filters={"receipt": doc.name}, order_by="name asc", pluck="name"):
        over = frappe.get_doc(OVER, name, for_update=True)
        if over.settlements:
            message = _(
                "Goods of {0} are settled already; {1} can no longer be cancelled, return its goods instead (4.6.4)."
            )
            frappe.throw(message.format(over.name, doc.name), RuleViolation)
        over.update({"qty": 0, "rejected_qty": 0, "open_qty": 0, "status": str(OverStatus.SETTLED)})
        with system_write(OVER_CLAUSE):
            over.save(ignore_permissions=True)
    entries.reverse(doc)
    names = {row.purchase_order for row in doc.items}
    orders.refresh_received(names, OVER_CLAUSE)
    orders.refuse_more_than_ordered(names, doc.name)


# Ways out for what is over


def take_over(name: str, way: str | None, order_row: str | None, qty: Decimal | None = None):
    """Let an order row take goods that are kept apart: it has received and accepted them from now on.

    `way` is that a change order asked for them, or that they were kept for this next order; None: the first when
    a change order made the order. Return the `Over Delivery`; raise `RuleViolation` with everything that is in the
    way.
    """
    target_order = frappe.db.get_value(ORDER_ITEM, order_row, "parent") if order_row else None
    came_on = frappe.db.get_value(OVER, name, "purchase_order")
    orders.lock_orders({target_order, came_on})
    over = frappe.get_doc(OVER, name, for_update=True)
    target = receipt_facts.order_rows([order_row], lock=True).get(order_row)
    accepted_open = receipt_facts.left_apart(over)[0] - receipt_facts.going_back(over)
    qty = accepted_open if qty is None else qty
    change_order = frappe.db.get_value(ORDER, target_order, "change_order") if target_order else None
    way = way or (WayOut.CHANGE_ORDER if change_order else WayOut.NEXT_ORDER)
    goods = chapter_4_6.OverGoods(over.supplier, over.item, accepted_open, cstr(over.order_row))
    refuse(chapter_4_6.settle_problems(goods, way, qty, target, cstr(change_order)))
    settle(
        over,
        {
            "way_out": str(way),
            "qty": float(qty),
            "purchase_order": target_order,
            "order_row": order_row,
            "change_order": change_order if way == WayOut.CHANGE_ORDER else None,
        },
    )
    entries.post(
        over,
        [
            Movement(over.item, over.warehouse, -qty, Bucket.OVER_DELIVERY, row=order_row),
            Movement(over.item, over.warehouse, qty, Bucket.AVAILABLE, row=order_row),
        ],
    )
    orders.refresh_received({target_order, came_on}, OVER_CLAUSE)
    return over


def settle(over, settlement: dict) -> None:
    """Add one way out to goods that are kept apart and work out what is left of them."""
    over.append(
        "settlements",
        {
            **settlement,
            "settled_by": frappe.session.user,
            "settled_at": now_datetime().replace(microsecond=0),
        },
    )
    _keep_left(over)


def unsettle(over, purchase_return: str) -> None:
    """Take out of goods that are kept apart what a return had settled, and work out what is left of them."""
    over.settlements = [row for row in over.settlements if row.purchase_return != purchase_return]
    _keep_left(over)


def _keep_left(over) -> None:
    left = sum(receipt_facts.left_apart(over), Decimal(0))
    over.open_qty = float(left)
    over.status = str(OverStatus.OPEN if left > 0 else OverStatus.SETTLED)
    with system_write(OVER_CLAUSE):
        over.save(ignore_permissions=True)


def refuse(violations: Iterable, clause: str = OVER_CLAUSE) -> None:
    """Raise all violations together; do nothing when there are none."""
    texts = [frappe.utils.escape_html(in_words(violation, clause)) for violation in violations]
    if texts:
        frappe.throw(
            "<ul>" + "".join(f"<li>{text}</li>" for text in texts) + "</ul>",
            RuleViolation,
            title=_("Refused by the regulation"),
        )


# The countdown


def inspection_left(doc) -> dict | None:
    """Return until when a counted receipt is to be inspected and how many shift minutes are left; None when it is not.

    Below zero when it is late.
    """
    if doc.workflow_state != chapter_4_6.ReceiptState.COUNTED or not doc.inspection_due_at:
        return None
    due, now = get_datetime(doc.inspection_due_at), now_datetime()
    limits = parameters.values_of("4.6.3", doc)
    is_late = due < now
    first, last = (due, now) if is_late else (now, due)
    if limits["count"] == "clock":
        left = last - first
    else:
        left = working_time.working_between(calendars.default_calendar(), first, last)
    minutes = int(left.total_seconds() // 60)
    return {
        "due_at": str(due),
        "counted_at": str(doc.counted_at),
        "minutes": -minutes if is_late else minutes,
        "is_late": is_late,
    }
