"""Change orders: what they show of their order while they are written, and what they do when executed (4.5).

Executing is one transaction: the old order closed, the new one made, requisitions given back or closed, all or
nothing. `plan` says beforehand what it will do; `execute` carries out just that.
"""

from __future__ import annotations

import json
from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses import chapter_4_5 as clauses
from erp_rules.clauses.chapter_4_3 import (
    ORDER,
    REQUISITION,
    OrderState,
    RequisitionKind,
    RequisitionState,
)
from erp_rules.clauses.chapter_4_5 import CHANGE, NEW_GOODS, TERMS, ChangeState, OrderChange
from erp_rules.masters import facts as masters
from erp_rules.procurement import change_facts, order_facts, orders, receipt_facts, requisitions
from erp_rules.procurement.change_facts import OLD_FIELDS
from erp_rules.procurement.facts import day, number
from erp_rules.rule_engine import workflow
from erp_rules.rule_engine.differences import normal
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.errors import RuleViolation

CENT = Decimal("0.01")


# While it is written ----------------------------------------------------------------------------------


def complete(doc, previous) -> None:
    """Fill what follows from the order: its head, the old terms of each line, and what the change leaves alone."""
    order = change_facts.order_now(doc.purchase_order)
    if order is None:
        return
    doc.update(
        {
            "supplier": order.supplier,
            "supplier_name": frappe.db.get_value("Supplier", order.supplier, "supplier_name"),
            "currency": order.currency,
            "department": order.department or None,
            "order_state": order.state,
            "change_date": getdate(),
            "base_currency": masters.base_currency(),
        }
    )
    if not doc.change_kind:
        return
    _add_lines(doc, order)
    _find_rows(doc, order)
    _note_bad_numbers(doc)
    rows = {row.name: row for row in order.rows}
    stored = {line.name: line for line in previous.lines} if previous else {}
    doc.flags.forged_old_values = []
    for line in doc.lines:
        row = rows.get(line.order_row)
        if row:
            _show_old(doc, line, row, order, stored.get(line.name))
            _follow_old(doc, line, row, stored.get(line.name))
    _describe(doc)
    _price_new_goods(doc)
    _find_requisition_rows(doc)
    _add_up(doc)
    doc.order_as_found = json.dumps(clauses.snapshot(order), sort_keys=True)


def _add_lines(doc, order) -> None:
    """A cancellation names all rows that have something to come; an empty change begins with them."""
    is_whole = doc.change_kind == OrderChange.CANCELLATION
    if doc.get("lines") and not is_whole:
        return
    _find_rows(doc, order)
    named = {line.order_row for line in doc.get("lines") or []}
    is_price = doc.change_kind in (OrderChange.PRICE, OrderChange.INCREASE)
    for row in order.rows:
        if row.name not in named and (row.remaining > 0 or is_price):
            doc.append("lines", {"order_row": row.name, "order_idx": row.idx})


def _note_bad_numbers(doc) -> None:
    """Note, to be refused, quantities and rates that are no finite numbers, and leave them out."""
    doc.flags.bad_numbers = []
    for line in doc.lines:
        for name in ("new_qty", "new_rate"):
            if line.get(name) is not None and receipt_facts.quantity(line.get(name)) is None:
                doc.flags.bad_numbers.append((line.idx, name))
                line.set(name, None)


def _find_rows(doc, order) -> None:
    """Find the order's row of lines that give only its number, or an item that the order has once."""
    names = {row.name for row in order.rows}
    by_number = {row.idx: row for row in order.rows}
    by_item: dict[str, list] = {}
    for row in order.rows:
        by_item.setdefault(row.terms.item, []).append(row)
    for line in doc.get("lines") or []:
        if line.order_row in names:
            continue
        fits = by_item.get(line.old_item or line.new_item, [])
        found = by_number.get(cint(line.order_idx)) or (fits[0] if len(fits) == 1 else None)
        line.order_row = found.name if found else None


def _show_old(doc, line, row, order, stored) -> None:
    """Put the order's terms into a line; an old value that somebody typed otherwise is noted, to be refused."""
    values = {f"old_{term}": getattr(row.terms, term) for term in TERMS}
    for name in OLD_FIELDS:
        kind = line.meta.get_field(name).fieldtype
        typed, true = normal(kind, line.get(name)), normal(kind, _plain(values[name]))
        known = normal(kind, stored.get(name)) if stored else None
        if typed and typed not in (true, known):
            doc.flags.forged_old_values.append(clauses.Forged(line.meta.get_label(name), name, line.idx))
    line.update({name: _plain(value) for name, value in values.items()})
    line.update(
        {
            "order_idx": row.idx,
            "currency": order.currency,
            "received_qty": float(row.received_qty),
            "open_qty": float(row.remaining),
        }
    )


def _plain(value):
    return float(value) if isinstance(value, Decimal) else value or None


def _follow_old(doc, line, row, stored) -> None:
    """Let new terms that nobody entered be the old ones; what a cancellation and an item change leave is worked out."""
    for term in ("item", "department", "required_date", "supplier", "rate", "qty"):
        name = f"new_{term}"
        value = line.get(name)
        is_number = term in ("rate", "qty")
        is_meant = term == "qty" and doc.change_kind in (OrderChange.DECREASE, OrderChange.CANCELLATION)
        is_empty = value is None or value == "" or (is_number and not is_meant and not number(value))
        is_untouched = (
            bool(stored)
            and _same(line, name, stored.get(name))
            and _same(line, name, stored.get(f"old_{term}"))
        )
        if is_empty or is_untouched:
            found = getattr(row.terms, term)
            if term == "qty" and doc.change_kind == OrderChange.ITEM and line.new_item != row.terms.item:
                found = row.remaining
            line.set(name, float(found) if is_number else found or None)
    if doc.change_kind == OrderChange.CANCELLATION:
        line.new_qty = float(row.settled)


def _same(line, name: str, value) -> bool:
    kind = line.meta.get_field(name).fieldtype
    return normal(kind, line.get(name)) == normal(kind, value)


def _describe(doc) -> None:
    items = order_facts.item_details(line.new_item for line in doc.lines)
    for line in doc.lines:
        item = items.get(line.new_item)
        if line.new_item == line.old_item:
            line.new_item_name, line.new_specification = line.old_item_name, line.old_specification
        elif item:
            line.new_item_name, line.new_specification = item.item_name, item.specification
        if item:
            line.uom = item.stock_uom


def _price_new_goods(doc) -> None:
    """Take the rate of new goods from the price list; what stays with the order keeps its rate and currency."""
    offers = change_facts.offers_of(doc) if doc.change_kind in NEW_GOODS else {}
    subject = f"_{clauses.SUBJECT[doc.change_kind]}"
    for line in doc.lines:
        line.new_currency, line.price_row = line.currency, None
        if doc.change_kind not in NEW_GOODS:
            continue
        is_changed = not _same(line, f"new{subject}", line.get(f"old{subject}"))
        offer = offers.get(line.idx) if is_changed else None
        line.new_rate = float(offer.rate) if offer else (0 if is_changed else line.old_rate)
        line.new_currency = offer.currency if offer else line.currency
        line.price_row = (offer.price_row if offer else None) or None


def _find_requisition_rows(doc) -> None:
    """Find the row of the new requisition that asks for a line's new item."""
    if doc.change_kind != OrderChange.ITEM:
        for line in doc.lines:
            line.requisition = line.requisition_row = None
        return
    wanted = sorted({line.requisition for line in doc.lines if line.requisition})
    found = (
        frappe.get_all(
            order_facts.REQUISITION_ITEM,
            filters={"parent": ["in", wanted], "parenttype": REQUISITION},
            fields=["name", "parent", "item"],
            order_by="parent asc, idx asc",
        )
        if wanted
        else []
    )
    rows = {(row.parent, row.item): row.name for row in reversed(found)}
    for line in doc.lines:
        line.requisition_row = rows.get((line.requisition, line.new_item))


def _add_up(doc) -> None:
    """Work out what the changed lines were and will be worth in base currency, rounded half up to the cent."""
    currencies = {name for line in doc.lines for name in (line.currency, line.new_currency) if name}
    rates = masters.rates_to_base(currencies, getdate()) if currencies else {}
    before = after = Decimal(0)
    for line in doc.lines:
        old_base = rates.get(line.currency, Decimal(0)) * number(line.old_rate)
        new_base = rates.get(line.new_currency, Decimal(0)) * number(line.new_rate)
        before += number(line.old_qty) * old_base
        gone = number(line.old_qty) - number(line.open_qty)
        if doc.change_kind == OrderChange.INCREASE:
            after += number(line.old_qty) * old_base
            after += (number(line.new_qty) - number(line.old_qty)) * new_base
        elif doc.change_kind == OrderChange.ITEM and line.new_item != line.old_item:
            after += gone * old_base + number(line.new_qty) * new_base
        elif doc.change_kind == OrderChange.SUPPLIER and line.new_supplier != line.old_supplier:
            after += gone * old_base + number(line.open_qty) * new_base
        else:
            after += number(line.new_qty) * new_base
    before, after = (value.quantize(CENT, rounding=ROUND_HALF_UP) for value in (before, after))
    doc.old_amount_base, doc.new_amount_base = float(before), float(after)
    doc.difference_base = float(after - before)
    doc.price_direction = (
        clauses.direction(
            clauses.ChangeLine(
                line.idx, None, change_facts.terms_of(line, "old"), change_facts.terms_of(line, "new")
            )
            for line in doc.lines
        )
        if doc.change_kind == OrderChange.PRICE
        else ""
    )


# When it is executed ----------------------------------------------------------------------------------


def lock_order_of_change(name: str) -> None:
    """Lock requisitions and order of a change order before the change itself, in the order in which ordering does."""
    order = frappe.db.get_value(CHANGE, name, "purchase_order")
    if not order:
        return
    rows = frappe.get_all(
        order_facts.ORDER_ITEM, filters={"parent": order, "parenttype": ORDER}, pluck="requisition_row"
    )
    rows += frappe.get_all(change_facts.LINE, filters={"parent": name}, pluck="requisition_row")
    wanted = sorted({row for row in rows if row})
    if wanted:
        order_facts.lock_requisitions_of(wanted)
    orders.lock_orders([order])


def plan(doc) -> clauses.Plan:
    """Return what a change order will do, from what is known now; reads only."""
    return clauses.plan_of(change_facts.purchase_change_order(doc, doc))


def execute(doc, clause: str) -> clauses.Plan:
    """Carry out what an executed change order leads to, whole or not at all; return what was done."""
    facts = doc.flags.change_facts or change_facts.purchase_change_order(doc, doc)
    planned = clauses.plan_of(facts)
    if planned.new_terms:
        _alter_rows(facts, planned, clause)
        return planned
    with requisitions.refreshed_once():
        numbers = [orders.next_number() for _order in planned.new_orders]
        if planned.closes_order:
            orders.close_order(
                doc.purchase_order,
                doc.reason,
                change_order=doc.name,
                clause=clause,
                replaced_by=numbers[0] if numbers else None,
            )
        if planned.closed_demand:
            requisitions.close_rows(dict(planned.closed_demand), clause)
        demand = _request_anew(doc, facts, planned, clause)
        for number_, new in zip(numbers, planned.new_orders, strict=True):
            _make_order(doc, facts, planned, new, demand, number_, clause)
    _link_requisitions(doc, planned, clause)
    doc.new_order = numbers[0] if numbers else None
    _store_outcome(doc)
    return planned


def _store_outcome(doc) -> None:
    """Write what a change led to onto it, before its version is written, so that the version shows it."""
    doc.db_update()
    for line in doc.lines:
        if line.new_order:
            line.db_update()


def _alter_rows(facts, planned, clause: str) -> None:
    """Change dates or rates on the order itself; the first date that was promised stays beside the new one."""
    order = frappe.get_doc(ORDER, facts.order.name, for_update=True)
    rows = {row.name: row for row in order.items}
    for new in planned.new_terms:
        row = rows[new.order_row]
        if new.required_date:
            row.first_required_date = row.first_required_date or row.required_date
            row.required_date = new.required_date
        if new.rate is not None:
            row.rate, row.price_row = float(new.rate), new.price_row or row.price_row
    with system_write(clause):
        order.save(ignore_permissions=True)


def _signed(doc) -> dict[str, tuple]:
    """Return whose signature stands under what the app makes on the strength of this change."""
    return {"approved_by": (doc.approved_by, doc.approved_at)} if doc.approved_by else {}


def _request_anew(doc, facts, planned, clause: str) -> dict[str, tuple[str, str]]:
    """Make the new requisition of what goes to another supplier; return requisition and row per order row (4.5.3)."""
    wanted = planned.new_demand
    if not wanted:
        return {}
    before = _former_demand([row.replaces.requisition_row for row in wanted])
    first = next(iter(before.values()), frappe._dict())
    is_affiliate = first.requisition_kind == RequisitionKind.AFFILIATE
    made = requisitions.make_requisition(
        {
            "requisition_kind": first.requisition_kind or str(RequisitionKind.STANDARD),
            "affiliate": first.affiliate if is_affiliate else None,
            "requester": first.requester or doc.purchaser,
            "department": next((line.new_department for line in doc.lines if line.new_department), None),
            "change_order": doc.name,
            "submitted_by": doc.submitted_by,
            "submitted_at": doc.submitted_at,
            "items": [
                {
                    "item": row.item,
                    "qty": float(row.qty),
                    "required_date": row.required_date,
                    "source": _("Change order {0}").format(doc.name),
                    "plan_row": before.get(row.replaces.requisition_row, {}).get("plan_row"),
                }
                for row in wanted
            ],
        },
        clause=clause,
    )
    made.flags.signed = _signed(doc)
    workflow.move(made, str(RequisitionState.APPROVED), clause)
    doc.new_requisition = made.name
    return {row.replaces.name: (made.name, item.name) for row, item in zip(wanted, made.items, strict=True)}


def _former_demand(rows: list[str]) -> dict[str, frappe._dict]:
    """Return who asked for these requisition rows, for which plan row and for whom, in one query."""
    names = sorted({row for row in rows if row})
    if not names:
        return {}
    row, requisition = frappe.qb.DocType(order_facts.REQUISITION_ITEM), frappe.qb.DocType(REQUISITION)
    found = (
        frappe.qb.from_(row)
        .join(requisition)
        .on(requisition.name == row.parent)
        .select(
            row.name,
            row.plan_row,
            requisition.requester,
            requisition.requisition_kind,
            requisition.affiliate,
        )
        .where(row.name.isin(names))
        .orderby(row.parent)
        .orderby(row.idx)
        .run(as_dict=True)
    )
    return {line.name: line for line in found}


def _make_order(doc, facts, planned, new, demand: dict, name: str, clause: str) -> None:
    """Make one new order, approved on the strength of the change, for the purchaser to issue."""
    old = frappe.db.get_value(ORDER, facts.order.name, ["purchaser", "order_kind", "waiver"], as_dict=True)
    made = orders.make_order(
        {
            "supplier": new.supplier,
            "currency": new.currency,
            "department": new.department or None,
            "order_kind": old.order_kind,
            "purchaser": old.purchaser,
            "waiver": old.waiver if any(row.is_carried for row in new.rows) else None,
            "change_order": doc.name,
            "replaces": facts.order.name if planned.closes_order else None,
            "submitted_by": doc.submitted_by,
            "submitted_at": doc.submitted_at,
            "items": [_row_values(row, demand) for row in new.rows],
        },
        clause=clause,
        name=name,
    )
    made.flags.signed = _signed(doc)
    workflow.move(made, str(OrderState.APPROVED), clause)
    lines = {line.idx: line for line in doc.lines}
    for row, item in zip(new.rows, made.items, strict=True):
        if row.line:
            lines[row.line].new_order, lines[row.line].new_order_row = made.name, item.name


def _row_values(row: clauses.NewRow, demand: dict) -> dict:
    requisition, requisition_row = row.requisition, row.requisition_row
    if row.is_new_demand:
        requisition, requisition_row = demand[row.replaces.name]
    values = {
        "item": row.item,
        "qty": float(row.qty),
        "required_date": row.required_date,
        "requisition": requisition or None,
        "requisition_row": requisition_row or None,
        "replaces_row": row.replaces.name if row.replaces else None,
    }
    if row.is_carried:
        values.update(
            {
                "rate": float(row.rate),
                "price_row": row.replaces.price_row or None,
                "tax_rate": float(row.replaces.tax_rate),
                "is_unpriced": cint(row.replaces.is_unpriced),
                "first_required_date": row.replaces.first_required_date,
                "not_lowest_reason": row.replaces.not_lowest_reason or None,
                "not_lowest_remark": row.replaces.not_lowest_remark or None,
            }
        )
    return values


def _link_requisitions(doc, planned, clause: str) -> None:
    """Note the change on the new requisitions that it takes from, so that the way leads both ways (4.5.1.2)."""
    if doc.change_kind != OrderChange.ITEM:
        return
    names = sorted({line.requisition for line in doc.lines if line.requisition})
    for name in names:
        requisition = frappe.get_doc(REQUISITION, name, for_update=True)
        if not requisition.change_order:
            requisition.change_order = doc.name
            with system_write(clause):
                requisition.save(ignore_permissions=True)
    doc.new_requisition = names[0] if names else None


# From an over-delivery --------------------------------------------------------------------------------


def _still_asked_for(item: str, changes: list[str]) -> Decimal:
    """Return what the orders that these changes made still have open of an item."""
    made = frappe.get_all(
        ORDER,
        filters={
            "change_order": ["in", changes or [""]],
            "workflow_state": ["!=", str(OrderState.CLOSED)],
        },
        pluck="name",
    )
    rows = frappe.get_all(
        order_facts.ORDER_ITEM,
        filters={"parent": ["in", made or [""]], "parenttype": ORDER, "item": item},
        fields=["qty", "free_qty", "received_qty", "returned_qty", "closed_qty"],
    )
    return sum((orders.open_quantity(row, OrderState.ISSUED) for row in rows), Decimal(0))


def asked_for(over) -> tuple[str | None, Decimal]:
    """Return the change order under way that asks for goods kept apart, and how many of them can be asked for.

    Those are the accepted ones that neither a return nor the order of an executed change order takes.
    """
    accepted = receipt_facts.left_apart(over)[0] - receipt_facts.going_back(over)
    before = frappe.get_all(
        CHANGE,
        filters={"over_delivery": over.name, "workflow_state": ["!=", str(ChangeState.REJECTED)]},
        fields=["name", "workflow_state"],
        order_by="name asc",
    )
    under_way = (change.name for change in before if change.workflow_state != ChangeState.EXECUTED)
    accepted -= _still_asked_for(over.item, [change.name for change in before])
    return next(under_way, None), accepted


def draft_for_over_delivery(over):
    """Draft the change order by which goods of an over-delivery are asked for after all, and return it.

    The one that is under way is returned instead.
    """
    under_way, accepted = asked_for(over)
    if under_way:
        return frappe.get_doc(CHANGE, under_way)
    if accepted <= 0 or not over.order_row:
        frappe.throw(
            _("{0} has no accepted goods left to ask for (4.5.1.1.1).").format(over.name), RuleViolation
        )
    return frappe.get_doc({"doctype": CHANGE, **increase_for(over, accepted)}).insert()


def increase_for(over, accepted: Decimal) -> dict:
    """Return the values of the change order that asks for `accepted` goods of an over-delivery."""
    row = frappe.db.get_value(order_facts.ORDER_ITEM, over.order_row, ["qty", "required_date"], as_dict=True)
    return {
        "purchase_order": over.purchase_order,
        "change_kind": str(OrderChange.INCREASE),
        "over_delivery": over.name,
        "reason": _("Over-delivery {0} is kept").format(over.name),
        "lines": [
            {
                "order_row": over.order_row,
                "new_qty": float(number(row.qty) + accepted),
                "new_required_date": max(day(row.required_date), getdate()),
            }
        ],
    }
