"""Prices end: purchasers are told once, expired ones are not offered, finance asks for confirmation (4.2.6)."""

from __future__ import annotations

from datetime import date, timedelta

import price_world as world
import pytest

FIRST = date(2026, 1, 1)
LAST = date(2026, 6, 30)


def tell(db, days_before: int) -> list[int]:
    """Run the daily event so many days before the end; return what was told of our price so far."""
    from erp_rules.procurement.price_expiry import tell_purchasers

    tell_purchasers(LAST - timedelta(days=days_before))
    return days_told(db)


def days_told(db) -> list[int]:
    return db.get_all("Price Expiry Notice", pluck="days_before", order_by="creation asc, days_before desc")


@pytest.fixture
def only_price(db):
    """One posted price on a site whose other prices are out of the way."""
    db.db.delete("Item Supplier Price")
    db.db.delete("Price Expiry Notice")
    return world.posted(FIRST)


@pytest.mark.clause("4.2.6")
def test_the_purchaser_is_told_at_30_15_and_7_days_once_each(db, only_price):
    assert tell(db, 31) == []
    assert tell(db, 30) == [30]
    assert tell(db, 30) == [30]
    assert tell(db, 16) == [30]
    assert tell(db, 15) == [30, 15]
    assert tell(db, 7) == [30, 15, 7]
    assert tell(db, 0) == [30, 15, 7]
    assert tell(db, -1) == [30, 15, 7, -1]
    assert tell(db, -9) == [30, 15, 7, -1]
    told = set(db.get_all("Price Expiry Notice", pluck="told_user"))
    assert told == {"purchaser@demo.example"}


@pytest.mark.clause("4.2.6")
def test_days_that_were_missed_are_caught_up_with_once(db, only_price):
    assert tell(db, 10) == [15]
    assert tell(db, 9) == [15]
    assert tell(db, 3) == [15, 7]


@pytest.mark.clause("4.2.6")
def test_a_price_that_is_followed_is_not_spoken_of(db, only_price):
    code = only_price.quotes[0].supplier
    world.review_change(world.change(only_price, {"change_kind": "Validity", "supplier": code}))
    assert tell(db, 20) == []


@pytest.mark.clause("4.2.6")
def test_a_replaced_supplier_is_not_spoken_of(db, only_price):
    old, new = only_price.quotes[0].supplier, world.supplier()
    row = {"change_kind": "Supplier", "supplier": new, "replaces": old, "valid_from": "2026-06-11"}
    others = tuple(world.quote(world.supplier(), 20) for _ in range(2))
    world.review_change(world.change(only_price, row, quotes=(world.quote(new, 8, selected=1), *others)))
    assert tell(db, 25) == []


@pytest.mark.clause("4.2.6")
def test_expired_prices_are_not_offered(db):
    from erp_rules.procurement.facts import effective_prices

    doc = world.posted(FIRST)

    def offered(day):
        return [row.supplier for row in effective_prices([doc.item], day).get(doc.item, [])]

    code = doc.quotes[0].supplier
    assert offered(date(2025, 12, 31)) == []
    assert offered(FIRST) == [code]
    assert offered(LAST) == [code]
    assert offered(date(2026, 7, 1)) == []
    db.db.set_value("Supplier", code, "status", "Suspended")
    assert offered(FIRST) == []


@pytest.mark.clause("4.2.6")
def test_the_lowest_price_in_base_currency_is_offered_first(db):
    from erp_rules.procurement.facts import effective_prices

    world.rate("USD", 7, FIRST)
    own, foreign = world.supplier(), world.supplier()
    quotes = [
        world.quote(own, 10, selected=1),
        world.quote(foreign, 1.4, currency="USD", selected=1),
        world.quote(world.supplier(), 12),
    ]
    doc = world.posted(FIRST, form_date=FIRST, quotes=quotes, not_lowest_reason="Second Source")
    rows = effective_prices([doc.item], FIRST)[doc.item]
    assert [(row.supplier, float(row.rate_base_now)) for row in rows] == [(foreign, 9.8), (own, 10)]


@pytest.mark.clause("4.2.6")
def test_finance_sends_an_expired_price_back_for_confirmation(db):
    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    assert db.utils.getdate() > LAST
    with pytest.raises((db.ValidationError, db.PermissionError)):
        world.act(doc, "Return for Confirmation", "Purchaser")
    doc = world.act(doc, "Return for Confirmation", "Finance Officer")
    doc.reload()
    assert doc.workflow_state == "Change Draft"
    row = doc.changes[0]
    assert (row.change_kind, row.supplier, row.new_rate, row.valid_from) == (
        "Validity",
        code,
        9.5,
        db.utils.getdate(),
    )
    deadline = db.get_all(
        "Deadline",
        filters={"reference_name": doc.name, "clause": "4.2.6"},
        fields=["responsible_role", "manager_role", "status"],
    )
    assert [(d.responsible_role, d.manager_role, d.status) for d in deadline] == [
        ("Purchaser", "Top Executive", "Open")
    ]
    world.review_change(doc)
    assert db.get_all("Deadline", {"reference_name": doc.name, "clause": "4.2.6"}, pluck="status") == ["Met"]
    assert len(world.prices(doc)) == 2


@pytest.mark.clause("4.2.6")
def test_a_price_in_force_is_not_sent_back(db):
    doc = world.posted(db.utils.getdate())
    with pytest.raises((db.ValidationError, db.PermissionError)):
        world.act(doc, "Return for Confirmation", "Finance Officer")
    assert db.db.get_value(world.APPROVAL, doc.name, "workflow_state") == "Posted"


@pytest.mark.clause("4.2.6")
def test_one_click_renews_with_the_old_quotes(db):
    from erp_rules.api.prices import renew

    doc = world.posted(db.utils.getdate())
    code = doc.quotes[0].supplier
    ends = world.prices(doc)[0][3]
    with world.hosts.as_user("Finance Officer"), pytest.raises((db.PermissionError, db.ValidationError)):
        renew(doc.name)
    with world.hosts.as_user("Purchaser"):
        assert renew(doc.name)["workflow_state"] == "Change Draft"
    doc.reload()
    assert [(q.change_no, q.supplier == code, q.selected) for q in doc.quotes if q.change_no] == [
        (1, True, 1),
        (1, False, 0),
        (1, False, 0),
    ]
    doc = world.review_change(doc)
    rows = world.prices(doc)
    assert rows[1][:3] == (code, 9.5, ends + world.DAY)


@pytest.mark.clause("4.2.6")
def test_reports_list_what_ends_and_what_was_quoted(db, only_price):
    from frappe.desk.query_report import run

    def rows(report, role="Purchaser", **filters):
        with world.hosts.as_user(role):
            return run(report, filters=filters)["result"]

    ending = rows("Prices Ending Soon", as_of="2026-06-01")
    assert [(row["item"], row["days_left"]) for row in ending] == [(only_price.item, 29)]
    assert rows("Prices Ending Soon", as_of="2026-05-30") == []
    expired = rows("Prices Ending Soon", as_of="2026-07-02", show_expired=1)
    assert [row["days_left"] for row in expired] == [-2]
    assert rows("Prices Ending Soon", as_of="2026-07-02") == []
    compared = rows("Quote Comparison", price_approval=only_price.name)
    assert [(row["rank"], row["rate"]) for row in compared] == [(1, 9.5), (2, 10), (3, 11)]
    assert [round(row["above_lowest_pct"], 2) for row in compared] == [0, 5.26, 15.79]
    history = rows("Price History", item=only_price.item)
    assert [(row["rate"], str(row["valid_to"])) for row in history] == [(9.5, "2026-06-30")]
    for role in ("Warehouse Keeper", "Planner"):
        with world.hosts.as_user(role), pytest.raises(db.PermissionError):
            run("Price History", filters={"item": only_price.item})
