"""What an approver of a change order or an engineering change notice sees before deciding (4.5)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, flt

from erp_rules.procurement import change_printing
from erp_rules.procurement.supplier_decisions import fact, record_of
from erp_rules.procurement.supplier_facts import supplier_records

ROWS_SHOWN = 100


def purchase_change_order(doc) -> dict:
    """Return what the change makes of the order's amount, only what differs row by row, and the supplier's record."""
    return {
        "title": f"{_(doc.change_kind)} · {doc.supplier_name or doc.supplier}",
        "amount": None,
        "currency": doc.currency,
        "difference_pct": None,
        "last_time": None,
        "facts": _change_facts(doc),
        "table": _difference_table(doc),
        "record": record_of(supplier_records([doc.supplier]).get(doc.supplier)),
    }


def _change_facts(doc) -> list[dict]:
    found = [
        fact(
            _("Purchase Order"),
            doc.purchase_order,
            link={"doctype": "Purchase Order", "name": doc.purchase_order},
        ),
        fact(_("Reason"), doc.reason),
    ]
    if doc.produced:
        found.append(fact(_("Produced"), _(doc.produced), tone="bad" if doc.produced == "Produced" else None))
    if doc.disposition:
        found.append(fact(_("Disposition Agreed with the Supplier"), doc.disposition))
    if doc.change_kind == "Price Change":
        kind = _("Permanent") if cint(doc.permanent) else _("This order only")
        found.append(fact(_("Validity"), kind))
    if doc.engineering_change_notice:
        link = {"doctype": "Engineering Change Notice", "name": doc.engineering_change_notice}
        found.append(fact(_("Engineering Change Notice"), doc.engineering_change_notice, link=link))
    for label, value in (
        (_("Supplier Notified At"), doc.supplier_notified_at),
        (_("Supplier Confirmed At"), doc.supplier_confirmed_at),
    ):
        if value:
            found.append(fact(label, value, "date"))
    earlier = _earlier_changes(doc)
    if earlier:
        found.append(fact(_("Earlier Changes of This Order"), earlier, "number", tone="bad"))
    return found


def _earlier_changes(doc) -> int:
    """Return how many other change orders of this order were carried out."""
    return frappe.db.count(
        doc.doctype,
        {"purchase_order": doc.purchase_order, "name": ["!=", doc.name], "workflow_state": "Executed"},
    )


def _difference_table(doc) -> dict:
    rows = [
        {
            "cells": [
                f"{line['row']} · {line['item']} {line['item_name'] or ''}".strip(),
                one["label"],
                one["old"],
                one["new"],
            ],
            "mark": None,
        }
        for line in change_printing.differences(doc)
        for one in line["changes"]
    ]
    return {
        "label": _("What Changes"),
        "columns": [_("Item"), _("What Changes"), _("Before"), _("After")],
        "rows": rows[:ROWS_SHOWN],
    }


def engineering_change_notice(doc) -> dict:
    """Return which items take the place of which, what becomes of the old ones, and where they are on order."""
    on_order = _on_order([row.old_item for row in doc.items])
    return {
        "title": doc.subject,
        "amount": None,
        "currency": None,
        "difference_pct": None,
        "last_time": None,
        "facts": [
            fact(_("Effective From"), doc.effective_from, "date"),
            fact(_("Reason"), doc.reason),
            fact(
                _("Open Orders of the Old Items"),
                sum(found["orders"] for found in on_order.values()),
                "number",
            ),
            *([fact(_("Remarks"), doc.remarks)] if doc.remarks else []),
        ],
        "table": {
            "label": _("Items"),
            "columns": [
                _("Row"),
                _("Old Item"),
                _("New Item"),
                _("Stock on Hand"),
                _("What Changes"),
                _("Open on Orders"),
            ],
            "rows": [
                {
                    "cells": [
                        row.idx,
                        f"{row.old_item} {row.old_item_name or ''}".strip(),
                        f"{row.new_item} {row.new_item_name or ''}".strip(),
                        _(row.stock_disposition or ""),
                        row.change_note or "",
                        on_order.get(row.old_item, {}).get("qty", 0),
                    ],
                    "mark": None,
                }
                for row in doc.items[:ROWS_SHOWN]
            ],
        },
        "record": None,
    }


def _on_order(items: list[str]) -> dict[str, dict]:
    """Return per item how many orders are out for it and what of it is still to come; one query."""
    from erp_rules.clauses.chapter_4_3 import OPEN_STATES
    from erp_rules.procurement.orders import open_quantity

    row, order = frappe.qb.DocType("Purchase Order Item"), frappe.qb.DocType("Purchase Order")
    lines = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(
            row.item,
            row.qty,
            row.free_qty,
            row.received_qty,
            row.returned_qty,
            row.closed_qty,
            order.workflow_state,
            order.name.as_("order_name"),
        )
        .where(row.item.isin(sorted(set(items)) or [""]))
        .where(order.workflow_state.isin([str(state) for state in OPEN_STATES]))
        .run(as_dict=True)
    )
    found: dict[str, dict] = {}
    for line in lines:
        one = found.setdefault(line.item, {"names": set(), "qty": 0.0})
        one["names"].add(line.order_name)
        one["qty"] += float(open_quantity(line, line.workflow_state))
    return {item: {"orders": len(one["names"]), "qty": flt(one["qty"], 6)} for item, one in found.items()}
