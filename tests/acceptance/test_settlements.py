"""Foreign exchange settlements: for posted goods only, at the day's rate, and nothing twice (7.13)."""

from __future__ import annotations

import import_world as world
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving

import hosts

CLAUSE = "7.13"


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site, and what a dollar is worth today."""
    prices.rate("USD", 7.1)


def refused(work, clause: str = CLAUSE) -> str:
    """Return the message with which the regulation refuses `work`, which must cite the clause."""
    import frappe

    with pytest.raises(frappe.ValidationError) as caught:
        work()
    assert clause in prices.clauses(), str(caught.value)
    return str(caught.value)


def submit(doc):
    return world.act(doc, "Submit for Review", "Finance Officer")


def bank_data(**values) -> dict:
    return {
        "bank": "Bank of Ports",
        "bank_reference": hosts.unique("B"),
        "settled_on": ordering.today(),
        **values,
    }


def settled(doc, **values):
    """Settle an approved settlement with complete data of the bank."""
    prices.edit(doc, "Finance Officer", **bank_data(**values))
    return world.act(doc, "Settle", "Finance Officer")


@pytest.mark.clause(CLAUSE)
def test_amounts_follow_from_what_was_posted_and_the_rate_of_the_day():
    order = world.received(qty=100, rate=10, counted=100, accepted=60)
    doc = world.settlement(order)
    row = doc.items[0]
    assert (row.posted_amount, row.elsewhere_amount, row.amount) == (600, 0, 600)
    assert (doc.total_amount, doc.exchange_rate, doc.amount_base, doc.base_currency) == (
        600,
        7.1,
        4260,
        "CNY",
    )


@pytest.mark.clause(CLAUSE)
def test_never_more_than_was_posted_is_settled():
    order = world.received(counted=50, accepted=50)
    doc = world.settlement(order, amounts=(500.01,))
    text = refused(lambda: submit(doc))
    assert "500.01" in text and "500" in text and order.name in text
    prices.edit(doc, "Finance Officer", items=[{**doc.items[0].as_dict(), "amount": 500}])
    assert submit(doc).workflow_state == "Finance Review"


@pytest.mark.clause(CLAUSE)
def test_an_order_without_posted_goods_is_not_settled():
    order = world.order(currency="USD")
    doc = world.settlement(order)
    assert doc.items[0].amount == 0
    assert "nothing" in refused(lambda: submit(doc))


@pytest.mark.clause(CLAUSE)
def test_two_settlements_never_take_the_same_amount():
    order = world.received()
    first, second = (world.settlement(order, amounts=(700,)) for _number in range(2))
    submit(first)
    text = refused(lambda: submit(second))
    assert "700" in text and "at most 300" in text
    assert world.settlement(order).items[0].amount == 300
    world.act(first, "Reject", "Finance Manager", reason="Wrong order")
    assert submit(second).workflow_state == "Finance Review"


@pytest.mark.clause(CLAUSE)
def test_a_receipt_is_settled_once():
    import frappe

    order = world.order(currency="USD")
    one, two = receiving.posted(order, 40), receiving.posted(order, 60)
    rows = [{"purchase_order": order.name, "receipt": one.name}]
    first = world.settlement(order, items=rows)
    assert first.items[0].amount == 400
    submit(first)
    again = world.settlement(order, items=[{**rows[0], "amount": 100}])
    assert one.name in refused(lambda: submit(again))
    rest = world.settlement(order, items=[{"purchase_order": order.name, "receipt": two.name}])
    assert rest.items[0].amount == 600
    submit(rest)
    twice = [{**rows[0], "amount": 1}, {**rows[0], "amount": 2}]
    assert "row 1" in refused(lambda: world.settlement(order, items=twice))
    stranger = world.received()
    mine = frappe.get_all("Purchase Receipt Item", {"purchase_order": stranger.name}, pluck="parent")[0]
    foreign = [{"purchase_order": order.name, "receipt": mine}]
    assert mine in refused(lambda: world.settlement(order, items=foreign))


@pytest.mark.clause(CLAUSE)
def test_returned_goods_lower_what_may_be_settled_until_it_is_settled():
    order = world.received()
    doc = submit(world.settlement(order))
    receiving.returned(receiving.give_back(order, 30, kind="Stock", reason="Defective in Use"))
    text = refused(lambda: world.act(doc, "Approve", "Finance Manager"))
    assert "1000" in text and "700" in text


@pytest.mark.clause(CLAUSE)
def test_wrong_orders_currencies_and_amounts_are_refused():
    order, other = world.received(), world.received()
    rows = [{"purchase_order": other.name, "amount": 5}]
    assert other.supplier in refused(lambda: world.settlement(order, items=rows))
    assert "EUR" in refused(lambda: world.settlement(order, currency="EUR"))
    home = world.received(currency="CNY")
    assert "base currency" in refused(lambda: world.settlement(home))
    refused(lambda: world.settlement(order, amounts=(-1,)))


@pytest.mark.clause(CLAUSE)
def test_a_missing_rate_contract_or_due_date_is_said():
    order = world.received()
    long_ago = ordering.days(-4000)
    doc = world.settlement(order, rate_date=long_ago, contract_no="", due_date=None)
    text = refused(lambda: submit(doc))
    assert "USD" in text and str(long_ago) in text
    assert {place[3] for place in prices.places()} == {"rate_date", "contract_no", "due_date"}


@pytest.mark.clause(CLAUSE)
def test_it_is_approved_by_the_finance_manager_and_settled_once():
    import frappe

    order = world.received()
    doc = world.approved(world.settlement(order))
    assert doc.items[0].settled_amount == 1000
    refused(lambda: world.act(doc, "Settle", "Finance Officer"))
    assert {place[3] for place in prices.places()} == {"bank_reference", "settled_on"}
    done = settled(doc, settled_rate=7.2, bank_reference="REF-" + order.name)
    assert (done.workflow_state, done.settled_amount, done.settled_base) == ("Settled", 1000, 7200)
    assert (done.exchange_difference, done.recorded_by) == (100, hosts.user_for("Finance Officer"))
    before = prices.stored(done)
    with pytest.raises(frappe.ValidationError):
        prices.edit(done, "Finance Officer", bank="Other")
    assert prices.stored(done) == before
    other = world.approved(world.settlement(world.received()))
    text = refused(lambda: settled(other, bank_reference="REF-" + order.name))
    assert done.name in text


@pytest.mark.clause(CLAUSE)
def test_less_may_be_settled_than_was_approved_and_the_rest_is_free_again():
    order = world.received()
    doc = world.approved(world.settlement(order))
    row = doc.items[0].as_dict()
    prices.edit(doc, "Finance Officer", items=[{**row, "settled_amount": 1000.01}], **bank_data())
    assert "1000.01" in refused(lambda: world.act(doc, "Settle", "Finance Officer"))
    prices.edit(doc, "Finance Officer", items=[{**row, "settled_amount": 950}])
    world.act(doc, "Settle", "Finance Officer")
    assert world.settlement(order).items[0].amount == 50
    tomorrow = ordering.days(1)
    other = world.approved(world.settlement(order))
    assert str(tomorrow) in refused(lambda: settled(other, settled_on=tomorrow))


@pytest.mark.clause("1.4")
def test_nothing_is_changed_once_it_is_under_review():
    doc = submit(world.settlement(world.received()))
    before = prices.stored(doc)
    row = doc.items[0].as_dict()
    refused(lambda: prices.edit(doc, "Finance Officer", items=[{**row, "amount": 1}]), "1.5")
    doc = world.act(doc, "Approve", "Finance Manager")
    refused(lambda: prices.edit(doc, "Finance Officer", items=[{**row, "amount": 1}]), "1.4")
    refused(lambda: prices.edit(doc, "Finance Officer", exchange_rate=70), "1.4")
    assert prices.stored(doc)["total_amount"] == before["total_amount"]


@pytest.mark.clause("1.3")
def test_nobody_approves_the_own_settlement():
    import frappe

    doc = submit(world.settlement(world.received()))
    frappe.db.set_value(doc.doctype, doc.name, "owner", hosts.user_for("Finance Manager"))
    with pytest.raises(frappe.PermissionError):
        world.act(doc, "Approve", "Finance Manager")


ACTIONS = {
    "Draft": {"Submit for Review": {"Purchaser", "Finance Officer"}},
    "Finance Review": {"Approve": {"Finance Manager"}, "Reject": {"Finance Manager"}},
    "Approved": {"Settle": {"Finance Officer"}, "Reject": {"Finance Manager"}},
    "Settled": {},
}


@pytest.mark.clause("1.1")
@pytest.mark.parametrize("role", hosts.ROLES)
def test_each_action_is_its_role_s_alone(role):
    import frappe

    doc = world.settlement(world.received())
    everything = {action for found in ACTIONS.values() for action in found}
    for at, found in ACTIONS.items():
        frappe.db.set_value(doc.doctype, doc.name, "workflow_state", at)
        for action in everything:
            if role in found.get(action, ()):
                continue
            before = prices.stored(doc)
            with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
                world.act(doc, action, role)
            assert prices.stored(doc) == before
            frappe.clear_messages()
