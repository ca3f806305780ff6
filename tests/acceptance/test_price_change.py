"""Changes of posted prices: price, supplier and validity, their reviews, and what stays as it was (4.2.7)."""

from __future__ import annotations

from datetime import date

import price_world as world
import pytest

FIRST = date(2026, 1, 1)
LAST = date(2026, 6, 30)


def refused(db):
    from erp_rules.rule_engine.errors import RuleViolation

    db.local.response.pop("rule_violations", None)
    return pytest.raises(RuleViolation)


@pytest.mark.clause("4.2.7")
def test_a_price_change_ends_the_old_price_the_day_before(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.change(
        doc, {"change_kind": "Price", "supplier": code, "new_rate": 10.2, "valid_from": "2026-04-01"}
    )
    row = doc.changes[0]
    assert (row.change_no, row.old_rate, row.currency, row.status) == (1, 9.5, "CNY", "Draft")
    assert str(row.valid_to) == "2026-09-30"
    for action, role, status in (
        ("Submit for Review", "Purchaser", "In Review"),
        ("Pass", "Finance Officer", "In Review"),
        ("Approve", "Top Executive", "Approved"),
    ):
        doc = world.act(doc, action, role)
        doc.reload()
        assert doc.changes[0].status == status
        assert world.prices(doc) == [(code, 9.5, FIRST, LAST)]
    doc = world.act(doc, "Post", "Finance Officer")
    doc.reload()
    assert world.prices(doc) == [
        (code, 9.5, FIRST, date(2026, 3, 31)),
        (code, 10.2, date(2026, 4, 1), date(2026, 9, 30)),
    ]
    assert (doc.changes[0].status, doc.changes[0].approved_by) == ("Posted", "top.executive@demo.example")
    assert doc.prices_end_on == date(2026, 9, 30)
    old, new = db.get_all(
        world.PRICE, {"price_approval": doc.name}, ["name", "followed_by"], order_by="name asc"
    )
    assert (old.followed_by, new.followed_by) == (new.name, None)


@pytest.mark.clause("4.2.7")
def test_a_new_supplier_replaces_the_old_one_with_a_comparison_of_its_own(db):
    doc = world.posted(FIRST)
    old, new = doc.quotes[0].supplier, world.supplier()
    row = {"change_kind": "Supplier", "supplier": new, "replaces": old, "valid_from": "2026-03-01"}
    doc = world.change(doc, row, quotes=(world.quote(new, 8.8, selected=1), world.quote(old, 9.9)))
    assert doc.changes[0].new_rate == 8.8
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.3", None, None, "quotes")]
    third = world.quote(world.supplier(), 9)
    with world.hosts.as_user("Purchaser"):
        doc.reload()
        doc.append("quotes", third)
        doc.save()
    doc = world.review_change(doc)
    assert world.prices(doc) == [
        (old, 9.5, FIRST, date(2026, 2, 28)),
        (new, 8.8, date(2026, 3, 1), date(2026, 8, 31)),
    ]
    assert [(q.change_no, q.rank) for q in db.get_doc(world.APPROVAL, doc.name).quotes] == [
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 1),
        (1, 3),
        (1, 2),
    ]


@pytest.mark.clause("4.2.7")
def test_validity_is_prolonged_from_the_day_after(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.change(doc, {"change_kind": "Validity", "supplier": code})
    doc = world.review_change(doc)
    assert world.prices(doc) == [(code, 9.5, FIRST, LAST), (code, 9.5, date(2026, 7, 1), date(2026, 12, 31))]


@pytest.mark.clause("4.2.7")
@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"change_kind": "Price", "new_rate": 9.5}, "new_rate"),
        ({"change_kind": "Price", "new_rate": -1}, "new_rate"),
        ({"change_kind": "Validity", "new_rate": 9.6}, "new_rate"),
        ({"change_kind": "Price", "new_rate": 10, "reason": " "}, "reason"),
        ({"change_kind": "Price", "new_rate": 10, "valid_from": "2026-01-01"}, "valid_from"),
        (
            {"change_kind": "Price", "new_rate": 10, "valid_from": "2025-10-01", "valid_to": "2026-01-01"},
            "valid_from",
        ),
    ],
)
def test_a_change_that_does_not_fit_is_refused_and_nothing_changes(db, row, place):
    doc = world.posted(FIRST)
    doc = world.change(doc, {"supplier": doc.quotes[0].supplier, "valid_from": "2026-04-01", **row})
    before, prices = world.stored(doc), world.prices(doc)
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.7", "changes", 1, place)]
    assert (world.stored(doc), world.prices(doc)) == (before, prices)


@pytest.mark.clause("2.12", "4.2.7")
def test_a_change_whose_rate_is_no_number_is_refused(db):
    doc = world.posted(FIRST)
    row = {"supplier": doc.quotes[0].supplier, "change_kind": "Price", "new_rate": "abc"}
    with refused(db):
        world.change(doc, {**row, "valid_from": "2026-04-01"})
    assert world.places() == [("2.12", "changes", 1, "new_rate")]


@pytest.mark.clause("4.2.7")
def test_two_rows_for_one_supplier_cannot_overlap(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.change(
        doc,
        {
            "change_kind": "Price",
            "supplier": code,
            "new_rate": 10,
            "valid_from": "2026-03-01",
            "valid_to": "2026-05-31",
        },
        {"change_kind": "Price", "supplier": code, "new_rate": 11, "valid_from": "2026-05-31"},
        {"change_kind": "Price", "supplier": world.supplier(), "new_rate": 11, "valid_from": "2026-05-31"},
    )
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [
        ("4.2.7", "changes", 3, "supplier"),
        ("4.2.7", "changes", 2, "valid_from"),
    ]


@pytest.mark.clause("4.2.7")
def test_what_an_earlier_round_said_stays(db):
    doc = world.posted(FIRST)
    doc = world.act(doc, "Start Change", "Purchaser")
    before = world.stored(doc)
    with world.hosts.as_user("Purchaser"):
        fresh = db.get_doc(world.APPROVAL, doc.name)
        fresh.quotes[0].rate = 1
        fresh.remove(fresh.quotes[2])
        with refused(db):
            fresh.save()
    assert world.places() == [("4.2.7", "quotes", 1, None), ("4.2.7", "quotes", 3, None)]
    assert world.stored(doc) == before


@pytest.mark.clause("4.2.7")
def test_an_empty_change_goes_nowhere_and_can_be_withdrawn(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.act(doc, "Start Change", "Purchaser")
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.7", None, None, "changes")]
    with world.hosts.as_user("Purchaser"):
        doc = db.get_doc(world.APPROVAL, doc.name)
        doc.append(
            "changes", {"change_kind": "Price", "supplier": code, "new_rate": 12, "reason": "asked for"}
        )
        doc.save()
    prices = world.prices(doc)
    doc = world.act(doc, "Withdraw Change", "Purchaser")
    doc.reload()
    assert (doc.workflow_state, doc.changes[0].status) == ("Posted", "Withdrawn")
    assert world.prices(doc) == prices
    again = world.change(
        doc, {"change_kind": "Price", "supplier": code, "new_rate": 11, "valid_from": "2026-02-01"}
    )
    assert [row.change_no for row in again.changes] == [1, 2]
    assert len(world.prices(world.review_change(again))) == 2


@pytest.mark.clause("4.2.7")
def test_a_rejected_change_goes_back_to_the_change_not_to_the_draft(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.change(
        doc, {"change_kind": "Price", "supplier": code, "new_rate": 12, "valid_from": "2026-02-01"}
    )
    doc = world.act(doc, "Submit for Review", "Purchaser")
    doc = world.act(doc, "Reject", "Finance Officer")
    doc.reload()
    assert doc.changes[0].status == "Rejected"
    doc = world.act(doc, "Revise", "Purchaser")
    assert doc.workflow_state == "Change Draft"
    with world.hosts.as_user("Purchaser"):
        doc = db.get_doc(world.APPROVAL, doc.name)
        doc.changes[0].new_rate = 11
        doc.save()
    doc = world.review_change(doc)
    assert world.prices(doc)[1][:2] == (code, 11)


@pytest.mark.clause("4.2.4")
def test_the_executive_may_move_the_first_day_of_a_change(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    doc = world.change(doc, {"change_kind": "Price", "supplier": code, "new_rate": 12})
    doc = world.act(doc, "Submit for Review", "Purchaser")
    doc = world.act(doc, "Pass", "Finance Officer")
    with refused(db):
        world.act(doc, "Approve", "Top Executive")
    assert ("4.2.4", "changes", 1, "valid_from") in world.places()
    with world.hosts.as_user("Top Executive"):
        doc = db.get_doc(world.APPROVAL, doc.name)
        doc.changes[0].valid_from = "2026-05-01"
        doc.save()
        assert str(doc.changes[0].valid_to) == "2026-10-31"
        doc.changes[0].new_rate = 8
        with pytest.raises(db.ValidationError):
            doc.save()


@pytest.mark.clause("4.2.7")
def test_a_price_row_is_never_written_edited_or_deleted_by_hand(db):
    doc = world.posted(FIRST)
    name = db.get_all(world.PRICE, {"price_approval": doc.name}, pluck="name")[0]
    before = world.stored(db.get_doc(world.PRICE, name))
    price = db.get_doc(world.PRICE, name)
    price.rate = 1
    with refused(db):
        price.save(ignore_permissions=True)
    assert world.clauses() == {"4.2.7"}
    with refused(db):
        db.copy_doc(db.get_doc(world.PRICE, name)).insert(ignore_permissions=True)
    with refused(db):
        db.delete_doc(world.PRICE, name, ignore_permissions=True, force=True)
    with pytest.raises(db.ValidationError):
        db.rename_doc(world.PRICE, name, "other", force=True)
    assert world.stored(db.get_doc(world.PRICE, name)) == before
    for role in ("Purchaser", "Finance Officer", "Top Executive"):
        with world.hosts.as_user(role), pytest.raises(db.PermissionError):
            db.get_doc(world.PRICE, name).save()


@pytest.mark.clause("4.2.7")
def test_a_judged_form_is_not_deleted(db):
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    with pytest.raises(db.ValidationError):
        db.delete_doc(world.APPROVAL, doc.name, ignore_permissions=True)
    own = world.draft()
    with world.hosts.as_user("Purchaser"):
        db.delete_doc(world.APPROVAL, own.name)
    assert not db.db.exists(world.APPROVAL, own.name)


@pytest.mark.clause("4.2.3.3")
def test_new_quotes_ask_for_the_reason_anew_and_a_renewal_keeps_it(db):
    from erp_rules.api.prices import renew

    quotes = [
        world.quote(world.supplier(), 10, selected=1),
        world.quote(world.supplier(), 9),
        world.quote(world.supplier(), 11),
    ]
    doc = world.posted(FIRST, quotes=quotes, not_lowest_reason="Better Quality")
    code = doc.quotes[0].supplier
    row = {"change_kind": "Validity", "supplier": code}
    new = (world.quote(code, 10, selected=1), world.quote(doc.quotes[1].supplier, 9))
    doc = world.change(doc, row, quotes=new)
    assert not doc.not_lowest_reason
    assert [quote.not_lowest_reason or "" for quote in doc.quotes] == ["Better Quality", "", "", "", ""]
    with refused(db):
        world.act(doc, "Submit for Review", "Purchaser")
    assert world.places() == [("4.2.3.3", "quotes", 4, "not_lowest_reason")]
    doc = world.edit(doc, "Purchaser", not_lowest_reason="Better Quality")
    doc = world.review_change(doc)
    doc.reload()
    assert doc.quotes[3].not_lowest_reason == "Better Quality"
    with world.hosts.as_user("Purchaser"):
        renew(doc.name)
    doc.reload()
    assert (doc.change_no, doc.not_lowest_reason) == (2, "Better Quality")
