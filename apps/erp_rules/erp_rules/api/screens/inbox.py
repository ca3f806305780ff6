"""What waits for a person, and what they need to decide it."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import flt, get_datetime, now_datetime

from erp_rules.api.screens.desk import require_user
from erp_rules.api.screens.documents import load_doc, opened, title_of
from erp_rules.api.screens.ways import full_names
from erp_rules.rule_engine import approval_tasks, controls, deadlines, delegations, enforcement, sight
from erp_rules.rule_engine.controls import STATE_FIELD

ACTION_LIMIT = 500


@frappe.whitelist()
def inbox() -> list[dict]:
    """Return the documents that wait for the user or for those they stand in for, oldest first.

    A row with a `task` waits for the user's countersignature, not for a decision.
    """
    user = require_user()
    principals = delegations.principals_of(user)
    waiting = _open_actions(
        set(frappe.get_roles()).union(*principals.values()) if principals else set(frappe.get_roles())
    )
    rows = []
    for doctype, actions in waiting.items():
        rows += _rows_of(doctype, actions, user, principals)
    rows += _countersign_rows(user)
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
    readable, hands = _readable(doctype, control, list(actions), user, principals)
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
        acting_for = _acting_for(action.roles, seats, {doc.get(field) for field in hands}, user)
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
        readable, _hands = _readable(doctype, control, [task.reference_name for task in asked], user, {})
        describe = _describer(doctype, readable, {task.from_user for task in asked})
        for task in asked:
            if task.reference_name in readable:
                row = describe(readable[task.reference_name], task.creation, None, task.from_user)
                rows.append({**row, "task": task.name, "task_reason": task.reason})
    return rows


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
            "age_hours": max(0.0, (moment - get_datetime(since)).total_seconds() / 3600),
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


def _readable(doctype: str, control, names: list[str], user: str, principals: dict) -> tuple[dict, list[str]]:
    """Return the documents that the user may see by name, and their fields that say who made them.

    Somebody who only stands in reads with the eyes of the one they stand in for.
    """
    meta = frappe.get_meta(doctype)
    hands = ["owner", "content_editor"] if meta.has_field("content_editor") else ["owner"]
    hands += [control.requester_field] if control.requester_field else []
    wanted = {"name", STATE_FIELD, *hands, *([meta.title_field] if meta.title_field else [])}
    wanted |= {name for name in _amount_fields(doctype, meta) if name}
    found = {}
    for reader in [user, *principals]:
        with sight.eyes_of(reader):
            if not frappe.has_permission(doctype, "read"):
                continue
            rows = frappe.get_list(
                doctype, fields=sorted(wanted), filters={"name": ["in", names]}, limit_page_length=0
            )
        for row in rows:
            found.setdefault(row.name, row)
    return found, hands


def _acting_for(roles: set[str], seats: dict, hands: set, user: str):
    """Return None when the user decides in their own right, a principal, or False when neither may."""
    if user in hands:
        return False
    for seat, held in seats.items():
        if roles & held and seat not in hands - {None}:
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
    found = approval_tasks.declined(doc.doctype, doc.name, doc.get(STATE_FIELD))
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
