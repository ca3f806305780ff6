"""What was accepted of imported goods, day by day, with the share that passed (form 7.16)."""

from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from erp_rules.clauses.chapter_4_6 import RECEIPT
from erp_rules.clauses.chapter_7_imports import CONTAINER, INSPECTED_STATES
from erp_rules.procurement.facts import number, supplier_names
from erp_rules.procurement.import_facts import PACKING_LINE
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM
from erp_rules.rule_engine.report_tools import column, link, opens_list

DAYS = 31


def execute(filters=None):
    """Return one row a receipt row that was inspected in the period, newest day first, and a chart per day."""
    filters = frappe._dict(filters or {})
    last = getdate(filters.to_date) if filters.to_date else getdate()
    first = getdate(filters.from_date) if filters.from_date else last - timedelta(days=DAYS - 1)
    rows = _rows(filters, first, last)
    message = _("Inspected from {0} to {1}.").format(first, last)
    return _columns(), rows, message, _chart(rows)


def _rows(filters, first, last) -> list[dict]:
    conditions = [
        ["import_container", "is", "set"],
        ["workflow_state", "in", [str(state) for state in INSPECTED_STATES]],
        ["inspected_at", ">=", first],
        ["inspected_at", "<", last + timedelta(days=1)],
    ]
    for field in ("supplier", "import_container"):
        if filters.get(field):
            conditions.append([field, "=", filters[field]])
    receipts = {
        row.name: row
        for row in frappe.get_list(
            RECEIPT,
            filters=conditions,
            fields=[
                "name",
                "supplier",
                "import_container",
                "delivery_note_no",
                "inspected_at",
                "workflow_state",
            ],
            limit=0,
        )
    }
    if not receipts:
        return []
    line = {"parent": ["in", sorted(receipts)], "parenttype": RECEIPT}
    if filters.item:
        line["item"] = filters.item
    fields = [
        "parent", "idx", "item", "item_name", "uom", "order_row", "counted_qty", "accepted_qty", "rejected_qty",
        "concession_qty", "reject_reason",
    ]  # fmt: skip
    found = frappe.get_all(RECEIPT_ITEM, filters=line, fields=fields)
    containers = sorted({row.import_container for row in receipts.values()})
    packed, numbers = _packed(containers), _numbers(containers)
    names = supplier_names(row.supplier for row in receipts.values())
    rows = []
    for row in found:
        receipt = receipts[row.parent]
        counted = number(row.counted_qty)
        rows.append(
            {
                "day": getdate(receipt.inspected_at),
                "import_container": receipt.import_container,
                "container_no": numbers.get(receipt.import_container),
                "supplier": receipt.supplier,
                "supplier_name": names.get(receipt.supplier),
                "delivery_note_no": receipt.delivery_note_no,
                "receipt": receipt.name,
                "item": row.item,
                "item_name": row.item_name,
                "uom": row.uom,
                "packing_qty": packed.get((receipt.import_container, row.order_row), 0.0),
                "counted_qty": row.counted_qty,
                "accepted_qty": row.accepted_qty,
                "rejected_qty": row.rejected_qty,
                "concession_qty": row.concession_qty,
                "passed_pct": float(round(number(row.accepted_qty) * 100 / counted, 2)) if counted else None,
                "reject_reason": _(row.reject_reason) if row.reject_reason else None,
                "workflow_state": _(receipt.workflow_state),
                "opens": {"counted_qty": opens_list(RECEIPT, import_container=receipt.import_container)},
                "idx": row.idx,
            }
        )
    rows.sort(key=lambda row: (row["receipt"], row["idx"]))
    rows.sort(key=lambda row: row["day"], reverse=True)
    return rows


def _packed(containers: list[str]) -> dict[tuple[str, str], float]:
    lines = frappe.get_all(
        PACKING_LINE,
        filters={"parent": ["in", containers], "parenttype": CONTAINER},
        fields=["parent", "order_row", "qty"],
    )
    packed: dict[tuple[str, str], float] = {}
    for line in lines:
        key = (line.parent, line.order_row)
        packed[key] = float(number(packed.get(key)) + number(line.qty))
    return packed


def _numbers(containers: list[str]) -> dict[str, str]:
    rows = frappe.get_all(CONTAINER, filters={"name": ["in", containers]}, fields=["name", "container_no"])
    return {row.name: row.container_no for row in rows}


def _columns():
    return [
        column("day", _("Day"), "Date"),
        link("import_container", _("Import Container"), CONTAINER, 130),
        column("container_no", _("Container Number"), width=130),
        link("supplier", _("Supplier"), "Supplier", 100),
        column("supplier_name", _("Supplier Name"), width=150),
        column("delivery_note_no", _("Delivery Note Number"), width=120),
        link("receipt", _("Purchase Receipt"), RECEIPT, 140),
        link("item", _("Item"), "Item", 130),
        column("item_name", _("Item Name"), width=150),
        column("uom", _("UOM"), width=60),
        column("packing_qty", _("Packing Quantity"), "Float"),
        column("counted_qty", _("Counted Quantity"), "Float"),
        column("accepted_qty", _("Accepted Quantity"), "Float"),
        column("rejected_qty", _("Rejected Quantity"), "Float"),
        column("concession_qty", _("Concession Quantity"), "Float"),
        column("passed_pct", _("Passed %"), "Percent", 80),
        column("reject_reason", _("Reject Reason"), width=110),
        column("workflow_state", _("Status"), width=100),
    ]


def _chart(rows):
    days = sorted({row["day"] for row in rows})
    if not days:
        return None
    series = (("accepted_qty", _("Accepted")), ("rejected_qty", _("Rejected")))
    return {
        "data": {
            "labels": [str(day) for day in days],
            "datasets": [
                {
                    "name": label,
                    "values": [
                        float(sum(number(row[field]) for row in rows if row["day"] == day)) for day in days
                    ],
                }
                for field, label in series
            ],
        },
        "type": "bar",
    }
