"""Changes of issued orders: every kind from draft to its effects (4.5)."""

import change_world as world
import order_world as ordering
import price_world as prices
import pytest

import hosts


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def refusal():
    """Return the error with which the regulation refuses."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


def demand(row) -> tuple:
    """Return what is ordered and closed of an order row's requisition row, and its requisition's state."""
    import frappe

    found = frappe.get_doc("Purchase Requisition Item", row.requisition_row)
    return (
        found.ordered_qty,
        found.closed_qty,
        frappe.db.get_value("Purchase Requisition", found.parent, "workflow_state"),
    )


# Each kind --------------------------------------------------------------------------------------------


@pytest.mark.clause("4.5.1.1.1")
@pytest.mark.clause("4.5.4")
def test_an_increase_leaves_the_order_and_makes_a_new_one_for_the_extra():
    order = world.issued((100, 10))
    row = order.items[0]
    change = world.executed(order, "Quantity Increase", world.line(row, qty=130))
    assert (change.workflow_state, change.docstatus) == ("Executed", 1)
    assert change.executed_by.startswith("purchaser@") and change.approved_by.startswith("division.head@")
    old = world.fresh(order)
    assert (old.workflow_state, old.items[0].qty, old.replaced_by, old.closed_by_change) == (
        "Issued",
        100,
        None,
        None,
    )
    (new,) = world.new_orders(change)
    assert (new.workflow_state, new.docstatus, new.supplier) == ("Approved", 1, order.supplier)
    assert (new.items[0].qty, new.items[0].rate, new.items[0].item) == (30, 10, row.item)
    assert (new.change_order, new.replaces) == (change.name, None)
    assert new.approved_by == change.approved_by and new.purchaser == order.purchaser
    assert change.new_order == new.name
    assert (change.lines[0].new_order, change.lines[0].new_order_row) == (new.name, new.items[0].name)
    assert demand(row) == (100, 0, "Ordered")
    assert ordering.move(new, 0).workflow_state == "Approved"
    prices.act(new, "Issue", "Purchaser")
    assert world.fresh(new).workflow_state == "Issued"


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.clause("4.5.4")
def test_a_decrease_closes_the_order_and_makes_a_new_one_for_what_remains():
    order = world.issued((100, 10), (50, 2))
    first, second = order.items
    change = world.executed(order, "Quantity Decrease", world.line(first, qty=60))
    old = world.fresh(order)
    assert (old.workflow_state, old.closed_by_change) == ("Closed", change.name)
    assert old.close_reason == "The customer asks"
    assert [row.closed_qty for row in old.items] == [100, 50]
    (new,) = world.new_orders(change)
    assert (old.replaced_by, new.replaces) == (new.name, order.name)
    assert [(row.item, row.qty, row.rate, row.replaces_row) for row in new.items] == [
        (first.item, 60, 10, first.name),
        (second.item, 50, 2, second.name),
    ]
    assert [row.requisition_row for row in new.items] == [first.requisition_row, second.requisition_row]
    assert demand(first) == (60, 40, "Ordered") and demand(second) == (50, 0, "Ordered")


@pytest.mark.clause("4.5.1.1.2")
def test_what_is_still_needed_goes_back_to_the_requisition():
    order = world.issued((100, 10))
    world.executed(order, "Quantity Decrease", world.line(order.items[0], qty=60), demand="Still Needed")
    assert demand(order.items[0]) == (60, 0, "Approved")


@pytest.mark.clause("4.5.1.1.2")
def test_what_was_received_stays_on_the_old_order():
    import receiving_world as receiving

    order = world.issued((100, 10))
    receiving.list_supplier(order.supplier)
    receiving.posted(order, 30)
    order = world.fresh(order)
    change = world.executed(order, "Quantity Decrease", world.line(order.items[0], qty=80))
    old = world.fresh(order)
    assert (old.workflow_state, old.items[0].received_qty, old.items[0].closed_qty) == ("Closed", 30, 70)
    (new,) = world.new_orders(change)
    assert new.items[0].qty == 50
    assert demand(order.items[0]) == (80, 20, "Ordered")


@pytest.mark.clause("4.5.1.1.2")
def test_the_remaining_quantity_keeps_its_price_when_the_price_has_ended_and_the_supplier_is_stopped():
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    frappe.db.set_value("Item Supplier Price", row.price_row, "valid_to", ordering.days(-1))
    ordering.post(row.item, (order.supplier, 15), first=ordering.today())
    frappe.db.set_value("Supplier", order.supplier, "status", "Suspended")
    change = world.executed(order, "Quantity Decrease", world.line(row, qty=60))
    (new,) = world.new_orders(change)
    assert (new.items[0].rate, new.items[0].price_row) == (10, row.price_row)
    prices.act(new, "Issue", "Purchaser")
    assert world.fresh(new).total_amount == 600


@pytest.mark.clause("4.5.1.2")
def test_an_item_change_closes_the_order_and_orders_the_new_item():
    import frappe

    order = world.issued((100, 10), (50, 2))
    values, line = world.item_change(order, 90)
    change = world.executed(order, "Item Change", line, **values)
    old = world.fresh(order)
    assert (old.workflow_state, old.closed_by_change) == ("Closed", change.name)
    (new,) = world.new_orders(change)
    assert [(row.item, row.qty, row.rate) for row in new.items] == [
        (line["new_item"], 90, 12),
        (order.items[1].item, 50, 2),
    ]
    assert new.items[0].requisition == line["requisition"] == change.new_requisition
    requisition = frappe.get_doc("Purchase Requisition", line["requisition"])
    assert (requisition.change_order, requisition.items[0].ordered_qty) == (change.name, 90)
    assert demand(order.items[0]) == (0, 100, "Ordered")


@pytest.mark.clause("4.5.1.3")
def test_a_date_change_is_the_purchasers_alone_and_keeps_the_first_promise():
    from erp_rules.procurement import change_facts

    order = world.issued((100, 10))
    row = order.items[0]
    later, latest = ordering.days(30), ordering.days(40)
    first = world.executed(order, "Date Change", world.line(row, required_date=later))
    assert (first.workflow_state, first.approved_by) == ("Executed", None)
    world.executed(order, "Date Change", world.line(row, required_date=latest))
    now = world.fresh(order)
    assert now.workflow_state == "Issued"
    assert (now.items[0].required_date, now.items[0].first_required_date) == (latest, row.required_date)
    promised = change_facts.promises([row.name])[row.name]
    assert [(p.old_required_date, p.new_required_date) for p in promised] == [
        (row.required_date, later),
        (later, latest),
    ]


@pytest.mark.clause("4.5.1.4")
def test_a_cancellation_closes_the_order_and_makes_none():
    order = world.issued((100, 10), (50, 2))
    change = world.executed(order, "Cancellation")
    assert [line.new_qty for line in change.lines] == [0, 0]
    old = world.fresh(order)
    assert (old.workflow_state, old.closed_by_change, old.replaced_by) == ("Closed", change.name, None)
    assert world.new_orders(change) == [] and change.new_order is None
    assert demand(order.items[0]) == (0, 100, "Ordered")


@pytest.mark.clause("4.5.2.1")
@pytest.mark.clause("4.5.2.2")
@pytest.mark.parametrize(
    ("rate", "direction", "role"), [(11, "Up", "Top Executive"), (9, "Down", "Purchasing Manager")]
)
def test_a_price_change_goes_by_its_direction_and_finance_executes_it(rate, direction, role):
    order = world.issued((100, 10))
    change = world.submitted(order, "Price Change", world.line(order.items[0], rate=rate))
    assert change.price_direction == direction
    change = world.act(change, "Approve", role)
    change = world.act(change, "Execute", "Finance Officer")
    now = world.fresh(order)
    assert (now.workflow_state, now.items[0].rate, now.total_amount) == ("Issued", rate, rate * 100)
    assert now.items[0].price_row == order.items[0].price_row
    assert change.executed_by.startswith("finance.officer@")


@pytest.mark.clause("4.5.3")
@pytest.mark.clause("4.5.4")
def test_a_supplier_change_makes_a_new_requisition_and_a_new_order():
    import frappe

    order = world.issued((100, 10), (50, 2))
    row = order.items[0]
    other = prices.supplier()
    (posted,) = ordering.post(row.item, (other, 11))
    change = world.executed(order, "Supplier Change", world.line(row, supplier=other))
    old = world.fresh(order)
    assert (old.workflow_state, old.closed_by_change) == ("Closed", change.name)
    made = {new.supplier: new for new in world.new_orders(change)}
    assert set(made) == {order.supplier, other}
    new = made[other]
    assert [(r.item, r.qty, r.rate, r.price_row) for r in new.items] == [(row.item, 100, 11, posted)]
    requisition = frappe.get_doc("Purchase Requisition", change.new_requisition)
    assert (requisition.workflow_state, requisition.change_order) == ("Ordered", change.name)
    assert requisition.requester == frappe.db.get_value("Purchase Requisition", row.requisition, "requester")
    assert (new.items[0].requisition, new.items[0].requisition_row) == (
        requisition.name,
        requisition.items[0].name,
    )
    assert change.lines[0].new_order == new.name
    assert [(r.item, r.qty) for r in made[order.supplier].items] == [(order.items[1].item, 50)]
    assert demand(row) == (0, 100, "Ordered")
