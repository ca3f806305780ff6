"""Rules and their parameters as they hold for a document: effective on a date, or as it was judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import frappe
from frappe.utils import getdate

from erp_rules.clauses.base import Clause
from erp_rules.rule_engine import scope


class ParameterError(ValueError):
    """A stored parameter has a value that its clause does not allow."""


@dataclass(frozen=True)
class RuleRecord:
    """A `Rule` as stored: how strictly it holds and the dated values of its parameters."""

    enforcement: str
    is_waivable: bool
    values: dict[str, list[tuple[date | None, str]]] = field(default_factory=dict)


def rules() -> dict[str, RuleRecord]:
    """Return every stored rule by clause number, kept until one changes; at most two queries per request."""
    return scope.until_changed("rules", "Rule", _read_rules)


def _read_rules() -> dict[str, RuleRecord]:
    rule, parameter = frappe.qb.DocType("Rule"), frappe.qb.DocType("Rule Parameter")
    rows = (
        frappe.qb.from_(rule)
        .left_join(parameter)
        .on((parameter.parent == rule.name) & (parameter.parenttype == "Rule"))
        .select(
            rule.name,
            rule.enforcement,
            rule.waivable,
            parameter.key.as_("parameter_key"),
            parameter.value.as_("parameter_value"),
            parameter.valid_from,
        )
        .run(as_dict=True)
    )
    records: dict[str, RuleRecord] = {}
    for row in rows:
        record = records.setdefault(row.name, RuleRecord(row.enforcement, bool(row.waivable)))
        if row.parameter_key:
            since = getdate(row.valid_from) if row.valid_from else None
            record.values.setdefault(row.parameter_key, []).append((since, row.parameter_value))
    return records


def enforcement_of(number: str) -> str:
    """Return Block, Warn or Off of clause `number`; what was never seeded holds as declared."""
    record = rules().get(number)
    return record.enforcement if record else scope.regulation().require(number).default_enforcement


def values_of(number: str, doc=None, on: date | None = None) -> Mapping[str, object]:
    """Return the typed parameters of clause `number` that hold for `doc`, or on the date `on` (today).

    A document that has left its draft is held to the values it was judged by (2.7). Raise `ParameterError`
    for a stored value that the clause does not allow.
    """
    clause = scope.regulation().require(number)
    frozen = judged_values(doc).get(number, {}) if doc is not None else {}
    day = on or getdate()
    values = {}
    for parameter in clause.parameters:
        stored = frozen[parameter.key] if parameter.key in frozen else _effective(number, parameter, day)
        try:
            values[parameter.key] = parameter.parse(stored)
        except ValueError as allowed:
            raise ParameterError(f"{number} {parameter.key} is {stored!r}; it must be {allowed}") from None
    return MappingProxyType(values)


def _effective(number: str, parameter, day: date) -> object:
    record = rules().get(number)
    dated = record.values.get(parameter.key, []) if record else []
    past = [(since or date.min, value) for since, value in dated if since is None or since <= day]
    return max(past, key=lambda entry: entry[0])[1] if past else parameter.default


def judged_values(doc) -> dict[str, dict[str, object]]:
    """Return the parameter values that `doc` was judged by, by clause; empty while it never left its draft."""
    text = doc.get("judged_by")
    return json.loads(text) if text else {}


def judgement_of(doctype: str) -> str:
    """Return today's values of every clause that concerns `doctype` as JSON, to be kept on a document (2.7)."""
    kept = {
        clause.number: {key: _plain(value) for key, value in values_of(clause.number).items()}
        for clause in clauses_of(doctype)
        if clause.parameters
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)


def clauses_of(doctype: str) -> list[Clause]:
    """Return the clauses that apply to `doctype`, by declaration, check or time limit."""
    regulation = scope.regulation()
    numbers = {check.number for check in regulation.checks_for(doctype)}
    numbers |= {limit.number for limit in regulation.time_limits_for(doctype)}
    return [
        clause
        for clause in regulation.clauses.values()
        if clause.number in numbers or doctype in clause.applies_to
    ]


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
