"""Every clause has code and tests, and the page and the report show it (2.13)."""

from __future__ import annotations

import json

import pytest
from engine_tools import new_waiver

from erp_rules.rule_engine import traceability
from hosts import ROOT, as_user

pytestmark = pytest.mark.clause("2.13")


@pytest.fixture(scope="module")
def traced():
    return traceability.build(ROOT)


def test_every_clause_has_code_and_a_test(traced):
    assert len(traced) >= 30
    assert [number for number, found in traced.items() if not found["code"]] == []
    assert [number for number, found in traced.items() if not found["tests"]] == []


def test_every_test_names_declared_clauses(traced):
    from erp_rules.clauses.base import registry

    unknown = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        unknown |= {number for number, _test in traceability._marked_in_tests(path)} - set(registry.clauses)
    assert unknown == set()


def test_page_and_data_show_every_clause(traced):
    page = (ROOT / "docs" / "traceability.md").read_text(encoding="utf-8")
    stored = traceability.stored()
    run = "run `python -m erp_rules.rule_engine.traceability`"
    assert set(stored) == set(traced), run
    assert [number for number in traced if f"### {number} " not in page] == [], run


def test_numbers_sort_as_numbers():
    numbers = ["4.2.10", "4.2.9", "10.1", "4.2", "A2", "2.13", "2.2"]
    assert sorted(numbers, key=traceability.order) == ["2.2", "2.13", "4.2", "4.2.9", "4.2.10", "10.1", "A2"]


def test_a_clause_without_code_or_test_is_found(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        'import pytest\n@pytest.mark.clause("1.1")\ndef test_a():\n    pass\n', encoding="utf-8"
    )
    found = traceability.build(tmp_path)
    assert found["1.1"]["tests"] == ["tests/test_x.py::test_a"]
    assert found["1.2"]["tests"] == []


def test_report_shows_enforcement_and_events(db):
    from frappe.desk.query_report import run

    with as_user("Purchaser"), pytest.raises(db.ValidationError):
        new_waiver(clause="1.3").insert()
    db.db.rollback()
    with as_user("Rule Administrator"):
        found = run("Clause Traceability", filters=json.dumps({"chapter": "2"}))
    rows = {row["clause"]: row for row in found["result"] if isinstance(row, dict)}
    assert rows["2.4"]["blocked"] >= 1
    assert rows["2.4"]["enforcement"] == "Block"
    assert rows["2.4"]["tests"] >= 2
    assert "4.2.3.3" not in rows
    assert list(rows)[:2] == ["2.1", "2.2"]
    with as_user("Purchaser"), pytest.raises(db.PermissionError):
        run("Clause Traceability", filters="{}")
