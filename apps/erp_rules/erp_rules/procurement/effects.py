"""What the clauses of chapter 4.2 do by themselves, in the transaction of the action that causes it."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, today

from erp_rules.clauses import chapter_4_2 as clauses
from erp_rules.clauses.chapter_4_2 import APPROVAL, PRICE, ChangeKind, ChangeStatus, State
from erp_rules.masters import facts as masters
from erp_rules.procurement import facts
from erp_rules.rule_engine.deadlines import close_deadlines, open_deadline
from erp_rules.rule_engine.effects import effect, system_write
from erp_rules.rule_engine.languages import said_to
from erp_rules.rule_engine.notify import notify_roles, notify_users, users_with_roles

RETURN_FOR_CONFIRMATION = "Return for Confirmation"
SIGNATURES = {State.EXECUTIVE_APPROVAL: "reviewed", State.APPROVED: "approved", State.POSTED: "posted"}
STATUS_IN_STATE = {
    State.FINANCE_REVIEW: ChangeStatus.IN_REVIEW,
    State.EXECUTIVE_APPROVAL: ChangeStatus.IN_REVIEW,
    State.APPROVED: ChangeStatus.APPROVED,
    State.REJECTED: ChangeStatus.REJECTED,
    State.CHANGE_DRAFT: ChangeStatus.DRAFT,
}


def keep(doc, **values):
    """Write `values` beside the save that is under way, so that its version log shows them too."""
    doc.update(values)
    frappe.db.set_value(doc.doctype, doc.name, values, update_modified=False)


@effect("4.2.4", entering=tuple(SIGNATURES), lasting=False)
def sign_for_another(doc, context):
    """Note on whose behalf the step was signed, for the print."""
    step = SIGNATURES[context.to_state]
    if doc.get(f"{step}_for") or context.on_behalf_of:
        keep(doc, **{f"{step}_for": context.on_behalf_of})


@effect("4.2.7", entering=State.CHANGE_DRAFT)
def begin_change(doc, context):
    """Open the next round of changes; sent back by finance, it already asks to confirm what has expired."""
    if context.from_state != State.POSTED:
        return
    keep(
        doc,
        change_no=cint(doc.change_no) + 1,
        change_date=today(),
        not_lowest_reason="",
        not_lowest_remark="",
    )
    if context.action == RETURN_FOR_CONFIRMATION:
        _ask_for_confirmation(doc, context)


def _ask_for_confirmation(doc, context):
    months = context.parameters("4.2.6")["validity_months"]
    start = frappe.utils.getdate()
    names = facts.supplier_names(price.supplier for price in facts.posted_prices(doc.name))
    for price in facts.expired_prices(doc.name):
        row = doc.append(
            "changes",
            {
                "change_no": doc.change_no,
                "change_kind": ChangeKind.VALIDITY,
                "supplier": price.supplier,
                "supplier_name": names.get(price.supplier),
                "currency": price.currency,
                "old_rate": float(price.rate),
                "new_rate": float(price.rate),
                "valid_from": start,
                "valid_to": clauses.last_day(start, months),
                "reason": _("Expired on {0}; sent back by finance for confirmation").format(price.valid_to),
                "status": ChangeStatus.DRAFT,
            },
        )
        row.db_insert()
    limits = context.parameters("4.2.6")
    open_deadline(
        doc,
        "4.2.6",
        role="Purchaser",
        manager_role="Top Executive",
        amount=limits["confirm_days"],
        unit="days",
        count=limits["count"],
    )
    notify_users(
        [doc.requester],
        lambda: _("An expired price of item {0} was sent back to you to confirm").format(doc.item),
        doc,
    )


@effect("4.2.6", entering=(State.FINANCE_REVIEW, State.POSTED), lasting=False)
def confirmation_answered(doc, context):
    """Close the time limit for confirming an expired price once the purchaser has answered."""
    if cint(doc.change_no):
        close_deadlines(doc, "4.2.6")


@effect("4.2.7", entering=tuple(STATUS_IN_STATE), lasting=False)
def follow_changes(doc, context):
    """Let the rows of this round say how far they have come, and who approved them when."""
    values = {"status": STATUS_IN_STATE[context.to_state]}
    if context.to_state == State.APPROVED:
        values.update(approved_by=context.actor, approved_on=today())
    for row in doc.open_changes():
        keep(row, **values)


@effect("4.2.7", entering=State.POSTED)
def post_prices(doc, context):
    """Write the approved prices and end the ones they follow the day before (4.2.5, 4.2.7)."""
    if context.from_state != State.APPROVED:
        return
    judged = facts.price_approval(doc, context.previous)
    plan = clauses.plan_posting(judged.prices, clauses.new_prices(judged))
    terms = _terms(doc)
    names: dict[int, str] = {}
    with system_write("4.2.7"):  # the old rows end first, so that the new ones are judged beside them
        for ending in plan.endings:
            price = frappe.get_doc(PRICE, ending.name)
            price.valid_to = ending.valid_to
            price.save(ignore_permissions=True)
        for new in plan.additions:
            price = frappe.get_doc({"doctype": PRICE, **_price_row(doc, new), **terms.get(new.supplier, {})})
            price.insert(ignore_permissions=True)
            names[new.row] = price.name
        for ending in plan.endings:
            frappe.db.set_value(
                PRICE, ending.name, "followed_by", names[ending.followed_by_row], update_modified=False
            )
    for row in doc.open_changes():
        keep(row, status=ChangeStatus.POSTED)
    keep(doc, prices_end_on=facts.prices_end_on(doc.name))


@effect("4.2.7", entering=State.POSTED)
def withdraw_change(doc, context):
    """Mark the rows of a change that its purchaser gave up; nothing of it is posted."""
    if context.from_state != State.CHANGE_DRAFT:
        return
    for row in doc.open_changes():
        keep(row, status=ChangeStatus.WITHDRAWN)


def _terms(doc) -> dict[str, dict]:
    """Return per supplier the terms of its selected quote, else those of its last price."""
    fields = ("tax_rate", "min_order_qty", "lead_days", "payment_terms")
    terms = {}
    if cint(doc.change_no):
        rows = frappe.get_all(
            PRICE,
            filters={"price_approval": doc.name},
            fields=["supplier", *fields],
            order_by="valid_from asc",
        )
        terms = {row.supplier: {field: row[field] for field in fields} for row in rows}
    for row in doc.current_quotes():
        if cint(row.selected):
            terms[row.supplier] = {field: row.get(field) for field in fields}
    return terms


def _price_row(doc, new: clauses.NewPrice) -> dict:
    rate = masters.rates_to_base({new.currency}, facts.comparison_date(doc)).get(new.currency)
    row = next(row for row in doc.get(new.table) if row.idx == new.row)
    return {
        "item": doc.item,
        "item_name": doc.item_name,
        "supplier": new.supplier,
        "supplier_name": row.supplier_name,
        "price_kind": doc.price_kind,
        "operation": doc.operation,
        "price_approval": doc.name,
        "change_no": doc.change_no,
        "currency": new.currency,
        "rate": float(new.rate),
        "rate_base": float(new.rate * rate) if rate else 0,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
    }


@effect("4.2.5", entering=State.POSTED)
def open_cost_task(doc, context):
    """Give the first Cost Accountant the task to update the item's cost; all of them are told (4.2.5)."""
    if context.from_state != State.APPROVED:
        return
    role = "Cost Accountant"
    accountant = next(iter(users_with_roles([role])), None)

    def words() -> str:
        return _("Update the cost of item {0}: its prices were posted in {1}").format(doc.item, doc.name)

    frappe.get_doc(
        {
            "doctype": "ToDo",
            "status": "Open",
            "description": said_to(accountant, words) if accountant else words(),
            "role": role,
            "allocated_to": accountant,
            "assigned_by": frappe.session.user,
            "reference_type": APPROVAL,
            "reference_name": doc.name,
        }
    ).insert(ignore_permissions=True)
    notify_roles([role], words, doc)
