"""What clauses 4.3 and 4.4 do by themselves when requisitions, orders and prices move."""

from __future__ import annotations

import frappe
from frappe import _

from erp_rules.clauses.chapter_4_2 import State as PriceState
from erp_rules.clauses.chapter_4_3 import (
    OrderState,
    PlanState,
    RequisitionKind,
    RequisitionState,
)
from erp_rules.procurement import order_facts, orders, requisitions
from erp_rules.procurement.facts import number
from erp_rules.rule_engine.effects import effect
from erp_rules.rule_engine.notify import notify_roles


@effect("4.3")
def follow_requisitions(doc, context):
    """Bring the requisitions that an order takes from, or took from, up to date.

    While it is written, when it is closed, and when a return says that goods will not come again.
    """
    is_written = context.previous is None or context.from_state in (OrderState.DRAFT, None)
    before = _demand(context.previous) if context.previous is not None else {}
    after = _demand(doc)
    is_other = {key: given for key, (_qty, given) in before.items()} != {
        key: given for key, (_qty, given) in after.items()
    }
    if is_written or is_other:
        changed = {key for key in {**before, **after} if before.get(key) != after.get(key)}
        requisitions.refresh_ordered(key[0] for key in changed)


def _demand(order) -> dict:
    """Return per row what it takes of its requisition, and what of that it gives back."""
    return {
        (row.requisition, row.requisition_row, row.name): (number(row.qty), order_facts.given_back(row))
        for row in order.items
        if row.requisition
    }


@effect("4.3", entering=RequisitionState.APPROVED)
def tell_about_requisition(doc, context):
    """Tell the purchasers of a requisition that can be ordered."""
    if context.from_state == RequisitionState.APPROVAL:
        notify_roles(
            ["Purchaser"], lambda: _("Purchase requisition {0} can be ordered").format(doc.name), doc
        )


@effect("4.3")
def ask_sales_coordinator(doc, context):
    """Tell the sales coordinators of an affiliate's requisition that they are to pass on."""
    if doc.requisition_kind != RequisitionKind.AFFILIATE or doc.workflow_state != RequisitionState.DRAFT:
        return
    if context.previous is None or context.previous.requisition_kind != doc.requisition_kind:
        notify_roles(
            ["Sales Coordinator"],
            lambda: _("Purchase requisition {0} for affiliate {1} is to be passed on").format(
                doc.name, doc.affiliate or "-"
            ),
            doc,
        )


@effect("4.3", entering=PlanState.RELEASED)
def tell_about_plan(doc, context):
    """Tell the planners that a plan can be turned into requisitions."""
    notify_roles(["Planner"], lambda: _("Material plan {0} was released").format(doc.name), doc)


@effect("4.4.1", entering=PriceState.POSTED)
def price_waiting_orders(doc, context):
    """Price the orders that went out without a price for this item, as soon as its price is posted."""
    if context.from_state == PriceState.APPROVED:
        for name in orders.price_waiting([doc.item]):
            frappe.msgprint(_("Purchase order {0} now has its price.").format(name), alert=True)
