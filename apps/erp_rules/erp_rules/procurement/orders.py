"""Orders: made from requisition lines, priced, received, closed; shared by ordering, changes and receiving."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime

from erp_rules.clauses.chapter_4_3 import (
    NUMBER,
    OPEN_STATES,
    ORDER,
    OrderKind,
    OrderState,
    RequisitionKind,
    plain,
)
from erp_rules.procurement import order_facts, requisitions
from erp_rules.procurement.facts import number
from erp_rules.rule_engine import workflow
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.errors import RuleViolation

TOTALS = ("received_qty", "accepted_qty", "rejected_qty", "over_qty", "returned_qty")
LIVE = (OrderState.DRAFT, OrderState.MANAGER_APPROVAL, OrderState.APPROVED, *OPEN_STATES, OrderState.RECEIVED)


# Making orders


def make_order(
    values: Mapping, clause: str | None = None, name: str | None = None, offers: Mapping | None = None
):
    """Insert an order from its values and return it; with `clause` the app makes it in that clause's name.

    `name` is a number that `next_number` gave, `offers` are today's effective prices of its items, if they were read.
    """
    doc = frappe.get_doc({"doctype": ORDER, **values})
    if offers is not None:
        doc.keep_offers(getdate(), offers)
    if not clause:
        return doc.insert()
    if name:
        doc.name, doc.flags.name_set = name, True
    with system_write(clause):
        return doc.insert(ignore_permissions=True)


def next_number() -> str:
    """Return the number of the next order, taken for good."""
    doc = frappe.new_doc(ORDER)
    doc.set_new_name()
    return doc.name


def make_orders(chosen: Iterable[Mapping]) -> list[str]:
    """Make one order per supplier, currency, department and kind from requisition lines; return their names.

    Each of `chosen` names a `requisition_row` and a `supplier`, and may name `qty` (all that is open when
    left out), `currency`, `required_date`, `not_lowest_reason` and `not_lowest_remark`. All orders are made
    or none: a line that is no longer open refuses the whole with what was found.
    """
    lines = [frappe._dict(line) for line in chosen]
    if not lines:
        frappe.throw(_("Choose at least one requisition line."), RuleViolation)
    rows = order_facts.requisition_rows((line.requisition_row for line in lines), lock=True)
    _refuse_taken(lines, rows)
    details = _details(rows)
    offers = order_facts.purchase_offers(
        {row.item for row in rows.values()}, getdate(), order_facts.ORDER_OFFER_FIELDS
    )
    grouped: dict[tuple, list[dict]] = {}
    for line in lines:
        row = rows[line.requisition_row]
        detail = details[row.name]
        offer = order_facts.chosen_offer(offers.get(row.item, ()), line.supplier, line.currency)
        currency = offer.currency if offer else line.currency or ""
        key = (line.supplier, currency, detail.department or "", detail.requisition_kind or "")
        grouped.setdefault(key, []).append(
            {
                "item": row.item,
                "qty": float(number(line.qty) if line.get("qty") not in (None, "") else row.open_qty),
                "required_date": line.required_date or detail.required_date,
                "requisition": row.requisition,
                "requisition_row": row.name,
                "not_lowest_reason": line.not_lowest_reason,
                "not_lowest_remark": line.not_lowest_remark,
            }
        )
    with requisitions.refreshed_once():
        return [_make_grouped(key, grouped[key], offers).name for key in sorted(grouped)]


def _make_grouped(key: tuple, items: list[dict], offers: Mapping):
    supplier, currency, department, kind = key
    is_affiliate = kind == RequisitionKind.AFFILIATE
    items.sort(key=lambda row: (row["item"], str(row["required_date"])))
    return make_order(
        {
            "supplier": supplier,
            "currency": currency or None,
            "department": department or None,
            "order_kind": str(OrderKind.AFFILIATE if is_affiliate else OrderKind.STANDARD),
            "items": items,
        },
        offers=offers,
    )


def _refuse_taken(lines: list, rows: Mapping) -> None:
    """Refuse lines that are no longer open, all at once, before anything is made."""
    problems = []
    taken: dict[str, Decimal] = {}
    for line in lines:
        row = rows.get(line.requisition_row)
        if row is None:
            problems.append(_("There is no requisition line {0}.").format(line.requisition_row))
            continue
        if not line.supplier:
            problems.append(_("{0}: choose a supplier for item {1}.").format(row.requisition, row.item))
        qty = number(line.qty) if line.get("qty") not in (None, "") else row.open_qty
        taken[row.name] = taken.get(row.name, Decimal(0)) + qty
        if row.open_qty <= 0:
            problems.append(
                _("{0}: nothing of item {1} is open any more; somebody ordered it meanwhile.").format(
                    row.requisition, row.item
                )
            )
        elif taken[row.name] > row.open_qty:
            problems.append(
                _("{0}: {1} of item {2} would be ordered, {3} are still open.").format(
                    row.requisition, plain(taken[row.name]), row.item, plain(row.open_qty)
                )
            )
    if problems:
        text = "".join(f"<li>{frappe.utils.escape_html(problem)} ({NUMBER})</li>" for problem in problems)
        frappe.throw(f"<ul>{text}</ul>", RuleViolation, title=_("Nothing was ordered"))


def _details(rows: Mapping) -> dict:
    row = frappe.qb.DocType(order_facts.REQUISITION_ITEM)
    requisition = frappe.qb.DocType("Purchase Requisition")
    found = (
        frappe.qb.from_(row)
        .join(requisition)
        .on(requisition.name == row.parent)
        .select(row.name, row.required_date, requisition.department, requisition.requisition_kind)
        .where(row.name.isin(sorted(rows)))
        .run(as_dict=True)
    )
    return {line.name: line for line in found}


# What is open, and what has come


def open_quantity(row, state: str) -> Decimal:
    """Return what of an order row may still come; nothing unless the order is out and not all received."""
    if state not in OPEN_STATES:
        return Decimal(0)
    return max(
        number(row.qty)
        + number(row.free_qty)
        - number(row.received_qty)
        + number(row.returned_qty)
        - number(row.closed_qty),
        Decimal(0),
    )


def open_rows(order_names: Iterable[str]) -> dict[str, Decimal]:
    """Return the open quantity of every row of these orders by row name, in one query."""
    wanted = sorted({name for name in order_names if name})
    if not wanted:
        return {}
    row, order = frappe.qb.DocType(order_facts.ORDER_ITEM), frappe.qb.DocType(ORDER)
    found = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(
            row.name,
            row.qty,
            row.free_qty,
            row.received_qty,
            row.returned_qty,
            row.closed_qty,
            order.workflow_state,
        )
        .where(order.name.isin(wanted))
        .run(as_dict=True)
    )
    return {line.name: open_quantity(line, line.workflow_state) for line in found}


def lock_orders(order_names: Iterable[str]) -> None:
    """Lock these orders in the order of their names until the transaction ends; one query."""
    wanted = sorted({name for name in order_names if name})
    if wanted:
        table = frappe.qb.DocType(ORDER)
        frappe.qb.from_(table).select(table.name).where(table.name.isin(wanted)).orderby(
            table.name
        ).for_update().run()


def refresh_received(order_names: Iterable[str], clause: str = NUMBER) -> None:
    """Recompute what was received, accepted and returned of these orders, and move their states with it.

    The totals come from the functions that `hooks.order_row_totals` names: `(row names) -> {row name: {field:
    quantity}}`, added up.
    """
    for name in sorted({name for name in order_names if name}):
        order = frappe.get_doc(ORDER, name, for_update=True)
        totals = row_totals([row.name for row in order.items])
        before = [[number(row.get(field)) for field in TOTALS] for row in order.items]
        for row in order.items:
            for field in TOTALS:
                row.set(field, float(totals.get(row.name, {}).get(field, 0)))
        state = received_state(order)
        if state != order.workflow_state:
            workflow.move(order, str(state), clause)
        elif before != [[number(row.get(field)) for field in TOTALS] for row in order.items]:
            with system_write(clause):
                order.save(ignore_permissions=True)


def refuse_more_than_ordered(order_names: Iterable[str], cancelled: str) -> None:
    """Refuse a cancellation after which more would be returned than came, or more have come than was ordered."""
    for name in sorted({name for name in order_names if name}):
        order = frappe.get_doc(ORDER, name)
        if order.order_kind == OrderKind.RETURN:
            continue
        for row in order.items:
            came, back = number(row.received_qty), number(row.returned_qty)
            wanted = number(row.qty) + number(row.free_qty)
            if back > came or came - back + number(row.closed_qty) > wanted:
                frappe.throw(
                    _(
                        "{0} cannot be cancelled: of row {1} of order {2}, {3} would be received and {4} returned of "
                        "{5} ordered; cancel first what came after it (4.6.4)."
                    ).format(cancelled, row.idx, name, plain(came), plain(back), plain(wanted)),
                    RuleViolation,
                )


def row_totals(rows: list[str]) -> dict[str, dict[str, Decimal]]:
    """Return what documents say of each order row, added up over all of `hooks.order_row_totals`."""
    totals: dict[str, dict[str, Decimal]] = {}
    for path in frappe.get_hooks("order_row_totals"):
        for row, values in frappe.get_attr(path)(rows).items():
            sums = totals.setdefault(row, {})
            for field, value in values.items():
                sums[field] = sums.get(field, Decimal(0)) + number(value)
    return totals


def received_state(order) -> str:
    """Return the state that follows from what has come; only orders that are out and not closed move."""
    if order.workflow_state not in (*OPEN_STATES, OrderState.RECEIVED):
        return order.workflow_state
    if order.order_kind == OrderKind.RETURN:
        is_whole = all(number(row.returned_qty) >= -number(row.qty) for row in order.items)
        return OrderState.RECEIVED if is_whole else OrderState.ISSUED
    if not any(number(row.received_qty) > 0 for row in order.items):
        return OrderState.ISSUED
    has_open = any(open_quantity(row, OrderState.ISSUED) > 0 for row in order.items)
    return OrderState.PARTLY_RECEIVED if has_open else OrderState.RECEIVED


# Closing and pricing


def close_order(
    order,
    reason: str,
    change_order: str | None = None,
    clause: str = NUMBER,
    replaced_by: str | None = None,
):
    """Close an order, by name or loaded, giving what is open back to its requisitions; return it.

    What was received stays. The row's `closed_qty` is what will no longer come. `replaced_by` is the number of
    the order that a change is about to make of it, in the same transaction.
    """
    doc = frappe.get_doc(ORDER, order if isinstance(order, str) else order.name, for_update=True)
    if doc.workflow_state == OrderState.CLOSED:
        return doc
    doc.close_reason = reason
    if change_order:
        doc.closed_by_change = change_order
    if replaced_by:
        doc.replaced_by = replaced_by
        doc.flags.ignore_links = True  # it is made next: what it orders has to be given back first
    workflow.move(doc, str(OrderState.CLOSED), clause)
    return doc


def set_closed_quantities(doc) -> None:
    """Put into each row what will no longer come, when the order is being closed."""
    for row in doc.items:
        coming = number(row.qty) + number(row.free_qty) - number(row.received_qty) + number(row.returned_qty)
        row.closed_qty = float(max(coming, Decimal(0)))
    doc.closed_at = now_datetime().replace(microsecond=0)


def price_waiting(items: Iterable[str] | None = None) -> list[str]:
    """Price the rows that went out without a posted price and that have one by now; return the orders (4.4.1)."""
    row, order = frappe.qb.DocType(order_facts.ORDER_ITEM), frappe.qb.DocType(ORDER)
    query = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(order.name)
        .distinct()
        .where(row.is_unpriced == 1)
        .where(order.workflow_state != OrderState.DRAFT)
        .where(order.workflow_state.isin([str(state) for state in LIVE]))
    )
    if items is not None:
        wanted = sorted(set(items))
        if not wanted:
            return []
        query = query.where(row.item.isin(wanted))
    priced = []
    for name in sorted(query.run(pluck=True)):
        doc = frappe.get_doc(ORDER, name, for_update=True)
        if doc.price_unpriced_rows(getdate()):
            with system_write("4.4.1"):
                doc.save(ignore_permissions=True)
            priced.append(name)
    return priced


def price_waiting_daily() -> None:
    """Price what waits for a price that is valid from today on."""
    price_waiting()
    frappe.db.commit()
