"""Returns with and without a known order (4.7), on whichever host the tests run."""

from __future__ import annotations

import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world
from price_world import clauses, places

import hosts

pytestmark = pytest.mark.usefixtures("db")


def refused():
    """Expect a refusal by a clause."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


@pytest.mark.clause("4.7.1.1")
def test_rejected_goods_go_back_and_the_order_stays_open_for_them():
    order = world.order(qty=100)
    item = order.items[0].item
    world.posted(order, 100, accepted=90)
    assert world.totals(order)["state"] == "Received"
    back = world.returned(world.give_back(order, 10))
    assert (back.docstatus, back.approved_by) == (1, hosts.who("Warehouse Manager"))
    assert (back.supplier_signed_by, back.handed_over_by) == ("Mr Li", hosts.who("Warehouse Keeper"))
    assert world.on_hand(item, "Defective") == 0
    found = world.totals(order)
    assert (found["returned_qty"], found["state"]) == (10, "Partly Received")
    world.posted(order, 10)
    assert world.totals(order)["state"] == "Received"


@pytest.mark.clause("4.7.1.1")
def test_goods_that_need_not_come_again_do_not_reopen_the_order():
    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    back = world.give_back(order, 10)
    back.items[0].reopens_order = 0
    with hosts.as_user("Warehouse Keeper"):
        back.save()
    world.returned(back)
    found = world.totals(order)
    assert (found["returned_qty"], found["closed_qty"], found["state"]) == (10, 10, "Received")


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(("qty", "passes"), [(99.5, True), (100, True), (100.5, False)])
def test_no_more_goes_back_than_was_received(qty, passes):
    from contextlib import nullcontext

    order = world.order(qty=100)
    item = order.items[0].item
    world.posted(order, 100)
    other = world.order(qty=50)
    move_stock(item, 50, other)
    back = world.give_back(order, qty, kind="Stock")
    with nullcontext() if passes else refused():
        back = world.act(back, "Request", "Warehouse Keeper")
        assert back.workflow_state == "Manager Approval"
    if not passes:
        assert places() == [("4.7.1.1", "items", 1, "qty")]


def move_stock(item: str, qty: float, voucher) -> None:
    """Put more of an item into stock, as another document would."""
    from decimal import Decimal

    from erp_rules.clauses.chapter_5 import Movement
    from erp_rules.ledger import entries

    entries.post(voucher, [Movement(item, world.warehouse(), Decimal(str(qty)))])


@pytest.mark.clause("4.7.1.1")
def test_returns_under_way_count_too():
    order = world.order(qty=100)
    world.posted(order, 100)
    world.act(world.give_back(order, 60, kind="Stock"), "Request", "Warehouse Keeper")
    second = world.give_back(order, 50, kind="Stock")
    with refused():
        world.act(second, "Request", "Warehouse Keeper")
    assert places() == [("4.7.1.1", "items", 1, "qty")]


@pytest.mark.clause("4.7.1.1")
def test_two_rows_of_one_order_row_are_added_up():
    order = world.order(qty=100)
    world.posted(order, 100, accepted=50)
    row = {"item": order.items[0].item, "order_row": order.items[0].name}
    rows = [
        {**row, "qty": 50, "warehouse": world.warehouse("Defective")},
        {**row, "qty": 51, "warehouse": world.warehouse()},
    ]
    back = world.give_back(order, 0, items=rows)
    with refused():
        world.act(back, "Request", "Warehouse Keeper")
    assert {place[2] for place in places()} == {2}


@pytest.mark.clause("4.7.1.1", "5.2")
def test_what_is_not_on_hand_does_not_go_back():
    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    with refused():
        world.act(world.give_back(order, 11), "Request", "Warehouse Keeper")
    assert places() == [("4.7.1.1", "items", 1, "qty")]


@pytest.mark.clause("4.7.1.1", "5.2")
def test_goods_that_another_return_took_away_are_not_handed_over_again():
    """Two returns of unknown orders may be asked for; the second would never be posted once both were gone."""
    import frappe

    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    rows = [{"item": order.items[0].item, "qty": 60, "warehouse": world.warehouse()}]
    first, second = (world.give_back(None, 0, supplier=order.supplier, items=rows) for _number in range(2))
    for back in (first, second):
        world.act(back, "Request", "Warehouse Keeper")
        with hosts.as_user("Purchaser"):
            back.reload()
            back.currency, back.items[0].rate = "CNY", 7.5
            back.save()
        world.act(back, "Pass", "Purchaser")
        world.act(back, "Approve", "Warehouse Manager")
        world.sign(back)
    world.act(first, "Hand Over", "Warehouse Keeper")
    with refused():
        world.act(second, "Hand Over", "Warehouse Keeper")
    assert places() == [("4.7.1.1", "items", 1, "qty")]
    world.act(first, "Post", "Warehouse Keeper")
    assert frappe.db.get_value(second.doctype, second.name, "workflow_state") == "Approved"
    assert world.on_hand(order.items[0].item) == 30


@pytest.mark.clause("4.7.1.1")
@pytest.mark.parametrize(("qty", "clause"), [(0, "4.7.1.1"), (-3, "4.7.1.1"), ("nan", "2.12")])
def test_the_quantity_is_above_zero(qty, clause):
    order = world.order()
    with refused():
        world.give_back(order, qty)
    assert (clause, "items", 1, "qty") in places()


@pytest.mark.clause("4.7.1.1")
def test_the_supplier_signs_before_the_goods_leave():
    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    back = world.act(world.give_back(order, 10), "Request", "Warehouse Keeper")
    back = world.act(back, "Approve", "Warehouse Manager")
    with refused():
        world.act(back, "Hand Over", "Warehouse Keeper")
    assert places() == [("4.7.1.1", None, None, "supplier_signed_by")]


@pytest.mark.clause("4.7.1.1")
def test_another_suppliers_order_and_row_are_refused():
    order, other = world.order(), world.order()
    with refused():
        world.give_back(order, 5, supplier=other.supplier)
    assert ("4.7.1.1", None, None, "purchase_order") in places()
    with refused():
        world.give_back(
            order,
            5,
            items=[
                {
                    "item": other.items[0].item,
                    "order_row": other.items[0].name,
                    "qty": 5,
                    "warehouse": world.warehouse(),
                }
            ],
        )
    assert places() == [("4.7.1.1", "items", 1, "order_row")]


@pytest.mark.clause("4.7.1.1", "1.3")
def test_only_the_warehouse_manager_approves():
    import frappe

    order = world.order(qty=100)
    world.posted(order, 100, accepted=90)
    back = world.act(world.give_back(order, 10), "Request", "Warehouse Keeper")
    before = prices.stored(back)
    others = [role for role in hosts.ROLES if role != "Warehouse Manager"]
    assert len(others) > 10
    for role in others:
        with pytest.raises(frappe.PermissionError):
            prices.act(back, "Approve", role)
    assert prices.stored(back) == before
    sent_back = world.act(back, "Reject", "Warehouse Manager", reason="repair it here")
    assert (sent_back.workflow_state, sent_back.requested_by) == ("Draft", None)


# --- without a known order -------------------------------------------------------------------


def found_goods(qty: float = 10):
    """Return an order whose goods were received, of which some are found in the stock without papers."""
    order = world.order(qty=100, rate=8)
    receipt = world.posted(order, 100)
    return order, receipt, [{"item": order.items[0].item, "qty": qty, "warehouse": world.warehouse()}]


@pytest.mark.clause("4.7.1.2")
def test_goods_of_an_unknown_order_go_back_on_a_return_order():
    import frappe

    order, _receipt, rows = found_goods()
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Defective in Use")
    back = world.act(back, "Request", "Warehouse Keeper")
    assert (back.workflow_state, back.purchase_order) == ("Purchasing Handling", None)
    with refused():
        world.act(back, "Pass", "Purchaser")
    assert clauses() == {"4.7.1.2"}
    with hosts.as_user("Purchaser"):
        back.reload()
        back.currency, back.items[0].rate = "CNY", 7.5
        back.save()
    back = world.act(back, "Pass", "Purchaser")
    assert back.handled_by == hosts.who("Purchaser")
    made = frappe.get_doc(world.ORDER, back.return_order)
    assert (made.order_kind, made.items[0].qty, made.items[0].rate) == ("Return", -10, 7.5)
    assert made.total_amount == -75
    back = world.act(back, "Approve", "Warehouse Manager")
    world.sign(back)
    back = world.act(back, "Hand Over", "Warehouse Keeper")
    world.act(back, "Post", "Warehouse Keeper")
    made.reload()
    assert (made.docstatus, made.workflow_state, made.items[0].returned_qty) == (1, "Received", 10)
    assert world.on_hand(order.items[0].item) == 90
    assert world.totals(order)["returned_qty"] == 0


@pytest.mark.clause("4.7.1.2")
@pytest.mark.parametrize("role", ["Purchaser", "Administrator"])
def test_nobody_makes_or_alters_a_return_order_by_hand(role):
    import frappe

    order, _receipt, rows = found_goods()
    item = order.items[0].item
    made = {"doctype": world.ORDER, "supplier": order.supplier, "currency": "CNY"}
    row = {"item": item, "qty": -5, "rate": 1000, "required_date": ordering.today()}
    with hosts.as_user(role), refused():
        frappe.get_doc({**made, "order_kind": "Return", "items": [row]}).insert()
    assert clauses() == {"4.7.1.2"}
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Defective in Use")
    back = world.act(back, "Request", "Warehouse Keeper")
    with hosts.as_user("Purchaser"):
        back.reload()
        back.currency, back.items[0].rate = "CNY", 7.5
        back.save()
    back = world.act(back, "Pass", "Purchaser")
    for change in ({"rate": 1000}, {"qty": -1000}, {"item": ordering.item()}):
        drafted = frappe.get_doc(world.ORDER, back.return_order)
        with hosts.as_user(role), refused():
            drafted.items[0].update(change)
            drafted.save()
        assert "4.7.1.2" in clauses()
    drafted = frappe.get_doc(world.ORDER, back.return_order)
    with hosts.as_user(role), refused():
        drafted.append("items", row)
        drafted.save()
    standard = ordering.order()
    with hosts.as_user(role), refused():
        standard.order_kind = "Return"
        standard.save()
    assert "4.7.1.2" in clauses()
    kept = frappe.get_doc(world.ORDER, back.return_order)
    assert [(line.qty, line.rate) for line in kept.items] == [(-10, 7.5)]


@pytest.mark.clause("4.7.1.2")
def test_purchasing_finds_the_receipt_that_the_goods_came_on():
    from erp_rules.api import receiving

    order, receipt, rows = found_goods()
    item = order.items[0].item
    dearer = prices.supplier()
    world.list_supplier(dearer)
    ordering.post(item, (dearer, 12))
    wanted = ordering.approved((item, 30))
    second = ordering.move(ordering.make(ordering.line(wanted.items[0], dearer))[0])
    world.posted(second, 30)
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Defective in Use")
    back = world.act(back, "Request", "Warehouse Keeper")
    with hosts.as_user("Purchaser"):
        by_price = [row["purchase_order"] for row in receiving.find_receipts(item, rate=11.8)]
        found = receiving.find_receipts(item, supplier=order.supplier)
    assert by_price == [second.name, order.name]
    assert [(row["receipt"], row["left_qty"], row["rate"]) for row in found] == [(receipt.name, 100, 8)]
    with hosts.as_user("Purchaser"):
        back.reload()
        back.items[0].receipt_row = found[0]["receipt_row"]
        back.save()
    assert back.purchase_order == order.name
    back = world.act(back, "Pass", "Purchaser")
    assert (back.return_order, back.items[0].rate) == (None, 8)
    back = world.act(back, "Approve", "Warehouse Manager")
    world.sign(back)
    back = world.act(back, "Hand Over", "Warehouse Keeper")
    world.act(back, "Post", "Warehouse Keeper")
    assert world.totals(order)["returned_qty"] == 10


@pytest.mark.clause("4.7.1.2")
def test_the_receipt_is_chosen_by_a_step_of_who_may_write_the_return():
    import frappe

    from erp_rules.api import receiving
    from erp_rules.api.screens.documents import further_steps
    from erp_rules.rule_engine.errors import RuleViolation

    order, receipt, rows = found_goods()
    back = world.give_back(None, 0, supplier=order.supplier, items=rows * 2, reason="Defective in Use")
    back = world.act(back, "Request", "Warehouse Keeper")
    chosen = {"purchase_return": back.name, "row": back.items[0].name, "receipt_row": receipt.items[0].name}
    for role in ("Warehouse Keeper", "Warehouse Manager", "Planner"):
        with hosts.as_user(role):
            assert further_steps(back) == []
            with pytest.raises((frappe.PermissionError, RuleViolation)):
                receiving.take_receipt(**chosen)
    assert frappe.get_doc(world.RETURN, back.name).purchase_order is None
    with hosts.as_user("Purchaser"):
        (step,) = further_steps(back)
        assert step["args"] == {"purchase_return": back.name, "row": back.items[0].name}
        (choice,) = step["fields"][0]["choices"]
        assert choice["value"] == receipt.items[0].name
        assert choice["label"] == f"{receipt.name} · order {order.name} · 8 CNY each · 100 left"
        for other in (world.posted(world.order()).items[0].name, "no such row", ""):
            with refused():
                receiving.take_receipt(**{**chosen, "receipt_row": other})
        answer = receiving.take_receipt(**chosen)
        assert order.name in answer["message"]
        assert further_steps(frappe.get_doc(world.RETURN, back.name)) == []
        with refused():
            receiving.take_receipt(**chosen)
    back = frappe.get_doc(world.RETURN, back.name)
    assert (back.purchase_order, back.items[0].receipt) == (order.name, receipt.name)
    assert [(row.order_row, row.rate) for row in back.items] == [(order.items[0].name, 8)] * 2


@pytest.mark.clause("4.7.1.2")
def test_the_step_says_when_no_receipt_fits():
    from erp_rules.api.screens.documents import further_steps

    line = {"item": ordering.item(), "qty": 1, "warehouse": world.warehouse()}
    back = world.give_back(None, 0, supplier=prices.supplier(), items=[line], reason="Other")
    with hosts.as_user("Warehouse Keeper"):
        (step,) = further_steps(back)
    assert step["notice"] == "No receipt fits; purchasing makes a return order."


@pytest.mark.clause("4.7.1.2")
def test_a_return_that_was_sent_back_keeps_its_one_return_order():
    import frappe

    order, _receipt, rows = found_goods()
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Other")
    back = world.act(back, "Request", "Warehouse Keeper")
    prices.edit(back, "Purchaser", currency="CNY", items=[{**back.items[0].as_dict(), "rate": 5}])
    back = world.act(back, "Pass", "Purchaser")
    first = back.return_order
    back = world.act(back, "Reject", "Warehouse Manager", reason="count again")
    back.items[0].qty = 4
    with hosts.as_user("Warehouse Keeper"):
        back.save()
    back = world.act(back, "Request", "Warehouse Keeper")
    back = world.act(back, "Pass", "Purchaser")
    assert back.return_order == first
    assert frappe.get_doc(world.ORDER, first).items[0].qty == -4


@pytest.mark.clause("4.7.1.1", "4.7.1.2")
def test_a_return_whose_order_is_found_after_all_is_limited_by_it_and_needs_no_return_order():
    import frappe

    order, _receipt, rows = found_goods()
    wanted = ordering.approved((order.items[0].item, 50))
    other = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    world.posted(other, 50)
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Other")
    back = world.act(back, "Request", "Warehouse Keeper")
    prices.edit(back, "Purchaser", currency="CNY", items=[{**back.items[0].as_dict(), "rate": 5}])
    back = world.act(back, "Pass", "Purchaser")
    made = back.return_order
    back = world.act(back, "Reject", "Warehouse Manager", reason="its order was found")
    with hosts.as_user("Warehouse Keeper"):
        back.purchase_order = order.name
        back.items[0].update({"order_row": order.items[0].name, "qty": 101})
        back.save()
        with refused():
            world.act(back, "Request", "Warehouse Keeper")
        assert places() == [("4.7.1.1", "items", 1, "qty")]
        back.reload()
        back.items[0].qty = 100
        back.save()
    back = world.returned(back)
    assert back.return_order is None
    assert frappe.db.get_value(world.ORDER, made, "workflow_state") == "Closed"
    assert world.totals(order)["returned_qty"] == 100


@pytest.mark.clause("1.3", "4.7.1.1", "4.7.1.2")
@pytest.mark.parametrize("action", ["Request", "Pass"])
def test_who_asked_for_a_return_or_handled_it_does_not_approve_it(action):
    import frappe

    roles = ("Warehouse Keeper", "Purchaser", "Warehouse Manager")
    login = hosts.make_user(f"{hosts.unique('all')}@demo.example".lower(), *roles)
    order, _receipt, rows = found_goods()
    back = world.give_back(None, 0, supplier=order.supplier, items=rows, reason="Other")
    back = world.act(back, "Request", login if action == "Request" else "Warehouse Keeper")
    prices.edit(back, "Purchaser", currency="CNY", items=[{**back.items[0].as_dict(), "rate": 5}])
    back = world.act(back, "Pass", login if action == "Pass" else "Purchaser")
    with pytest.raises(frappe.PermissionError):
        world.act(back, "Approve", login)
    assert clauses() == {"1.3"}
    assert world.act(back, "Approve", "Warehouse Manager").workflow_state == "Approved"


@pytest.mark.clause("1.3")
def test_an_older_site_learns_who_else_made_a_document(db):
    from erp_rules.patches.v1_0 import name_more_makers

    names = {kind: db.db.get_value("Document Control", {"document_type": kind}) for kind in
             (world.RECEIPT, world.RETURN, world.ORDER)}  # fmt: skip
    for name in names.values():
        db.db.set_value("Document Control", name, "requester_field", "")
    db.db.set_value("Document Control", names[world.RETURN], "requester_field", "posted_by")
    name_more_makers.execute()
    found = [db.db.get_value("Document Control", name, "requester_field") for name in names.values()]
    assert [value or "" for value in found] == ["counted_by", "posted_by", ""]


@pytest.mark.clause("4.7.1.1", "4.6.4")
def test_returns_begin_from_the_receipt_and_from_what_is_kept_apart():
    import frappe

    from erp_rules.api import receiving, screens

    order = world.order(qty=100)
    counted = world.counted(order, 110)
    with hosts.as_user("Warehouse Keeper"):
        assert screens.document(world.RECEIPT, counted.name)["beginnings"] == []
    receipt = world.act(world.inspect(counted, (90, 20)), "Inspect", "Quality Inspector")
    receipt = world.act(receipt, "Post", "Warehouse Keeper")
    over = frappe.db.get_value(world.OVER, {"receipt": receipt.name})

    def offers(doctype: str, name: str, role: str = "Warehouse Keeper") -> list[str]:
        with hosts.as_user(role):
            return [offer["doctype"] for offer in screens.document(doctype, name)["beginnings"]]

    def begun(doctype: str, name: str):
        with hosts.as_user("Warehouse Keeper"):
            values = screens.begin(world.RETURN, doctype, name)
            return frappe.get_doc({"doctype": world.RETURN, **values}).insert()

    assert offers(world.RECEIPT, receipt.name) == offers(world.OVER, over) == [world.RETURN]
    assert offers(world.RECEIPT, receipt.name, "Quality Inspector") == []
    back = begun(world.RECEIPT, receipt.name)
    assert [(row.qty, row.warehouse) for row in back.items] == [(10, world.warehouse("Defective"))]
    assert back.purchase_order == order.name
    assert offers(world.RECEIPT, receipt.name) == []
    with hosts.as_user("Warehouse Keeper"), refused():
        receiving.return_rejected(receipt.name)
    world.returned(back)
    apart = begun(world.OVER, over)
    assert [(row.qty, row.bucket) for row in apart.items] == [(10, "Over Delivery")]
    world.returned(apart)
    assert offers(world.OVER, over) == []


@pytest.mark.clause("4.7.1.1")
def test_rejected_goods_of_a_receipt_are_drafted_as_returns():
    import frappe

    from erp_rules.api import receiving

    order = world.order(qty=100)
    receipt = world.posted(order, 100, accepted=80)
    with hosts.as_user("Warehouse Keeper"):
        names = receiving.return_rejected(receipt.name)
    back = frappe.get_doc(world.RETURN, names[0])
    assert (back.purchase_order, back.items[0].qty, back.items[0].rate) == (order.name, 20, 10)
    assert back.items[0].warehouse == world.warehouse("Defective")
    world.returned(back)
    assert world.totals(order)["returned_qty"] == 20
