"""Foreign exchange settlements by due date, with what is overdue and the exchange difference (form 7.13)."""

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_7_imports import SETTLEMENT, SettlementState
from erp_rules.masters.facts import base_currency
from erp_rules.procurement.facts import number
from erp_rules.procurement.import_facts import SETTLEMENT_LINE
from erp_rules.rule_engine.report_tools import column, currency_column, link

FIELDS = (
    "name", "workflow_state", "supplier", "supplier_name", "currency", "contract_no", "payment_kind", "due_date",
    "total_amount", "exchange_rate", "amount_base", "bank_reference", "settled_on", "settled_amount",
    "settled_rate", "settled_base", "exchange_difference", "import_container",
)  # fmt: skip


def execute(filters=None):
    """Return one row a settlement by due date, and what is still to be settled per currency as the message."""
    filters = frappe._dict(filters or {})
    found = frappe.get_list(
        SETTLEMENT,
        filters=_conditions(filters),
        fields=list(FIELDS),
        order_by="due_date asc, name asc",
        limit=0,
    )
    orders = _orders_of([row.name for row in found])
    rows = [_row(row, orders.get(row.name, []), getdate()) for row in found]
    if cint(filters.only_overdue):
        rows = [row for row in rows if row["days_overdue"] > 0]
    return _columns(), rows, _still_to_settle(rows)


def _conditions(filters) -> list:
    conditions = [
        [field, "=", filters[field]]
        for field in ("supplier", "currency", "workflow_state")
        if filters.get(field)
    ]
    if filters.from_date:
        conditions.append(["due_date", ">=", filters.from_date])
    if filters.to_date:
        conditions.append(["due_date", "<=", filters.to_date])
    return conditions


def _orders_of(names: list[str]) -> dict[str, list[str]]:
    if not names:
        return {}
    lines = frappe.get_all(
        SETTLEMENT_LINE,
        filters={"parent": ["in", names], "parenttype": SETTLEMENT},
        fields=["parent", "purchase_order"],
        order_by="parent asc, idx asc",
    )
    orders: dict[str, list[str]] = {}
    for line in lines:
        orders.setdefault(line.parent, []).append(line.purchase_order)
    return orders


def _row(row, orders: list[str], today) -> dict:
    is_open = row.workflow_state != SettlementState.SETTLED
    late = (today - getdate(row.due_date)).days if is_open and row.due_date else 0
    return {
        **row,
        "state": row.workflow_state,
        "workflow_state": _(row.workflow_state),
        "orders": ", ".join(dict.fromkeys(orders)),
        "base_currency": base_currency(),
        "days_overdue": max(late, 0),
    }


def _still_to_settle(rows: list[dict]) -> str | None:
    left: dict[str, Decimal] = {}
    for row in rows:
        if row["state"] != SettlementState.SETTLED:
            left[row["currency"]] = left.get(row["currency"], Decimal(0)) + number(row["total_amount"])
    texts = [f"{currency} {amount:,.2f}" for currency, amount in sorted(left.items()) if amount]
    return _("Still to be settled: {0}").format(", ".join(texts)) if texts else None


def _columns():
    return [
        link("name", _("Settlement"), SETTLEMENT, 140),
        column("workflow_state", _("Status"), width=110),
        link("supplier", _("Supplier"), "Supplier", 100),
        column("supplier_name", _("Supplier Name"), width=150),
        column("contract_no", _("Contract Number"), width=110),
        column("orders", _("Purchase Orders"), width=160),
        link("import_container", _("Import Container"), "Import Container", 130),
        column("payment_kind", _("Payment Method"), width=80),
        currency_column("total_amount", _("Amount")),
        column("currency", _("Currency"), width=80),
        column("exchange_rate", _("Exchange Rate"), "Float", 100, precision=6),
        column("amount_base", _("Amount in Base Currency"), "Currency", 120, options="base_currency"),
        column("due_date", _("Due Date"), "Date", 110),
        column("days_overdue", _("Days Overdue"), "Int", 90),
        column("bank_reference", _("Bank Reference"), width=130),
        column("settled_on", _("Settlement Date"), "Date", 110),
        currency_column("settled_amount", _("Settled Amount")),
        column("settled_rate", _("Settled Rate"), "Float", 100, precision=6),
        column("settled_base", _("Settled in Base Currency"), "Currency", 120, options="base_currency"),
        column("exchange_difference", _("Exchange Difference"), "Currency", 110, options="base_currency"),
    ]
