"""A price approval from three quotes to a posted price, its rejections and its waiver (4.2)."""

from __future__ import annotations

from datetime import date

import price_world as world
import pytest

import hosts

FIRST = date(2026, 1, 1)


def refused(db):
    """Return the context in which a refusal by the regulation is expected."""
    from erp_rules.rule_engine.errors import RuleViolation

    db.local.response.pop("rule_violations", None)
    return pytest.raises(RuleViolation)


@pytest.mark.clause("4.2.5")
@pytest.mark.clause("4.2.4")
def test_from_three_quotes_to_a_posted_price(db):
    doc = world.draft()
    assert doc.workflow_state == "Draft"
    assert [(row.rank, row.is_lowest) for row in doc.quotes] == [(1, 1), (2, 0), (3, 0)]
    doc = world.act(doc, "Submit for Review", "Purchaser")
    assert doc.workflow_state == "Finance Review"
    doc = world.act(doc, "Pass", "Finance Officer")
    doc = world.edit(doc, "Top Executive", valid_from=FIRST)
    assert str(doc.valid_to) == "2026-06-30"
    doc = world.act(doc, "Approve", "Top Executive")
    assert world.prices(doc) == []
    doc = world.act(doc, "Post", "Finance Officer")
    assert doc.workflow_state == "Posted"
    assert world.prices(doc) == [(doc.quotes[0].supplier, 9.5, FIRST, date(2026, 6, 30))]
    doc.reload()
    assert (doc.reviewed_by, doc.approved_by, doc.posted_by) == (
        "finance.officer@demo.example",
        "top.executive@demo.example",
        "finance.officer@demo.example",
    )
    assert doc.prices_end_on == date(2026, 6, 30)


@pytest.mark.clause("4.2.5")
def test_posting_opens_one_task_for_the_cost_accountant(db):
    doc = world.posted()
    tasks = db.get_all(
        "ToDo",
        filters={"reference_type": world.APPROVAL, "reference_name": doc.name},
        fields=["allocated_to", "status"],
    )
    assert [(task.status, "Cost Accountant" in db.get_roles(task.allocated_to)) for task in tasks] == [
        ("Open", True)
    ]


@pytest.mark.clause("4.2.4")
@pytest.mark.clause("4.2.5")
def test_review_and_posting_have_their_time_limits(db):
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")

    def deadlines():
        rows = db.get_all(
            "Deadline",
            filters={"reference_doctype": world.APPROVAL, "reference_name": doc.name},
            fields=["clause", "responsible_role", "status"],
            order_by="clause asc",
        )
        return [(row.clause, row.responsible_role, row.status) for row in rows]

    assert deadlines() == [("4.2.4", "Finance Officer", "Open")]
    doc = world.act(doc, "Pass", "Finance Officer")
    assert deadlines() == [("4.2.4", "Finance Officer", "Met")]
    world.edit(doc, "Top Executive", valid_from=FIRST)
    world.act(doc, "Approve", "Top Executive")
    assert deadlines()[1] == ("4.2.5", "Finance Officer", "Open")
    world.act(doc, "Post", "Finance Officer")
    assert deadlines()[1] == ("4.2.5", "Finance Officer", "Met")


@pytest.mark.clause("4.2.3.3")
def test_quotes_are_compared_in_base_currency_at_the_forms_date(db):
    world.rate("USD", 7, FIRST)
    world.rate("EUR", 8, FIRST)
    world.rate("USD", 9, date(2026, 1, 2))
    doc = world.draft(
        form_date=FIRST,
        half_year_demand=1000,
        quotes=[
            world.quote(world.supplier(), 10.5, selected=1),
            world.quote(world.supplier(), 1.5, currency="USD"),
            world.quote(world.supplier(), 1.25, currency="EUR"),
        ],
    )
    assert [(row.exchange_rate, row.rate_base, row.rank) for row in doc.quotes] == [
        (1, 10.5, 2),
        (7, 10.5, 2),
        (8, 10.0, 1),
    ]
    assert [row.half_year_cost for row in doc.quotes] == [10500, 10500, 10000]
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.3", "quotes", 1, "not_lowest_reason")]
    world.edit(doc, "Purchaser", not_lowest_reason="Shorter Delivery")
    assert world.act(doc, "Submit for Review", "Purchaser").workflow_state == "Finance Review"


@pytest.mark.clause("4.2.3.3")
def test_half_a_years_demand_is_read_from_released_plans(db):
    code, first = world.item(), date(2026, 3, 31)

    def plan(*lines: tuple, state: str = "Released"):
        rows = [{"item": item, "qty": qty, "required_date": day} for item, qty, day in lines]
        doc = db.get_doc({"doctype": "Material Plan", "title": hosts.unique("plan"), "items": rows})
        with hosts.as_user("Planner"):
            doc.insert()
        db.db.set_value("Material Plan", doc.name, "workflow_state", state)

    def costs(doc) -> list[float]:
        return [row.half_year_cost for row in doc.quotes]

    quotes = [world.quote(world.supplier(), rate, selected=rate == 2) for rate in (2, 3, 4)]
    doc = world.draft(item=code, form_date=first, half_year_demand=10, quotes=quotes)
    assert (doc.planned_demand, costs(doc)) == (0, [20, 30, 40])  # nothing is planned: what was typed counts
    plan(
        (code, 100, date(2026, 3, 30)),  # before the form's day
        (code, 7, first),
        (code, 20, date(2026, 9, 29)),
        (code, 500, date(2026, 9, 30)),  # half a year later
        (world.item(), 1000, first),
    )
    plan((code, 3, date(2026, 5, 1)))
    plan((code, 900, date(2026, 5, 1)), state="Draft")
    doc = world.edit(doc, "Purchaser", market_check="looked up again")
    assert (doc.planned_demand, costs(doc)) == (30, [60, 90, 120])


@pytest.mark.clause("4.2.3.1")
@pytest.mark.clause("4.2.3.2")
@pytest.mark.clause("4.2.3.3")
def test_all_that_is_missing_is_said_at_once_and_nothing_changes(db):
    same = world.supplier()
    doc = world.draft(
        sample=None,
        market_check="",
        quotes=[
            world.quote(same, 0, cost_formula=""),
            world.quote(same, 5, currency="JPY"),
        ],
    )
    before = world.stored(doc)
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert sorted(world.places(), key=str) == sorted(
        [
            ("4.2.3.1", None, None, "sample"),
            ("4.2.3.2", "quotes", 1, "cost_formula"),
            ("4.2.3.2", None, None, "market_check"),
            ("4.2.3.3", "quotes", 1, "rate"),
            ("4.2.3.3", "quotes", 2, "currency"),
            ("4.2.3.3", "quotes", 2, "supplier"),
            ("4.2.3.3", None, None, "quotes"),
            ("4.2.3.3", None, None, "quotes"),
        ],
        key=str,
    )
    assert world.stored(doc) == before


@pytest.mark.clause("4.2.3.1")
def test_an_attachment_that_does_not_exist_is_none(db):
    doc = world.draft(sample="/private/files/nowhere.pdf")
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.1", None, None, "sample")]
    large = world.draft(item=world.item(part_size="Large"))
    with refused(db):
        world.act(large, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.1", None, None, "drawing")]
    world.edit(large, "Purchaser", drawing=world.attachment())
    assert world.act(large, "Submit for Review", "Purchaser").workflow_state == "Finance Review"


@pytest.mark.clause("4.2.2")
def test_an_unconfirmed_sample_is_warned_of(db):
    doc = world.draft(item=world.item(sample_status="Pending"))
    db.clear_messages()
    doc = world.act(doc, "Submit for Review", "Purchaser")
    assert doc.workflow_state == "Finance Review"
    assert any("(4.2.2)" in str(message) for message in db.local.message_log)


@pytest.mark.clause("4.2.3.3")
@pytest.mark.parametrize(
    "twin",
    [
        {"supplier_name": "ＡＢＣ Works Co., Ltd."},
        {"tax_id": "9133-0100 X"},
    ],
)
def test_one_supplier_under_two_codes_counts_once(db, twin):
    first = world.supplier("ABC Works Co. Ltd", tax_id="91330100x")
    second = world.supplier(twin.pop("supplier_name", "Another name"), same_as=first, **twin)
    doc = world.draft(
        quotes=[
            world.quote(first, 9, selected=1),
            world.quote(world.supplier(), 10),
            world.quote(second, 11),
        ]
    )
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.3", "quotes", 3, "supplier"), ("4.2.3.3", None, None, "quotes")]


@pytest.mark.clause("4.2.7")
def test_one_price_approval_per_item_and_operation(db):
    first = world.draft()
    before = db.db.count(world.APPROVAL)
    with refused(db):
        world.draft(item=first.item)
    assert world.places() == [("4.2.7", None, None, "item")]
    subcontract = world.draft(item=first.item, price_kind="Subcontract", operation="10")
    world.draft(item=first.item, price_kind="Subcontract", operation="20")
    with refused(db):
        world.draft(item=first.item, price_kind="Subcontract", operation=" 10 ")
    assert world.clauses() == {"4.2.7"}
    with refused(db):
        world.draft(item=world.item(), price_kind="Subcontract")
    assert world.places() == [("4.2.7", None, None, "operation")]
    assert subcontract.name != first.name
    assert before + 2 <= db.db.count(world.APPROVAL)


@pytest.mark.clause("4.2.4")
def test_approval_needs_the_first_day_and_only_the_executive_sets_it(db):
    doc = world.reviewed()
    with refused(db):
        world.act(doc, "Approve", "Top Executive")
    assert ("4.2.4", None, None, "valid_from") in world.places()
    for role in ("Purchaser", "Finance Officer"):
        with pytest.raises(db.PermissionError):
            world.edit(doc, role, valid_from=FIRST)
    with refused(db):
        world.draft(valid_from=FIRST)
    assert world.places() == [("1.4", None, None, "valid_from"), ("4.2.4", None, None, "valid_from")]


@pytest.mark.clause("4.2.6")
def test_the_validity_is_at_most_six_months(db):
    doc = world.reviewed()
    with refused(db):
        world.edit(doc, "Top Executive", valid_from=FIRST, valid_to=date(2026, 7, 1))
    assert world.places() == [("4.2.6", None, None, "valid_to")]
    with refused(db):
        world.edit(doc, "Top Executive", valid_from=FIRST, valid_to=date(2025, 12, 31))
    assert world.places() == [("4.2.6", None, None, "valid_to")]
    doc = world.edit(doc, "Top Executive", valid_from=FIRST, valid_to=date(2026, 6, 30))
    assert world.act(doc, "Approve", "Top Executive").workflow_state == "Approved"


@pytest.mark.clause("4.2.4")
@pytest.mark.parametrize(
    ("steps", "role"), [((), "Finance Officer"), ((("Pass", "Finance Officer"),), "Top Executive")]
)
def test_a_rejected_approval_is_revised_and_reviewed_again(db, steps, role):
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    for action, actor in steps:
        doc = world.act(doc, action, actor)
    doc = world.act(doc, "Reject", role)
    assert doc.workflow_state == "Rejected"
    with pytest.raises((db.PermissionError, db.ValidationError)):
        world.edit(doc, "Purchaser", market_check="changed")
    doc = world.act(doc, "Revise", "Purchaser")
    assert doc.workflow_state == "Draft"
    doc = world.edit(doc, "Purchaser", market_check="checked again")
    doc = world.approved(doc, FIRST)
    assert world.act(doc, "Post", "Finance Officer").workflow_state == "Posted"


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize("status", ["Suspended", "Eliminated"])
def test_a_stopped_supplier_gets_no_new_price(db, status):
    doc = world.draft()
    db.db.set_value("Supplier", doc.quotes[0].supplier, "status", status)
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.1.2.2", "quotes", 1, "supplier")]


@pytest.mark.clause("4.2.3.3")
def test_an_admin_lowers_the_number_and_the_next_save_obeys(db):
    doc = world.draft(
        quotes=[world.quote(world.supplier(), 9, selected=1), world.quote(world.supplier(), 10)]
    )
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    rule = db.get_doc("Rule", "4.2.3.3")
    rule.parameters[0].value = "2"
    rule.save(ignore_permissions=True)
    doc = world.act(doc, "Submit for Review", "Purchaser")
    assert doc.workflow_state == "Finance Review"
    assert '"min_quotes": 2' in doc.judged_by


@pytest.mark.clause("4.2.3.3")
def test_a_waiver_lifts_the_number_of_quotes_and_nothing_else(db):
    only = world.supplier()
    doc = world.draft(quotes=[world.quote(only, 9, selected=1)])
    waiver = db.get_doc(
        {
            "doctype": "Rule Waiver",
            "clause": "4.2.3.3",
            "scope": "Document",
            "reference_doctype": world.APPROVAL,
            "reference_name": doc.name,
            "reason": "Only this firm holds the licence",
            "evidence": world.attachment(),
            "valid_until": "2099-12-31",
        }
    )
    with world.hosts.as_user("Purchaser"):
        waiver.insert()
    waiver = world.act(waiver, "Submit for Approval", "Purchaser")
    world.act(waiver, "Approve", "Top Executive")
    doc = world.edit(doc, "Purchaser", quotes=[{**world.quote(only, 0, selected=1)}])
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert ("4.2.3.3", "quotes", 1, "rate") in world.places()
    doc = world.edit(doc, "Purchaser", quotes=[{**world.quote(only, 9, selected=1)}])
    assert world.act(doc, "Submit for Review", "Purchaser").workflow_state == "Finance Review"


def test_the_version_log_shows_who_posted_what(db):
    doc = world.posted(FIRST)
    versions = db.get_all(
        "Version", filters={"ref_doctype": world.APPROVAL, "docname": doc.name}, fields=["owner", "data"]
    )
    texts = {
        (version.owner, "posted_by" in version.data, "prices_end_on" in version.data) for version in versions
    }
    assert ("finance.officer@demo.example", True, True) in texts
