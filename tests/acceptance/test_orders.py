"""Purchase orders from the requisition line to the issued order (4.3, 4.4)."""

import pytest

import order_world as world
import price_world as prices


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
