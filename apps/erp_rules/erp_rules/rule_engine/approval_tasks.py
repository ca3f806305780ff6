"""Approval Tasks: a document brought before a person by name, to countersign or to decide it (1.8, 1.9)."""

from __future__ import annotations

import frappe
import frappe.share
from frappe.utils import now_datetime

from erp_rules.clauses.base import Violation, _
from erp_rules.clauses.chapter_1 import TaskKind, TaskStatus
from erp_rules.rule_engine import effects
from erp_rules.rule_engine.controls import STATE_FIELD

DOCTYPE = "Approval Task"
_NUMBERS = {TaskKind.COUNTERSIGN: "1.8", TaskKind.PASS_ON: "1.9"}
_FIELDS = [
    "name",
    "kind",
    "reference_doctype",
    "reference_name",
    "state",
    "status",
    "from_user",
    "on_behalf_of",
    "to_user",
    "reason",
    "opinion",
    "answered_at",
    "creation",
]


def of_document(doctype: str, name: str, **filters) -> list[dict]:
    """Return the tasks of a document, oldest first."""
    return frappe.get_all(
        DOCTYPE,
        filters={"reference_doctype": doctype, "reference_name": name, **filters},
        fields=_FIELDS,
        order_by="creation asc, name asc",
    )


def open_of(doctype: str, names: list[str]) -> dict[str, list[dict]]:
    """Return the open tasks of these documents by document, in one query."""
    found: dict[str, list[dict]] = {}
    filters = {
        "reference_doctype": doctype,
        "reference_name": ["in", names or [""]],
        "status": str(TaskStatus.OPEN),
    }
    for row in frappe.get_all(DOCTYPE, filters=filters, fields=_FIELDS, order_by="creation asc, name asc"):
        found.setdefault(row.reference_name, []).append(row)
    return found


def unsettled(doctype: str, name: str) -> list[dict]:
    """Return the tasks of a document that are open or were declined: what a move of it has to know, in one query."""
    return of_document(doctype, name, status=["in", [str(TaskStatus.OPEN), str(TaskStatus.DECLINED)]])


def open_countersigns(tasks: list[dict]) -> list[dict]:
    """Return the countersignatures among `tasks` that were asked for and not answered."""
    return [task for task in tasks if (task.kind, task.status) == (TaskKind.COUNTERSIGN, TaskStatus.OPEN)]


def declined(doctype: str, name: str, state: str | None, tasks: list[dict]) -> list[dict]:
    """Return what of `tasks` was declined while the document was in `state`, since it last came there."""
    found = [task for task in tasks if (task.state, task.status) == (state, TaskStatus.DECLINED)]
    if not found:
        return []
    since = frappe.get_all(
        "Approval Step",
        filters={"reference_doctype": doctype, "reference_name": name, "from_state": ["!=", state]},
        pluck="acted_at",
        order_by="acted_at desc",
        limit=1,
    )
    return [task for task in found if not since or task.creation >= since[0]]


def waiting_for(user: str) -> list[dict]:
    """Return the countersignatures that wait for `user`, oldest first."""
    return frappe.get_all(
        DOCTYPE,
        filters={"to_user": user, "kind": str(TaskKind.COUNTERSIGN), "status": str(TaskStatus.OPEN)},
        fields=_FIELDS,
        order_by="creation asc, name asc",
    )


def handed_on(doctype: str, names: list[str]) -> dict[str, list[dict]]:
    """Return how the decision on each of these documents was passed on, in order, by document."""
    rows = frappe.get_all(
        DOCTYPE,
        filters={
            "reference_doctype": doctype,
            "reference_name": ["in", names or [""]],
            "kind": str(TaskKind.PASS_ON),
        },
        fields=_FIELDS,
        order_by="creation asc, name asc",
    )
    found: dict[str, list[dict]] = {}
    for row in rows:
        found.setdefault(row.reference_name, []).append(row)
    return found


def holder_gave_away(user: str, rows: list[dict], state: str, since) -> bool:
    """Return whether `user`, as the last of `rows` since `since` that names them says, passed the decision on."""
    last = None
    for row in rows:
        if (
            row.state == state
            and row.creation >= since
            and user in (row.from_user, row.on_behalf_of, row.to_user)
        ):
            last = row
    return last is not None and last.to_user != user


def unanswered(task) -> Violation:
    """Return what keeps a document from going on while `task` is open (1.8)."""
    return Violation(
        _("{0} has not countersigned yet; wait for the answer, reject the document or send it back."),
        (task.to_user,),
    )


def refusal(task) -> Violation:
    """Return the warning that a countersigner declined (1.8)."""
    return Violation(_("{0} declined to countersign: {1}"), (task.to_user, task.opinion or "–"))


def add(doc, kind: TaskKind, to_user: str, reason: str, on_behalf_of: str | None):
    """Bring `doc` before `to_user` and return the task; whoever may not read it may from now on."""
    task = frappe.get_doc(
        {
            "doctype": DOCTYPE,
            "kind": str(kind),
            "reference_doctype": doc.doctype,
            "reference_name": doc.name,
            "state": doc.get(STATE_FIELD),
            "status": str(TaskStatus.OPEN),
            "from_user": frappe.session.user,
            "on_behalf_of": on_behalf_of,
            "to_user": to_user,
            "reason": reason,
            "is_shared": int(kind == TaskKind.COUNTERSIGN and _share(doc, to_user)),
        }
    )
    with effects.system_write(_NUMBERS[kind]):
        task.insert(ignore_permissions=True)
    return task


def _share(doc, user: str) -> bool:
    if frappe.has_permission(doc.doctype, "read", doc=doc, user=user):
        return False
    frappe.share.add_docshare(doc.doctype, doc.name, user, read=1, flags={"ignore_share_permission": True})
    return True


def answer(name: str, status: TaskStatus, opinion: str | None):
    """Write down what became of a task and return it; the caller has locked its document."""
    task = frappe.get_doc(DOCTYPE, name, for_update=True)
    task.status = str(status)
    task.opinion = opinion
    task.answered_at = now_datetime().replace(microsecond=0)
    with effects.system_write(_NUMBERS[TaskKind(task.kind)]):
        task.save(ignore_permissions=True)
    return task


def end(doc, tasks: list[dict]) -> None:
    """End the open ones of the tasks of a document that has moved on; who did not answer may no longer read it."""
    for row in tasks:
        if row.status != TaskStatus.OPEN:
            continue
        task = answer(row.name, TaskStatus.DONE, None)
        if task.is_shared:
            frappe.share.remove(
                doc.doctype,
                doc.name,
                task.to_user,
                flags={"ignore_share_permission": True, "ignore_permissions": True},
            )
