"""Workflow actions: the only way a document under control moves from state to state (1.1, 1.2).

The functions that Frappe offers to browsers are replaced by ones that also know delegations (2.8).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import frappe.model.workflow as frappe_workflow
from frappe import _
from frappe.utils import cint, cstr, escape_html, get_datetime

from erp_rules.rule_engine import controls, effects, hands, sight
from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation
from erp_rules.rule_engine.retry import once_more
from erp_rules.rule_engine.transitions import Action, Choice, action_of, choices, under_way

BULK_LIMIT = 500
BULK_AT_ONCE = 20
REASON_KEY = "__workflow_reason"  # where the desk, which sends no more than the document, puts the reason


def act(
    doctype: str,
    name: str,
    action: str,
    *,
    reason: str | None = None,
    on_behalf_of: str | None = None,
    modified: str | None = None,
):
    """Carry out workflow `action` on a document and return it.

    The row is locked first, so that of two users acting at once one succeeds and the other is told what
    happened. Raise `RuleViolation` when the state offers no such action, `RulePermissionError` when it is
    another role's, `TimestampMismatchError` when `modified` is not the stored one.
    """
    _lock_first(doctype, name)
    doc = locked(doctype, name, modified)
    choice = _choose(doc, action, on_behalf_of)
    return _carry_out(doc, action_of(doc, choice.transition, choice.on_behalf_of, reason))


def _lock_first(doctype: str, name: str) -> None:
    """Lock what `hooks.rule_locks` says comes before the document: what several documents share.

    Whoever acts on one of them then waits without holding anything that the others need.
    """
    for path in frappe.get_hooks("rule_locks", {}).get(doctype, []):
        frappe.get_attr(path)(name)


def locked(doctype: str, name: str, modified: str | None = None):
    """Return the stored document, locked until the transaction ends, to somebody who may see it.

    Raise `TimestampMismatchError` when `modified` is not the stored one.
    """
    doc = frappe.get_doc(doctype, name, for_update=True)
    sight.require_sight(doc)
    _require_unchanged(doc, modified)
    return doc


def go_back(
    doc,
    state: str,
    action: str,
    *,
    reason: str,
    undone: tuple[str, ...],
    on_behalf_of: str | None,
    by_maker: bool,
):
    """Take `doc` back to `state`, an earlier step of its round, as workflow `action` (1.10, 1.11)."""
    return _carry_out(
        doc,
        Action(
            doctype=doc.doctype,
            name=doc.name,
            action=action,
            to_state=state,
            allows_self_approval=by_maker,
            on_behalf_of=on_behalf_of,
            reason=(reason or "").strip() or None,
            needs_reason=True,
            undone=undone,
        ),
    )


def _carry_out(doc, action: Action):
    """Save `doc` in the state that `action` leads to, as the guard will allow it, and return it."""
    workflow = frappe_workflow.get_workflow(doc.doctype)
    target = next(row for row in workflow.states if row.state == action.to_state)
    with under_way(action):
        doc.set(workflow.workflow_state_field, target.state)
        if target.update_field:
            doc.set(target.update_field, target.update_value)
        if action.on_behalf_of:
            _require_permission_of(action.on_behalf_of, doc, cint(target.doc_status))
            doc.flags.ignore_permissions = True
        else:
            doc.check_permission("read")
        if action.on_behalf_of or action.undone:
            with _without_frappes_role_check(doc):
                _save(doc, cint(target.doc_status))
        else:
            _save(doc, cint(target.doc_status))
    doc.add_comment("Workflow", _comment(target.state, action.on_behalf_of, action.reason))
    return doc


def _require_unchanged(doc, modified: str | None) -> None:
    if modified and get_datetime(modified) != get_datetime(doc.modified):
        frappe.throw(
            _("{0} {1} was changed by {2} after you opened it. Reload it and decide again.").format(
                _(doc.doctype), doc.name, escape_html(doc.modified_by)
            ),
            frappe.TimestampMismatchError,
        )


def _choose(doc, action: str, on_behalf_of: str | None) -> Choice:
    for choice in choices(doc, action=action):
        if on_behalf_of in (None, choice.on_behalf_of):
            return choice
    workflow = frappe_workflow.get_workflow(doc.doctype)
    state = doc.get(workflow.workflow_state_field)
    rows = [row for row in workflow.transitions if row.state == state and row.action == action]
    possible = [row for row in rows if frappe_workflow.is_transition_condition_satisfied(row, doc)]
    roles = sorted({row.allowed for row in possible or rows})
    if not possible and not {*frappe.get_roles()}.isdisjoint(roles) and on_behalf_of is None:
        frappe.throw(
            _("{0} {1}: {2} is not possible now, its condition is not met ({3}).").format(
                _(doc.doctype), doc.name, _(action), "1.1"
            ),
            RuleViolation,
        )
    if roles:
        frappe.throw(
            _("{0} {1} is in state {2}; {3} is for {4} ({5}).").format(
                _(doc.doctype), doc.name, _(state), _(action), ", ".join(_(role) for role in roles), "1.1"
            ),
            RulePermissionError,
        )
    frappe.throw(
        _("{0} {1} is in state {2} since {3} acted on it; {4} is not possible there ({5}).").format(
            _(doc.doctype), doc.name, _(state), escape_html(doc.modified_by), escape_html(_(action)), "1.1"
        ),
        RuleViolation,
    )


def _require_permission_of(principal: str, doc, docstatus: int) -> None:
    needed = {1: "submit", 2: "cancel"}.get(docstatus, "write")
    if not frappe.has_permission(doc.doctype, needed, doc=doc, user=principal):
        frappe.throw(
            _("{0} may not do this with {1} {2}, so nobody can on their behalf ({3}).").format(
                escape_html(principal), _(doc.doctype), doc.name, "2.8"
            ),
            RulePermissionError,
        )


@contextmanager
def _without_frappes_role_check(doc) -> Iterator[None]:
    """Save `doc` without Frappe's own transition check, which knows no delegation, way back or system.

    The transition has been checked here, and the guard checks it again.
    """
    doc.validate_workflow = lambda: None
    try:
        yield
    finally:
        del doc.validate_workflow


def _save(doc, docstatus: int) -> None:
    before = cint(doc.docstatus)
    if (before, docstatus) == (0, 1):
        doc.submit()
    elif (before, docstatus) == (1, 2):
        doc.cancel()
    elif before == docstatus and before < 2:
        doc.save()
    else:
        frappe.throw(_("Illegal Document Status for {0}").format(_(doc.doctype)), RuleViolation)


def _comment(state: str, on_behalf_of: str | None, reason: str | None) -> str:
    text = _(state)
    if on_behalf_of:
        text += " · " + _("on behalf of {0}").format(escape_html(on_behalf_of))
    if reason:
        text += ": " + escape_html(reason)
    return text


def move(doc, state: str, number: str) -> None:
    """Let the app itself move `doc` to `state` in the name of clause `number`, with log and comment."""
    workflow = frappe_workflow.get_workflow(doc.doctype)
    target = next(row for row in workflow.states if row.state == state)
    doc.set(workflow.workflow_state_field, state)
    if target.update_field:
        doc.set(target.update_field, target.update_value)
    with effects.system_write(number), _without_frappes_role_check(doc):
        doc.flags.ignore_permissions = True
        _save(doc, cint(target.doc_status))
    doc.add_comment("Workflow", f"{_(state)} ({number})")


# --- what browsers call ----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def apply_workflow(doc: str | dict, action: str, reason: str | None = None, on_behalf_of: str | None = None):
    """Carry out a workflow action; takes the place of Frappe's function of the same name."""
    named = json.loads(doc) if isinstance(doc, str) else doc
    doctype, name = cstr(named.get("doctype")), cstr(named.get("name"))
    if controls.control_of(doctype) is None:
        return frappe_workflow.apply_workflow({"doctype": doctype, "name": name}, action)

    def carry_out():
        return act(
            doctype,
            name,
            action,
            reason=reason or cstr(named.get(REASON_KEY)),
            on_behalf_of=on_behalf_of,
            modified=named.get("modified"),
        )

    # Within other work a deadlock is the caller's: a new transaction would lose what it wrote before.
    return once_more(carry_out) if getattr(frappe.local, "request", None) else carry_out()


@frappe.whitelist()
def get_transitions(
    doc: str | dict, workflow: str | None = None, raise_exception: bool = False
) -> list[dict]:
    """Return the transitions open to the user, without those that would approve own work."""
    named = json.loads(doc) if isinstance(doc, str) else doc
    doctype, name = cstr(named.get("doctype")), cstr(named.get("name"))
    if controls.control_of(doctype) is None or not frappe.db.exists(doctype, name):
        return frappe_workflow.get_transitions(dict(named), raise_exception=raise_exception)
    stored = frappe.get_doc(doctype, name)
    sight.require_sight(stored)
    return transitions_of(stored)


def transitions_of(doc) -> list[dict]:
    """Return what the session user may do with `doc` now: one entry an action, own before delegated."""
    control = controls.control_of(doc.doctype)
    found: dict[str, dict] = {}
    for choice in choices(doc):
        row = choice.transition
        if row.action in found:
            continue
        if not cint(row.allow_self_approval) and hands.own_hands(doc, choice.on_behalf_of):
            continue
        found[row.action] = {
            "state": row.state,
            "action": row.action,
            "next_state": row.next_state,
            "allowed": row.allowed,
            "allow_self_approval": row.allow_self_approval,
            "on_behalf_of": choice.on_behalf_of,
            "needs_reason": bool(control and control.is_refusal(row)),
            "is_decision": bool(control and control.is_decision(row)),
            "goes_back": bool(control and control.goes_back(row.state, row.next_state)),
        }
    return list(found.values())


@frappe.whitelist(methods=["POST"])
def bulk_workflow_approval(docnames: str | list, doctype: str, action: str, reason: str | None = None):
    """Carry out one action on many documents, each in its own transaction, and tell the result of each.

    From 20 documents on it is done in the background; more than 500 are refused. An action that needs a reason
    is refused without one, document by document (1.13).
    """
    names = json.loads(docnames) if isinstance(docnames, str) else docnames
    if len(names) > BULK_LIMIT:
        frappe.throw(_("At most {0} documents at once.").format(BULK_LIMIT))
    if len(names) < BULK_AT_ONCE:
        return run_bulk(doctype, names, action, reason)
    frappe.enqueue(
        "erp_rules.rule_engine.workflow.run_bulk",
        queue="short",
        timeout=1000,
        doctype=doctype,
        names=names,
        action=action,
        reason=reason,
    )
    frappe.msgprint(_("{0} is carried out in the background.").format(_(action)), alert=True)
    return []


@frappe.whitelist(allow_guest=True)
def refuse_mail_link() -> None:
    """Refuse Frappe's signed workflow links: they act without a login and never expire (1.1)."""
    frappe.throw(_("Log in and act on the document itself."), RulePermissionError)


def run_bulk(doctype: str, names: list[str], action: str, reason: str | None = None) -> list[dict]:
    """Carry out `action` on each document and return `{name, ok, message}` for each; commits per document."""
    results = []
    for name in names:
        try:
            apply_workflow({"doctype": doctype, "name": name}, action, reason)
            frappe.db.commit()
            results.append({"name": name, "ok": True, "message": _(action)})
        except Exception as error:
            frappe.db.rollback()
            results.append({"name": name, "ok": False, "message": cstr(error) or type(error).__name__})
    frappe.clear_messages()
    frappe.msgprint(
        "<br>".join(f"{escape_html(r['name'])}: {r['message']}" for r in results),
        title=_("Workflow Status"),
        indicator="green" if all(r["ok"] for r in results) else "red",
    )
    return results
