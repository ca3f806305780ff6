"""Telling the supplier of an executed change, and its confirmation, as steps of their own (4.5.5)."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cstr, get_datetime, now_datetime

from erp_rules.clauses import chapter_4_5 as clauses
from erp_rules.clauses.base import Violation
from erp_rules.clauses.chapter_4_5 import CHANGE, ChangeState
from erp_rules.procurement import change_facts
from erp_rules.rule_engine import controls, enforcement, guard, workflow

NUMBER = "4.5.5"
METHOD = "erp_rules.api.changes."


def steps(doc) -> list[dict]:
    """Return the step that is open to the session user on a change order: the telling, then the confirmation."""
    if doc.workflow_state != ChangeState.EXECUTED or not _may_record(doc):
        return []
    if not doc.supplier_notified_at:
        return [
            {
                "label": _("Supplier told"),
                "method": f"{METHOD}tell_supplier",
                "args": {"change_order": doc.name},
                "fields": [
                    {"fieldname": "notified_by_means", "reqd": 1},
                    {"fieldname": "supplier_notified_at", "description": _("Left empty: now")},
                ],
            }
        ]
    if not doc.supplier_confirmed_at:
        return [
            {
                "label": _("Supplier confirmed"),
                "method": f"{METHOD}record_confirmation",
                "args": {"change_order": doc.name},
                "fields": [
                    {"fieldname": "confirmed_by_name", "reqd": 1},
                    {"fieldname": "supplier_confirmed_at", "description": _("Left empty: now")},
                    {"fieldname": "confirmation"},
                ],
            }
        ]
    return []


def _may_record(doc) -> bool:
    state = controls.control_of(CHANGE).state(doc.workflow_state)
    return state.allows_user(set(frappe.get_roles())) and bool(doc.has_permission("write"))


def tell(name: str, means: str, at=None):
    """Record that the supplier was told, now when `at` is empty, and return the change order; its limit closes."""
    doc = _locked(name)
    _refuse(doc, clauses.against_telling(cstr(doc.workflow_state), change_facts.told(doc), means))
    doc.update({"notified_by_means": means, "supplier_notified_at": _moment(at)})
    return doc.save()


def confirm(name: str, confirmed_by: str, at=None, confirmation: str | None = None):
    """Record the supplier's confirmation, now when `at` is empty, and return the change order; its limit closes."""
    doc = _locked(name)
    _refuse(doc, clauses.against_confirmation(cstr(doc.workflow_state), change_facts.told(doc), confirmed_by))
    doc.update(
        {
            "confirmed_by_name": confirmed_by.strip(),
            "supplier_confirmed_at": _moment(at),
            "confirmation": confirmation or doc.confirmation,
        }
    )
    return doc.save()


def _locked(name: str):
    """Return the change order, locked: of two who record the same, the second finds what the first has recorded."""
    doc = workflow.locked(CHANGE, name)
    doc.check_permission("write")
    return doc


def _refuse(doc, violations: Iterable[Violation]) -> None:
    enforcement.refuse(doc, [guard.Finding(NUMBER, violation) for violation in violations])


def _moment(value):
    """Return a moment as entered, or this minute, as forms enter it; raise `ValidationError` for what is none."""
    if not value:
        return now_datetime().replace(second=0, microsecond=0)
    try:
        return get_datetime(value)
    except (ValueError, OverflowError):
        frappe.throw(_("{0} is no date with a time.").format(value), frappe.ValidationError)
