"""What a document waits for, and whom: one answer for inbox, notices, reminders and the report of waiting documents.

It waits for the roles that can lead it on; from a decision whoever made it is left out (1.3). What was rejected or came
back to its draft waits for whoever made it; a draft that nobody has seen yet is its maker's own affair. What only may
follow is marked in the workflow as an optional state, and nobody is waited for: a posted price can be changed, it
need not be.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import frappe
import frappe.model.workflow as frappe_workflow
from frappe import _
from frappe.utils import cint, get_datetime

from erp_rules.clauses.chapter_1 import TaskKind, TaskStatus
from erp_rules.rule_engine import approval_tasks, controls, deadlines, hands, notify, scope
from erp_rules.rule_engine.controls import STATE_FIELD, Control

ACTION = "Workflow Action"


@dataclass(frozen=True)
class Waiting:
    """A document that waits: since when, until when, and for whom; without `people` nobody has the roles."""

    doctype: str
    name: str
    title: str
    state: str
    since: datetime
    roles: tuple[str, ...]
    people: tuple[str, ...]
    made_by: str
    makers: frozenset[str]
    due_at: datetime | None = None


# --- what the workflow says ------------------------------------------------------------------


def _ways_on(doctype: str, state: str, control: Control) -> list:
    """Return the transitions that lead a document on from `state`; in a fresh state, those out of it."""
    workflow = frappe_workflow.get_workflow(doctype)
    optional = {row.state for row in workflow.states if cint(row.is_optional_state)}
    rows = [row for row in workflow.transitions if row.state == state]
    if state in control.fresh_states():
        return rows
    return [
        row for row in rows if row.next_state not in optional and not control.goes_back(state, row.next_state)
    ]


def goes_on(doctype: str, state: str) -> bool:
    """Return whether a document in `state` waits for somebody, whatever the conditions; else it is at rest."""
    return bool(_ways_on(doctype, state, controls.control_of(doctype)))


def roles_now(doc, state: str) -> list[str]:
    """Return the roles that `doc` waits for in `state`, as the conditions of the workflow have it now."""
    rows = _ways_on(doc.doctype, state, controls.control_of(doc.doctype))
    return sorted(
        {row.allowed for row in rows if frappe_workflow.is_transition_condition_satisfied(row, doc)}
    )


def _turns(doctype: str, state: str, control: Control) -> dict[str, bool]:
    """Return the roles that lead on from `state`, and whether a document's maker may be the one who does.

    Where nothing has to follow, any transition counts: somebody was asked for it expressly (`ask`).
    """

    def find() -> dict[str, bool]:
        workflow = frappe_workflow.get_workflow(doctype)
        rows = _ways_on(doctype, state, control) or [
            row for row in workflow.transitions if row.state == state
        ]
        found: dict[str, bool] = {}
        for row in rows:
            found[row.allowed] = found.get(row.allowed, False) or bool(cint(row.allow_self_approval))
        return found

    return scope.per_request(f"turns of {doctype} in {state}", find)


# --- for whom --------------------------------------------------------------------------------


def is_turn_of(
    seat: str, actor: str, held: Collection[str], doc, roles: Collection[str], control: Control
) -> bool:
    """Return whether `doc` waits for `actor` in the seat of `seat` (often the same), who holds the roles `held`.

    `roles` are those that the document waits for, as its open action has them.
    """
    turns = _turns(control.doctype, doc.get(STATE_FIELD), control)
    theirs = [role for role in roles if role in turns and role in held]
    if not theirs:
        return False
    made_by = hands.makers(doc, control)
    if doc.get(STATE_FIELD) not in control.fresh_states():
        return any(turns[role] for role in theirs) or made_by.isdisjoint({seat, actor})
    makers = made_by & holders([role for role in roles if role in turns])
    if not makers:
        return True
    has_been_seen = bool(doc.get("judged_by")) or control.state(doc.get(STATE_FIELD)).is_rejected
    return has_been_seen and seat in makers


def holders(roles: Iterable[str]) -> set[str]:
    """Return the enabled users who have one of these roles."""
    by_role = _users_by_role(roles)
    return {user for users in by_role.values() for user in users}


def _users_by_role(roles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the enabled users of each role; read once a request and role, all that are missing in one query."""
    known: dict[str, tuple[str, ...]] = scope.per_request("holders of roles", dict)
    wanted = set(roles)
    missing = sorted(wanted - known.keys())
    if missing:
        known.update(notify.users_by_role(missing))
    return {role: known[role] for role in wanted}


def people_of(doc, roles: Collection[str] | None = None, tasks: list | None = None) -> list[str]:
    """Return the users whom `doc` waits for: countersigners, else to whom it was passed on, else those of the roles."""
    control = controls.control_of(doc.doctype)
    if tasks is None:
        tasks = approval_tasks.of_document(doc.doctype, doc.name, status=str(TaskStatus.OPEN))
    for kind in (TaskKind.COUNTERSIGN, TaskKind.PASS_ON):
        named = {task.to_user for task in tasks if task.kind == kind}
        if named:
            return sorted(named)
    roles = roles_now(doc, doc.get(STATE_FIELD)) if roles is None else roles
    held: dict[str, set[str]] = defaultdict(set)
    for role, users in _users_by_role(roles).items():
        for user in users:
            held[user].add(role)
    return sorted(user for user, own in held.items() if is_turn_of(user, user, own, doc, roles, control))


# --- what waits ------------------------------------------------------------------------------


def open_actions(
    roles: Collection[str] | None = None, limit: int | None = None, doc=None
) -> dict[str, dict[str, frappe._dict]]:
    """Return the open workflow actions (for one of `roles`, of `doc`) by DocType and document name, oldest first.

    Each has the state that it was opened for, since when, and all `roles` that it waits for.
    """
    action, permitted = frappe.qb.DocType(ACTION), frappe.qb.DocType("Workflow Action Permitted Role")
    query = (
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
        .where(action.status == "Open")
        .orderby(action.creation)
    )
    if roles is not None:
        wanted = frappe.qb.DocType("Workflow Action Permitted Role").as_("wanted")
        theirs = frappe.qb.from_(wanted).select(wanted.parent).where(wanted.role.isin(sorted(roles)))
        query = query.where(action.name.isin(theirs))
    if doc is not None:
        query = query.where((action.reference_doctype == doc.doctype) & (action.reference_name == doc.name))
    if limit:
        query = query.limit(limit)
    found: dict[str, dict[str, frappe._dict]] = defaultdict(dict)
    for row in query.run(as_dict=True):
        known = found[row.reference_doctype].setdefault(row.reference_name, row)
        known.setdefault("roles", set()).add(row.role)
    return found


def fields_of(doctype: str, control: Control) -> list[str]:
    """Return the fields of a document by which `is_turn_of` judges, and its title."""
    meta = frappe.get_meta(doctype)
    seen = ["judged_by"] if meta.has_field("judged_by") else []
    title = [meta.title_field] if meta.title_field else []
    return sorted({"name", STATE_FIELD, *hands.maker_fields(meta, control), *seen, *title})


def documents(doctype: str | None = None) -> list[Waiting]:
    """Return the documents that wait for somebody and that the session user may see, oldest first.

    Per kind of document one query each for documents, tasks and time limits, however many documents there are.
    """
    found = []
    for name, actions in open_actions().items():
        control = controls.control_of(name)
        if control is not None and doctype in (None, name) and frappe.has_permission(name, "read"):
            found += _waiting_of(name, actions, control)
    return sorted(found, key=lambda row: (row.since, row.doctype, row.name))


def _waiting_of(doctype: str, actions: dict, control: Control) -> list[Waiting]:
    rows = frappe.get_list(
        doctype,
        fields=fields_of(doctype, control),
        filters={"name": ["in", list(actions)]},
        limit_page_length=0,
    )
    for row in rows:
        row.doctype = doctype
    return _described(doctype, rows, actions, control)


def of_document(doc) -> Waiting | None:
    """Return what `doc` waits for now, or None when it waits for nobody."""
    control = controls.control_of(doc.doctype)
    actions = open_actions(doc=doc).get(doc.doctype) if control else None
    found = _described(doc.doctype, [doc], actions, control) if actions else []
    return found[0] if found else None


def _described(doctype: str, rows: list, actions: dict, control: Control) -> list[Waiting]:
    rows = [row for row in rows if row.get(STATE_FIELD) == actions[row.name].workflow_state]
    names = [row.name for row in rows]
    tasks = approval_tasks.open_of(doctype, names)
    due = deadlines.due_of(names, doctype)
    title_field = frappe.get_meta(doctype).title_field
    _users_by_role({role for row in rows for role in actions[row.name].roles})
    found = []
    for row in rows:
        action = actions[row.name]
        people = people_of(row, action.roles, tasks.get(row.name, []))
        if not people and _is_own_affair(row, control):
            continue
        found.append(
            Waiting(
                doctype=doctype,
                name=row.name,
                title=(title_field and row.get(title_field)) or row.name,
                state=row.get(STATE_FIELD),
                since=get_datetime(action.creation),
                roles=tuple(sorted(action.roles & _turns(doctype, row.get(STATE_FIELD), control).keys())),
                people=tuple(people),
                made_by=row.owner,
                makers=frozenset(hands.makers(row, control)),
                due_at=due.get(row.name),
            )
        )
    return found


def _is_own_affair(doc, control: Control) -> bool:
    return control.state(doc.get(STATE_FIELD)).is_authoring and not doc.get("judged_by")


# --- what is asked of somebody ---------------------------------------------------------------


def follow(doc, step, due_at: datetime | None) -> None:
    """Let `doc` wait for those who can lead it on from the state that it has come to, and tell them until when.

    Frappe makes one Workflow Action per document and state for ever, so a document that was rejected and
    comes back would wait for nobody.
    """
    if step.is_insert:
        return
    open_states = _close_others(doc, step)
    roles = roles_now(doc, step.to_state)
    if not roles:
        return
    if step.to_state not in open_states:
        _open(doc.doctype, doc.name, step.to_state, roles)
    notify.notify_found(lambda: people_of(doc, roles), lambda: _notice(doc, step.to_state, due_at), doc)


def _close_others(doc, step) -> set[str]:
    """Complete the open actions of the states that `doc` has left; return the states of those that stay open."""
    rows = frappe.get_all(
        ACTION,
        filters={"reference_doctype": doc.doctype, "reference_name": doc.name, "status": "Open"},
        fields=["name", "workflow_state"],
    )
    for row in rows:
        if row.workflow_state != step.to_state:
            frappe.db.set_value(ACTION, row.name, {"status": "Completed", "completed_by": step.actor})
    return {row.workflow_state for row in rows if row.workflow_state == step.to_state}


def ask(doctype: str, name: str, state: str, roles: Collection[str]) -> None:
    """Let a document at rest wait for `roles` after all, unless it does so already or has left `state`."""
    if frappe.db.get_value(doctype, name, STATE_FIELD) != state:
        return
    reference = {"reference_doctype": doctype, "reference_name": name, "workflow_state": state}
    if not frappe.db.exists(ACTION, {**reference, "status": "Open"}):
        _open(doctype, name, state, roles)


def _open(doctype: str, name: str, state: str, roles: Collection[str]) -> None:
    action = frappe.new_doc(ACTION)
    action.update(
        {"reference_doctype": doctype, "reference_name": name, "workflow_state": state, "status": "Open"}
    )
    for role in sorted(roles):
        action.append("permitted_roles", {"role": role})
    action.insert(ignore_permissions=True)


def _notice(doc, state: str, due_at: datetime | None) -> str:
    if state in controls.control_of(doc.doctype).fresh_states():
        return _("{0} {1} came back to you: {2}").format(_(doc.doctype), doc.name, _(state))
    if due_at:
        return _("{0} {1} waits for you: {2}, until {3}").format(
            _(doc.doctype), doc.name, _(state), f"{due_at:%Y-%m-%d %H:%M}"
        )
    return _("{0} {1} waits for you: {2}").format(_(doc.doctype), doc.name, _(state))
