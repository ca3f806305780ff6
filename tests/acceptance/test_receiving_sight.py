"""What a user who may see one supplier gets of another's deliveries, goods and returns: nothing (rulebook 5)."""

from __future__ import annotations

import pytest
import receiving_world as world

import hosts

API = "/api/method/erp_rules.api.receiving."
ROLES = ("Purchaser", "Warehouse Keeper", "Quality Inspector", "Receiving Clerk")


def delivered(db, order):
    """Return what an over-delivery leaves behind: its documents by DocType."""
    receipt = world.posted(order, 110, accepted=90)
    waiting = world.counted(order, 5)
    with hosts.as_user("Purchaser"):
        notice = db.get_doc(
            {
                "doctype": world.NOTICE,
                "supplier": order.supplier,
                "delivery_note_no": hosts.unique("N"),
                "items": [{"purchase_order": order.name, "item": order.items[0].item, "qty": 5}],
            }
        ).insert()
    return {
        world.ORDER: order.name,
        world.RECEIPT: receipt.name,
        world.RETURN: world.give_back(order, 10).name,
        world.OVER: db.db.get_value(world.OVER, {"receipt": receipt.name}),
        world.NOTICE: notice.name,
        "Material Ledger Entry": db.db.get_value("Material Ledger Entry", {"voucher": receipt.name}),
        "Deadline": db.db.get_value("Deadline", {"reference_name": waiting.name}),
    }


@pytest.fixture
def narrow(db):
    """Return a login that may see the supplier of one order only, that order, another, and what each left behind."""
    mine, other = world.order(qty=100), world.order(qty=100)
    login = hosts.make_user(f"{hosts.unique('narrow').lower()}@demo.example", *ROLES)
    limit = {"doctype": "User Permission", "user": login, "allow": "Supplier", "for_value": mine.supplier}
    found = login, mine, other, delivered(db, mine), delivered(db, other)
    db.get_doc(limit).insert(ignore_permissions=True)
    db.clear_cache(user=login)
    return found


@pytest.mark.clause("5.2", "4.6.1", "4.7.1.1")
def test_nothing_of_a_hidden_supplier_is_listed_or_opened(db, http, narrow):
    login, mine, other, seen, hidden = narrow
    http.login(login)
    for doctype, name in seen.items():
        query = {"fields": '["*"]', "limit_page_length": "0"}
        listed = http.get(f"/api/resource/{doctype}", query_string=query)
        assert name in listed.text, doctype
        assert http.get(f"/api/resource/{doctype}/{name}").status_code == 200, doctype
        names = [*hidden.values(), other.supplier, other.items[0].item]
        assert not [entry for entry in names if entry in listed.text], doctype
        assert http.get(f"/api/resource/{doctype}/{hidden[doctype]}").status_code == 403, doctype
        if doctype in (world.RECEIPT, world.RETURN):
            page = {"doctype": doctype, "name": hidden[doctype]}
            assert http.get("/printview", query_string=page).status_code == 403


@pytest.mark.clause("5.2", "4.6.4", "4.7.1.2")
def test_nothing_is_done_with_the_goods_of_a_hidden_supplier(db, http, narrow):
    login, mine, other, _seen, hidden = narrow
    http.login(login)
    row = other.items[0].name
    over, notice = {"over_delivery": hidden[world.OVER]}, {"delivery_notice": hidden[world.NOTICE]}
    count = {"delivery_note_no": "X", "rows": [{"order_row": row, "counted_qty": 1}]}
    for call, values in (
        ("lines", {"supplier": other.supplier}),
        ("lines", notice),
        ("over_targets", over),
        ("return_over", over),
        ("change_over", over),
        ("take_over", {**over, "way_out": "Keep for Next Order", "order_row": row}),
        ("return_rejected", {"receipt": hidden[world.RECEIPT]}),
        ("count", {**count, "supplier": other.supplier, "count_key": hosts.unique("K")}),
    ):
        assert http.post(API + call, json=values).status_code == 403, call
    found = http.post(API + "find_receipts", json={"item": other.items[0].item})
    assert found.json["message"] == []
    count |= {"supplier": mine.supplier, "count_key": hosts.unique("K")}
    assert http.post(API + "count", json=count).status_code == 417
    assert db.db.count(world.RECEIPT, {"supplier": other.supplier}) == 2
