"""Change orders per kind and state, what they change in amount, and how long they took until executed (4.5)."""

from __future__ import annotations

from decimal import Decimal
from statistics import median

import frappe
from frappe import _
from frappe.utils import add_months, get_datetime, get_first_day, getdate

from erp_rules.procurement.facts import number
from erp_rules.rule_engine.report_tools import column, currency_column, month_end, opens_list

CHANGE = "Purchase Change Order"
STATES = ("Draft", "Approval", "Approved", "Executed", "Rejected")
FILTERS = ("supplier", "department", "purchaser", "change_kind")
MONTHS = 6
FIELDS = (
    "change_kind", "workflow_state", "change_date", "difference_base", "base_currency", "submitted_at",
    "executed_at", "supplier_notified_at", "supplier_confirmed_at",
)  # fmt: skip


def execute(filters=None):
    """Return one row per kind, or per kind and month, of the change orders of the period."""
    filters = frappe._dict(filters or {})
    last = getdate(filters.to_date) if filters.to_date else getdate()
    first = getdate(filters.from_date or get_first_day(add_months(last, 1 - MONTHS)))
    given = {name: filters[name] for name in FILTERS if filters.get(name)}
    found = frappe.get_list(
        CHANGE,
        filters=[
            ["change_date", "between", [str(first), str(last)]],
            *([k, "=", v] for k, v in given.items()),
        ],
        fields=list(FIELDS),
        order_by="change_date asc",
        limit_page_length=0,
    )
    per_month = filters.period == "Month"
    groups: dict[tuple, list] = {}
    for row in found:
        month = f"{getdate(row.change_date):%Y-%m}" if per_month else ""
        groups.setdefault((month, row.change_kind), []).append(row)
    kinds = frappe.get_meta(CHANGE).get_field("change_kind").options.split("\n")
    keys = sorted(groups, key=lambda key: (key[0], kinds.index(key[1]) if key[1] in kinds else len(kinds)))
    rows = [_row(key, groups[key], given, first, last) for key in keys]
    message = _("Change orders from {0} to {1}.").format(first, last)
    return _columns(per_month), rows, message, _chart(rows, kinds)


def _row(key: tuple, orders: list, given: dict, first, last) -> dict:
    month, kind = key
    days = [first, last]
    if month:
        begins = getdate(f"{month}-01")
        days = [max(begins, first), min(month_end(begins), last)]
    behind = {**given, "change_kind": kind, "change_date": ["between", [str(day) for day in days]]}
    counts = {state: sum(1 for order in orders if order.workflow_state == state) for state in STATES}
    took = [
        (get_datetime(order.executed_at) - get_datetime(order.submitted_at)).total_seconds() / 86_400
        for order in orders
        if order.executed_at and order.submitted_at
    ]
    told = [order for order in orders if order.supplier_notified_at]
    unconfirmed = sum(1 for order in told if not order.supplier_confirmed_at)
    effective = [order for order in orders if order.workflow_state in ("Approved", "Executed")]
    unanswered = opens_list(
        CHANGE, **behind, supplier_notified_at=["is", "set"], supplier_confirmed_at=["is", "not set"]
    )
    return {
        "change_kind": kind,
        "kind": _(kind),
        "month": month,
        "total": len(orders),
        **{state.lower(): counts[state] for state in STATES},
        "difference_base": float(sum((number(order.difference_base) for order in effective), Decimal(0))),
        "currency": next((order.base_currency for order in orders if order.base_currency), None),
        "median_days": round(median(took), 1) if took else None,
        "unconfirmed": unconfirmed,
        "opens": {
            "total": opens_list(CHANGE, **behind),
            "difference_base": opens_list(CHANGE, **behind, workflow_state=["in", ["Approved", "Executed"]]),
            "median_days": opens_list(CHANGE, **behind, executed_at=["is", "set"]),
            "unconfirmed": unanswered,
            **{state.lower(): opens_list(CHANGE, **behind, workflow_state=state) for state in STATES},
        },
    }


def _columns(per_month: bool) -> list[dict]:
    return [
        *([column("month", _("Month"), width=80)] if per_month else ()),
        column("kind", _("Change Kind"), width=150),
        column("total", _("Change Orders"), "Int", 110),
        *(column(state.lower(), _(state), "Int", 90) for state in STATES),
        currency_column("difference_base", _("Difference in Amount (Base)"), 150),
        column("currency", _("Currency"), width=70),
        column("median_days", _("Median Days until Executed"), "Float", 130, precision=1),
        column("unconfirmed", _("Not Confirmed by the Supplier"), "Int", 130),
    ]


def _chart(rows: list[dict], kinds: list[str]) -> dict | None:
    if not rows:
        return None
    there = [kind for kind in kinds if any(row["change_kind"] == kind for row in rows)]
    return {
        "data": {
            "labels": [_(kind) for kind in there],
            "datasets": [
                {
                    "name": _(state),
                    "values": [
                        sum(r[state.lower()] for r in rows if r["change_kind"] == kind) for kind in there
                    ],
                }
                for state in STATES
            ],
        },
        "type": "bar",
    }
