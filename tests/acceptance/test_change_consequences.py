"""What a change order says it will do is what it does (rulebook 6), and whoever may read it is told."""

from __future__ import annotations

from decimal import Decimal

import change_order_world as world
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as receiving

EXECUTED = {
    "Quantity Increase": "4.5.1.1.1",
    "Quantity Decrease": "4.5.1.1.2",
    "Item Change": "4.5.1.2",
    "Date Change": "4.5.1.3",
    "Cancellation": "4.5.1.4",
    "Price Change": "4.5.2.2",
    "Supplier Change": "4.5.3",
}


def previewed(change):
    """Return the consequences of a change order as they are worked out now."""
    import frappe

    from erp_rules.procurement import consequences

    return consequences.preview(frappe.get_doc(world.CHANGE, change.name))


def stored_orders(change) -> list:
    """Return the orders that a change order made, as the consequences describe them but without their numbers."""
    import frappe

    from erp_rules.procurement.consequences import made_order

    names = frappe.get_all(world.ORDER, {"change_order": change.name}, pluck="name", order_by="name asc")
    return [made_order(frappe.get_doc(world.ORDER, name)) for name in names]


def essence(made) -> tuple:
    """Return what two descriptions of an order must have in common."""
    rows = sorted(
        (row.item, row.qty, row.free_qty, row.rate, row.amount, row.required_date) for row in made.rows
    )
    return made.supplier, made.currency, made.amount, made.amount_base, tuple(rows)


def open_on_requisition(row: str) -> tuple[Decimal, Decimal]:
    """Return what may still be ordered of a requisition row, and what of it is wanted."""
    from erp_rules.procurement import order_facts

    found = order_facts.requisition_rows([row])[row]
    return found.open_qty, found.qty - found.closed_qty


def agree(before, change, order) -> None:
    """Assert that the stored documents are what `before` said they would be."""
    import frappe

    order = frappe.get_doc(world.ORDER, order.name)
    assert (order.workflow_state == "Closed") == bool(before.closes)
    assert sorted(map(essence, stored_orders(change))) == sorted(map(essence, before.creates))
    rows = {row.idx: row for row in order.items}
    for new in before.changes:
        found = rows[new.idx].get(new.fieldname)
        assert (Decimal(str(found)) if new.fieldname == "rate" else found) == new.new
    for row in before.rows:
        from erp_rules.procurement.orders import open_quantity

        assert open_quantity(rows[row.idx], order.workflow_state) == row.open_after
    for wanted in before.demand:
        assert open_on_requisition(wanted.name) == (wanted.open_after, wanted.wanted_after)
    stays = Decimal(0)
    for row in order.items:
        came = Decimal(str(row.received_qty)) - Decimal(str(row.returned_qty))
        qty = min(came, Decimal(str(row.qty))) if before.closes else Decimal(str(row.qty))
        stays += (qty * Decimal(str(row.rate))).quantize(Decimal("0.01"))
    made = sum((new.amount for new in stored_orders(change)), Decimal(0))
    assert before.amounts.after == stays + made
    asked = sum(row.qty for row in before.new_demand)
    if asked:
        requisition = frappe.get_doc(world.REQUISITION, change.new_requisition)
        assert sum(Decimal(str(row.qty)) for row in requisition.items) == asked


@pytest.mark.clause(*EXECUTED.values())
@pytest.mark.parametrize("received", [0, 25])
@pytest.mark.parametrize("kind", world.KINDS)
def test_what_is_shown_before_is_what_is_done(db, kind, received):
    order = world.order(100, 60)
    if received:
        receiving.posted(order, received)
    change = world.approve(world.of_kind(kind, order))
    before = previewed(change)
    assert before.clause == EXECUTED[kind]
    assert not before.is_past
    done = world.execute(change)
    assert done.workflow_state == "Executed"
    agree(before, done, order)
    after = previewed(done)
    assert after.is_past
    assert after.closes == before.closes
    assert sorted(map(essence, after.creates)) == sorted(map(essence, before.creates))
    assert [(new.idx, new.fieldname) for new in after.changes] == [
        (new.idx, new.fieldname) for new in before.changes
    ]


@pytest.mark.clause("4.5.1.1.2", "4.4.3")
@pytest.mark.parametrize(("received", "new_qty"), [(0, 40), (50, 80), (100, 100)])
def test_free_quantities_are_part_of_what_is_shown(db, received, new_qty):
    order = world.order(100, 20, item_class="Packaging", free_allowance_pct=1)
    assert order.items[0].free_qty == 1
    if received:
        receiving.posted(order, received)
    lines = [world.line_of(order.items[0], qty=new_qty)] if new_qty < 100 else []
    lines.append(world.line_of(order.items[1], qty=10))
    change = world.approve(world.draft(order, "Quantity Decrease", *lines, demand="No Longer Needed"))
    before = previewed(change)
    agree(before, world.execute(change), order)


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.parametrize("demand", ["No Longer Needed", "Still Needed"])
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Cancellation"])
def test_what_becomes_of_the_requisition_is_shown(db, kind, demand):
    order = world.order(100, 60)
    row = order.items[0].requisition_row
    change = world.approve(world.of_kind(kind, order, demand=demand))
    before = previewed(change)
    found = {wanted.name: wanted for wanted in before.demand}[row]
    taken_off = 40 if kind == "Quantity Decrease" else 100
    if demand == "Still Needed":
        assert (found.open_before, found.open_after, found.wanted_after) == (0, taken_off, 100)
    else:
        assert (found.open_before, found.open_after, found.wanted_after) == (0, 0, 100 - taken_off)
    agree(before, world.execute(change), order)


@pytest.mark.clause("4.5.3")
def test_a_supplier_in_another_currency_is_compared_in_base_currency(db):
    order = world.order(100)
    prices.rate("USD", 7)
    other = receiving.list_supplier(prices.supplier(currency="USD"))
    ordering.post(order.items[0].item, (other, 2, "USD"))
    change = world.draft(order, "Supplier Change", world.line_of(order.items[0], supplier=other))
    change = world.approve(change)
    found = previewed(change).amounts
    assert (found.currency, found.before, found.after) == ("CNY", 1000, 1400)
    assert float(found.after_base - found.before_base) == change.difference_base == 400
    done = world.execute(change)
    assert [(new.amount, new.currency) for new in stored_orders(done)] == [(200, "USD")]


@pytest.mark.clause("4.5.1")
def test_what_waits_on_the_order_is_listed(db, as_user):
    import frappe

    order = world.order(100)
    receiving.posted(order, 130)
    second = world.order(100)
    counted = receiving.counted(second, 30)
    change = world.of_kind("Quantity Increase", order)
    kinds = {(entry.doctype, entry.qty) for entry in previewed(change).waiting}
    assert kinds == {("Over Delivery", 30)}
    other = world.of_kind("Quantity Decrease", second)
    waiting = previewed(other).waiting
    assert [(entry.doctype, entry.name, entry.state) for entry in waiting] == [
        ("Purchase Receipt", counted.name, "Counted")
    ]
    with as_user("Division Head"):
        from erp_rules.api import changes

        shown = changes.preview(other.name)
        assert "4.5.1" in {note["clause"] for note in shown["notes"]}
        assert frappe.get_doc(world.CHANGE, other.name).workflow_state == "Draft"


@pytest.mark.clause("4.5.1")
def test_the_preview_is_for_readers_of_the_change_order_and_writes_nothing(db, as_user, query_count):
    import frappe

    from erp_rules.api import changes

    order = world.order(100, 60)
    change = world.approve(world.of_kind("Supplier Change", order))
    names = ("Purchase Order", "Purchase Requisition", "Version", "Comment", "Rule Event")
    stored = {name: frappe.db.count(name) for name in names}
    for role in ("Purchaser", "Purchasing Manager", "Planner", "Internal Auditor"):
        with as_user(role):
            shown = changes.preview(change.name)
        assert [group["key"] for group in shown["groups"]] == ["closes", "creates", "requisition"]
        assert shown["amounts"]["difference"] > 0
        frappe.as_json(shown)
    assert {name: frappe.db.count(name) for name in names} == stored
    with as_user("Receiving Clerk"), pytest.raises(frappe.PermissionError):
        changes.preview(change.name)


@pytest.mark.clause("4.5.1")
def test_the_preview_costs_the_same_for_many_rows(db, query_count):
    costs = []
    for count in (2, 12):
        order = world.order(*[10] * count)
        change = world.draft(order, "Cancellation")
        previewed(change)
        with query_count() as counted:
            previewed(change)
        costs.append(counted.count)
    assert costs[1] - costs[0] <= 2, costs


@pytest.mark.clause("4.5.1")
def test_a_change_order_is_begun_with_the_rows_of_its_order(db, as_user):
    import frappe

    from erp_rules.api import screens

    order = world.order(100, 60)
    with as_user("Purchaser"):
        opened = screens.document(world.ORDER, order.name)
        assert [offer["doctype"] for offer in opened["beginnings"]] == [world.CHANGE]
        begun = screens.begin(world.CHANGE, world.ORDER, order.name)
        assert [line["old_qty"] for line in begun["lines"]] == [100, 60]
        begun.update(change_kind="Quantity Decrease", reason="Too much", produced="Not Produced")
        begun["lines"][0]["new_qty"] = 70
        change = frappe.get_doc({"doctype": world.CHANGE, **begun}).insert()
    assert [(line.old_qty, line.new_qty) for line in change.lines] == [(100, 70), (60, 60)]
    assert [line.order_row for line in change.lines] == [row.name for row in order.items]
    with as_user("Warehouse Keeper"):
        assert screens.document(world.ORDER, order.name)["beginnings"] == []
        with pytest.raises(frappe.PermissionError):
            screens.begin(world.CHANGE, world.ORDER, order.name)
    draft = ordering.order()
    with as_user("Purchaser"):
        assert screens.document(world.ORDER, draft.name)["beginnings"] == []
        with pytest.raises(frappe.ValidationError):
            screens.begin(world.CHANGE, world.ORDER, draft.name)


@pytest.mark.clause("4.5.1")
def test_a_change_is_begun_of_an_order_that_is_received_and_of_none_that_is_closed(db, as_user):
    from erp_rules.api import screens

    order = world.order(100)
    receiving.posted(order, 100)
    with as_user("Purchaser"):
        opened = screens.document(world.ORDER, order.name)
        assert opened["doc"]["workflow_state"] == "Received"
        assert [offer["doctype"] for offer in opened["beginnings"]] == [world.CHANGE]
    receiving.act(order, "Close", "Purchaser", reason="Nothing more will come")
    with as_user("Purchaser"):
        assert screens.document(world.ORDER, order.name)["beginnings"] == []


@pytest.mark.clause("4.5.6")
@pytest.mark.parametrize("value", [None, ""])
def test_a_form_that_sends_its_empty_fields_is_not_called_forged(db, value):
    order = world.order(100)
    change = world.of_kind("Quantity Increase", order, new_order=value, new_requisition=value)
    assert change.workflow_state == "Draft"
    with pytest.raises(db.ValidationError, match=r"4\.5\.6"):
        world.of_kind("Quantity Increase", order, new_order=order.name)
