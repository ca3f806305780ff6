"""Changes of issued orders: every kind from draft to its effects (4.5)."""

import change_world as world
import order_world as ordering
import price_world as prices
import pytest
from engine_tools import waiver_in

import hosts

CHANGES, SCREENS = "erp_rules.api.changes", "erp_rules.api.screens"


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


@pytest.mark.clause("4.5.1.1.1")
def test_goods_delivered_beyond_the_order_are_asked_for_by_a_change_order():
    import frappe
    import receiving_world as receiving

    from erp_rules.api import receiving as api

    order = world.issued((100, 10))
    receiving.list_supplier(order.supplier)
    receiving.posted(order, 112)
    over = frappe.get_doc("Over Delivery", {"purchase_order": order.name})
    with hosts.as_user("Purchaser"):
        change = frappe.get_doc(world.CHANGE, api.change_over(over.name))
    assert (change.lines[0].old_qty, change.lines[0].new_qty, change.over_delivery) == (100, 112, over.name)
    change = world.act(change, "Submit for Approval", "Purchaser")
    change = world.execute(world.act(change, "Approve", "Division Head"))
    (new,) = world.new_orders(change)
    prices.act(new, "Issue", "Purchaser")
    with hosts.as_user("Purchaser"):
        (target,) = api.over_targets(over.name)
        assert (target["purchase_order"], target["change_order"]) == (new.name, change.name)
        api.take_over(over.name, order_row=target["order_row"])
    new = world.fresh(new)
    assert (new.workflow_state, new.items[0].received_qty) == ("Received", 12)
    over = frappe.get_doc("Over Delivery", over.name)
    assert (over.status, over.settlements[0].way_out, over.settlements[0].change_order) == (
        "Settled",
        "Change Order",
        change.name,
    )


# Old and new, and the reason --------------------------------------------------------------------------


@pytest.mark.clause("4.5.6")
def test_a_change_states_old_and_new_of_everything():
    order = world.issued((100, 10))
    row = order.items[0]
    change = world.draft(order, "Quantity Increase", {"order_idx": 1, "new_qty": 120})
    line = change.lines[0]
    for term, value in (
        ("item", row.item),
        ("item_name", row.item_name),
        ("specification", row.specification),
        ("required_date", row.required_date),
        ("supplier", order.supplier),
        ("department", order.department),
        ("rate", 10),
    ):
        assert line.get(f"old_{term}") == line.get(f"new_{term}") == value, term
    assert (line.old_qty, line.new_qty, line.order_row, line.uom) == (100, 120, row.name, row.uom)
    assert (change.supplier, change.currency, change.order_state) == (order.supplier, "CNY", "Issued")
    assert (change.old_amount_base, change.new_amount_base, change.difference_base) == (1000, 1200, 200)


@pytest.mark.clause("4.5.6")
@pytest.mark.parametrize("reason", ["", "   "])
def test_a_change_without_a_reason_is_refused(reason):
    import frappe

    order = world.issued((100, 10))
    with pytest.raises(frappe.ValidationError):
        world.draft(order, "Quantity Increase", world.line(order.items[0], qty=120), reason=reason)


@pytest.mark.clause("4.5.6")
def test_an_old_value_that_was_typed_is_refused():
    order = world.issued((100, 10))
    with refusal():
        world.draft(order, "Price Change", {**world.line(order.items[0], rate=9), "old_rate": 11})
    assert prices.places() == [("4.5.6", "lines", 1, "old_rate")]


@pytest.mark.clause("4.5.6")
@pytest.mark.parametrize("fieldname", ["new_order", "new_requisition"])
def test_what_the_app_keeps_cannot_be_entered(fieldname):
    import frappe

    order = world.issued((100, 10))
    value = order.name if fieldname == "new_order" else order.items[0].requisition
    with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
        world.draft(order, "Quantity Increase", world.line(order.items[0], qty=120), **{fieldname: value})


@pytest.mark.clause("4.5.6")
def test_lines_of_another_order_or_of_one_row_twice_are_refused():
    order, other = world.issued((100, 10)), world.issued((10, 1))
    with refusal():
        world.draft(order, "Quantity Increase", world.line(other.items[0], qty=120))
    assert prices.clauses() == {"4.5.6"}
    row = order.items[0]
    with refusal():
        world.draft(order, "Quantity Increase", world.line(row, qty=120), world.line(row, qty=130))
    assert prices.clauses() == {"4.5.6"}


# Bad input --------------------------------------------------------------------------------------------


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize(
    ("kind", "terms", "clause"),
    [
        ("Quantity Increase", {"qty": 90}, "4.5.1.1.1"),
        ("Quantity Increase", {"qty": 100}, "4.5.1"),
        ("Quantity Decrease", {"qty": 101}, "4.5.1.1.2"),
        ("Quantity Decrease", {"qty": -1}, "4.5.1.1.2"),
        ("Quantity Decrease", {"qty": 90, "required_date": "2030-01-01"}, "4.5.1"),
        ("Date Change", {"required_date": "2020-01-01"}, "4.5.1.3"),
        ("Date Change", {"qty": 90}, "4.5.1"),
        ("Price Change", {"rate": -2}, "4.5.2.1"),
        ("Price Change", {"rate": 11, "qty": 90}, "4.5.1"),
        ("Supplier Change", {}, "4.5.1"),
    ],
)
def test_a_change_that_is_none_of_its_kind_is_refused(kind, terms, clause):
    order = world.issued((100, 10))
    change = world.draft(order, kind, world.line(order.items[0], **terms))
    action = "Execute" if kind == "Date Change" else "Submit for Approval"
    with refusal():
        prices.act(change, action, "Purchaser")
    assert clause in prices.clauses()
    assert world.fresh(order).workflow_state == "Issued"


@pytest.mark.clause("4.5.6")
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "ten", 1e300])
@pytest.mark.parametrize(("kind", "term"), [("Quantity Increase", "qty"), ("Price Change", "rate")])
def test_what_is_no_number_is_refused(kind, term, value):
    order = world.issued((100, 10))
    with refusal():
        world.draft(order, kind, world.line(order.items[0], **{term: value}))
    assert {place[1:] for place in prices.places()} == {("lines", 1, f"new_{term}")}


@pytest.mark.clause("4.5.1.1.2")
@pytest.mark.clause("4.5.1.4")
@pytest.mark.parametrize("kind", ["Quantity Decrease", "Cancellation", "Supplier Change"])
def test_produced_goods_need_a_disposition(kind):
    order = world.issued((100, 10))
    other = prices.supplier()
    ordering.post(order.items[0].item, (other, 9))
    terms = {"Quantity Decrease": {"qty": 50}, "Supplier Change": {"supplier": other}}.get(kind)
    lines = [world.line(order.items[0], **terms)] if terms else []
    change = world.draft(order, kind, *lines, produced="")
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert ("produced") in {place[3] for place in prices.places()}
    change = prices.edit(change, "Purchaser", produced="Produced")
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert ("disposition") in {place[3] for place in prices.places()}
    change = prices.edit(change, "Purchaser", disposition="We take them in March")
    prices.act(change, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.5.1.2")
def test_an_item_change_needs_its_notice_and_its_requisition():
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    values, line = world.item_change(order)
    bare = {key: value for key, value in line.items() if key != "requisition"}
    change = world.draft(order, "Item Change", bare)
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert {place[3] for place in prices.places()} == {"engineering_change_notice", "requisition"}
    waiting = world.notice(row.item, line["new_item"], steps=1)
    unapproved = ordering.requisition((line["new_item"], 100))
    change = prices.edit(change, "Purchaser", engineering_change_notice=waiting.name)
    with hosts.as_user("Purchaser"):
        change = frappe.get_doc(world.CHANGE, change.name)
        change.lines[0].requisition = unapproved.name
        change.save()
    with refusal() as raised:
        prices.act(change, "Submit for Approval", "Purchaser")
    assert {place[3] for place in prices.places()} == {"engineering_change_notice", "requisition"}
    assert "Planning Manager" in str(raised.value)
    other = world.notice(ordering.item(), line["new_item"])
    with hosts.as_user("Purchaser"):
        change = frappe.get_doc(world.CHANGE, change.name)
        change.engineering_change_notice = other.name
        change.lines[0].requisition = line["requisition"]
        change.save()
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert prices.places() == [("4.5.1.2", "lines", 1, "new_item")]
    prices.edit(change, "Purchaser", **values)
    prices.act(change, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.5.3")
@pytest.mark.clause("4.4.1")
def test_a_new_supplier_is_approved_and_has_a_price():
    order = world.issued((100, 10))
    row = order.items[0]
    change = world.draft(order, "Supplier Change", world.line(row, supplier=prices.supplier()))
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert prices.clauses() == {"4.4.1"}
    stopped = prices.supplier(status="Suspended")
    ordering.post(row.item, (stopped, 9))
    change = world.draft(order, "Supplier Change", world.line(row, supplier=stopped))
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert "4.5.3" in prices.clauses()


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_order_that_is_not_issued_has_no_change(steps):
    order = ordering.move(ordering.order(), steps)
    change = world.draft(order, "Quantity Increase", world.line(order.items[0], qty=200))
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert ("4.5.1", None, None, "purchase_order") in prices.places()


# Who ----------------------------------------------------------------------------------------------------

ROLES = (
    "Purchaser",
    "Purchasing Manager",
    "Planner",
    "Planning Manager",
    "Quality Inspector",
    "Warehouse Keeper",
    "Engineer",
    "Finance Officer",
    "Finance Manager",
    "Division Head",
    "Top Executive",
    "Rule Administrator",
    "Internal Auditor",
)


def kinds_of(order) -> dict:
    """Return per kind what a change of the order's first row says: its line and its values."""
    row = order.items[0]
    other = prices.supplier()
    ordering.post(row.item, (other, 11))
    values, line = world.item_change(order)
    return {
        "Quantity Increase": ([world.line(row, qty=130)], {}),
        "Quantity Decrease": ([world.line(row, qty=60)], {}),
        "Item Change": ([line], values),
        "Cancellation": ([], {}),
        "Price Up": ([world.line(row, rate=11)], {}),
        "Price Down": ([world.line(row, rate=9)], {}),
        "Supplier Change": ([world.line(row, supplier=other)], {}),
    }


ROUTES = {
    "Quantity Increase": ("Division Head", "Purchaser"),
    "Quantity Decrease": ("Division Head", "Purchaser"),
    "Item Change": ("Division Head", "Purchaser"),
    "Cancellation": ("Division Head", "Purchaser"),
    "Price Up": ("Top Executive", "Finance Officer"),
    "Price Down": ("Purchasing Manager", "Finance Officer"),
    "Supplier Change": ("Purchasing Manager", "Purchaser"),
}


def others_are_refused(http, change, action: str, allowed: str) -> None:
    """Every role but the allowed one is refused the action, and nothing changes."""
    before = prices.stored(change)
    for role in ROLES:
        if role == allowed:
            continue
        http.login(role)
        answer = http.post(
            "/api/method/frappe.model.workflow.apply_workflow",
            json={"doc": {"doctype": world.CHANGE, "name": change.name}, "action": action},
        )
        assert answer.status_code == 403, (role, action, answer.json)
    assert prices.stored(change) == before


@pytest.mark.clause("4.5.1")
@pytest.mark.clause("4.5.2.1")
@pytest.mark.clause("4.5.2.2")
@pytest.mark.clause("4.5.3")
@pytest.mark.parametrize("kind", sorted(ROUTES))
def test_only_the_right_role_approves_and_executes(kind, http):
    import frappe

    order = world.issued((100, 10))
    lines, values = kinds_of(order)[kind]
    approver, executor = ROUTES[kind]
    change = world.draft(order, "Price Change" if kind.startswith("Price") else kind, *lines, **values)
    others_are_refused(http, change, "Submit for Approval", "Purchaser")
    change = world.act(change, "Submit for Approval", "Purchaser")
    others_are_refused(http, change, "Approve", approver)
    change = world.act(change, "Approve", approver)
    frappe.db.commit()
    others_are_refused(http, change, "Execute", executor)
    assert world.fresh(order).workflow_state == "Issued" and not world.new_orders(change)
    assert world.act(change, "Execute", executor).workflow_state == "Executed"


@pytest.mark.clause("4.5.1.3")
def test_only_a_purchaser_changes_a_date(http):
    order = world.issued((100, 10))
    change = world.draft(order, "Date Change", world.line(order.items[0], required_date=ordering.days(50)))
    others_are_refused(http, change, "Execute", "Purchaser")
    world.act(change, "Execute", "Purchaser")


@pytest.mark.clause("4.5.1")
def test_nobody_approves_their_own_change():
    from erp_rules.rule_engine.errors import RulePermissionError

    order = world.issued((100, 10))
    both = hosts.make_user(f"{hosts.unique('both').lower()}@demo.example", "Purchaser", "Division Head")
    change = world.draft(order, "Quantity Increase", world.line(order.items[0], qty=130), role=both)
    change = world.act(change, "Submit for Approval", "Purchaser")
    with pytest.raises(RulePermissionError):
        prices.act(change, "Approve", both)
    world.act(change, "Approve", "Division Head")


@pytest.mark.clause("4.5.1")
@pytest.mark.parametrize("role", ["Division Head", "Planner", "Finance Officer", "Internal Auditor"])
def test_only_purchasers_open_changes(role, http):
    order = world.issued((100, 10))
    http.login(role)
    answer = http.post(
        f"/api/resource/{world.CHANGE}",
        json={
            "purchase_order": order.name,
            "change_kind": "Quantity Increase",
            "reason": "more",
            "lines": [{"order_row": order.items[0].name, "new_qty": 130}],
        },
    )
    assert answer.status_code == 403


# What changed meanwhile -------------------------------------------------------------------------------


@pytest.mark.clause("4.5.1")
def test_a_change_of_an_order_that_was_received_meanwhile_is_refused_and_can_be_revised():
    import frappe
    import receiving_world as receiving

    order = world.issued((100, 10))
    receiving.list_supplier(order.supplier)
    change = world.approved(order, "Quantity Decrease", world.line(order.items[0], qty=60))
    receiving.posted(order, 30)
    with refusal() as raised:
        prices.act(change, "Execute", "Purchaser")
    assert "row 1 of the order" in str(raised.value) and "Received Quantity is 30" in str(raised.value)
    assert "the change says 0" in str(raised.value) and "revise" in str(raised.value)
    assert (world.fresh(order).workflow_state, world.new_orders(change)) == ("Partly Received", [])
    change = world.act(change, "Reject", "Purchaser")
    change = world.act(change, "Revise", "Purchaser")
    assert (change.lines[0].received_qty, change.lines[0].new_qty, change.approved_by) == (30, 60, None)
    change = world.act(change, "Submit for Approval", "Purchaser")
    change = world.execute(world.act(change, "Approve", "Division Head"))
    assert [row.qty for new in world.new_orders(change) for row in new.items] == [30]
    assert frappe.db.count(world.CHANGE, {"purchase_order": order.name}) == 1


@pytest.mark.clause("4.5.1")
def test_a_change_of_an_order_that_was_closed_meanwhile_is_refused():
    import receiving_world as receiving

    order = world.issued((100, 10))
    receiving.list_supplier(order.supplier)
    receiving.posted(order, 30)
    change = world.approved(world.fresh(order), "Quantity Increase", world.line(order.items[0], qty=160))
    prices.act(order, "Close", "Purchasing Manager", reason="Nothing more comes")
    with refusal() as raised:
        prices.act(change, "Execute", "Purchaser")
    assert "Closed" in str(raised.value)
    assert world.new_orders(change) == []


@pytest.mark.clause("4.5.1")
def test_one_change_of_an_order_at_a_time():
    order = world.issued((100, 10))
    row = order.items[0]
    first = world.submitted(order, "Quantity Increase", world.line(row, qty=130))
    second = world.draft(order, "Price Change", world.line(row, rate=9))
    with refusal() as raised:
        prices.act(second, "Submit for Approval", "Purchaser")
    assert first.name in str(raised.value)
    date_change = world.draft(order, "Date Change", world.line(row, required_date=ordering.days(50)))
    with refusal():
        prices.act(date_change, "Execute", "Purchaser")
    world.act(first, "Reject", "Division Head")
    world.act(second, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.5.1")
def test_a_change_drafted_before_another_was_executed_is_saved_again_first():
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    stale = world.draft(order, "Price Change", world.line(row, rate=9))
    world.executed(order, "Date Change", world.line(row, required_date=ordering.days(50)))
    with refusal() as raised:
        prices.act(stale, "Submit for Approval", "Purchaser")
    assert "Required Date" in str(raised.value) and str(ordering.days(50)) in str(raised.value)
    with hosts.as_user("Purchaser"):
        stale = frappe.get_doc(world.CHANGE, stale.name).save()
    assert stale.lines[0].new_required_date == stale.lines[0].old_required_date == ordering.days(50)
    world.act(stale, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.5.1")
def test_goods_at_the_gate_come_before_the_change():
    import receiving_world as receiving

    order = world.issued((100, 10))
    receiving.list_supplier(order.supplier)
    receipt = receiving.counted(order, 30)
    change = world.draft(order, "Cancellation")
    with refusal() as raised:
        prices.act(change, "Submit for Approval", "Purchaser")
    assert receipt.name in str(raised.value)


@pytest.mark.clause("4.4.1")
def test_a_price_that_moved_after_the_approval_is_refused():
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    change = world.approved(order, "Quantity Increase", world.line(row, qty=130))
    frappe.db.set_value("Item Supplier Price", row.price_row, "valid_to", ordering.days(-1))
    with refusal():
        prices.act(change, "Execute", "Purchaser")
    assert prices.clauses() == {"4.4.1"}
    ordering.post(row.item, (order.supplier, 12), first=ordering.today())
    with refusal() as raised:
        prices.act(change, "Execute", "Purchaser")
    assert "12 CNY" in str(raised.value) and "10 CNY" in str(raised.value)


@pytest.mark.clause("4.4.1")
@pytest.mark.parametrize("max_uses", [1, 2])
def test_a_waiver_for_the_change_order_holds_for_the_order_that_it_makes(max_uses):
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    frappe.db.set_value("Item Supplier Price", row.price_row, "valid_to", ordering.days(-1))
    change = world.draft(order, "Quantity Increase", world.line(row, qty=130))
    waiver = waiver_in(
        "Approved",
        clause="4.4.1",
        reference_doctype=change.doctype,
        reference_name=change.name,
        rate=11,
        currency="CNY",
        max_uses=max_uses,
    )
    change = prices.edit(change, "Purchaser", reason="The line stands still")
    assert change.lines[0].new_rate == 11
    change = world.act(change, "Submit for Approval", "Purchaser")
    change = world.execute(world.act(change, "Approve", "Division Head"))
    (new,) = world.new_orders(change)
    assert (new.items[0].qty, new.items[0].rate, new.items[0].is_unpriced) == (30, 11, 1)
    assert new.waiver == waiver.name and frappe.db.get_value(waiver.doctype, waiver.name, "use_count") == 1
    prices.act(new, "Issue", "Purchaser")
    other = world.issued((100, 10))
    frappe.db.set_value("Item Supplier Price", other.items[0].price_row, "valid_to", ordering.days(-1))
    another = world.draft(other, "Quantity Increase", world.line(other.items[0], qty=130))
    with refusal():
        prices.act(another, "Submit for Approval", "Purchaser")


@pytest.mark.clause("4.2.2")
def test_a_waiver_that_a_change_order_used_up_holds_for_the_order_that_it_makes():
    import frappe

    order = world.issued((100, 10))
    row = order.items[0]
    frappe.db.set_value("Item", row.item, "sample_status", "Pending")
    change = world.draft(order, "Quantity Increase", world.line(row, qty=130))
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    scope = {"scope": "Item and Supplier", "item": row.item, "supplier": order.supplier}
    waiver = waiver_in("Approved", clause="4.2.2", reference_doctype=None, reference_name=None, **scope)
    change = world.act(change, "Submit for Approval", "Purchaser")
    assert frappe.db.get_value(waiver.doctype, waiver.name, "workflow_state") == "Used Up"
    change = world.execute(world.act(change, "Approve", "Division Head"))
    assert world.fresh(change.new_order).workflow_state == "Approved"


# Permanent prices -------------------------------------------------------------------------------------


@pytest.mark.clause("4.5.2.3")
def test_a_permanent_price_waits_for_its_price_approval():
    import frappe

    approval = prices.posted(first=ordering.days(-5))
    supplier = next(row.supplier for row in approval.quotes if row.selected)
    wanted = ordering.approved((approval.item, 100))
    (order,) = ordering.make(ordering.line(wanted.items[0], supplier))
    order = ordering.move(order)
    row = order.items[0]
    assert row.rate == 9.5
    change = world.draft(order, "Price Change", world.line(row, rate=9), permanent=1)
    with refusal():
        prices.act(change, "Submit for Approval", "Purchaser")
    assert prices.clauses() == {"4.5.2.3"}
    approval = prices.change(
        frappe.get_doc("Price Approval", approval.name),
        {
            "change_kind": "Price",
            "supplier": supplier,
            "currency": "CNY",
            "new_rate": 9,
            "valid_from": ordering.today(),
            "valid_to": ordering.days(90),
        },
    )
    change = world.act(change, "Submit for Approval", "Purchaser")
    change = world.act(change, "Approve", "Purchasing Manager")
    with refusal() as raised:
        prices.act(change, "Execute", "Finance Officer")
    assert prices.clauses() == {"4.5.2.3"} and "Draft" in str(raised.value)
    prices.review_change(approval)
    world.act(change, "Execute", "Finance Officer")
    now = world.fresh(order).items[0]
    assert now.rate == 9 and now.price_row != row.price_row
    assert frappe.db.get_value("Item Supplier Price", now.price_row, "rate") == 9


# Telling the supplier ---------------------------------------------------------------------------------


def limits(change) -> list:
    """Return the states of the time limits of telling the supplier, oldest first."""
    import frappe

    filters = {"reference_name": change.name, "clause": "4.5.5"}
    return frappe.get_all("Deadline", filters=filters, pluck="status", order_by="creation asc, name asc")


@pytest.mark.clause("4.5.5")
def test_the_supplier_is_told_at_once_and_its_confirmation_recorded():
    import frappe

    order = world.issued((100, 10))
    change = world.executed(order, "Cancellation")
    assert limits(change) == ["Open"]
    now = frappe.utils.now_datetime().replace(microsecond=0)
    with refusal():
        prices.edit(change, "Purchaser", supplier_confirmed_at=now)
    with refusal():
        prices.edit(change, "Purchaser", supplier_notified_at=frappe.utils.add_to_date(now, hours=2))
    change = prices.edit(change, "Purchaser", supplier_notified_at=now, notified_by_means="Phone")
    assert sorted(limits(change)) == ["Met", "Open"]
    with refusal():
        prices.edit(change, "Purchaser", supplier_notified_at=frappe.utils.add_to_date(now, hours=-1))
    change = prices.edit(change, "Purchaser", supplier_confirmed_at=now, confirmed_by_name="Ms Chen")
    assert limits(change) == ["Met", "Met"]
    with refusal():
        prices.edit(change, "Purchaser", supplier_confirmed_at=None)


@pytest.mark.clause("4.5.5")
def test_telling_and_confirming_are_steps_of_the_purchaser_that_close_their_time_limits(http):
    import frappe

    from erp_rules.api.screens.documents import further_steps

    order = world.issued((100, 10))
    change = world.approved(order, "Cancellation")
    with hosts.as_user("Purchaser"):
        assert further_steps(change) == []
    change = world.execute(change)
    frappe.db.commit()
    for role in ("Planner", "Division Head", "Internal Auditor"):
        with hosts.as_user(role):
            assert further_steps(change) == []
        http.login(role)
        assert tell(http, change, notified_by_means="Phone").status_code == 403
    http.login("Purchaser")
    offered = shown(http, f"{SCREENS}.document", change)["steps"]
    assert [step["method"] for step in offered] == [f"{CHANGES}.tell_supplier"]
    desk = shown(http, "erp_rules.api.forms.guidance", change)
    assert desk["steps"] == offered and desk["actions"] == ["Supplier told"]
    assert confirm(http, change, confirmed_by_name="Ms Chen").status_code == 417
    assert tell(http, change, notified_by_means="").status_code == 417
    for moment in ("yesterday or so", "2199-01-01 08:00:00", "2020-01-01 08:00:00"):
        wrong = tell(http, change, notified_by_means="Phone", supplier_notified_at=moment)
        assert wrong.status_code == 417
    assert limits(change) == ["Open"]
    assert tell(http, change, notified_by_means="Phone").status_code == 200
    stored = frappe.get_doc(world.CHANGE, change.name)
    assert stored.supplier_notified_at and stored.notified_by_means == "Phone"
    assert sorted(limits(change)) == ["Met", "Open"]
    assert tell(http, change, notified_by_means="E-Mail").status_code == 417
    offered = shown(http, f"{SCREENS}.document", change)["steps"]
    assert [step["method"] for step in offered] == [f"{CHANGES}.record_confirmation"]
    assert confirm(http, change, confirmed_by_name=" ").status_code == 417
    assert confirm(http, change, confirmed_by_name="Ms Chen").status_code == 200
    assert limits(change) == ["Met", "Met"]
    stored = frappe.get_doc(world.CHANGE, change.name)
    assert stored.supplier_confirmed_at and stored.confirmed_by_name == "Ms Chen"
    assert confirm(http, change, confirmed_by_name="Mr Li").status_code == 417
    with hosts.as_user("Purchaser"):
        assert further_steps(stored) == []
    for values in ({"notified_by_means": "E-Mail"}, {"confirmed_by_name": "Mr Li"}):
        with refusal():
            prices.edit(stored, "Purchaser", **values)


def shown(http, method: str, doc) -> dict:
    """Return what a method answers about a document through HTTP."""
    answer = http.get(f"/api/method/{method}", query_string={"doctype": doc.doctype, "name": doc.name})
    return answer.json["message"]


def tell(http, change, **values):
    """Record through HTTP that the supplier was told."""
    return http.post(f"/api/method/{CHANGES}.tell_supplier", json={"change_order": change.name, **values})


def confirm(http, change, **values):
    """Record through HTTP that the supplier confirmed."""
    return http.post(
        f"/api/method/{CHANGES}.record_confirmation", json={"change_order": change.name, **values}
    )


@pytest.mark.clause("4.5.5")
def test_nothing_but_the_telling_is_open_once_executed():
    import frappe

    from erp_rules.rule_engine.errors import RulePermissionError

    order = world.issued((100, 10))
    change = world.executed(order, "Quantity Increase", world.line(order.items[0], qty=130))
    for role, values in (
        ("Purchaser", {"reason": "other"}),
        ("Purchaser", {"new_order": None}),
        ("Planner", {"supplier_notified_at": frappe.utils.now_datetime()}),
        ("Division Head", {"supplier_notified_at": frappe.utils.now_datetime()}),
    ):
        with pytest.raises((frappe.ValidationError, RulePermissionError, frappe.PermissionError)):
            prices.edit(change, role, **values)


@pytest.mark.clause("4.5.3")
def test_planning_and_purchasing_are_told():
    import frappe

    order = world.issued((100, 10))
    change = world.executed(order, "Cancellation")
    frappe.db.commit()
    told = frappe.get_all(
        "Notification Log", filters={"document_name": change.name}, fields=["for_user", "subject"]
    )
    assert {"planner@demo.example", "planning.manager@demo.example", "division.head@demo.example"} <= {
        row.for_user for row in told
    }


# Queries ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["Quantity Decrease", "Supplier Change", "Date Change", "Cancellation"])
def test_the_reads_of_a_change_do_not_grow_with_its_rows(query_count, kind):
    found = {}
    for count in (2, 3, 12):  # the first one warms the caches
        order = world.issued(*((100, 10) for _row in range(count)))
        other = prices.supplier()
        lines = []
        for row in order.items:
            ordering.post(row.item, (other, 9))
            terms = {
                "Quantity Decrease": {"qty": 60},
                "Supplier Change": {"supplier": other},
                "Date Change": {"required_date": ordering.days(50)},
            }.get(kind)
            lines += [world.line(row, **terms)] if terms else []
        make = world.draft if kind == "Date Change" else world.approved
        change = make(order, kind, *lines)
        with query_count() as counted:
            prices.act(change, "Execute", "Purchaser")
        found[count] = (len(counted.reads), counted.count)
    # Frappe looks up what each row of a made order links to: item, price row, requisition.
    own = 3 * (12 - 3) if hosts.HOST == "bench" else 0
    assert found[12][0] - found[3][0] <= own, found
    assert found[12][1] - found[3][1] <= 9 * 12 + own, "no more than the rows that are written"


@pytest.mark.clause("4.5.2.1")
@pytest.mark.parametrize(
    ("kind", "terms", "role"),
    [
        ("Price Change", {"rate": 11}, "Top Executive"),
        ("Price Change", {"rate": 9}, "Purchasing Manager"),
        ("Quantity Increase", {"qty": 130}, "Division Head"),
    ],
)
def test_a_change_waits_for_those_alone_who_decide_its_kind(kind, terms, role):
    import frappe

    order = world.issued((100, 10))
    change = world.draft(order, kind, world.line(order.items[0], **terms))
    for _round in range(2):  # when it comes back after a rejection, too
        change = world.act(change, "Submit for Approval", "Purchaser")
        waiting = frappe.get_all(
            "Workflow Action", {"reference_name": change.name, "status": "Open"}, pluck="name"
        )
        roles = frappe.get_all("Workflow Action Permitted Role", {"parent": ["in", waiting]}, pluck="role")
        assert roles == [role]
        change = world.act(world.act(change, "Reject", role), "Revise", "Purchaser")
    frappe.db.commit()
    told = set(frappe.get_all("Notification Log", {"document_name": change.name}, pluck="for_user"))
    assert hosts.who(role) in told
    assert (
        not {
            hosts.who(other)
            for other in ("Top Executive", "Division Head", "Purchasing Manager")
            if other != role
        }
        & told
    )
