"""Facts of the engine's own documents: bulk reads only, no writes, nothing thrown on purpose."""

from __future__ import annotations

import frappe
from frappe.utils import cint, get_datetime, getdate, now_datetime

from erp_rules.clauses import chapter_2
from erp_rules.rule_engine import calendars, effects, parameters, scope

ADMINISTRATOR_ROLE = "Rule Administrator"
_SEEDED = (
    "title",
    "title_zh",
    "chapter",
    "summary",
    "summary_zh",
    "kind",
    "default_enforcement",
    "waivable",
    "is_fixed",
    "applies_to",
)


def rule(doc, previous) -> chapter_2.RuleFacts:
    """Return the facts of a Rule: what of it is the regulation's and what the administrator's."""
    changed = ()
    if previous is not None:
        changed = tuple(
            doc.meta.get_field(name).label
            for name in _SEEDED
            if (doc.get(name) or "") != (previous.get(name) or "")
        )
    return chapter_2.RuleFacts(
        clause=scope.regulation().clauses.get(doc.clause or doc.name),
        is_new=previous is None,
        is_seeding=effects.system_writer() == "2.1",
        user_is_administrator=ADMINISTRATOR_ROLE in frappe.get_roles(),
        enforcement=doc.enforcement,
        enforcement_before=previous.enforcement if previous is not None else None,
        seeded_fields_changed=changed,
        parameters=tuple(
            chapter_2.ParameterRow(
                row.idx, row.key, row.value, getdate(row.valid_from) if row.valid_from else None
            )
            for row in doc.parameters
        ),
    )


def rule_waiver(doc, previous) -> chapter_2.WaiverFacts:
    """Return the facts of a Rule Waiver."""
    record = parameters.rules().get(doc.clause)
    named = doc.scope == "Document" and doc.reference_doctype and doc.reference_name
    return chapter_2.WaiverFacts(
        clause=doc.clause,
        is_waivable=bool(record and record.is_waivable),
        scope=doc.scope,
        reference_doctype=doc.reference_doctype,
        reference_name=doc.reference_name,
        reference_exists=bool(named and frappe.db.exists(doc.reference_doctype, doc.reference_name)),
        item=doc.item,
        supplier=doc.supplier,
        has_evidence=bool(doc.evidence),
        valid_until=getdate(doc.valid_until) if doc.valid_until else None,
        max_uses=cint(doc.max_uses),
        today=getdate(),
        is_decided=previous is not None and cint(previous.docstatus) == 1,
        use_count=cint(doc.use_count),
        uses=len(doc.uses),
    )


def delegation(doc, previous) -> chapter_2.DelegationFacts:
    """Return the facts of a Delegation and of what is stored of it."""
    common = {
        "roles_of_from_user": frozenset(frappe.get_roles(doc.from_user)),
        "to_user_is_enabled": bool(frappe.db.get_value("User", doc.to_user, "enabled")),
        "user": frappe.session.user,
        "user_is_administrator": ADMINISTRATOR_ROLE in frappe.get_roles(),
        "now": now_datetime(),
    }
    before = _delegation(previous, common, None) if previous is not None else None
    return _delegation(doc, common, before)


def _delegation(doc, common: dict, before) -> chapter_2.DelegationFacts:
    return chapter_2.DelegationFacts(
        from_user=doc.from_user,
        to_user=doc.to_user,
        from_time=get_datetime(doc.from_time) if doc.from_time else None,
        to_time=get_datetime(doc.to_time) if doc.to_time else None,
        roles=tuple(row.role for row in doc.roles),
        before=before,
        **common,
    )


def working_calendar(doc, previous) -> chapter_2.CalendarFacts:
    """Return the facts of a Working Calendar."""
    problem = None
    try:
        calendars.calendar_from(doc)
    except ValueError as error:
        problem = str(error)
    return chapter_2.CalendarFacts(
        problem=problem, dates=tuple(getdate(row.date) for row in doc.holidays if row.date)
    )
