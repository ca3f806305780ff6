"""Import containers: from the packing list to acceptance, with counts compared by themselves (7.14 to 7.18)."""

from __future__ import annotations

from datetime import timedelta

import import_world as world
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving

import hosts


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def refused(work, clause: str) -> str:
    """Return the message with which the regulation refuses `work`, which must cite the clause."""
    import frappe

    with pytest.raises(frappe.ValidationError) as caught:
        work()
    assert clause in prices.clauses(), str(caught.value)
    return str(caught.value)


def state(doc) -> str:
    import frappe

    return frappe.db.get_value(doc.doctype, doc.name, "workflow_state")


# --- the packing list ------------------------------------------------------------------------


@pytest.mark.clause("7.15")
def test_a_packing_list_is_completed_from_its_orders():
    first, second = world.order(), world.order()
    doc = world.draft(
        first,
        second,
        items=[world.line(first, 60), world.line(second, 100, order_row=None)],
        invoice_no="INV-1",
    )
    assert [(row.order_row, row.supplier, row.delivery_note_no) for row in doc.items] == [
        (first.items[0].name, first.supplier, "INV-1"),
        (second.items[0].name, second.supplier, "INV-1"),
    ]
    assert (doc.total_qty, doc.total_cartons, doc.total_net_weight) == (160, 8, 80)
    assert (doc.total_gross_weight, doc.total_volume, doc.workflow_state) == (88, 1, "Draft")


@pytest.mark.clause("7.15")
@pytest.mark.parametrize(("qty", "clause"), [(0, "7.15"), (-3, "7.15"), ("many", "2.12"), ("nan", "2.12")])
def test_a_quantity_that_is_none_is_refused(qty, clause):
    order = world.order()
    text = refused(lambda: world.draft(order, items=[world.line(order, qty)]), clause)
    assert "Row 1" in text and str(qty) in text


@pytest.mark.clause("7.15")
def test_never_more_is_packed_than_is_open():
    order = world.order(qty=100)
    text = refused(lambda: world.draft(order, items=[world.line(order, 101)]), "7.15")
    assert "101" in text and "100" in text and order.name in text and "at most" in text
    half = [world.line(order, 60), world.line(order, 41)]
    text = refused(lambda: world.draft(order, items=half), "7.15")
    assert prices.places()[-1] == ("7.15", "items", 2, "qty") and "40" in text
    assert world.draft(order, items=[world.line(order, 60), world.line(order, 40)]).total_qty == 100


@pytest.mark.clause("7.15")
def test_what_another_container_holds_is_not_packed_again():
    order = world.order(qty=100)
    first, second = (world.draft(order, items=[world.line(order, 70)]) for _number in range(2))
    world.act(first, "Ship", "Purchaser")
    text = refused(lambda: world.act(second, "Ship", "Purchaser"), "7.15")
    assert "70" in text and "30" in text
    prices.edit(second, "Purchaser", items=[world.line(order, 30)])
    assert world.act(second, "Ship", "Purchaser").workflow_state == "Shipped"


@pytest.mark.clause("7.15")
def test_only_issued_orders_of_import_suppliers_are_packed():
    import frappe

    domestic = world.order(kind="Domestic")
    text = refused(lambda: world.draft(domestic), "7.15")
    assert "Domestic" in text and domestic.name in text
    waiting = ordering.order()
    frappe.db.set_value("Supplier", waiting.supplier, "supplier_kind", "Import")
    assert "Draft" in refused(lambda: world.draft(waiting), "7.15")
    first, second = world.order(), world.order()
    mixed = world.line(first, 5, item=second.items[0].item)
    assert second.items[0].item in refused(lambda: world.draft(first, items=[mixed]), "7.15")
    nowhere = world.line(first, 5, order_row="no such row")
    assert "no row" in refused(lambda: world.draft(first, items=[nowhere]), "7.15")


# --- the container ---------------------------------------------------------------------------


@pytest.mark.clause("7.14")
def test_a_wrong_check_digit_is_pointed_out_and_taken():
    import frappe

    frappe.clear_messages()
    doc = world.draft(world.order(), container_no="csqu 305438-4")
    told = " ".join(str(message) for message in frappe.local.message_log)
    assert doc.container_no == "CSQU3054384" and "7.14" in told and "3" in told
    frappe.clear_messages()
    prices.edit(doc, "Purchaser", remarks="as on the papers")
    assert not frappe.local.message_log


@pytest.mark.clause("7.14")
def test_one_voyage_is_entered_once():
    order = world.order()
    doc = world.draft(order)
    text = refused(lambda: world.draft(order, bill_of_lading=doc.bill_of_lading), "7.14")
    assert doc.name in text


@pytest.mark.clause("7.14")
def test_papers_and_dates_are_complete():
    order = world.order()
    doc = world.draft(order, bill_of_lading="", invoice_no="I", eta=None)
    refused(lambda: world.act(doc, "Ship", "Purchaser"), "7.14")
    assert {place[3] for place in prices.places()} == {"bill_of_lading", "eta"}
    today = ordering.today()
    early = {"etd": today, "eta": today - timedelta(days=1)}
    assert "ETD" in refused(lambda: world.draft(order, **early), "7.14")
    doc = world.shipped(order)
    refused(lambda: world.act(doc, "Arrive", "Purchaser"), "7.14")
    tomorrow = today + timedelta(days=1)
    assert "to come" in refused(lambda: prices.edit(doc, "Purchaser", arrived_on=tomorrow), "7.14")


@pytest.mark.clause("7.14")
def test_the_unloading_record_is_complete_and_a_broken_seal_is_documented():
    doc = world.arrived(world.order())
    refused(lambda: world.act(doc, "Unload", "Warehouse Keeper"), "7.14")
    assert {place[3] for place in prices.places()} == {
        "unloading_started_at",
        "unloading_ended_at",
        "unloading_people",
        "seal_condition",
    }
    prices.edit(doc, "Warehouse Keeper", **world.unloading(seal_condition="Broken"))
    text = refused(lambda: world.act(doc, "Unload", "Warehouse Keeper"), "7.14")
    assert "photo" in text and {place[3] for place in prices.places()} == {
        "unloading_photos",
        "unloading_remarks",
    }
    photos = [{"photo": prices.attachment()}]
    prices.edit(doc, "Warehouse Keeper", unloading_photos=photos, unloading_remarks="cut open")
    assert world.act(doc, "Unload", "Warehouse Keeper").unloaded_by == hosts.user_for("Warehouse Keeper")


@pytest.mark.clause("7.14")
def test_unloading_times_are_kept_to_the_minute():
    doc = world.unloaded(world.order())
    assert doc.unloading_started_at.second == doc.unloading_ended_at.second == 0
    assert doc.unloading_started_at < doc.unloading_ended_at


@pytest.mark.clause("7.16")
def test_unloading_announces_the_goods_by_supplier_and_note():
    first, second = world.order(), world.order()
    lines = [
        world.line(first, 30, delivery_note_no="A"),
        world.line(first, 20, delivery_note_no="A"),
        world.line(second, 100, delivery_note_no="B"),
    ]
    doc = world.unloaded(first, second, items=lines)
    made = world.notices(doc)
    assert [
        (notice.supplier, notice.delivery_note_no, [(row.order_row, row.qty) for row in notice.items])
        for notice in made
    ] == [
        (first.supplier, "A", [(first.items[0].name, 50)]),
        (second.supplier, "B", [(second.items[0].name, 100)]),
    ]


@pytest.mark.clause("7.16")
def test_goods_are_counted_blind_and_the_receipt_names_its_container():
    import frappe

    from erp_rules.api import receiving as api

    doc = world.unloaded(world.order())
    (notice,) = world.notices(doc)
    with hosts.as_user("Receiving Clerk"):
        shown = api.lines(delivery_notice=notice.name)
        assert not any("qty" in name for row in shown["lines"] for name in row)
        assert not frappe.has_permission(world.CONTAINER, "read")
        with pytest.raises(frappe.PermissionError):
            frappe.get_doc(world.CONTAINER, doc.name).check_permission("read")
    receipt = world.count(notice, 100)
    assert (receipt.import_container, receipt.workflow_state) == (doc.name, "Counted")
    assert world.differences(doc) == []


@pytest.mark.clause("7.16")
def test_a_count_by_supplier_finds_the_container_by_its_delivery_note():
    order = world.order()
    doc = world.unloaded(order, invoice_no=hosts.unique("INV"))
    receipt = receiving.counted(order, 100, delivery_note_no=doc.invoice_no)
    assert receipt.import_container == doc.name


# --- discrepancies ---------------------------------------------------------------------------


@pytest.mark.clause("7.17")
def test_count_and_inspection_are_compared_with_the_packing_list():
    supplier = prices.supplier(supplier_kind="Import")
    orders = [world.order(supplier=supplier) for _number in range(3)]
    doc = world.unloaded(*orders, items=[world.line(order, 90) for order in orders])
    (notice,) = world.notices(doc)
    receipt = world.count(notice, 80, 95, None)
    assert world.differences(doc) == [
        ("Short", 90, 80, -10),
        ("Over", 90, 95, 5),
        ("Short", 90, 0, -90),
    ]
    world.inspect(receipt, 73, 95)
    assert ("Damaged", 80, 73, -7) in world.differences(doc)


@pytest.mark.clause("7.17")
def test_a_count_that_is_sent_back_is_compared_anew():
    doc = world.unloaded(world.order())
    (notice,) = world.notices(doc)
    receipt = world.count(notice, 90)
    assert world.differences(doc) == [("Short", 100, 90, -10)]
    receipt = world.act(receipt, "Reject", "Quality Inspector", reason="Count again")
    assert world.differences(doc) == []
    prices.edit(receipt, "Receiving Clerk", items=[{**receipt.items[0].as_dict(), "counted_qty": 100}])
    world.act(receipt, "Count", "Receiving Clerk")
    assert world.differences(doc) == []


@pytest.mark.clause("7.17")
def test_the_wrong_item_is_told_from_damage():
    doc = world.unloaded(world.order())
    receipt = world.count(world.notices(doc)[0], 100)
    world.inspect(receipt, 60, reason="Wrong Item")
    assert world.differences(doc) == [("Wrong Item", 100, 60, -40)]


@pytest.mark.clause("7.17")
def test_what_the_count_found_is_handled_and_not_changed():
    import frappe

    doc = world.unloaded(world.order())
    world.count(world.notices(doc)[0], 90)
    doc = frappe.get_doc(world.CONTAINER, doc.name)
    row = doc.abnormal_materials[0].as_dict()
    before = prices.stored(doc)
    refused(lambda: prices.edit(doc, "Purchaser", abnormal_materials=[{**row, "found_qty": 100}]), "7.17")
    refused(lambda: prices.edit(doc, "Purchaser", abnormal_materials=[]), "7.17")
    forged = {"item": row["item"], "kind": "Short", "packing_qty": 1, "is_automatic": 1}
    refused(lambda: prices.edit(doc, "Purchaser", abnormal_materials=[row, forged]), "7.17")
    refused(lambda: prices.edit(doc, "Purchaser", abnormal_materials=[{**row, "is_settled": 1}]), "7.17")
    assert prices.stored(doc) == before
    signed = {**row, "handling": "Claim", "is_settled": 1, "settled_by": "Administrator"}
    doc = prices.edit(doc, "Purchaser", abnormal_materials=[signed])
    assert doc.abnormal_materials[0].settled_by == hosts.user_for("Purchaser")
    assert doc.open_discrepancies == 0


@pytest.mark.clause("7.17")
@pytest.mark.clause("7.16")
def test_a_container_is_accepted_when_inspected_and_closed_when_handled():
    doc = world.unloaded(world.order())
    accept = lambda: world.act(doc, "Accept", "Quality Inspector")  # noqa: E731
    assert "not counted" in refused(accept, "7.16")
    receipt = world.count(world.notices(doc)[0], 95)
    assert receipt.name in refused(accept, "7.16")
    receipt = world.inspect(receipt, 95)
    assert accept().workflow_state == "Accepted"
    close = lambda: world.act(doc, "Close", "Purchasing Manager")  # noqa: E731
    text = refused(close, "7.17")
    assert receipt.name in text and "100" in text and "95" in text
    world.post(receipt)
    world.handle(doc, "Supplier Replenishes")
    closed = close()
    assert (closed.workflow_state, closed.closed_by) == ("Closed", hosts.user_for("Purchasing Manager"))
    refused(lambda: prices.edit(doc, "Purchaser", remarks="later"), "1.5")


@pytest.mark.clause("7.16")
def test_a_note_of_which_nothing_came_is_entered_as_short():
    import frappe

    order = world.order()
    doc = world.unloaded(order)
    item = order.items[0].item
    row = {"item": item, "kind": "Short", "packing_qty": 100, "found_qty": 0}
    prices.edit(doc, "Warehouse Keeper", abnormal_materials=[row])
    assert world.act(doc, "Accept", "Quality Inspector").workflow_state == "Accepted"
    assert frappe.get_doc(world.CONTAINER, doc.name).abnormal_materials[0].difference == -100


@pytest.mark.clause("7.15")
def test_what_was_short_can_be_packed_again_once_the_rest_is_posted():
    order = world.order(qty=100)
    doc = world.unloaded(order)
    receipt = world.inspect(world.count(world.notices(doc)[0], 90), 90)
    refused(lambda: world.draft(order, items=[world.line(order, 10)]), "7.15")
    world.post(receipt)
    assert world.draft(order, items=[world.line(order, 10)]).total_qty == 10
    refused(lambda: world.draft(order, items=[world.line(order, 11)]), "7.15")


@pytest.mark.clause("7.18")
def test_feedback_is_complete_and_sent_before_closing():
    order = world.order()
    doc = world.unloaded(order)
    item = order.items[0].item
    receipt = world.inspect(world.count(world.notices(doc)[0], 100), 100)
    row = {"item": item, "defect": "Wet", "qty": 0}
    refused(lambda: prices.edit(doc, "Quality Inspector", quality_feedback=[row]), "7.18")
    row["qty"] = 12
    prices.edit(doc, "Quality Inspector", quality_feedback=[row])
    world.act(doc, "Accept", "Quality Inspector")
    world.post(receipt)
    text = refused(lambda: world.act(doc, "Close", "Purchasing Manager"), "7.18")
    assert "not sent" in text and "answers" in text
    fresh = prices.edit(doc, "Purchaser", feedback_sent_on=ordering.today(), feedback_sent_to="Line X")
    rows = [{**fresh.quality_feedback[0].as_dict(), "responsible": "Carrier"}]
    prices.edit(doc, "Purchaser", quality_feedback=rows)
    assert world.act(doc, "Close", "Purchasing Manager").workflow_state == "Closed"


# --- who may do what -------------------------------------------------------------------------

ACTIONS = {
    "Draft": {"Ship": {"Purchaser"}},
    "Shipped": {"Arrive": {"Purchaser", "Warehouse Keeper"}},
    "Arrived": {"Unload": {"Warehouse Keeper"}},
    "Unloaded": {"Accept": {"Quality Inspector"}},
    "Accepted": {"Close": {"Purchasing Manager"}},
    "Closed": {},
}


@pytest.mark.clause("1.1")
@pytest.mark.parametrize("role", hosts.ROLES)
def test_each_action_is_its_role_s_alone(role):
    import frappe

    doc = world.draft(world.order())
    everything = {action for found in ACTIONS.values() for action in found}
    for at, found in ACTIONS.items():
        frappe.db.set_value(world.CONTAINER, doc.name, "workflow_state", at)
        for action in everything:
            if role in found.get(action, ()):
                continue
            before = prices.stored(doc)
            with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
                world.act(doc, action, role)
            assert prices.stored(doc) == before
            frappe.clear_messages()


@pytest.mark.clause("1.4")
def test_what_a_state_locks_stays_locked():
    doc = world.shipped(world.order())
    before = prices.stored(doc)
    line = doc.items[0].as_dict()
    refused(lambda: prices.edit(doc, "Purchaser", items=[{**line, "qty": 1}]), "1.4")
    refused(lambda: prices.edit(doc, "Purchaser", container_no="ABCU1234560"), "1.4")
    refused(lambda: prices.edit(doc, "Purchaser", shipped_by="Administrator"), "1.4")
    refused(lambda: prices.edit(doc, "Purchaser", workflow_state="Closed"), "1.1")
    assert prices.stored(doc) == before
    refused(lambda: world.draft(world.order(), **world.unloading()), "1.4")


def test_a_packing_list_costs_the_same_queries_whatever_its_length(query_count):
    supplier = prices.supplier(supplier_kind="Import")
    orders = [world.order(supplier=supplier) for _number in range(6)]

    def cost(*chosen) -> int:
        doc = world.draft(*chosen)
        with query_count() as counted:
            world.act(doc, "Ship", "Purchaser")
        return counted.count

    few, many = cost(*orders[:1]), cost(*orders[1:])
    assert many - few <= 4 * 2, (few, many)  # a row more is one statement more, and its version
