"""Keep on receipts counted before it was kept the day that their order asks for, so that they are judged on time (4.1.2)."""

import frappe

from erp_rules.clauses.chapter_4_6 import RECEIPT, ReceiptState
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM

AT_ONCE = 1000


def execute():
    """Fill the promised date of counted rows that have none from their order row."""
    receipt, row, order_row = (frappe.qb.DocType(name) for name in (RECEIPT, RECEIPT_ITEM, ORDER_ITEM))
    dates = (
        frappe.qb.from_(row)
        .join(receipt)
        .on(receipt.name == row.parent)
        .join(order_row)
        .on(order_row.name == row.order_row)
        .select(order_row.required_date, row.name)
        .where(row.promised_date.isnull())
        .where(receipt.workflow_state != ReceiptState.DRAFT)
        .run()
    )
    names: dict = {}
    for day, name in dates:
        names.setdefault(day, []).append(name)
    for day, rows in names.items():
        for at in range(0, len(rows), AT_ONCE):
            some = rows[at : at + AT_ONCE]
            frappe.qb.update(row).set(row.promised_date, day).where(row.name.isin(some)).run()
