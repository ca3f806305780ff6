"""Which transitions a workflow has, who may take them now, and which one a save is carrying out (1.1, 2.8).

An action that is under way is remembered on this side of the request, where nothing that a request carries can
put it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
import frappe.model.workflow as frappe_workflow
from frappe.utils import cint

from erp_rules.rule_engine import controls, delegations


@dataclass(frozen=True)
class Action:
    """A workflow action that is under way on one document.

    `undone` names the states that it takes back when it leads to an earlier step instead of along a transition.
    """

    doctype: str
    name: str
    action: str
    to_state: str
    allows_self_approval: bool
    on_behalf_of: str | None = None
    reason: str | None = None
    needs_reason: bool = False
    undone: tuple[str, ...] = ()


@contextmanager
def under_way(action: Action) -> Iterator[None]:
    """Let the guard know `action` for the length of the block, on this side of the request."""
    stack = getattr(frappe.local, "rule_actions", None)
    if stack is None:
        stack = frappe.local.rule_actions = []
    stack.append(action)
    try:
        yield
    finally:
        stack.pop()


def action_on(doc, previous) -> Action | None:
    """Return the workflow action that is moving `doc` right now, or None when it is an ordinary save."""
    for action in reversed(getattr(frappe.local, "rule_actions", None) or []):
        if (action.doctype, action.name) == (doc.doctype, doc.name):
            return action
    if previous is None or not _moves(doc, previous):
        return None
    return _frappes_own_action(doc, previous)


def _moves(doc, previous) -> bool:
    return cint(doc.docstatus) != cint(previous.docstatus) or (
        doc.get("workflow_state") != previous.get("workflow_state")
    )


def _frappes_own_action(doc, previous) -> Action | None:
    """Recognise Frappe's own `apply_workflow`, called from Python (list actions, signed links, other apps).

    It offers no hook and leaves no mark on the document; its frame on the stack, working on this very
    document, is the one sign that cannot be forged from outside the process.
    """
    frame = sys._getframe(1)
    while frame is not None:
        code_is_frappes = frame.f_code.co_name == "apply_workflow" and (
            frame.f_globals.get("__name__") == frappe_workflow.__name__
        )
        if code_is_frappes and any(value is doc for value in frame.f_locals.values()):
            name = frame.f_locals.get("action")
            found = _transitions_between(doc, previous, name, set(frappe.get_roles()))
            return found and action_of(doc, found)
        frame = frame.f_back
    return None


def _transitions_between(doc, previous, action: str, roles: set[str]):
    workflow = frappe_workflow.get_workflow(doc.doctype)
    state_field = workflow.workflow_state_field
    for row in workflow.transitions:
        if (
            row.state == previous.get(state_field)
            and row.next_state == doc.get(state_field)
            and row.action == action
            and row.allowed in roles
        ):
            return row
    return None


def action_of(doc, transition, on_behalf_of: str | None = None, reason: str | None = None) -> Action:
    """Return what taking this transition on `doc` is, and whether it needs a reason (1.13)."""
    control = controls.control_of(doc.doctype)
    return Action(
        doctype=doc.doctype,
        name=doc.name,
        action=transition.action,
        to_state=transition.next_state,
        allows_self_approval=bool(cint(transition.allow_self_approval)),
        on_behalf_of=on_behalf_of,
        reason=(reason or "").strip() or None,
        needs_reason=bool(control and control.is_refusal(transition)),
    )


@dataclass(frozen=True)
class Choice:
    """A transition that the user may take, and for whom (None: for themselves)."""

    transition: object
    on_behalf_of: str | None


def choices(doc, user: str | None = None, action: str | None = None) -> list[Choice]:
    """Return the transitions (of one `action`) that `user` may take on `doc` now, own ones before those by delegation."""
    user = user or frappe.session.user
    workflow = frappe_workflow.get_workflow(doc.doctype)
    state = doc.get(workflow.workflow_state_field)
    rows = [
        row
        for row in workflow.transitions
        if row.state == state
        and action in (None, row.action)
        and frappe_workflow.is_transition_condition_satisfied(row, doc)
    ]
    own = set(frappe.get_roles(user))
    found = [Choice(row, None) for row in rows if row.allowed in own]
    if len(found) < len(rows):
        for principal, roles in delegations.principals_of(user).items():
            found += [Choice(row, principal) for row in rows if row.allowed in roles]
    return found


# --- what the workflow says ------------------------------------------------------------------


def first_state(doctype: str) -> str | None:
    """Return the state in which a new document starts, or None when no workflow is active."""
    active = _workflow(doctype)
    return active.states[0].state if active else None


def docstatus_of(doctype: str, state: str | None) -> int:
    """Return the document status that goes with a state."""
    active = _workflow(doctype)
    rows = active.states if active else ()
    return next((cint(row.doc_status) for row in rows if row.state == state), 0)


def _workflow(doctype: str):
    name = frappe_workflow.get_workflow_name(doctype)
    return frappe.get_cached_doc("Workflow", name) if name else None
