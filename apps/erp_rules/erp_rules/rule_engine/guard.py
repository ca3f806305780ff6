"""The guard: what stock Frappe leaves open on documents under control, closed for every door (chapter 1).

Everything is compared with the stored document, so it does not matter who sends what through which door, and
Administrator is no exception. Only an effect of the app itself (`effects.system_write`) is let through.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import frappe
from frappe.utils import cint, cstr, get_datetime, getdate

from erp_rules.clauses.base import Violation, _
from erp_rules.rule_engine import approval_tasks, effects, parameters, scope, transitions
from erp_rules.rule_engine.controls import STATE_FIELD, Control, StateControl
from erp_rules.rule_engine.differences import LAYOUT, TABLES, Change, changes_between, differs, normal
from erp_rules.rule_engine.hands import own_hands
from erp_rules.rule_engine.moments import saved_at

OWN_FIELDS = ("content_editor", "judged_by")
_MADE = {"owner": "Data", "creation": "Datetime"}
_NUMBERS = frozenset({"Int", "Float", "Currency", "Percent"})
# Frappe's columns: twelve digits before the point, or an integer of four bytes.
_LIMIT, _INT_LIMIT = 10**12, 2**31
_DATES = frozenset({"Date", "Datetime"})


@dataclass(frozen=True)
class Finding:
    """A violation found by the guard; `is_permission` when the user is the reason, not the document."""

    number: str
    violation: Violation
    is_permission: bool = False


@dataclass(frozen=True)
class Step:
    """What one save does to a document's state, and who does it."""

    previous: object | None
    from_state: str | None
    to_state: str | None
    actor: str
    action: transitions.Action | None = None
    system: str | None = None

    @property
    def is_insert(self) -> bool:
        """Return whether the document is new."""
        return self.previous is None

    @property
    def is_move(self) -> bool:
        """Return whether the document enters another state (its first one included)."""
        return self.from_state != self.to_state

    @property
    def on_behalf_of(self) -> str | None:
        """Return the user for whom the actor acts."""
        return self.action.on_behalf_of if self.action else None


def step_of(doc, previous) -> Step:
    """Return what this save of `doc` does."""
    system = effects.system_writer()
    has_state = doc.meta.has_field(STATE_FIELD)
    return Step(
        previous=previous,
        from_state=previous.get(STATE_FIELD) if previous is not None and has_state else None,
        to_state=doc.get(STATE_FIELD) if has_state else None,
        actor=frappe.session.user,
        action=None if system else transitions.action_on(doc, previous),
        system=system,
    )


def inspect(doc, step: Step, control: Control, tasks: list[dict]) -> list[Finding]:
    """Return what chapter 1 has against this save of a document under control with these unsettled tasks."""
    if step.system:
        return []
    if step.is_insert:
        return list(_against_insert(doc, control))
    if step.action:
        return list(_against_action(doc, step, control, tasks))
    return list(_against_plain_save(doc, step, control))


def _against_insert(doc, control: Control) -> Iterator[Finding]:
    first = transitions.first_state(doc.doctype)
    if not doc.get(STATE_FIELD):
        doc.set(STATE_FIELD, first)
    elif doc.get(STATE_FIELD) != first:
        yield Finding(
            "1.1",
            Violation(_("A new document starts in state {0}, not {1}."), (first, doc.get(STATE_FIELD))),
        )
    if cint(doc.docstatus):
        yield Finding(
            "1.2", Violation(_("A new document cannot be submitted at once; use its workflow actions."))
        )
    if doc.get("amended_from") and cint(frappe.db.get_value(doc.doctype, doc.amended_from, "docstatus")) != 2:
        yield Finding("1.2", Violation(_("{0} is not cancelled and cannot be amended."), (doc.amended_from,)))
    for fieldname in _kept_fields(doc):
        if doc.get(fieldname):
            yield _kept_by_the_app(doc, fieldname)
    state = control.state(first)
    if not state.allows_user(set(frappe.get_roles())):
        yield _wrong_editor(state)
    for change in _entries_of_later_states(doc, state):
        yield Finding(
            "1.4",
            Violation(change.message, (state.state,), change.table, change.row, change.fieldname),
        )


def _entries_of_later_states(doc, state: StateControl) -> Iterator[Change]:
    """Yield what a new document carries in fields that its first state locks, other than their defaults."""
    kept = {STATE_FIELD, "amended_from", *_kept_fields(doc)}
    for df in doc.meta.fields:
        if df.fieldname in kept or df.fieldtype in LAYOUT:
            continue
        if df.fieldtype not in TABLES:
            if not state.allows(df.fieldname) and _is_entered(doc, df):
                yield Change(df.fieldname)
            continue
        locked = [
            column
            for column in frappe.get_meta(df.options).fields
            if column.fieldtype not in LAYOUT and not state.allows(column.fieldname, df.fieldname)
        ]
        for row in doc.get(df.fieldname) or []:
            if not state.allows_rows(df.fieldname):
                yield Change(None, df.fieldname, row.idx)
                continue
            for column in locked:
                if _is_entered(row, column):
                    yield Change(column.fieldname, df.fieldname, row.idx)


def _is_entered(doc, df) -> bool:
    value = normal(df.fieldtype, doc.get(df.fieldname))
    return bool(value) and not df.fetch_from and value != normal(df.fieldtype, df.default)


def _against_action(doc, step: Step, control: Control, tasks: list[dict]) -> Iterator[Finding]:
    if step.to_state != step.action.to_state:
        yield Finding(
            "1.1",
            Violation(
                _("{0} leads to state {1}, not {2}."),
                (step.action.action, step.action.to_state, step.to_state),
            ),
        )
    wanted = transitions.docstatus_of(doc.doctype, step.to_state)
    if cint(doc.docstatus) != wanted:
        yield Finding(
            "1.2", Violation(_("State {0} does not go with this document status."), (step.to_state,))
        )
    if step.action.needs_reason and not step.action.reason:
        yield Finding(
            "1.13", Violation(_("Give a reason: whoever made the document needs to know what to change."))
        )
    if not step.action.undone and not control.goes_back(step.from_state, step.to_state):
        for task in approval_tasks.open_countersigns(tasks):
            yield Finding("1.8", approval_tasks.unanswered(task))
    if step.action.allows_self_approval:
        return
    for person in own_hands(step.previous, step.on_behalf_of, control):
        yield Finding(
            "1.3",
            Violation(
                _("{0} made, asked for or last edited this document; somebody else must decide."), (person,)
            ),
            is_permission=True,
        )


def _against_plain_save(doc, step: Step, control: Control) -> Iterator[Finding]:
    if step.is_move:
        yield Finding(
            "1.1",
            Violation(
                _("The state goes from {0} to {1} only by a workflow action; use one of the actions."),
                (step.from_state, step.to_state),
                fieldname=STATE_FIELD,
            ),
        )
    if cint(doc.docstatus) != cint(step.previous.docstatus):
        yield Finding(
            "1.2", Violation(_("Submitting and cancelling is done by the document's workflow actions only."))
        )
    state = control.state(step.from_state)
    if not state.allows_user(set(frappe.get_roles())):
        yield _wrong_editor(state)
    yield from _against_changes(doc, step.previous, state)


def _against_changes(doc, previous, state: StateControl) -> Iterator[Finding]:
    kept = set(_kept_fields(doc))
    for change in changes_between(doc, previous):
        if change.table is None and change.fieldname in kept:
            yield _kept_by_the_app(doc, change.fieldname)
        elif not change.is_allowed(state) and not _restore_fetched(doc, previous, change):
            yield Finding(
                "1.4",
                Violation(change.message, (state.state,), change.table, change.row, change.fieldname),
            )


def _kept_fields(doc) -> list[str]:
    signed = [name for s in scope.regulation().signatures_for(doc.doctype) for name in (s.by, s.at)]
    return [name for name in (*OWN_FIELDS, *signed) if doc.meta.has_field(name)]


def _kept_by_the_app(doc, fieldname: str) -> Finding:
    return Finding(
        "1.4", Violation(_("This field is kept by the app and cannot be set."), fieldname=fieldname)
    )


def _wrong_editor(state: StateControl) -> Finding:
    if not state.editor_roles:
        found = Violation(_("State {0} leaves nothing to edit; use a workflow action."), (state.state,))
    else:
        found = Violation(
            _("In state {0} only {1} may edit."), (state.state, ", ".join(sorted(state.editor_roles)))
        )
    return Finding("1.5", found, is_permission=bool(state.editor_roles))


def _restore_fetched(doc, previous, change: Change) -> bool:
    """Put back a value that Frappe fetched anew from a linked record; nobody typed it, and it is locked."""
    if change.fieldname is None:
        return False
    rows = [doc] if change.table is None else [r for r in doc.get(change.table) if r.idx == change.row]
    for row in rows:
        df = row.meta.get_field(change.fieldname)
        if not df or not df.fetch_from or df.fetch_if_empty:
            return False
        link = df.fetch_from.partition(".")[0]
        before = previous
        if change.table:
            before = next((r for r in previous.get(change.table) if r.name == row.name), None)
        if before is None or row.get(link) != before.get(link):
            return False
        row.set(change.fieldname, before.get(change.fieldname))
    return True


def against_forgery(doc, previous) -> list[Finding]:
    """Return what Frappe would store of a record although nobody may enter it (1.4).

    An update may carry another owner or moment of creation, by which self-approval is judged, and rows by the
    name of another record's rows, which Frappe would take from that record.
    """
    if previous is None:  # Frappe sets both, and names the rows anew
        return []
    found = []
    modified = normal("Datetime", doc.modified)
    _restore_made(doc, previous, doc, {modified})
    if _is_made_otherwise(doc, previous):
        found.append(Finding("1.4", Violation(_("Who made a record and when is kept and cannot be set."))))
    filled = {modified, normal("Datetime", doc.creation)}
    for df in doc.meta.get_table_fields():
        stored = {row.name: row for row in previous.get(df.fieldname) or []}
        for idx, row in enumerate(doc.get(df.fieldname) or [], 1):
            if row.is_new() or not row.name:
                continue
            before = stored.get(row.name)
            if before is not None:
                _restore_made(row, before, doc, filled)
            if before is None:
                message = _("This row belongs to another record, or was removed; add a new row instead.")
                found.append(Finding("1.4", Violation(message, (), df.fieldname, idx)))
            elif _is_made_otherwise(row, before):
                message = _("Who made a record and when is kept and cannot be set.")
                found.append(Finding("1.4", Violation(message, (), df.fieldname, idx)))
    return found


def against_unfit_values(doc) -> list[Finding]:
    """Return the numbers and dates that cannot be stored as they are (2.12).

    Frappe would make 0 of a number that is none; too large a number and what is no date end in the database.
    """
    found = [
        _unfit(value, problem, fieldname=df.fieldname)
        for df in _measured(doc.meta)
        if (value := doc.get(df.fieldname)) and (problem := _problem(value, df))
    ]
    for table in doc.meta.get_table_fields():
        columns = _measured(frappe.get_meta(table.options))
        for idx, row in enumerate(doc.get(table.fieldname) or [], 1):
            found += [
                _unfit(value, problem, table=table.fieldname, row=idx, fieldname=df.fieldname)
                for df in columns
                if (value := row.get(df.fieldname)) and (problem := _problem(value, df))
            ]
    return found


def _measured(meta) -> list:
    return [df for df in meta.fields if df.fieldtype in _NUMBERS or df.fieldtype in _DATES]


def _problem(value, df) -> str | None:
    """Return what is wrong with a value for a field of numbers or dates; None when it can be stored."""
    return _date_problem(value, df) if df.fieldtype in _DATES else _number_problem(value, df)


def _date_problem(value, df) -> str | None:
    if isinstance(value, date):
        return None
    read = getdate if df.fieldtype == "Date" else get_datetime
    try:
        # Reading what is in its usual form is far quicker; the zero date is none to Frappe.
        is_usual = isinstance(value, str) and len(value) == 10 and date.fromisoformat(value).year > 1
    except ValueError:
        is_usual = False
    if is_usual:
        return None
    try:
        found = read(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        found = None
    return None if found else _("{0} is not a date.")


def _number_problem(value, df) -> str | None:
    if isinstance(value, float) and abs(value) < _INT_LIMIT:  # nearly every number; not one that is none
        return None
    try:
        number = float(value.replace(",", "") if isinstance(value, str) else value)
    except OverflowError:
        return _("{0} is too large a number.")
    except (TypeError, ValueError):
        return _("{0} is not a number.")
    if not math.isfinite(number):
        return _("{0} is not a number.")
    is_too_large = abs(number) >= (_INT_LIMIT if df.fieldtype == "Int" else _LIMIT)
    return _("{0} is too large a number.") if is_too_large else None


def _unfit(value, message: str, **place) -> Finding:
    return Finding("2.12", Violation(message, (cstr(value)[:40],), waivable=False, **place))


def _restore_made(row, before, doc, filled: set) -> None:
    """Put back who made `row` and when, where the request said neither and Frappe has filled in its own idea.

    `filled` are the moments that Frappe fills in.
    """
    if row.creation and normal("Datetime", row.creation) in filled:
        row.creation = before.creation
        if row.owner in (doc.modified_by, doc.owner):
            row.owner = before.owner


def _is_made_otherwise(doc, before) -> bool:
    return any(
        doc.get(column) and differs(kind, doc.get(column), before.get(column))
        for column, kind in _MADE.items()
    )


# --- what the guard itself writes ------------------------------------------------------------


def stamp(doc, step: Step, control: Control) -> None:
    """Write what the app keeps on a document: last editor, values judged by, signatures; before it is stored."""
    from_state, to_state = control.state(step.from_state), control.state(step.to_state)
    is_authored = step.is_insert or (from_state.is_authoring and not step.action and not step.system)
    if doc.meta.has_field("content_editor"):
        if step.is_insert or (is_authored and _has_changed(doc, step.previous)):
            doc.content_editor = step.actor
        elif not step.system:
            doc.content_editor = step.previous.get("content_editor")
    leaves_draft = not to_state.is_authoring and (step.is_insert or from_state.is_authoring)
    if leaves_draft and doc.meta.has_field("judged_by") and not doc.get("judged_by"):
        doc.judged_by = parameters.judgement_of(doc.doctype)
    if step.is_move:
        _sign(doc, step)


def _has_changed(doc, previous) -> bool:
    """Return whether there is any difference; saving somebody's content as it is does not make it one's own."""
    return next(changes_between(doc, previous), None) is not None


def _sign(doc, step: Step) -> None:
    for signature in scope.regulation().signatures_for(doc.doctype):
        undone = step.action.undone if step.action else ()
        if step.to_state in signature.clear_on or signature.entering in undone:
            doc.set(signature.by, None)
            doc.set(signature.at, None)
        if step.to_state == signature.entering and signature.leaving in (None, step.from_state):
            by, at = step.actor, saved_at(doc)
            if step.system:  # what the app makes on a document's strength is signed by who signed that
                by, at = (doc.flags.signed or {}).get(signature.by, (by, at))
            doc.set(signature.by, by)
            doc.set(signature.at, at)


# --- deletion, renaming, rows by themselves --------------------------------------------------


def against_delete(doc, control: Control) -> list[Finding]:
    """Return why a document under control may not be deleted: it has left its draft (1.6)."""
    state = control.state(doc.get(STATE_FIELD))
    if effects.system_writer() or (
        state.is_authoring and not doc.get("judged_by") and not cint(doc.docstatus)
    ):
        return []
    return [
        Finding(
            "1.6",
            Violation(
                _("It has left its draft and is now {0}; reject, close or cancel it instead."), (state.state,)
            ),
        )
    ]


def against_rename(doc) -> list[Finding]:
    """Return why a document of this app may not be renamed or merged (1.7)."""
    return [Finding("1.7", Violation(_("It keeps its number; it can be neither renamed nor merged.")))]


def against_single_row(doc) -> list[Finding]:
    """Return why a row may not be written by itself, past its document (1.4)."""
    if effects.system_writer():
        return []
    return [
        Finding("1.4", Violation(_("Rows are changed only together with their document {0}."), (doc.parent,)))
    ]
