"""What link fields offer: what makes sense there, and nothing that the server would refuse anyway (`link_filters`)."""

from __future__ import annotations

import json
from datetime import date

import change_order_world as changing
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world

import hosts

pytestmark = pytest.mark.usefixtures("db")
SUPPLIERS = ("Prospective", "Approved", "Suspended", "Eliminated")


def filters_of(doctype: str, fieldname: str, doc: dict, parent: dict) -> list:
    """Return the filters of a link field with the values that a form with this document puts into them."""
    import frappe

    about = {"doc": doc, "parent": parent}

    def value(wanted):
        if not (isinstance(wanted, str) and wanted.startswith("eval:")):
            return wanted
        source, _, name = wanted[5:].partition(".")
        return about[source].get(name)

    field = frappe.get_meta(doctype).get_field(fieldname)
    return [
        [kind, name, operator, value(wanted)]
        for kind, name, operator, wanted in json.loads(field.link_filters)
    ]


def offered(doctype: str, fieldname: str, candidates, role: str, doc=None, parent=None) -> set[str]:
    """Return which of the candidates a link field offers to a role, on the screens and, where there is one, the desk."""
    import frappe

    from erp_rules.api import screens

    options = frappe.get_meta(doctype).get_field(fieldname).options
    filters = filters_of(doctype, fieldname, doc or {}, parent or {})
    found = set()
    with hosts.as_user(role):
        for name in candidates:
            on_screen = name in [
                hit["value"] for hit in screens.search_link(options, name, json.dumps(filters))
            ]
            if hosts.is_bench():
                assert on_screen == _on_desk(options, name, filters), name
            if on_screen:
                found.add(name)
    return found


def _on_desk(options: str, name: str, filters: list) -> bool:
    from erp_rules.api import desk_queries

    as_sent = {name: [operator, value] for _kind, name, operator, value in filters}
    return name in [
        hit["value"] for hit in desk_queries.search_link(options, name, filters=json.dumps(as_sent))
    ]


@pytest.mark.parametrize(
    ("doctype", "fieldname", "statuses"),
    [
        ("Purchase Order", "supplier", {"Approved"}),
        ("Purchase Change Order Line", "new_supplier", {"Approved"}),
        ("Price Quote", "supplier", {"Prospective", "Approved"}),
        ("Price Change", "supplier", {"Prospective", "Approved"}),
        ("Supplier Visit", "supplier", {"Prospective", "Approved", "Suspended"}),
        ("Supplier Evaluation", "supplier", {"Approved", "Suspended"}),
    ],
)
def test_suppliers_are_offered_by_their_status(doctype, fieldname, statuses):
    made = {prices.supplier(status=status): status for status in SUPPLIERS}
    found = offered(doctype, fieldname, made, "Purchaser")
    assert {made[name] for name in found} == statuses


@pytest.mark.parametrize("doctype", ["Purchase Order", "Purchase Change Order Line", "Price Quote"])
def test_a_disabled_supplier_is_offered_nowhere(db, doctype):
    name = prices.supplier()
    db.db.set_value("Supplier", name, "disabled", 1)
    fieldname = "new_supplier" if doctype.endswith("Line") else "supplier"
    assert offered(doctype, fieldname, [name], "Purchaser") == set()


@pytest.mark.parametrize(
    ("doctype", "fieldname", "kind"),
    [("Purchase Requisition", "affiliate", "Affiliate"), ("Warehouse", "supplier", "Subcontractor")],
)
def test_suppliers_are_offered_by_their_kind(doctype, fieldname, kind):
    made = {
        prices.supplier(supplier_kind=one): one
        for one in ("Domestic", "Affiliate", "Subcontractor", "Import")
    }
    role = "Planner" if fieldname == "affiliate" else "Warehouse Manager"
    assert {made[name] for name in offered(doctype, fieldname, made, role)} == {kind}


def test_accepted_and_rejected_goods_go_to_their_own_kind_of_warehouse():
    stock, defective = world.warehouse(), world.warehouse("Defective")
    row = "Purchase Receipt Item"
    assert offered(row, "warehouse", (stock, defective), "Warehouse Keeper") == {stock}
    assert offered(row, "defective_warehouse", (stock, defective), "Warehouse Keeper") == {defective}


def states_of_orders(supplier_of) -> dict[str, str]:
    """Return orders by name, one in each state, all of one supplier."""
    import frappe

    made = {}
    for state in ("Draft", "Manager Approval", "Approved", "Issued", "Partly Received", "Received", "Closed"):
        order = ordering.order()
        values = {"workflow_state": state, "supplier": supplier_of}
        frappe.db.set_value("Purchase Order", order.name, values, update_modified=False)
        made[order.name] = state
    return made


@pytest.mark.parametrize(
    ("doctype", "fieldname", "role", "states"),
    [
        (
            "Purchase Receipt Item",
            "purchase_order",
            "Warehouse Keeper",
            {"Issued", "Partly Received", "Received"},
        ),
        (
            "Purchase Change Order",
            "purchase_order",
            "Purchaser",
            {"Issued", "Partly Received", "Received"},
        ),
        (
            "Purchase Return",
            "purchase_order",
            "Warehouse Keeper",
            {"Issued", "Partly Received", "Received", "Closed"},
        ),
    ],
)
def test_orders_are_offered_by_state_kind_and_supplier(db, doctype, fieldname, role, states):
    supplier, other = prices.supplier(), prices.supplier()
    made = states_of_orders(supplier)
    head = {"supplier": supplier}
    assert {made[name] for name in offered(doctype, fieldname, made, role, head, head)} == states
    if doctype != "Purchase Change Order":
        for of in (other, None):
            stranger = {"supplier": of}
            assert offered(doctype, fieldname, made, role, stranger, stranger) == set()
    negative = next(name for name, state in made.items() if state == "Issued")
    db.db.set_value("Purchase Order", negative, "order_kind", "Return")
    assert negative not in offered(doctype, fieldname, made, role, head, head)


def test_prices_are_those_of_the_line_on_the_day_of_the_order():
    supplier = prices.supplier()
    item = ordering.item()
    (price,) = ordering.post(item, (supplier, 9))
    row, head = {"item": item}, {"supplier": supplier, "order_date": str(ordering.today())}

    def found(row: dict, head: dict) -> set[str]:
        return offered("Purchase Order Item", "price_row", [price], "Purchaser", row, head)

    assert found(row, head) == {price}
    assert found({"item": ordering.item()}, head) == set()
    assert found(row, {**head, "supplier": prices.supplier()}) == set()
    for day in (date(2020, 1, 1), date(2035, 1, 1)):
        assert found(row, {**head, "order_date": str(day)}) == set()


def test_requisitions_and_notices_are_offered_when_approved():
    import frappe

    draft, approved = ordering.requisition((ordering.item(), 1)), ordering.approved((ordering.item(), 1))
    names = (draft.name, approved.name)
    assert offered("Purchase Order Item", "requisition", names, "Purchaser") == {approved.name}
    assert offered("Purchase Change Order Line", "requisition", names, "Purchaser") == {approved.name}
    notice = changing.notice(ordering.item(), ordering.item())
    names = [notice.name]
    field = ("Purchase Change Order", "engineering_change_notice")
    assert offered(*field, names, "Purchaser") == {notice.name}
    frappe.db.set_value(notice.doctype, notice.name, "workflow_state", "Rejected")
    assert offered(*field, names, "Purchaser") == set()


def test_goods_go_back_from_receipts_and_surpluses_of_their_supplier():
    import frappe

    order = world.order()
    receipt = world.posted(order, 110, accepted=100)
    waiting = world.counted(world.order(), 100)
    surplus = frappe.get_all("Over Delivery", {"receipt": receipt.name}, ["name", "item"])[0]
    head, stranger = {"supplier": order.supplier}, {"supplier": waiting.supplier}
    names = [receipt.name, waiting.name]
    row, role = "Purchase Return Item", "Warehouse Keeper"
    assert offered(row, "receipt", names, role, {}, head) == {receipt.name}
    assert offered(row, "receipt", names, role, {}, stranger) == set()
    field = (row, "over_delivery", [surplus.name], role)
    assert offered(*field, {"item": surplus.item}, head) == {surplus.name}
    assert offered(*field, {"item": surplus.item}, stranger) == set()
    assert offered(*field, {"item": ordering.item()}, head) == set()
    frappe.db.set_value("Over Delivery", surplus.name, "status", "Settled")
    assert offered(*field, {"item": surplus.item}, head) == set()
