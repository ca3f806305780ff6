"""The start page: number cards and charts, each computed for the session user and each opening its list."""

import json
from collections import Counter, defaultdict

import frappe
from frappe import _
from frappe.utils import add_months, flt, get_first_day, getdate, today

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.inbox import inbox
from erp_rules.api.screens.lists import count
from erp_rules.procurement.report.supplier_performance.supplier_performance import (
    execute as supplier_performance,
)

MONTHS = 6
PRICE_ROWS = 500
PRICED_ITEMS = 6
COMPARED = 8
# What a series means, for the colour that it is drawn in.
TONES = {
    "Met": "good",
    "Missed": "late",
    "Overdue": "bad",
    "Open": "open",
    "Blocked": "bad",
    "Warned": "late",
    "Waived": "open",
}
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
    if name not in CHARTS:
        frappe.throw(_("There is no chart {0}.").format(name), frappe.DoesNotExistError)
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
        filters={"module": ["in", _modules()], "type": ["in", ["Document Type", "Custom"]]},
        fields=["name", "label", "type", "document_type", "filters_json", "method"],
        order_by="name",
    )
    acting = _states_to_act_in()
    found = [(_is_mine(row, acting), row) for row in rows if frappe.has_permission(row.document_type, "read")]
    # What waits for the user's own roles comes first.
    for is_mine, row in sorted(found, key=lambda entry: not entry[0]):
        value, target = _computed(row) if row.type == "Custom" else _counted(row)
        card = {"name": row.name, "label": _(row.label), "value": value, "target": target}
        cards.append({**card, "is_mine": is_mine})
    return cards


def _counted(row) -> tuple[int, dict]:
    """Return how many documents a card counts, and the list of them."""
    filters = [[f[1], f[2], f[3]] for f in json.loads(row.filters_json or "[]")]
    return count(row.document_type, filters), _list(row.document_type, filters)


def _list(doctype: str, filters: list) -> dict:
    query = json.dumps([{"field": f[0], "operator": f[1], "value": f[2]} for f in filters])
    return {"kind": "list", "name": doctype, "query": {"filters": query}}


def _computed(row) -> tuple[int, dict]:
    """Return what a card's own method says, and what its route leads to; as the desk takes both."""
    answer = frappe.call(frappe.get_attr(row.method))
    kind, name, *_rest = answer["route"]
    options = answer.get("route_options") or {}
    if kind == "query-report":
        query = {"filters": json.dumps(options)}
        return answer["value"], {"kind": "report", "name": name, "query": query}
    filters = [
        [field, *value] if isinstance(value, list) else [field, "=", value]
        for field, value in options.items()
    ]
    return answer["value"], _list(name, filters)


def _states_to_act_in() -> set[tuple[str, str]]:
    """Return DocType and state of everything that the session user's roles may move on."""
    workflows = frappe.get_all("Workflow", filters={"is_active": 1}, fields=["name", "document_type"])
    doctypes = {row.name: row.document_type for row in workflows}
    rows = frappe.get_all(
        "Workflow Transition",
        filters={"parenttype": "Workflow", "allowed": ["in", frappe.get_roles()]},
        fields=["parent", "state"],
    )
    return {(doctypes[row.parent], row.state) for row in rows if row.parent in doctypes}


def _is_mine(row, acting: set[tuple[str, str]]) -> bool:
    """Return whether a card counts documents in a state from which the user's roles move them on."""
    for _doctype, fieldname, _operator, value, *_rest in json.loads(row.filters_json or "[]"):
        if fieldname == "workflow_state":
            states = value if isinstance(value, list) else [value]
            return any((row.document_type, state) in acting for state in states)
    return False


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
        {"name": _(name), "values": [counted[(month, name)] for month in months], "tone": TONES[name]}
        for name in names
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


def _receipts() -> dict | None:
    """Return what posted receipts of the last months accepted and rejected, as the user may see them."""
    if not frappe.has_permission("Purchase Receipt", "read"):
        return None
    months = _months()
    rows = frappe.get_list(
        "Purchase Receipt",
        fields=["posted_at", "total_accepted", "total_rejected"],
        filters=[["docstatus", "=", 1], ["posted_at", ">=", f"{months[0]}-01"]],
        limit_page_length=0,
        order_by=None,
    )
    sums: dict[tuple, float] = defaultdict(float)
    for row in rows:
        for field in ("total_accepted", "total_rejected"):
            sums[(str(row.posted_at)[:7], field)] += flt(row[field])
    names = (("total_accepted", _("Accepted Quantity")), ("total_rejected", _("Rejected Quantity")))
    query = {"group_by": "Month", "from_date": f"{months[0]}-01", "to_date": today()}
    return {
        "name": "receipts",
        "label": _("Receipts per Month"),
        "type": "bar",
        "x": months if rows else [],
        "series": [
            {"name": name, "values": [sums[(month, field)] for month in months]} for field, name in names
        ]
        if rows
        else [],
        "target": _report("Purchase Receipts Report", query),
    }


def _suppliers() -> dict | None:
    """Return quality and on-time delivery of the suppliers with the worst quality in the last months."""
    if not frappe.has_permission("Purchase Receipt", "read"):
        return None
    period = {"from_date": f"{_months()[0]}-01", "to_date": today()}
    rows = supplier_performance(period)[1][:COMPARED]
    names = (("quality_pct", _("Quality %")), ("on_time_pct", _("On-time %")))
    return {
        "name": "suppliers",
        "label": _("Quality and Delivery of Suppliers"),
        "type": "bar",
        "x": [row["supplier"] for row in rows],
        "series": [{"name": name, "values": [row[field] for row in rows]} for field, name in names]
        if rows
        else [],
        "target": _report("Supplier Performance", period),
    }


def _report(name: str, filters: dict) -> dict:
    return {"kind": "report", "name": name, "query": {"filters": json.dumps(filters)}}


CHARTS = {
    "Approvals by Age": _approvals_by_age,
    "Clause Events per Month": _clause_events,
    "Time Limits Kept": _deadlines,
    "Prices over Time": _prices,
    "Quotes Compared": _quotes,
    "Receipts per Month": _receipts,
    "Quality and Delivery of Suppliers": _suppliers,
}
