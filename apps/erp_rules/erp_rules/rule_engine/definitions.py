"""What the engine rests on: the definitions of this app's DocTypes and workflows, kept sound for every door.

An administrator may customise forms and workflows, but not take the version log, the guard or the rule that nobody
approves their own work away with it.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint

from erp_rules.rule_engine import effects, scope
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.errors import RuleViolation

WATCHED = frozenset({"Workflow", "DocType", "Property Setter", "Module Def"})
_KEPT_PROPERTIES = frozenset(
    {
        "module",
        "custom",
        "istable",
        "issingle",
        "is_submittable",
        "is_virtual",
        "track_changes",
        "allow_rename",
    }
)


def protect(doc, event: str) -> None:
    """Refuse a change of a definition that would take a DocType of this app out of the engine's hands (1.1, 1.3, 2.9)."""
    if effects.system_writer() or _is_maintenance():
        return
    if doc.doctype == "Workflow" and event == "validate":
        _require_own_state_field(doc)
        _require_no_own_approval(doc)
    elif doc.doctype == "Property Setter" and event == "validate":
        _require_kept_property(doc)
    elif doc.doctype == "DocType" and event in ("validate", "on_trash", "before_rename"):
        is_developed = bool(frappe.conf.developer_mode)
        if not is_developed and not doc.is_new() and scope.is_own(doc.name):
            _refuse(_("{0} is defined by the app; customise its form instead").format(_(doc.name)), "2.9")
    elif doc.doctype == "Module Def" and event in ("validate", "on_trash", "before_rename"):
        if not doc.is_new() and scope.is_own_module(doc.name):
            _refuse(_("{0} is a module of the app and stays as it is").format(_(doc.name)), "2.9")


def _is_maintenance() -> bool:
    """Return whether the app itself is being installed or migrated."""
    flags = frappe.flags
    return bool(flags.in_install or flags.in_migrate or flags.in_patch or flags.in_uninstall)


def _require_own_state_field(workflow) -> None:
    """Refuse a workflow that keeps the state of one of this app's DocTypes elsewhere than the guard looks."""
    if scope.is_governed(workflow.document_type) and workflow.workflow_state_field != STATE_FIELD:
        message = _("The workflow of {0} keeps its state in the field {1}")
        _refuse(message.format(_(workflow.document_type), STATE_FIELD), "1.1")


def _require_no_own_approval(workflow) -> None:
    """Refuse to open a decision to whoever made the document."""
    stored = workflow.get_doc_before_save()
    if stored is None or not scope.is_governed(workflow.document_type):
        return
    decides = {row.state for row in stored.transitions if not cint(row.allow_self_approval)}
    known = {
        (row.state, row.action, row.next_state) for row in stored.transitions if cint(row.allow_self_approval)
    }
    for row in workflow.transitions:
        opens = cint(row.allow_self_approval) and row.state in decides
        if opens and (row.state, row.action, row.next_state) not in known:
            message = _("Row {0}: whoever made a document does not decide on it in state {1}")
            _refuse(message.format(row.idx, _(row.state)), "1.3")


def _require_kept_property(setter) -> None:
    """Refuse to switch off the version log, or to turn a DocType of this app into something else."""
    if setter.doctype_or_field != "DocType" or setter.property not in _KEPT_PROPERTIES:
        return
    if not setter.doc_type or not scope.is_own(setter.doc_type):
        return
    if setter.property == "track_changes" and cint(setter.value):
        return
    message = _("{0} of {1} is kept by the app and is not customised")
    _refuse(message.format(setter.property, _(setter.doc_type)), "2.9")


def _refuse(message: str, number: str) -> None:
    frappe.throw(f"{message} ({number}).", RuleViolation)
