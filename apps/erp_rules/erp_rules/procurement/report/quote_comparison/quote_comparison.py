"""Quotes side by side in base currency: rank, distance to the lowest, coded reason, half-year cost (4.2.3.3)."""

import frappe
from frappe import _
from frappe.utils import cint, flt

from erp_rules.clauses.chapter_4_2 import APPROVAL
from erp_rules.rule_engine.report_tools import column, currency_column, link

FORM_FIELDS = (
    "name",
    "item",
    "item_name",
    "operation",
    "form_date",
    "workflow_state",
    "lowest_rate_base",
    "not_lowest_reason",
)
QUOTE_FIELDS = (
    "parent",
    "change_no",
    "supplier",
    "supplier_name",
    "currency",
    "rate",
    "exchange_rate",
    "rate_base",
    "rank",
    "is_lowest",
    "selected",
    "half_year_cost",
    "lead_days",
    "min_order_qty",
    "not_lowest_reason",
)


def execute(filters=None):
    """Return one row a quote, grouped by form and round, the lowest first."""
    filters = frappe._dict(filters or {})
    conditions = {
        field: filters[field]
        for field in ("item", "workflow_state", "not_lowest_reason")
        if filters.get(field)
    }
    if filters.price_approval:
        conditions["name"] = filters.price_approval
    if filters.from_date and filters.to_date:
        conditions["form_date"] = ["between", [filters.from_date, filters.to_date]]
    forms = frappe.get_list(
        APPROVAL, filters=conditions, fields=list(FORM_FIELDS), order_by="form_date desc, name desc", limit=0
    )
    rows = _rows(forms, filters)
    return _columns(), rows, None, _chart(rows)


def _rows(forms, filters):
    if not forms:
        return []
    quotes = frappe.get_all(
        "Price Quote",
        filters={"parent": ["in", [form.name for form in forms]], "parenttype": APPROVAL},
        fields=list(QUOTE_FIELDS),
        order_by="change_no desc, rank asc, idx asc",
    )
    by_form = {}
    for quote in quotes:
        by_form.setdefault(quote.parent, []).append(quote)
    rows = []
    for form in forms:
        found = by_form.get(form.name, [])
        lowest = {}
        for quote in found:
            if cint(quote.is_lowest):
                lowest[quote.change_no] = flt(quote.rate_base)
        for quote in found:
            if filters.supplier and quote.supplier != filters.supplier:
                continue
            base = lowest.get(quote.change_no)
            above = (flt(quote.rate_base) - base) / base * 100 if base and quote.rank else None
            reason = quote.not_lowest_reason
            rows.append(
                {
                    **form,
                    **quote,
                    "workflow_state": _(form.workflow_state),
                    "above_lowest_pct": above,
                    "reason": _(reason) if reason else None,
                    "name": form.name,
                }
            )
    return rows


def _columns():
    return [
        link("name", _("Price Approval"), APPROVAL, 140),
        link("item", _("Item"), "Item"),
        column("item_name", _("Item Name"), width=150),
        column("change_no", _("Change No."), "Int", 80),
        column("rank", _("Rank"), "Int", 60),
        link("supplier", _("Supplier"), "Supplier", 110),
        column("supplier_name", _("Supplier Name"), width=150),
        column("currency", _("Currency"), width=80),
        currency_column("rate", _("Rate"), precision=6),
        column("rate_base", _("Rate (Base)"), "Float", 110, precision=6),
        column("above_lowest_pct", _("Above the Lowest"), "Percent", 110),
        column("selected", _("Selected"), "Check", 80),
        column("reason", _("Reason"), width=150),
        column("half_year_cost", _("Half-year Cost (Base)"), "Float", 130, precision=2),
        column("lead_days", _("Lead Days"), "Int", 80),
        column("workflow_state", _("Status"), width=120),
    ]


def _chart(rows):
    """Return how often each coded reason was given for not taking the lowest."""
    counts = {}
    for row in rows:
        if row["reason"]:
            counts[row["reason"]] = counts.get(row["reason"], 0) + 1
    if not counts:
        return None
    return {
        "data": {
            "labels": list(counts),
            "datasets": [{"name": _("Reason for Not Taking the Lowest"), "values": list(counts.values())}],
        },
        "type": "bar",
    }
