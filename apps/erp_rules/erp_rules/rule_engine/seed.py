"""Seed data: rules refreshed without losing what an administrator changed; the rest made once, then left alone."""

from __future__ import annotations

import json
from pathlib import Path

import frappe
from frappe.utils import cint, cstr

from erp_rules.clauses.base import Clause
from erp_rules.rule_engine import effects, scope

NUMBER = "2.1"
STANDARD_CALENDAR = "Standard"
_APP = Path(__file__).parents[1]


def seed() -> None:
    """Bring the site's rules, workflows, controls, calendar and settings up to this version of the app."""
    seed_rules()
    seed_calendar()
    for path in sorted(_APP.glob("*/workflow_seed/*.json")):
        seed_workflow(json.loads(path.read_text(encoding="utf-8")))


def seed_rules() -> None:
    """Create the missing `Rule`s and refresh the text and defaults of the others."""
    stored = set(frappe.get_all("Rule", pluck="name"))
    with effects.system_write(NUMBER):
        for clause in scope.regulation().clauses.values():
            rule = (
                frappe.get_doc("Rule", clause.number) if clause.number in stored else frappe.new_doc("Rule")
            )
            if refresh(rule, clause):
                rule.save(ignore_permissions=True)
    scope.forget()


def refresh(rule, clause: Clause) -> bool:
    """Put what the regulation says into `rule`; return whether anything changed.

    Enforcement and parameter values that differ from the earlier defaults are the administrator's and stay.
    """
    before = _content(rule)
    was_default = rule.is_new() or rule.enforcement == rule.default_enforcement
    rule.update(
        {
            "clause": clause.number,
            "title": clause.title,
            "title_zh": clause.title_zh,
            "chapter": clause.chapter,
            "summary": clause.summary,
            "summary_zh": clause.summary_zh,
            "kind": ", ".join(clause.kinds),
            "default_enforcement": str(clause.default_enforcement),
            "waivable": cint(clause.waivable),
            "is_fixed": cint(clause.fixed),
            "applies_to": "\n".join(clause.applies_to),
        }
    )
    if was_default or clause.fixed:
        rule.enforcement = str(clause.default_enforcement)
    _refresh_parameters(rule, clause)
    return rule.is_new() or _content(rule) != before


def _refresh_parameters(rule, clause: Clause) -> None:
    kept = [row for row in rule.parameters if clause.parameter(row.key)]
    rule.set("parameters", kept)
    for parameter in clause.parameters:
        default = (
            cstr(parameter.default)
            if not isinstance(parameter.default, bool)
            else cstr(cint(parameter.default))
        )
        rows = [row for row in kept if row.key == parameter.key]
        if all(row.valid_from for row in rows):
            rows.append(rule.append("parameters", {"key": parameter.key, "value": default}))
        for row in rows:
            if not row.valid_from and row.default is not None and row.value == row.default:
                row.value = default
            row.update(
                {
                    "default": default,
                    "unit": parameter.unit,
                    "label": parameter.label or parameter.key.replace("_", " ").capitalize(),
                    "value_type": str(parameter.type),
                }
            )


def _content(rule) -> list:
    fields = [df.fieldname for df in rule.meta.fields if df.fieldname != "parameters"]
    rows = [
        [
            cstr(row.get(name))
            for name in ("key", "value", "valid_from", "default", "unit", "label", "value_type")
        ]
        for row in rule.parameters
    ]
    return [[cstr(rule.get(name)) for name in fields], rows]


def seed_calendar() -> None:
    """Create a Monday-to-Friday calendar of 8 hours and the settings that name it, unless there are some."""
    if frappe.db.get_single_value("Rule Settings", "default_calendar"):
        return
    with effects.system_write("2.11"):
        if not frappe.db.exists("Working Calendar", STANDARD_CALENDAR):
            calendar = frappe.new_doc("Working Calendar")
            calendar.calendar_name = STANDARD_CALENDAR
            for weekday in ("Saturday", "Sunday"):
                calendar.append("off_days", {"weekday": weekday})
            for start, end in (("08:00:00", "12:00:00"), ("13:00:00", "17:00:00")):
                calendar.append("shifts", {"start_time": start, "end_time": end})
            calendar.insert(ignore_permissions=True)
        settings = frappe.get_doc("Rule Settings")
        settings.default_calendar = STANDARD_CALENDAR
        settings.notify_roles = 1
        settings.save(ignore_permissions=True)


def seed_workflow(seeded: dict) -> None:
    """Create a workflow and its document control where the DocType has none; leave existing ones alone."""
    workflow, control = seeded["workflow"], seeded["control"]
    with effects.system_write(NUMBER):
        if not frappe.db.exists("Workflow", {"document_type": workflow["document_type"]}):
            frappe.get_doc({"doctype": "Workflow", **workflow}).insert(ignore_permissions=True)
        if not frappe.db.exists("Document Control", control["document_type"]):
            frappe.get_doc({"doctype": "Document Control", **control}).insert(ignore_permissions=True)
    scope.forget()
