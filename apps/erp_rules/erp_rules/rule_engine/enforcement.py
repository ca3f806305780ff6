"""The one place where every save of every door is judged.

`hooks.doc_events` leads here. On a save the guard compares with what is stored, the facts are read in bulk, and
every clause that is due yields its violations; `Rule` records decide, waivers lift, and what remains is raised
together. After the save, in the same transaction, effects run, deadlines open and close, and history is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_rules.clauses.base import CANCEL, DELETE, Check, Enforcement, Kind, Outcome, Violation
from erp_rules.rule_engine import (
    approval_tasks,
    attachments,
    controls,
    deadlines,
    definitions,
    effects,
    events,
    guard,
    history,
    parameters,
    scope,
    sight,
    waiting,
    waivers,
)
from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation

_DATABASE_ERRORS = (frappe.QueryDeadlockError, frappe.QueryTimeoutError)


@dataclass
class Judgement:
    """What one save was judged to be; kept on the document until the save is done.

    `notices` are the warnings and waived blocks that people are told of when nothing refuses it.
    """

    step: guard.Step
    used_waivers: list[str] = field(default_factory=list)
    tasks: list[dict] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def enforce(doc, event: str, *args) -> None:
    """Judge `doc` at one moment of its life cycle; raise `RuleViolation` or `RulePermissionError`."""
    if doc.doctype in history.PROTECTED:
        history.protect(doc, event)
        return
    if doc.doctype in definitions.WATCHED:
        definitions.protect(doc, event)
        return
    if not scope.is_governed(doc.doctype):
        return
    if event == "before_validate":  # controllers compute with numbers, and would make 0 of what is none
        refuse(doc, guard.against_unfit_values(doc))
    elif event in ("validate", "before_update_after_submit", "before_cancel"):
        _before_save(doc, is_cancel=event == "before_cancel")
    elif event in ("on_update", "on_update_after_submit", "on_cancel"):
        _after_save(doc)
    elif event == "on_trash":
        _before_delete(doc)
    elif event == "after_delete":
        history.keep_deleted(doc)
    elif event == "before_rename":
        refuse(doc, guard.against_rename(doc))


# --- before a save ---------------------------------------------------------------------------


def _before_save(doc, is_cancel: bool = False) -> None:
    if doc.meta.istable:
        refuse(doc, guard.against_single_row(doc))
        return
    refuse(doc, guard.against_unfit_values(doc))  # what controllers have worked out, too
    stored = doc.get_doc_before_save()
    _require_right_to(doc, stored)
    refuse(doc, guard.against_forgery(doc, stored))
    control = controls.control_of(doc.doctype)
    step = guard.step_of(doc, stored)
    findings: list[guard.Finding] = []
    tasks: list[dict] = []
    if control:
        if stored is not None and (step.is_move or step.action):
            tasks = approval_tasks.unsettled(doc.doctype, doc.name)
        findings = guard.inspect(doc, step, control, tasks)
        if any(finding.number != "1.4" for finding in findings):
            refuse(doc, findings)
        step = guard.step_of(doc, stored)
        guard.stamp(doc, step, control)
    judgement = Judgement(step, tasks=tasks)
    if control:
        _warn_of_refusals(doc, judgement, control)
    due = [
        check
        for check in scope.regulation().checks_for(doc.doctype)
        if _is_due(check, step, control, is_cancel)
    ]
    refused = _judge(doc, judgement, due)
    refuse(doc, findings + refused)
    _tell(judgement)
    doc.flags.rule_judgement = judgement


def _require_right_to(doc, stored) -> None:
    """Raise `PermissionError` unless the user may write what is stored and see what the document now names.

    Frappe asks about the values sent only, and of what they link to only about the DocTypes that a user permission
    is for: a request may carry a document of another supplier with one's own supplier in it, or name its order.
    """
    if doc.flags.ignore_permissions or effects.system_writer():
        return
    if stored is not None:
        stored.check_permission("write")
    sight.require_sight_of_links(doc, stored)


def _warn_of_refusals(doc, judgement: Judgement, control: controls.Control) -> None:
    """Keep and tell that a document goes on although a countersigner declined (1.8)."""
    step = judgement.step
    is_onward = step.action and step.is_move and not step.action.undone
    if is_onward and not control.goes_back(step.from_state, step.to_state):
        for task in approval_tasks.declined(doc.doctype, doc.name, step.from_state, judgement.tasks):
            _note(doc, judgement, "1.8", approval_tasks.refusal(task), Outcome.WARNED)


def _is_due(check: Check, step: guard.Step, control: controls.Control | None, is_cancel: bool) -> bool:
    when = check.when.event
    if is_cancel:
        return check.when == CANCEL
    if when == "save":
        return True
    if step.action and step.action.undone:  # it was judged when it first came to where it goes back to
        return False
    if when == "entering":
        return step.is_move and step.to_state in check.when.states
    if when == "leaving_draft":
        state = control.state(step.to_state) if control else None
        return state is None or not (state.is_authoring or state.is_rejected)
    return False


def _judge(doc, judgement: Judgement, due: Iterable[Check]) -> list[guard.Finding]:
    """Run the checks that are due and return what blocks; warnings and waived blocks are noted."""
    active = [check for check in due if parameters.enforcement_of(check.number) != Enforcement.OFF]
    if not active:
        return []
    blocks: list[tuple[Check, Violation]] = []
    for check, violation in _violations(doc, judgement.step.previous, active):
        if _blocks(check):
            blocks.append((check, violation))
        else:
            _note(doc, judgement, check.number, violation, Outcome.WARNED)
    return _lift(doc, judgement, blocks)


def _violations(doc, previous, checks: list[Check]) -> Iterable[tuple[Check, Violation]]:
    """Yield the violations of all checks; what cannot be judged is itself a violation (2.12)."""
    try:
        facts = facts_of(doc, previous)
    except _DATABASE_ERRORS:
        raise
    except Exception as error:
        yield _failed(checks[0], doc, error)
        return
    for check in checks:
        try:
            yield from ((check, v) for v in check.evaluate(facts, parameters.values_of(check.number, doc)))
        except _DATABASE_ERRORS:
            raise
        except Exception as error:
            yield _failed(check, doc, error)


def facts_of(doc, previous=None):
    """Return the frozen facts of `doc` that `hooks.rule_facts` builds for its DocType."""
    builders = frappe.get_hooks("rule_facts").get(doc.doctype)
    if not builders:
        raise LookupError(f"hooks.rule_facts has no entry for {doc.doctype}")
    return frappe.get_attr(builders[-1])(doc, previous)


def _failed(check: Check, doc, error: Exception) -> tuple[Check, Violation]:
    frappe.logger("erp_rules").error(
        "%s %s: clause %s failed", doc.doctype, doc.name, check.number, exc_info=True
    )
    blocking = Check("2.12", check.doctype, check.when, Kind.BLOCK, check.evaluate)
    message = "Clause {0} could not be judged ({1}: {2}). Tell the Rule Administrator."
    return blocking, Violation(message, (check.number, type(error).__name__, str(error)), waivable=False)


def _blocks(check: Check) -> bool:
    """A warning stays one in a clause that also blocks; otherwise the rule's enforcement decides."""
    if parameters.enforcement_of(check.number) == Enforcement.WARN:
        return False
    declared = scope.regulation().require(check.number).default_enforcement
    return check.severity != Kind.WARN or declared == Enforcement.WARN


def _lift(doc, judgement: Judgement, blocks: list[tuple[Check, Violation]]) -> list[guard.Finding]:
    rules = parameters.rules()
    waivable = {c.number for c, _v in blocks if c.number in rules and rules[c.number].is_waivable}
    lifting = waivers.Lifting(doc, waivable) if waivable else None
    remaining = []
    for check, violation in blocks:
        waiver = lifting.waiver_for(check.number, violation) if lifting else None
        if waiver is None:
            remaining.append(guard.Finding(check.number, violation))
            continue
        _note(doc, judgement, check.number, violation, Outcome.WAIVED, waiver)
        if lifting.is_new_use(waiver) and waiver not in judgement.used_waivers:
            judgement.used_waivers.append(waiver)
    return remaining


def _note(doc, judgement: Judgement, number, violation, outcome, waiver: str | None = None) -> None:
    """Keep a warning or a waived block, and note its text for `_tell`."""
    on_behalf_of = judgement.step.on_behalf_of
    events.log(number, outcome, doc, plain_text(violation), waiver=waiver, on_behalf_of=on_behalf_of)
    text = describe(doc, number, violation)
    judgement.notices.append(_("Waived by {0}: {1}").format(escape_html(waiver), text) if waiver else text)


def _tell(judgement: Judgement) -> None:
    """Show the notices of a save that nothing refuses.

    With a refusal they would tell, without consequence, what only the deed may tell: a count what is open (4.6.2).
    """
    for text in judgement.notices:
        frappe.msgprint(text, title=_("Notice"), indicator="orange")


# --- after a save ----------------------------------------------------------------------------


def _after_save(doc) -> None:
    judgement = doc.flags.get("rule_judgement")
    if not isinstance(judgement, Judgement):  # saved with validation switched off: judge it all the same
        _before_save(doc)
        judgement = doc.flags.rule_judgement
    doc.flags.rule_judgement = None
    step = judgement.step
    if step.is_insert:
        history.keep_first_values(doc)
    attachments.attach_files_of_rows(doc)
    for waiver in judgement.used_waivers:
        waivers.use(waiver, doc)
    context = effects.EffectContext(
        previous=step.previous,
        from_state=step.from_state,
        to_state=step.to_state,
        action=step.action.action if step.action else None,
        actor=step.actor,
        on_behalf_of=step.on_behalf_of,
        parameters=lambda number: parameters.values_of(number, doc),
    )
    for effect in effects.effects_of(doc.doctype):
        if effect.applies(step.is_insert, context) and _is_carried_out(effect.number):
            effect.function(doc, context)
    if step.is_move and controls.control_of(doc.doctype):
        history.keep_step(doc, step)
        if not step.is_insert:
            approval_tasks.end(doc, judgement.tasks)
        waiting.follow(doc, step, deadlines.follow(doc, step))


def _is_carried_out(number: str) -> bool:
    return parameters.enforcement_of(number) != Enforcement.OFF


# --- before a deletion -----------------------------------------------------------------------


def _before_delete(doc) -> None:
    if doc.meta.istable:
        refuse(doc, guard.against_single_row(doc))
        return
    control = controls.control_of(doc.doctype)
    findings = guard.against_delete(doc, control) if control else []
    due = [check for check in scope.regulation().checks_for(doc.doctype) if check.when == DELETE]
    judgement = Judgement(guard.step_of(doc, doc))
    findings += _judge(doc, judgement, due)
    refuse(doc, findings)
    _tell(judgement)


# --- messages --------------------------------------------------------------------------------


def open_points(doc) -> list[dict]:
    """Return what would refuse `doc` on leaving its draft, without changing or logging anything."""
    checks = [
        check
        for check in scope.regulation().checks_for(doc.doctype)
        if check.when.event in ("save", "leaving_draft")
        and parameters.enforcement_of(check.number) != Enforcement.OFF
    ]
    if not checks:
        return []
    return [
        {**entry_of(doc, check.number, violation), "blocks": _blocks(check)}
        for check, violation in _violations(doc, doc, checks)
    ]


def refuse(doc, findings: list[guard.Finding]) -> None:
    """Raise all findings together; do nothing when there are none."""
    if not findings:
        return
    for finding in findings:
        events.log(finding.number, Outcome.BLOCKED, doc, plain_text(finding.violation))
    frappe.local.response["rule_violations"] = [entry_of(doc, f.number, f.violation) for f in findings]
    texts = [describe(doc, f.number, f.violation) for f in findings]
    message = texts[0] if len(texts) == 1 else "<ul>" + "".join(f"<li>{t}</li>" for t in texts) + "</ul>"
    is_permission = any(finding.is_permission for finding in findings)
    frappe.throw(
        message, RulePermissionError if is_permission else RuleViolation, title=_("Refused by the regulation")
    )


def entry_of(doc, number: str, violation: Violation) -> dict:
    """Return the violation as screens get it: clause, place, translated message, if it may be waived."""
    rules = parameters.rules()
    return {
        "clause": number,
        "table": violation.table,
        "row": violation.row,
        "fieldname": violation.fieldname,
        "message": _translated(violation),
        "waivable": bool(violation.waivable and number in rules and rules[number].is_waivable),
    }


def describe(doc, number: str, violation: Violation) -> str:
    """Return the violation for people: row, field, clause and what to do, translated and safe as HTML."""
    place = place_of(doc, violation.table, violation.row, violation.fieldname)
    prefix = f"<strong>{escape_html(' · '.join(place))}</strong>: " if place else ""
    return f"{prefix}{_translated(violation)} ({number})"


def place_of(doc, table: str | None, row: int | None, fieldname: str | None) -> list[str]:
    """Return where on the form a violation is, for people: the row, and the label of field or table."""
    rows = doc.meta.get_field(table) if table else None
    meta = frappe.get_meta(rows.options) if rows else doc.meta
    df = meta.get_field(fieldname) if fieldname else None
    place = [_("Row {0}").format(row)] if row else []
    if df or rows:
        place.append(_((df or rows).label))
    return place


def in_words(violation: Violation, number: str) -> str:
    """Return the violation as one translated sentence with its clause, without markup."""
    arguments = (_argument(value) for value in violation.args)
    return f"{_(violation.message).format(*arguments)} ({number})"


def _translated(violation: Violation) -> str:
    return _(violation.message).format(*(escape_html(_argument(value)) for value in violation.args))


def _argument(value) -> str:
    return _(value) if isinstance(value, str) and value else str(value)


def plain_text(violation: Violation) -> str:
    """Return the violation in English without markup, as kept in events."""
    text = violation.message.format(*violation.args)
    return f"Row {violation.row}: {text}" if violation.row else text
