"""What a user who may see only one supplier finds in lists, reports, screens and exports, found in review (1, 4.2)."""

from __future__ import annotations

import io
import json

import order_world as ordering
import price_world as world
import pytest

import hosts
from hosts import as_user, make_user


@pytest.fixture
def narrow(db):
    """A purchaser who may see one supplier only, that supplier, and a posted price approval with two others."""
    db.local.conf.throttle_user_limit = 1000
    with as_user("Administrator"):
        login = make_user(f"{hosts.unique('narrow').lower()}@demo.example", "Purchaser")
        mine, other, third = world.supplier(), world.supplier(), world.supplier()
        permission = {"doctype": "User Permission", "user": login, "allow": "Supplier", "for_value": mine}
        db.get_doc(permission).insert()
    db.clear_cache(user=login)
    quotes = [world.quote(other, 9.5, selected=1), world.quote(third, 10), world.quote(mine, 11)]
    approval = world.posted(quotes=quotes)
    return db._dict(login=login, mine=mine, other=other, third=third, approval=approval)


def test_document_of_other_suppliers_is_closed(db, narrow):
    from erp_rules.api import prices, rules, screens

    name = narrow.approval.name
    with as_user(narrow.login):
        for call in (
            lambda: db.get_doc("Price Approval", name).check_permission("read"),
            lambda: prices.comparison(name),
            lambda: screens.document("Price Approval", name),
            lambda: screens.decision("Price Approval", name),
            lambda: screens.timeline("Price Approval", name),
            lambda: rules.open_points("Price Approval", name),
            lambda: rules.steps("Price Approval", name),
            lambda: db.get_print("Price Approval", name),
        ):
            with pytest.raises(db.PermissionError):
                call()


def test_prices_of_other_suppliers_are_in_no_list(db, narrow):
    from erp_rules.api import screens

    with as_user(narrow.login):
        assert narrow.other not in {
            row.supplier for row in db.get_list("Item Supplier Price", fields=["supplier"])
        }
        assert {row.name for row in db.get_list("Supplier", limit=0)} == {narrow.mine}
        assert not screens.search_link("Supplier", narrow.other)
        assert not [hit for hit in screens.find_documents(narrow.other) if hit["doctype"] == "Supplier"]


@pytest.mark.parametrize(
    "report", ["Quote Comparison", "Price History", "Prices Ending Soon", "Approved Supplier List"]
)
def test_reports_show_no_other_supplier(db, narrow, report):
    from erp_rules.api import screens

    filters = {"days": 400} if report == "Prices Ending Soon" else {}
    with as_user(narrow.login):
        found = json.dumps(screens.run_report(report, filters), default=str)
    assert narrow.other not in found
    assert narrow.third not in found
    with as_user("Purchaser"):
        everything = json.dumps(screens.run_report(report, filters), default=str)
    if report != "Approved Supplier List":  # the suppliers of this test were never surveyed
        assert narrow.other in everything


def test_excel_export_runs_no_formula(db, http):
    """A name that begins like a formula stays text in a spreadsheet."""
    import openpyxl

    code = world.supplier(name='=HYPERLINK("http://evil.example","click")')
    db.db.commit()
    http.token("Purchaser")
    response = http.get(
        "/api/method/erp_rules.api.screens.export_list",
        query_string={
            "doctype": "Supplier", "kind": "xlsx", "filters": json.dumps([["Supplier", "name", "=", code]])
        },
    )  # fmt: skip
    assert response.status_code == 200, response.text[:500]
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    cells = [cell for row in sheet.iter_rows() for cell in row if "HYPERLINK" in str(cell.value)]
    assert cells
    assert all(cell.data_type == "s" and not str(cell.value).startswith("=") for cell in cells)


@pytest.fixture
def divided(db):
    """A purchaser and planner of one division, the other's requisition, order and plan, all of one item."""
    names = [hosts.unique("Division") for _one in range(2)]
    with as_user("Administrator"):
        login = make_user(f"{hosts.unique('half').lower()}@demo.example", "Purchaser", "Planner")
        mine, other = (
            db.get_doc({"doctype": "Department", "department_name": name, "division": name}).insert().name
            for name in names
        )
        permission = {"doctype": "User Permission", "user": login, "allow": "Department", "for_value": mine}
        db.get_doc(permission).insert()
    db.clear_cache(user=login)
    item, supplier = ordering.priced()
    wanted, own = (ordering.approved((item, 100), department=name) for name in (other, mine))
    (order,) = ordering.make(ordering.line(wanted.items[0], supplier, qty=60))
    plan = db.get_doc(
        {
            "doctype": "Material Plan",
            "title": hosts.unique("plan"),
            "department": other,
            "items": [{"item": item, "qty": 10, "required_date": ordering.days(9)}],
        }
    )
    with as_user("Planner"):
        plan.insert()
    world.act(plan, "Release", "Planner")
    return db._dict(
        login=login,
        item=item,
        supplier=supplier,
        hidden=wanted,
        own=own,
        order=ordering.move(order),
        plan=plan,
    )


def test_what_is_hidden_cannot_be_named_in_a_document_of_ones_own(db, divided, http):
    date = str(ordering.days(9))
    row = {"item": divided.item, "qty": 5, "required_date": date}
    change = {"purchase_order": divided.order.name, "change_kind": "Cancellation", "reason": "x"}
    from_plan = {**row, "plan_row": divided.plan.items[0].name}
    bodies = (
        ("Purchase Change Order", {**change, "produced": "Not Produced"}),
        ("Purchase Order", {"items": [{**row, "requisition": divided.hidden.name}]}),
        ("Purchase Order", {"items": [{**row, "requisition_row": divided.hidden.items[0].name}]}),
        ("Purchase Requisition", {"items": [from_plan]}),
    )
    db.db.commit()
    http.login(divided.login)
    for doctype, body in bodies:
        body = {"supplier": divided.supplier, **body} if doctype == "Purchase Order" else body
        count = db.db.count(doctype)
        answer = http.post(f"/api/resource/{doctype}", json=body)
        assert answer.status_code == 403, (doctype, answer.get_data(as_text=True))
        assert db.db.count(doctype) == count
    own = {**row, "requisition": divided.own.name}
    answer = http.post("/api/resource/Purchase Order", json={"supplier": divided.supplier, "items": [own]})
    assert answer.status_code == 200
    made = answer.json["data"]
    rows = [{**made["items"][0], "requisition": divided.hidden.name, "requisition_row": None}]
    answer = http.put(f"/api/resource/Purchase Order/{made['name']}", json={"items": rows})
    assert answer.status_code == 403
    answer = http.put(f"/api/resource/Purchase Order/{made['name']}", json={"remarks": "soon"})
    assert answer.status_code == 200
    assert ordering.ordered(divided.hidden.items[0]) == (60, "Approved")


def test_what_waits_or_was_told_of_hidden_documents_is_in_no_list(db, divided):
    orders = {}
    for name, wanted in (("mine", divided.own), ("hidden", divided.hidden)):
        (order,) = ordering.make(ordering.line(wanted.items[0], divided.supplier, qty=20))
        orders[name] = ordering.move(order, 2).name
        for values in (
            {
                "doctype": "Notification Log",
                "for_user": divided.login,
                "subject": order.name,
                "document_type": order.doctype,
                "document_name": order.name,
            },
            {
                "doctype": "ToDo",
                "allocated_to": divided.login,
                "description": order.name,
                "reference_type": order.doctype,
                "reference_name": order.name,
            },
        ):
            db.get_doc(values).insert(ignore_permissions=True)
    with as_user(divided.login):
        for doctype, field in (
            ("Workflow Action", "reference_name"),
            ("Notification Log", "document_name"),
            ("ToDo", "reference_name"),
        ):
            listed = db.get_list(doctype, filters={field: ["in", list(orders.values())]}, pluck=field)
            assert set(listed) == {orders["mine"]}, doctype
