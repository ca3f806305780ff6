"""The end of prices: who is told when, once each (4.2.6)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.utils import getdate

from erp_rules.clauses.chapter_4_2 import APPROVAL, PRICE, State, due_notice, notice_thresholds
from erp_rules.rule_engine.notify import notify_roles, notify_users, users_with_roles
from erp_rules.rule_engine.parameters import values_of
from erp_rules.rule_engine.waiting import ask

NOTICE = "Price Expiry Notice"
EXPIRED = -1


def ending_prices(until: date, since: date | None = None) -> list:
    """Return the prices that end from `since` to `until`, both included, and that no other price follows.

    Two queries, however many prices: the rows, and the later prices of the same approvals.
    """
    filters = {"valid_to": ["<=", until], "followed_by": ["is", "not set"]}
    if since:
        filters = {"valid_to": ["between", [since, until]], "followed_by": ["is", "not set"]}
    fields = ["name", "item", "item_name", "supplier", "supplier_name", "price_kind", "operation", "currency"]
    rows = frappe.get_all(
        PRICE,
        filters=filters,
        fields=[*fields, "rate", "valid_from", "valid_to", "price_approval"],
        order_by="valid_to asc, name asc",
    )
    if not rows:
        return []
    later = frappe.get_all(
        PRICE,
        filters={"price_approval": ["in", sorted({row.price_approval for row in rows})]},
        fields=["price_approval", "supplier", "valid_from"],
    )
    latest: dict[tuple[str, str], date] = {}
    for row in later:
        key = (row.price_approval, row.supplier)
        latest[key] = max(latest.get(key, date.min), getdate(row.valid_from))
    return [row for row in rows if getdate(row.valid_from) == latest[(row.price_approval, row.supplier)]]


def requesters(approvals: Iterable[str]) -> dict[str, str]:
    """Return the purchaser of each price approval who is still enabled, in two queries."""
    names = sorted(set(approvals))
    if not names:
        return {}
    rows = frappe.get_all(APPROVAL, filters={"name": ["in", names]}, fields=["name", "requester"])
    purchasers = set(users_with_roles(["Purchaser"]))
    return {row.name: row.requester for row in rows if row.requester in purchasers}


def tell_purchasers(today: date | None = None) -> int:
    """Tell each purchaser of the prices that end soon, and finance of those that ended; return how many.

    A scheduler event, once a day; days on which it did not run are caught up with.
    """
    today = getdate(today)
    thresholds = notice_thresholds(values_of("4.2.6")["notice_days"])
    prices = ending_prices(until=today + timedelta(days=thresholds[0]))
    told = _told(price.name for price in prices)
    purchaser_of = requesters(price.price_approval for price in prices)
    due = []
    for price in prices:
        remaining = (getdate(price.valid_to) - today).days
        said = told.get(price.name, set())
        threshold = due_notice(remaining, said - {EXPIRED}, thresholds)
        if remaining < 0 and EXPIRED not in said:
            threshold = EXPIRED
        if threshold is not None:
            due.append((price, threshold, remaining, purchaser_of.get(price.price_approval)))
    for price, threshold, remaining, user in due:
        _tell(price, threshold, remaining, user, today)
    return len(due)


def _told(prices: Iterable[str]) -> dict[str, set[int]]:
    names = list(prices)
    told: dict[str, set[int]] = {}
    if names:
        for row in frappe.get_all(
            NOTICE,
            filters={"item_supplier_price": ["in", names]},
            fields=["item_supplier_price", "days_before"],
        ):
            told.setdefault(row.item_supplier_price, set()).add(row.days_before)
    return told


def _tell(price, threshold: int, remaining: int, user: str | None, today: date) -> None:
    frappe.get_doc(
        {
            "doctype": NOTICE,
            "item_supplier_price": price.name,
            "days_before": threshold,
            "told_user": user,
            "told_on": today,
        }
    ).insert(ignore_permissions=True)
    about = frappe._dict(doctype=APPROVAL, name=price.price_approval)
    if threshold == EXPIRED:
        ask(APPROVAL, price.price_approval, str(State.POSTED), ["Finance Officer"])
        notify_roles(
            ["Finance Officer"],
            lambda: _(
                "The price of item {0} from supplier {1} ended on {2}: send it back for confirmation (4.2.6)"
            ).format(price.item, price.supplier, price.valid_to),
            about,
        )
        return

    def words() -> str:
        return _("The price of item {0} from supplier {1} ends in {2} days, on {3} (4.2.6)").format(
            price.item, price.supplier, remaining, price.valid_to
        )

    if user:
        notify_users([user], words, about)
    else:
        notify_roles(["Purchaser"], words, about)
