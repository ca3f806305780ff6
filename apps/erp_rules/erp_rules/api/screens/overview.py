"""The start page: number cards and charts, each computed for the session user, and what each number opens."""

import json
from collections import Counter, defaultdict

import frappe
from frappe import _
from frappe.utils import add_months, flt, get_first_day, getdate, today

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.inbox import AGES, inbox
from erp_rules.api.screens.lists import count
from erp_rules.procurement import deliveries
from erp_rules.procurement.report.supplier_performance.supplier_performance import (
    execute as supplier_performance,
)
from erp_rules.rule_engine.report_tools import month_end, months_between

MONTHS = 6
RECEIPTS = "Purchase Receipts Report"
PRICE_ROWS = 500
PRICED_ITEMS = 6
# What the prices of one line have in common.
PRICE_LINE = ("item", "supplier", "currency", "price_kind", "operation")
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


def _list(doctype: str, filters: list, order: str | None = None) -> dict:
    query = {"filters": json.dumps([{"field": f[0], "operator": f[1], "value": f[2]} for f in filters])}
    return {"kind": "list", "name": doctype, "query": {**query, "order": order} if order else query}


def _series(name: str, values: list, opens: list[dict], **more) -> dict:
    """Return one series of a chart with what each of its numbers opens; where there is none, nothing does."""
    shown = [target if value else None for value, target in zip(values, opens, strict=True)]
    return {"name": name, "values": values, "opens": shown, **more}


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
    ages = Counter(row["age"] for row in inbox())
    labels = [age for _limit, age in AGES]
    opens = [{"kind": "inbox", "query": {"age": age}} for age in labels]
    return {
        "name": "approvals_by_age",
        "label": _("Approvals by age"),
        "type": "bar",
        "x": [_(label) for label in labels] if ages else [],
        "series": [_series(_("Documents"), [ages[label] for label in labels], opens)],
        "target": {"kind": "inbox"},
    }


def _months() -> list[str]:
    first = get_first_day(today())
    return [str(add_months(first, -back))[:7] for back in reversed(range(MONTHS))]


def _days_of(month: str) -> list[str]:
    """Return the first and the last day of a month (`2026-11`)."""
    first = getdate(f"{month}-01")
    return [str(first), str(month_end(first))]


def _per_month(
    doctype: str, moment: str, series: str, names: tuple[str, ...]
) -> tuple[list[str], list[dict]]:
    """Count records of the last months by month and by the value of `series`, as the user may see them.

    Each number opens the list of its records, those of one clause together.
    """
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

    def opens(month: str, name: str) -> dict:
        filters = [[moment, "between", _days_of(month)], [series, "=", name]]
        return _list(doctype, filters, order="clause asc")

    return months, [
        _series(
            _(name),
            [counted[(month, name)] for month in months],
            [opens(month, name) for month in months],
            tone=TONES[name],
        )
        for name in names
    ]


def _clause_events() -> dict | None:
    if not frappe.has_permission("Rule Event", "read"):
        return None
    months, series = _per_month("Rule Event", "event_time", "outcome", ("Blocked", "Warned", "Waived"))
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
    """Return posted prices over time, per item and supplier; without filters those that changed most often.

    Prices of one line do not overlap (4.2.7), so that each of its numbers opens the one row that it is from.
    """
    if not frappe.has_permission("Item Supplier Price", "read"):
        return None
    wanted = {"item": item, "supplier": supplier}
    rows = frappe.get_list(
        "Item Supplier Price",
        fields=[*PRICE_LINE, "rate", "valid_from"],
        filters={field: value for field, value in wanted.items() if value},
        order_by="valid_from desc",
        limit_page_length=PRICE_ROWS,
    )
    points_of: dict[tuple, dict[str, float]] = defaultdict(dict)
    for row in rows:
        line = tuple(row[field] or "" for field in PRICE_LINE)
        points_of[line][str(getdate(row.valid_from))] = flt(row.rate, 6)
    # The prices that changed most often; among equals those that changed last come first already.
    lines = dict(sorted(points_of.items(), key=lambda line: -len(line[1]))[:PRICED_ITEMS])
    days = sorted({day for points in lines.values() for day in points})
    return {
        "name": "prices",
        "label": _("Prices over time"),
        "type": "line",
        "x": days,
        "series": [
            _series(
                _price_line_label(line),
                [points.get(day) for day in days],
                [_list("Item Supplier Price", _price_line_filters(line, day)) for day in days],
            )
            for line, points in lines.items()
        ],
        "target": {"kind": "list", "name": "Item Supplier Price"},
    }


def _price_line_label(line: tuple) -> str:
    item, supplier, currency, _kind, operation = line
    return " · ".join(part for part in (item, operation, supplier) if part) + f" ({currency})"


def _price_line_filters(line: tuple, day: str) -> list:
    given = [[field, "=", value] for field, value in zip(PRICE_LINE, line, strict=True) if value]
    return [*given, ["valid_from", "=", day]]


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

    opens = [{"kind": "form", "name": "Price Approval", "document": row.name} for row in shown]
    selected = [above_lowest(row, flt(row.selected_rate_base)) for row in shown]
    dearest = [above_lowest(row, highest[row.name]) for row in shown]
    series = [
        {"name": _("Selected, % above the lowest"), "values": selected, "opens": opens},
        {"name": _("Highest, % above the lowest"), "values": dearest, "opens": opens},
    ]
    return {
        "name": "quotes",
        "label": _("Quotes compared"),
        "type": "bar",
        "x": [row.item for row in shown],
        "series": series if shown else [],
        "target": {"kind": "list", "name": "Price Approval"},
    }


def _receipts() -> dict | None:
    """Return what posted receipts of the last months accepted and rejected, as the report of their rows says."""
    if not frappe.has_permission("Purchase Receipt", "read"):
        return None
    first, last = getdate(f"{_months()[0]}-01"), getdate(today())
    since, until = deliveries.moments(first, last)
    visible = [["docstatus", "=", 1], ["posted_at", ">=", since], ["posted_at", "<", until]]
    sums = deliveries.by_month(
        first,
        last,
        receipts=deliveries.limited_to("Purchase Receipt", visible),
        departments=deliveries.allowed_departments("Purchase Order"),
    )
    months = months_between(first, last)

    def series(at: int, name: str, show: str) -> dict:
        values = [float(sums[month][at]) if month in sums else 0 for month, _begins, _ends in months]
        opens = [
            _report(RECEIPTS, {"from_date": str(begins), "to_date": str(ends), "show": show})
            for _month, begins, ends in months
        ]
        return _series(name, values, opens)

    period = {"from_date": str(first), "to_date": str(last)}
    return {
        "name": "receipts",
        "label": _("Receipts per Month"),
        "type": "bar",
        "x": [month for month, _begins, _ends in months] if sums else [],
        "series": [
            series(0, _("Accepted Quantity"), "Accepted"),
            series(1, _("Rejected Quantity"), "Rejected"),
        ]
        if sums
        else [],
        "target": _report(RECEIPTS, {"group_by": "Month", **period}),
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
        "series": [
            {
                "name": name,
                "values": [row[field] for row in rows],
                "opens": [
                    _report(row["opens"][field]["name"], row["opens"][field]["filters"]) for row in rows
                ],
            }
            for field, name in names
        ]
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
