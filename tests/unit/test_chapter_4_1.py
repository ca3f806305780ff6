"""Chapter 4.1 as tables: suppliers, surveys, evaluations, visits."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from erp_rules.clauses import chapter_4_1 as c

TODAY = datetime.date(2026, 3, 10)


def fields(violations):
    return [violation.fieldname for violation in violations]


def rows(violations):
    return [(violation.row, violation.fieldname) for violation in violations]


# 4.1.1.2: status


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("status", "on_record", "expected"),
    [
        ("Prospective", "Prospective", []),
        ("Approved", "Approved", []),
        ("Approved", "Prospective", ["status"]),
        ("Suspended", "Approved", ["status"]),
        ("Prospective", "Eliminated", ["status"]),
        ("", "Approved", ["status"]),
    ],
)
def test_status_is_what_surveys_and_evaluations_decided(status, on_record, expected):
    facts = c.SupplierData(code="S1", status=status, status_on_record=on_record)
    assert fields(c.supplier_status_is_on_record(facts, {})) == expected


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("approved_on", "on_record", "expected"),
    [
        (None, None, []),
        (TODAY, TODAY, []),
        (TODAY, None, ["approved_on"]),
        (None, TODAY, ["approved_on"]),
        (TODAY - datetime.timedelta(days=1), TODAY, ["approved_on"]),
    ],
)
def test_date_of_approval_is_the_surveys(approved_on, on_record, expected):
    facts = c.SupplierData(code="S1", approved_on=approved_on, approved_on_record=on_record)
    assert fields(c.supplier_status_is_on_record(facts, {})) == expected


def change(**values):
    base = {
        "is_new": True,
        "supplier": "S1",
        "status": "Approved",
        "source_supplier": "S1",
        "source_is_approved": True,
        "source_status": "Approved",
    }
    return c.StatusChange(**{**base, **values})


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"is_new": False}, [None]),
        ({"source_is_approved": False}, ["source_name"]),
        ({"source_supplier": "S2"}, ["source_name"]),
        ({"source_supplier": None}, ["source_name"]),
        ({"status": "Suspended"}, ["status"]),
        ({"source_status": None}, ["status"]),
    ],
)
def test_history_is_written_once_from_an_approved_document(values, expected):
    assert fields(c.status_change_has_its_source(change(**values), {})) == expected


@pytest.mark.clause("4.1.1.2")
def test_history_is_never_deleted():
    assert len(list(c.status_change_stays(change(), {}))) == 1


# 4.1.1.2: surveys


def survey(**values):
    base = {"supplier": "S1", "kind": "New Supplier"}
    return c.Survey(**{**base, **values})


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("technical", "quality", "expected"),
    [
        ("eng@x", "qi@x", []),
        (None, "qi@x", ["technical_signed_by"]),
        ("eng@x", None, ["quality_signed_by"]),
        (None, None, ["technical_signed_by", "quality_signed_by"]),
        ("both@x", "both@x", ["quality_signed_by"]),
    ],
)
def test_technical_and_quality_both_sign(technical, quality, expected):
    facts = survey(technical_signed_by=technical, quality_signed_by=quality)
    assert fields(c.survey_is_signed_by_both(facts, {})) == expected


@pytest.mark.clause("4.1.1.2")
def test_every_part_needs_both_results_all_rows_at_once():
    parts = (
        c.PartConfirmation(1, "A", "Pass", "Pass"),
        c.PartConfirmation(2, "B", "Pass", "Pending"),
        c.PartConfirmation(3, "C", "Fail", ""),
    )
    assert rows(c.parts_are_confirmed(survey(parts=parts), {})) == [
        (2, "quality_result"),
        (3, "technical_result"),
        (3, "quality_result"),
    ]


@pytest.mark.clause("4.1.1.2")
def test_a_part_is_named_once():
    parts = (c.PartConfirmation(1, "A"), c.PartConfirmation(2, "B"), c.PartConfirmation(3, "A"))
    assert rows(c.each_part_once(survey(parts=parts), {})) == [(3, "item")]


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("kind", "status", "parts", "expected"),
    [
        ("New Supplier", "Prospective", (), []),
        ("New Part", "Approved", (c.PartConfirmation(1, "A"),), []),
        ("New Part", "Approved", (), ["part_confirmations"]),
        ("New Part", "Suspended", (c.PartConfirmation(1, "A"),), ["survey_kind"]),
        ("New Part", "Prospective", (), ["part_confirmations", "survey_kind"]),
        ("Re-approval", "Eliminated", (), []),
    ],
)
def test_new_part_survey_names_parts_of_an_approved_supplier(kind, status, parts, expected):
    facts = survey(kind=kind, supplier_status=status, parts=parts)
    assert fields(c.new_part_survey_names_parts(facts, {})) == expected


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(("score", "expected"), [("9.9", []), ("10", []), ("10.1", [(1, "score")])])
def test_score_below_at_above_the_full_score(score, expected):
    line = c.ScoreLine(1, Decimal("10"), Decimal(score))
    assert rows(c.scores_are_within_full_score(survey(scores=(line,)), {})) == expected


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], "0.0"),
        ([("10", "0")], "0.0"),
        ([("10", "10"), ("5", "5")], "100.0"),
        ([("10", "7"), ("10", "8.5")], "77.5"),
        ([("3", "1")], "33.3"),
        ([("3", "2")], "66.7"),
        ([("0", "0")], "0.0"),
    ],
)
def test_total_score(lines, expected):
    found = c.total_score_pct(
        [c.ScoreLine(number, Decimal(full), Decimal(got)) for number, (full, got) in enumerate(lines, 1)]
    )
    assert found == Decimal(expected)


# 4.1.1.4: data


COMPLETE = {
    "supplier_code": "S1",
    "supplier_name": "Hongda",
    "address": "1 Road",
    "contacts": True,
    "currency": "CNY",
}


@pytest.mark.clause("4.1.1.4")
@pytest.mark.parametrize("fieldname", ["supplier_code", "supplier_name", "address", "contacts", "currency"])
@pytest.mark.parametrize("empty", [None, "", "   "])
def test_each_mandatory_field_is_missed(fieldname, empty):
    assert c.missing_data({**COMPLETE, fieldname: empty}) == (fieldname,)


@pytest.mark.clause("4.1.1.4")
def test_complete_data_misses_nothing():
    assert c.missing_data(COMPLETE) == ()


@pytest.mark.clause("4.1.1.4")
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Prospective", []),
        ("Approved", ["address", "currency"]),
        ("Suspended", []),
        ("Eliminated", []),
    ],
)
def test_only_an_approved_supplier_must_stay_complete(status, expected):
    facts = c.SupplierData(code="S1", status_on_record=status, missing=("address", "currency"))
    assert fields(c.approved_supplier_is_complete(facts, {})) == expected


@pytest.mark.clause("4.1.1.4")
def test_survey_names_every_missing_field_of_its_supplier():
    facts = survey(supplier_missing=("address", "contacts", "currency"))
    found = list(c.surveyed_supplier_is_complete(facts, {}))
    assert [violation.args for violation in found] == [
        ("S1", "Address"),
        ("S1", "Contacts"),
        ("S1", "Currency"),
    ]


@pytest.mark.clause("4.1.1.4")
@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 0),
        ({"same_as": "S2"}, 0),
        ({"same_as": "S1"}, 1),
        ({"same_as": "S2", "main_code_of_same_as": "S3"}, 1),
        ({"same_as": "S2", "is_main_code": True}, 1),
        ({"is_main_code": True}, 0),
    ],
)
def test_same_as_names_a_main_code(values, count):
    found = list(c.same_supplier_points_to_main_code(c.SupplierData(code="S1", **values), {}))
    assert len(found) == count


@pytest.mark.clause("4.1.1.4")
def test_twins_are_named_in_the_warning():
    assert not list(c.same_company_under_two_codes(c.SupplierData(code="S1"), {}))
    (found,) = c.same_company_under_two_codes(c.SupplierData(code="S1", twins=("S2", "S7")), {})
    assert found.args == ("S2, S7",)


# 4.1.2.1: visits


P_VISIT = {"visit_quality_pct": Decimal("95"), "visit_within_days": 30}


@pytest.mark.clause("4.1.2.1")
@pytest.mark.parametrize(
    ("outcome", "quality", "expected"),
    [
        ("Keep", "94.99", True),
        ("Keep", "95", False),
        ("Keep", "95.01", False),
        ("Keep", None, False),
        ("Coach", "99", True),
        ("Coach", None, True),
        ("Suspend", "10", False),
        ("Eliminate", "10", False),
    ],
)
def test_poor_quality_plans_a_visit(outcome, quality, expected):
    assert c.needs_visit(outcome, None if quality is None else Decimal(quality), P_VISIT) is expected


def visit(**values):
    base = {
        "status": "Done",
        "visited_on": TODAY,
        "visited_by": "p@x",
        "findings": "dirty mould",
        "today": TODAY,
    }
    return c.Visit(**{**base, **values})


@pytest.mark.clause("4.1.2.1")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"visited_on": TODAY + datetime.timedelta(days=1)}, ["visited_on"]),
        ({"visited_on": TODAY - datetime.timedelta(days=1)}, []),
        ({"visited_on": None, "visited_by": None, "findings": " "}, ["visited_on", "visited_by", "findings"]),
        ({"status": "Planned", "visited_on": None, "visited_by": None, "findings": None}, []),
        ({"status": "Cancelled", "visited_on": None, "visited_by": None, "findings": None}, []),
    ],
)
def test_a_visit_that_is_done_is_recorded(values, expected):
    assert fields(c.done_visit_is_recorded(visit(**values), {})) == expected


# 4.1.2.2: evaluations


def evaluation(**values):
    base = {"supplier": "S1", "period_from": TODAY, "period_to": TODAY, "outcome": "Keep"}
    return c.Evaluation(**{**base, **values})


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    ("value", "expected"),
    [("-0.01", ["quality_pct"]), ("0", []), ("100", []), ("100.01", ["quality_pct"])],
)
def test_figures_are_from_0_to_100(value, expected):
    facts = evaluation(figures=(("quality_pct", "Quality %", Decimal(value)),))
    assert fields(c.evaluation_figures_are_possible(facts, {})) == expected


@pytest.mark.clause("4.1.2.2")
def test_period_may_be_one_day_and_not_reversed():
    assert not list(c.evaluation_figures_are_possible(evaluation(), {}))
    reversed_period = evaluation(period_from=TODAY, period_to=TODAY - datetime.timedelta(days=1))
    assert fields(c.evaluation_figures_are_possible(reversed_period, {})) == ["period_to"]


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    ("outcome", "remarks", "expected"),
    [
        (None, None, ["outcome"]),
        ("Keep", None, []),
        ("Coach", None, []),
        ("Suspend", "", ["remarks"]),
        ("Eliminate", "  ", ["remarks"]),
        ("Suspend", "late three times", []),
    ],
)
def test_stopping_a_supplier_needs_its_reason(outcome, remarks, expected):
    assert fields(c.evaluation_is_decided(evaluation(outcome=outcome, remarks=remarks), {})) == expected


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    ("status", "count"), [("Prospective", 1), ("Approved", 0), ("Suspended", 0), ("Eliminated", 1)]
)
def test_only_suppliers_in_use_are_evaluated(status, count):
    assert len(list(c.evaluation_is_of_a_supplier_in_use(evaluation(supplier_status=status), {}))) == count


@pytest.mark.clause("4.1.2.2")
def test_one_evaluation_a_period():
    assert not list(c.one_evaluation_per_period(evaluation(), {}))
    (found,) = c.one_evaluation_per_period(evaluation(overlapping=("SE-1", "SE-2")), {})
    assert found.args == ("S1", "SE-1, SE-2")


@pytest.mark.clause("4.1.2.2")
def test_stopped_suppliers_are_named_by_row():
    named = [
        c.StatusOfRow(1, "S1", "Approved"),
        c.StatusOfRow(2, "S2", "Suspended"),
        c.StatusOfRow(3, "S3", "Prospective"),
        c.StatusOfRow(4, "S4", "Eliminated"),
    ]
    assert rows(c.stopped_suppliers(named, "quotes")) == [(2, "supplier"), (4, "supplier")]
