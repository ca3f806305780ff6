"""Documents begun from another one: a container from its order, a settlement from an order or a container (chapter 7)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from erp_rules.clauses.chapter_4_3 import OrderKind
from erp_rules.clauses.chapter_7_imports import (
    CONTAINER,
    IMPORT_KIND,
    PACKABLE,
    POSTED_STATES,
    SETTLEMENT,
    ContainerState,
)
from erp_rules.masters.facts import base_currency
from erp_rules.procurement import containers, import_facts

DUE_DAYS = 30


def container(order, with_values: bool = False) -> dict | None:
    """Return that a container can be begun from this order, and with `with_values` what is left to pack of it.

    None unless the order is out with an import supplier.
    """
    if order.workflow_state not in PACKABLE or order.order_kind == OrderKind.RETURN:
        return None
    if import_facts.supplier_kinds([order.supplier]).get(order.supplier) != IMPORT_KIND:
        return None
    offer = {"doctype": CONTAINER, "label": _("Pack into a container")}
    if not with_values:
        return offer
    lines = [row for row in containers.packable(order.supplier) if row["purchase_order"] == order.name]
    return {**offer, "values": {"supplier": order.supplier, "items": lines}}


def settlement_of_order(order, with_values: bool = False) -> dict | None:
    """Return that a settlement can be begun from this order; None when nothing in foreign currency was posted."""
    if order.order_kind == OrderKind.RETURN or order.currency in (None, "", base_currency()):
        return None
    if not import_facts.posted_amounts([order.name]).get(order.name):
        return None
    return _settlement(order.supplier, order.currency, [{"purchase_order": order.name}], with_values)


def settlement_of_container(doc, with_values: bool = False) -> dict | None:
    """Return that a settlement can be begun of what a container brought of its supplier; None before it is posted."""
    if doc.workflow_state not in (ContainerState.UNLOADED, ContainerState.ACCEPTED, ContainerState.CLOSED):
        return None
    receipts = [
        row.name
        for row in import_facts.container_receipts(doc.name)
        if row.workflow_state in POSTED_STATES and row.supplier == doc.supplier
    ]
    if not receipts:
        return None
    rows = frappe.get_all(
        "Purchase Receipt Item",
        filters={"parent": ["in", receipts]},
        fields=["parent", "purchase_order"],
        order_by="parent asc, idx asc",
    )
    currencies = dict(
        frappe.get_all(
            "Purchase Order",
            filters={"name": ["in", sorted({row.purchase_order for row in rows})]},
            fields=["name", "currency"],
            as_list=True,
        )
    )
    foreign = [row for row in rows if currencies.get(row.purchase_order) != base_currency()]
    if not foreign:
        return None
    currency = currencies[foreign[0].purchase_order]
    pairs = dict.fromkeys(
        (row.purchase_order, row.parent) for row in foreign if currencies[row.purchase_order] == currency
    )
    lines = [{"purchase_order": order, "receipt": receipt} for order, receipt in pairs]
    return _settlement(doc.supplier, currency, lines, with_values, import_container=doc.name)


def _settlement(supplier: str, currency: str, lines: list[dict], with_values: bool, **more) -> dict:
    offer = {"doctype": SETTLEMENT, "label": _("Settle in foreign exchange")}
    if not with_values:
        return offer
    values = {
        "supplier": supplier,
        "currency": currency,
        "rate_date": str(getdate()),
        "due_date": str(add_days(getdate(), DUE_DAYS)),
        "items": lines,
        **more,
    }
    return {**offer, "values": values}
