"""Prices that end within some days, or have ended, and that no other price follows (4.2.6)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_4_2 import APPROVAL, PRICE
from erp_rules.procurement.price_expiry import ending_prices, requesters
from erp_rules.rule_engine.report_tools import column, currency_column, link

DAYS = 30


def execute(filters=None):
    """Return columns, rows (soonest first), and the number of prices by urgency as a chart."""
    filters = frappe._dict(filters or {})
    today = getdate(filters.as_of) if filters.as_of else getdate()
    days = cint(filters.days) if filters.days not in (None, "") else DAYS
    since = None if cint(filters.show_expired) else today
    readable = set(
        frappe.get_list(
            PRICE, filters={"valid_to": ["<=", today + timedelta(days=days)]}, pluck="name", limit=0
        )
    )
    prices = [row for row in ending_prices(today + timedelta(days=days), since) if row.name in readable]
    for fieldname in ("supplier", "item"):
        if filters.get(fieldname):
            prices = [row for row in prices if row[fieldname] == filters[fieldname]]
    purchaser_of = requesters(row.price_approval for row in prices)
    states = _states({row.price_approval for row in prices})
    rows = [
        {
            **row,
            "days_left": (getdate(row.valid_to) - today).days,
            "purchaser": purchaser_of.get(row.price_approval),
            "workflow_state": states.get(row.price_approval),
        }
        for row in prices
    ]
    return _columns(), rows, None, _chart(rows)


def _states(names):
    if not names:
        return {}
    rows = frappe.get_all(
        APPROVAL, filters={"name": ["in", sorted(names)]}, fields=["name", "workflow_state"]
    )
    return {row.name: _(row.workflow_state) for row in rows}


def _columns():
    return [
        column("days_left", _("Days Left"), "Int", 90),
        column("valid_to", _("Valid To"), "Date"),
        link("item", _("Item"), "Item", 130),
        column("item_name", _("Item Name"), width=160),
        link("supplier", _("Supplier"), "Supplier", 110),
        column("supplier_name", _("Supplier Name"), width=160),
        column("operation", _("Operation"), width=90),
        column("currency", _("Currency"), width=80),
        currency_column("rate", _("Rate"), precision=6),
        link("price_approval", _("Price Approval"), "Price Approval", 140),
        column("workflow_state", _("Status"), width=120),
        column("purchaser", _("Purchaser"), width=160),
    ]


def _chart(rows):
    bands = [
        (_("Expired"), lambda days: days < 0),
        (_("Within {0} days").format(7), lambda days: 0 <= days <= 7),
        (_("Within {0} days").format(15), lambda days: 7 < days <= 15),
        (_("Within {0} days").format(30), lambda days: 15 < days <= 30),
    ]
    counts = [sum(1 for row in rows if within(row["days_left"])) for _label, within in bands]
    return {
        "data": {
            "labels": [label for label, _within in bands],
            "datasets": [{"name": _("Prices"), "values": counts}],
        },
        "type": "bar",
    }
