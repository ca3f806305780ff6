"""What waits for a person, and what they need to decide it."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import cint, flt, get_datetime, now_datetime

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.documents import attachments, load_doc, opened, title_of
from erp_rules.rule_engine import controls, delegations, history
from erp_rules.rule_engine.enforcement import open_points
from erp_rules.rule_engine.guard import STATE_FIELD

ACTION_LIMIT = 500


@frappe.whitelist()
def inbox() -> list[dict]:
    """Return the documents that wait for the user or for those they stand in for, oldest first."""
    user = require_user()
    principals = delegations.principals_of(user)
    waiting = _open_actions(
        set(frappe.get_roles()).union(*principals.values()) if principals else set(frappe.get_roles())
    )
    rows = []
    for doctype, actions in waiting.items():
        rows += _rows_of(doctype, actions, user, principals)
    return sorted(rows, key=lambda row: row["since"])


def _open_actions(roles: set[str]) -> dict[str, dict[str, frappe._dict]]:
    """Return the open workflow actions of these roles by DocType and document name."""
    action, permitted = (
        frappe.qb.DocType("Workflow Action"),
        frappe.qb.DocType("Workflow Action Permitted Role"),
    )
    rows = (
        frappe.qb.from_(action)
        .join(permitted)
        .on(permitted.parent == action.name)
        .select(
            action.reference_doctype,
            action.reference_name,
            action.workflow_state,
            action.creation,
            permitted.role,
        )
        .where((action.status == "Open") & permitted.role.isin(sorted(roles)))
        .orderby(action.creation)
        .limit(ACTION_LIMIT)
        .run(as_dict=True)
    )
    found: dict[str, dict[str, frappe._dict]] = defaultdict(dict)
    for row in rows:
        known = found[row.reference_doctype].setdefault(row.reference_name, row)
        known.setdefault("roles", set()).add(row.role)
    return found


def _rows_of(doctype: str, actions: dict, user: str, principals: dict[str, frozenset[str]]) -> list[dict]:
    control = controls.control_of(doctype)
    if control is None:
        return []
    meta = frappe.get_meta(doctype)
    hands = ["owner", "content_editor"] + ([control.requester_field] if control.requester_field else [])
    wanted = {"name", STATE_FIELD, *hands, *([meta.title_field] if meta.title_field else [])}
    amount, currency = _amount_fields(doctype, meta)
    wanted |= {name for name in (amount, currency) if name}
    # Somebody who only stands in reads with the eyes of the one they stand in for.
    readable = _readable(doctype, sorted(wanted), list(actions), user, principals)
    due = dict(
        frappe.get_all(
            "Deadline",
            filters={
                "reference_doctype": doctype,
                "reference_name": ["in", list(readable) or [""]],
                "status": ["in", ["Open", "Overdue"]],
            },
            fields=["reference_name", "due_at"],
            order_by="due_at desc",
            as_list=True,
        )
    )
    names = {doc.owner for doc in readable.values()} | set(principals)
    people = dict(
        frappe.get_all("User", {"name": ["in", list(names) or [""]]}, ["name", "full_name"], as_list=True)
    )
    moment, own, rows = now_datetime(), set(frappe.get_roles()), []
    for name, doc in readable.items():
        action = actions[name]
        acting_for = _acting_for(action.roles, own, principals, {doc.get(field) for field in hands}, user)
        if acting_for is False or action.workflow_state != doc.get(STATE_FIELD):
            continue
        due_at = due.get(name)
        rows.append(
            {
                "doctype": doctype,
                "doctype_label": _(doctype),
                "name": name,
                "title": (meta.title_field and doc.get(meta.title_field)) or name,
                "state": doc.get(STATE_FIELD),
                "state_label": _(doc.get(STATE_FIELD)),
                "since": str(action.creation),
                "age_hours": max(0.0, (moment - get_datetime(action.creation)).total_seconds() / 3600),
                "due_at": due_at and str(due_at),
                "is_overdue": bool(due_at and get_datetime(due_at) < moment),
                "amount": flt(doc.get(amount)) if amount else None,
                "currency": doc.get(currency) if currency else None,
                "made_by": people.get(doc.owner) or doc.owner,
                "on_behalf_of": acting_for,
                "on_behalf_of_name": acting_for and people.get(acting_for),
            }
        )
    return rows


def _amount_fields(doctype: str, meta) -> tuple[str | None, str | None]:
    for name in ("amount", "selected_rate_base", "total"):
        if meta.has_field(name):
            return name, next((c for c in ("currency", "base_currency") if meta.has_field(c)), None)
    return None, None


def _readable(doctype: str, fields: list[str], names: list[str], user: str, principals: dict) -> dict:
    found = {}
    for reader in [user, *principals]:
        if not frappe.has_permission(doctype, "read", user=reader):
            continue
        rows = frappe.get_list(
            doctype, fields=fields, filters={"name": ["in", names]}, user=reader, limit_page_length=0
        )
        for row in rows:
            found.setdefault(row.name, row)
    return found


def _acting_for(roles: set[str], own: set[str], principals: dict, hands: set, user: str):
    """Return None when the user decides in their own right, a principal, or False when neither may."""
    if roles & own and user not in hands:
        return None
    for principal, passed in principals.items():
        if roles & passed and not hands & {user, principal}:
            return principal
    return False


@frappe.whitelist()
def decision(doctype: str, name: str) -> dict:
    """Return what an approver needs on one screen: amounts, comparison, record, warnings, files, steps back."""
    doc = load_doc(doctype, name)
    result = {
        "facts": [],
        "table": None,
        "record": None,
        "amount": None,
        "currency": None,
        "difference_pct": None,
    }
    for path in frappe.get_hooks("decision_facts", {}).get(doctype, []):
        result.update(frappe.get_attr(path)(doc))
    result["warnings"] = [*open_points(doc), *_warned(doc)]
    result["attachments"] = attachments(doc)
    result["earlier"] = _earlier_states(doc)
    title = result.pop("title", None) or title_of(doc)
    result["opened"] = {**opened(doc), "title": title}
    return result


def _warned(doc) -> list[dict]:
    rows = frappe.get_all(
        "Rule Event",
        filters={
            "reference_doctype": doc.doctype,
            "reference_name": doc.name,
            "outcome": ["in", ["Warned", "Waived"]],
        },
        fields=["clause", "message", "outcome"],
        order_by="creation desc",
        limit_page_length=20,
    )
    seen = {(row.clause, row.message): row for row in rows}
    return [{"clause": row.clause, "message": f"{_(row.outcome)}: {row.message}"} for row in seen.values()]


def _earlier_states(doc) -> list[dict]:
    """Return the states that the document went through before this one, latest first."""
    if not doc.get(STATE_FIELD) or cint(doc.docstatus):
        return []
    seen = [row.from_state for row in history.steps_of(doc.doctype, doc.name) if row.from_state]
    return [
        {"value": state, "label": _(state)}
        for state in reversed(list(dict.fromkeys(seen)))
        if state != doc.get(STATE_FIELD)
    ]
