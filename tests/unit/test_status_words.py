"""Each status of suppliers and items is one enumeration; DocTypes and workflows use its words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from erp_rules.clauses import chapter_4_1, chapter_7

APP = Path(__file__).resolve().parents[2] / "apps" / "erp_rules" / "erp_rules"


def options(doctype: str, fieldname: str, module: str) -> set[str]:
    name = doctype.lower().replace(" ", "_")
    definition = json.loads((APP / module / "doctype" / name / f"{name}.json").read_text(encoding="utf-8"))
    (found,) = [field for field in definition["fields"] if field["fieldname"] == fieldname]
    return {option for option in found["options"].split("\n") if option}


@pytest.mark.parametrize(
    ("enumeration", "doctype", "fieldname", "module"),
    [
        (chapter_4_1.SupplierStatus, "Supplier", "status", "masters"),
        (chapter_4_1.SupplierStatus, "Supplier Status Change", "status", "masters"),
        (chapter_4_1.SupplierStatus, "Supplier Status Change", "previous_status", "masters"),
        (chapter_4_1.SurveyKind, "Supplier Survey", "survey_kind", "procurement"),
        (chapter_4_1.PartResult, "Supplier Part Confirmation", "technical_result", "procurement"),
        (chapter_4_1.PartResult, "Supplier Part Confirmation", "quality_result", "procurement"),
        (chapter_4_1.Outcome, "Supplier Evaluation", "outcome", "procurement"),
        (chapter_4_1.FiguresBasis, "Supplier Evaluation", "figures_basis", "procurement"),
        (chapter_4_1.VisitStatus, "Supplier Visit", "status", "procurement"),
        (chapter_7.RequestKind, "Item Change Request", "request_kind", "masters"),
        (chapter_7.ItemClass, "Item", "item_class", "masters"),
        (chapter_7.PartSize, "Item", "part_size", "masters"),
        (chapter_7.SampleStatus, "Item", "sample_status", "masters"),
    ],
)
def test_options_are_the_enumeration(enumeration, doctype, fieldname, module):
    assert options(doctype, fieldname, module) == {str(member) for member in enumeration}


def test_a_request_names_the_fields_that_the_clause_knows():
    assert options("Item Change Line", "field", "masters") == set(chapter_7.FIELD_OF_LABEL)


@pytest.mark.parametrize(
    ("enumeration", "seed"),
    [
        (chapter_4_1.SurveyState, "procurement/workflow_seed/supplier_survey.json"),
        (chapter_4_1.EvaluationState, "procurement/workflow_seed/supplier_evaluation.json"),
        (chapter_7.ItemChangeState, "masters/workflow_seed/item_change_request.json"),
    ],
)
def test_workflow_and_control_have_the_states_of_the_enumeration(enumeration, seed):
    seeded = json.loads((APP / seed).read_text(encoding="utf-8"))
    words = {str(member) for member in enumeration}
    assert {row["state"] for row in seeded["workflow"]["states"]} == words
    assert {row["state"] for row in seeded["control"]["states"]} == words
    ends = {row["state"] for row in seeded["workflow"]["transitions"]}
    ends |= {row["next_state"] for row in seeded["workflow"]["transitions"]}
    assert ends == words
