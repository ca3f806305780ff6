"""The ways besides approving: countersign, pass on, return to a step, withdraw, remind (1.8 to 1.12).

Each locks the document first, so that of two people at once the second finds what the first has done, and asks
for the right to see it before anything else. `open_ways` says which of them would not be refused.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe import _ as translated
from frappe.utils import escape_html, get_datetime, now_datetime

from erp_rules.clauses import chapter_1
from erp_rules.clauses.base import StrEnum, Violation, _
from erp_rules.clauses.chapter_1 import TaskKind, TaskStatus
from erp_rules.rule_engine import (
    approval_tasks,
    controls,
    effects,
    enforcement,
    guard,
    hands,
    history,
    notify,
    parameters,
    transitions,
    waiting,
    workflow,
)
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.errors import RulePermissionError

RETURN, WITHDRAW = "Return", "Withdraw"


class Way(StrEnum):
    """A way besides approving, by the name of its endpoint."""

    COUNTERSIGN = "countersign"
    PASS_ON = "pass_on"
    RETURN_TO = "return_to"
    WITHDRAW = "withdraw"
    REMIND = "remind"


def controlled(doctype: str) -> controls.Control:
    """Return the control of `doctype`; raise `DoesNotExistError` for one that is not under control."""
    found = controls.control_of(doctype)
    if found is None:
        frappe.throw(
            translated(_("{0} is not under the rule engine's control.")).format(translated(doctype)),
            frappe.DoesNotExistError,
        )
    return found


def open_ways(doc) -> list[str]:
    """Return the ways that are open to the session user on `doc`, in the order in which screens offer them."""
    control = controls.control_of(doc.doctype)
    if control is None or not doc.get(STATE_FIELD):
        return []
    offered = workflow.transitions_of(doc)
    found = []
    if _decisions(offered):
        found += [Way.COUNTERSIGN, Way.PASS_ON]
    if _refusals(offered) and steps_back(doc, control):
        found.append(Way.RETURN_TO)
    if frappe.session.user in hands.makers(doc, control):
        if doc.has_permission("write") and not list(_against_withdrawal(doc, control)):
            found.append(Way.WITHDRAW)
        if _others_waited_for(doc) and not list(_against_reminder(doc)):
            found.append(Way.REMIND)
    return [str(way) for way in found]


def _decisions(offered: list[dict]) -> list[dict]:
    return [row for row in offered if row["is_decision"]]


def _refusals(offered: list[dict]) -> list[dict]:
    return [row for row in offered if row["is_decision"] and row["goes_back"]]


def _require(rows: list[dict], doc, number: str) -> str | None:
    """Return on whose behalf the session user decides; raise `RulePermissionError` when they do not."""
    if not rows:
        refuse_person(doc, number, _("Only somebody who may decide on this document now may do this."))
    return rows[0]["on_behalf_of"]


def refuse_person(doc, number: str, message: str, *args) -> None:
    """Raise `RulePermissionError` in the name of clause `number`, and keep the attempt."""
    enforcement.refuse(doc, [guard.Finding(number, Violation(message, args), is_permission=True)])


def _refuse(doc, number: str, violations) -> None:
    enforcement.refuse(doc, [guard.Finding(number, violation) for violation in violations])


def _require_reason(doc, reason: str | None) -> str:
    text = (reason or "").strip()
    if not text:
        _refuse(doc, "1.13", [Violation(_("Give a reason."))])
    return text


# --- by name: countersign, pass on -----------------------------------------------------------


def countersign(doctype: str, name: str, user: str, reason: str | None) -> str:
    """Ask `user` to countersign a document and return the task; only who may decide it asks (1.8)."""
    controlled(doctype)
    doc = workflow.locked(doctype, name)
    offered = _decisions(workflow.transitions_of(doc))
    on_behalf_of = _require(offered, doc, "1.8")
    text = _require_reason(doc, reason)
    tasks = approval_tasks.unsettled(doctype, name)
    asked = {task.to_user for task in approval_tasks.open_countersigns(tasks)}
    _refuse(doc, "1.8", chapter_1.against_countersigner(_person(doc, user, on_behalf_of, asked)))
    task = approval_tasks.add(doc, TaskKind.COUNTERSIGN, user, text, on_behalf_of)
    _tell(doc, user, _("{0} asks you to countersign {1} {2}"), text)
    return task.name


def pass_on(doctype: str, name: str, user: str, reason: str | None) -> str:
    """Hand the decision on a document to `user` and return the task; only who may decide it does (1.9)."""
    controlled(doctype)
    doc = workflow.locked(doctype, name)
    offered = _decisions(workflow.transitions_of(doc))
    on_behalf_of = _require(offered, doc, "1.9")
    text = _require_reason(doc, reason)
    _refuse(doc, "1.9", chapter_1.against_successor(_person(doc, user, on_behalf_of, set())))
    for row in approval_tasks.of_document(
        doctype, name, kind=str(TaskKind.PASS_ON), status=str(TaskStatus.OPEN)
    ):
        if row.to_user in (frappe.session.user, on_behalf_of):
            approval_tasks.answer(row.name, TaskStatus.DONE, None)
    task = approval_tasks.add(doc, TaskKind.PASS_ON, user, text, on_behalf_of)
    _tell(doc, user, _("{0} passed the decision on {1} {2} on to you"), text)
    return task.name


def _person(doc, user: str, on_behalf_of: str | None, asked: set[str]) -> chapter_1.NamedPerson:
    account = frappe.db.get_value("User", user, ["enabled", "user_type"], as_dict=True)
    is_active = bool(
        account
        and account.enabled
        and account.user_type == "System User"
        and user not in ("Administrator", "Guest")
    )
    return chapter_1.NamedPerson(
        user=user,
        is_active=is_active,
        is_asker=user in (frappe.session.user, on_behalf_of),
        is_maker=user in hands.makers(doc),
        may_decide=is_active and _may_decide(doc, user),
        is_asked_already=user in asked,
    )


def _may_decide(doc, user: str) -> bool:
    control = controls.control_of(doc.doctype)
    made_by = hands.makers(doc, control)
    return any(
        control.is_decision(choice.transition) and not made_by & {user, choice.on_behalf_of}
        for choice in transitions.choices(doc, user)
    )


def answer(task: str, agreed: bool, opinion: str | None) -> dict:
    """Answer a countersignature that the session user was asked for, and return the task (1.8).

    It does not decide; a refusal needs an opinion, and the approver is warned with it.
    """
    row = frappe.db.get_value(
        approval_tasks.DOCTYPE, task, ["reference_doctype", "reference_name", "to_user"], as_dict=True
    )
    if not row or row.to_user != frappe.session.user:
        frappe.throw(translated(_("This was not asked of you ({0}).")).format("1.8"), RulePermissionError)
    doc = workflow.locked(row.reference_doctype, row.reference_name)
    current = frappe.get_doc(approval_tasks.DOCTYPE, task, for_update=True)
    if current.kind != TaskKind.COUNTERSIGN or current.status != TaskStatus.OPEN:
        _refuse(
            doc,
            "1.8",
            [Violation(_("This was answered, or the document has moved on: {0}."), (current.status,))],
        )
    text = (opinion or "").strip() or None
    if not agreed and not text:
        _refuse(doc, "1.8", [Violation(_("Say why you decline."))])
    status = TaskStatus.AGREED if agreed else TaskStatus.DECLINED
    done = approval_tasks.answer(task, status, text)
    people = [done.from_user] + ([done.on_behalf_of] if done.on_behalf_of else [])
    words = _("{0} agreed to {1} {2}") if agreed else _("{0} declined to countersign {1} {2}")
    for person in people:
        _tell(doc, person, words, text)
    return done


def _tell(doc, user: str, words: str, text: str | None) -> None:
    """Keep on the document what happened, for the desk, and tell the person."""
    actor = frappe.db.get_value("User", frappe.session.user, "full_name") or frappe.session.user

    def said() -> str:
        return translated(words).format(actor, translated(doc.doctype), doc.name)

    doc.add_comment("Info", escape_html(f"{said()} → {user}" + (f": {text}" if text else "")))
    notify.notify_users([user], said, doc)


# --- back: return to a step, withdraw --------------------------------------------------------


def _way(doc, control: controls.Control) -> tuple[str, ...]:
    entered = [row.to_state for row in history.steps_of(doc.doctype, doc.name) if row.to_state]
    return chapter_1.way_of_round([*entered, doc.get(STATE_FIELD)], control.fresh_states())


def steps_back(doc, control: controls.Control | None = None) -> list[str]:
    """Return the states that `doc` could be sent back to, nearest first (1.10)."""
    control = control or controls.control_of(doc.doctype)
    if control is None or doc.docstatus or not doc.get(STATE_FIELD):
        return []
    reachable = chapter_1.steps_back(_way(doc, control), effects.lasting_states(doc.doctype))
    return [state for state in reachable if transitions.docstatus_of(doc.doctype, state) == 0]


def _undone(doc, control: controls.Control, state: str) -> tuple[str, ...]:
    way = _way(doc, control)
    return way[way.index(state) + 1 :]


def return_to(doctype: str, name: str, state: str, reason: str | None, modified: str | None = None):
    """Send a document back to an earlier step of its round and return it; only who may reject does (1.10)."""
    control = controlled(doctype)
    doc = workflow.locked(doctype, name, modified)
    on_behalf_of = _require(_refusals(workflow.transitions_of(doc)), doc, "1.10")
    text = _require_reason(doc, reason)
    if state not in steps_back(doc, control):
        _refuse(
            doc,
            "1.10",
            [Violation(_("It cannot go back from {0} to {1}."), (doc.get(STATE_FIELD), state))],
        )
    undone = _undone(doc, control, state)
    return workflow.go_back(
        doc, state, RETURN, reason=text, undone=undone, on_behalf_of=on_behalf_of, by_maker=False
    )


def withdraw(doctype: str, name: str, reason: str | None, modified: str | None = None):
    """Take a document back to the draft of its round and return it; only its maker does (1.11)."""
    control = controlled(doctype)
    doc = workflow.locked(doctype, name, modified)
    if frappe.session.user not in hands.makers(doc, control):
        refuse_person(doc, "1.11", _("Only who made or asked for this document may withdraw it."))
    text = _require_reason(doc, reason)
    _refuse(doc, "1.11", _against_withdrawal(doc, control))
    target = _way(doc, control)[0]
    undone = _undone(doc, control, target)
    return workflow.go_back(
        doc, target, WITHDRAW, reason=text, undone=undone, on_behalf_of=None, by_maker=True
    )


def _against_withdrawal(doc, control: controls.Control):
    state = control.state(doc.get(STATE_FIELD))
    way = _way(doc, control)
    if not state.may_withdraw or doc.docstatus:
        yield Violation(_("It cannot be withdrawn from state {0}."), (state.state,))
    elif not control.state(way[0]).is_authoring or way[0] not in steps_back(doc, control):
        yield Violation(_("An approval has had its effects; what follows is a new document or a change."))


# --- remind ----------------------------------------------------------------------------------


def _others_waited_for(doc) -> list[str]:
    """Return whom `doc` waits for, unless the session user is one of them."""
    people = waiting.people_of(doc)
    return [] if frappe.session.user in people else people


def remind(doctype: str, name: str, reason: str | None = None) -> list[str]:
    """Remind those whom a document waits for and return them; its maker or requester may, once an interval (1.12)."""
    control = controlled(doctype)
    doc = workflow.locked(doctype, name)
    if frappe.session.user not in hands.makers(doc, control):
        refuse_person(doc, "1.12", _("Only who made or asked for this document may remind others of it."))
    people = _others_waited_for(doc)
    if not people:
        _refuse(doc, "1.12", [Violation(_("It waits for nobody in state {0}."), (doc.get(STATE_FIELD),))])
    _refuse(doc, "1.12", _against_reminder(doc))
    text = (reason or "").strip() or None
    history.keep_reminder(doc, doc.get(STATE_FIELD), text)
    since = str(doc.modified)[:16]

    def said() -> str:
        words = translated(_("{0} {1} waits for you since {2}"))
        return words.format(translated(doc.doctype), doc.name, since) + (f": {text}" if text else "")

    notify.notify_users(people, said, doc)
    return people


def _against_reminder(doc):
    made = history.reminders_of(doc.doctype, doc.name)
    if not made:
        return
    minutes = parameters.values_of("1.12")["interval_minutes"]
    again = get_datetime(made[-1].acted_at) + timedelta(minutes=minutes)
    if again > now_datetime():
        yield Violation(
            _("A reminder has been sent; the next one may go at {0}."), (again.strftime("%H:%M"),)
        )
