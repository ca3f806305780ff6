"""Waivers: which block they lift, how their uses are counted, and how they end (2.4, 2.5)."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import getdate, now_datetime

from erp_rules.clauses.base import Violation
from erp_rules.clauses.chapter_2 import WaiverState
from erp_rules.rule_engine import effects, workflow
from erp_rules.rule_engine.errors import RuleViolation

APPROVED = str(WaiverState.APPROVED)


class Lifting:
    """The approved waivers that may lift blocks of one document; two queries, however many blocks."""

    def __init__(self, doc, numbers: Iterable[str]):
        self._named = _named_by(doc)
        uses = frappe.get_all(
            "Rule Waiver Use",
            filters={
                "parenttype": "Rule Waiver",
                "reference_name": ["in", sorted(name for _doctype, name in self._named)],
            },
            fields=["parent", "reference_doctype", "reference_name"],
        )
        self._used_here = {
            row.parent for row in uses if (row.reference_doctype, row.reference_name) in self._named
        }
        self._waivers = frappe.get_all(
            "Rule Waiver",
            filters={"clause": ["in", sorted(numbers)], "docstatus": 1},
            or_filters=[["workflow_state", "=", APPROVED], ["name", "in", sorted(self._used_here) or [""]]],
            fields=[
                "name",
                "clause",
                "scope",
                "reference_doctype",
                "reference_name",
                "item",
                "supplier",
                "valid_until",
                "use_count",
                "max_uses",
                "workflow_state",
            ],
            order_by="name asc",
        )

    def waiver_for(self, number: str, violation: Violation) -> str | None:
        """Return the waiver that lifts `violation` of clause `number`, or None.

        A waiver that was once used for this document goes on lifting for it, also after it ended.
        """
        if not violation.waivable:
            return None
        for waiver in self._waivers:
            if waiver.clause == number and self._covers(waiver, violation) and self._is_usable(waiver):
                return waiver.name
        return None

    def is_new_use(self, waiver: str) -> bool:
        """Return whether this document has not used `waiver` before."""
        return waiver not in self._used_here

    def _covers(self, waiver, violation: Violation) -> bool:
        if waiver.scope == "Document":
            return (waiver.reference_doctype, waiver.reference_name) in self._named
        scope = violation.scope
        return bool(scope and scope.item == waiver.item and scope.supplier == waiver.supplier)

    def _is_usable(self, waiver) -> bool:
        return waiver.name in self._used_here or _is_open(waiver)


def _named_by(doc) -> set[tuple[str, str]]:
    """Return the documents whose waivers hold for `doc`: itself, and what it was made on the strength of."""
    fields = frappe.get_hooks("waivers_follow", {}).get(doc.doctype, [])
    followed = {(doc.meta.get_field(name).options, doc.get(name)) for name in fields if doc.get(name)}
    return {(doc.doctype, doc.name), *followed}


def _is_open(waiver) -> bool:
    return (
        waiver.workflow_state == APPROVED
        and getdate(waiver.valid_until) >= getdate()
        and waiver.use_count < waiver.max_uses
    )


def use(name: str, doc) -> None:
    """Count one use of waiver `name` for `doc`; refuse when somebody else has meanwhile spent it."""
    waiver = frappe.get_doc("Rule Waiver", name, for_update=True)
    if not _is_open(waiver):
        frappe.throw(
            _("Waiver {0} has been spent in the meantime ({1}); ask for a new one.").format(name, "2.5"),
            RuleViolation,
        )
    waiver.append(
        "uses",
        {
            "reference_doctype": doc.doctype,
            "reference_name": doc.name,
            "used_at": now_datetime(),
            "used_by": frappe.session.user,
        },
    )
    waiver.use_count += 1
    if waiver.use_count >= waiver.max_uses:
        workflow.move(waiver, str(WaiverState.USED_UP), "2.5")
        return
    with effects.system_write("2.5"):
        waiver.save(ignore_permissions=True)


def expire() -> None:
    """Let approved waivers whose last day has passed expire; each in its own transaction."""
    names = frappe.get_all(
        "Rule Waiver",
        filters={"docstatus": 1, "workflow_state": APPROVED, "valid_until": ["<", getdate()]},
        pluck="name",
        order_by="name asc",
    )
    for name in names:
        try:
            waiver = frappe.get_doc("Rule Waiver", name, for_update=True)
            if waiver.workflow_state == APPROVED:
                workflow.move(waiver, str(WaiverState.EXPIRED), "2.5")
            frappe.db.commit()
        except Exception:
            frappe.db.rollback()
            frappe.log_error(title=f"Waiver {name} did not expire")
            frappe.db.commit()
