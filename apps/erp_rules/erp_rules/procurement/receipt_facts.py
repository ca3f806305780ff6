"""Bulk reads about deliveries, receipts, what is over, and returns: for the clauses of 4.6 and 4.7."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import cint, cstr, flt

from erp_rules.clauses import chapter_4_6, chapter_4_7
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import NOTICE, OVER, RECEIPT, OrderRow, ReceiptState
from erp_rules.clauses.chapter_4_7 import RETURN, ReturnState
from erp_rules.clauses.chapter_5 import Bucket, PlaceType
from erp_rules.ledger import entries
from erp_rules.masters import facts as masters
from erp_rules.procurement.facts import day, number
from erp_rules.procurement.order_facts import ORDER_ITEM, forged_fields
from erp_rules.procurement.orders import open_quantity
from erp_rules.rule_engine.differences import changes_between
from erp_rules.rule_engine.effects import system_writer

RECEIPT_ITEM = "Purchase Receipt Item"
RETURN_ITEM = "Purchase Return Item"
SETTLEMENT = "Over Delivery Settlement"
KEPT_ON_RECEIPT = ("supplier_status", "inspection_due_at")
KEPT_ON_RECEIPT_ROW = (
    "received_qty", "order_accepted_qty", "over_qty", "over_accepted_qty", "promised_date",
)  # fmt: skip
KEPT_ON_RETURN = ("return_order",)
OVER_FREE_FIELDS = frozenset({"decision", "remarks"})
SIX = Decimal("0.000001")


def quantity(value: object) -> Decimal | None:
    """Return a quantity as people or requests give it, in six decimals; None when it is no finite number."""
    if value in (None, ""):
        return Decimal(0)
    try:
        found = Decimal(str(value).strip().replace(",", ""))
    except ArithmeticError:
        return None
    if not found.is_finite() or abs(found) >= 10**12:
        return None
    return found.quantize(SIX).normalize() + 0


# Order rows


def order_rows(names: Iterable[str | None], lock: bool = False) -> dict[str, OrderRow]:
    """Return order rows by name, with what may still come; one query.

    With `lock` they are read as they are now and stay locked; lock their orders before.
    """
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    row, order = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    query = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(
            row.name,
            row.parent,
            row.item,
            row.qty,
            row.free_qty,
            row.received_qty,
            row.returned_qty,
            row.closed_qty,
            row.is_unpriced,
            row.required_date,
            order.workflow_state,
            order.order_kind,
            order.supplier,
            order.currency,
        )
        .where(row.name.isin(wanted))
        .orderby(row.parent)
        .orderby(row.idx)
    )
    found = (query.for_update() if lock else query).run(as_dict=True)
    return {
        line.name: OrderRow(
            name=line.name,
            order=line.parent,
            state=cstr(line.workflow_state),
            kind=cstr(line.order_kind),
            supplier=cstr(line.supplier),
            currency=cstr(line.currency),
            item=cstr(line.item),
            open_qty=open_quantity(line, line.workflow_state),
            is_unpriced=bool(cint(line.is_unpriced)),
            required_date=day(line.required_date),
        )
        for line in found
    }


def read_order_rows(doc, lock: bool = False) -> dict[str, OrderRow]:
    """Return the order rows of a document as `order_rows` does, and keep them for the clauses of this save."""
    names = {row.order_row for row in doc.items}
    doc.flags.order_rows = (names, order_rows(names, lock))
    return doc.flags.order_rows[1]


def take_order_rows(doc) -> dict[str, OrderRow]:
    """Return the order rows that this save has read last, or read them; the next save reads anew."""
    names, rows = doc.flags.pop("order_rows", None) or (None, {})
    wanted = {row.order_row for row in doc.items}
    return rows if names == wanted else order_rows(wanted)


def order_row_totals(rows: list[str]) -> dict[str, dict[str, Decimal]]:
    """Return what posted receipts, settled over-deliveries and posted returns say of each order row.

    Read as it is now, with locks: the orders are locked by whoever recomputes their totals.
    """
    if not rows:
        return {}
    totals: dict[str, dict[str, Decimal]] = {}
    receipt = frappe.qb.DocType(RECEIPT_ITEM)
    received = (
        frappe.qb.from_(receipt)
        .select(receipt.order_row, receipt.received_qty, receipt.order_accepted_qty, receipt.over_qty)
        .where(receipt.order_row.isin(rows))
        .where(receipt.docstatus == 1)
        .for_update()
        .run(as_dict=True)
    )
    for line in received:
        _add(totals, line.order_row, "received_qty", line.received_qty)
        _add(totals, line.order_row, "accepted_qty", line.order_accepted_qty)
        _add(
            totals,
            line.order_row,
            "rejected_qty",
            number(line.received_qty) - number(line.order_accepted_qty),
        )
        _add(totals, line.order_row, "over_qty", line.over_qty)
    if any(number(line.over_qty) for line in received) or _has_over():
        _add_settled(totals, rows)
    back = frappe.qb.DocType(RETURN_ITEM)
    returned = (
        frappe.qb.from_(back)
        .select(back.order_row, back.qty)
        .where(back.order_row.isin(rows))
        .where(back.docstatus == 1)
        .where(back.bucket == Bucket.AVAILABLE)
        .for_update()
        .run(as_dict=True)
    )
    for line in returned:
        _add(totals, line.order_row, "returned_qty", line.qty)
    return totals


def _has_over() -> bool:
    return bool(frappe.db.exists(SETTLEMENT, {"parenttype": OVER}))


def _add_settled(totals: dict, rows: list[str]) -> None:
    """Count goods that were kept apart where they went, and no longer where they came from."""
    settled, over = frappe.qb.DocType(SETTLEMENT), frappe.qb.DocType(OVER)
    found = (
        frappe.qb.from_(settled)
        .join(over)
        .on(over.name == settled.parent)
        .select(settled.order_row, settled.qty, over.order_row.as_("came_on"))
        .where(settled.order_row.isin(rows) | over.order_row.isin(rows))
        .for_update()
        .run(as_dict=True)
    )
    wanted = set(rows)
    for line in found:
        if line.order_row in wanted:
            _add(totals, line.order_row, "received_qty", line.qty)
            _add(totals, line.order_row, "accepted_qty", line.qty)
        if line.came_on in wanted:
            _add(totals, line.came_on, "over_qty", -number(line.qty))


def _add(totals: dict, row: str, fieldname: str, value: object) -> None:
    sums = totals.setdefault(row, {})
    sums[fieldname] = sums.get(fieldname, Decimal(0)) + number(value)


def counted_and_waiting(rows: Iterable[str], except_receipt: str) -> dict[str, Decimal]:
    """Return per order row what other receipts have counted on it and not posted yet; one query."""
    wanted = sorted(set(rows))
    if not wanted:
        return {}
    row, receipt = frappe.qb.DocType(RECEIPT_ITEM), frappe.qb.DocType(RECEIPT)
    found = (
        frappe.qb.from_(row)
        .join(receipt)
        .on(receipt.name == row.parent)
        .select(row.order_row, Sum(row.received_qty).as_("qty"))
        .where(row.order_row.isin(wanted))
        .where(receipt.workflow_state.isin([str(ReceiptState.COUNTED), str(ReceiptState.INSPECTED)]))
        .where(receipt.name != except_receipt)
        .groupby(row.order_row)
        .run(as_dict=True)
    )
    return {line.order_row: number(line.qty) for line in found}


# Deliveries and receipts


def delivery_notice(doc, previous=None) -> chapter_4_6.NoticeFacts:
    """Return what the clauses judge a delivery notice by."""
    rows = order_rows(row.order_row for row in doc.items)
    return chapter_4_6.NoticeFacts(
        supplier=cstr(doc.supplier),
        lines=tuple(
            chapter_4_6.AnnouncedLine(
                row=row.idx,
                order=cstr(row.purchase_order),
                item=cstr(row.item),
                qty=quantity(row.qty) or Decimal(0),
                order_row=rows.get(row.order_row),
            )
            for row in doc.items
        ),
    )


def supplier_status_at(supplier: str, when) -> str:
    """Return where the supplier stood on the approved list at `when`; Prospective when nothing was decided."""
    found = masters.supplier_status_as_of(when, [supplier]).get(supplier)
    return cstr(found.status) if found else str(chapter_4_6.SupplierStatus.PROSPECTIVE)


def purchase_receipt(doc, previous=None) -> chapter_4_6.ReceiptFacts:
    """Return what the clauses judge a receipt by."""
    was = cstr(previous.workflow_state) if previous else ""
    is_counting = was in ("", ReceiptState.DRAFT)
    is_inspecting = was == ReceiptState.COUNTED
    is_draft = cstr(doc.workflow_state) in ("", ReceiptState.DRAFT)
    rows = take_order_rows(doc)
    kinds = warehouse_kinds(name for row in doc.items for name in (row.warehouse, row.defective_warehouse))
    counted = {}
    if is_counting and doc.workflow_state == ReceiptState.COUNTED:
        counted = counted_with_note(doc)
    tranches = tranche_totals(doc) if is_inspecting else {}
    unexplained = unexplained_concessions(doc)
    places = {row.idx for row in doc.items}
    notice_supplier = (
        frappe.db.get_value(NOTICE, doc.delivery_notice, "supplier") if doc.delivery_notice else None
    )
    return chapter_4_6.ReceiptFacts(
        supplier=cstr(doc.supplier),
        supplier_status=cstr(doc.supplier_status),
        currency=cstr(doc.currency),
        delivery_note_no=cstr(doc.delivery_note_no),
        notice_supplier=cstr(notice_supplier) if doc.delivery_notice else None,
        is_draft=is_draft,
        is_counting=is_counting,
        is_inspecting=is_inspecting,
        lines=tuple(_receipt_line(row, rows, kinds, counted, tranches, unexplained) for row in doc.items),
        stray_tranches=tuple(row.idx for row in doc.inspections if cint(row.receipt_row) not in places),
        bad_tranches=tuple(_bad_tranches(doc)),
        forged=forged_fields(doc, previous, KEPT_ON_RECEIPT, KEPT_ON_RECEIPT_ROW)
        if is_draft and is_counting
        else (),
    )


def _receipt_line(row, rows, kinds, counted, tranches, unexplained) -> chapter_4_6.ReceiptLine:
    return chapter_4_6.ReceiptLine(
        row=row.idx,
        order=cstr(row.purchase_order),
        item=cstr(row.item),
        counted_qty=quantity(row.counted_qty),
        order_row=rows.get(row.order_row),
        delivered_qty=quantity(row.delivered_qty),
        accepted_qty=quantity(row.accepted_qty),
        rejected_qty=quantity(row.rejected_qty),
        concession_qty=quantity(row.concession_qty),
        over_qty=quantity(row.over_qty) or Decimal(0),
        reject_reason=cstr(row.reject_reason),
        has_concession_reason=row.idx not in unexplained,
        tranche_totals=tranches.get(row.idx),
        warehouse_kind=kinds.get(row.warehouse, ""),
        defective_kind=kinds.get(row.defective_warehouse, ""),
        location=cstr(row.location),
        counted_elsewhere=counted.get(row.order_row, ""),
    )


def unexplained_concessions(doc) -> set[int]:
    """Return the numbers of the rows whose concession nobody gave a reason for.

    Each tranche that lets goods through gives its own; a row without such a tranche has the quality opinion.
    """
    has_reason = {row.idx: bool(cstr(doc.quality_opinion).strip()) for row in doc.items}
    given: dict[int, bool] = {}
    for tranche in doc.inspections:
        if flt(tranche.concession_qty) > 0:
            row = cint(tranche.receipt_row)
            given[row] = given.get(row, True) and bool(cstr(tranche.concession_reason).strip())
    return {row for row, is_given in {**has_reason, **given}.items() if not is_given}


def tranche_totals(doc) -> dict[int, tuple[Decimal, Decimal, Decimal]]:
    """Return per row number what its tranches accepted, rejected and let through; rows without any are absent."""
    totals: dict[int, tuple[Decimal, Decimal, Decimal]] = {}
    for row in doc.inspections:
        before = totals.get(cint(row.receipt_row), (Decimal(0),) * 3)
        found = tuple(
            quantity(value) or Decimal(0)
            for value in (row.accepted_qty, row.rejected_qty, row.concession_qty)
        )
        totals[cint(row.receipt_row)] = tuple(a + b for a, b in zip(before, found, strict=True))
    return totals


def _bad_tranches(doc) -> Iterable[tuple[int, str]]:
    for row in doc.inspections:
        for fieldname in ("accepted_qty", "rejected_qty", "concession_qty"):
            qty = quantity(row.get(fieldname))
            if qty is None or qty < 0:
                yield row.idx, fieldname
        if (quantity(row.concession_qty) or 0) > (quantity(row.accepted_qty) or 0):
            yield row.idx, "concession_qty"


def warehouse_kinds(names: Iterable[str | None]) -> dict[str, str]:
    """Return the kind of each warehouse that is in use, in one query; disabled ones are absent."""
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    rows = frappe.get_all(
        "Warehouse", filters={"name": ["in", wanted], "disabled": 0}, fields=["name", "warehouse_kind"]
    )
    return {row.name: row.warehouse_kind for row in rows}


def counted_with_note(doc) -> dict[str, str]:
    """Return per order row the other receipt that counted it on the same delivery note of the supplier.

    Read as it is now; the orders are locked before, so that of two terminals one comes first.
    """
    wanted = sorted({row.order_row for row in doc.items if row.order_row})
    if not wanted or not cstr(doc.delivery_note_no).strip():
        return {}
    row, receipt = frappe.qb.DocType(RECEIPT_ITEM), frappe.qb.DocType(RECEIPT)
    found = (
        frappe.qb.from_(receipt)
        .join(row)
        .on(row.parent == receipt.name)
        .select(row.order_row, receipt.name)
        .where(receipt.supplier == doc.supplier)
        .where(receipt.delivery_note_no == cstr(doc.delivery_note_no).strip())
        .where(receipt.name != cstr(doc.name))
        .where(receipt.docstatus < 2)
        .where(receipt.workflow_state != ReceiptState.DRAFT)
        .where(row.order_row.isin(wanted))
        .for_update()
        .run(as_dict=True)
    )
    return {line.order_row: line.name for line in found}


# What is over


def over_delivery(doc, previous=None) -> chapter_4_6.OverFacts:
    """Return what the clauses judge goods kept apart by."""
    changed = ()
    if previous is not None:
        names = (change.table or change.fieldname for change in changes_between(doc, previous))
        changed = tuple(dict.fromkeys(name for name in names if name not in OVER_FREE_FIELDS))
    return chapter_4_6.OverFacts(
        is_new=previous is None, is_by_app=system_writer() == "4.6.4", changed_fields=changed
    )


def left_apart(doc) -> tuple[Decimal, Decimal]:
    """Return what is still kept apart: of the accepted goods, and of the rejected ones."""
    return _left_apart(doc, doc.settlements)


def _left_apart(over, settlements: Iterable) -> tuple[Decimal, Decimal]:
    gone = {False: Decimal(0), True: Decimal(0)}
    for row in settlements:
        gone[bool(cint(row.is_rejected))] += number(row.qty)
    rejected = number(over.rejected_qty)
    return number(over.qty) - rejected - gone[False], rejected - gone[True]


def places_apart(over) -> dict[str, bool]:
    """Return where goods are kept apart, and whether it is the rejected ones that are there."""
    places = {}
    if number(over.qty) > number(over.rejected_qty):
        places[cstr(over.warehouse)] = False
    if number(over.rejected_qty) > 0:
        places[cstr(over.defective_warehouse)] = True
    return places


def going_back(over) -> Decimal:
    """Return what returns that are not posted yet take of the accepted goods kept apart.

    Read as it is now; lock the order on which the goods came before.
    """
    places = places_apart(over)
    return sum(
        (
            number(row.qty)
            for row in _under_way((), (over.name,))
            if row.workflow_state != ReturnState.POSTED and places.get(row.warehouse) is False
        ),
        Decimal(0),
    )


# Returns


def purchase_return(doc, previous=None) -> chapter_4_7.ReturnFacts:
    """Return what the clauses judge a return by."""
    rows = order_rows(row.order_row for row in doc.items)
    overs = _over_deliveries(row.over_delivery for row in doc.items)
    order_supplier = frappe.db.get_value(ORDER, doc.purchase_order, "supplier") if doc.purchase_order else ""
    is_moving = previous is not None and previous.workflow_state != doc.workflow_state
    left = left_to_return(doc) if is_moving else {}
    there = _on_hand(doc) if is_moving else {}
    return chapter_4_7.ReturnFacts(
        supplier=cstr(doc.supplier),
        order=cstr(doc.purchase_order),
        order_supplier=cstr(order_supplier),
        currency=cstr(doc.currency),
        signed_by_supplier=cstr(doc.supplier_signed_by),
        lines=tuple(_return_line(row, rows, overs, left, there) for row in doc.items),
        forged=forged_fields(doc, previous, KEPT_ON_RETURN, ()),
    )


def _return_line(row, rows, overs, left, there) -> chapter_4_7.ReturnLine:
    found, over = rows.get(row.order_row), overs.get(row.over_delivery)
    is_over = row.bucket == Bucket.OVER_DELIVERY
    key = return_key(row)
    return chapter_4_7.ReturnLine(
        row=row.idx,
        item=cstr(row.item),
        qty=quantity(row.qty),
        warehouse=cstr(row.warehouse),
        bucket=cstr(row.bucket),
        order_row=cstr(row.order_row),
        order_of_row=found.order if found else "" if row.order_row else None,
        item_of_row=found.item if found else None,
        left_qty=left.get(key),
        left_key=key,
        rate=quantity(row.rate),
        on_hand=there.get((row.item, row.warehouse, row.bucket), Decimal(0)),
        over_supplier=over.supplier if over and is_over else None,
        over_item=over.item if over and is_over else None,
        over_places=tuple(places_apart(over)) if over and is_over else (),
    )


def _on_hand(doc) -> dict[tuple[str, str, str], Decimal]:
    """Return by item, warehouse and bucket what is on hand of a return's items and was not handed over by others.

    What a supplier has taken away leaves the ledger when its return is posted. Read as it is now; lock the items before.
    """
    items = sorted({row.item for row in doc.items if row.item})
    there = {
        (item, place, bucket): qty
        for (item, kind, place, bucket), qty in entries.sums(items, lock=True).items()
        if kind == PlaceType.WAREHOUSE
    }
    row, back = frappe.qb.DocType(RETURN_ITEM), frappe.qb.DocType(RETURN)
    gone = (
        frappe.qb.from_(row)
        .join(back)
        .on(back.name == row.parent)
        .select(row.item, row.warehouse, row.bucket, row.qty)
        .where(row.item.isin(items or [""]))
        .where(back.workflow_state == str(chapter_4_7.ReturnState.HANDED_OVER))
        .where(back.name != cstr(doc.name))
        .for_update()
        .run(as_dict=True)
    )
    for line in gone:
        key = (line.item, line.warehouse, line.bucket)
        there[key] = there.get(key, Decimal(0)) - quantity(line.qty)
    return there


def return_key(row) -> str:
    """Return what limits a row of a return: the goods kept apart at a place, or the order row it came on."""
    if row.bucket == Bucket.OVER_DELIVERY:
        return f"over:{row.over_delivery}:{row.warehouse}" if row.over_delivery else ""
    return f"order:{row.order_row}" if row.order_row else ""


def left_to_return(doc) -> dict[str, Decimal]:
    """Return by `return_key` what may still go back: received (or kept apart) less what returns take.

    Returns that are on their way count too. Rows of the return order that purchasing had made are not limited
    by it: it takes back what it says. Read as it is now; lock the orders before.
    """
    order_names = [row.order_row for row in doc.items if row.bucket == Bucket.AVAILABLE and row.order_row]
    over_names = [row.over_delivery for row in doc.items if row.bucket == Bucket.OVER_DELIVERY]
    left: dict[str, Decimal] = {}
    if order_names:
        row = frappe.qb.DocType(ORDER_ITEM)
        received = (
            frappe.qb.from_(row)
            .select(row.name, row.received_qty)
            .where(row.name.isin(sorted(set(order_names))))
            .where(row.parent != cstr(doc.return_order))
            .for_update()
            .run(as_dict=True)
        )
        left.update({f"order:{line.name}": quantity(line.received_qty) for line in received})
    left.update(_left_apart_by_place(over_names))
    for line in _under_way(order_names, over_names, cstr(doc.name)):
        is_posted = line.workflow_state == ReturnState.POSTED
        key = return_key(line)
        if key in left and not (is_posted and line.bucket == Bucket.OVER_DELIVERY):
            left[key] -= quantity(line.qty)
    return left


def _left_apart_by_place(over_names: Iterable[str | None]) -> dict[str, Decimal]:
    """Return what is still kept apart, by `return_key` of the goods and the place."""
    overs = _over_deliveries(over_names, lock=True)
    if not overs:
        return {}
    settled = frappe.qb.DocType(SETTLEMENT)
    rows = (
        frappe.qb.from_(settled)
        .select(settled.parent, settled.qty, settled.is_rejected)
        .where(settled.parent.isin(sorted(overs)))
        .where(settled.parenttype == OVER)
        .for_update()
        .run(as_dict=True)
    )
    left = {}
    for name, over in overs.items():
        accepted, rejected = _left_apart(over, [row for row in rows if row.parent == name])
        for place, is_rejected in places_apart(over).items():
            left[f"over:{name}:{place}"] = rejected if is_rejected else accepted
    return left


def _under_way(order_names: Iterable[str], over_names: Iterable[str | None], except_return: str = "") -> list:
    order_names, over_names = list(order_names), [name for name in over_names if name]
    row, back = frappe.qb.DocType(RETURN_ITEM), frappe.qb.DocType(RETURN)
    if not order_names and not over_names:
        return []
    return (
        frappe.qb.from_(row)
        .join(back)
        .on(back.name == row.parent)
        .select(row.order_row, row.over_delivery, row.warehouse, row.bucket, row.qty, back.workflow_state)
        .where(row.order_row.isin(order_names or [""]) | row.over_delivery.isin(over_names or [""]))
        .where(back.docstatus < 2)
        .where(back.workflow_state.isin([str(state) for state in chapter_4_7.RESERVING]))
        .where(back.name != except_return)
        .for_update()
        .run(as_dict=True)
    )


def _over_deliveries(names: Iterable[str | None], lock: bool = False) -> dict[str, frappe._dict]:
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    over = frappe.qb.DocType(OVER)
    query = (
        frappe.qb.from_(over)
        .select(
            over.name,
            over.supplier,
            over.item,
            over.qty,
            over.rejected_qty,
            over.warehouse,
            over.defective_warehouse,
        )
        .where(over.name.isin(wanted))
        .orderby(over.name)
    )
    return {row.name: row for row in (query.for_update() if lock else query).run(as_dict=True)}
