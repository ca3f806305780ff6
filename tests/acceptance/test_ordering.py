"""The ordering workbench: offers side by side, orders whole or not at all, nothing ordered twice (4.3, 4.4.1)."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import order_world as world
import price_world as prices
import pytest

import hosts


@pytest.fixture(autouse=True)
def connected(db):
    """Every test here needs the site."""


def shown(role: str = "Purchaser", **filters) -> dict:
    """Return what the workbench shows to somebody with this role."""
    from erp_rules.api import ordering

    with hosts.as_user(role):
        return ordering.open_lines(filters)


def send(*lines: dict, role: str = "Purchaser") -> list[str]:
    """Order the lines through the workbench and return the orders' names."""
    from erp_rules.api import ordering

    with hosts.as_user(role):
        return [order.name for order in ordering.make_orders(list(lines))["orders"]]


@pytest.mark.clause("4.4.1")
def test_the_lowest_in_base_currency_comes_first_with_the_others_beside_it():
    code = world.item()
    a, b, c, d = (prices.supplier() for _count in range(4))
    prices.rate("USD", 7)
    world.post(code, (a, 10), (b, 1.3, "USD"), (c, 12))
    world.post(code, (d, 1), first=world.days(-60), last=world.days(-1))
    world.post(code, (prices.supplier(status="Suspended"), 2))
    wanted = world.approved((code, 8))
    found = shown(item=code)
    (line,) = found["lines"]
    assert (line["requisition_row"], line["open_qty"]) == (wanted.items[0].name, 8)
    assert [
        (offer["supplier"], round(offer["rate_base"], 6), offer["is_lowest"])
        for offer in found["offers"][code]
    ] == [(b, 9.1, 1), (a, 10, 0), (c, 12, 0)]


@pytest.mark.clause("4.3")
def test_only_open_lines_of_approved_requisitions_are_shown():
    code, supplier = world.priced()
    world.requisition((code, 3))
    part = world.approved((code, 10))
    whole = world.approved((code, 5))
    world.make(world.line(part.items[0], supplier, qty=4), world.line(whole.items[0], supplier))
    assert [(line["requisition"], line["open_qty"]) for line in shown(item=code)["lines"]] == [(part.name, 6)]


@pytest.mark.clause("4.3")
def test_lines_are_grouped_into_one_order_per_supplier_and_currency():
    import frappe

    first, second, third = world.item(), world.item(), world.item()
    a, b = prices.supplier(), prices.supplier()
    prices.rate("USD", 7)
    world.post(first, (a, 10))
    world.post(second, (a, 20), (b, 25))
    world.post(third, (a, 3, "USD"))
    wanted = world.approved((first, 1), (second, 2), (third, 3))
    other = world.approved((second, 5))
    names = send(
        *(world.line(row, a) for row in wanted.items),
        world.line(other.items[0], b, not_lowest_reason="Second Source"),
    )
    made = [frappe.get_doc(world.ORDER, name) for name in names]
    assert sorted((o.supplier == a, o.currency, [(r.item, r.qty) for r in o.items]) for o in made) == sorted(
        [
            (True, "CNY", sorted([(first, 1), (second, 2)])),
            (True, "USD", [(third, 3)]),
            (False, "CNY", [(second, 5)]),
        ]
    )
    dearer = next(o for o in made if o.supplier == b)
    assert dearer.items[0].not_lowest_reason == "Second Source"


@pytest.mark.clause("4.3")
def test_all_orders_are_made_or_none():
    import frappe

    code, supplier = world.priced()
    other, another = world.priced()
    wanted = world.approved((code, 5), (other, 5))
    frappe.db.savepoint("whole_or_not")
    with pytest.raises(frappe.ValidationError):
        send(
            world.line(wanted.items[0], supplier),
            world.line(wanted.items[1], another, qty=6),
        )
    assert not frappe.db.exists(world.ORDER, {"supplier": ["in", [supplier, another]]})
    with pytest.raises(frappe.ValidationError):
        send(world.line(wanted.items[0], supplier), world.line(wanted.items[1], "NO-SUCH-SUPPLIER"))
    frappe.db.rollback(save_point="whole_or_not")
    assert [world.ordered(row) for row in wanted.items] == [(0, "Approved"), (0, "Approved")]


@pytest.mark.clause("4.3")
def test_nothing_is_ordered_twice_when_two_purchasers_press_the_button_together(site):
    import frappe

    code, supplier = world.priced()
    wanted = world.approved((code, 5))
    row = wanted.items[0].name
    logins = [hosts.who("Purchaser"), hosts.who(hosts.user_for("Purchaser", 2))]
    frappe.db.commit()
    start, results = threading.Barrier(2), {}

    def press(number: int):
        from erp_rules.api import ordering

        site.connect()
        try:
            frappe.set_user(logins[number])
            start.wait(30)
            ordering.make_orders([{"requisition_row": row, "supplier": supplier}])
            frappe.db.commit()
            results[number] = "made"
        except Exception as error:
            frappe.db.rollback()
            results[number] = f"{type(error).__name__}: {error}"
        finally:
            site.disconnect()

    people = [threading.Thread(target=press, args=(number,)) for number in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    frappe.db.rollback()
    assert sorted(result == "made" for result in results.values()) == [False, True], results
    (refused,) = [result for result in results.values() if result != "made"]
    assert "RuleViolation" in refused and "4.3" in refused
    taken = frappe.get_all("Purchase Order Item", filters={"requisition_row": row}, pluck="qty")
    assert taken == [5]


@pytest.mark.parametrize("role", ["Planner", "Finance Officer", "Internal Auditor"])
def test_others_neither_see_nor_use_the_workbench(role):
    import frappe

    code, supplier = world.priced()
    wanted = world.approved((code, 5))
    with pytest.raises(frappe.PermissionError):
        shown(role)
    with pytest.raises(frappe.PermissionError):
        send(world.line(wanted.items[0], supplier), role=role)


def test_a_purchaser_of_one_department_sees_and_orders_only_its_lines():
    import frappe

    code, supplier = world.priced()
    names = []
    for label in ("North", "South"):
        name = hosts.unique(label)
        frappe.get_doc({"doctype": "Department", "department_name": name}).insert()
        names.append(name)
    mine, theirs = (world.approved((code, 5), department=name) for name in names)
    frappe.get_doc(
        {
            "doctype": "User Permission",
            "user": hosts.user_for("Purchaser"),
            "allow": "Department",
            "for_value": names[0],
            "apply_to_all_doctypes": 1,
        }
    ).insert(ignore_permissions=True)
    assert [line["requisition"] for line in shown(item=code)["lines"]] == [mine.name]
    with pytest.raises(frappe.PermissionError):
        send(world.line(theirs.items[0], supplier))


def test_the_queries_of_the_workbench_do_not_grow_with_lines_and_prices(query_count):
    few = [world.priced() for _count in range(2)]
    wanted = world.approved(*((code, 3) for code, _supplier in few))
    shown(parent=wanted.name)
    with query_count() as small:
        assert len(shown(parent=wanted.name)["lines"]) == 2
    many = [world.priced() for _count in range(12)]
    wanted = world.approved(*((code, 3) for code, _supplier in many * 3))
    with query_count() as large:
        assert len(shown(parent=wanted.name)["lines"]) == 36
    assert large.count == small.count < 25


def test_the_workbench_answers_through_http(http):
    code, supplier = world.priced()
    wanted = world.approved((code, 5))
    http.login("Purchaser")
    answer = http.get(
        "/api/method/erp_rules.api.ordering.open_lines", query_string={"filters": json.dumps({"item": code})}
    )
    assert [line["requisition"] for line in answer.json["message"]["lines"]] == [wanted.name]
    line = {"requisition_row": wanted.items[0].name, "supplier": supplier}
    answer = http.get("/api/method/erp_rules.api.ordering.make_orders", query_string={"lines": "[]"})
    assert answer.status_code == 403
    answer = http.post("/api/method/erp_rules.api.ordering.make_orders", json={"lines": [line]})
    assert answer.status_code == 200, answer.json
    assert [order["supplier"] for order in answer.json["message"]["orders"]] == [supplier]
    answer = http.post("/api/method/erp_rules.api.ordering.make_orders", json={"lines": [line]})
    assert answer.status_code == 417


KILLED = """
import os, sys
sys.path[:0] = [{tests!r}]
import hosts
hosts.prepare_path()
import frappe
frappe.init(site={site!r}, sites_path={sites!r})
frappe.connect()
frappe.set_user({user!r})
from erp_rules.procurement import orders
made = []
follow = orders.make_order
def die(values, **options):
    made.append(follow(values, **options))
    if len(made) == 2:
        os._exit(9)
    return made[-1]
orders.make_order = die
orders.make_orders({lines!r})
frappe.db.commit()
"""


@pytest.mark.clause("4.3")
def test_a_process_killed_between_two_orders_leaves_none(site):
    import frappe

    first, second = world.priced(), world.priced()
    wanted = world.approved((first[0], 5), (second[0], 5))
    lines = [
        {"requisition_row": row.name, "supplier": supplier}
        for row, (_code, supplier) in zip(wanted.items, (first, second), strict=True)
    ]
    user = hosts.who("Purchaser")
    frappe.db.commit()
    code = KILLED.format(
        tests=str(Path(hosts.__file__).parent),
        site=site.name,
        sites=str(site.sites_path),
        user=user,
        lines=lines,
    )
    done = subprocess.run([sys.executable, "-c", code], timeout=120, capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    frappe.db.rollback()
    assert not frappe.db.exists(world.ORDER, {"supplier": ["in", [first[1], second[1]]]})
    assert [world.ordered(row) for row in wanted.items] == [(0, "Approved"), (0, "Approved")]
    assert len(world.make(*lines)) == 2


@pytest.mark.clause("4.3")
@pytest.mark.parametrize(
    "lines",
    [
        "[",
        "{}",
        "7",
        '["a"]',
        [None],
        [{"requisition_row": {"x": 1}, "supplier": "S"}],
        [{"requisition_row": "R", "supplier": ["S"]}],
        [{"requisition_row": "R", "supplier": "S", "qty": {"x": 1}}],
        [],
        [{}],
        [{"requisition_row": "nobody", "supplier": "nobody"}],
    ],
)
def test_what_is_no_choice_of_lines_is_refused_with_a_message(http, lines):
    import frappe

    count = frappe.db.count(world.ORDER)
    http.login("Purchaser")
    answer = http.post("/api/method/erp_rules.api.ordering.make_orders", json={"lines": lines})
    assert answer.status_code == 417 and answer.json["_server_messages"]
    assert frappe.db.count(world.ORDER) == count
