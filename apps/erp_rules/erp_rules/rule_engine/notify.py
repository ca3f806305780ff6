"""Notifications to people in their own language, sent after commit; a failure is logged and never blocks anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import frappe

from erp_rules.rule_engine.languages import Words, said_to


def notify_roles(roles: str | Iterable[str], words: Words, doc, link: str | None = None) -> None:
    """After commit, tell every enabled user with these roles about `doc`.

    `link` is the page that the notification opens instead of the document, for those who are not to see it.
    """
    wanted = (roles,) if isinstance(roles, str) else tuple(roles)
    if wanted:
        _later(lambda: users_with_roles(wanted), words, doc, link)


def notify_users(users: Iterable[str], words: Words, doc) -> None:
    """After commit, tell these users about `doc`."""
    named = tuple(users)
    if named:
        _later(lambda: named, words, doc)


def notify_found(find_users: Callable[[], Iterable[str]], words: Words, doc) -> None:
    """After commit, tell those whom `find_users` finds then about `doc`."""
    _later(find_users, words, doc)


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


def _later(find_users, words: Words, doc, link: str | None = None) -> None:
    if frappe.flags.in_install or frappe.flags.in_migrate or not _is_on():
        return
    about = {"document_type": doc.doctype, "document_name": doc.name, "link": link}
    sender = frappe.session.user
    frappe.db.after_commit.add(lambda: _send(find_users, words, about, sender))


def _is_on() -> bool:
    value = frappe.db.get_single_value("Rule Settings", "notify_roles", cache=True)
    return bool(value)


def _send(find_users, words: Words, about: dict, sender: str) -> None:
    try:
        for user in _who_may_see(_who_listen(find_users(), sender), about):
            frappe.get_doc(
                {
                    "doctype": "Notification Log",
                    "type": "Alert",
                    "for_user": user,
                    "from_user": sender,
                    "subject": said_to(user, words),
                    **about,
                }
            ).insert(ignore_permissions=True)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        frappe.logger("erp_rules").error("Notification about %s failed", about, exc_info=True)


def _who_listen(users: Iterable[str], sender: str) -> list[str]:
    """Return those of `users`, without `sender`, who have not switched their notifications off."""
    named = [user for user in users if user != sender]
    silent = frappe.get_all(
        "Notification Settings", filters={"name": ["in", named or [""]], "enabled": 0}, pluck="name"
    )
    return [user for user in named if user not in silent]


def _who_may_see(users: list[str], about: dict) -> list[str]:
    """Return those of `users` from whom no user permission hides the document: the words say much of it."""
    doctype, name = about["document_type"], about["document_name"]
    limited = set(
        frappe.get_all(
            "User Permission", filters={"user": ["in", users or [""]]}, pluck="user", distinct=True
        )
    )
    if not limited or not frappe.db.exists(doctype, name):
        return users
    return [
        user
        for user in users
        if user not in limited or frappe.has_permission(doctype, "read", doc=name, user=user)
    ]
