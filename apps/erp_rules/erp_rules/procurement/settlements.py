"""Foreign exchange settlements: amounts from what was posted, rates of the day, base currency (7.13)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.utils import cstr, getdate

from erp_rules.masters import facts as masters
from erp_rules.procurement import import_facts, orders
from erp_rules.procurement.facts import number, supplier_names
from erp_rules.procurement.import_facts import SETTLEMENT_LINE, money
from erp_rules.procurement.receipt_facts import quantity


def lock_orders_of_settlement(name: str) -> None:
    """Lock the orders that a settlement pays, so that two settlements never take the same amount."""
    orders.lock_orders(frappe.get_all(SETTLEMENT_LINE, filters={"parent": name}, pluck="purchase_order"))


def complete(doc) -> None:
    """Fill what follows from the orders: names, what is left of each, and the totals in both currencies."""
    doc.supplier_name = supplier_names([doc.supplier]).get(doc.supplier)
    doc.base_currency = masters.base_currency()
    found = import_facts.settlement_amounts(doc)
    taken: dict[str, Decimal] = {}
    for row in doc.items:
        order, receipt = cstr(row.purchase_order), cstr(row.receipt)
        row.currency = doc.currency
        posted = found.received.get((order, receipt)) if receipt else found.posted.get(order)
        elsewhere = (
            found.elsewhere_of.get((order, receipt)) if receipt else found.elsewhere.get(order)
        ) or Decimal(0)
        row.posted_amount, row.elsewhere_amount = float(posted or 0), float(elsewhere)
        row.settled_amount = 0
        if quantity(row.amount) == 0:
            left = min(
                found.left(order, receipt),
                max(found.left(order) - taken.get(order, Decimal(0)), Decimal(0)),
            )
            row.amount = float(left)
        taken[order] = taken.get(order, Decimal(0)) + number(row.amount)
    doc.rate_date = doc.rate_date or getdate()
    reckon(doc)


def reckon(doc) -> None:
    """Work out the total and its value in base currency at the rate of the day."""
    total = sum((number(row.amount) for row in doc.items), Decimal(0))
    rate = rate_of(doc.currency, doc.rate_date)
    doc.total_amount = float(total)
    doc.exchange_rate = float(rate or 0)
    doc.amount_base = float(money(total * rate)) if rate else 0
    doc.settled_amount = doc.settled_base = doc.exchange_difference = 0


def rate_of(currency: str, on) -> Decimal | None:
    """Return what one unit of a currency is worth in base currency on a day, or None."""
    return masters.rates_to_base([currency], getdate(on)).get(currency) if currency and on else None


def reckon_settled(doc) -> None:
    """Work out what the bank settled in both currencies, and the difference to what was reckoned."""
    if doc.settled_on and not number(doc.settled_rate):
        doc.settled_rate = float(rate_of(doc.currency, doc.settled_on) or 0)
    settled = sum((number(row.settled_amount) for row in doc.items), Decimal(0))
    base = money(settled * number(doc.settled_rate))
    doc.settled_amount, doc.settled_base = float(settled), float(base)
    reckoned = money(settled * number(doc.exchange_rate))
    doc.exchange_difference = float(base - reckoned) if base else 0


def propose_settled(doc) -> None:
    """Propose, when a settlement is approved, that the bank settles all that was approved."""
    for row in doc.items:
        row.settled_amount = row.amount
