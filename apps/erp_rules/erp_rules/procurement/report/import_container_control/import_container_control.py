"""Import containers from shipment to acceptance, with dates, customs and discrepancies (form 7.14)."""

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_7_imports import CONTAINER, ContainerState
from erp_rules.rule_engine.report_tools import column, link, opens_list, opens_report

FIELDS = (
    "name", "container_no", "container_size", "workflow_state", "supplier", "supplier_name", "bill_of_lading", "vessel",
    "voyage_no", "port_of_loading", "port_of_discharge", "etd", "eta", "arrived_on", "customs_declaration_no",
    "customs_released_on", "seal_no", "seal_condition", "total_cartons", "total_gross_weight", "total_volume",
    "unloaded_at", "accepted_at", "closed_at", "open_discrepancies",
)  # fmt: skip
AT_SEA = (ContainerState.DRAFT, ContainerState.SHIPPED)


def execute(filters=None):
    """Return one row a container, the next to arrive first, and how many are in each state as a chart."""
    filters = frappe._dict(filters or {})
    found = frappe.get_list(
        CONTAINER, filters=_conditions(filters), fields=list(FIELDS), order_by="eta asc, name asc", limit=0
    )
    today = getdate()
    return _columns(), [_row(row, today) for row in found], None, _chart(found)


def _conditions(filters) -> list:
    conditions = [
        [field, "=", filters[field]] for field in ("supplier", "workflow_state") if filters.get(field)
    ]
    if filters.from_date:
        conditions.append(["eta", ">=", filters.from_date])
    if filters.to_date:
        conditions.append(["eta", "<=", filters.to_date])
    if filters.container_no:
        conditions.append(["container_no", "like", f"%{filters.container_no}%"])
    if cint(filters.only_open):
        conditions.append(["workflow_state", "!=", str(ContainerState.CLOSED)])
    return conditions


def _row(row, today) -> dict:
    late = (today - getdate(row.eta)).days if row.workflow_state in AT_SEA and row.eta else 0
    return {
        **row,
        "workflow_state": _(row.workflow_state),
        "seal_condition": _(row.seal_condition) if row.seal_condition else None,
        "days_late": max(late, 0),
        "opens": {
            "open_discrepancies": opens_report(
                "Import Container Discrepancies", import_container=row.name, only_open=1
            ),
            "total_cartons": opens_list("Purchase Receipt", import_container=row.name),
        },
    }


def _columns():
    return [
        link("name", _("Import Container"), CONTAINER, 140),
        column("container_no", _("Container Number"), width=130),
        column("container_size", _("Container Size"), width=80),
        column("workflow_state", _("Status"), width=100),
        link("supplier", _("Supplier"), "Supplier", 100),
        column("supplier_name", _("Supplier Name"), width=150),
        column("bill_of_lading", _("Bill of Lading"), width=130),
        column("vessel", _("Vessel"), width=120),
        column("voyage_no", _("Voyage"), width=80),
        column("port_of_loading", _("Port of Loading"), width=110),
        column("port_of_discharge", _("Port of Discharge"), width=110),
        column("etd", _("ETD"), "Date"),
        column("eta", _("ETA"), "Date"),
        column("days_late", _("Days Late"), "Int", 80),
        column("arrived_on", _("Arrived On"), "Date"),
        column("customs_declaration_no", _("Customs Declaration Number"), width=140),
        column("customs_released_on", _("Released On"), "Date"),
        column("seal_no", _("Seal Number"), width=100),
        column("seal_condition", _("Seal Condition"), width=90),
        column("total_cartons", _("Cartons"), "Int", 80),
        column("total_gross_weight", _("Gross Weight"), "Float"),
        column("total_volume", _("Volume"), "Float"),
        column("unloaded_at", _("Unloaded At"), "Datetime", 140),
        column("accepted_at", _("Accepted At"), "Datetime", 140),
        column("closed_at", _("Closed At"), "Datetime", 140),
        column("open_discrepancies", _("Open Discrepancies"), "Int", 90),
    ]


def _chart(rows):
    states = [str(state) for state in ContainerState]
    counted = {state: sum(1 for row in rows if row.workflow_state == state) for state in states}
    return {
        "data": {
            "labels": [_(state) for state in states],
            "datasets": [{"name": _("Containers"), "values": [counted[state] for state in states]}],
        },
        "type": "bar",
    }
