"""History that nobody alters: first values, deleted drafts, versions, comments, steps (2.9, 2.10)."""

from __future__ import annotations

import hashlib

import frappe
from frappe import _
from frappe.utils import cstr, now

from erp_rules.rule_engine import controls, effects, scope
from erp_rules.rule_engine.errors import RuleViolation

APPEND_ONLY = frozenset({"Rule Event", "Record Snapshot", "Approval Step", "Printed Copy"})
KEPT_BY_THE_APP = APPEND_ONLY | {"Deadline", "Approval Task"}
REMIND = "Remind"
_CONTENT = ("file_url", "content_hash", "is_private")
PROTECTED = KEPT_BY_THE_APP | {"Version", "Comment", "Deleted Document", "File"}


def protect(doc, event: str) -> None:
    """Refuse to alter or delete what is history; raise `RuleViolation` that cites 2.9 (or 1.4 for files)."""
    if event not in ("validate", "before_update_after_submit", "before_cancel", "on_trash", "before_rename"):
        return
    if doc.doctype in KEPT_BY_THE_APP:
        if not effects.system_writer():
            _refuse(doc, _("It is kept by the app; nobody writes, alters or deletes it."))
    elif doc.doctype == "File":
        _protect_file(doc, event)
    elif event == "validate" and doc.is_new():
        _protect_insert(doc)
    elif doc.doctype == "Version" or _is_about_us(doc) or _was_about_us(doc):
        _refuse(doc, _("It belongs to the history and can be neither altered nor deleted."))


def _protect_insert(doc) -> None:
    """Refuse forged history: versions not written by the framework, comments in somebody else's name."""
    if doc.doctype == "Version" and not doc.flags.ignore_permissions:
        _refuse(doc, _("Versions are written by the system only."))
    if doc.doctype != "Comment" or not _is_about_us(doc):
        return
    if doc.comment_type == "Comment":
        if not _is_signed_by_the_user(doc):
            _refuse(doc, _("A comment carries the name of the user who writes it."))
    elif not doc.flags.ignore_permissions:
        _refuse(doc, _("Entries of this kind are written by the system only."))


def _is_signed_by_the_user(comment) -> bool:
    user = frappe.session.user
    if comment.comment_email and comment.comment_email != user:
        return False
    return comment.comment_by in (None, "", user) or comment.comment_by == frappe.db.get_value(
        "User", user, "full_name"
    )


def _was_about_us(doc) -> bool:
    """Return whether the stored record is about one of this app's, whatever the one sent names instead."""
    stored = doc.get_doc_before_save()
    return stored is not None and _is_about_us(stored)


def _is_about_us(doc) -> bool:
    about = doc.get("deleted_doctype") if doc.doctype == "Deleted Document" else doc.get("reference_doctype")
    return bool(about) and about != "DocType" and _exists_and_is_governed(about)


def _exists_and_is_governed(doctype: str) -> bool:
    try:
        return scope.is_governed(doctype)
    except frappe.DoesNotExistError:
        frappe.clear_last_message()
        return False


def _protect_file(doc, event: str) -> None:
    """Refuse to delete or replace an attachment of a document whose state is not an authoring one (1.4)."""
    if event != "validate":
        _refuse_when_relied_on(doc, doc.attached_to_doctype, doc.attached_to_name)
        return
    stored = None if doc.is_new() else doc.get_doc_before_save()
    if stored is None:
        return
    if any(doc.get(name) != stored.get(name) for name in ("attached_to_doctype", "attached_to_name")):
        _refuse_when_relied_on(doc, stored.attached_to_doctype, stored.attached_to_name)
    if any((doc.get(name) or "") != (stored.get(name) or "") for name in _CONTENT):
        protect_content(stored)


def protect_content(stored) -> None:
    """Raise `RuleViolation` when a document that has left its draft relies on what this file holds (1.4).

    Frappe keeps equal contents once, so the file may be another record's, whatever this one is attached to.
    """
    same = {"file_url": stored.file_url} if stored.file_url else {"name": stored.name}
    for file in frappe.get_all("File", filters=same, fields=["attached_to_doctype", "attached_to_name"]):
        _refuse_when_relied_on(stored, file.attached_to_doctype, file.attached_to_name)


def _refuse_when_relied_on(file, doctype: str | None, name: str | None) -> None:
    control = controls.control_of(doctype) if doctype and name else None
    if control is None or effects.system_writer():
        return
    state = frappe.db.get_value(doctype, name, "workflow_state")
    if state and not control.state(state).is_authoring:
        _refuse(file, _("It is attached to a document in state {0} and stays.").format(_(state)), "1.4")


def _refuse(doc, message: str, number: str = "2.9") -> None:
    frappe.throw(f"{_(doc.doctype)} {cstr(doc.name)} ({number}): {message}", RuleViolation)


# --- what is kept ----------------------------------------------------------------------------


def keep_first_values(doc) -> None:
    """Keep the values with which `doc` was first stored; Frappe's version log starts only after them (2.10)."""
    if doc.meta.track_changes and not doc.meta.istable:
        _snapshot("First Values", doc, data=_plain(doc))


def keep_deleted(doc) -> None:
    """Keep a deleted draft with its versions and comments, which Frappe deletes along with it (2.10)."""
    versions = frappe.get_all(
        "Version",
        filters={"ref_doctype": doc.doctype, "docname": doc.name},
        fields=["name", "owner", "creation", "data"],
        order_by="creation asc",
    )
    comments = frappe.get_all(
        "Comment",
        filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
        fields=["name", "owner", "creation", "comment_type", "comment_email", "content"],
        order_by="creation asc",
    )
    _snapshot("Deleted Record", doc, data=_plain(doc), versions=versions, comments=comments)


def _plain(doc) -> str:
    return _json(doc.as_dict(no_nulls=True))


def _snapshot(
    kind: str, doc, *, data: str, versions: list | None = None, comments: list | None = None
) -> None:
    parts = {"data": data, "versions": _json(versions or []), "comments": _json(comments or [])}
    digest = hashlib.sha256("\n".join(parts.values()).encode()).hexdigest()
    snapshot = frappe.get_doc(
        {
            "doctype": "Record Snapshot",
            "kind": kind,
            "reference_doctype": doc.doctype,
            "reference_name": doc.name,
            "user": frappe.session.user,
            "taken_at": now(),
            "checksum": digest,
            **parts,
        }
    )
    _append(snapshot)


def keep_step(doc, step) -> None:
    """Keep one move of a document from state to state: who, for whom and why."""
    _keep(
        doc,
        action=step.action.action if step.action else step.system,
        from_state=step.from_state,
        to_state=step.to_state,
        on_behalf_of=step.on_behalf_of,
        reason=step.action.reason if step.action else None,
    )


def keep_reminder(doc, state: str, reason: str | None) -> None:
    """Keep that the session user reminded those whom `doc` waits for in `state` (1.12)."""
    _keep(doc, action=REMIND, from_state=state, to_state=state, reason=reason)


def _keep(doc, **values) -> None:
    row = {"doctype": "Approval Step", "reference_doctype": doc.doctype, "reference_name": doc.name}
    _append(frappe.get_doc({**row, **values, "user": frappe.session.user, "acted_at": now()}))


def keep_copy(doc, print_format: str, copy_no: int, language: str) -> None:
    """Keep that the session user printed copy `copy_no` of a form of `doc` (rulebook 6)."""
    row = {"doctype": "Printed Copy", "reference_doctype": doc.doctype, "reference_name": doc.name}
    values = {"print_format": print_format, "copy_no": copy_no, "language": language}
    _append(frappe.get_doc({**row, **values, "user": frappe.session.user, "printed_at": now()}))


def _append(row) -> None:
    """Insert a row of an append-only table, past the document life cycle that refuses everybody."""
    row.name = frappe.generate_hash(length=10)
    row.owner = row.modified_by = frappe.session.user
    row.creation = row.modified = now()
    row.docstatus, row.idx = 0, 0
    row.db_insert()


def steps_of(doctype: str, name: str) -> list[dict]:
    """Return the moves of a document in order, for prints and screens."""
    return _kept_steps(doctype, name, ["!=", REMIND])


def reminders_of(doctype: str, name: str) -> list[dict]:
    """Return when, by whom and why somebody was reminded of a document, in order (1.12)."""
    return _kept_steps(doctype, name, REMIND)


def copies_of(doctype: str, name: str) -> list[dict]:
    """Return the numbered copies printed of a document, in order (rulebook 6)."""
    return frappe.get_all(
        "Printed Copy",
        filters={"reference_doctype": doctype, "reference_name": name},
        fields=["print_format", "copy_no", "language", "user", "printed_at"],
        order_by="printed_at asc, copy_no asc",
    )


def _kept_steps(doctype: str, name: str, action) -> list[dict]:
    return frappe.get_all(
        "Approval Step",
        filters={"reference_doctype": doctype, "reference_name": name, "action": action},
        fields=["action", "from_state", "to_state", "user", "on_behalf_of", "acted_at", "reason"],
        order_by="acted_at asc, creation asc",
    )


def _json(value) -> str:
    return frappe.as_json(value, indent=None)
