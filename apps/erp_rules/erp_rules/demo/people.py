"""Acting as the people of the demo company: one user per role, everybody through the ordinary doors."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import frappe

from erp_rules.api.import_values import decode
from erp_rules.rule_engine.workflow import act


@dataclass(frozen=True)
class Person:
    """A user of the demo company."""

    login: str
    name: str
    english_name: str
    role: str
    department: str


def people(source: Path) -> list[Person]:
    """Return the people listed in `users.csv`, one per role."""
    text = decode((source / "users.csv").read_bytes())
    return [
        Person(row["邮箱"], row["姓名"], row["英文名"], row["角色"], row["部门"])
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def login_of(role: str) -> str:
    """Return the login of the person with this role: `Finance Officer` is finance.officer@demo.example.

    A login stays as it is.
    """
    return role if "@" in role else f"{role.lower().replace(' ', '.')}@demo.example"


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Run the block as the person with this role (or this login), with that person's permissions only."""
    before, login = frappe.session.user, login_of(role)
    if before != login:
        frappe.set_user(login)
    try:
        yield
    finally:
        if not frappe.flags.people_take_turns and frappe.session.user != before:
            frappe.set_user(before)


@contextmanager
def taking_turns() -> Iterator[None]:
    """Let each person stay until the next one acts, instead of coming back in between; it is faster."""
    before = frappe.session.user
    frappe.flags.people_take_turns = True
    try:
        yield
    finally:
        frappe.flags.people_take_turns = False
        frappe.set_user(before)


def take_action(doc, action: str, role: str, reason: str | None = None):
    """Let the person with `role` carry out a workflow action and return the document as it is then."""
    with acting_as(role):
        return act(doc.doctype, doc.name, action, reason=reason)


def make_users(source: Path, password: str | None) -> None:
    """Create the people who are missing; without a password they cannot log in until one is set."""
    there = set(frappe.get_all("User", filters={"name": ["like", "%@demo.example"]}, pluck="name"))
    for person in people(source):
        if person.login in there:
            continue
        make_user(person.login, person.name, person.english_name, [person.role], password)


def make_user(
    login: str, first_name: str, last_name: str, roles: list[str], password: str | None = None
) -> None:
    """Create one user with these roles."""
    user = frappe.new_doc("User")
    user.update(
        {
            "email": login,
            "first_name": first_name,
            "last_name": last_name,
            "send_welcome_email": 0,
            "enabled": 1,
            "user_type": "System User",
        }
    )
    if password:
        user.new_password = password
    for role in roles:
        user.append("roles", {"role": role})
    user.flags.no_welcome_mail = True
    user.flags.ignore_password_policy = True
    user.insert(ignore_permissions=True)
    # Frappe makes the first person of a site its System Manager; here that is Administrator alone.
    frappe.db.delete("Has Role", {"parent": user.name, "parenttype": "User", "role": ["not in", roles]})
    frappe.clear_cache(user=user.name)
