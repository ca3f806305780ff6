"""The demo cannot claim what is not so: an attempt that is allowed, or refused for another reason, counts as failed."""

from __future__ import annotations

import pytest

from erp_rules.demo.scenario import Teller


@pytest.fixture
def told(db):
    lines: list[str] = []
    return Teller(lines.append), lines


def test_what_is_allowed_counts_as_failed(told):
    teller, lines = told
    teller.refused("4.2.3.3", "Something harmless", lambda: None)
    assert (teller.held, teller.failed) == (0, 1)
    assert "it was allowed" in lines[0]


def test_refusal_must_cite_the_clause(db, told):
    teller, _lines = told

    def refuse():
        db.throw("Row 1: too dear (4.2.6)")

    teller.refused("4.2.3.3", "Refused for another reason", refuse)
    assert (teller.held, teller.failed) == (0, 1)
    teller.refused("4.2.6", "Refused for this reason", refuse)
    assert (teller.held, teller.failed) == (1, 1)


def test_missing_permission_is_right_only_where_that_is_asked(db, told):
    teller, _lines = told

    def refuse():
        raise db.PermissionError

    teller.refused("2.1", "Without the role", refuse)
    teller.refused("2.1", "Without the role", refuse, by_role=True)
    assert (teller.held, teller.failed) == (1, 1)


def test_a_fact_that_does_not_hold_counts_as_failed(told):
    teller, lines = told
    teller.step("4.2.5", "The price list has a row", False)
    assert (teller.held, teller.failed) == (0, 1)
    assert "FAILED" in lines[0]


def test_other_errors_are_not_refusals(told):
    teller, _lines = told
    with pytest.raises(ZeroDivisionError):
        teller.refused("4.2.5", "A slip in the program", lambda: 1 / 0)
