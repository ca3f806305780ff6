"""Notifications to people, sent after commit; a failure is logged and never blocks anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import frappe


def notify_roles(roles: str | Iterable[str], subject: str, doc) -> None:
    """After commit, put `subject` about `doc` into the notifications of every enabled user with these roles."""
    wanted = (roles,) if isinstance(roles, str) else tuple(roles)
    if wanted:
        _later(lambda: users_with_roles(wanted), subject, doc)


def notify_users(users: Iterable[str], subject: str, doc) -> None:
    """After commit, put `subject` about `doc` into the notifications of these users."""
    named = tuple(users)
    if named:
        _later(lambda: named, subject, doc)


def notify_found(find_users: Callable[[], Iterable[str]], subject: str, doc) -> None:
    """After commit, put `subject` about `doc` into the notifications of those whom `find_users` finds then."""
    _later(find_users, subject, doc)


def users_with_roles(roles: Iterable[str]) -> list[str]:
    """Return the enabled users, without Administrator and Guest, who have one of these roles."""
    return sorted({user for users in users_by_role(roles).values() for user in users})


def users_by_role(roles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the enabled users, without Administrator and Guest, of each of these roles, in one query."""
    wanted = sorted(set(roles))
    has_role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
    rows = (
        frappe.qb.from_(has_role)
        .join(user)
        .on(user.name == has_role.parent)
        .select(has_role.role, user.name)
        .where(has_role.parenttype == "User")
        .where(has_role.role.isin(wanted))
        .where(user.enabled == 1)
        .where(user.name.notin(["Administrator", "Guest"]))
        .run()
    )
    return {role: tuple(sorted({name for its, name in rows if its == role})) for role in wanted}


def _later(find_users, subject: str, doc) -> None:
    if frappe.flags.in_install or frappe.flags.in_migrate or not _is_on():
        return
    doctype, name, sender = doc.doctype, doc.name, frappe.session.user
    frappe.db.after_commit.add(lambda: _send(find_users, subject, doctype, name, sender))


def _is_on() -> bool:
    value = frappe.db.get_single_value("Rule Settings", "notify_roles", cache=True)
    return bool(value)


def _send(find_users, subject: str, doctype: str, name: str, sender: str) -> None:
    try:
        for user in _who_may_see(find_users(), doctype, name):
            if user == sender:
                continue
            frappe.get_doc(
                {
                    "doctype": "Notification Log",
                    "type": "Alert",
                    "for_user": user,
                    "from_user": sender,
                    "subject": subject,
                    "document_type": doctype,
                    "document_name": name,
                }
            ).insert(ignore_permissions=True)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        frappe.logger("erp_rules").error("Notification about %s %s failed", doctype, name, exc_info=True)


def _who_may_see(users: Iterable[str], doctype: str, name: str) -> list[str]:
    """Return those of `users` from whom no user permission hides the document: its subject says much of it."""
    named = list(users)
    limited = set(
        frappe.get_all(
            "User Permission", filters={"user": ["in", named or [""]]}, pluck="user", distinct=True
        )
    )
    if not limited or not frappe.db.exists(doctype, name):
        return named
    return [
        user
        for user in named
        if user not in limited or frappe.has_permission(doctype, "read", doc=name, user=user)
    ]
