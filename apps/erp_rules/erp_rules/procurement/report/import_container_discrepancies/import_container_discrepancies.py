"""Material of containers that differs from the packing list, with what is done about it (form 7.17)."""

import frappe
from frappe import _
from frappe.utils import cint

from erp_rules.clauses.chapter_7_imports import CONTAINER, DiscrepancyKind
from erp_rules.procurement.facts import number, supplier_names
from erp_rules.procurement.import_facts import DISCREPANCY
from erp_rules.rule_engine.report_tools import column, link, opens_list

FIELDS = (
    "parent", "idx", "item", "item_name", "uom", "kind", "packing_qty", "found_qty", "difference", "purchase_order",
    "supplier", "is_automatic", "description", "handling", "handling_remark", "is_settled", "settled_by", "settled_on",
)  # fmt: skip


def execute(filters=None):
    """Return one row a discrepancy, those not settled first, and how many there are of each kind as a chart."""
    filters = frappe._dict(filters or {})
    conditions = []
    if filters.import_container:
        conditions.append(["name", "=", filters.import_container])
    containers = {
        row.name: row
        for row in frappe.get_list(
            CONTAINER,
            filters=conditions,
            fields=["name", "container_no", "supplier", "bill_of_lading", "arrived_on", "workflow_state"],
            limit=0,
        )
    }
    rows = _rows(filters, containers) if containers else []
    return _columns(), rows, None, _chart(rows)


def _rows(filters, containers: dict) -> list[dict]:
    line: dict = {"parent": ["in", sorted(containers)], "parenttype": CONTAINER}
    for field in ("item", "kind", "handling"):
        if filters.get(field):
            line[field] = filters[field]
    if cint(filters.only_open):
        line["is_settled"] = 0
    found = frappe.get_all(DISCREPANCY, filters=line, fields=list(FIELDS))
    rows = []
    for row in found:
        container = containers[row.parent]
        supplier = row.supplier or container.supplier
        if filters.supplier and supplier != filters.supplier:
            continue
        rows.append(
            {
                **row,
                "import_container": row.parent,
                "container_no": container.container_no,
                "bill_of_lading": container.bill_of_lading,
                "arrived_on": container.arrived_on,
                "supplier": supplier,
                "kind": _(row.kind),
                "handling": _(row.handling) if row.handling else None,
                "opens": {"found_qty": opens_list("Purchase Receipt", import_container=row.parent)},
                "of_kind": row.kind,
            }
        )
    names = supplier_names(row["supplier"] for row in rows)
    for row in rows:
        row["supplier_name"] = names.get(row["supplier"])
    rows.sort(key=lambda row: (row["parent"], row["idx"]))
    rows.sort(key=lambda row: cint(row["is_settled"]))
    return rows


def _columns():
    return [
        link("import_container", _("Import Container"), CONTAINER, 130),
        column("container_no", _("Container Number"), width=130),
        column("bill_of_lading", _("Bill of Lading"), width=120),
        column("arrived_on", _("Arrived On"), "Date"),
        link("supplier", _("Supplier"), "Supplier", 100),
        column("supplier_name", _("Supplier Name"), width=150),
        link("purchase_order", _("Purchase Order"), "Purchase Order", 140),
        link("item", _("Item"), "Item", 130),
        column("item_name", _("Item Name"), width=150),
        column("uom", _("UOM"), width=60),
        column("kind", _("Kind of Discrepancy"), width=100),
        column("packing_qty", _("Packing Quantity"), "Float"),
        column("found_qty", _("Found Quantity"), "Float"),
        column("difference", _("Difference"), "Float"),
        column("is_automatic", _("Found by the Count"), "Check", 80),
        column("description", _("Description"), width=150),
        column("handling", _("Handling"), width=130),
        column("handling_remark", _("Remark on the Handling"), width=150),
        column("is_settled", _("Settled"), "Check", 70),
        column("settled_by", _("Settled By"), width=150),
        column("settled_on", _("Settled On"), "Date"),
    ]


def _chart(rows):
    kinds = [str(kind) for kind in DiscrepancyKind]
    if not rows:
        return None
    return {
        "data": {
            "labels": [_(kind) for kind in kinds],
            "datasets": [
                {
                    "name": _("Difference"),
                    "values": [
                        float(sum(abs(number(row["difference"])) for row in rows if row["of_kind"] == kind))
                        for kind in kinds
                    ],
                }
            ],
        },
        "type": "bar",
    }
