"""The material ledger: append-only, never below zero at a warehouse (5.2)."""

from __future__ import annotations

from decimal import Decimal

import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world
from price_world import clauses

import hosts

pytestmark = [pytest.mark.usefixtures("db"), pytest.mark.clause("5.2")]
ENTRY = "Material Ledger Entry"


def refused():
    """Expect a refusal by a clause."""
    from erp_rules.rule_engine.errors import RuleViolation

    return pytest.raises(RuleViolation)


def voucher():
    """Return a document that may stand behind an entry."""
    return ordering.requisition((ordering.item(), 1))


def post(item: str, *quantities: float, kind: str = "Stock", doc=None):
    """Post movements of an item at a warehouse of this kind and return the voucher."""
    from erp_rules.clauses.chapter_5 import Movement
    from erp_rules.ledger import entries

    doc = doc or voucher()
    entries.post(doc, [Movement(item, world.warehouse(kind), Decimal(str(qty))) for qty in quantities])
    return doc


@pytest.mark.parametrize(
    ("there", "taken", "passes"), [(10, 9.999999, True), (10, 10, True), (10, 10.000001, False)]
)
def test_a_sum_never_falls_below_zero(there, taken, passes):
    item = ordering.item()
    post(item, there)
    if passes:
        post(item, -taken)
        assert world.on_hand(item) == pytest.approx(there - taken, abs=1e-9)
        return
    with refused() as refusal:
        post(item, -taken)
    text = str(refusal.value)
    assert all(part in text for part in (item, "Test Stock", "10.000001", "(5.2)"))
    assert world.on_hand(item) == there


def test_movements_of_one_document_count_together():
    item = ordering.item()
    post(item, 5, -5)
    assert world.on_hand(item) == 0
    with refused():
        post(item, -1, kind="Defective")


def test_tenths_add_up_to_nothing():
    item = ordering.item()
    doc = post(item, 0.3)
    for _ in range(3):
        post(item, -0.1, doc=doc)
    assert world.on_hand(item) == 0
    with refused():
        post(item, -0.000001)


def test_a_document_is_reversed_once():
    from erp_rules.ledger import entries

    item = ordering.item()
    doc = post(item, 7, -2)
    assert len(entries.reverse(doc)) == 2
    assert world.on_hand(item) == 0
    assert entries.reverse(doc) == []


def test_what_was_used_up_cannot_be_reversed():
    from erp_rules.ledger import entries

    item = ordering.item()
    doc = post(item, 7)
    post(item, -5)
    with refused():
        entries.reverse(doc)
    assert world.on_hand(item) == 2


def test_with_a_supplier_a_sum_may_fall_below_zero():
    from erp_rules.clauses.chapter_5 import Movement, PlaceType
    from erp_rules.ledger import entries

    item, supplier = ordering.item(), prices.supplier()
    entries.post(voucher(), [Movement(item, supplier, Decimal(-3), place_type=PlaceType.SUPPLIER)])
    assert entries.sums([item])[item, "Supplier", supplier, "Available"] == -3


@pytest.mark.parametrize("role", ["Administrator", "Warehouse Keeper", "Internal Auditor"])
def test_nobody_writes_changes_or_deletes_an_entry(role):
    import frappe

    item = ordering.item()
    doc = post(item, 7)
    name = frappe.db.get_value(ENTRY, {"item": item})
    values = {
        "doctype": ENTRY,
        "item": item,
        "place_type": "Warehouse",
        "place": world.warehouse(),
        "bucket": "Available",
        "qty": 100,
        "posted_at": frappe.utils.now_datetime(),
        "voucher_type": doc.doctype,
        "voucher": doc.name,
    }
    with hosts.as_user(role):
        with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
            frappe.get_doc(values).insert()
        with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
            entry = frappe.get_doc(ENTRY, name)
            entry.qty = 1
            entry.save()
        with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
            frappe.delete_doc(ENTRY, name)
    if role == "Administrator":
        assert clauses() == {"5.2"}
    assert world.on_hand(item) == 7


def test_reading_what_is_on_hand_takes_one_query(query_count):
    from erp_rules.ledger import entries

    codes = [ordering.item() for _ in range(4)]
    for code in codes:
        post(code, 3)
    with query_count() as counted:
        found = entries.on_hand(codes)
    assert counted.count == 1
    assert [found[code, world.warehouse()] for code in codes] == [3, 3, 3, 3]
