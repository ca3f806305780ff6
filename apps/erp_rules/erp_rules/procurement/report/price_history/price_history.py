"""The posted prices of an item, newest first, each with its difference to the one before."""

import frappe
from frappe import _
from frappe.utils import flt, getdate

from erp_rules.clauses.chapter_4_2 import PRICE

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
        {"label": _("Item"), "fieldname": "item", "fieldtype": "Link", "options": "Item", "width": 120},
        {"label": _("Item Name"), "fieldname": "item_name", "fieldtype": "Data", "width": 150},
        {"label": _("Price Kind"), "fieldname": "price_kind", "fieldtype": "Data", "width": 100},
        {"label": _("Operation"), "fieldname": "operation", "fieldtype": "Data", "width": 80},
        {
            "label": _("Supplier"),
            "fieldname": "supplier",
            "fieldtype": "Link",
            "options": "Supplier",
            "width": 110,
        },
        {"label": _("Supplier Name"), "fieldname": "supplier_name", "fieldtype": "Data", "width": 150},
        {"label": _("Valid From"), "fieldname": "valid_from", "fieldtype": "Date", "width": 100},
        {"label": _("Valid To"), "fieldname": "valid_to", "fieldtype": "Date", "width": 100},
        {"label": _("Currency"), "fieldname": "currency", "fieldtype": "Data", "width": 80},
        {
            "label": _("Rate"),
            "fieldname": "rate",
            "fieldtype": "Currency",
            "options": "currency",
            "precision": 6,
            "width": 110,
        },
        {
            "label": _("Rate (Base)"),
            "fieldname": "rate_base",
            "fieldtype": "Float",
            "precision": 6,
            "width": 110,
        },
        {
            "label": _("Difference to Last Time"),
            "fieldname": "difference_pct",
            "fieldtype": "Percent",
            "width": 120,
        },
        {"label": _("Change No."), "fieldname": "change_no", "fieldtype": "Int", "width": 80},
        {
            "label": _("Price Approval"),
            "fieldname": "price_approval",
            "fieldtype": "Link",
            "options": "Price Approval",
            "width": 140,
        },
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
