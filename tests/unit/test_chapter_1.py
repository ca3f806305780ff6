"""Chapter 1 as pure functions: who can be named, and which steps lie behind a document."""

from __future__ import annotations

from dataclasses import replace

import pytest

from erp_rules.clauses import chapter_1
from erp_rules.clauses.chapter_1 import NamedPerson

ANN = NamedPerson("ann@demo.example", is_active=True, is_asker=False, is_maker=False, may_decide=True)
FRESH = frozenset({"Draft", "Rejected", "Change Draft"})


@pytest.mark.clause("1.8")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, 0),
        ({"may_decide": False}, 0),
        ({"is_active": False}, 1),
        ({"is_asker": True}, 1),
        ({"is_maker": True}, 1),
        ({"is_asked_already": True}, 1),
    ],
)
def test_who_can_be_asked_to_countersign(change, found):
    assert len(list(chapter_1.against_countersigner(replace(ANN, **change)))) == found


@pytest.mark.clause("1.9")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, 0),
        ({"may_decide": False}, 1),
        ({"is_active": False, "may_decide": False}, 1),
        ({"is_asker": True}, 1),
        ({"is_maker": True}, 1),
    ],
)
def test_whom_a_decision_can_be_passed_on_to(change, found):
    assert len(list(chapter_1.against_successor(replace(ANN, **change)))) == found


@pytest.mark.clause("1.10")
@pytest.mark.parametrize(
    ("entered", "way"),
    [
        ([], ()),
        (["Draft"], ("Draft",)),
        (["Draft", "Finance", "Executive"], ("Draft", "Finance", "Executive")),
        (["Draft", "Finance", "Executive", "Finance"], ("Draft", "Finance")),
        (["Draft", "Finance", "Executive", "Executive"], ("Draft", "Finance", "Executive")),
        (["Draft", "Finance", "Rejected", "Draft", "Finance"], ("Draft", "Finance")),
        (["Draft", "Finance", "Posted", "Change Draft", "Finance"], ("Change Draft", "Finance")),
        (["Draft", "Finance", "Rejected"], ("Rejected",)),
    ],
)
def test_way_of_the_present_round(entered, way):
    assert chapter_1.way_of_round(entered, FRESH) == way


@pytest.mark.clause("1.10", "1.11")
@pytest.mark.parametrize(
    ("way", "lasting", "back"),
    [
        ((), set(), ()),
        (("Draft",), set(), ()),
        (("Draft", "Finance", "Executive"), set(), ("Finance", "Draft")),
        (("Draft", "Finance", "Executive"), {"Executive"}, ()),
        (("Draft", "Finance", "Executive"), {"Finance"}, ("Finance",)),
        (("Draft", "Finance"), {"Draft"}, ("Draft",)),
    ],
)
def test_no_step_back_past_a_lasting_effect(way, lasting, back):
    assert chapter_1.steps_back(way, frozenset(lasting)) == back
