"""Bulk reads about containers and exchange settlements, for the clauses 7.13 to 7.18 and their reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe.utils import cint, cstr, get_datetime, getdate, now_datetime

from erp_rules.clauses import chapter_7_imports as clauses
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import NOTICE, RECEIPT, ReceiptState
from erp_rules.clauses.chapter_7_imports import (
    CONTAINER,
    COUNTED_STATES,
    POSTED_STATES,
    SETTLEMENT,
    ContainerState,
    DiscrepancyKind,
    SettlementState,
)
from erp_rules.masters import facts as masters
from erp_rules.procurement.facts import day, number
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM, order_rows, quantity
from erp_rules.rule_engine.differences import normal
from erp_rules.rule_engine.effects import system_writer

PACKING_LINE = "Import Packing Line"
DISCREPANCY = "Import Discrepancy"
SETTLEMENT_LINE = "Exchange Settlement Line"
FOUND_FIELDS = ("item", "kind", "packing_qty", "found_qty", "purchase_order", "order_row", "is_automatic")
CENT = Decimal("0.01")


# Containers


def import_container(doc, previous=None) -> clauses.ContainerFacts:
    """Return what the clauses judge a container by; on shipping, what is open is read with locks."""
    was = cstr(previous.workflow_state) if previous else ""
    is_packing = was in ("", ContainerState.DRAFT)
    is_moving = previous is not None and previous.workflow_state != doc.workflow_state
    rows: dict = {}
    elsewhere: dict[str, Decimal] = {}
    kinds: dict[str, str] = {}
    if is_packing or is_moving:
        names = [row.order_row for row in doc.items if row.order_row]
        rows = order_rows(names, lock=is_packing and is_moving)
    if is_packing:
        elsewhere = packed_elsewhere(names, cstr(doc.name), lock=is_moving)
        kinds = supplier_kinds(row.supplier for row in rows.values())
    receipts = container_receipts(doc.name) if is_moving and not is_packing else []
    return clauses.ContainerFacts(
        container_no=cstr(doc.container_no),
        today=getdate(),
        now=now_datetime(),
        is_packing=is_packing,
        is_number_new=previous is None or previous.container_no != doc.container_no,
        twin=_twin(doc) if is_packing else "",
        bill_of_lading=cstr(doc.bill_of_lading),
        etd=day(doc.etd),
        eta=day(doc.eta),
        arrived_on=day(doc.arrived_on),
        customs_declaration_no=cstr(doc.customs_declaration_no).strip(),
        unloading_started_at=get_datetime(doc.unloading_started_at) if doc.unloading_started_at else None,
        unloading_ended_at=get_datetime(doc.unloading_ended_at) if doc.unloading_ended_at else None,
        unloading_people=cstr(doc.unloading_people).strip(),
        seal_condition=cstr(doc.seal_condition),
        unloading_remarks=cstr(doc.unloading_remarks).strip(),
        photo_count=len(doc.unloading_photos),
        lines=tuple(_packed_line(row, rows, elsewhere, kinds) for row in doc.items),
        uncounted=_uncounted(doc, receipts) if doc.workflow_state == ContainerState.ACCEPTED else (),
        abnormal=tuple(_abnormal_line(row, previous) for row in doc.abnormal_materials),
        removed=_removed(doc, previous),
        feedback=tuple(
            clauses.FeedbackLine(row.idx, cstr(row.item), quantity(row.qty), cstr(row.responsible))
            for row in doc.quality_feedback
        ),
        is_feedback_sent=bool(doc.feedback_sent_on and cstr(doc.feedback_sent_to).strip()),
        receipts=tuple(clauses.ContainerReceipt(row.name, cstr(row.workflow_state)) for row in receipts),
    )


def _packed_line(row, rows, elsewhere, kinds) -> clauses.PackedLine:
    found = rows.get(row.order_row)
    return clauses.PackedLine(
        row=row.idx,
        order=cstr(row.purchase_order),
        item=cstr(row.item),
        qty=quantity(row.qty),
        order_row=found,
        supplier_kind=kinds.get(found.supplier, "") if found else "",
        elsewhere=elsewhere.get(row.order_row, Decimal(0)),
        net_weight=quantity(row.net_weight),
        gross_weight=quantity(row.gross_weight),
        delivery_note_no=cstr(row.delivery_note_no).strip(),
    )


def _abnormal_line(row, previous) -> clauses.AbnormalLine:
    before = _stored_rows(previous).get(row.name)
    changed: tuple[str, ...] = ()
    is_forged = False
    if not system_writer():
        if before and cint(before.is_automatic):
            changed = tuple(name for name in FOUND_FIELDS if _value(row, name) != _value(before, name))
        else:
            is_forged = bool(cint(row.is_automatic))
    return clauses.AbnormalLine(
        row=row.idx,
        item=cstr(row.item),
        kind=cstr(row.kind),
        packing_qty=quantity(row.packing_qty),
        found_qty=quantity(row.found_qty),
        handling=cstr(row.handling),
        remark=cstr(row.handling_remark).strip(),
        is_settled=bool(cint(row.is_settled)),
        changed=changed,
        is_forged=is_forged,
    )


def _value(row, fieldname: str):
    return normal(row.meta.get_field(fieldname).fieldtype, row.get(fieldname))


def _stored_rows(previous) -> dict:
    return {row.name: row for row in previous.abnormal_materials} if previous else {}


def _removed(doc, previous) -> tuple[str, ...]:
    if system_writer():
        return ()
    kept = {row.name for row in doc.abnormal_materials}
    return tuple(
        cstr(row.item)
        for row in _stored_rows(previous).values()
        if cint(row.is_automatic) and row.name not in kept
    )


def _twin(doc) -> str:
    """Return the container that is under way with the same number and bill of lading, or an empty text."""
    if not doc.container_no:
        return ""
    filters = {
        "container_no": doc.container_no,
        "name": ["!=", cstr(doc.name)],
        "workflow_state": ["!=", str(ContainerState.CLOSED)],
    }
    found = frappe.get_all(CONTAINER, filters=filters, fields=["name", "bill_of_lading"], order_by="name asc")
    same = [row.name for row in found if cstr(row.bill_of_lading) == cstr(doc.bill_of_lading)]
    return same[0] if same else ""


def supplier_kinds(codes: Iterable[str]) -> dict[str, str]:
    """Return the kind of each supplier, in one query."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return {}
    rows = frappe.get_all("Supplier", filters={"name": ["in", wanted]}, fields=["name", "supplier_kind"])
    return {row.name: cstr(row.supplier_kind) for row in rows}


def under_way(
    *,
    rows: Iterable[str] | None = None,
    items: Iterable[str] | None = None,
    except_container: str = "",
    lock: bool = False,
) -> list[frappe._dict]:
    """Return what containers bring that is not posted yet, of these order rows or items, or all; two queries.

    Each has container, container_no, state, eta, order_row, item and qty.
    """
    line, container = frappe.qb.DocType(PACKING_LINE), frappe.qb.DocType(CONTAINER)
    query = (
        frappe.qb.from_(line)
        .join(container)
        .on(container.name == line.parent)
        .select(
            line.parent.as_("container"),
            container.container_no,
            container.workflow_state,
            container.eta,
            line.order_row,
            line.item,
            line.qty,
        )
        .where(container.workflow_state.isin([str(state) for state in clauses.UNDER_WAY]))
        .where(container.name != except_container)
    )
    for column, wanted in ((line.order_row, rows), (line.item, items)):
        if wanted is not None:
            names = sorted(set(wanted))
            if not names:
                return []
            query = query.where(column.isin(names))
    found = (query.for_update() if lock else query).run(as_dict=True)
    posted = _posted_in(row.container for row in found)
    return [row for row in found if (row.container, row.order_row) not in posted]


def _posted_in(containers: Iterable[str]) -> set[tuple[str, str]]:
    """Return which order rows were posted by receipts of which container."""
    wanted = sorted(set(containers))
    if not wanted:
        return set()
    line, receipt = frappe.qb.DocType(RECEIPT_ITEM), frappe.qb.DocType(RECEIPT)
    found = (
        frappe.qb.from_(line)
        .join(receipt)
        .on(receipt.name == line.parent)
        .select(receipt.import_container, line.order_row)
        .distinct()
        .where(receipt.import_container.isin(wanted))
        .where(receipt.workflow_state.isin([str(state) for state in POSTED_STATES]))
        .run(as_dict=True)
    )
    return {(row.import_container, row.order_row) for row in found}


def packed_elsewhere(names: Iterable[str], container: str, lock: bool = False) -> dict[str, Decimal]:
    """Return per order row what other containers hold of it and have not brought in yet."""
    totals: dict[str, Decimal] = {}
    for row in under_way(rows=names, except_container=container, lock=lock):
        totals[row.order_row] = totals.get(row.order_row, Decimal(0)) + number(row.qty)
    return totals


def container_receipts(container: str) -> list[frappe._dict]:
    """Return the receipts of what a container brought, oldest first."""
    return frappe.get_all(
        RECEIPT,
        filters={"import_container": container, "docstatus": ["<", 2]},
        fields=["name", "workflow_state", "supplier", "delivery_notice", "delivery_note_no"],
        order_by="name asc",
    )


def container_notices(container: str) -> dict[str, frappe._dict]:
    """Return the delivery notices of a container by name, each with its order rows; one query."""
    notice, line = frappe.qb.DocType(NOTICE), frappe.qb.DocType("Delivery Notice Item")
    found = (
        frappe.qb.from_(line)
        .join(notice)
        .on(notice.name == line.parent)
        .select(notice.name, notice.supplier, notice.delivery_note_no, line.order_row, line.item)
        .where(notice.import_container == container)
        .orderby(notice.name)
        .orderby(line.idx)
        .run(as_dict=True)
    )
    notices: dict[str, frappe._dict] = {}
    for row in found:
        notice = notices.setdefault(
            row.name,
            frappe._dict(
                name=row.name, supplier=row.supplier, delivery_note_no=row.delivery_note_no, rows={}
            ),
        )
        notice.rows[row.order_row] = row.item
    return notices


def waiting_rows(notices: dict, receipts: list) -> frozenset[str]:
    """Return the order rows of notices that nobody has counted yet, or that are to be counted again."""
    counted = {row.delivery_notice for row in receipts if row.workflow_state in COUNTED_STATES}
    drafts = {row.delivery_notice for row in receipts if row.workflow_state == ReceiptState.DRAFT}
    return frozenset(
        order_row
        for notice in notices.values()
        if notice.name not in counted or notice.name in drafts
        for order_row in notice.rows
    )


def _uncounted(doc, receipts: list) -> tuple[clauses.Uncounted, ...]:
    """Return per delivery note the items that are neither counted nor entered as short."""
    short = {row.item for row in doc.abnormal_materials if row.kind == DiscrepancyKind.SHORT}
    notices = container_notices(doc.name)
    waiting = waiting_rows(notices, receipts)
    found = []
    for notice in notices.values():
        items = sorted({item for row, item in notice.rows.items() if row in waiting} - short)
        if items:
            found.append(clauses.Uncounted(cstr(notice.delivery_note_no), notice.supplier, tuple(items)))
    return tuple(found)


def counted_rows(container: str) -> dict[str, clauses.Counted]:
    """Return what the receipts of a container counted and rejected, by order row; one query."""
    line, receipt = frappe.qb.DocType(RECEIPT_ITEM), frappe.qb.DocType(RECEIPT)
    found = (
        frappe.qb.from_(line)
        .join(receipt)
        .on(receipt.name == line.parent)
        .select(
            line.order_row,
            line.item,
            line.counted_qty,
            line.rejected_qty,
            line.reject_reason,
            receipt.workflow_state,
        )
        .where(receipt.import_container == container)
        .where(receipt.workflow_state.isin([str(state) for state in COUNTED_STATES]))
        .orderby(receipt.name)
        .orderby(line.idx)
        .run(as_dict=True)
    )
    counted: dict[str, clauses.Counted] = {}
    for row in found:
        before = counted.get(row.order_row) or clauses.Counted(cstr(row.item), Decimal(0))
        is_inspected = row.workflow_state in clauses.INSPECTED_STATES
        rejected = number(row.rejected_qty) if is_inspected else Decimal(0)
        counted[row.order_row] = clauses.Counted(
            before.item,
            before.qty + number(row.counted_qty),
            (*before.rejected, (cstr(row.reject_reason), rejected)) if rejected else before.rejected,
        )
    return counted


# Settlements


@dataclass
class Amounts:
    """What was posted and what other settlements take, by order, and by order and receipt."""

    orders: dict[str, frappe._dict] = field(default_factory=dict)
    posted: dict[str, Decimal] = field(default_factory=dict)
    received: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    elsewhere: dict[str, Decimal] = field(default_factory=dict)
    elsewhere_of: dict[tuple[str, str], Decimal] = field(default_factory=dict)

    def left(self, order: str, receipt: str = "") -> Decimal:
        """Return what of an order, and of a receipt when one is named, may still be settled."""
        left = self.posted.get(order, Decimal(0)) - self.elsewhere.get(order, Decimal(0))
        if receipt:
            key = (order, receipt)
            left = min(left, self.received.get(key, Decimal(0)) - self.elsewhere_of.get(key, Decimal(0)))
        return max(left, Decimal(0))


def money(value: Decimal) -> Decimal:
    """Return an amount in cents."""
    return value.quantize(CENT, ROUND_HALF_UP)


def foreign_exchange_settlement(doc, previous=None) -> clauses.SettlementFacts:
    """Return what the clauses judge a settlement by; when it moves, amounts are read with locks."""
    was = cstr(previous.workflow_state) if previous else ""
    is_draft = was in ("", SettlementState.DRAFT)
    is_moving = previous is not None and previous is not doc and was != doc.workflow_state
    is_settling = is_moving and doc.workflow_state == SettlementState.SETTLED
    found = settlement_amounts(doc, lock=is_moving)
    reference = cstr(doc.bank_reference).strip()
    return clauses.SettlementFacts(
        supplier=cstr(doc.supplier),
        currency=cstr(doc.currency),
        base_currency=masters.base_currency(),
        today=getdate(),
        lines=tuple(_settled_line(row, found) for row in doc.items),
        is_draft=is_draft,
        rate=number(doc.exchange_rate) or None,
        rate_date=day(doc.rate_date),
        due_date=day(doc.due_date),
        settled_on=day(doc.settled_on),
        settled_rate=number(doc.settled_rate) or None,
        bank_reference=reference,
        reference_used_by=_user_of(reference, cstr(doc.name)) if is_settling and reference else "",
        has_contract=bool(cstr(doc.contract_no).strip() or doc.contract_file),
    )


def _settled_line(row, found: Amounts) -> clauses.SettledLine:
    order, receipt = cstr(row.purchase_order), cstr(row.receipt)
    about = found.orders.get(order)
    key = (order, receipt)
    return clauses.SettledLine(
        row=row.idx,
        order=order,
        receipt=receipt,
        amount=quantity(row.amount),
        settled_amount=quantity(row.settled_amount),
        order_supplier=cstr(about.supplier) if about else None,
        order_currency=cstr(about.currency) if about else "",
        order_kind=cstr(about.order_kind) if about else "",
        posted=found.posted.get(order, Decimal(0)),
        elsewhere=found.elsewhere.get(order, Decimal(0)),
        is_receipt_posted=not receipt or key in found.received,
        receipt_posted=found.received.get(key, Decimal(0)),
        receipt_elsewhere=found.elsewhere_of.get(key, Decimal(0)),
    )


def settlement_amounts(doc, lock: bool = False) -> Amounts:
    """Return what was posted for the orders and receipts of a settlement, and what others settle; four queries.

    Goods count that were accepted and have not gone back, at the order's rate; free goods never do. With `lock`
    it is read as it is now; the orders are locked before.
    """
    names = sorted({cstr(row.purchase_order) for row in doc.items if row.purchase_order})
    receipts = sorted({cstr(row.receipt) for row in doc.items if row.receipt})
    found = Amounts()
    if not names:
        return found
    orders = frappe.get_all(
        ORDER, filters={"name": ["in", names]}, fields=["name", "supplier", "currency", "order_kind"]
    )
    found.orders = {row.name: row for row in orders}
    found.posted = posted_amounts(names, lock)
    if receipts:
        found.received = _receipt_amounts(names, receipts, lock)
    line, settlement = frappe.qb.DocType(SETTLEMENT_LINE), frappe.qb.DocType(SETTLEMENT)
    query = (
        frappe.qb.from_(line)
        .join(settlement)
        .on(settlement.name == line.parent)
        .select(
            line.purchase_order, line.receipt, line.amount, line.settled_amount, settlement.workflow_state
        )
        .where(line.purchase_order.isin(names))
        .where(settlement.workflow_state.isin([str(state) for state in clauses.RESERVING]))
        .where(settlement.name != cstr(doc.name))
    )
    for row in (query.for_update() if lock else query).run(as_dict=True):
        is_settled = row.workflow_state == SettlementState.SETTLED
        amount = number(row.settled_amount if is_settled else row.amount)
        key = (row.purchase_order, cstr(row.receipt))
        found.elsewhere[key[0]] = found.elsewhere.get(key[0], Decimal(0)) + amount
        found.elsewhere_of[key] = found.elsewhere_of.get(key, Decimal(0)) + amount
    return found


def posted_amounts(names: Iterable[str], lock: bool = False) -> dict[str, Decimal]:
    """Return what was posted for each order and may be paid, in the order's currency; one query."""
    row = frappe.qb.DocType(ORDER_ITEM)
    query = (
        frappe.qb.from_(row)
        .select(row.parent, row.qty, row.received_qty, row.accepted_qty, row.returned_qty, row.rate)
        .where(row.parent.isin(sorted(set(names))))
        .where(row.parenttype == ORDER)
    )
    totals: dict[str, Decimal] = {}
    for line in (query.for_update() if lock else query).run(as_dict=True):
        kept = number(line.received_qty) - number(line.returned_qty)
        payable = max(min(number(line.qty), number(line.accepted_qty), kept), Decimal(0))
        totals[line.parent] = totals.get(line.parent, Decimal(0)) + money(payable * number(line.rate))
    return totals


def _receipt_amounts(
    names: list[str], receipts: list[str], lock: bool = False
) -> dict[tuple[str, str], Decimal]:
    line, row = frappe.qb.DocType(RECEIPT_ITEM), frappe.qb.DocType(ORDER_ITEM)
    query = (
        frappe.qb.from_(line)
        .join(row)
        .on(row.name == line.order_row)
        .select(line.parent, line.purchase_order, line.order_accepted_qty, row.rate)
        .where(line.parent.isin(receipts))
        .where(line.purchase_order.isin(names))
        .where(line.docstatus == 1)
    )
    totals: dict[tuple[str, str], Decimal] = {}
    for found in (query.for_update() if lock else query).run(as_dict=True):
        key = (found.purchase_order, found.parent)
        amount = money(number(found.order_accepted_qty) * number(found.rate))
        totals[key] = totals.get(key, Decimal(0)) + amount
    return totals


def _user_of(reference: str, settlement: str) -> str:
    """Return the settlement that a bank reference was entered for, or an empty text."""
    filters = {
        "bank_reference": reference,
        "name": ["!=", settlement],
        "workflow_state": str(SettlementState.SETTLED),
    }
    found = frappe.get_all(SETTLEMENT, filters=filters, pluck="name", limit=1, order_by="name asc")
    return found[0] if found else ""
