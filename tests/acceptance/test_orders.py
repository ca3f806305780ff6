"""Purchase orders from the requisition line to the issued order (4.3, 4.4)."""

import order_world as world
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


@pytest.mark.clause("4.3")
@pytest.mark.clause("4.4.1")
def test_a_requisition_line_becomes_an_order_at_the_posted_price():
    code, supplier = world.priced(12.5)
    wanted = world.approved((code, 40))
    (order,) = world.make(world.line(wanted.items[0], supplier))
    row = order.items[0]
    assert (order.supplier, order.currency, order.workflow_state) == (supplier, "CNY", "Draft")
    assert (row.qty, row.rate, row.amount, order.total_amount) == (40, 12.5, 500, 500)
    assert row.price_row and row.is_lowest == 1 and row.is_unpriced == 0
    assert (row.requisition, row.requisition_row) == (wanted.name, wanted.items[0].name)
    assert world.ordered(wanted.items[0]) == (40, "Ordered")


@pytest.mark.clause("4.4.4")
def test_an_order_goes_from_draft_to_issued():
    import frappe

    order = world.order()
    order = world.move(order, 2)
    assert (order.workflow_state, order.docstatus) == ("Approved", 1)
    deadline = frappe.get_all(
        "Deadline",
        filters={"reference_name": order.name, "clause": "4.4.4"},
        fields=["status", "responsible_role", "manager_role"],
    )
    assert [(d.status, d.responsible_role, d.manager_role) for d in deadline] == [
        ("Open", "Purchaser", "Purchasing Manager")
    ]
    prices.act(order, "Issue", "Purchaser")
    order = frappe.get_doc(world.ORDER, order.name)
    assert order.workflow_state == "Issued" and order.issued_at and order.sent_by.startswith("purchaser@")
    assert order.approved_by.startswith("purchasing.manager@")
    assert (
        frappe.db.get_value("Deadline", {"reference_name": order.name, "clause": "4.4.4"}, "status") == "Met"
    )


@pytest.mark.clause("4.3")
def test_more_than_requested_is_refused_with_row_and_figures():
    import frappe

    code, supplier = world.priced()
    wanted = world.approved((code, 40))
    with refusal() as raised:
        world.make(world.line(wanted.items[0], supplier, qty=40.5))
    assert (
        "40.5 of item" in str(raised.value) and ", 40 are" in str(raised.value) and "4.3" in str(raised.value)
    )
    assert not frappe.db.exists(world.ORDER, {"supplier": supplier})
    (order,) = world.make(world.line(wanted.items[0], supplier, qty=30))
    with refusal():
        prices.edit(order, "Purchaser", items=[{**order.items[0].as_dict(), "qty": 41}])
    assert prices.clauses() == {"4.3"}
    with refusal():
        world.make(world.line(wanted.items[0], supplier, qty=11))
    (second,) = world.make(world.line(wanted.items[0], supplier))
    assert second.items[0].qty == 10
    assert world.ordered(wanted.items[0]) == (40, "Ordered")


@pytest.mark.clause("4.3")
@pytest.mark.parametrize("qty", [0, -1, "nan", "inf", 1e-12])
def test_a_quantity_that_is_none_is_refused(qty):
    code, supplier = world.priced()
    wanted = world.approved((code, 40))
    with refusal():
        world.make(world.line(wanted.items[0], supplier, qty=qty))
    assert world.ordered(wanted.items[0]) == (0, "Approved")


@pytest.mark.clause("2.12")
def test_an_amount_too_large_to_be_stored_is_refused():
    code, supplier = world.priced(rate=1_000_000)
    wanted = world.approved((code, 2_000_000))
    with refusal():
        world.make(world.line(wanted.items[0], supplier))
    assert ("2.12", "items", 1, "amount") in prices.places()
    (order,) = world.make(world.line(wanted.items[0], supplier, qty=999_999))
    assert order.total_amount == 999_999_000_000


@pytest.mark.clause("4.3")
def test_an_order_without_requisition_is_refused_through_rest(http):
    code, supplier = world.priced()
    http.login("Purchaser")
    answer = http.post(
        "/api/resource/Purchase Order",
        json={
            "supplier": supplier,
            "items": [{"item": code, "qty": 5, "required_date": str(world.days(5))}],
        },
    )
    assert answer.status_code == 417
    assert [v["clause"] for v in answer.json["rule_violations"]] == ["4.3"]


@pytest.mark.clause("4.3")
def test_an_unapproved_requisition_cannot_be_ordered():
    code, supplier = world.priced()
    wanted = world.requisition((code, 10))
    with refusal():
        world.make(world.line(wanted.items[0], supplier))
    assert prices.clauses() == {"4.3"}


@pytest.mark.clause("4.3")
def test_deleting_a_draft_gives_its_quantity_back():
    import frappe

    order = world.order(qty=7)
    row = frappe.get_doc("Purchase Requisition Item", order.items[0].requisition_row)
    assert world.ordered(row) == (7, "Ordered")
    with hosts.as_user("Purchaser"):
        frappe.delete_doc(world.ORDER, order.name)
    assert world.ordered(row) == (0, "Approved")


@pytest.mark.clause("4.4.1")
def test_a_typed_rate_is_refused():
    order = world.order(rate=10)
    with refusal() as raised:
        prices.edit(order, "Purchaser", items=[{**order.items[0].as_dict(), "rate": 9}])
    assert prices.clauses() == {"4.4.1"}
    assert "9" in str(raised.value) and "10" in str(raised.value)


@pytest.mark.clause("4.4.1")
def test_another_suppliers_or_an_ended_price_row_is_refused():
    code, supplier = world.priced()
    (ended,) = world.post(code, (prices.supplier(), 4), first=world.days(-90), last=world.days(-30))
    wanted = world.approved((code, 10))
    (order,) = world.make(world.line(wanted.items[0], supplier))
    with refusal():
        prices.edit(order, "Purchaser", items=[{**order.items[0].as_dict(), "price_row": ended, "rate": 4}])
    assert prices.places()[0] == ("4.4.1", "items", 1, "price_row")


@pytest.mark.clause("4.4.1")
def test_without_a_price_there_is_no_order_and_with_a_waiver_it_goes_out_unpriced():
    import frappe

    code, supplier = world.item(), prices.supplier()
    wanted = world.approved((code, 10))
    (order,) = world.make(world.line(wanted.items[0], supplier))
    assert order.items[0].is_unpriced == 1 and order.items[0].rate == 0
    with refusal():
        prices.act(order, "Submit for Approval", "Purchaser")
    assert prices.clauses() == {"4.4.1"}
    waiver = waived(code, supplier)
    order = world.move(order)
    assert (order.workflow_state, order.has_unpriced, order.waiver) == ("Issued", 1, waiver.name)
    world.post(code, (supplier, 3.5))
    from erp_rules.procurement import orders

    assert orders.price_waiting([code]) == [order.name]
    order = frappe.get_doc(world.ORDER, order.name)
    assert (order.has_unpriced, order.items[0].rate, order.total_amount) == (0, 3.5, 35)


def waived(code: str, supplier: str, **values):
    """Return an approved waiver of 4.4.1 for this item and supplier."""
    import frappe

    data = {
        "doctype": "Rule Waiver",
        "clause": "4.4.1",
        "scope": "Item and Supplier",
        "item": code,
        "supplier": supplier,
        "reason": "line stands still",
        "evidence": prices.attachment(),
        "valid_until": world.days(5),
    }
    with hosts.as_user("Purchaser"):
        waiver = frappe.get_doc({**data, **values}).insert()
    prices.act(waiver, "Submit for Approval", "Purchaser")
    prices.act(waiver, "Approve", "Top Executive")
    return waiver


@pytest.mark.clause("4.4.1")
def test_an_order_goes_out_at_the_waivers_rate_and_no_other():
    import frappe

    code, supplier = world.item(), prices.supplier()
    waiver = waived(code, supplier, rate=6.5, currency="CNY")
    wanted = world.approved((code, 10))
    (order,) = world.make(world.line(wanted.items[0], supplier))
    row = order.items[0]
    assert (row.rate, row.is_unpriced, order.total_amount, order.waiver) == (6.5, 1, 65, waiver.name)
    with refusal():
        prices.edit(order, "Purchaser", items=[{**row.as_dict(), "rate": 7}])
    assert prices.clauses() == {"4.4.1"}
    order = world.move(order)
    assert (order.items[0].rate, order.workflow_state) == (6.5, "Issued")
    assert frappe.db.get_value("Rule Waiver", waiver.name, "workflow_state") == "Used Up"


@pytest.mark.clause("4.4.1")
def test_posting_the_price_prices_the_order_that_waits_for_it():
    import frappe

    code, supplier = world.item(), prices.supplier()
    waived(code, supplier)
    wanted = world.approved((code, 4))
    order = world.move(world.make(world.line(wanted.items[0], supplier))[0])
    quotes = [
        prices.quote(supplier, 9.5, selected=1),
        prices.quote(prices.supplier(), 10),
        prices.quote(prices.supplier(), 11),
    ]
    prices.posted(first=world.today(), item=code, quotes=quotes)
    order = frappe.get_doc(world.ORDER, order.name)
    assert (order.items[0].rate, order.items[0].is_unpriced, order.total_amount) == (9.5, 0, 38)
    assert order.items[0].price_row and order.workflow_state == "Issued"


@pytest.mark.clause("4.4.1")
def test_a_dearer_supplier_is_warned_of_until_a_reason_is_given():
    import frappe

    code = world.item()
    cheap, dear = prices.supplier(), prices.supplier()
    prices.rate("USD", 7)
    world.post(code, (cheap, 1.2, "USD"), (dear, 9))
    wanted = world.approved((code, 10))
    (order,) = world.make(world.line(wanted.items[0], dear))
    row = order.items[0]
    assert (row.is_lowest, row.lowest_supplier, round(row.lowest_rate_base, 6)) == (0, cheap, 8.4)
    frappe.clear_messages()
    prices.act(order, "Submit for Approval", "Purchaser")
    assert any(cheap in str(message) and "4.4.1" in str(message) for message in frappe.local.message_log)
    (cheaper,) = [
        order
        for order in world.make(
            world.line(world.approved((code, 10)).items[0], cheap),
            world.line(world.approved((code, 1)).items[0], dear),
        )
        if order.supplier == cheap
    ]
    assert (cheaper.currency, cheaper.items[0].is_lowest, cheaper.items[0].lowest_supplier) == (
        "USD",
        1,
        None,
    )


@pytest.mark.clause("4.4.3")
@pytest.mark.parametrize(
    ("item_class", "pct", "qty", "free"),
    [
        ("Packaging", 0, 100, 1),
        ("Packaging", 0, 101, 2),
        ("Packaging", 2.5, 100, 3),
        ("Component", 0, 100, 0),
    ],
)
def test_packaging_is_ordered_with_a_free_allowance(item_class, pct, qty, free):
    order = world.order(qty=qty, item_class=item_class, free_allowance_pct=pct)
    assert (order.items[0].free_qty, order.total_amount) == (free, qty * 10)


@pytest.mark.clause("4.2.2")
def test_a_new_part_without_confirmed_sample_is_not_ordered():
    order = world.order(sample_status="Pending")
    with refusal():
        prices.act(order, "Submit for Approval", "Purchaser")
    assert prices.clauses() == {"4.2.2"}


@pytest.mark.clause("4.1.2.2")
@pytest.mark.parametrize("status", ["Suspended", "Eliminated"])
def test_a_stopped_supplier_gets_no_order_and_open_ones_can_be_closed(status):
    import frappe

    order = world.move(world.order(), 2)
    frappe.db.set_value("Supplier", order.supplier, "status", status)
    with refusal():
        prices.act(order, "Issue", "Purchaser")
    assert "4.1.2.2" in prices.clauses()
    prices.act(order, "Close", "Purchasing Manager", reason="supplier stopped")
    order = frappe.get_doc(world.ORDER, order.name)
    assert (order.workflow_state, order.items[0].closed_qty) == ("Closed", 100)
    assert order.close_reason == "supplier stopped"
    row = frappe.get_doc("Purchase Requisition Item", order.items[0].requisition_row)
    assert world.ordered(row) == (0, "Approved")


@pytest.mark.clause("4.4.1")
def test_a_prospective_supplier_gets_no_order():
    import frappe

    order = world.order()
    frappe.db.set_value("Supplier", order.supplier, "status", "Prospective")
    with refusal():
        prices.act(order, "Submit for Approval", "Purchaser")
    assert prices.clauses() == {"4.4.1"}


def typed(supplier, *rows):
    """Insert an order whose rows somebody typed, as a purchaser."""
    import frappe

    items = [{"required_date": world.days(20), **row} for row in rows]
    with hosts.as_user("Purchaser"):
        return frappe.get_doc({"doctype": world.ORDER, "supplier": supplier, "items": items}).insert()


@pytest.mark.clause("4.3")
def test_a_line_may_name_its_requisition_or_only_the_row_of_it():
    code, supplier = world.priced()
    other = world.item()
    world.post(other, (supplier, 3))
    wanted = world.approved((code, 10), (other, 20))
    row, other_row = wanted.items
    order = typed(
        supplier,
        {"item": code, "qty": 10, "requisition": wanted.name},
        {"item": other, "qty": 20, "requisition_row": other_row.name},
    )
    assert [(line.requisition, line.requisition_row) for line in order.items] == [
        (wanted.name, row.name),
        (wanted.name, other_row.name),
    ]


@pytest.mark.clause("4.3")
def test_a_requisition_that_asks_twice_for_an_item_does_not_say_which_row():
    code, supplier = world.priced()
    wanted = world.approved((code, 10), (code, 20))
    with refusal() as refused:
        typed(supplier, {"item": code, "qty": 10, "requisition": wanted.name})
    assert "4.3" in str(refused.value)


@pytest.mark.parametrize("named", ["requisition", "requisition_row"])
def test_the_reads_of_a_typed_order_do_not_grow_with_its_lines(query_count, named):
    found = {}
    for count in (2, 3, 12):  # the first one warms the caches
        supplier = prices.supplier()
        codes = [world.item() for _line in range(count)]
        for code in codes:
            world.post(code, (supplier, 10))
        wanted = world.approved(*((code, 5) for code in codes))
        rows = [
            {
                "item": row.item,
                "qty": 5,
                named: {"requisition": wanted.name, "requisition_row": row.name}[named],
            }
            for row in wanted.items
        ]
        with query_count() as counted:
            typed(supplier, *rows)
        found[count] = len(counted.reads)
    # Frappe looks up what each row links to: item, price row, requisition.
    own = 3 * (12 - 3) if hosts.HOST == "bench" else 0
    assert found[12] - found[3] <= own, found


@pytest.mark.clause("4.3")
def test_what_the_app_keeps_cannot_be_typed():
    order = world.order()
    other = world.order()
    for values, field in (
        ({"replaces": other.name}, "replaces"),
        ({"print_no": 4}, "print_no"),
        ({"items": [{**order.items[0].as_dict(), "received_qty": 5}]}, "received_qty"),
        ({"items": [{**order.items[0].as_dict(), "closed_qty": 5}]}, "closed_qty"),
    ):
        with refusal():
            prices.edit(order, "Purchaser", **values)
        assert field in [place[3] for place in prices.places()]
    assert prices.stored(order)["items"][0]["received_qty"] == 0


LOCKED = ("Manager Approval", "Approved", "Issued")


@pytest.mark.clause("1.4")
@pytest.mark.parametrize("steps", [1, 2, 3])
@pytest.mark.parametrize("role", ["Purchaser", "Purchasing Manager", "Finance Officer"])
def test_an_order_under_way_is_locked_for_everybody(role, steps):
    from erp_rules.rule_engine.errors import RulePermissionError, RuleViolation

    order = world.move(world.order(), steps)
    before = prices.stored(order)
    assert before["workflow_state"] == LOCKED[steps - 1]
    for change in ({"qty": 1}, {"rate": 1}, {"required_date": str(world.days(90))}):
        with pytest.raises((RuleViolation, RulePermissionError)):
            prices.edit(order, role, items=[{**order.items[0].as_dict(), **change}])
    assert prices.stored(order) == before


ACTIONS = ("Submit for Approval", "Approve", "Reject", "Issue", "Close")
ALLOWED = {
    (0, "Purchaser", "Submit for Approval"),
    (1, "Purchasing Manager", "Approve"),
    (1, "Purchasing Manager", "Reject"),
    (2, "Purchaser", "Issue"),
    (2, "Purchasing Manager", "Close"),
}


@pytest.mark.clause("1.1")
@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_only_the_role_of_a_step_takes_it(steps):
    import frappe

    from erp_rules.rule_engine.workflow import get_transitions

    order = world.move(world.order(), steps)
    offered = set()
    for role in hosts.ROLES:
        with hosts.as_user(role):
            if not frappe.has_permission(order.doctype, "read", doc=order):
                continue
            for row in get_transitions({"doctype": order.doctype, "name": order.name}):
                offered.add((steps, role, row["action"]))
    assert offered == {entry for entry in ALLOWED if entry[0] == steps}
    before = prices.stored(order)
    for role in ("Planner", "Finance Officer", "Internal Auditor"):
        for action in ACTIONS:
            with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
                prices.act(order, action, role, reason="trying")
    assert prices.stored(order) == before


@pytest.mark.clause("4.4.2")
@pytest.mark.parametrize(("language", "word"), [("zh", "采购单"), ("en", "Purchase Order")])
def test_orders_print_in_numbered_batches_in_both_languages(language, word):
    from erp_rules.api import ordering

    made = [world.move(world.order(), 2) for _count in range(2)]
    with hosts.as_user("Purchaser"):
        printed = ordering.print_batch([order.name for order in made], language)
    numbers = sorted(printed["numbers"].values())
    first = int(numbers[0][-3:])
    assert numbers == [f"{world.today():%Y%m%d}-{number:03d}" for number in (first, first + 1)]
    assert word in printed["html"]
    assert "no such element" not in printed["html"]  # the supplier has no contact yet
    for order in made:
        assert order.name in printed["html"] and printed["numbers"][order.name] in printed["html"]
    with hosts.as_user("Purchaser"):
        again = ordering.print_batch([made[0].name], language)
    assert again["numbers"][made[0].name] == printed["numbers"][made[0].name]
    assert [again["copies"], printed["copies"][made[1].name]] == [{made[0].name: 2}, 1]


@pytest.mark.clause("4.4.2")
def test_a_draft_is_not_printed_in_a_batch():
    from erp_rules.api import ordering

    order = world.order()
    with hosts.as_user("Purchaser"), refusal():
        ordering.print_batch([order.name], "zh")


def test_the_approver_sees_amount_lines_and_record():
    from erp_rules.procurement.order_decisions import purchase_order

    order = world.order(rate=2, qty=30)
    shown = purchase_order(order)
    assert (shown["amount"], shown["currency"]) == (60, "CNY")
    assert shown["table"]["rows"][0]["mark"] == "best"
    assert shown["record"]["facts"]


def test_open_and_late_orders_are_reported():
    import frappe

    from erp_rules.procurement.report.open_and_late_orders.open_and_late_orders import execute

    order = world.issued(qty=12)
    frappe.db.set_value("Purchase Order Item", order.items[0].name, "required_date", world.days(-3))
    _columns, rows, _message, _chart = execute({"supplier": order.supplier})
    assert [(r["purchase_order"], r["open_qty"], r["open_amount"], r["days_late"]) for r in rows] == [
        (order.name, 12, 120, 3)
    ]
