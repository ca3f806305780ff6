"""What clauses 4.6 and 4.7 do by themselves when receipts and returns move."""

from __future__ import annotations

import frappe
from frappe import _

from erp_rules.clauses.chapter_4_3 import plain
from erp_rules.clauses.chapter_4_6 import DeliveryStatus, ReceiptState
from erp_rules.clauses.chapter_4_7 import ReturnState
from erp_rules.procurement import receiving, returning
from erp_rules.procurement.facts import number
from erp_rules.rule_engine.effects import effect, system_write
from erp_rules.rule_engine.notify import notify_roles, notify_users

NOTICE_STATUS = {
    ReceiptState.DRAFT: DeliveryStatus.ANNOUNCED,
    ReceiptState.COUNTED: DeliveryStatus.ARRIVED,
    ReceiptState.POSTED: DeliveryStatus.RECEIVED,
}


@effect("4.6.1", entering=tuple(NOTICE_STATUS), lasting=False)
def follow_notice(doc, context):
    """Let the delivery notice say how far its delivery has come."""
    status = NOTICE_STATUS[context.to_state]
    if not doc.delivery_notice or (context.from_state is None and status == DeliveryStatus.ANNOUNCED):
        return
    notice = frappe.get_doc("Delivery Notice", doc.delivery_notice, for_update=True)
    if notice.status != status:
        notice.status = str(status)
        with system_write("4.6.1"):
            notice.save(ignore_permissions=True)


@effect("4.6.4", entering=ReceiptState.POSTED)
def post_receipt(doc, context):
    """Put the goods into the ledger, keep apart what is over and bring the orders up to date."""
    receiving.post(doc)


@effect("4.6.4", entering=ReceiptState.POSTED)
def tell_purchasers(doc, context):
    """Tell the purchasers of the orders what was rejected and what is over."""
    if not (number(doc.total_rejected) or number(doc.total_over)):
        return
    names = sorted({row.purchase_order for row in doc.items if row.purchase_order})
    purchasers = frappe.get_all("Purchase Order", filters={"name": ["in", names]}, pluck="purchaser")
    notify_users(
        {user for user in purchasers if user},
        lambda: _("Receipt {0}: {1} rejected, {2} over-delivered").format(
            doc.name, plain(number(doc.total_rejected)), plain(number(doc.total_over))
        ),
        doc,
    )


@effect("4.7.1.2", entering=ReturnState.MANAGER_APPROVAL, lasting=False)
def draft_return_order(doc, context):
    """Make the return order of goods whose order nobody knows, or close it when their order was found after all."""
    if doc.purchase_order:
        returning.drop_return_order(doc)
    elif context.from_state == ReturnState.PURCHASING_HANDLING:
        returning.make_return_order(doc)


@effect("4.7.1.1", entering=ReturnState.POSTED)
def post_return(doc, context):
    """Take the goods out of the ledger and count them as returned on their order."""
    returning.post(doc)


@effect("4.7.1.1", entering=ReturnState.POSTED, lasting=False)
def tell_about_return(doc, context):
    """Tell the purchasers that a return was posted."""
    notify_roles(["Purchaser"], lambda: _("Return {0} was posted").format(doc.name), doc)
