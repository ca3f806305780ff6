"""Rule Events: what clauses did, kept also when the attempt is rolled back (2.3)."""

from __future__ import annotations

import frappe
from frappe.utils import now

from erp_rules.clauses.base import Outcome

_FIELDS = (
    "name",
    "owner",
    "creation",
    "modified",
    "modified_by",
    "docstatus",
    "idx",
    "clause",
    "outcome",
    "event_time",
    "user",
    "on_behalf_of",
    "reference_doctype",
    "reference_name",
    "waiver",
    "message",
)


def log(
    number: str,
    outcome: Outcome,
    doc,
    message: str,
    *,
    waiver: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Keep one outcome of clause `number` for `doc`; written after the transaction, however that ends."""
    waiting = getattr(frappe.local, "rule_events", None)
    if waiting is None:
        waiting = frappe.local.rule_events = []
    if not waiting:
        frappe.db.after_commit.add(_flush)
        frappe.db.after_rollback.add(_flush)
    user, moment = frappe.session.user, now()
    waiting.append(
        (
            frappe.generate_hash(length=10),
            user,
            moment,
            moment,
            user,
            0,
            0,
            number,
            str(outcome),
            moment,
            user,
            on_behalf_of,
            doc.doctype,
            doc.name,
            waiver,
            message,
        )
    )


def _flush() -> None:
    """Write what waits in a small transaction of its own; a failure is logged and never reaches the caller."""
    rows, frappe.local.rule_events = getattr(frappe.local, "rule_events", None), []
    if not rows:
        return
    try:
        frappe.db.bulk_insert("Rule Event", fields=list(_FIELDS), values=rows)
        frappe.db.commit()
    except Exception:
        frappe.db.rollback()
        frappe.logger("erp_rules").error("Rule Events were not written: %s", rows, exc_info=True)
