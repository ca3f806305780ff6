"""Material under long-term control: demand, what is coming, what is there, and until when it lasts (7.12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, cstr, getdate

from erp_rules.clauses import chapter_7_imports as clauses
from erp_rules.clauses.chapter_4_3 import (
    OPEN_STATES,
    ORDER,
    PLAN,
    REQUISITION,
    PlanState,
    RequisitionState,
)
from erp_rules.clauses.chapter_5 import Bucket, PlaceType
from erp_rules.clauses.chapter_7_imports import CONTAINER, Flow
from erp_rules.ledger import entries
from erp_rules.procurement import import_facts, order_facts
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM, PLAN_ITEM, REQUISITION_ITEM
from erp_rules.procurement.orders import open_quantity
from erp_rules.rule_engine import parameters
from erp_rules.rule_engine.languages import Words
from erp_rules.rule_engine.notify import notify_roles

TOLD_AT_ONCE = 100


def controlled_items(filters: dict | None = None) -> list[frappe._dict]:
    """Return the items under long-term control that the user may see, by code."""
    return frappe.get_list(
        "Item",
        filters={**(filters or {}), "long_term_controlled": 1, "disabled": 0},
        fields=["name", "item_name", "specification", "stock_uom", "item_class"],
        order_by="name asc",
        limit=0,
    )


def control(items: Iterable[str], today: date, until: date | None = None) -> dict[str, frappe._dict]:
    """Return per item quantities, dates and the documents behind them; the queries do not grow with the items.

    Demand is what released plans need from today on, up to `until`. What lies in containers is in transit and no
    longer on order. What the user may not see is left out.
    """
    codes = sorted(set(items))
    found = {code: _empty() for code in codes}
    if not codes:
        return found
    _add_demand(found, codes, today, until)
    _add_requisitioned(found, codes)
    _add_coming(found, codes, today)
    _add_on_hand(found, codes)
    for code, offers in order_facts.purchase_offers(codes, today, ("valid_to",)).items():
        found[code].price_end = max(getdate(row.valid_to) for row in offers)
    for row in found.values():
        reach = clauses.coverage(row.on_hand, row.flows, today)
        row.update(
            {
                "covered_until": reach.covered_until or row.last_required,
                "uncovered_on": reach.uncovered_on,
                "short": reach.short_qty,
            }
        )
    return found


def _empty() -> frappe._dict:
    return frappe._dict(
        planned=Decimal(0),
        requisitioned=Decimal(0),
        on_order=Decimal(0),
        in_transit=Decimal(0),
        on_hand=Decimal(0),
        flows=[],
        next_required=None,
        last_required=None,
        price_end=None,
        plans=set(),
        requisitions=set(),
        orders=set(),
        containers=set(),
    )


def _visible(doctype: str, **filters) -> list[str]:
    return frappe.get_list(doctype, filters=filters, pluck="name", limit=0) or [""]


def _add_demand(found: dict, codes: list[str], today: date, until: date | None) -> None:
    row, plan = frappe.qb.DocType(PLAN_ITEM), frappe.qb.DocType(PLAN)
    query = (
        frappe.qb.from_(row)
        .join(plan)
        .on(plan.name == row.parent)
        .select(row.item, row.qty, row.required_date, row.parent)
        .where(row.item.isin(codes))
        .where(row.required_date >= today)
        .where(plan.name.isin(_visible(PLAN, workflow_state=str(PlanState.RELEASED))))
        .orderby(row.required_date)
    )
    if until:
        query = query.where(row.required_date <= until)
    for line in query.run(as_dict=True):
        of, on = found[line.item], getdate(line.required_date)
        of.planned += number(line.qty)
        of.flows.append(Flow(on, -number(line.qty)))
        of.plans.add(line.parent)
        of.next_required = of.next_required or on
        of.last_required = on


def _add_requisitioned(found: dict, codes: list[str]) -> None:
    row = frappe.qb.DocType(REQUISITION_ITEM)
    states = [str(RequisitionState.APPROVAL), str(RequisitionState.APPROVED)]
    lines = (
        frappe.qb.from_(row)
        .select(row.item, row.qty, row.ordered_qty, row.closed_qty, row.parent)
        .where(row.item.isin(codes))
        .where(row.parent.isin(_visible(REQUISITION, workflow_state=["in", states])))
        .run(as_dict=True)
    )
    for line in lines:
        left = number(line.qty) - number(line.ordered_qty) - number(line.closed_qty)
        if left > 0:
            found[line.item].requisitioned += left
            found[line.item].requisitions.add(line.parent)


def _add_coming(found: dict, codes: list[str], today: date) -> None:
    """Add what is on its way, on the day it is expected, and what is on order beyond that."""
    shipped: dict[str, Decimal] = {}
    visible = set(_visible(CONTAINER, workflow_state=["in", [str(state) for state in clauses.UNDER_WAY]]))
    for line in import_facts.under_way(items=codes):
        shipped[line.order_row] = shipped.get(line.order_row, Decimal(0)) + number(line.qty)
        if line.container in visible:
            of = found[line.item]
            of.in_transit += number(line.qty)
            of.flows.append(Flow(getdate(line.eta) if line.eta else today, number(line.qty)))
            of.containers.add(line.container)
    row, order = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    lines = (
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
            row.required_date,
            order.workflow_state,
        )
        .where(row.item.isin(codes))
        .where(
            order.name.isin(
                _visible(
                    ORDER,
                    workflow_state=["in", [str(state) for state in OPEN_STATES]],
                    order_kind=["!=", "Return"],
                )
            )
        )
        .run(as_dict=True)
    )
    for line in lines:
        left = open_quantity(line, line.workflow_state) - shipped.get(line.name, Decimal(0))
        if left > 0:
            of = found[line.item]
            of.on_order += left
            of.flows.append(Flow(getdate(line.required_date) if line.required_date else today, left))
            of.orders.add(line.parent)


def _add_on_hand(found: dict, codes: list[str]) -> None:
    """Add what may be used: in warehouses for stock, without what is kept apart."""
    stocks = set(frappe.get_all("Warehouse", filters={"warehouse_kind": "Stock"}, pluck="name"))
    for (item, kind, place, bucket), qty in entries.sums(codes).items():
        if kind == PlaceType.WAREHOUSE and bucket == Bucket.AVAILABLE and place in stocks:
            found[item].on_hand += qty


def tell_of_uncovered(today: date | None = None) -> list[str]:
    """Tell planners and purchasers of items that are not covered in the coming days; return the items.

    A scheduler event, once a week; `alert_days` of the clause says how far it looks.
    """
    today = getdate(today)
    ahead = cint(parameters.values_of("7.12")["alert_days"])
    items = controlled_items()
    reach = control((row.name for row in items), today)
    told = []
    for item in items:
        of = reach[item.name]
        if of.uncovered_on is None or (of.uncovered_on - today).days > ahead or len(told) >= TOLD_AT_ONCE:
            continue
        notify_roles(
            ["Planner", "Purchaser"], _missing(item, of), frappe._dict(doctype="Item", name=item.name)
        )
        told.append(item.name)
    return told


def _missing(item, of) -> Words:
    return lambda: _("Item {0} is covered until {1}; {2} {3} are missing (7.12)").format(
        item.name, of.covered_until, cstr(of.short.normalize() + 0), item.stock_uom
    )
