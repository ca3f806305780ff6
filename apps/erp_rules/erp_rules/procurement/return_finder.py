"""The return finder as a step on a return whose order is not known: choosing the receipt the goods came on (4.7.1.2)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from erp_rules.clauses.chapter_4_3 import plain
from erp_rules.clauses.chapter_4_6 import RECEIPT
from erp_rules.clauses.chapter_4_7 import RETURN, ReturnState
from erp_rules.clauses.chapter_5 import Bucket
from erp_rules.procurement import returning
from erp_rules.procurement.facts import number
from erp_rules.rule_engine import controls, workflow
from erp_rules.rule_engine.errors import RuleViolation

STATES = (ReturnState.DRAFT, ReturnState.PURCHASING_HANDLING)
OFFERED, MOST = 20, 100


def visible(item: str, supplier: str | None, rate: Decimal | None, limit: int = OFFERED) -> list:
    """Return the receipt rows that goods may have come on, likeliest first, of receipts that the user may see."""
    found = returning.candidates(item, supplier, rate, min(limit, MOST))
    names = [row.receipt for row in found]
    seen = set(frappe.get_list(RECEIPT, filters={"name": ["in", names or [""]]}, pluck="name", limit=0))
    return [row for row in found if row.receipt in seen]


def steps(doc) -> list[dict]:
    """Return the choice of a receipt for the first row whose order is not known, where the session user may make it."""
    row = _rows(doc)[0] if _rows(doc) else None
    if row is None or not _may_choose(doc):
        return []
    found = _candidates(doc, row)
    step = {
        "label": _("Find the Receipt"),
        "method": "erp_rules.api.receiving.take_receipt",
        "args": {"purchase_return": doc.name, "row": row.name},
        "fields": [
            {
                "fieldname": "receipt_row",
                "fieldtype": "Select",
                "label": _("Row {0}: {1} came on").format(
                    row.idx, f"{row.item} {cstr(row.item_name)}".strip()
                ),
                "reqd": 1,
                "choices": [{"value": line.receipt_row, "label": _words(line)} for line in found],
            }
        ],
    }
    return [step if found else {**step, "notice": _("No receipt fits; purchasing makes a return order.")}]


def take(name: str, row_name: str, receipt_row: str):
    """Put a row of a return, and with it the return, on the order of the receipt that it came on; return the return."""
    doc = workflow.locked(RETURN, name)
    doc.check_permission("write")
    row = next((row for row in _rows(doc) if row.name == row_name), None)
    if row is None:
        frappe.throw(_("The order of these goods is known already. Load the return again."), RuleViolation)
    line = next((line for line in _candidates(doc, row, MOST) if line.receipt_row == receipt_row), None)
    if line is None:
        message = _("{0} is no receipt that these goods may have come on. Choose another one.")
        frappe.throw(message.format(escape_html(cstr(receipt_row))), RuleViolation)
    doc.purchase_order = line.purchase_order
    row.update({field: line[field] for field in ("receipt", "receipt_row", "order_row")})
    return doc.save()


def _rows(doc) -> list:
    """Return the rows of a return whose order is not known."""
    if doc.purchase_order or doc.workflow_state not in STATES:
        return []
    return [row for row in doc.items if row.item and row.bucket == Bucket.AVAILABLE]


def _may_choose(doc) -> bool:
    state = controls.control_of(RETURN).state(doc.workflow_state)
    return state.allows_user(set(frappe.get_roles())) and bool(doc.has_permission("write"))


def _candidates(doc, row, limit: int = OFFERED) -> list:
    return visible(row.item, doc.supplier or None, number(row.rate) or None, limit)


def _words(line) -> str:
    return _("{0} · order {1} · {2} {3} each · {4} left").format(
        line.receipt,
        line.purchase_order,
        plain(number(line.rate)),
        line.currency,
        plain(number(line.left_qty)),
    )
