"""What the screens ask about prices: comparison, history and one-click renewal (4.2)."""

import frappe
from frappe import _
from frappe.utils import add_days, cint, getdate

from erp_rules.clauses.chapter_4_2 import APPROVAL, ChangeKind, State
from erp_rules.procurement import facts
from erp_rules.rule_engine.workflow import act

QUOTE_ENTRIES = (
    "supplier",
    "currency",
    "rate",
    "tax_rate",
    "min_order_qty",
    "lead_days",
    "payment_terms",
    "attachment",
    "cost_formula",
    "selected",
)


def _load(name: str, ptype: str):
    doc = frappe.get_doc(APPROVAL, name)
    doc.check_permission(ptype)
    return doc


@frappe.whitelist(methods=["GET", "POST"])
def comparison(price_approval: str) -> dict:
    """Return the last quotes, lowest first, and the last three approved prices of the item."""
    doc = _load(price_approval, "read")
    shown = (
        "idx",
        *QUOTE_ENTRIES,
        "supplier_name",
        "exchange_rate",
        "rate_base",
        "rank",
        "is_lowest",
        "half_year_cost",
    )
    quotes = [{field: row.get(field) for field in shown} for row in doc.shown_quotes()]
    quotes.sort(key=lambda row: (not row["rank"], row["rank"], row["idx"]))
    return {
        "base_currency": doc.base_currency,
        "compared_on": facts.comparison_date(doc),
        "half_year_demand": float(doc.demand()),
        "quotes": quotes,
        "last_prices": doc.last_approved_prices(),
    }


@frappe.whitelist(methods=["POST"])
def renew(price_approval: str) -> dict:
    """Start a change that prolongs every latest price of the approval, with the quotes of the last round.

    Return the name and the new state. It still has to be submitted, reviewed, approved and posted.
    """
    doc = _load(price_approval, "write")
    if doc.workflow_state != State.POSTED:
        frappe.throw(
            _("Only a posted price approval is renewed; this one is in {0}.").format(_(doc.workflow_state))
        )
    doc = act(APPROVAL, doc.name, "Start Change")
    old_quotes = doc.shown_quotes()
    explained = next((row for row in old_quotes if row.not_lowest_reason), doc)
    doc.update({field: explained.get(field) for field in ("not_lowest_reason", "not_lowest_remark")})
    latest = facts.latest_prices(doc.name)
    priced = {row.supplier for row in latest}
    for row in old_quotes:
        quote = {field: row.get(field) for field in QUOTE_ENTRIES}
        doc.append("quotes", {**quote, "selected": cint(row.supplier in priced)})
    for price in latest:
        start = max(getdate(add_days(price.valid_to, 1)), getdate())
        doc.append(
            "changes",
            {
                "change_kind": ChangeKind.VALIDITY,
                "supplier": price.supplier,
                "valid_from": start,
                "reason": _("Renewal at the same price"),
            },
        )
    doc.save()
    return {"name": doc.name, "workflow_state": doc.workflow_state}
