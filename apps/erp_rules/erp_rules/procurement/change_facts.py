"""Bulk reads about change orders and engineering change notices: for the clauses of 4.5 and for the forms."""

from __future__ import annotations

import json
from collections.abc import Iterable

import frappe
from frappe.utils import cint, cstr, get_datetime, getdate, now_datetime

from erp_rules.clauses import chapter_4_5 as clauses
from erp_rules.clauses.chapter_4_2 import APPROVAL, ChangeKind, ChangeStatus
from erp_rules.clauses.chapter_4_3 import ORDER, Forged
from erp_rules.clauses.chapter_4_5 import CHANGE, ENGINEERING, ChangeState, OrderChange
from erp_rules.clauses.chapter_4_6 import OVER, RECEIPT, ReceiptState
from erp_rules.procurement import order_facts
from erp_rules.procurement.facts import day, number, supplier_statuses
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.rule_engine.effects import system_writer

LINE = "Purchase Change Order Line"
# What only the app writes: a value that somebody else sends is refused, never quietly put right.
KEPT = ("new_order", "new_requisition")
KEPT_IN_LINES = ("new_order", "new_order_row")
OLD_FIELDS = tuple(f"old_{term}" for term in clauses.TERMS)
LIVE_CHANGES = (ChangeStatus.DRAFT, ChangeStatus.IN_REVIEW, ChangeStatus.APPROVED, ChangeStatus.POSTED)


# The order --------------------------------------------------------------------------------------------


def order_now(name: str | None, lock: bool = False) -> clauses.OrderNow | None:
    """Return an order as it is stored now, with its rows; None when there is none. Two queries.

    With `lock` it stays locked until the transaction ends, and is read as it is and not as it was.
    """
    order, row = frappe.qb.DocType(ORDER), frappe.qb.DocType(ORDER_ITEM)
    query = (
        frappe.qb.from_(order)
        .select(
            order.name,
            order.workflow_state,
            order.order_kind,
            order.supplier,
            order.currency,
            order.department,
        )
        .where(order.name == cstr(name))
    )
    head = (query.for_update() if lock else query).run(as_dict=True)
    if not head:
        return None
    query = (
        frappe.qb.from_(row)
        .select(
            row.name,
            row.idx,
            row.item,
            row.item_name,
            row.specification,
            row.qty,
            row.rate,
            row.required_date,
            row.received_qty,
            row.returned_qty,
            row.closed_qty,
            row.price_row,
            row.is_unpriced,
            row.tax_rate,
            row.requisition,
            row.requisition_row,
            row.first_required_date,
            row.not_lowest_reason,
            row.not_lowest_remark,
        )
        .where(row.parent == head[0].name)
        .where(row.parenttype == ORDER)
        .orderby(row.idx)
    )
    rows = (query.for_update() if lock else query).run(as_dict=True)
    return clauses.OrderNow(
        name=head[0].name,
        state=cstr(head[0].workflow_state),
        kind=cstr(head[0].order_kind),
        supplier=cstr(head[0].supplier),
        currency=cstr(head[0].currency),
        department=cstr(head[0].department),
        rows=tuple(_ordered_row(head[0], line) for line in rows),
    )


def _ordered_row(head, row) -> clauses.OrderedRow:
    return clauses.OrderedRow(
        name=row.name,
        idx=cint(row.idx),
        terms=clauses.Terms(
            item=cstr(row.item),
            item_name=cstr(row.item_name),
            specification=cstr(row.specification),
            qty=number(row.qty),
            department=cstr(head.department),
            rate=number(row.rate),
            required_date=day(row.required_date),
            supplier=cstr(head.supplier),
        ),
        received_qty=number(row.received_qty) - number(row.returned_qty),
        closed_qty=number(row.closed_qty),
        price_row=cstr(row.price_row),
        is_unpriced=bool(cint(row.is_unpriced)),
        tax_rate=number(row.tax_rate),
        requisition=cstr(row.requisition),
        requisition_row=cstr(row.requisition_row),
        first_required_date=day(row.first_required_date),
        not_lowest_reason=cstr(row.not_lowest_reason),
        not_lowest_remark=cstr(row.not_lowest_remark),
    )


# A change order ---------------------------------------------------------------------------------------


def purchase_change_order(doc, previous=None) -> clauses.ChangeFacts:
    """Return what the clauses judge a change order by; an action locks its order before."""
    was = cstr(previous.workflow_state) if previous else ""
    state = cstr(doc.workflow_state)
    is_draft = was in ("", ChangeState.DRAFT)
    common = {
        "kind": cstr(doc.change_kind),
        "told": told(doc),
        "told_before": told(previous) if previous else clauses.Told(),
        "now_at": now_datetime(),
        "made_at": get_datetime(doc.creation).replace(second=0, microsecond=0) if doc.creation else None,
        "forged": _forged(doc, previous),
    }
    if was == ChangeState.EXECUTED:
        return clauses.ChangeFacts(**common, is_judged=False)
    moves = previous is not None and previous is not doc and was != state
    order = order_now(doc.purchase_order, lock=moves)
    facts = clauses.ChangeFacts(
        **common,
        reason=cstr(doc.reason),
        is_permanent=bool(cint(doc.permanent)),
        produced=cstr(doc.produced),
        disposition=cstr(doc.disposition),
        demand=cstr(doc.demand),
        direction=cstr(doc.price_direction),
        today=getdate(),
        is_draft=is_draft,
        order=order,
        then=json.loads(doc.order_as_found or "{}"),
        lines=_lines(doc, order, lock=moves),
        unknown_rows=_unknown_rows(doc, order),
        bad_numbers=tuple(doc.flags.bad_numbers or ()),
        other_changes=_other_changes(doc, lock=moves),
        waiting_receipts=_waiting_receipts(doc, lock=moves),
        engineering=engineering_notice(doc.engineering_change_notice),
        engineering_name=cstr(doc.engineering_change_notice),
        over_delivery=cstr(doc.over_delivery),
        over_delivery_order=_over_delivery_order(doc),
    )
    doc.flags.change_facts = facts
    return facts


def told(doc) -> clauses.Told:
    """Return when and how the supplier was told of a change order and confirmed it (4.5.5)."""
    return clauses.Told(
        notified_at=_moment(doc.supplier_notified_at),
        confirmed_at=_moment(doc.supplier_confirmed_at),
        means=cstr(doc.notified_by_means),
        confirmed_by=cstr(doc.confirmed_by_name),
        confirmation=cstr(doc.confirmation),
    )


def _moment(value):
    return get_datetime(value) if value else None


def _rows_of(order) -> dict[str, clauses.OrderedRow]:
    return {row.name: row for row in order.rows} if order else {}


def _unknown_rows(doc, order) -> tuple[int, ...]:
    rows = _rows_of(order)
    return tuple(line.idx for line in doc.lines if line.order_row not in rows)


def terms_of(line, side: str) -> clauses.Terms:
    """Return the `old` or `new` terms of a line of a change order."""
    return clauses.Terms(
        item=cstr(line.get(f"{side}_item")),
        item_name=cstr(line.get(f"{side}_item_name")),
        specification=cstr(line.get(f"{side}_specification")),
        qty=number(line.get(f"{side}_qty")),
        department=cstr(line.get(f"{side}_department")),
        rate=number(line.get(f"{side}_rate")),
        required_date=day(line.get(f"{side}_required_date")),
        supplier=cstr(line.get(f"{side}_supplier")),
    )


def _lines(doc, order, lock: bool = False) -> tuple[clauses.ChangeLine, ...]:
    rows = _rows_of(order)
    offers = offers_of(doc)
    items = order_facts.item_details(line.new_item for line in doc.lines)
    statuses = supplier_statuses(line.new_supplier for line in doc.lines)
    is_item_change = doc.change_kind == OrderChange.ITEM
    wanted = (
        order_facts.requisition_rows((line.requisition_row for line in doc.lines), lock=lock)
        if is_item_change
        else {}
    )
    entered = price_changes(doc) if doc.change_kind == OrderChange.PRICE and cint(doc.permanent) else {}
    return tuple(_line(line, rows, offers, items, statuses, wanted, entered) for line in doc.lines)


def _line(line, rows, offers, items, statuses, wanted, entered) -> clauses.ChangeLine:
    item = items.get(line.new_item)
    return clauses.ChangeLine(
        row=line.idx,
        ordered=rows.get(line.order_row),
        old=terms_of(line, "old"),
        new=terms_of(line, "new"),
        offer=offers.get(line.idx),
        new_currency=cstr(line.new_currency),
        supplier_status=statuses.get(line.new_supplier, ""),
        sample_status=cstr(item.sample_status) if item else "",
        is_item_usable=bool(item) and not cint(item.disabled),
        requisition=cstr(line.requisition),
        requisition_row=wanted.get(line.requisition_row),
        price_change=entered.get(
            (line.old_item, line.old_supplier, cstr(line.currency), number(line.new_rate)), ""
        ),
    )


def offers_of(doc) -> dict[int, clauses.Offer]:
    """Return per line the price at which its new goods can be ordered today; at most five queries.

    The order's currency comes before another of the supplier's. Where no price is posted, an approved waiver
    may let the goods go out at its rate or without one.
    """
    items = {line.new_item for line in doc.lines if line.new_item}
    if doc.change_kind not in (*clauses.NEW_GOODS, OrderChange.PRICE) or not items:
        return {}
    prices = order_facts.purchase_offers(items, getdate())
    found, bare = {}, {}
    for line in doc.lines:
        offered = prices.get(line.new_item, ())
        price = order_facts.chosen_offer(
            offered, line.new_supplier, doc.currency
        ) or order_facts.chosen_offer(offered, line.new_supplier)
        if price:
            found[line.idx] = clauses.Offer(number(price.rate), cstr(price.currency), price.name)
        elif line.new_supplier and line.new_item:
            bare.setdefault(line.new_supplier, []).append(line)
    if doc.change_kind == OrderChange.PRICE:
        return found
    for supplier, lines in bare.items():
        waived = order_facts.waived_rates(
            supplier, doc.currency, [line.new_item for line in lines], change=doc.name
        )
        for line in lines:
            if line.new_item in waived:
                found[line.idx] = clauses.Offer(waived[line.new_item].rate, cstr(doc.currency))
    return found


def price_changes(doc) -> dict[tuple, str]:
    """Return how far the price approvals' changes to these lines' new prices are, by item, supplier, currency, rate."""
    items = sorted({line.old_item for line in doc.lines if line.old_item})
    if not items:
        return {}
    row, approval = frappe.qb.DocType("Price Change"), frappe.qb.DocType(APPROVAL)
    found = (
        frappe.qb.from_(row)
        .join(approval)
        .on(approval.name == row.parent)
        .select(approval.item, row.supplier, row.currency, row.new_rate, row.status)
        .where(approval.item.isin(items))
        .where(approval.price_kind == "Purchase")
        .where(row.change_kind == str(ChangeKind.PRICE))
        .where(row.status.isin([str(status) for status in LIVE_CHANGES]))
        .orderby(row.change_no)
        .run(as_dict=True)
    )
    return {
        (line.item, line.supplier, cstr(line.currency), number(line.new_rate)): line.status for line in found
    }


def _other_changes(doc, lock: bool = False) -> tuple[str, ...]:
    """Return the change orders that are open on the same order, as they are now."""
    table = frappe.qb.DocType(CHANGE)
    query = (
        frappe.qb.from_(table)
        .select(table.name)
        .where(table.purchase_order == cstr(doc.purchase_order))
        .where(table.workflow_state.isin([str(state) for state in clauses.OPEN_CHANGES]))
        .where(table.name != cstr(doc.name))
        .orderby(table.name)
    )
    return tuple((query.for_update() if lock else query).run(pluck=True))


def _over_delivery_order(doc) -> str:
    return cstr(frappe.db.get_value(OVER, doc.over_delivery, "purchase_order")) if doc.over_delivery else ""


def _waiting_receipts(doc, lock: bool = False) -> tuple[str, ...]:
    """Return the receipts that have counted goods of the order and are not posted yet.

    With `lock` as it is now: a count that came first has locked the order and is committed by now.
    """
    row, receipt = frappe.qb.DocType("Purchase Receipt Item"), frappe.qb.DocType(RECEIPT)
    query = (
        frappe.qb.from_(row)
        .join(receipt)
        .on(receipt.name == row.parent)
        .select(receipt.name)
        .where(row.purchase_order == cstr(doc.purchase_order))
        .where(receipt.workflow_state.isin([str(ReceiptState.COUNTED), str(ReceiptState.INSPECTED)]))
        .orderby(receipt.name)
    )
    return tuple(dict.fromkeys((query.for_update() if lock else query).run(pluck=True)))


def _filled(value) -> str:
    """Return a value as it is compared; forms send a number that nobody entered as zero, or as the text of it."""
    return "" if value in (None, "", 0, "0") else cstr(value)


def _forged(doc, previous) -> tuple[Forged, ...]:
    """Return what this save, which is not the app's, would put into fields that the app keeps."""
    if system_writer():
        return ()
    found = [
        Forged(doc.meta.get_label(name), name)
        for name in KEPT
        if _filled(doc.get(name)) != _filled(previous.get(name) if previous else None)
    ]
    before = {line.name: line for line in previous.lines} if previous else {}
    for line in doc.lines:
        stored = before.get(line.name)
        for name in KEPT_IN_LINES:
            if cstr(line.get(name)) != cstr(stored.get(name) if stored else ""):
                found.append(Forged(line.meta.get_label(name), name, line.idx))
    found += doc.flags.forged_old_values or []
    return tuple(found)


# Engineering change notices ---------------------------------------------------------------------------


def engineering_notice(name: str | None) -> clauses.EngineeringNotice | None:
    """Return an engineering change notice as a change order needs it; None when there is none."""
    state = frappe.db.get_value(ENGINEERING, name, "workflow_state") if name else None
    if not state:
        return None
    rows = frappe.get_all(
        "Engineering Change Item",
        filters={"parent": name, "parenttype": ENGINEERING},
        fields=["old_item", "new_item"],
    )
    return clauses.EngineeringNotice(
        name, cstr(state), frozenset((cstr(row.old_item), cstr(row.new_item)) for row in rows)
    )


def engineering_change_notice(doc, previous=None) -> clauses.EngineeringFacts:
    """Return what the clauses judge an engineering change notice by."""
    items = order_facts.item_details(row.new_item for row in doc.items)
    return clauses.EngineeringFacts(
        reason=cstr(doc.reason),
        lines=tuple(
            clauses.EngineeringLine(
                row.idx, cstr(row.old_item), cstr(row.new_item), _is_usable(items.get(row.new_item))
            )
            for row in doc.items
        ),
    )


def _is_usable(item) -> bool:
    return bool(item) and not cint(item.disabled)


# Promises ---------------------------------------------------------------------------------------------


def promises(order_rows: Iterable[str]) -> dict[str, list]:
    """Return per order row the dates that were promised, oldest first, with the change that moved each (4.5.1.3)."""
    wanted = sorted(set(order_rows))
    if not wanted:
        return {}
    line, change = frappe.qb.DocType(LINE), frappe.qb.DocType(CHANGE)
    found = (
        frappe.qb.from_(line)
        .join(change)
        .on(change.name == line.parent)
        .select(
            line.order_row,
            line.old_required_date,
            line.new_required_date,
            change.name.as_("change_order"),
            change.executed_at,
            change.executed_by,
        )
        .where(line.order_row.isin(wanted))
        .where(change.change_kind == str(OrderChange.DATE))
        .where(change.workflow_state == str(ChangeState.EXECUTED))
        .orderby(change.executed_at)
        .orderby(change.name)
        .run(as_dict=True)
    )
    promised: dict[str, list] = {}
    for row in found:
        promised.setdefault(row.order_row, []).append(row)
    return promised
