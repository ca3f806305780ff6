"""The posted prices of an item, newest first, each with its difference to the one before."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from erp_rules.clauses.chapter_4_2 import PRICE
from erp_rules.rule_engine.report_tools import column, currency_column, link

FIELDS = (
    "name",
    "item",
    "item_name",
    "price_kind",
    "operation",
    "supplier",
    "supplier_name",
    "currency",
    "rate",
    "rate_base",
    "valid_from",
    "valid_to",
    "change_no",
    "price_approval",
)


def execute(filters=None):
    """Return the price rows that the user may read, and rates in base currency over time as a chart."""
    filters = frappe._dict(filters or {})
    conditions = {
        field: filters[field]
        for field in ("item", "supplier", "price_kind", "operation")
        if filters.get(field)
    }
    if filters.as_of:
        conditions.update(valid_from=["<=", filters.as_of], valid_to=[">=", filters.as_of])
    rows = frappe.get_list(
        PRICE, filters=conditions, fields=list(FIELDS), order_by="item asc, valid_from asc, name asc", limit=0
    )
    before = {}
    for row in rows:
        key = (row.item, row.price_kind, row.operation or "", row.supplier)
        last = before.get(key)
        row.difference_pct = (flt(row.rate_base) - last) / last * 100 if last and row.rate_base else None
        before[key] = flt(row.rate_base)
        row.price_kind = _(row.price_kind)
    rows.sort(key=lambda row: getdate(row.valid_from), reverse=True)
    return _columns(), rows, None, _chart(rows) if filters.item else None


def _columns():
    return [
        link("item", _("Item"), "Item"),
        column("item_name", _("Item Name"), width=150),
        column("price_kind", _("Price Kind")),
        column("operation", _("Operation"), width=80),
        link("supplier", _("Supplier"), "Supplier", 110),
        column("supplier_name", _("Supplier Name"), width=150),
        column("valid_from", _("Valid From"), "Date"),
        column("valid_to", _("Valid To"), "Date"),
        column("currency", _("Currency"), width=80),
        currency_column("rate", _("Rate"), precision=6),
        column("rate_base", _("Rate (Base)"), "Float", 110, precision=6),
        column("difference_pct", _("Difference to Last Time"), "Percent", 120),
        column("change_no", _("Change No."), "Int", 80),
        link("price_approval", _("Price Approval"), "Price Approval", 140),
    ]


def _chart(rows):
    days = sorted({str(row.valid_from) for row in rows})
    suppliers = sorted({row.supplier for row in rows})
    rate = {(row.supplier, str(row.valid_from)): flt(row.rate_base) for row in rows}
    return {
        "data": {
            "labels": days,
            "datasets": [
                {"name": supplier, "values": [rate.get((supplier, day)) for day in days]}
                for supplier in suppliers
            ],
        },
        "type": "line",
    }
