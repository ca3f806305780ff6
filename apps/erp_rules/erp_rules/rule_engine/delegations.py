"""Delegations: who acts for whom, for how long (2.8)."""

from __future__ import annotations

import frappe
from frappe.utils import now_datetime


def principals_of(user: str) -> dict[str, frozenset[str]]:
    """Return whom `user` stands in for at this moment, each with the roles that were passed on.

    Only roles that the principal still has, and only principals whose account is enabled, count.
    """
    moment = now_datetime()
    delegation, role, account = (
        frappe.qb.DocType("Delegation"),
        frappe.qb.DocType("Delegation Role"),
        frappe.qb.DocType("User"),
    )
    rows = (
        frappe.qb.from_(delegation)
        .join(role)
        .on(role.parent == delegation.name)
        .join(account)
        .on(account.name == delegation.from_user)
        .select(delegation.from_user, role.role)
        .where(delegation.to_user == user)
        .where(delegation.from_time <= moment)
        .where(delegation.to_time >= moment)
        .where(account.enabled == 1)
        .orderby(delegation.from_user)
        .run(as_dict=True)
    )
    passed: dict[str, set[str]] = {}
    for row in rows:
        passed.setdefault(row.from_user, set()).add(row.role)
    return {
        principal: frozenset(roles & set(frappe.get_roles(principal))) for principal, roles in passed.items()
    }
