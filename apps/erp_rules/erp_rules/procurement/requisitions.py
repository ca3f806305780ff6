"""Requisitions: made from plans or by other documents, and kept in step with what is ordered of them (4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import frappe

from erp_rules.clauses.chapter_4_3 import NUMBER, REQUISITION, RequisitionState
from erp_rules.procurement import order_facts
from erp_rules.procurement.facts import number
from erp_rules.rule_engine import workflow
from erp_rules.rule_engine.effects import system_write


def make_requisition(values: dict, clause: str | None = None):
    """Insert a requisition from its values and return it; with `clause` the app makes it in that clause's name."""
    doc = frappe.get_doc({"doctype": REQUISITION, **values})
    if not clause:
        return doc.insert()
    with system_write(clause):
        return doc.insert(ignore_permissions=True)


@contextmanager
def refreshed_once() -> Iterator[None]:
    """Within this block requisitions are noted, and brought up to date once at its end."""
    outer = getattr(frappe.local, "requisitions_to_refresh", None)
    if outer is not None:
        yield
        return
    frappe.local.requisitions_to_refresh = set()
    try:
        yield
        names = frappe.local.requisitions_to_refresh
    finally:
        frappe.local.requisitions_to_refresh = None
    refresh_ordered(names)


def release(requisition_rows: Iterable[str]) -> None:
    """Give back to the requisitions of these rows what closed orders no longer take."""
    rows = sorted(set(requisition_rows))
    if not rows:
        return
    found = frappe.get_all(
        order_facts.REQUISITION_ITEM, filters={"name": ["in", rows]}, pluck="parent", distinct=True
    )
    refresh_ordered(found)


def close_rows(quantities: dict[str, Decimal], clause: str) -> None:
    """Take quantities that are no longer wanted off requisition rows, for `clause`; never more than is open."""
    parents: dict[str, list[str]] = {}
    for row in frappe.get_all(
        order_facts.REQUISITION_ITEM, filters={"name": ["in", sorted(quantities)]}, fields=["name", "parent"]
    ):
        parents.setdefault(row.parent, []).append(row.name)
    for name in sorted(parents):
        doc = frappe.get_doc(REQUISITION, name, for_update=True)
        _count(doc)
        for row in doc.items:
            if row.name in quantities:
                left = number(row.qty) - number(row.ordered_qty) - number(row.closed_qty)
                row.closed_qty = float(number(row.closed_qty) + max(min(quantities[row.name], left), 0))
        _store(doc, clause)


def refresh_ordered(names: Iterable[str | None]) -> None:
    """Recompute what is ordered of these requisitions, and their state; locks them in the order of their names."""
    wanted = sorted({name for name in names if name})
    waiting = getattr(frappe.local, "requisitions_to_refresh", None)
    if waiting is not None:
        waiting.update(wanted)
        return
    for name in wanted:
        doc = frappe.get_doc(REQUISITION, name, for_update=True)
        before = [(row.ordered_qty, row.closed_qty) for row in doc.items], doc.workflow_state
        _count(doc)
        if before != ([(row.ordered_qty, row.closed_qty) for row in doc.items], _state(doc)):
            _store(doc, NUMBER)


def _count(doc) -> None:
    ordered = order_facts.ordered_quantities([row.name for row in doc.items], lock=True)
    for row in doc.items:
        row.ordered_qty = float(ordered.get(row.name, Decimal(0)))
    wanted = sum((number(row.qty) - number(row.closed_qty) for row in doc.items), Decimal(0))
    taken = sum((number(row.ordered_qty) for row in doc.items), Decimal(0))
    doc.ordered_pct = float(taken / wanted * 100) if wanted else 0


def _state(doc) -> str:
    """Return the state that follows from the rows: `Ordered` when nothing is open, else `Approved`."""
    if doc.workflow_state not in (RequisitionState.APPROVED, RequisitionState.ORDERED):
        return doc.workflow_state
    is_open = any(number(row.qty) > number(row.ordered_qty) + number(row.closed_qty) for row in doc.items)
    return RequisitionState.APPROVED if is_open else RequisitionState.ORDERED


def _store(doc, clause: str) -> None:
    state = _state(doc)
    if state != doc.workflow_state:
        workflow.move(doc, str(state), clause)
        return
    with system_write(clause):
        doc.save(ignore_permissions=True)
