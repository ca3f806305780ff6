"""Material under long-term control: demand, supply and until when it is covered, the shortest first (form 7.12)."""

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.procurement import long_term
from erp_rules.rule_engine.report_tools import column, link, opens_list


def execute(filters=None):
    """Return one row an item, the first uncovered first; every number opens the documents behind it."""
    filters = frappe._dict(filters or {})
    conditions = {"name": filters.item} if filters.item else {}
    if filters.item_class:
        conditions["item_class"] = filters.item_class
    items = long_term.controlled_items(conditions)
    until = getdate(filters.until) if filters.until else None
    found = long_term.control((row.name for row in items), getdate(), until)
    rows = [_row(item, found[item.name]) for item in items]
    if cint(filters.only_uncovered):
        rows = [row for row in rows if row["uncovered_on"]]
    rows.sort(key=lambda row: (row["uncovered_on"] is None, row["uncovered_on"] or getdate(), row["item"]))
    return _columns(), rows, None, _chart(rows)


def _row(item, of) -> dict:
    return {
        "item": item.name,
        "item_name": item.item_name,
        "specification": item.specification,
        "uom": item.stock_uom,
        "planned_qty": float(of.planned),
        "requisitioned_qty": float(of.requisitioned),
        "order_qty": float(of.on_order),
        "transit_qty": float(of.in_transit),
        "on_hand_qty": float(of.on_hand),
        "next_required_date": of.next_required,
        "covered_until": of.covered_until,
        "uncovered_on": of.uncovered_on,
        "short_qty": float(of.short),
        "price_end_date": of.price_end,
        "opens": {
            "planned_qty": _behind("Material Plan", of.plans),
            "requisitioned_qty": _behind("Purchase Requisition", of.requisitions),
            "order_qty": _behind("Purchase Order", of.orders),
            "transit_qty": _behind("Import Container", of.containers),
            "on_hand_qty": opens_list("Material Ledger Entry", item=item.name),
            "short_qty": _behind("Material Plan", of.plans),
            "price_end_date": opens_list("Item Supplier Price", item=item.name),
        },
    }


def _behind(doctype: str, names: set) -> dict:
    return opens_list(doctype, name=["in", ",".join(sorted(names)) or "-"])


def _columns():
    return [
        link("item", _("Item"), "Item", 140),
        column("item_name", _("Item Name"), width=150),
        column("specification", _("Specification"), width=140),
        column("uom", _("UOM"), width=60),
        column("planned_qty", _("Planned Demand"), "Float"),
        column("requisitioned_qty", _("Requisitioned"), "Float"),
        column("order_qty", _("On Order"), "Float"),
        column("transit_qty", _("In Transit"), "Float"),
        column("on_hand_qty", _("On Hand"), "Float"),
        column("next_required_date", _("Next Required Date"), "Date", 110),
        column("covered_until", _("Covered Until"), "Date", 110),
        column("uncovered_on", _("Uncovered From"), "Date", 110),
        column("short_qty", _("Missing"), "Float"),
        column("price_end_date", _("Price End Date"), "Date", 110),
    ]


def _chart(rows):
    shown = [row for row in rows if row["short_qty"]][:10]
    if not shown:
        return None
    return {
        "data": {
            "labels": [row["item"] for row in shown],
            "datasets": [{"name": _("Missing"), "values": [row["short_qty"] for row in shown]}],
        },
        "type": "bar",
    }
