"""The figures that the desk's dashboard charts and number cards show, computed for the session user."""

import json

import frappe
from frappe.utils import add_days, get_first_day, getdate, today

from erp_rules.api.screens.overview import chart as draw_chart
from erp_rules.procurement.report.open_and_late_orders.open_and_late_orders import execute as late_orders

ENDING_WITHIN_DAYS = 30
# More names do not fit into the legend of a chart on a workspace.
LEGIBLE_SERIES = 4


@frappe.whitelist()
def chart(chart_name: str, filters: str | dict | list | None = None) -> dict:
    """Return labels and data of a Dashboard Chart, or {} when there is nothing to draw; nothing is cached, as each user sees other records."""
    wanted = json.loads(filters) if isinstance(filters, str) and filters else filters
    wanted = wanted if isinstance(wanted, dict) else {}
    drawn = draw_chart(chart_name, **{key: wanted[key] for key in ("item", "supplier") if wanted.get(key)})
    if not drawn or not drawn["x"] or not drawn["series"]:
        return {}
    values = _carried_on if drawn["type"] == "line" else list
    return {
        "labels": drawn["x"],
        "datasets": [
            {"name": series["name"], "values": values(series["values"])}
            for series in drawn["series"][:LEGIBLE_SERIES]
        ],
    }


def _carried_on(values: list) -> list:
    """Return the points of a line where each value holds until the next one; before the first it is the first."""
    last = next((value for value in values if value is not None), 0)
    drawn = []
    for value in values:
        last = last if value is None else value
        drawn.append(last)
    return drawn


@frappe.whitelist()
def prices_ending_soon(filters: str | dict | list | None = None) -> dict:
    """Return how many prices that the user may read end within 30 days, and the list that shows them."""
    days = [today(), add_days(today(), ENDING_WITHIN_DAYS)]
    rows = frappe.get_list(
        "Item Supplier Price",
        filters=[["valid_to", "between", days]],
        fields=["count(name) as total"],
        order_by=None,
        limit_page_length=0,
    )
    return {
        "value": rows[0].total if rows else 0,
        "fieldtype": "Int",
        "route": ["List", "Item Supplier Price", "List"],
        "route_options": {"valid_to": ["between", days]},
    }


@frappe.whitelist()
def late_order_rows(filters: str | dict | list | None = None) -> dict:
    """Return how many order rows that the user may see are late, and the report that shows them."""
    return {
        "value": len(late_orders({"only_late": 1})[1]),
        "fieldtype": "Int",
        "route": ["query-report", "Open and Late Orders"],
        "route_options": {"only_late": 1},
    }


@frappe.whitelist()
def receipts_this_month(filters: str | dict | list | None = None) -> dict:
    """Return how many receipts that the user may see were posted this month, and the report of their rows."""
    first, last = get_first_day(today()), getdate(today())
    rows = frappe.get_list(
        "Purchase Receipt",
        filters=[["docstatus", "=", 1], ["posted_at", "between", [first, last]]],
        fields=["count(name) as total"],
        order_by=None,
        limit_page_length=0,
    )
    return {
        "value": rows[0].total if rows else 0,
        "fieldtype": "Int",
        "route": ["query-report", "Purchase Receipts Report"],
        "route_options": {"from_date": str(first), "to_date": str(last), "show": "Receipts"},
    }
