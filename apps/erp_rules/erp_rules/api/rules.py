"""What screens ask the rule engine: open points of a draft, actions with reasons, the steps so far."""

import frappe
from frappe import _

from erp_rules.rule_engine import controls, enforcement, history, parameters, workflow


@frappe.whitelist()
def open_points(doctype: str, name: str) -> list[dict]:
    """Return what would refuse the document on leaving its draft: clause, row, field, message, waivable."""
    doc = _load(doctype, name)
    return enforcement.open_points(doc)


@frappe.whitelist()
def transitions(doctype: str, name: str) -> list[dict]:
    """Return the actions open to the user, each with its next state, on whose behalf, and if it needs a reason."""
    doc = _load(doctype, name)
    return [
        {
            "action": found["action"],
            "next_state": found["next_state"],
            "on_behalf_of": found["on_behalf_of"],
            "needs_reason": found["needs_reason"],
        }
        for found in workflow.transitions_of(doc)
    ]


@frappe.whitelist(methods=["POST"])
def act(
    doctype: str,
    name: str,
    action: str,
    reason: str | None = None,
    on_behalf_of: str | None = None,
    modified: str | None = None,
) -> dict:
    """Carry out a workflow action and return the document; `modified` says which version was decided on."""
    offered = workflow.transitions_of(_load(doctype, name))
    reason = (reason or "").strip() or None
    if not reason and any(found["needs_reason"] for found in offered if found["action"] == action):
        frappe.throw(_("Give a reason: whoever made the document needs to know what to change."))
    doc = workflow.act(doctype, name, action, reason=reason, on_behalf_of=on_behalf_of, modified=modified)
    return doc.as_dict(no_nulls=True, convert_dates_to_str=True)


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


def _load(doctype: str, name: str):
    """Return the stored document if it is under control and the user may read it."""
    if controls.control_of(doctype) is None:
        frappe.throw(
            _("{0} is not under the rule engine's control.").format(_(doctype)), frappe.DoesNotExistError
        )
    doc = frappe.get_doc(doctype, name)
    workflow.require_sight(doc)
    return doc
