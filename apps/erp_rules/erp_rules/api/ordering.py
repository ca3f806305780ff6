"""The ordering workbench: plans become requisitions, requisition lines become orders, orders are printed (4.3, 4.4)."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_4_3 import ORDER, PLAN, REQUISITION, PlanState, RequisitionState
from erp_rules.clauses.chapter_7 import SampleStatus
from erp_rules.masters.facts import base_currency
from erp_rules.procurement import order_facts, order_printing, orders, requisitions
from erp_rules.procurement.facts import number
from erp_rules.rule_engine import printing
from erp_rules.rule_engine.retry import once_more

LINE_LIMIT = 5000
CHOICE_FIELDS = (
    "requisition_row",
    "supplier",
    "qty",
    "currency",
    "required_date",
    "not_lowest_reason",
    "not_lowest_remark",
)
FILTERS = ("item", "parent", "department", "requisition_kind", "required_by")
REQUISITION_LINES = 200


@frappe.whitelist(methods=["GET", "POST"])
def open_lines(filters: str | dict | None = None) -> dict:
    """Return what can be ordered now, soonest first, and per item every effective price, lowest first (4.4.1).

    The number of queries does not grow with lines and prices. At most 5,000 lines; `is_cut` says when more wait.
    """
    frappe.has_permission(ORDER, "create", throw=True)
    frappe.has_permission(REQUISITION, "read", throw=True)
    given = json.loads(filters) if isinstance(filters, str) else dict(filters or {})
    wanted = {name: given[name] for name in FILTERS if given.get(name)}
    visible = frappe.get_list(
        REQUISITION, filters={"workflow_state": str(RequisitionState.APPROVED)}, pluck="name", limit=0
    )
    found = order_facts.open_requisition_lines(wanted, visible, LINE_LIMIT + 1) if visible else []
    lines = found[:LINE_LIMIT]
    items = {line.item for line in lines}
    details = order_facts.item_details(items)
    for line in lines:
        item = details.get(line.item)
        line.open_qty = float(number(line.qty) - number(line.ordered_qty) - number(line.closed_qty))
        line.needs_sample = cint(item is not None and item.sample_status == SampleStatus.PENDING)
    return {
        "lines": lines,
        "offers": _visible_offers(items),
        "base_currency": base_currency(),
        "on": getdate(),
        "is_cut": len(found) > LINE_LIMIT,
    }


def _visible_offers(items: set[str]) -> dict[str, list[dict]]:
    """Return per item the prices of suppliers that the user may see, the lowest marked."""
    offers = order_facts.purchase_offers(items, getdate(), ("valid_to", "min_order_qty", "lead_days"))
    suppliers = sorted({row.supplier for rows in offers.values() for row in rows})
    if not suppliers:
        return {}
    seen = {
        row.name: row.supplier_name
        for row in frappe.get_list(
            "Supplier", filters={"name": ["in", suppliers]}, fields=["name", "supplier_name"], limit=0
        )
    }
    return {
        item: [
            {
                "price_row": row.name,
                "supplier": row.supplier,
                "supplier_name": seen[row.supplier],
                "currency": row.currency,
                "rate": row.rate,
                "rate_base": float(row.rate_base_now) if row.rate_base_now is not None else None,
                "min_order_qty": row.min_order_qty,
                "lead_days": row.lead_days,
                "valid_to": row.valid_to,
                "is_lowest": cint(
                    row.rate_base_now is not None and row.rate_base_now == rows[0].rate_base_now
                ),
            }
            for row in rows
            if row.supplier in seen
        ]
        for item, rows in offers.items()
    }


@frappe.whitelist(methods=["POST"])
def make_orders(lines: str | list) -> dict:
    """Make orders of the chosen requisition lines, grouped by supplier; all of them or none (4.3, 4.4.1).

    Each line names `requisition_row` and `supplier`, and may name quantity, currency, date and the reason for
    not taking the lowest. Of two purchasers who order the same line one succeeds, the other is told.
    """
    frappe.has_permission(ORDER, "create", throw=True)
    chosen = _choices(lines)
    if len(chosen) > LINE_LIMIT:
        frappe.throw(_("At most {0} lines at once.").format(LINE_LIMIT))
    _check_sight(chosen)
    names = once_more(lambda: orders.make_orders(chosen))
    made = frappe.get_all(
        ORDER,
        filters={"name": ["in", names]},
        fields=["name", "supplier", "supplier_name", "currency", "total_amount", "has_unpriced"],
        order_by="name asc",
    )
    return {"orders": made}


def _choices(lines: str | list) -> list[dict]:
    """Return the chosen lines with the fields that they may name; raise `ValidationError` for what is none."""
    try:
        given = json.loads(lines) if isinstance(lines, str) else lines
    except ValueError:
        given = None
    is_list = isinstance(given, list) and all(isinstance(line, dict) for line in given)
    chosen = [{name: line.get(name) for name in CHOICE_FIELDS} for line in given] if is_list else []
    if not is_list or any(isinstance(value, dict | list) for line in chosen for value in line.values()):
        frappe.throw(_("This is no list of requisition lines; choose them in the workbench."))
    return chosen


def _check_sight(chosen: list[dict]) -> None:
    """Refuse lines of requisitions that the user may not read."""
    rows = sorted({str(line["requisition_row"]) for line in chosen})
    parents = frappe.get_all(
        order_facts.REQUISITION_ITEM, filters={"name": ["in", rows]}, pluck="parent", distinct=True
    )
    seen = (
        frappe.get_list(REQUISITION, filters={"name": ["in", parents]}, pluck="name", limit=0)
        if parents
        else []
    )
    if set(parents) - set(seen):
        frappe.throw(_("You may not see one of these requisitions."), frappe.PermissionError)


# Plans


@frappe.whitelist(methods=["GET", "POST"])
def plan_lines(plan: str) -> list[dict]:
    """Return the lines of a material plan with what is asked for of each, and what is still open (4.3)."""
    doc = frappe.get_doc(PLAN, plan)
    doc.check_permission("read")
    return _plan_lines(doc)


def _plan_lines(doc) -> list[dict]:
    asked = order_facts.requested_quantities([row.name for row in doc.items])
    lines = []
    for row in doc.items:
        requested = asked.get(row.name, number(0))
        lines.append(
            {
                "plan_row": row.name,
                "idx": row.idx,
                "item": row.item,
                "item_name": row.item_name,
                "uom": row.uom,
                "qty": row.qty,
                "required_date": row.required_date,
                "requested_qty": float(requested),
                "open_qty": float(max(number(row.qty) - requested, number(0))),
            }
        )
    return lines


@frappe.whitelist(methods=["POST"])
def request_plan(plan: str, rows: str | list | None = None) -> dict:
    """Make draft requisitions of what a released plan still has open, at most 200 lines each; return their names.

    `rows` names the plan's rows to take; all are taken when it is left out.
    """
    doc = frappe.get_doc(PLAN, plan, for_update=True)
    doc.check_permission("read")
    frappe.has_permission(REQUISITION, "create", throw=True)
    if doc.workflow_state != PlanState.RELEASED:
        frappe.throw(
            _("Plan {0} is {1}; only a released plan is turned into requisitions.").format(
                doc.name, _(doc.workflow_state)
            )
        )
    named = json.loads(rows) if isinstance(rows, str) and rows else rows
    lines = [
        line
        for line in _plan_lines(doc)
        if line["open_qty"] > 0 and (not named or line["plan_row"] in set(named))
    ]
    if not lines:
        frappe.throw(_("Nothing is open on plan {0}.").format(doc.name))
    names = []
    for start in range(0, len(lines), REQUISITION_LINES):
        made = requisitions.make_requisition(
            {
                "department": doc.department,
                "items": [
                    {
                        "item": line["item"],
                        "qty": line["open_qty"],
                        "required_date": line["required_date"],
                        "plan_row": line["plan_row"],
                    }
                    for line in lines[start : start + REQUISITION_LINES]
                ],
            }
        )
        names.append(made.name)
    return {"requisitions": names}


# Printing


@frappe.whitelist(methods=["GET", "POST"])
def printable(day: str | None = None) -> list[dict]:
    """Return the approved orders of a day with their batch numbers, those not printed yet first (4.4.2)."""
    on = getdate(day)
    rows = frappe.get_list(
        ORDER,
        filters={
            "docstatus": 1,
            "approved_at": ["between", [f"{on} 00:00:00", f"{on} 23:59:59"]],
        },
        fields=[
            "name",
            "supplier",
            "supplier_name",
            "workflow_state",
            "currency",
            "total_amount",
            "print_date",
            "print_no",
        ],
        order_by="print_no asc, name asc",
        limit=0,
    )
    copies = printing.copies_of(ORDER, [row.name for row in rows], order_printing.FORMAT)
    return [{**row, "copies": copies.get(row.name, 0)} for row in rows]


@frappe.whitelist(methods=["POST"])
def print_batch(orders: str | list, language: str = "zh") -> dict:
    """Number these orders within today's batch and return one page with a copy of each in that language (4.4.2)."""
    names = json.loads(orders) if isinstance(orders, str) else orders
    if not names or len(names) > order_printing.BATCH_LIMIT:
        frappe.throw(_("Choose between 1 and {0} orders.").format(order_printing.BATCH_LIMIT))
    for name in names:
        frappe.get_doc(ORDER, name).check_permission("print")
    return order_printing.hand_out(names, language)
