"""Actions on documents under control, and what explains them: open points, transitions, steps, parameters.

The screens under /erp, the desk and other programs call the same functions, so that no door is easier.
"""

import frappe
from frappe import _
from frappe.utils import cstr

from erp_rules.rule_engine import (
    approval_tasks,
    controls,
    enforcement,
    history,
    parameters,
    sight,
    ways,
    workflow,
)
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.retry import once_more

REASON_LIMIT = 2000


@frappe.whitelist()
def open_points(doctype: str, name: str) -> list[dict]:
    """Return what would refuse the document on leaving its draft: clause, row, field, message, waivable."""
    return enforcement.open_points(_load(doctype, name))


@frappe.whitelist()
def transitions(doctype: str, name: str) -> list[dict]:
    """Return the actions open to the user, as `offered` does."""
    return offered(_load(doctype, name))


def offered(doc) -> list[dict]:
    """Return the actions of the session user on `doc`: next state, on whose behalf, if it needs a reason.

    `refused` says why an action cannot be taken at this moment; it is empty when it can.
    """
    if controls.control_of(doc.doctype) is None or not doc.get(STATE_FIELD):
        return []
    unanswered = approval_tasks.open_countersigns(approval_tasks.unsettled(doc.doctype, doc.name))
    names: dict[str, str] = {}
    found = []
    for row in workflow.transitions_of(doc):
        principal = row["on_behalf_of"]
        if principal and principal not in names:
            names[principal] = frappe.db.get_value("User", principal, "full_name") or principal
        is_held = unanswered and not row["goes_back"]
        found.append(
            {
                "action": row["action"],
                "label": _(row["action"]),
                "next_state": row["next_state"],
                "next_state_label": _(row["next_state"]),
                "needs_reason": row["needs_reason"],
                "on_behalf_of": principal,
                "on_behalf_of_name": principal and names[principal],
                "refused": enforcement.in_words(approval_tasks.unanswered(unanswered[0]), "1.8")
                if is_held
                else "",
            }
        )
    return found


@frappe.whitelist(methods=["POST"])
def act(
    doctype: str,
    name: str,
    action: str,
    reason: str | None = None,
    on_behalf_of: str | None = None,
    modified: str | None = None,
) -> dict:
    """Carry out a workflow action on the version that was decided on, and return what the document is then.

    Two who act on documents that share something wait for each other; after a deadlock it is tried once more.
    """
    _require_user()
    ways.controlled(doctype)
    done = once_more(
        lambda: workflow.act(
            doctype, name, action, reason=limited(reason), on_behalf_of=on_behalf_of, modified=modified
        )
    )
    return {
        "state": done.get(STATE_FIELD),
        "state_label": _(done.get(STATE_FIELD)),
        "modified": cstr(done.modified),
    }


def limited(text: str | None) -> str | None:
    """Return a reason or an opinion as it is kept: trimmed, at most `REASON_LIMIT` characters, or None."""
    return (text or "").strip()[:REASON_LIMIT] or None


@frappe.whitelist()
def steps(doctype: str, name: str) -> list[dict]:
    """Return the moves of a document so far: who, on whose behalf, from, to, when and why."""
    _load(doctype, name)
    return history.steps_of(doctype, name)


@frappe.whitelist()
def judged_by(doctype: str, name: str) -> list[dict]:
    """Return the clause parameters that hold for the document, and whether they are already frozen."""
    doc = _load(doctype, name)
    frozen = parameters.judged_values(doc)
    return [
        {
            "clause": clause.number,
            "parameter": parameter.key,
            "label": _(parameter.label or parameter.key),
            "unit": parameter.unit,
            "value": str(parameters.values_of(clause.number, doc)[parameter.key]),
            "is_frozen": parameter.key in frozen.get(clause.number, {}),
        }
        for clause in parameters.clauses_of(doctype)
        for parameter in clause.parameters
    ]


def _require_user() -> None:
    if frappe.session.user == "Guest":
        frappe.throw(_("Please log in."), frappe.PermissionError)


def _load(doctype: str, name: str):
    """Return the stored document if it is under control and the user may see it."""
    _require_user()
    ways.controlled(doctype)
    doc = frappe.get_doc(doctype, name)
    sight.require_sight(doc)
    return doc
