"""Chapter 2 as pure functions: tables of facts and the violations they give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from erp_rules.clauses import chapter_2 as c
from erp_rules.clauses.base import registry

TODAY = date(2026, 11, 21)
RULE = c.RuleFacts(
    clause=registry.clauses["2.6"],
    is_new=False,
    is_seeding=False,
    user_is_administrator=True,
    enforcement="Block",
    enforcement_before="Block",
    seeded_fields_changed=(),
    parameters=(
        c.ParameterRow(1, "escalate_after_hours", "4", None),
        c.ParameterRow(2, "count", "working", None),
    ),
)
WAIVER = c.WaiverFacts(
    clause="4.2.3.3",
    is_waivable=True,
    scope="Document",
    reference_doctype="Price Approval",
    reference_name="PA-1",
    reference_exists=True,
    item=None,
    supplier=None,
    has_evidence=True,
    valid_until=TODAY,
    max_uses=1,
    today=TODAY,
)
DELEGATION = c.DelegationFacts(
    from_user="a@x.example",
    to_user="b@x.example",
    from_time=datetime(2026, 11, 21, 8),
    to_time=datetime(2026, 11, 28, 8),
    roles=("Top Executive",),
    roles_of_from_user=frozenset({"Top Executive", "All"}),
    to_user_is_enabled=True,
    user="a@x.example",
    user_is_administrator=False,
    now=datetime(2026, 11, 21, 9),
)


def fields(check, facts) -> list[str | None]:
    return [violation.fieldname for violation in check(facts, {})]


@pytest.mark.clause("2.1")
@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 0),
        ({"enforcement": "Warn"}, 0),
        ({"enforcement": "Sometimes"}, 1),
        ({"user_is_administrator": False}, 1),
        ({"seeded_fields_changed": ("Title", "Waivable")}, 2),
        ({"is_new": True}, 1),
        ({"is_new": True, "is_seeding": True}, 0),
        ({"clause": registry.clauses["2.1"], "enforcement": "Off"}, 1),
        ({"clause": registry.clauses["2.1"], "enforcement": "Block"}, 0),
    ],
)
def test_rule_is_changed_properly(change, count):
    assert len(list(c.rule_is_changed_properly(replace(RULE, **change), {}))) == count


@pytest.mark.clause("2.1")
def test_rule_is_not_deleted():
    assert len(list(c.rule_is_not_deleted(RULE, {}))) == 1
    assert not list(c.rule_is_not_deleted(replace(RULE, is_seeding=True), {}))


@pytest.mark.clause("2.2")
def test_parameters_have_their_type():
    assert not list(c.parameters_have_their_type(RULE, {}))
    bad = (
        c.ParameterRow(1, "escalate_after_hours", "-1", None),
        c.ParameterRow(2, "count", "sometimes", None),
        c.ParameterRow(3, "count", "clock", None),
        c.ParameterRow(4, "speed", "1", None),
    )
    found = list(c.parameters_have_their_type(replace(RULE, parameters=bad), {}))
    assert [(v.row, v.fieldname) for v in found] == [
        (1, "value"),
        (2, "value"),
        (3, "valid_from"),
        (4, "key"),
    ]


@pytest.mark.clause("2.2")
def test_every_parameter_needs_a_value_from_the_beginning():
    dated = (c.ParameterRow(1, "escalate_after_hours", "4", TODAY), c.ParameterRow(2, "count", "clock", None))
    (found,) = c.parameters_have_their_type(replace(RULE, parameters=dated), {})
    assert found.args == ("escalate_after_hours",)


@pytest.mark.clause("2.4")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"is_waivable": False}, ["clause"]),
        ({"reference_name": None}, ["reference_name"]),
        ({"reference_exists": False}, ["reference_name"]),
        ({"scope": "Item and Supplier"}, ["item"]),
        ({"scope": "Item and Supplier", "item": "I"}, ["supplier"]),
        ({"scope": "Item and Supplier", "item": "I", "supplier": "S"}, []),
        ({"max_uses": 0}, ["max_uses"]),
        ({"max_uses": 0, "is_decided": True}, []),
    ],
)
def test_waiver_names_a_waivable_clause(change, expected):
    assert fields(c.waiver_names_a_waivable_clause, replace(WAIVER, **change)) == expected


@pytest.mark.clause("2.4")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"has_evidence": False}, ["evidence"]),
        ({"valid_until": date(2026, 11, 20)}, ["valid_until"]),
        ({"valid_until": date(2026, 11, 22)}, []),
        ({"valid_until": date(2026, 11, 20), "is_decided": True}, []),
    ],
)
def test_waiver_is_complete(change, expected):
    assert fields(c.waiver_is_complete, replace(WAIVER, **change)) == expected


@pytest.mark.clause("2.8")
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"user": "b@x.example"}, ["from_user"]),
        ({"user": "c@x.example", "user_is_administrator": True}, []),
        ({"to_user": "a@x.example"}, ["to_user"]),
        ({"to_user_is_enabled": False}, ["to_user"]),
        ({"roles": ("Top Executive", "Planner")}, ["role"]),
        ({"to_time": datetime(2026, 11, 21, 8)}, ["to_time"]),
    ],
)
def test_delegation_is_proper(change, expected):
    assert fields(c.delegation_is_proper, replace(DELEGATION, **change)) == expected


@pytest.mark.clause("2.8")
@pytest.mark.parametrize(
    ("change", "count"),
    [
        ({}, 0),
        ({"to_time": datetime(2026, 11, 21, 9)}, 0),
        ({"to_time": datetime(2026, 12, 1, 8)}, 1),
        ({"to_user": "c@x.example"}, 1),
        ({"roles": ()}, 1),
    ],
)
def test_begun_delegation_is_only_ended(change, count):
    facts = replace(DELEGATION, before=DELEGATION, **change)
    assert len(list(c.begun_delegation_is_only_ended(facts, {}))) == count
    future = replace(DELEGATION, from_time=datetime(2026, 11, 22, 8))
    assert not list(c.begun_delegation_is_only_ended(replace(facts, before=future), {}))


@pytest.mark.clause("2.11")
def test_calendar_is_consistent():
    day = date(2026, 10, 1)
    assert not list(c.calendar_is_consistent(c.CalendarFacts(None, (day,)), {}))
    found = list(c.calendar_is_consistent(c.CalendarFacts("shifts overlap", (day, day)), {}))
    assert [(v.table, v.row) for v in found] == [("shifts", None), ("holidays", 2)]
