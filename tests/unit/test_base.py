"""Declarations, parameters and the registry."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp_rules.clauses.base import (
    SAVE,
    Clause,
    Kind,
    Parameter,
    ParameterType,
    Registry,
    Violation,
    _,
    declare,
    entering,
    registry,
    time_limit,
)


def clause(number: str, **values) -> Clause:
    texts = {"title": "t", "title_zh": "题", "summary": "s", "summary_zh": "要"}
    return Clause(number=number, **{**texts, "kinds": ("Block",), **values})


@pytest.mark.clause("2.2")
@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (Parameter("n", 3), "4", 4),
        (Parameter("n", 3), " 4.0 ", 4),
        (Parameter("n", 3, minimum=0), "0", 0),
        (Parameter("n", 3, type=ParameterType.DECIMAL), "1.05", Decimal("1.05")),
        (Parameter("n", "a", type=ParameterType.TEXT, choices=("a", "b")), "b", "b"),
        (Parameter("n", 1, type=ParameterType.CHECK), "0", False),
        (Parameter("n", 1, type=ParameterType.CHECK), "yes", True),
    ],
)
def test_parameter_takes_its_type(parameter, text, value):
    assert parameter.parse(text) == value


@pytest.mark.clause("2.2")
@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (Parameter("n", 3), "three"),
        (Parameter("n", 3), ""),
        (Parameter("n", 3), None),
        (Parameter("n", 3), "3.5"),
        (Parameter("n", 3), "nan"),
        (Parameter("n", 3), "Infinity"),
        (Parameter("n", 3), "1e13"),
        (Parameter("n", 3, minimum=1), "0"),
        (Parameter("n", 3, maximum=9), "10"),
        (Parameter("n", 1, type=ParameterType.DECIMAL), "1,5"),
        (Parameter("n", "a", type=ParameterType.TEXT, choices=("a", "b")), "c"),
        (Parameter("n", "a", type=ParameterType.TEXT), "  "),
        (Parameter("n", 1, type=ParameterType.CHECK), "2"),
    ],
)
def test_parameter_of_another_type_is_refused(parameter, text):
    with pytest.raises(ValueError):
        parameter.parse(text)


def test_number_keeps_its_meaning():
    found = Registry()
    found.add_clause(clause("4.2.3.3"))
    found.add_clause(clause("4.2.3.3"))
    with pytest.raises(ValueError):
        found.add_clause(clause("4.2.3.3", title="another"))
    with pytest.raises(LookupError):
        found.require("4.2.3.4")


@pytest.mark.parametrize("number", ["", "x", "4.", ".4", "4..2", "4.2 ", "4.2a"])
def test_wrong_number_is_refused(number):
    with pytest.raises(ValueError):
        Registry().add_clause(clause(number))


@pytest.mark.parametrize(
    ("number", "chapter"),
    [("1.1", "1"), ("2.12", "2"), ("4.2.3.3", "4.2"), ("6.6.3.1", "6.6"), ("G3.1", "G3")],
)
def test_chapter(number, chapter):
    assert clause(number).chapter == chapter


def test_default_enforcement():
    assert clause("9.1", kinds=("Warn",)).default_enforcement == "Warn"
    assert clause("9.1", kinds=("Block", "Warn")).default_enforcement == "Block"
    assert clause("9.1", kinds=("Time",)).default_enforcement == "Block"


def test_declaration_with_a_default_of_the_wrong_type_is_refused():
    values = {"title": "t", "title_zh": "题", "summary": "s", "summary_zh": "要", "kinds": [Kind.BLOCK]}
    with pytest.raises(ValueError):
        declare("99.1", **values, parameters=[Parameter("n", "x")])
    assert "99.1" not in registry.clauses


def test_time_limit_needs_its_parameters():
    import erp_rules.clauses.chapter_2  # noqa: F401 - fills the registry

    with pytest.raises(LookupError):
        time_limit("2.6", doctype="X", opens="Y", role="Z", amount="no_such_key")
    with pytest.raises(ValueError):
        time_limit("2.6", doctype="X", opens="Y", role="Z", amount="escalate_after_hours", unit="weeks")


def test_moments():
    assert entering("Posted", "Approved").states == ("Posted", "Approved")
    assert SAVE.event == "save"
    with pytest.raises(ValueError):
        entering()


def test_violation_is_waivable_unless_it_says_otherwise():
    assert Violation(_("x")).waivable
    assert str(Kind.BLOCK) == "Block"
