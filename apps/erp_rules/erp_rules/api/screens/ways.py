"""The ways besides approving, as the screens call them; each answers with a sentence for the user."""

import frappe
from frappe import _
from frappe.utils import cstr, escape_html

from erp_rules.api.rules import limited
from erp_rules.api.screens.desk import require_user
from erp_rules.rule_engine import approval_tasks, waiting, ways
from erp_rules.rule_engine.controls import STATE_FIELD


@frappe.whitelist(methods=["POST"])
def countersign(doctype: str, name: str, user: str, reason: str | None = None) -> dict:
    """Ask another user for an opinion; until then the document is not approved (1.8)."""
    require_user()
    ways.countersign(doctype, name, user, limited(reason))
    return _message(_("{0} has been asked to countersign.").format(_full_name(user)))


@frappe.whitelist(methods=["POST"])
def answer(task: str, agreed: bool, opinion: str | None = None) -> dict:
    """Answer a countersignature that the user was asked for (1.8)."""
    require_user()
    ways.answer(task, agreed, limited(opinion))
    return _message(_("You agreed.") if agreed else _("You declined; the approver is warned."))


@frappe.whitelist(methods=["POST"])
def pass_on(doctype: str, name: str, user: str, reason: str | None = None) -> dict:
    """Hand the decision to another user who may take it (1.9)."""
    require_user()
    ways.pass_on(doctype, name, user, limited(reason))
    return _message(_("The decision has been passed on to {0}.").format(_full_name(user)))


@frappe.whitelist(methods=["POST"])
def return_to(
    doctype: str, name: str, state: str, reason: str | None = None, modified: str | None = None
) -> dict:
    """Send the document back to an earlier step of its round (1.10)."""
    require_user()
    doc = ways.return_to(doctype, name, state, limited(reason), modified)
    return _moved(doc)


@frappe.whitelist(methods=["POST"])
def withdraw(doctype: str, name: str, reason: str | None = None, modified: str | None = None) -> dict:
    """Take the user's own document back to its draft (1.11)."""
    require_user()
    doc = ways.withdraw(doctype, name, limited(reason), modified)
    return _moved(doc)


@frappe.whitelist(methods=["POST"])
def remind(doctype: str, name: str, reason: str | None = None) -> dict:
    """Remind those whom the document waits for (1.12)."""
    require_user()
    people = ways.remind(doctype, name, limited(reason))
    return _message(_("Reminded: {0}").format(", ".join(_full_name(user) for user in people)))


def tasks_of(doc) -> list[dict]:
    """Return who was asked about `doc` by name, when, why and with what answer, oldest first."""
    rows = approval_tasks.of_document(doc.doctype, doc.name)
    names = full_names({row[key] for row in rows for key in ("from_user", "to_user", "on_behalf_of")})
    return [
        {
            "name": row.name,
            "kind": row.kind,
            "kind_label": _(row.kind),
            "state_label": _(row.state),
            "status": row.status,
            "status_label": _(row.status),
            "from_user": row.from_user,
            "from_name": names.get(row.from_user, row.from_user),
            "on_behalf_of_name": names.get(row.on_behalf_of),
            "to_user": row.to_user,
            "to_name": names.get(row.to_user, row.to_user),
            "reason": row.reason,
            "opinion": row.opinion,
            "asked_at": cstr(row.creation),
            "answered_at": cstr(row.answered_at) or None,
            "is_mine": row.to_user == frappe.session.user,
        }
        for row in rows
    ]


def waits_for(doc) -> dict | None:
    """Return whom `doc` waits for by full name and role, and since when; None when it waits for nobody."""
    found = waiting.of_document(doc)
    if found is None:
        return None
    names = full_names(set(found.people))
    return {
        "people": [names.get(user) or user for user in found.people],
        "roles": [_(role) for role in found.roles],
        "since": cstr(found.since)[:16],
        "is_me": frappe.session.user in found.people,
    }


def full_names(users: set) -> dict[str, str]:
    """Return the full names of `users`, in one query."""
    wanted = sorted(user for user in users if user)
    if not wanted:
        return {}
    return dict(frappe.get_all("User", {"name": ["in", wanted]}, ["name", "full_name"], as_list=True))


def _moved(doc) -> dict:
    return _message(_("{0} is now: {1}").format(doc.name, _(doc.get(STATE_FIELD))))


def _full_name(user: str) -> str:
    return escape_html(frappe.db.get_value("User", user, "full_name") or user)


def _message(text: str) -> dict:
    return {"message": text}
