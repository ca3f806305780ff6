"""The start page: number cards and charts, each computed for the session user and each opening its list."""

import json
from collections import Counter, defaultdict

import frappe
from frappe import _
from frappe.utils import add_months, flt, get_first_day, getdate, today

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.inbox import inbox
from erp_rules.api.screens.lists import count

MONTHS = 6
PRICE_ROWS = 500
PRICED_ITEMS = 6
COMPARED = 8
AGES = ((24, "under 1 day"), (72, "1 to 3 days"), (168, "3 to 7 days"), (None, "over 7 days"))


@frappe.whitelist()
def overview() -> dict:
    """Return the cards and charts of the start page for the session user."""
    require_user()
    charts = [draw() for draw in CHARTS.values()]
    return {"cards": _cards(), "charts": [chart for chart in charts if chart]}


def chart(name: str, **filters) -> dict | None:
    """Return one chart for the session user, or None when they may not see its records."""
    require_user()
    return CHARTS[name](**filters)


def _cards() -> list[dict]:
    """Return the Number Cards of this app, as the desk shows them, that the user may see."""
    cards = [
        {
            "name": "inbox",
            "label": _("Waiting for you"),
            "value": len(inbox()),
            "target": {"kind": "inbox"},
        }
    ]
    rows = frappe.get_all(
        "Number Card",
        filters={"module": ["in", _modules()], "type": "Document Type", "function": "Count"},
        fields=["name", "label", "document_type", "filters_json"],
        order_by="name",
    )
    for row in rows:
        if not frappe.has_permission(row.document_type, "read"):
            continue
        filters = [[f[1], f[2], f[3]] for f in json.loads(row.filters_json or "[]")]
        query = json.dumps([{"field": f[0], "operator": f[1], "value": f[2]} for f in filters])
        cards.append(
            {
                "name": row.name,
                "label": _(row.label),
                "value": count(row.document_type, filters),
                "target": {"kind": "list", "name": row.document_type, "query": {"filters": query}},
            }
        )
    return cards


def _modules() -> list[str]:
    return frappe.get_all("Module Def", {"app_name": "erp_rules"}, pluck="name")


def _approvals_by_age() -> dict:
    ages: Counter[str] = Counter()
    for row in inbox():
        ages[next(label for limit, label in AGES if limit is None or row["age_hours"] < limit)] += 1
    labels = [label for _limit, label in AGES]
    return {
        "name": "approvals_by_age",
        "label": _("Approvals by age"),
        "type": "bar",
        "x": [_(label) for label in labels] if ages else [],
        "series": [{"name": _("Documents"), "values": [ages[label] for label in labels]}],
        "target": {"kind": "inbox"},
    }


def _months() -> list[str]:
    first = get_first_day(today())
    return [str(add_months(first, -back))[:7] for back in reversed(range(MONTHS))]


def _per_month(
    doctype: str, moment: str, series: str, names: tuple[str, ...]
) -> tuple[list[str], list[dict]]:
    """Count records of the last months by month and by the value of `series`, as the user may see them."""
    months = _months()
    rows = frappe.get_list(
        doctype,
        fields=[moment, series],
        filters=[[moment, ">=", f"{months[0]}-01"]],
        limit_page_length=0,
    )
    counted = Counter((str(row[moment])[:7], row[series]) for row in rows)
    if not counted:
        return [], []
    return months, [
        {"name": _(name), "values": [counted[(month, name)] for month in months]} for name in names
    ]


def _clause_events() -> dict | None:
    if not frappe.has_permission("Rule Event", "read"):
        return None
    months, series = _per_month("Rule Event", "creation", "outcome", ("Blocked", "Warned", "Waived"))
    return {
        "name": "clause_events",
        "label": _("Clause events per month"),
        "type": "bar",
        "x": months,
        "series": series,
        "target": {"kind": "list", "name": "Rule Event"},
    }


def _deadlines() -> dict | None:
    if not frappe.has_permission("Deadline", "read"):
        return None
    months, series = _per_month("Deadline", "due_at", "status", ("Met", "Missed", "Overdue", "Open"))
    return {
        "name": "deadlines",
        "label": _("Time limits kept"),
        "type": "bar",
        "x": months,
        "series": series,
        "target": {"kind": "list", "name": "Deadline"},
    }


def _prices(item: str | None = None, supplier: str | None = None) -> dict | None:
    """Return posted prices over time, per item and supplier; without filters those that changed most often."""
    if not frappe.has_permission("Item Supplier Price", "read"):
        return None
    wanted = {"item": item, "supplier": supplier}
    rows = frappe.get_list(
        "Item Supplier Price",
        fields=["item", "supplier", "currency", "rate", "valid_from"],
        filters={field: value for field, value in wanted.items() if value},
        order_by="valid_from desc",
        limit_page_length=PRICE_ROWS,
    )
    points_of: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        key = f"{row.item} · {row.supplier} ({row.currency})"
        points_of[key][str(getdate(row.valid_from))] = flt(row.rate, 6)
    # The prices that changed most often; among equals those that changed last come first already.
    lines = dict(sorted(points_of.items(), key=lambda line: -len(line[1]))[:PRICED_ITEMS])
    days = sorted({day for points in lines.values() for day in points})
    return {
        "name": "prices",
        "label": _("Prices over time"),
        "type": "line",
        "x": days,
        "series": [
            {"name": key, "values": [points.get(day) for day in days]} for key, points in lines.items()
        ],
        "target": {"kind": "list", "name": "Item Supplier Price"},
    }


def _quotes() -> dict | None:
    """Return by how much the selected and the highest quote of the latest price approvals exceed the lowest."""
    if not frappe.has_permission("Price Approval", "read"):
        return None
    shown = frappe.get_list(
        "Price Approval",
        fields=["name", "item", "lowest_rate_base", "selected_rate_base"],
        filters=[["selected_rate_base", ">", 0]],
        order_by="creation desc",
        limit_page_length=COMPARED,
    )
    quotes = frappe.get_all(
        "Price Quote",
        filters={"parenttype": "Price Approval", "parent": ["in", [row.name for row in shown]]},
        fields=["parent", "rate_base"],
    )
    highest: dict[str, float] = defaultdict(float)
    for quote in quotes:
        highest[quote.parent] = max(highest[quote.parent], flt(quote.rate_base))

    def above_lowest(row, rate: float) -> float:
        lowest = flt(row.lowest_rate_base)
        return flt((rate / lowest - 1) * 100, 2) if lowest else 0

    series = (
        (
            _("Selected, % above the lowest"),
            [above_lowest(row, flt(row.selected_rate_base)) for row in shown],
        ),
        (_("Highest, % above the lowest"), [above_lowest(row, highest[row.name]) for row in shown]),
    )
    return {
        "name": "quotes",
        "label": _("Quotes compared"),
        "type": "bar",
        "x": [row.item for row in shown],
        "series": [{"name": name, "values": values} for name, values in series] if shown else [],
        "target": {"kind": "list", "name": "Price Approval"},
    }


CHARTS = {
    "Approvals by Age": _approvals_by_age,
    "Clause Events per Month": _clause_events,
    "Time Limits Kept": _deadlines,
    "Prices over Time": _prices,
    "Quotes Compared": _quotes,
}
