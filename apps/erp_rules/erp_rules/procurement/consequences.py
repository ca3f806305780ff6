"""What a change order does when it is carried out, worked out before anybody signs (rulebook 6).

The plan is the one that the execution follows; here it becomes quantities and amounts: what is closed and made,
what of requisitions is open afterwards, what waits on the way, and what the order costs before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe.utils import getdate

from erp_rules.clauses.base import Enforcement
from erp_rules.clauses.chapter_4_3 import ORDER, RequisitionRow
from erp_rules.clauses.chapter_4_4 import free_quantity
from erp_rules.clauses.chapter_4_5 import (
    CLAUSE,
    ChangeFacts,
    ChangeState,
    NewOrder,
    NewRow,
    OrderChange,
    Plan,
    plan_of,
)
from erp_rules.clauses.chapter_4_6 import NOTICE, OPEN_DELIVERIES, OVER, RECEIPT, OverStatus, ReceiptState
from erp_rules.clauses.chapter_4_7 import RETURN
from erp_rules.masters import facts as masters
from erp_rules.procurement import change_facts, order_facts
from erp_rules.procurement.facts import number
from erp_rules.rule_engine.parameters import enforcement_of, values_of

CENT = Decimal("0.01")


@dataclass(frozen=True)
class OrderRow:
    """A row of the order before and after: what was ordered, came, went back, is kept apart, and may still come."""

    name: str
    idx: int
    item: str
    item_name: str
    ordered: Decimal
    received: Decimal
    returned: Decimal
    over: Decimal
    open_before: Decimal
    open_after: Decimal


@dataclass(frozen=True)
class MadeRow:
    """A row of an order that is made."""

    item: str
    qty: Decimal
    free_qty: Decimal
    rate: Decimal
    amount: Decimal
    required_date: date | None
    is_new_demand: bool = False


@dataclass(frozen=True)
class MadeOrder:
    """An order that is made: its supplier, rows and amounts; `name` once it exists."""

    supplier: str
    currency: str
    department: str
    rows: tuple[MadeRow, ...]
    amount: Decimal
    amount_base: Decimal
    name: str = ""


@dataclass(frozen=True)
class NewValue:
    """A value of the order that changes in its place."""

    idx: int
    item: str
    fieldname: str
    old: object
    new: object


@dataclass(frozen=True)
class DemandRow:
    """A requisition row: what may still be ordered of it, and what of it is wanted at all, before and after."""

    name: str
    requisition: str
    item: str
    open_before: Decimal
    open_after: Decimal
    wanted_before: Decimal
    wanted_after: Decimal


@dataclass(frozen=True)
class Waiting:
    """A document on the order that is not finished: a count, an announced delivery, a return, goods kept apart."""

    doctype: str
    name: str
    state: str
    qty: Decimal


@dataclass(frozen=True)
class Amounts:
    """What order and new orders amount to; in base currency when the new ones are in another currency."""

    currency: str
    before: Decimal
    after: Decimal
    base_currency: str
    before_base: Decimal
    after_base: Decimal


@dataclass(frozen=True)
class Consequences:
    """All that follows from a change order; `is_past` once it was carried out."""

    clause: str
    closes: tuple[str, ...] = ()
    creates: tuple[MadeOrder, ...] = ()
    changes: tuple[NewValue, ...] = ()
    new_demand: tuple[MadeRow, ...] = ()
    rows: tuple[OrderRow, ...] = ()
    demand: tuple[DemandRow, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    amounts: Amounts | None = None
    new_requisition: str = ""
    is_past: bool = False


@dataclass(frozen=True)
class Known:
    """What is read beside the facts: items, exchange rates, requisition rows, and the parameters of 4.4.3."""

    items: Mapping[str, object] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    base_currency: str = ""
    requisitions: Mapping[str, RequisitionRow] = field(default_factory=dict)
    allowance: Mapping[str, object] | None = None
    waiting: tuple[Waiting, ...] = ()


def cents(value: Decimal) -> Decimal:
    """Return an amount rounded half up to the cent, as orders are."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


# Worked out from facts and plan ------------------------------------------------------------------------


def consequences(order, facts: ChangeFacts, plan: Plan, known: Known) -> Consequences:
    """Return what carrying out `plan` makes of `order` as it is now; reads nothing, writes nothing."""
    creates = tuple(_made(new, known) for new in plan.new_orders)
    terms = {term.order_row: term for term in plan.new_terms}
    rows = tuple(_row(row, facts, plan) for row in order.items)
    return Consequences(
        clause=plan.clause,
        closes=(order.name,) if plan.closes_order else (),
        creates=creates,
        changes=tuple(_changes(order, terms)),
        new_demand=tuple(_made_row(row, known) for row in plan.new_demand),
        rows=rows,
        demand=_demand(order, plan, known),
        waiting=known.waiting,
        amounts=_amounts(order, facts, plan, creates, terms, known),
    )


def _made(new: NewOrder, known: Known) -> MadeOrder:
    rows = tuple(_made_row(row, known) for row in new.rows)
    amount = sum((row.amount for row in rows), Decimal(0))
    rate = known.rates.get(new.currency, Decimal(0))
    return MadeOrder(new.supplier, new.currency, new.department, rows, amount, cents(amount * rate))


def _made_row(row: NewRow, known: Known) -> MadeRow:
    item = known.items.get(row.item)
    free = Decimal(0)
    if item is not None and known.allowance is not None:
        free = free_quantity(
            row.qty, item.item_class, number(item.free_allowance_pct), item.decimals, known.allowance
        )
    amount = cents(row.qty * row.rate)
    return MadeRow(row.item, row.qty, free, row.rate, amount, row.required_date, row.is_new_demand)


def _coming(row) -> Decimal:
    """Return what may still come of an order's row, its free quantity included."""
    return max(
        number(row.qty)
        + number(row.free_qty)
        - number(row.received_qty)
        + number(row.returned_qty)
        - number(row.closed_qty),
        Decimal(0),
    )


def _row(row, facts: ChangeFacts, plan: Plan) -> OrderRow:
    coming = _coming(row)
    return OrderRow(
        name=row.name,
        idx=row.idx,
        item=row.item,
        item_name=row.item_name or "",
        ordered=number(row.qty),
        received=number(row.received_qty),
        returned=number(row.returned_qty),
        over=number(row.over_qty),
        open_before=coming,
        open_after=Decimal(0) if plan.closes_order else coming,
    )


def _changes(order, terms: Mapping) -> Iterable[NewValue]:
    for row in order.items:
        term = terms.get(row.name)
        if term is None:
            continue
        if term.required_date is not None:
            yield NewValue(row.idx, row.item, "required_date", getdate(row.required_date), term.required_date)
        if term.rate is not None:
            yield NewValue(row.idx, row.item, "rate", number(row.rate), term.rate)


def _demand(order, plan: Plan, known: Known) -> tuple[DemandRow, ...]:
    """Return what of each requisition row is open and wanted before and after.

    Closing gives back what will no longer come; what is no longer wanted is taken off; new orders take theirs.
    """
    given: dict[str, Decimal] = {}
    if plan.closes_order:
        for row in order.items:
            if row.requisition_row:
                given[row.requisition_row] = (
                    given.get(row.requisition_row, Decimal(0))
                    + order_facts.given_back(row, closed_more=_coming(row))
                    - order_facts.given_back(row)
                )
    taken: dict[str, Decimal] = {}
    for new in plan.new_orders:
        for row in new.rows:
            if row.requisition_row and not row.is_new_demand:
                taken[row.requisition_row] = taken.get(row.requisition_row, Decimal(0)) + row.qty
    found = []
    for name in sorted({*given, *taken, *plan.closed_demand}):
        now = known.requisitions.get(name)
        if now is None:
            continue
        left = now.open_qty + given.get(name, Decimal(0))
        ended = min(plan.closed_demand.get(name, Decimal(0)), max(left, Decimal(0)))
        found.append(
            DemandRow(
                name=name,
                requisition=now.requisition,
                item=now.item,
                open_before=now.open_qty,
                open_after=left - ended - taken.get(name, Decimal(0)),
                wanted_before=now.qty - now.closed_qty,
                wanted_after=now.qty - now.closed_qty - ended,
            )
        )
    return tuple(found)


def _amounts(order, facts: ChangeFacts, plan: Plan, creates, terms: Mapping, known: Known) -> Amounts:
    """Return what the order amounts to now, and what is left of it amounts to together with the new orders.

    Both in base currency at today's rates, so that the difference is the change's and not the market's.
    """
    settled = {row.name: row.settled for row in facts.order.rows}
    stays = Decimal(0)
    for row in order.items:
        rate = (
            terms[row.name].rate
            if row.name in terms and terms[row.name].rate is not None
            else number(row.rate)
        )
        qty = (
            min(settled.get(row.name, Decimal(0)), number(row.qty)) if plan.closes_order else number(row.qty)
        )
        stays += cents(qty * rate)
    before = number(order.total_amount)
    rate_now = known.rates.get(order.currency, Decimal(0))
    after_base = cents(stays * rate_now) + sum((new.amount_base for new in creates), Decimal(0))
    before_base = cents(before * rate_now)
    if any(new.currency != order.currency for new in creates):
        return Amounts(
            known.base_currency, before_base, after_base, known.base_currency, before_base, after_base
        )
    after = stays + sum((new.amount for new in creates), Decimal(0))
    return Amounts(order.currency, before, after, known.base_currency, before_base, after_base)


# Read --------------------------------------------------------------------------------------------------


def preview(doc) -> Consequences:
    """Return what carrying out the change order `doc` would do now, or what it did when it was carried out.

    Writes nothing and locks nothing: the order may change until somebody signs, and execution looks again.
    """
    order = frappe.get_doc(ORDER, doc.purchase_order)
    if doc.workflow_state == ChangeState.EXECUTED:
        return past(doc, order)
    facts = change_facts.purchase_change_order(doc, doc)
    plan = plan_of(facts)
    return consequences(order, facts, plan, known_of(order, plan))


def known_of(order, plan: Plan) -> Known:
    """Return what the consequences need beside the facts of the change; one query a kind."""
    rows = [row for new in plan.new_orders for row in new.rows]
    currencies = {order.currency, *(new.currency for new in plan.new_orders)} - {"", None}
    demand = {
        *(row.requisition_row for row in order.items if row.requisition_row),
        *(row.requisition_row for row in rows if row.requisition_row),
    }
    return Known(
        items=order_facts.item_details(row.item for row in rows),
        rates=masters.rates_to_base(sorted(currencies), getdate()),
        base_currency=masters.base_currency(),
        requisitions=order_facts.requisition_rows(demand),
        allowance=_allowance(),
        waiting=waiting_on(order.name),
    )


def _allowance() -> Mapping[str, object] | None:
    """Return the parameters of the free allowance; None when the rule is off."""
    if enforcement_of("4.4.3") == Enforcement.OFF:
        return None
    return values_of("4.4.3", frappe.new_doc(ORDER))


def waiting_on(order: str) -> tuple[Waiting, ...]:
    """Return what is under way on an order: counts, announced deliveries, returns, and goods kept apart; four queries."""
    return (
        *_under_way(RECEIPT, "Purchase Receipt Item", "counted_qty", order, _receipt_is_open),
        *_under_way(NOTICE, "Delivery Notice Item", "qty", order, _notice_is_open, state="status"),
        *_under_way(RETURN, "Purchase Return Item", "qty", order, _is_draft, names_order=True),
        *_kept_apart(order),
    )


def _receipt_is_open(table):
    states = (ReceiptState.DRAFT, ReceiptState.COUNTED, ReceiptState.INSPECTED)
    return table.workflow_state.isin([str(state) for state in states])


def _notice_is_open(table):
    return table.status.isin([str(status) for status in OPEN_DELIVERIES])


def _is_draft(table):
    return table.docstatus == 0


def _under_way(
    doctype: str,
    row_doctype: str,
    quantity: str,
    order: str,
    condition,
    state: str = "workflow_state",
    names_order: bool = False,
) -> list[Waiting]:
    table, row = frappe.qb.DocType(doctype), frappe.qb.DocType(row_doctype)
    found = (
        frappe.qb.from_(row)
        .join(table)
        .on(table.name == row.parent)
        .select(table.name, table[state].as_("state"), row[quantity].as_("qty"))
        .where((table if names_order else row).purchase_order == order)
        .where(condition(table))
        .orderby(table.name)
        .run(as_dict=True)
    )
    sums: dict[tuple[str, str], Decimal] = {}
    for line in found:
        key = (line.name, line.state)
        sums[key] = sums.get(key, Decimal(0)) + number(line.qty)
    return [Waiting(doctype, name, state, qty) for (name, state), qty in sums.items()]


def _kept_apart(order: str) -> list[Waiting]:
    rows = frappe.get_all(
        OVER,
        filters={"purchase_order": order, "status": str(OverStatus.OPEN)},
        fields=["name", "status", "open_qty"],
        order_by="name asc",
    )
    return [Waiting(OVER, row.name, row.status, number(row.open_qty)) for row in rows]


# What was done -----------------------------------------------------------------------------------------


def past(doc, order) -> Consequences:
    """Return what an executed change order did, from the documents that it closed, made and changed."""
    made = [
        frappe.get_doc(ORDER, name)
        for name in frappe.get_all(ORDER, {"change_order": doc.name}, pluck="name", order_by="name asc")
    ]
    return Consequences(
        clause=CLAUSE[doc.change_kind],
        closes=(order.name,) if order.closed_by_change == doc.name else (),
        creates=tuple(made_order(new) for new in made),
        changes=tuple(_changed(doc)),
        new_requisition=doc.new_requisition or "",
        waiting=waiting_on(order.name),
        is_past=doc.workflow_state == ChangeState.EXECUTED,
    )


def made_order(order) -> MadeOrder:
    """Return a stored order as the consequences describe one."""
    rows = tuple(
        MadeRow(
            row.item,
            number(row.qty),
            number(row.free_qty),
            number(row.rate),
            number(row.amount),
            getdate(row.required_date) if row.required_date else None,
        )
        for row in order.items
    )
    return MadeOrder(
        order.supplier,
        order.currency,
        order.department or "",
        rows,
        number(order.total_amount),
        number(order.total_amount_base),
        order.name,
    )


def _changed(doc) -> Iterable[NewValue]:
    fieldname = {OrderChange.DATE: "required_date", OrderChange.PRICE: "rate"}.get(doc.change_kind)
    for line in doc.lines:
        old, new = (line.get(f"{side}_{fieldname}") for side in ("old", "new"))
        if fieldname and old != new:
            yield NewValue(line.order_idx, line.old_item, fieldname, old, new)
