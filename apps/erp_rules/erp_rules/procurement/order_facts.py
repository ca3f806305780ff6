"""Bulk reads about plans, requisitions and orders: for the clauses of 4.3 and 4.4 and for ordering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Sum
from frappe.utils import cint, cstr, getdate

from erp_rules.clauses import chapter_4_3, chapter_4_4, chapter_4_5
from erp_rules.clauses.chapter_4_2 import PRICE, PriceKind
from erp_rules.clauses.chapter_4_3 import (
    CHANGE,
    ORDER,
    PLAN,
    REQUISITION,
    Forged,
    OrderKind,
    OrderState,
    PlanState,
    RequisitionState,
)
from erp_rules.procurement.facts import OFFER_FIELDS, day, effective_prices, number
from erp_rules.rule_engine.effects import system_writer

ORDER_ITEM = "Purchase Order Item"
REQUISITION_ITEM = "Purchase Requisition Item"
PLAN_ITEM = "Material Plan Item"
ITEM_FIELDS = (
    "item_name",
    "specification",
    "stock_uom",
    "item_class",
    "sample_status",
    "free_allowance_pct",
    "disabled",
)
# What only the app writes: a value that somebody else sends is refused, never quietly put right.
KEPT_ON_ORDER = (
    "change_order", "replaces", "replaced_by", "closed_by_change", "closed_at", "print_date",
    "print_no",
)  # fmt: skip
KEPT_ON_ORDER_ROW = (
    "received_qty", "accepted_qty", "rejected_qty", "returned_qty", "over_qty", "closed_qty",
    "replaces_row", "first_required_date",
)  # fmt: skip
ORDER_OFFER_FIELDS = ("valid_from", "valid_to", "tax_rate", "price_kind")  # what an order takes of an offer
KEPT_ON_REQUISITION = ("change_order", "ordered_pct")
KEPT_ON_REQUISITION_ROW = ("ordered_qty", "closed_qty")


def item_details(codes: Iterable[str | None]) -> dict[str, frappe._dict]:
    """Return what orders need to know of each item, with its unit's decimals; two queries."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return {}
    rows = frappe.get_all("Item", filters={"name": ["in", wanted]}, fields=["name", *ITEM_FIELDS])
    uoms = sorted({row.stock_uom for row in rows if row.stock_uom})
    decimals = {}
    if uoms:
        found = frappe.get_all("UOM", filters={"name": ["in", uoms]}, fields=["name", "decimals"])
        decimals = {uom.name: cint(uom.decimals) for uom in found}
    for row in rows:
        row.decimals = decimals.get(row.stock_uom, 0)
    return {row.name: row for row in rows}


def forged_fields(doc, previous, kept: Iterable[str], kept_in_rows: Iterable[str]) -> tuple[Forged, ...]:
    """Return the fields kept by the app that this save, which is not the app's, would set or change.

    Only a draft is asked: what has left it is locked as a whole.
    """
    if system_writer() or (previous and previous.workflow_state not in (None, "", OrderState.DRAFT)):
        return ()
    found = []
    for name in kept:
        if _kept(doc, name) != _kept(previous, name):
            found.append(Forged(doc.meta.get_label(name), name))
    before = {row.name: row for row in previous.items} if previous else {}
    for row in doc.items:
        for name in kept_in_rows:
            if _kept(row, name) != _kept(before.get(row.name), name):
                found.append(Forged(row.meta.get_label(name), name, row.idx))
    return tuple(found)


def _kept(source, fieldname: str) -> object:
    value = source.get(fieldname) if source else None
    if value in (None, "", 0):
        return None
    kind = source.meta.get_field(fieldname).fieldtype
    if kind in ("Float", "Currency", "Percent", "Int"):
        return number(value) or None
    return day(value) if kind == "Date" else cstr(value)


# Plans and requisitions


def material_plan(doc, previous=None) -> chapter_4_3.RequisitionFacts:
    """Return what the clauses judge a material plan by."""
    items = item_details(row.item for row in doc.items)
    return chapter_4_3.RequisitionFacts(
        lines=tuple(
            chapter_4_3.WantedLine(
                row=row.idx,
                item=cstr(row.item),
                qty=number(row.qty),
                required_date=day(row.required_date),
                is_item_usable=_is_usable(items.get(row.item)),
            )
            for row in doc.items
        )
    )


def _is_usable(item) -> bool:
    return bool(item) and not cint(item.disabled)


def purchase_requisition(doc, previous=None) -> chapter_4_3.RequisitionFacts:
    """Return what the clauses judge a requisition by, its plan lines included."""
    forged = forged_fields(doc, previous, KEPT_ON_REQUISITION, KEPT_ON_REQUISITION_ROW)
    before = previous.workflow_state if previous else None
    moves = previous is None or before != doc.workflow_state
    if not (before in (None, "", RequisitionState.DRAFT) or (moves and before == RequisitionState.APPROVAL)):
        return chapter_4_3.RequisitionFacts(lines=(), is_judged=False, forged=forged)
    items = item_details(row.item for row in doc.items)
    plan = plan_rows(row.plan_row for row in doc.items)
    # What a change order asks for anew comes from a plan that counted when it was first asked for (4.5.3).
    minds_plan = before in (None, "", RequisitionState.DRAFT) and not doc.change_order
    asked = requested_quantities(plan, except_requisition=cstr(doc.name)) if plan else {}
    lines = []
    for row in doc.items:
        found = plan.get(row.plan_row)
        lines.append(
            chapter_4_3.WantedLine(
                row=row.idx,
                item=cstr(row.item),
                qty=number(row.qty),
                required_date=day(row.required_date),
                is_item_usable=_is_usable(items.get(row.item)),
                source=cstr(row.source),
                plan_row=cstr(row.plan_row),
                plan=cstr(found.parent) if found else "",
                plan_state=cstr(found.workflow_state) if found and minds_plan else PlanState.RELEASED,
                plan_item=found.item if found else None,
                plan_open_qty=number(found.qty) - asked.get(row.plan_row, Decimal(0)) if found else None,
            )
        )
    kind = frappe.db.get_value("Supplier", doc.affiliate, "supplier_kind") if doc.affiliate else ""
    return chapter_4_3.RequisitionFacts(
        lines=tuple(lines),
        kind=cstr(doc.requisition_kind),
        affiliate=cstr(doc.affiliate),
        affiliate_kind=cstr(kind),
        forged=forged,
    )


def plan_rows(names: Iterable[str | None]) -> dict[str, frappe._dict]:
    """Return rows of plans by name, with the states of their plans, in one query."""
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    row, plan = frappe.qb.DocType(PLAN_ITEM), frappe.qb.DocType(PLAN)
    found = (
        frappe.qb.from_(row)
        .join(plan)
        .on(plan.name == row.parent)
        .select(row.name, row.parent, row.item, row.qty, row.required_date, plan.workflow_state)
        .where(row.name.isin(wanted))
        .run(as_dict=True)
    )
    return {line.name: line for line in found}


def planned_demand(item: str, first: date, last: date) -> Decimal:
    """Return what released plans need of an item on the days from `first` to before `last`; one query."""
    row, plan = frappe.qb.DocType(PLAN_ITEM), frappe.qb.DocType(PLAN)
    (found,) = (
        frappe.qb.from_(row)
        .join(plan)
        .on(plan.name == row.parent)
        .select(Sum(row.qty).as_("qty"))
        .where(row.item == item)
        .where(row.required_date >= first)
        .where(row.required_date < last)
        .where(plan.workflow_state == chapter_4_3.PlanState.RELEASED)
        .run(as_dict=True)
    )
    return number(found.qty)


def requested_quantities(rows: Iterable[str], except_requisition: str = "") -> dict[str, Decimal]:
    """Return per plan row what requisitions ask for of it, in one query; a closed one asks for what was ordered."""
    wanted = sorted(set(rows))
    if not wanted:
        return {}
    row, requisition = frappe.qb.DocType(REQUISITION_ITEM), frappe.qb.DocType(REQUISITION)
    found = (
        frappe.qb.from_(row)
        .join(requisition)
        .on(requisition.name == row.parent)
        .select(
            row.plan_row,
            requisition.workflow_state,
            Sum(row.qty - row.closed_qty).as_("asked"),
            Sum(row.ordered_qty).as_("ordered"),
        )
        .where(row.plan_row.isin(wanted))
        .where(requisition.docstatus < 2)
        .where(requisition.name != except_requisition)
        .groupby(row.plan_row, requisition.workflow_state)
        .run(as_dict=True)
    )
    asked: dict[str, Decimal] = {}
    for line in found:
        is_closed = line.workflow_state == RequisitionState.CLOSED
        wanted_of = number(line.ordered if is_closed else line.asked)
        asked[line.plan_row] = asked.get(line.plan_row, Decimal(0)) + wanted_of
    return asked


def requisition_rows(
    names: Iterable[str | None], except_order: str = "", lock: bool = False
) -> dict[str, chapter_4_3.RequisitionRow]:
    """Return rows of requisitions by name, with what other orders take of them.

    With `lock` the requisitions stay locked until the transaction ends, in the order of their names, and
    everything is read as it is now: whoever orders of the same rows at the same time comes one after the other.
    """
    wanted = sorted({name for name in names if name})
    if not wanted:
        return {}
    if lock:
        lock_requisitions_of(wanted)
    row, requisition = frappe.qb.DocType(REQUISITION_ITEM), frappe.qb.DocType(REQUISITION)
    query = (
        frappe.qb.from_(row)
        .join(requisition)
        .on(requisition.name == row.parent)
        .select(row.name, row.parent, row.item, row.qty, row.closed_qty, requisition.workflow_state)
        .where(row.name.isin(wanted))
    )
    found = (query.for_update() if lock else query).run(as_dict=True)
    ordered = ordered_quantities([line.name for line in found], except_order, lock=lock)
    return {
        line.name: chapter_4_3.RequisitionRow(
            name=line.name,
            requisition=line.parent,
            state=cstr(line.workflow_state),
            item=line.item,
            qty=number(line.qty),
            ordered_elsewhere=ordered.get(line.name, Decimal(0)),
            closed_qty=number(line.closed_qty),
        )
        for line in found
    }


def demand_of(rows: Iterable) -> tuple[dict[str, str], dict[tuple, list[str]]]:
    """Return what requisitions ask for that these rows name by a row or as a whole; one query.

    The first answer is the requisition by the name of its row, the second the names of the rows of a requisition
    that ask for an item.
    """
    names = sorted({row.requisition_row for row in rows if row.requisition_row})
    requisitions = sorted({row.requisition for row in rows if row.requisition})
    if not names and not requisitions:
        return {}, {}
    found = frappe.get_all(
        REQUISITION_ITEM,
        or_filters=[["name", "in", names or [""]], ["parent", "in", requisitions or [""]]],
        fields=["name", "parent", "item"],
        order_by="idx asc",
    )
    asking: dict[tuple, list[str]] = {}
    for line in found:
        asking.setdefault((line.parent, line.item), []).append(line.name)
    return {line.name: line.parent for line in found}, asking


def lock_requisitions_of(rows: Iterable[str]) -> None:
    """Lock the requisitions of these rows, in the order of their names, until the transaction ends."""
    row = frappe.qb.DocType(REQUISITION_ITEM)
    parents = (
        frappe.qb.from_(row)
        .select(row.parent)
        .distinct()
        .where(row.name.isin(sorted(set(rows))))
        .run(pluck=True)
    )
    if parents:
        table = frappe.qb.DocType(REQUISITION)
        frappe.qb.from_(table).select(table.name).where(table.name.isin(sorted(parents))).orderby(
            table.name
        ).for_update().run()


def given_back(row, closed_more: Decimal = Decimal(0)) -> Decimal:
    """Return what an order's row gives back to its requisition: what was ordered of it and will not come.

    `closed_more` is what would be closed in addition.
    """
    to_come = number(row.qty) - number(row.received_qty) + number(row.returned_qty)
    return max(min(number(row.closed_qty) + closed_more, number(row.qty), to_come), Decimal(0))


def ordered_quantities(rows: Iterable[str], except_order: str = "", lock: bool = False) -> dict[str, Decimal]:
    """Return per requisition row what orders take of it, less what closing gave back; one query."""
    wanted = sorted(set(rows))
    if not wanted:
        return {}
    row = frappe.qb.DocType(ORDER_ITEM)
    query = (
        frappe.qb.from_(row)
        .select(row.requisition_row, row.qty, row.closed_qty, row.received_qty, row.returned_qty)
        .where(row.requisition_row.isin(wanted))
        .where(row.docstatus < 2)
        .where(row.parent != except_order)
    )
    taken: dict[str, Decimal] = {}
    for line in (query.for_update() if lock else query).run(as_dict=True):
        taken[line.requisition_row] = (
            taken.get(line.requisition_row, Decimal(0)) + number(line.qty) - given_back(line)
        )
    return taken


# Orders


def purchase_order(doc, previous=None) -> chapter_4_4.OrderFacts:
    """Return what the clauses judge an order by; locks the requisitions it orders from."""
    is_judged = _is_judged(doc, previous)
    is_draft = previous is None or previous.workflow_state in (None, "", OrderState.DRAFT)
    read = doc.take_read()
    common = {
        "supplier": cstr(doc.supplier),
        "kind": cstr(doc.order_kind),
        "order_date": day(doc.order_date),
        "currency": cstr(doc.currency),
        "is_judged": is_judged,
        "is_draft": is_draft,
        "forged": forged_fields(doc, previous, KEPT_ON_ORDER, KEPT_ON_ORDER_ROW),
        "close_reason": cstr(doc.close_reason),
        "open_qty": sum((number(row.closed_qty) for row in doc.items), Decimal(0)),
        "altered_terms": tuple(altered_terms(doc, previous)),
        "forged_return": tuple(forged_return(doc, previous)),
    }
    if not is_judged:
        return chapter_4_4.OrderFacts(**common)
    items, carried = read.get("items"), read.get("carried")
    if items is None:
        items = item_details(row.item for row in doc.items)
    if carried is None:
        carried = carried_rows(doc)
    prices = order_prices((row.price_row for row in doc.items), read.get("offers"))
    is_saved = previous is not doc
    wanted = requisition_rows((row.requisition_row for row in doc.items), cstr(doc.name), lock=is_saved)
    return chapter_4_4.OrderFacts(
        **common,
        supplier_status=cstr(frappe.db.get_value("Supplier", doc.supplier, "status")),
        is_by_change=bool(doc.change_order),
        lines=tuple(_order_line(row, items, prices, wanted, is_draft, carried) for row in doc.items),
    )


def _is_judged(doc, previous) -> bool:
    """Whether the content is being written or committed to; later saves only follow what happened to it."""
    if previous is None or previous.workflow_state in (None, "", OrderState.DRAFT):
        return True
    moves = previous.workflow_state != doc.workflow_state
    return moves and doc.workflow_state in chapter_4_3.COMMITTING


def _waived_rate(row, is_draft: bool) -> Decimal | None:
    """Return the rate that a waiver allows; once the order has left its draft that is what it went out at."""
    return row.get("_waived_rate") if is_draft else number(row.rate)


def _order_line(row, items, prices, wanted, is_draft: bool, carried) -> chapter_4_4.OrderLine:
    item = items.get(row.item)
    reserved = wanted.get(row.requisition_row)
    if reserved and row.requisition and reserved.requisition != row.requisition:
        reserved = None
    return chapter_4_4.OrderLine(
        row=row.idx,
        item=cstr(row.item),
        qty=number(row.qty),
        required_date=day(row.required_date),
        rate=number(row.rate),
        price_row=cstr(row.price_row),
        price=prices.get(row.price_row),
        waived_rate=_waived_rate(row, is_draft),
        sample_status=cstr(item.sample_status) if item else "",
        is_item_usable=_is_usable(item),
        is_lowest=bool(cint(row.is_lowest)) or not row.lowest_supplier,
        lowest_supplier=cstr(row.lowest_supplier),
        lowest_rate_base=number(row.lowest_rate_base),
        not_lowest_reason=cstr(row.not_lowest_reason),
        not_lowest_remark=cstr(row.not_lowest_remark),
        demand=chapter_4_3.DemandLine(
            row=row.idx,
            item=cstr(row.item),
            qty=number(row.qty),
            requisition=cstr(row.requisition or row.requisition_row),
            requisition_row=reserved,
            is_carried=row.replaces_row in carried,
        ),
        carried_rate=number(carried[row.replaces_row].rate) if row.replaces_row in carried else None,
    )


def carried_rows(order) -> dict[str, frappe._dict]:
    """Return the rows of replaced orders that a change order carried over to this one as they were, by name.

    Same supplier, currency and item: their price was agreed before and goes on (4.5.1.1.2). One query.
    """
    wanted = sorted({row.replaces_row for row in order.items if row.replaces_row})
    if not wanted or not order.change_order:
        return {}
    row, replaced = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    found = (
        frappe.qb.from_(row)
        .join(replaced)
        .on(replaced.name == row.parent)
        .select(row.name, row.item, row.rate)
        .where(row.name.isin(wanted))
        .where(replaced.supplier == order.supplier)
        .where(replaced.currency == order.currency)
        .run(as_dict=True)
    )
    items = {row.replaces_row: row.item for row in order.items}
    return {line.name: line for line in found if items.get(line.name) == line.item}


# What a change order alone may alter once the order has gone out (4.5.1), and in whose name the app does.
TERMS = ("supplier", "currency", "order_kind")
ROW_TERMS = ("item", "qty", "rate", "required_date")
_ISSUED = (*chapter_4_3.OPEN_STATES, OrderState.RECEIVED, OrderState.CLOSED)


def altered_terms(doc, previous) -> Iterable[chapter_4_5.Altered]:
    """Yield what this save would alter of an issued order's terms, other than by a change order or a posted price."""
    if previous is None or previous is doc or previous.workflow_state not in _ISSUED:
        return
    writer = cstr(system_writer())
    if writer.startswith("4.5.") or writer == "4.4.1":
        return
    yield from _differences(doc, previous)


def forged_return(doc, previous) -> Iterable[chapter_4_5.Altered]:
    """Yield what this save, which is not the app's, would make or alter of a return order (4.7.1.2)."""
    kinds = {cstr(doc.order_kind), cstr(previous.order_kind) if previous else ""}
    if system_writer() or previous is doc or OrderKind.RETURN not in kinds:
        return
    if previous is None:
        yield chapter_4_5.Altered(doc.meta.get_label("order_kind"), "order_kind")
    elif previous.workflow_state in (None, "", OrderState.DRAFT):
        yield from _differences(doc, previous)


def _differences(doc, previous) -> Iterable[chapter_4_5.Altered]:
    for name in TERMS:
        if cstr(doc.get(name)) != cstr(previous.get(name)):
            yield chapter_4_5.Altered(doc.meta.get_label(name), name)
    before = {row.name: row for row in previous.items}
    for row in doc.items:
        stored = before.pop(row.name, None)
        for name in ROW_TERMS:
            if stored is None or _kept(row, name) != _kept(stored, name):
                yield chapter_4_5.Altered(row.meta.get_label(name), name, row.idx)
    for row in before.values():
        yield chapter_4_5.Altered(row.meta.get_label("item"), "item", row.idx)


def order_prices(
    names: Iterable[str | None], offers: Mapping | None = None
) -> dict[str, chapter_4_4.OrderPrice]:
    """Return the posted prices of these names, in one query for those that are not among `offers`."""
    wanted = {name for name in names if name}
    rows = [row for found in (offers or {}).values() for row in found if row.name in wanted]
    others = sorted(wanted - {row.name for row in rows})
    if others:
        fields = [*OFFER_FIELDS, *ORDER_OFFER_FIELDS]
        rows += frappe.get_all(PRICE, filters={"name": ["in", others]}, fields=fields)
    return {
        row.name: chapter_4_4.OrderPrice(
            name=row.name,
            item=row.item,
            supplier=row.supplier,
            currency=row.currency,
            rate=number(row.rate),
            valid_from=getdate(row.valid_from),
            valid_to=getdate(row.valid_to),
            price_kind=row.price_kind,
        )
        for row in rows
    }


def price_for(item: str, supplier: str, on: date, currency: str | None = None):
    """Return the lowest price at which the supplier may be ordered from on that day, or None."""
    return chosen_offer(effective_prices([item], on).get(item, ()), supplier, currency)


def chosen_offer(offers: Iterable, supplier: str, currency: str | None = None):
    """Return the supplier's lowest offer, in that currency when one is named, or None."""
    return next(
        (row for row in offers if row.supplier == supplier and currency in (None, "", row.currency)), None
    )


def lowest_offer(offers: Iterable):
    """Return the lowest offer that can be compared in base currency, or None."""
    return next((row for row in offers if row.rate_base_now is not None), None)


def purchase_offers(
    items: Iterable[str], on: date, fields: Iterable[str] = ("valid_to", "tax_rate")
) -> dict[str, list]:
    """Return per item the effective prices of goods, lowest first; three queries."""
    return effective_prices(items, on, PriceKind.PURCHASE, fields=fields)


def waived_rates(
    supplier: str,
    currency: str,
    items: Iterable[str],
    order: str | None = None,
    used: str | None = None,
    change: str | None = None,
) -> dict:
    """Return what approved waivers of 4.4.1 let each item of the supplier go out at: a rate, or zero for unpriced.

    An item without a waiver is absent; a rate counts only in the order's currency. A waiver names item and
    supplier, the order, or the `change` that makes it. The one that the order has `used` already goes on counting
    when it is spent.
    """
    named = {(doctype, name) for doctype, name in ((ORDER, order), (CHANGE, change)) if name}
    wanted = sorted({item for item in items if item})
    rows = frappe.get_all(
        "Rule Waiver",
        filters={"clause": "4.4.1", "docstatus": 1, "workflow_state": ["in", ["Approved", "Used Up"]]},
        or_filters=[
            ["item", "in", wanted or [""]],
            ["reference_name", "in", sorted(name for _doctype, name in named) or [""]],
        ],
        fields=[
            "name",
            "scope",
            "item",
            "supplier",
            "reference_doctype",
            "reference_name",
            "valid_until",
            "use_count",
            "max_uses",
            "rate",
            "currency",
        ],
        order_by="name asc",
    )
    found: dict[str, frappe._dict] = {}
    for row in rows:
        is_spent = getdate(row.valid_until) < getdate() or cint(row.use_count) >= cint(row.max_uses)
        if is_spent and row.name != used:
            continue
        if row.scope == "Document":
            covered = wanted if (row.reference_doctype, row.reference_name) in named else ()
        else:
            covered = (row.item,) if row.supplier == supplier else ()
        rate = number(row.rate) if row.currency in (None, "", currency) else Decimal(0)
        for item in covered:
            found.setdefault(item, frappe._dict(name=row.name, rate=rate))
    return found


def open_requisition_lines(filters: dict, visible: Iterable[str], limit: int = 5000) -> list:
    """Return the rows of approved requisitions that are not wholly ordered, soonest first; one query."""
    row, requisition = frappe.qb.DocType(REQUISITION_ITEM), frappe.qb.DocType(REQUISITION)
    query = (
        frappe.qb.from_(row)
        .join(requisition)
        .on(requisition.name == row.parent)
        .select(
            row.name.as_("requisition_row"),
            row.parent.as_("requisition"),
            row.idx,
            row.item,
            row.item_name,
            row.specification,
            row.uom,
            row.qty,
            row.ordered_qty,
            row.closed_qty,
            row.required_date,
            row.source,
            requisition.department,
            requisition.requisition_kind,
            requisition.requester,
        )
        .where(requisition.workflow_state == RequisitionState.APPROVED)
        .where(row.qty - row.ordered_qty - row.closed_qty > 0)
        .where(row.parent.isin(list(visible)))
        .orderby(row.required_date)
        .orderby(row.parent)
        .orderby(row.idx)
        .limit(limit)
    )
    for fieldname in ("item", "parent"):
        if filters.get(fieldname):
            query = query.where(row[fieldname] == filters[fieldname])
    for fieldname in ("department", "requisition_kind"):
        if filters.get(fieldname):
            query = query.where(requisition[fieldname] == filters[fieldname])
    if filters.get("required_by"):
        query = query.where(row.required_date <= getdate(filters["required_by"]))
    return query.run(as_dict=True)
