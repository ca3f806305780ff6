"""Suppliers from first survey to elimination, by the right people, and by everybody else (4.1)."""

from __future__ import annotations

import datetime

import pytest
import receiving_world as receiving

import hosts
import making

STATES = ("Draft", "Technical Review", "Quality Review", "Approval", "Approved")
ACTIONS = ("Submit for Review", "Pass", "Approve", "Reject", "Revise")
ALLOWED = {
    ("Draft", "Submit for Review"): "Purchaser",
    ("Technical Review", "Pass"): "Engineer",
    ("Technical Review", "Reject"): "Engineer",
    ("Quality Review", "Pass"): "Quality Inspector",
    ("Quality Review", "Reject"): "Quality Inspector",
    ("Approval", "Approve"): "Purchasing Manager",
    ("Approval", "Reject"): "Purchasing Manager",
}


def stored(doc) -> dict:
    """What the database holds of a document and its rows, without times of change."""
    import frappe

    frappe.clear_document_cache(doc.doctype, doc.name)
    return frappe.get_doc(doc.doctype, doc.name).as_dict(no_default_fields=True)


def today() -> datetime.date:
    """Today in the site's time zone."""
    from frappe.utils import getdate, nowdate

    return getdate(nowdate())


def history(supplier: str) -> list:
    import frappe

    return frappe.get_all(
        "Supplier Status Change",
        filters={"supplier": supplier},
        fields=["previous_status", "status", "source_doctype", "source_name", "changed_by"],
        order_by="changed_at asc, creation asc",
    )


# --- the way that works


@pytest.mark.clause("4.1.1.2")
def test_a_survey_signed_by_both_approves_the_supplier(db):
    supplier = making.supplier()
    assert (supplier.status, supplier.approved_on) == ("Prospective", None)
    survey = making.survey(supplier.name, scores=[{"criterion": "Lathes", "max_score": 10, "score": 8}])
    assert (survey.workflow_state, survey.total_score) == ("Draft", 80.0)
    survey = making.act(survey, "Submit for Review", "Purchaser")
    assert (survey.workflow_state, survey.technical_signed_by) == ("Technical Review", None)
    survey = making.act(survey, "Pass", "Engineer")
    assert survey.technical_signed_by == hosts.user_for("Engineer")
    assert isinstance(survey.technical_signed_at, datetime.datetime)
    survey = making.act(survey, "Pass", "Quality Inspector")
    assert (survey.workflow_state, survey.quality_signed_by) == (
        "Approval",
        hosts.user_for("Quality Inspector"),
    )
    assert db.db.get_value("Supplier", supplier.name, "status") == "Prospective"
    survey = making.act(survey, "Approve", "Purchasing Manager")
    assert (survey.docstatus, survey.approved_by) == (1, hosts.user_for("Purchasing Manager"))
    supplier.reload()
    assert (supplier.status, supplier.approved_on) == ("Approved", today())
    assert history(supplier.name) == [
        {
            "previous_status": "Prospective",
            "status": "Approved",
            "source_doctype": "Supplier Survey",
            "source_name": survey.name,
            "changed_by": hosts.user_for("Purchasing Manager"),
        }
    ]


@pytest.mark.clause("4.1.1.2")
def test_new_parts_are_confirmed_with_the_survey(db):
    confirmed, untouched = making.item(), making.item()
    supplier = making.approved_supplier()
    survey = making.survey(
        supplier.name, survey_kind="New Part", part_confirmations=[{"item": confirmed.name, "sample_qty": 5}]
    )
    survey = making.act(survey, "Submit for Review", "Purchaser")
    for role, field in (("Engineer", "technical_result"), ("Quality Inspector", "quality_result")):
        with hosts.as_user(role):
            survey.part_confirmations[0].set(field, "Pass")
            survey.save()
        survey = making.act(survey, "Pass", role)
    making.act(survey, "Approve", "Purchasing Manager")
    assert db.db.get_value("Item", confirmed.name, "sample_status") == "Confirmed"
    assert db.db.get_value("Item", untouched.name, "sample_status") == "Pending"
    assert len(history(supplier.name)) == 1


@pytest.mark.clause("4.1.1.2")
def test_rejected_surveys_are_revised_and_signed_anew(db):
    survey = making.pass_survey(making.survey(making.supplier().name), steps=3)
    survey = making.act(survey, "Reject", "Purchasing Manager")
    assert (survey.workflow_state, survey.docstatus) == ("Rejected", 0)
    survey = making.act(survey, "Revise", "Purchaser")
    assert (survey.workflow_state, survey.technical_signed_by, survey.quality_signed_by) == (
        "Draft",
        None,
        None,
    )


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(("outcome", "status"), [("Suspend", "Suspended"), ("Eliminate", "Eliminated")])
def test_an_evaluation_stops_a_supplier_and_a_new_survey_brings_it_back(db, outcome, status):
    supplier = making.stopped_supplier(outcome)
    assert supplier.status == status
    assert [row.status for row in history(supplier.name)] == ["Approved", status]
    making.pass_survey(making.survey(supplier.name, survey_kind="Re-approval"))
    supplier.reload()
    assert supplier.status == "Approved"
    assert [row.status for row in history(supplier.name)] == ["Approved", status, "Approved"]


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize("outcome", ["Keep", "Coach"])
def test_an_evaluation_that_keeps_leaves_the_status(db, outcome):
    supplier = making.approved_supplier()
    making.pass_evaluation(making.evaluation(supplier.name, outcome=outcome))
    supplier.reload()
    assert supplier.status == "Approved"
    assert len(history(supplier.name)) == 1


@pytest.mark.clause("4.1.2.1")
@pytest.mark.parametrize(
    ("accepted", "values", "count"),
    [
        (9499, {}, 1),
        (9500, {}, 0),
        (9900, {"outcome": "Coach"}, 1),
        (0, {}, 1),
        (None, {}, 0),
        (1000, {"outcome": "Suspend", "remarks": "bad"}, 0),
    ],
)
def test_poor_quality_plans_a_visit(db, accepted, values, count):
    order = receiving.order(qty=10_000)
    if accepted is not None:
        receiving.posted(order, 10_000, accepted)
    evaluation = making.evaluation(order.supplier, period_from=today(), period_to=today(), **values)
    making.pass_evaluation(evaluation)
    visits = db.get_all(
        "Supplier Visit",
        filters={"supplier": order.supplier},
        fields=["supplier_evaluation", "status", "planned_on"],
    )
    due = today() + datetime.timedelta(days=30)
    planned = {"supplier_evaluation": evaluation.name, "status": "Planned", "planned_on": due}
    assert visits == [planned] * count


@pytest.mark.clause("4.1.1.3")
def test_inspectors_are_told_when_the_list_changes(db):
    supplier = making.supplier(hosts.unique("SN"))
    making.pass_survey(making.survey(supplier.name))
    db.db.commit()
    told = db.get_all(
        "Notification Log",
        filters={"subject": ["like", f"%{supplier.name}%"]},
        fields=["for_user", "subject"],
        order_by="for_user",
    )
    wanted = {hosts.user_for("Quality Inspector"), hosts.user_for("Quality Inspector", 2)}
    assert wanted <= {row.for_user for row in told}
    assert hosts.user_for("Planner") not in {row.for_user for row in told}
    assert all("Approved" in row.subject for row in told)


# --- the list


def approved_on(day, **filters) -> dict:
    from erp_rules.procurement.report.approved_supplier_list.approved_supplier_list import execute

    _columns, rows = execute({"as_of": day, **filters})
    return {row["supplier"]: row for row in rows}


@pytest.mark.clause("4.1.1.3")
def test_the_list_is_shown_as_of_any_date(db):
    supplier = making.stopped_supplier()
    first, second = db.get_all(
        "Supplier Status Change",
        filters={"supplier": supplier.name},
        pluck="name",
        order_by="changed_at, creation",
    )
    for name, moment in ((first, "2026-02-01 09:00:00"), (second, "2026-04-01 17:30:00")):
        db.db.set_value("Supplier Status Change", name, {"changed_at": moment, "effective_on": moment[:10]})
    days = ("2026-01-31", "2026-02-01", "2026-03-31", "2026-04-01", None)
    assert [supplier.name in approved_on(day) for day in days] == [False, True, True, False, False]
    assert approved_on("2026-04-01", show_all=1)[supplier.name]["status"] == "Suspended"
    row = approved_on("2026-03-31")[supplier.name]
    assert (row["since"], row["contact_name"], row["currency"]) == (
        datetime.date(2026, 2, 1),
        "Ms Chen",
        "CNY",
    )


@pytest.mark.clause("4.1.1.3")
def test_the_list_runs_as_a_report_with_a_constant_number_of_queries(db, query_count):
    from frappe.desk.query_report import run

    counts = []
    for _round in range(2):
        for _number in range(3):
            making.approved_supplier()
        with hosts.as_user("Quality Inspector"):
            run("Approved Supplier List", filters={"supplier_kind": "Domestic"})
            with query_count() as counted:
                result = run("Approved Supplier List", filters={"supplier_kind": "Domestic"})
        counts.append(counted.count)
        assert {"supplier", "status", "since", "source_name"} <= {c["fieldname"] for c in result["columns"]}
    assert len(result["result"]) >= 6
    assert counts[0] == counts[1]


# --- the wrong people


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize("steps", range(5))
def test_only_the_right_role_acts_in_each_state(db, steps):
    state = STATES[steps]
    survey = making.pass_survey(making.survey(making.supplier().name), steps=steps)
    assert survey.workflow_state == state
    before, refused = stored(survey), 0
    for role in hosts.ROLES:
        for action in ACTIONS:
            if ALLOWED.get((state, action)) == role:
                continue
            with pytest.raises((db.ValidationError, db.PermissionError)):
                making.act(survey, action, role)
            refused += 1
    expected = len(hosts.ROLES) * len(ACTIONS) - sum(1 for known, _action in ALLOWED if known == state)
    assert refused == expected
    assert stored(survey) == before


@pytest.mark.clause("4.1.1.2")
def test_nobody_approves_a_survey_they_made(db):
    login = hosts.make_user(f"{hosts.unique('all')}@demo.example".lower(), *hosts.ROLES)
    supplier = making.supplier()
    with hosts.as_user(login):
        survey = db.get_doc({"doctype": "Supplier Survey", "supplier": supplier.name}).insert()
    survey = making.act(survey, "Submit for Review", login)
    before = stored(survey)
    for action in ("Pass", "Reject"):
        with pytest.raises((db.ValidationError, db.PermissionError)):
            making.act(survey, action, login)
    assert stored(survey) == before


@pytest.mark.clause("4.1.1.2")
def test_one_person_cannot_sign_for_technical_and_quality(db):
    login = hosts.make_user(f"{hosts.unique('two')}@demo.example".lower(), "Engineer", "Quality Inspector")
    survey = making.survey(making.supplier().name)
    survey = making.act(survey, "Submit for Review", "Purchaser")
    survey = making.act(making.act(survey, "Pass", login), "Pass", login)
    with pytest.raises(db.ValidationError, match=r"4\.1\.1\.2"):
        making.act(survey, "Approve", "Purchasing Manager")
    assert db.db.get_value("Supplier", survey.supplier, "status") == "Prospective"


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(
    "field", ["technical_signed_by", "technical_signed_at", "quality_signed_by", "approved_by", "approved_at"]
)
def test_signatures_cannot_be_typed(db, field):
    value = "2026-01-01 10:00:00" if field.endswith("_at") else hosts.user_for("Engineer")
    supplier = making.supplier()
    with pytest.raises(db.ValidationError):
        making.survey(supplier.name, **{field: value})
    survey = making.survey(supplier.name)
    before = stored(survey)
    with hosts.as_user("Purchaser"), pytest.raises(db.ValidationError):
        survey.set(field, value)
        survey.save()
    assert stored(survey) == before


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize("role", ["Purchaser", "Purchasing Manager", "Administrator"])
@pytest.mark.parametrize(
    "values",
    [
        {"status": "Approved"},
        {"status": "Eliminated"},
        {"approved_on": "2026-01-01"},
        {"status": "Approved", "approved_on": "2026-01-01"},
    ],
)
def test_status_cannot_be_written_by_hand(db, role, values):
    supplier = making.supplier()
    before = stored(supplier)
    with hosts.as_user(role), pytest.raises(db.ValidationError, match=r"4\.1\.1\.2"):
        supplier.update(values)
        supplier.save()
    assert stored(supplier) == before


@pytest.mark.clause("4.1.1.2")
def test_no_supplier_starts_approved(db):
    code = hosts.unique("S")
    with pytest.raises(db.ValidationError, match=r"4\.1\.1\.2"):
        making.supplier(code, status="Approved")
    assert not db.db.exists("Supplier", code)


@pytest.mark.clause("4.1.1.2")
def test_history_cannot_be_forged_edited_or_deleted(db):
    supplier = making.approved_supplier()
    (name,) = db.get_all("Supplier Status Change", filters={"supplier": supplier.name}, pluck="name")
    change = db.get_doc("Supplier Status Change", name)
    forged = db.copy_doc(change)
    forged.status = "Eliminated"
    with pytest.raises(db.ValidationError, match=r"4\.1\.1\.2"):
        forged.insert()
    with hosts.as_user("Purchasing Manager"), pytest.raises(db.PermissionError):
        db.copy_doc(change).insert()
    change.reason = "rewritten"
    with pytest.raises(db.ValidationError, match=r"4\.1\.1\.2"):
        change.save()
    with pytest.raises(db.ValidationError):
        db.delete_doc("Supplier Status Change", name)
    assert db.db.get_value("Supplier Status Change", name, "reason") is None
    with pytest.raises(db.ValidationError):
        db.delete_doc("Supplier", supplier.name)
    assert db.db.exists("Supplier", supplier.name)


@pytest.mark.clause("4.1.1.2")
def test_reviewers_edit_their_own_part_only(db):
    item = making.item()
    survey = making.survey(
        making.supplier().name,
        part_confirmations=[{"item": item.name}],
        scores=[{"criterion": "Tools", "max_score": 10, "score": 4}],
    )
    survey = making.act(survey, "Submit for Review", "Purchaser")
    with hosts.as_user("Engineer"):
        survey.technical_opinion = "Good lathes"
        survey.part_confirmations[0].technical_result = "Pass"
        survey.scores[0].score = 9
        survey.save()
    assert survey.total_score == 90.0
    before = stored(survey)
    for field, value in (("equipment", "forged"), ("quality_opinion", "forged"), ("conclusion", "forged")):
        survey.reload()
        with hosts.as_user("Engineer"), pytest.raises(db.ValidationError):
            survey.set(field, value)
            survey.save()
    survey.reload()
    with hosts.as_user("Engineer"), pytest.raises(db.ValidationError):
        survey.part_confirmations[0].quality_result = "Pass"
        survey.save()
    survey.reload()
    with hosts.as_user("Quality Inspector"), pytest.raises((db.ValidationError, db.PermissionError)):
        survey.quality_opinion = "too early"
        survey.save()
    assert stored(survey) == before


REVIEWED = (
    {"technical_opinion": "forged"},
    {"quality_opinion": "forged"},
    {"conclusion": "forged"},
    {"part_confirmations": {"technical_result": "Pass"}},
    {"part_confirmations": {"quality_result": "Fail"}},
)


@pytest.mark.clause("1.4")
@pytest.mark.parametrize("values", REVIEWED)
def test_what_reviewers_fill_in_is_locked_while_a_survey_is_drafted(db, http, values):
    item, other = making.item(), making.item()
    supplier = making.supplier().name
    row = {"item": item.name, **values.get("part_confirmations", {})}
    heading = {key: value for key, value in values.items() if key != "part_confirmations"}
    with pytest.raises(db.ValidationError, match=r"1\.4"):
        making.survey(supplier, part_confirmations=[row], **heading)
    survey = making.survey(supplier, part_confirmations=[{"item": item.name}])
    db.db.commit()
    before = stored(survey)
    http.login("Purchaser")
    row["name"] = survey.part_confirmations[0].name
    rows = {"part_confirmations": [row]} if "part_confirmations" in values else {}
    answer = http.put(f"/api/resource/Supplier Survey/{survey.name}", json={**heading, **rows})
    assert answer.status_code == 417 and stored(survey) == before
    with hosts.as_user("Purchaser"):
        survey.reload()
        survey.equipment = "Two more lathes"
        survey.append("part_confirmations", {"item": other.name})
        survey.part_confirmations[0].sample_qty = 3
        survey.save()
    assert [r.item for r in survey.part_confirmations] == [item.name, other.name]
    assert survey.part_confirmations[0].sample_qty == 3
    assert [r.technical_result for r in survey.part_confirmations] == ["Pending", "Pending"]


@pytest.mark.clause("1.4")
def test_screens_are_told_what_a_survey_leaves_open(db, http):
    survey = making.survey(making.supplier().name)
    db.db.commit()
    http.login("Purchaser")
    query = {"doctype": survey.doctype, "name": survey.name}
    shown = http.get("/api/method/erp_rules.api.screens.document", query_string=query).json["message"]
    closed = {
        "-technical_opinion",
        "-quality_opinion",
        "-conclusion",
        "-part_confirmations.technical_result",
        "-part_confirmations.quality_result",
    }
    assert {name for name in shown["editable"] if name.startswith("-")} == closed
    assert {"equipment", "part_confirmations"} <= set(shown["editable"])
    meta = http.get("/api/method/erp_rules.api.screens.meta", query_string=query).json["message"]
    assert meta["new_editable"] == shown["editable"]


@pytest.mark.clause("1.4")
@pytest.mark.parametrize(
    ("before", "is_ours"), [("*", True), ("equipment\npart_confirmations", False), ("*\n-capacity", False)]
)
@pytest.mark.parametrize("doctype", ["Supplier Survey", "Item Change Request"])
def test_existing_sites_lock_the_reviewers_fields_unless_an_administrator_changed_them(
    db, doctype, before, is_ours
):
    from erp_rules.patches.v1_0 import lock_reviewers_fields

    draft = {"parent": doctype, "state": "Draft"}
    row = "Document Control State"
    seeded = db.db.get_value(row, draft, "editable_fields")
    others = db.get_all(row, {"state": ["!=", "Draft"]}, ["name", "editable_fields"], order_by="name")
    db.db.set_value(row, draft, "editable_fields", before)
    try:
        for _round in range(2):
            lock_reviewers_fields.execute()
            assert db.db.get_value(row, draft, "editable_fields") == (seeded if is_ours else before)
    finally:
        db.db.set_value(row, draft, "editable_fields", seeded)
    unchanged = db.get_all(row, {"state": ["!=", "Draft"]}, ["name", "editable_fields"], order_by="name")
    assert unchanged == others and seeded.startswith("*\n-")


# --- bad input


@pytest.mark.clause("4.1.1.4")
def test_a_supplier_without_its_data_is_not_approved_and_everything_is_reported_at_once(db):
    supplier = making.supplier(address=None, contacts=[], currency=None)
    survey = making.pass_survey(making.survey(supplier.name), steps=3)
    before = stored(survey)
    with pytest.raises(db.ValidationError) as refused:
        making.act(survey, "Approve", "Purchasing Manager")
    message = str(refused.value)
    assert message.count("4.1.1.4") == 3
    assert all(label in message for label in ("Address", "Contacts", "Currency"))
    assert stored(survey) == before
    assert db.db.get_value("Supplier", supplier.name, "status") == "Prospective"
    assert history(supplier.name) == []


@pytest.mark.clause("4.1.1.4")
def test_an_approved_supplier_stays_complete(db):
    supplier = making.approved_supplier()
    before = stored(supplier)
    with hosts.as_user("Purchaser"), pytest.raises(db.ValidationError) as refused:
        supplier.update({"address": " ", "currency": None, "contacts": []})
        supplier.save()
    assert str(refused.value).count("4.1.1.4") == 3
    assert stored(supplier) == before
    supplier.reload()
    with hosts.as_user("Purchaser"):
        supplier.address = "2 New Road"
        supplier.save()
    assert db.db.get_value("Supplier", supplier.name, "address") == "2 New Road"


@pytest.mark.clause("4.1.1.4")
def test_one_company_under_two_codes(db):
    mark = hosts.unique("Hongda")
    main = making.supplier(supplier_name=f"{mark} Co., Ltd.", tax_id="91-44 19")
    twin = making.supplier(supplier_name=f"{mark.upper()} COMPANY LIMITED")
    messages = " ".join(str(message) for message in db.message_log)
    assert main.name in messages and "4.1.1.4" in messages
    twin.same_as = main.name
    twin.save()
    third = making.supplier(tax_id=f"T {mark}")
    fourth = making.supplier(tax_id=f"t-{mark}", same_as=twin.same_as)
    from erp_rules.masters.facts import supplier_identities

    found = supplier_identities([main.name, twin.name, third.name, fourth.name])
    assert len(set(found.values())) == 1
    for code, same_as in ((third.name, third.name), (third.name, twin.name), (main.name, third.name)):
        doc = db.get_doc("Supplier", code)
        doc.same_as = same_as
        with pytest.raises(db.ValidationError, match=r"4\.1\.1\.4"):
            doc.save()


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"currency": "XXQ"}, "LinkValidationError"),
        ({"same_as": "nobody-here"}, "LinkValidationError"),
        ({"supplier_kind": "Friendly"}, "ValidationError"),
        ({"status": "Bogus"}, "ValidationError"),
        ({"supplier_name": "x" * 141}, "CharacterLengthExceededError"),
        ({"supplier_name": None}, "MandatoryError"),
        ({"supplier_name": ["a list"]}, "ValidationError"),
        ({"contacts": [{"contact_name": "A", "email": "no address"}]}, "InvalidEmailAddressError"),
        ({"contacts": [{"phone": "123456"}]}, "MandatoryError"),
        ({"approved_on": "2026-01-01"}, "ValidationError"),
    ],
)
def test_bad_supplier_data_is_refused(db, values, error):
    code = hosts.unique("S")
    with pytest.raises(getattr(db.exceptions, error)):
        making.supplier(code, **values)
    db.db.rollback()
    assert not db.db.exists("Supplier", code)


def test_the_same_code_twice_is_refused(db):
    supplier = making.supplier()
    with pytest.raises(db.DuplicateEntryError):
        making.supplier(supplier.name.lower())


@pytest.mark.parametrize(
    ("values", "clause"),
    [
        ({"scores": [{"criterion": "A", "max_score": 5, "score": 5.1}]}, "4.1.1.2"),
        ({"part_confirmations": "same item twice"}, "4.1.1.2"),
    ],
)
@pytest.mark.clause("4.1.1.2")
def test_bad_survey_rows_are_refused_with_their_row(db, values, clause):
    if "part_confirmations" in values:
        item = making.item()
        values = {"part_confirmations": [{"item": item.name}, {"item": item.name}]}
    with pytest.raises(db.ValidationError, match=clause.replace(".", r"\.")):
        making.survey(making.supplier().name, **values)


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"supplier": "nobody-here"}, "LinkValidationError"),
        ({"survey_kind": "Picnic"}, "ValidationError"),
        ({"part_confirmations": [{"item": "no-such-item"}]}, "LinkValidationError"),
        ({"employees": -5}, "NonNegativeError"),
        ({"visited_place": "x" * 141}, "CharacterLengthExceededError"),
        ({"workflow_state": "Approved"}, "ValidationError"),
        ({"docstatus": 1}, "PermissionError"),
    ],
)
def test_bad_surveys_are_refused(db, values, error):
    supplier = making.supplier()
    count = db.db.count("Supplier Survey", {"supplier": supplier.name})
    with pytest.raises(getattr(db.exceptions, error)):
        making.survey(**{"supplier_code": supplier.name, **values})
    assert db.db.count("Supplier Survey", {"supplier": supplier.name}) == count == 0


@pytest.mark.clause("4.1.1.2")
@pytest.mark.parametrize(("result", "field"), [("Pending", "technical_result"), ("Fail", "quality_result")])
def test_an_unconfirmed_part_stops_the_approval(db, result, field):
    item = making.item()
    survey = making.survey(making.supplier().name, part_confirmations=[{"item": item.name}])
    survey = making.act(survey, "Submit for Review", "Purchaser")
    for reviewer, own in (("Engineer", "technical_result"), ("Quality Inspector", "quality_result")):
        with hosts.as_user(reviewer):
            survey.part_confirmations[0].set(own, result if own == field else "Pass")
            survey.save()
        survey = making.act(survey, "Pass", reviewer)
    with pytest.raises(db.ValidationError, match=item.name):
        making.act(survey, "Approve", "Purchasing Manager")
    assert db.db.get_value("Item", item.name, "sample_status") == "Pending"


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    "values",
    [
        {"outcome": None},
        {"outcome": "Suspend"},
        {"outcome": "Eliminate", "remarks": "  "},
    ],
)
def test_an_undecided_evaluation_is_not_submitted(db, values):
    supplier = making.approved_supplier()
    evaluation = making.evaluation(supplier.name, **values)
    with pytest.raises(db.ValidationError, match=r"4\.1\.2\.2"):
        making.act(evaluation, "Submit for Approval", "Purchaser")
    assert db.db.get_value("Supplier Evaluation", evaluation.name, "workflow_state") == "Draft"


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize(
    "values",
    [
        {"period_from": "2026-03-31", "period_to": "2026-03-30"},
        {"cooperation_score": 100.01},
        {"cooperation_score": 101},
    ],
)
def test_impossible_evaluations_are_refused(db, values):
    supplier = making.approved_supplier()
    with pytest.raises(db.ValidationError, match=r"4\.1\.2\.2"):
        making.evaluation(supplier.name, **values)
    assert not db.db.exists("Supplier Evaluation", {"supplier": supplier.name})


@pytest.mark.clause("4.1.2.2")
def test_one_evaluation_a_period_and_only_of_suppliers_in_use(db):
    supplier = making.approved_supplier()
    making.pass_evaluation(making.evaluation(supplier.name))
    second = making.evaluation(supplier.name, period_from="2026-03-31", period_to="2026-06-30")
    with pytest.raises(db.ValidationError, match=r"4\.1\.2\.2"):
        making.act(second, "Submit for Approval", "Purchaser")
    second.reload()
    second.period_from = "2026-04-01"
    with hosts.as_user("Purchaser"):
        second.save()
    making.pass_evaluation(second)
    newcomer = making.evaluation(making.supplier().name)
    with pytest.raises(db.ValidationError, match=r"4\.1\.2\.2"):
        making.act(newcomer, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.1.2.2")
def test_only_the_purchasing_manager_decides_evaluations(db):
    supplier = making.approved_supplier()
    evaluation = making.evaluation(supplier.name, outcome="Eliminate", remarks="Closed down")
    evaluation = making.act(evaluation, "Submit for Approval", "Purchaser")
    before, refused = stored(evaluation), 0
    for role in hosts.ROLES:
        for action in ("Approve", "Reject"):
            if role == "Purchasing Manager":
                continue
            with pytest.raises((db.ValidationError, db.PermissionError)):
                making.act(evaluation, action, role)
            refused += 1
    assert refused == 2 * (len(hosts.ROLES) - 1)
    assert stored(evaluation) == before
    assert db.db.get_value("Supplier", supplier.name, "status") == "Approved"


@pytest.mark.clause("4.1.2.1")
def test_a_visit_is_done_with_its_findings(db):
    supplier = making.approved_supplier()
    tomorrow = today() + datetime.timedelta(days=1)
    data = {"doctype": "Supplier Visit", "supplier": supplier.name, "planned_on": "2026-05-01"}
    with hosts.as_user("Quality Inspector"):
        visit = db.get_doc(data).insert()
        visit.status = "Done"
        with pytest.raises(db.ValidationError) as refused:
            visit.save()
        assert str(refused.value).count("4.1.2.1") == 3
        visit.reload()
        done = {"visited_by": hosts.user_for("Quality Inspector"), "findings": "Clean", "status": "Done"}
        visit.update({**done, "visited_on": tomorrow})
        with pytest.raises(db.ValidationError, match=r"4\.1\.2\.1"):
            visit.save()
        visit.reload()
        visit.update({**done, "visited_on": today()})
        visit.save()
    assert db.db.get_value("Supplier Visit", visit.name, "status") == "Done"


def test_a_stale_document_is_refused(db):
    supplier = making.supplier()
    first, second = db.get_doc("Supplier", supplier.name), db.get_doc("Supplier", supplier.name)
    first.payment_terms = "30 days"
    first.save()
    second.payment_terms = "90 days"
    with pytest.raises(db.TimestampMismatchError):
        second.save()
    assert db.db.get_value("Supplier", supplier.name, "payment_terms") == "30 days"


# --- other doors


@pytest.mark.clause("4.1.1.2")
def test_rest_doors_are_closed(db, http):
    supplier = making.supplier()
    survey = making.act(making.survey(supplier.name), "Submit for Review", "Purchaser")
    db.db.commit()
    http.login(hosts.user_for("Purchaser"), hosts.PASSWORD)
    before = stored(survey)
    tries = [
        http.put(f"/api/resource/Supplier/{supplier.name}", json={"status": "Approved"}),
        http.put(f"/api/resource/Supplier Survey/{survey.name}", json={"workflow_state": "Approved"}),
        http.put(f"/api/resource/Supplier Survey/{survey.name}", json={"docstatus": 1}),
        http.put(
            f"/api/resource/Supplier Survey/{survey.name}", json={"technical_signed_by": "Administrator"}
        ),
        http.put(f"/api/resource/Supplier Survey/{survey.name}", json={"equipment": "forged"}),
        http.delete(f"/api/resource/Supplier Survey/{survey.name}"),
        http.post(
            "/api/method/frappe.model.workflow.apply_workflow",
            json={"doc": survey.as_json(), "action": "Pass"},
        ),
    ]
    assert [answer.status_code for answer in tries if answer.status_code < 400] == []
    assert stored(survey) == before
    assert db.db.get_value("Supplier", supplier.name, "status") == "Prospective"


# --- cost of a save


@pytest.mark.clause("4.1.1.2")
def test_queries_per_save_do_not_grow_with_rows(db, query_count):
    supplier = making.supplier()

    def count(parts: int) -> int:
        items = [making.item().name for _number in range(parts)]
        survey = making.survey(supplier.name, part_confirmations=[{"item": name} for name in items])
        with hosts.as_user("Purchaser"):
            survey.reload()
            survey.equipment = "Two lathes"
            survey.save()
            survey.equipment = "Three lathes"
            with query_count() as counted:
                survey.save()
        return counted.count - parts  # Frappe writes every row by itself

    count(1)
    few, many = count(2), count(12)
    links = 10  # and checks the links of every row by itself
    assert many - few <= links


# --- prints


def test_the_survey_prints_as_on_paper(db):
    item = making.item()
    supplier = making.supplier(supplier_name="<b>Bold</b> & Sons")
    survey = making.survey(
        supplier.name,
        equipment="Three lathes",
        part_confirmations=[{"item": item.name}],
        scores=[{"criterion": "Lathes", "max_score": 10, "score": 8}],
    )
    survey = making.act(making.act(survey, "Submit for Review", "Purchaser"), "Pass", "Engineer")
    html = db.get_print("Supplier Survey", survey.name, "Supplier Survey Form")
    for text in (survey.name, supplier.name, "Three lathes", item.name, "Lathes", "engineer"):
        assert text in html
    assert "<b>Bold</b>" not in html


# --- what an approver sees


def decision(doc) -> dict:
    import frappe

    (path,) = frappe.get_hooks("decision_facts")[doc.doctype]
    return frappe.get_attr(path)(doc)


def values_of(part: dict) -> dict:
    return {fact["label"]: fact["value"] for fact in part["facts"]}


@pytest.mark.clause("4.1.2.2")
def test_an_approver_sees_the_suppliers_record(db):
    order = receiving.order()
    receiving.posted(order, 100, 91)
    supplier = db.get_doc("Supplier", order.supplier)
    days = {"period_from": today(), "period_to": today()}
    making.pass_evaluation(making.evaluation(supplier.name, outcome="Coach", **days))
    waiting = making.evaluation(supplier.name, period_from="2026-04-01", period_to="2026-06-30")
    shown = values_of(decision(waiting))
    assert shown["Computed From"] == "No Receipts in the Period" and "Quality %" not in shown
    shown = decision(waiting)
    record = values_of(shown["record"])
    assert {
        key: record[key] for key in ("Status", "Quality %", "Outcome", "Open Evaluations", "Planned Visits")
    } == {
        "Status": "Approved",
        "Quality %": 91.0,
        "Outcome": "Coach",
        "Open Evaluations": 1,
        "Planned Visits": 1,
    }
    item = making.item()
    survey = making.survey(supplier.name, part_confirmations=[{"item": item.name}])
    assert decision(survey)["table"]["rows"][0]["cells"][0] == item.name
    request = making.change_request(item.name, changes=[{"field": "Item Name", "new_value": "Other"}])
    assert decision(request)["table"]["rows"] == [
        {"cells": ["Item Name", item.item_name, "Other"], "mark": None}
    ]
