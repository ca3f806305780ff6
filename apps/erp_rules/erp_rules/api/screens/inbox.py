"""What waits for a person, and what they need to decide it."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt, get_datetime, now_datetime

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.documents import load_doc, opened, title_of
from erp_rules.api.screens.ways import full_names
from erp_rules.rule_engine import (
    approval_tasks,
    controls,
    deadlines,
    delegations,
    enforcement,
    sight,
    waiting,
)
from erp_rules.rule_engine.controls import STATE_FIELD

ACTION_LIMIT = 2000  # rows of one open action and one of its roles
# How long something waits: below so many hours it is of this age.
AGES = ((24, "under 1 day"), (72, "1 to 3 days"), (168, "3 to 7 days"), (None, "over 7 days"))


@frappe.whitelist()
def inbox() -> list[dict]:
    """Return the documents that wait for the user or for those they stand in for, oldest first.

    A row with a `task` waits for the user's countersignature, not for a decision.
    """
    user = require_user()
    principals = delegations.principals_of(user)
    roles = set(frappe.get_roles()).union(*principals.values())
    rows = []
    for doctype, actions in waiting.open_actions(roles, ACTION_LIMIT).items():
        rows += _rows_of(doctype, actions, user, principals)
    rows += _countersign_rows(user)
    return sorted(rows, key=lambda row: row["since"])


@frappe.whitelist()
def requests() -> list[dict]:
    """Return what the user made or asked for and now waits for others, oldest first, each with their names."""
    user = require_user()
    found = [row for row in waiting.documents() if user in row.makers and user not in row.people]
    names = full_names({person for row in found for person in (*row.people, row.made_by)})
    moment = now_datetime()
    return [
        {
            "doctype": row.doctype,
            "doctype_label": _(row.doctype),
            "name": row.name,
            "title": row.title,
            "state": row.state,
            "state_label": _(row.state),
            "since": str(row.since),
            **_age_of(row.since, moment),
            "due_at": row.due_at and str(row.due_at),
            "is_overdue": bool(row.due_at and row.due_at < moment),
            "made_by": names.get(row.made_by) or row.made_by,
            "waits_for": [names.get(person) or person for person in row.people],
            "roles": [_(role) for role in row.roles],
        }
        for row in found
    ]


def _rows_of(doctype: str, actions: dict, user: str, principals: dict[str, frozenset[str]]) -> list[dict]:
    control = controls.control_of(doctype)
    if control is None:
        return []
    readable = _readable(doctype, control, list(actions), user, principals)
    handed = approval_tasks.handed_on(doctype, list(readable))
    describe = _describer(doctype, readable, set(principals))
    own, rows = set(frappe.get_roles()), []
    for name, doc in readable.items():
        action, tasks = actions[name], handed.get(name, [])
        if action.workflow_state != doc.get(STATE_FIELD):
            continue

        def is_theirs(person: str, action=action, tasks=tasks) -> bool:
            return not approval_tasks.holder_gave_away(person, tasks, action.workflow_state, action.creation)

        seats = {None: own, **principals} if is_theirs(user) else {}
        seats = {seat: roles for seat, roles in seats.items() if seat is None or is_theirs(seat)}
        acting_for = _acting_for(doc, action.roles, seats, user, control)
        if acting_for is not False:
            rows.append(describe(doc, action.creation, acting_for))
    return rows


def _countersign_rows(user: str) -> list[dict]:
    """Return a row for each document that the user was asked to countersign."""
    tasks: dict[str, list] = defaultdict(list)
    for task in approval_tasks.waiting_for(user):
        tasks[task.reference_doctype].append(task)
    rows = []
    for doctype, asked in tasks.items():
        control = controls.control_of(doctype)
        if control is None:
            continue
        readable = _readable(doctype, control, [task.reference_name for task in asked], user, {})
        describe = _describer(doctype, readable, {task.from_user for task in asked})
        for task in asked:
            if task.reference_name in readable:
                row = describe(readable[task.reference_name], task.creation, None, task.from_user)
                rows.append({**row, "task": task.name, "task_reason": task.reason})
    return rows


def _age_of(since, moment) -> dict:
    """Return for how many hours something waits, and the span of `AGES` that they lie in."""
    hours = max(0.0, (moment - get_datetime(since)).total_seconds() / 3600)
    return {
        "age_hours": hours,
        "age": next(age for limit, age in AGES if limit is None or hours < limit),
    }


def _describer(doctype: str, readable: dict, others: set[str]):
    """Return a function that makes the row of a document, with what all rows need read in bulk."""
    meta, moment = frappe.get_meta(doctype), now_datetime()
    amount, currency = _amount_fields(doctype, meta)
    people = full_names({doc.owner for doc in readable.values()} | others)
    left = deadlines.left_of(readable, doctype)

    def describe(doc, since, acting_for: str | None, asked_by: str | None = None) -> dict:
        due_at = left.get(doc.name, {}).get("due_at")
        return {
            "doctype": doctype,
            "doctype_label": _(doctype),
            "name": doc.name,
            "title": (meta.title_field and doc.get(meta.title_field)) or doc.name,
            "state": doc.get(STATE_FIELD),
            "state_label": _(doc.get(STATE_FIELD)),
            "since": str(since),
            **_age_of(since, moment),
            "due_at": due_at,
            "is_overdue": bool(due_at and get_datetime(due_at) < moment),
            "left": left.get(doc.name),
            "amount": flt(doc.get(amount)) if amount else None,
            "currency": doc.get(currency) if currency else None,
            "made_by": people.get(doc.owner) or doc.owner,
            "on_behalf_of": acting_for,
            "on_behalf_of_name": acting_for and people.get(acting_for),
            "task": None,
            "task_reason": None,
            "asked_by_name": asked_by and (people.get(asked_by) or asked_by),
        }

    return describe


def _amount_fields(doctype: str, meta) -> tuple[str | None, str | None]:
    for name in ("amount", "selected_rate_base", "total"):
        if meta.has_field(name):
            return name, next((c for c in ("currency", "base_currency") if meta.has_field(c)), None)
    return None, None


def _readable(doctype: str, control, names: list[str], user: str, principals: dict) -> dict:
    """Return the documents that the user may see, by name.

    Somebody who only stands in reads with the eyes of the one they stand in for.
    """
    amounts = [name for name in _amount_fields(doctype, frappe.get_meta(doctype)) if name]
    wanted = sorted({*waiting.fields_of(doctype, control), *amounts})
    found = {}
    for reader in [user, *principals]:
        with sight.eyes_of(reader):
            if not frappe.has_permission(doctype, "read"):
                continue
            rows = frappe.get_list(
                doctype, fields=wanted, filters={"name": ["in", names]}, limit_page_length=0
            )
        for row in rows:
            found.setdefault(row.name, row)
    return found


def _acting_for(doc, roles: set[str], seats: dict, user: str, control):
    """Return None when the document waits for the user, a principal whose place they take, or False for neither."""
    for seat, held in seats.items():
        if waiting.is_turn_of(seat or user, user, held, doc, roles, control):
            return seat
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
    result["warnings"] = [*enforcement.open_points(doc), *_declined(doc), *_warned(doc)]
    title = result.pop("title", None) or title_of(doc)
    result["opened"] = {**opened(doc), "title": title}
    for key in ("attachments", "earlier", "tasks", "ways"):
        result[key] = result["opened"][key]
    return result


def _declined(doc) -> list[dict]:
    """Return the countersigners who declined at this step, as warnings (1.8)."""
    tasks = approval_tasks.unsettled(doc.doctype, doc.name)
    found = approval_tasks.declined(doc.doctype, doc.name, doc.get(STATE_FIELD), tasks)
    return [enforcement.entry_of(doc, "1.8", approval_tasks.refusal(task)) for task in found]


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
