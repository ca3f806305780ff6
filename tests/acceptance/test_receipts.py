"""Receipts from the count to put-away (4.6), on whichever host the tests run."""

from __future__ import annotations

from datetime import timedelta

import change_order_world as changing
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world
from price_world import clauses, places

import hosts

pytestmark = pytest.mark.usefixtures("db")
COUNT = "erp_rules.api.receiving.count"


def refused():
    """Expect a refusal by a clause."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


def forbidden():
    """Expect a refusal because of the user."""
    import frappe

    return pytest.raises(frappe.PermissionError)


def announced(order, qty: float):
    """Return a delivery notice of the first line of an order, as a purchaser enters it."""
    import frappe

    with hosts.as_user("Purchaser"):
        return frappe.get_doc(
            {
                "doctype": world.NOTICE,
                "supplier": order.supplier,
                "delivery_note_no": hosts.unique("N"),
                "items": [{"purchase_order": order.name, "item": order.items[0].item, "qty": qty}],
            }
        ).insert()


def events(doc, clause: str) -> list[str]:
    """Return the outcomes of a clause on a document, as they were told in this transaction."""
    import frappe

    return [m for m in frappe.local.message_log if clause in str(m)]


@pytest.mark.clause("4.6.4", "4.6.5", "4.6.1")
def test_goods_go_from_the_count_to_their_location():
    order = world.order(qty=100)
    item = order.items[0].item
    receipt = world.posted(order, 100, accepted=95)
    assert (receipt.docstatus, receipt.workflow_state) == (1, "Posted")
    assert world.on_hand(item) == 95
    assert world.on_hand(item, "Defective") == 5
    assert world.totals(order) == {
        "received_qty": 100,
        "accepted_qty": 95,
        "rejected_qty": 5,
        "over_qty": 0,
        "returned_qty": 0,
        "closed_qty": 0,
        "state": "Received",
    }
    with refused():
        world.act(receipt, "Put Away", "Warehouse Keeper")
    assert clauses() == {"4.6.5"}
    receipt.items[0].location = "A-01-2"
    with hosts.as_user("Warehouse Keeper"):
        receipt.save()
    assert world.act(receipt, "Put Away", "Warehouse Keeper").workflow_state == "Put Away"


@pytest.mark.clause("4.6.2")
def test_signatures_say_who_counted_inspected_and_posted():
    receipt = world.posted(world.order())
    assert receipt.name.startswith("RC-")
    assert receipt.counted_by == hosts.who("Receiving Clerk")
    assert receipt.inspected_by == hosts.who("Quality Inspector")
    assert receipt.posted_by == hosts.who("Warehouse Keeper")
    assert receipt.inspections[0].inspected_by == hosts.who("Quality Inspector")


@pytest.mark.clause("4.6.4")
def test_a_partial_delivery_leaves_the_rest_open():
    order = world.order(qty=100)
    world.posted(order, 40)
    assert world.totals(order)["state"] == "Partly Received"
    world.posted(order, 60)
    assert world.totals(order)["state"] == "Received"
    assert world.on_hand(order.items[0].item) == 100


# --- the blind count -------------------------------------------------------------------------


@pytest.mark.clause("4.6.2")
def test_who_counts_never_sees_what_was_ordered(http):
    order = world.order(qty=123.5)
    http.login("Receiving Clerk")
    answer = http.get("/api/method/erp_rules.api.receiving.lines", query_string={"supplier": order.supplier})
    assert answer.status_code == 200
    assert [line["order_row"] for line in answer.json["message"]["lines"]] == [order.items[0].name]
    assert "123.5" not in answer.text
    for path in ("/api/resource/Purchase Order/" + order.name, "/api/resource/Purchase Order"):
        assert http.get(path).status_code == 403
    assert http.get("/api/resource/Delivery Notice").status_code == 403


@pytest.mark.clause("4.6.2")
def test_a_refused_count_does_not_tell_what_is_open(http):
    """Whoever counts could otherwise ask, with a count that goes wrong on purpose, how much was ordered."""
    order = world.order(qty=123.5)
    receipt = world.draft(order, 99999, delivery_note_no=None)
    http.login("Receiving Clerk")
    call = {"doc": {"doctype": world.RECEIPT, "name": receipt.name}, "action": "Count"}
    answer = http.post("/api/method/frappe.model.workflow.apply_workflow", json=call)
    assert answer.status_code == 417
    assert [entry["fieldname"] for entry in answer.json["rule_violations"]] == ["delivery_note_no"]
    assert "99875.5" not in answer.text
    receipt.delivery_note_no = hosts.unique("N")
    with hosts.as_user("Receiving Clerk"):
        receipt.save()
    assert "99875.5" in http.post("/api/method/frappe.model.workflow.apply_workflow", json=call).text


@pytest.mark.clause("4.6.2")
def test_who_counts_sees_what_was_announced_only_after_the_count():
    order = world.order(qty=100)
    notice = announced(order, 60)
    receipt = world.draft(order, delivery_notice=notice.name, delivery_note_no=None, items=[])
    assert receipt.delivery_note_no == notice.delivery_note_no
    assert not receipt.items[0].delivered_qty
    receipt.items[0].counted_qty = 55
    with hosts.as_user("Receiving Clerk"):
        receipt.save()
    receipt = world.act(receipt, "Count", "Receiving Clerk")
    assert (receipt.items[0].delivered_qty, receipt.items[0].counted_qty) == (60, 55)
    receipt = world.act(receipt, "Reject", "Quality Inspector", reason="there are 58")
    assert receipt.items[0].delivered_qty == 0


@pytest.mark.clause("4.6.1")
def test_what_the_delivery_note_says_stays_when_it_is_counted_again():
    order = world.order(qty=100)
    rows = [world.row_of(order, 55, delivered_qty=59)]
    receipt = world.counted(order, delivery_notice=announced(order, 60).name, items=rows)
    receipt = world.act(receipt, "Reject", "Quality Inspector", reason="there are 58")
    assert receipt.items[0].delivered_qty == 59


@pytest.mark.clause("4.6.2")
def test_the_same_count_sent_twice_makes_one_receipt(http):
    import frappe

    order = world.order(qty=100)
    http.login("Receiving Clerk")
    call = {
        "supplier": order.supplier,
        "delivery_note_no": hosts.unique("N"),
        "terminal": "T1",
        "count_key": hosts.unique("key"),
        "rows": [{"order_row": order.items[0].name, "counted_qty": 100}],
    }
    first = http.post(f"/api/method/{COUNT}", json=call)
    assert first.status_code == 200, first.text
    assert (first.json["message"]["state"], first.json["message"]["is_new"]) == ("Counted", True)
    again = http.post(f"/api/method/{COUNT}", json=call).json["message"]
    assert (again["name"], again["is_new"]) == (first.json["message"]["name"], False)
    other = http.post(f"/api/method/{COUNT}", json={**call, "count_key": hosts.unique("key")})
    assert other.status_code == 417
    assert {entry["clause"] for entry in other.json["rule_violations"]} == {"4.6.2"}
    assert frappe.db.count(world.RECEIPT, {"supplier": order.supplier}) == 1


@pytest.mark.clause("4.6.1")
def test_an_empty_count_is_refused_and_nothing_is_kept(http):
    import frappe

    order = world.order()
    http.login("Receiving Clerk")
    call = {"supplier": order.supplier, "delivery_note_no": "N", "count_key": hosts.unique("key"), "rows": []}
    assert http.post(f"/api/method/{COUNT}", json=call).status_code == 417
    assert frappe.db.count(world.RECEIPT, {"supplier": order.supplier}) == 0


@pytest.mark.parametrize(
    "rows",
    [
        None,
        "",
        "abc",
        "5",
        "{}",
        ["x"],
        [{"counted_qty": 5}],
        [{"order_row": ["x"], "counted_qty": {"a": 1}}],
    ],
)
def test_rows_that_are_none_are_refused_in_words(http, rows):
    import frappe

    order = world.order()
    http.login("Receiving Clerk")
    call = {"supplier": order.supplier, "delivery_note_no": "N", "count_key": hosts.unique("k"), "rows": rows}
    answer = http.post(f"/api/method/{COUNT}", json=call)
    assert answer.status_code == 417 and answer.json["_server_messages"]
    assert frappe.db.count(world.RECEIPT, {"supplier": order.supplier}) == 0


@pytest.mark.clause("5.2")
@pytest.mark.parametrize(("qty", "kept"), [(12.3456784, 12.345678), (12.3456789, 12.345679)])
def test_a_count_is_kept_to_six_decimals_like_the_ledger(qty, kept):
    order = world.order(qty=100)
    receipt = world.counted(order, qty)
    assert (receipt.items[0].counted_qty, receipt.items[0].received_qty) == (kept, kept)
    receipt = world.inspect(receipt, (qty, 0))
    assert receipt.items[0].accepted_qty == kept
    world.act(world.act(receipt, "Inspect", "Quality Inspector"), "Post", "Warehouse Keeper")
    assert world.on_hand(order.items[0].item) == kept


def test_only_those_who_receive_may_count(http):
    order = world.order()
    http.login("Purchaser")
    call = {"supplier": order.supplier, "delivery_note_no": "N", "count_key": "k", "rows": []}
    assert http.post(f"/api/method/{COUNT}", json=call).status_code == 403


# --- bad input -------------------------------------------------------------------------------


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize(
    ("qty", "clause"), [(-1, "4.6.1"), ("nan", "2.12"), ("inf", "2.12"), ("-inf", "2.12")]
)
def test_a_count_is_a_number_of_zero_or_more(qty, clause):
    with refused():
        world.draft(world.order(), qty)
    assert (clause, "items", 1, "counted_qty") in places()


@pytest.mark.clause("4.6.1")
def test_nothing_counted_and_no_delivery_note_are_told_together():
    receipt = world.draft(world.order(), 0, delivery_note_no=None)
    with refused():
        world.act(receipt, "Count", "Receiving Clerk")
    assert {place[3] for place in places()} == {"delivery_note_no", "counted_qty"}


@pytest.mark.clause("4.6.1")
@pytest.mark.parametrize(("steps", "state"), [(0, "Draft"), (1, "Manager Approval"), (2, "Approved")])
def test_an_order_that_is_not_out_receives_nothing(steps, state):
    order = ordering.move(ordering.order(), steps)
    assert order.workflow_state == state
    with refused():
        world.draft(order)
    assert clauses() == {"4.6.1"}


@pytest.mark.clause("4.6.1")
def test_a_closed_order_receives_nothing():
    from erp_rules.procurement import orders

    order = world.order()
    receipt = world.draft(order)
    orders.close_order(order.name, "no longer needed")
    with refused():
        world.act(receipt, "Count", "Receiving Clerk")
    assert clauses() == {"4.6.1"}


@pytest.mark.clause("4.6.1")
def test_another_currency_supplier_or_item_is_refused():
    order, other = world.order(), world.order()
    with refused():
        world.draft(order, currency="USD")
    assert places() == [("4.6.1", "items", 1, "purchase_order")]
    with refused():
        world.draft(order, supplier=other.supplier)
    assert places() == [("4.6.1", "items", 1, "purchase_order")]
    with refused():
        world.draft(order, items=[world.row_of(order, item=other.items[0].item)])
    assert places() == [("4.6.1", "items", 1, "item")]


@pytest.mark.clause("4.4.1")
def test_goods_without_a_price_cannot_be_counted_in():
    import frappe

    order = world.order()
    frappe.db.set_value("Purchase Order Item", order.items[0].name, {"is_unpriced": 1, "price_row": None})
    receipt = world.draft(order)
    with refused():
        world.act(receipt, "Count", "Receiving Clerk")
    assert clauses() == {"4.4.1"}


def test_results_and_kept_values_cannot_come_with_the_count():
    order = world.order()
    with refused():
        world.draft(order, items=[world.row_of(order, accepted_qty=5)])
    assert places() == [("4.6.4", "items", 1, "accepted_qty")]
    with refused():
        world.draft(order, items=[world.row_of(order, received_qty=5)])
    assert places() == [("4.6.1", "items", 1, "received_qty")]


# --- suppliers off the list ------------------------------------------------------------------


@pytest.mark.clause("4.1.1.3")
@pytest.mark.parametrize("status", ["Suspended", "Eliminated", None])
def test_goods_of_a_supplier_off_the_list_can_only_be_rejected(status):
    order = world.order(is_listed=False)
    if status:
        world.list_supplier(order.supplier, status)
    receipt = world.counted(order, 100)
    row = receipt.items[0]
    assert (row.accepted_qty, row.rejected_qty, row.reject_reason) == (0, 100, "Supplier Not Approved")
    with refused():
        world.inspect(receipt, (100, 0))
    assert "4.1.1.3" in clauses()
    receipt = world.act(receipt, "Inspect", "Quality Inspector")
    receipt = world.act(receipt, "Post", "Warehouse Keeper")
    assert world.on_hand(row.item) == 0
    assert world.on_hand(row.item, "Defective") == 100


@pytest.mark.clause("4.1.1.3")
def test_the_list_at_the_time_of_the_count_decides():
    import frappe

    order = world.order()
    receipt = world.counted(order)
    world.list_supplier(order.supplier, "Suspended", frappe.utils.now_datetime() + timedelta(seconds=2))
    receipt = world.inspect(receipt, (100, 0))
    assert world.act(receipt, "Inspect", "Quality Inspector").workflow_state == "Inspected"


# --- inspection ------------------------------------------------------------------------------


@pytest.mark.clause("4.6.4")
def test_tranches_add_up_and_all_of_it_is_inspected():
    receipt = world.counted(world.order(), 100)
    receipt = world.inspect(receipt, (30, 0), (40, 5))
    assert (receipt.items[0].accepted_qty, receipt.items[0].rejected_qty) == (70, 5)
    with refused():
        world.act(receipt, "Inspect", "Quality Inspector")
    assert places() == [("4.6.4", "items", 1, "accepted_qty")]
    receipt = world.inspect(receipt, (25, 0))
    assert world.act(receipt, "Inspect", "Quality Inspector").items[0].accepted_qty == 95


@pytest.mark.clause("4.6.4")
@pytest.mark.parametrize(("accepted", "rejected"), [(90, 10), (100, 0), (0, 100)])
def test_results_can_be_entered_in_the_row_when_there_are_no_tranches(accepted, rejected):
    receipt = world.counted(world.order(), 100)
    with hosts.as_user("Quality Inspector"):
        receipt.items[0].update(
            {
                "accepted_qty": accepted,
                "rejected_qty": rejected,
                "reject_reason": "Other" if rejected else None,
            }
        )
        receipt.save()
    receipt = world.act(receipt, "Inspect", "Quality Inspector")
    assert (receipt.total_accepted, receipt.total_rejected) == (accepted, rejected)


@pytest.mark.clause("4.6.4")
def test_more_than_counted_negative_and_unexplained_results_are_refused():
    receipt = world.counted(world.order(), 100)
    with refused():
        world.inspect(receipt, (90, 11))
    assert places() == [("4.6.4", "items", 1, "accepted_qty")]
    with refused():
        world.inspect(receipt, (-1, 0))
    assert ("4.6.4", "inspections", 1, "accepted_qty") in places()
    with refused():
        world.inspect(receipt, (100, 0), row=2)
    assert places() == [("4.6.4", "inspections", 1, "receipt_row")]
    with hosts.as_user("Quality Inspector"):
        receipt.reload()
        receipt.append("inspections", {"receipt_row": 1, "accepted_qty": 90, "rejected_qty": 10})
        receipt.save()
    with refused():
        world.act(receipt, "Inspect", "Quality Inspector")
    assert places() == [("4.6.4", "items", 1, "reject_reason")]


@pytest.mark.clause("4.6.4")
def test_a_concession_is_part_of_what_is_accepted_and_says_why():
    receipt = world.counted(world.order(), 100)
    with hosts.as_user("Quality Inspector"):
        receipt.append("inspections", {"receipt_row": 1, "accepted_qty": 100, "concession_qty": 20})
        receipt.save()
    with refused():
        world.act(receipt, "Inspect", "Quality Inspector")
    assert places() == [("4.6.4", "items", 1, "concession_qty")]
    with hosts.as_user("Quality Inspector"):
        receipt.reload()
        receipt.inspections[0].concession_reason = "scratch inside, not visible"
        receipt.save()
    assert world.act(receipt, "Inspect", "Quality Inspector").items[0].concession_qty == 20


@pytest.mark.clause("4.6.3")
def test_the_inspection_is_due_four_shift_hours_after_the_count():
    import frappe

    from erp_rules.clauses.working_time import working_between
    from erp_rules.rule_engine.calendars import default_calendar

    receipt = world.counted(world.order())
    deadline = frappe.get_doc("Deadline", {"reference_name": receipt.name, "clause": "4.6.3"})
    assert (deadline.status, deadline.responsible_role) == ("Open", "Quality Inspector")
    assert deadline.starts_at == receipt.counted_at
    assert deadline.due_at == receipt.inspection_due_at
    worked = working_between(default_calendar(), receipt.counted_at, receipt.inspection_due_at)
    assert worked == timedelta(hours=4)
    receipt = world.act(world.inspect(receipt, (100, 0)), "Inspect", "Quality Inspector")
    assert frappe.db.get_value("Deadline", deadline.name, "status") == "Met"


@pytest.mark.clause("4.6.3")
def test_the_countdown_counts_shift_minutes(db):
    from unittest.mock import patch

    from erp_rules.procurement import receiving

    receipt = world.counted(world.order())
    with patch.object(receiving, "now_datetime", return_value=receipt.inspection_due_at + timedelta(days=30)):
        late = receiving.inspection_left(receipt)
    assert late["is_late"] and late["minutes"] < -1000
    with patch.object(receiving, "now_datetime", return_value=receipt.inspection_due_at):
        assert receiving.inspection_left(receipt)["minutes"] == 0


def test_a_wrong_count_goes_back_and_leaves_nothing_behind():
    order = world.order()
    receipt = world.inspect(world.counted(order, 100), (50, 0))
    receipt = world.act(receipt, "Reject", "Quality Inspector", reason="there are only 90")
    assert (receipt.workflow_state, receipt.counted_by, receipt.inspections) == ("Draft", None, [])
    receipt.items[0].counted_qty = 90
    with hosts.as_user("Receiving Clerk"):
        receipt.save()
    assert world.act(receipt, "Count", "Receiving Clerk").items[0].received_qty == 90


# --- posting ---------------------------------------------------------------------------------


@pytest.mark.clause("4.6.4")
def test_goods_go_to_warehouses_of_the_right_kind():
    order = world.order()
    stock = world.warehouse()
    receipt = world.inspected(
        order, 100, accepted=90, items=[world.row_of(order, 100, warehouse=None, defective_warehouse=stock)]
    )
    receipt.items[0].warehouse = world.warehouse("Defective")
    with hosts.as_user("Warehouse Keeper"):
        receipt.save()
    with refused():
        world.act(receipt, "Post", "Warehouse Keeper")
    assert {place[3] for place in places()} == {"warehouse", "defective_warehouse"}


@pytest.mark.clause("4.6.4")
def test_goods_over_the_order_are_kept_apart():
    order = world.order(qty=100)
    receipt = world.counted(order, 110)
    assert (receipt.items[0].received_qty, receipt.items[0].over_qty) == (100, 10)
    assert events(receipt, "4.6.4")
    receipt = world.act(world.inspect(receipt, (106, 4)), "Inspect", "Quality Inspector")
    receipt = world.act(receipt, "Post", "Warehouse Keeper")
    item = order.items[0].item
    assert world.on_hand(item) == 100
    assert world.on_hand(item, bucket="Over Delivery") == 6
    assert world.on_hand(item, "Defective", "Over Delivery") == 4
    found = world.totals(order)
    assert (found["received_qty"], found["accepted_qty"], found["over_qty"]) == (100, 100, 10)


@pytest.mark.clause("4.6.4")
def test_the_second_of_two_counts_of_the_same_goods_is_over():
    order = world.order(qty=100)
    first, second = world.inspected(order, 100), world.counted(order, 100)
    assert second.items[0].over_qty == 100
    world.act(first, "Post", "Warehouse Keeper")
    second = world.act(world.inspect(second, (100, 0)), "Inspect", "Quality Inspector")
    world.act(second, "Post", "Warehouse Keeper")
    assert world.totals(order)["received_qty"] == 100
    assert world.on_hand(order.items[0].item, bucket="Over Delivery") == 100


@pytest.mark.clause("4.6.4")
def test_goods_of_an_order_closed_after_the_count_are_over():
    from erp_rules.procurement import orders

    order = world.order(qty=100)
    receipt = world.inspected(order, 100)
    orders.close_order(order.name, "cancelled by the customer")
    world.act(receipt, "Post", "Warehouse Keeper")
    assert world.totals(order)["received_qty"] == 0
    assert world.on_hand(order.items[0].item, bucket="Over Delivery") == 100


def over_of(order):
    """Return the goods of an order that are kept apart."""
    import frappe

    return frappe.get_doc(world.OVER, {"purchase_order": order.name})


@pytest.mark.clause("4.6.4")
def test_goods_kept_apart_become_part_of_the_next_order():
    import frappe

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 130)
    item = order.items[0].item
    wanted = ordering.approved((item, 20))
    following = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    over = over_of(order)
    with hosts.as_user("Purchaser"):
        targets = receiving.over_targets(over.name)
        assert [(row["purchase_order"], row["open_qty"]) for row in targets] == [(following.name, 20)]
        with refused():
            receiving.take_over(over.name, "Keep for Next Order", following.items[0].name, 21)
        with refused():
            receiving.take_over(over.name, "Change Order", following.items[0].name, 20)
        answer = receiving.take_over(over.name, "Keep for Next Order", following.items[0].name, 20)
    assert (answer["status"], answer["open_qty"]) == ("Open", 10)
    assert world.totals(following)["state"] == "Received"
    assert world.totals(order)["over_qty"] == 10
    assert world.on_hand(item) == 120
    assert world.on_hand(item, bucket="Over Delivery") == 10
    assert frappe.get_doc(world.OVER, over.name).settlements[0].way_out == "Keep for Next Order"


@pytest.mark.clause("4.6.4")
def test_the_order_that_takes_goods_is_chosen_by_a_step_of_the_purchaser():
    import frappe

    from erp_rules.api import receiving
    from erp_rules.api.screens.documents import further_steps

    order = world.order(qty=100)
    world.posted(order, 130)
    over = over_of(order)
    with hosts.as_user("Purchaser"):
        (step,) = further_steps(over)
        assert step["notice"] == "No order of this supplier has this item open."
    wanted = ordering.approved((order.items[0].item, 20), (order.items[0].item, 40))
    late, soon = (
        ordering.move(ordering.make(ordering.line(row, order.supplier, required_date=ordering.days(day)))[0])
        for row, day in zip(wanted.items, (30, 25), strict=True)
    )
    for role in ("Warehouse Keeper", "Planner", "Internal Auditor"):
        with hosts.as_user(role):
            assert further_steps(over) == []
    with hosts.as_user("Purchaser"):
        (step,) = further_steps(over)
        assert [choice["label"] for choice in step["fields"][0]["choices"]] == [
            f"{soon.name} · 40 open",
            f"{late.name} · 20 open",
        ]
        with refused():
            receiving.take_over(**step["args"])
        answer = receiving.take_over(**step["args"], order_row=soon.items[0].name)
        assert (answer["status"], answer["open_qty"]) == ("Settled", 0)
        assert further_steps(over_of(order)) == []
    settled = frappe.get_doc(world.OVER, over.name).settlements[0]
    assert (settled.way_out, settled.qty, settled.purchase_order) == ("Keep for Next Order", 30, soon.name)


@pytest.mark.clause("4.6.4")
def test_goods_kept_apart_go_back():
    import frappe

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 110, accepted=106)
    over = over_of(order)
    with hosts.as_user("Warehouse Keeper"):
        back = frappe.get_doc(world.RETURN, receiving.return_over(over.name))
    assert [(row.qty, row.warehouse) for row in back.items] == [
        (6, world.warehouse()),
        (4, world.warehouse("Defective")),
    ]
    world.returned(back)
    assert over_of(order).status == "Settled"
    found = world.totals(order)
    assert (found["received_qty"], found["returned_qty"], found["over_qty"]) == (100, 0, 0)
    assert world.on_hand(order.items[0].item, bucket="Over Delivery") == 0


@pytest.mark.clause("4.6.4")
def test_goods_that_are_going_back_are_not_taken_by_an_order_too():
    import frappe

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 130)
    item = order.items[0].item
    wanted = ordering.approved((item, 40))
    following = ordering.move(ordering.make(ordering.line(wanted.items[0], order.supplier))[0])
    over = over_of(order)
    with hosts.as_user("Warehouse Keeper"):
        back = frappe.get_doc(world.RETURN, receiving.return_over(over.name))
        back.items[0].qty = 20
        back.save()
    back = world.act(back, "Request", "Warehouse Keeper")
    with hosts.as_user("Purchaser"):
        with refused():
            receiving.take_over(over.name, "Keep for Next Order", following.items[0].name, 11)
        assert (
            receiving.take_over(over.name, "Keep for Next Order", following.items[0].name)["open_qty"] == 20
        )
        with refused():
            receiving.change_over(over.name)
    back = world.act(back, "Approve", "Warehouse Manager")
    world.sign(back)
    back = world.act(back, "Hand Over", "Warehouse Keeper")
    world.act(back, "Post", "Warehouse Keeper")
    assert over_of(order).status == "Settled"
    assert world.totals(following)["received_qty"] == 10
    assert (world.on_hand(item), world.on_hand(item, bucket="Over Delivery")) == (110, 0)


@pytest.mark.clause("4.6.4")
def test_goods_kept_apart_go_back_from_where_they_are():
    import frappe

    elsewhere = frappe.get_doc(
        {"doctype": "Warehouse", "warehouse_name": hosts.unique("W"), "warehouse_kind": "Stock"}
    ).insert(ignore_permissions=True)
    order = world.order(qty=100)
    world.posted(order, 110, accepted=106)
    world.posted(order, items=[world.row_of(order, 5, warehouse=elsewhere.name)], qty=5)
    first = frappe.get_doc(world.OVER, {"purchase_order": order.name, "qty": 10})
    row = {"item": first.item, "bucket": "Over Delivery", "over_delivery": first.name}
    with refused():
        world.give_back(
            None, 0, supplier=order.supplier, items=[{**row, "qty": 5, "warehouse": elsewhere.name}]
        )
    assert places() == [("4.7.1.1", "items", 1, "warehouse")]
    for kind, qty in (("Stock", 7), ("Defective", 5)):
        rows = [{**row, "qty": qty, "warehouse": world.warehouse(kind)}]
        back = world.give_back(None, 0, supplier=order.supplier, items=rows)
        with refused():
            world.act(back, "Request", "Warehouse Keeper")
        assert ("4.7.1.1", "items", 1, "qty") in places()


@pytest.mark.clause("4.6.4")
def test_goods_over_of_which_nothing_was_accepted_go_back_from_their_one_warehouse():
    import frappe

    from erp_rules.api import receiving

    order = world.order(qty=100)
    world.posted(order, 100)
    defective = world.warehouse("Defective")
    world.posted(order, 8, accepted=0, items=[world.row_of(order, 8, warehouse=defective)])
    with hosts.as_user("Warehouse Keeper"):
        back = frappe.get_doc(world.RETURN, receiving.return_over(over_of(order).name))
    assert [(row.qty, row.warehouse) for row in back.items] == [(8, defective)]
    world.returned(back)
    assert over_of(order).status == "Settled"


@pytest.mark.clause("4.6.4", "4.5.1.1.1")
def test_goods_kept_apart_are_asked_for_once():
    import frappe

    from erp_rules.api import receiving, screens

    order = world.order(qty=100)
    world.posted(order, 130)
    over = over_of(order)
    with hosts.as_user("Purchaser"):
        offers = [offer["doctype"] for offer in screens.document(world.OVER, over.name)["beginnings"]]
        assert offers == [world.RETURN, changing.CHANGE]
        values = screens.begin(changing.CHANGE, world.OVER, over.name)
        first = frappe.get_doc({"doctype": changing.CHANGE, **values}).insert().name
        assert receiving.change_over(over.name) == first
        offers = [offer["doctype"] for offer in screens.document(world.OVER, over.name)["beginnings"]]
        assert offers == [world.RETURN]
    changing.execute(changing.approve(frappe.get_doc(changing.CHANGE, first)))
    made = frappe.get_doc(world.ORDER, {"change_order": first})
    assert made.items[0].qty == 30
    with hosts.as_user("Purchaser"), refused():
        receiving.change_over(over.name)
    world.act(made, "Issue", "Purchaser")
    with hosts.as_user("Purchaser"):
        with refused():
            receiving.change_over(over.name)
        receiving.take_over(over.name, "Change Order", made.items[0].name, 30)
    assert over_of(order).status == "Settled"


@pytest.mark.clause("4.6.4")
def test_nobody_writes_what_is_kept_apart():
    order = world.order(qty=100)
    world.posted(order, 110)
    over = over_of(order)
    with hosts.as_user("Purchaser"):
        over.decision = "Keep for Next Order"
        over.save()
        over.open_qty = 0
        with refused():
            over.save()
    assert places() == [("4.6.4", None, None, "open_qty")]


# --- who may do what -------------------------------------------------------------------------

ACTIONS = {
    "Draft": ("Count", "Receiving Clerk"),
    "Counted": ("Inspect", "Quality Inspector"),
    "Inspected": ("Post", "Warehouse Keeper"),
    "Posted": ("Put Away", "Warehouse Keeper"),
}


@pytest.mark.parametrize("state", list(ACTIONS))
def test_every_step_is_one_roles(state):
    order = world.order()
    receipt = world.draft(order)
    if state != "Draft":
        receipt = world.act(receipt, "Count", "Receiving Clerk")
    if state in ("Inspected", "Posted"):
        receipt = world.act(world.inspect(receipt, (100, 0)), "Inspect", "Quality Inspector")
    if state == "Posted":
        receipt = world.act(receipt, "Post", "Warehouse Keeper")
    assert receipt.workflow_state == state
    action, allowed = ACTIONS[state]
    before = prices.stored(receipt)
    others = [role for role in hosts.ROLES if role != allowed]
    assert len(others) > 10
    for role in others:
        with forbidden():
            prices.act(receipt, action, role)
    assert prices.stored(receipt) == before


@pytest.mark.clause("1.3", "4.6.2")
def test_who_signed_the_count_neither_inspects_nor_posts_it():
    login = hosts.make_user(
        f"{hosts.unique('all')}@demo.example".lower(),
        *("Receiving Clerk", "Quality Inspector", "Warehouse Keeper"),
    )
    receipt = world.act(world.draft(world.order()), "Count", login)
    receipt = world.inspect(receipt, (100, 0))
    with forbidden():
        world.act(receipt, "Inspect", login)
    assert clauses() == {"1.3"}
    receipt = world.act(receipt, "Inspect", "Quality Inspector")
    with forbidden():
        world.act(receipt, "Post", login)
    assert world.act(receipt, "Post", "Warehouse Keeper").workflow_state == "Posted"


@pytest.mark.clause("1.1", "1.2")
def test_states_and_signatures_cannot_be_written():
    import frappe

    receipt = world.counted(world.order())
    for role, values in (
        ("Warehouse Keeper", {"workflow_state": "Posted", "docstatus": 1}),
        ("Quality Inspector", {"workflow_state": "Inspected"}),
        ("Quality Inspector", {"inspected_by": "someone@demo.example"}),
        ("Receiving Clerk", {"delivery_note_no": "other"}),
    ):
        with hosts.as_user(role), pytest.raises((frappe.PermissionError, frappe.ValidationError)):
            receipt.reload()
            receipt.update(values)
            receipt.save()


@pytest.mark.clause("4.6.1")
def test_a_delivery_notice_follows_its_delivery():
    import frappe

    order = world.order()
    notice = announced(order, 60)
    assert notice.items[0].order_row == order.items[0].name
    receipt = world.draft(order, delivery_notice=notice.name, delivery_note_no=None, items=[])
    assert (receipt.delivery_note_no, len(receipt.items)) == (notice.delivery_note_no, 1)
    receipt.items[0].update(
        {
            "counted_qty": 60,
            "warehouse": world.warehouse(),
            "defective_warehouse": world.warehouse("Defective"),
        }
    )
    with hosts.as_user("Receiving Clerk"):
        receipt.save()
    receipt = world.act(receipt, "Count", "Receiving Clerk")
    assert frappe.db.get_value(world.NOTICE, notice.name, "status") == "Arrived"
    world.act(world.inspect(receipt, (60, 0)), "Inspect", "Quality Inspector")
    world.act(receipt, "Post", "Warehouse Keeper")
    assert frappe.db.get_value(world.NOTICE, notice.name, "status") == "Received"


def test_counting_and_posting_read_the_same_for_one_row_and_for_many(query_count):
    import frappe

    found = {}
    for count in (1, 2, 20):  # the first one warms the caches
        supplier = prices.supplier()
        world.list_supplier(supplier)
        codes = [ordering.item() for _row in range(count)]
        for code in codes:
            ordering.post(code, (supplier, 5))
        wanted = ordering.approved(*((code, 10) for code in codes))
        order = ordering.move(ordering.make(*(ordering.line(row, supplier) for row in wanted.items))[0])
        stock, defective = world.warehouse(), world.warehouse("Defective")
        rows = [
            {
                "order_row": row.name,
                "counted_qty": 10,
                "warehouse": stock,
                "defective_warehouse": defective,
            }
            for row in order.items
        ]
        hosts.forget_request_state()
        with query_count() as counting:
            receipt = world.act(world.draft(order, items=rows), "Count", "Receiving Clerk")
        for row in receipt.items:
            row.accepted_qty = 10
        with hosts.as_user("Quality Inspector"):
            receipt.save()
        receipt = world.act(receipt, "Inspect", "Quality Inspector")
        hosts.forget_request_state()
        with query_count() as posting:
            world.act(receipt, "Post", "Warehouse Keeper")
        assert frappe.db.count("Material Ledger Entry", {"voucher": receipt.name}) == count
        found[count] = (len(counting.reads), len(posting.reads))
    # Frappe looks up what a row links to: the item of the receipt's row, and item and price of the order's. It keeps
    # an answer for each set of fields that rows fetch, the embedded bench for each record.
    links = 3 if hosts.HOST == "bench" else 2
    (count_few, post_few), (count_many, post_many) = found[2], found[20]
    assert count_many - count_few <= 1 * (20 - 2), found
    assert post_many - post_few <= links * (20 - 2), found
