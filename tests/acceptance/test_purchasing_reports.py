"""Reports of purchasing: figures worked out by hand, what each number opens, and who sees what (7.10, 4.1.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world

import hosts
import making


def run(report: str, role: str | None = None, **filters) -> dict:
    """Run a report over the screens' door as somebody with this role."""
    from erp_rules.api.screens import run_report

    if role is None:
        return run_report(report, filters)
    with hosts.as_user(role):
        return run_report(report, filters)


def rows_of(report: str, **filters) -> list[dict]:
    """Return the rows of a report."""
    return run(report, **filters)["result"]


def figures(row: dict, *names: str) -> tuple:
    """Return these values of a row."""
    return tuple(row[name] for name in names)


def received(qty: float, accepted: float, *, late_by: int = 0, posted: datetime | None = None, order=None):
    """Return a posted receipt of an order of 100 at 10; `late_by` days after the promised day.

    What the receipt says of days is put straight into the database: nobody can post in the past.
    """
    import frappe

    order = order or world.order(rate=10, qty=100)
    receipt = world.posted(order, qty, accepted)
    if late_by:
        promised = receipt.counted_at.date() - timedelta(days=late_by)
        frappe.db.set_value("Purchase Receipt Item", receipt.items[0].name, "promised_date", promised)
    if posted:
        frappe.db.set_value("Purchase Receipt", receipt.name, "posted_at", posted)
    return receipt


# --- the receipts report


RECEIPTS = "Purchase Receipts Report"


@pytest.mark.clause("7.10", "4.6.4")
def test_receipts_and_returns_row_by_row(db):
    order = world.order(rate=10, qty=100)
    receipt = received(110, 80, order=order)  # 100 were open: 10 are over, and of the 110 30 are rejected
    back = world.returned(world.give_back(order, 20))
    rows = rows_of(RECEIPTS, supplier=order.supplier)
    by_kind = {row["kind"]: row for row in rows}
    assert set(by_kind) == {"Receipt", "Return"} and len(rows) == 2
    got = by_kind["Receipt"]
    assert figures(
        got, "receipt", "purchase_order", "counted_qty", "accepted_qty", "rejected_qty", "over_qty"
    ) == (receipt.name, order.name, 110, 80, 30, 10)
    # Rejected goods count on the order first only as far as the split says; its value is at the order's rate.
    assert got["value"] == receipt.items[0].order_accepted_qty * 10
    given = by_kind["Return"]
    assert figures(given, "purchase_return", "returned_qty", "value") == (back.name, 20, -200)
    assert [row["kind"] for row in rows_of(RECEIPTS, supplier=order.supplier, show="Rejected")] == ["Receipt"]
    assert [row["kind"] for row in rows_of(RECEIPTS, supplier=order.supplier, show="Returns")] == ["Return"]
    assert rows_of(RECEIPTS, supplier=order.supplier, show="Concession") == []
    assert rows_of(RECEIPTS, supplier=prices.supplier()) == []


@pytest.mark.clause("7.10")
def test_only_the_posted_receipts_of_the_period_are_there(db):
    order = world.order(rate=10, qty=100)
    world.inspected(order, 10)
    assert rows_of(RECEIPTS, supplier=order.supplier) == []
    received(20, 20, order=order, posted=datetime(2026, 3, 31, 23, 59, 59))
    received(30, 30, order=order, posted=datetime(2026, 4, 1))

    def counted(first: str, last: str) -> list[float]:
        found = rows_of(RECEIPTS, supplier=order.supplier, from_date=first, to_date=last)
        return [row["counted_qty"] for row in found]

    assert counted("2026-03-01", "2026-03-31") == [20]
    assert counted("2026-04-01", "2026-04-30") == [30]
    assert counted("2026-03-31", "2026-04-01") == [30, 20]
    assert counted("2026-02-01", "2026-03-30") == []


@pytest.mark.clause("7.10")
def test_sums_by_supplier_item_and_month_and_what_they_open(db):
    order = world.order(rate=10, qty=100)
    received(40, 30, order=order, posted=datetime(2026, 3, 15))
    received(50, 50, order=order, posted=datetime(2026, 4, 2))
    filters = {"supplier": order.supplier, "from_date": "2026-03-10", "to_date": "2026-04-20"}
    names = ("receipt_rows", "counted_qty", "accepted_qty", "rejected_qty", "value")
    (whole,) = rows_of(RECEIPTS, group_by="Supplier", **filters)
    # 30 + 50 accepted at 10
    assert figures(whole, "supplier", *names) == (order.supplier, 2, 90, 80, 10, 800)
    (item,) = rows_of(RECEIPTS, group_by="Item", **filters)
    assert figures(item, "item", *names) == (order.items[0].item, 2, 90, 80, 10, 800)
    march, april = rows_of(RECEIPTS, group_by="Supplier and Month", **filters)
    assert figures(march, "month", *names) == ("2026-03", 1, 40, 30, 10, 300)
    assert figures(april, "month", *names) == ("2026-04", 1, 50, 50, 0, 500)
    behind = march["opens"]["rejected_qty"]
    assert behind["name"] == RECEIPTS
    assert behind["filters"]["from_date"], behind["filters"]["to_date"] == ("2026-03-10", "2026-03-31")
    (row,) = rows_of(behind["name"], **behind["filters"])
    assert row["rejected_qty"] == 10
    (row,) = rows_of(RECEIPTS, **april["opens"]["counted_qty"]["filters"])
    assert row["counted_qty"] == 50


@pytest.mark.clause("7.10")
def test_more_rows_than_are_shown_are_said_and_still_added_up(db, monkeypatch):
    from erp_rules.procurement.report.purchase_receipts_report import purchase_receipts_report as module

    order = world.order(rate=10, qty=100)
    for qty in (10, 20, 30):
        received(qty, qty, order=order)
    monkeypatch.setattr(module, "SHOWN_ROWS", 2)
    answer = run(RECEIPTS, supplier=order.supplier)
    assert len(answer["result"]) == 2 and "2 of 3" in answer["message"]
    (whole,) = rows_of(RECEIPTS, supplier=order.supplier, group_by="Supplier")
    assert figures(whole, "receipt_rows", "counted_qty") == (3, 60)


# --- performance


PERFORMANCE = "Supplier Performance"


@pytest.mark.clause("4.1.2.2")
def test_quality_and_on_time_of_a_supplier(db):
    order = world.order(rate=10, qty=1000)
    received(100, 90, order=order)
    received(200, 200, order=order, late_by=1)
    received(33, 33, order=order, late_by=40)
    # 323 of 333 accepted are 96.996… %; one of three rows came in time
    names = ("receipt_count", "receipt_rows", "accepted_qty", "rejected_qty", "quality_pct")
    (row,) = rows_of(PERFORMANCE, supplier=order.supplier)
    assert figures(row, *names) == (3, 3, 323, 10, 97.0)
    assert figures(row, "on_time_rows", "late_rows", "on_time_pct") == (1, 2, 33.33)
    late = row["opens"]["late_rows"]
    assert sorted(r["counted_qty"] for r in rows_of(late["name"], **late["filters"])) == [33, 200]
    rejected = row["opens"]["rejected_qty"]
    assert [r["counted_qty"] for r in rows_of(rejected["name"], **rejected["filters"])] == [100]
    assert rows_of(PERFORMANCE, supplier=prices.supplier()) == []


@pytest.mark.clause("4.1.2.2")
def test_a_delivery_on_the_promised_day_is_on_time_and_a_later_date_change_does_not_matter(db):
    order = world.order(qty=100)
    today = ordering.today()
    db.db.set_value("Purchase Order Item", order.items[0].name, "required_date", today)
    receipt = received(50, 50, order=order)
    assert receipt.items[0].promised_date == today
    db.db.set_value("Purchase Order Item", order.items[0].name, "required_date", today - timedelta(days=9))
    (row,) = rows_of(PERFORMANCE, supplier=order.supplier)
    assert figures(row, "on_time_rows", "late_rows", "on_time_pct") == (1, 0, 100.0)


@pytest.mark.clause("4.1.2.2")
def test_receipts_counted_before_the_promise_was_kept_are_judged_by_their_orders_date(db):
    from erp_rules.patches.v1_0 import keep_promised_dates
    from erp_rules.procurement import deliveries

    order = world.order(qty=100)
    first, second = world.posted(order, 30), world.posted(order, 20)
    draft = world.draft(order, 10)
    kept = db.utils.add_days(order.items[0].required_date, -400)
    db.db.set_value("Purchase Receipt Item", first.items[0].name, "promised_date", None)
    db.db.set_value("Purchase Receipt Item", second.items[0].name, "promised_date", kept)
    today = db.utils.getdate()
    found = deliveries.of_supplier(order.supplier, today, today)
    assert (found.on_time_rows, found.late_rows) == (0, 1)
    keep_promised_dates.execute()
    rows = [first.items[0].name, second.items[0].name, draft.items[0].name]
    dates = [db.db.get_value("Purchase Receipt Item", name, "promised_date") for name in rows]
    assert dates == [order.items[0].required_date, kept, None]
    found = deliveries.of_supplier(order.supplier, today, today)
    assert (found.on_time_rows, found.late_rows) == (1, 1)


@pytest.mark.clause("4.1.2.2")
def test_performance_per_month(db):
    order = world.order(qty=1000)
    received(100, 50, order=order, posted=datetime(2026, 3, 15))
    received(100, 100, order=order, posted=datetime(2026, 4, 2))
    period = {"from_date": "2026-03-01", "to_date": "2026-04-30", "period": "Month"}
    march, april = rows_of(PERFORMANCE, supplier=order.supplier, **period)
    assert figures(march, "period", "quality_pct") == ("2026-03", 50.0)
    assert figures(april, "period", "quality_pct") == ("2026-04", 100.0)


@pytest.mark.clause("4.1.2.2")
def test_an_evaluation_computes_its_figures_and_keeps_them(db):
    order = world.order(qty=1000)
    received(100, 90, order=order)
    received(100, 100, order=order, late_by=3)
    today = ordering.today()
    doc = making.evaluation(
        order.supplier, period_from=today, period_to=today, quality_pct=12, on_time_pct=100, receipt_rows=9
    )
    names = ("figures_basis", "receipt_rows", "quality_pct", "on_time_pct", "late_rows")
    # 190 of 200 accepted, one of two rows in time; what was typed does not count
    assert figures(doc.as_dict(), *names) == ("Receipts", 2, 95.0, 50.0, 1)
    received(200, 110, order=order)
    doc = prices.edit(doc, "Purchaser", remarks="again")
    # 300 of 400
    assert figures(doc.as_dict(), *names) == ("Receipts", 3, 75.0, 66.67, 1)
    doc = making.act(doc, "Submit for Approval", "Purchaser")
    received(400, 400, order=order)
    doc = making.act(doc, "Approve", "Purchasing Manager")
    stored = db.get_doc(doc.doctype, doc.name).as_dict()
    assert figures(stored, *names) == ("Receipts", 3, 75.0, 66.67, 1)


@pytest.mark.clause("4.1.2.2")
def test_an_evaluation_of_a_period_without_receipts_says_so(db):
    order = world.order(qty=100)
    received(10, 10, order=order, posted=datetime(2026, 3, 31, 23, 59))
    doc = making.evaluation(order.supplier, period_from="2026-04-01", period_to="2026-04-30")
    assert figures(doc.as_dict(), "figures_basis", "receipt_rows", "quality_pct") == (
        "No Receipts in the Period", 0, 0,
    )  # fmt: skip
    doc = prices.edit(doc, "Purchaser", period_from="2026-03-31", period_to="2026-03-31")
    assert figures(doc.as_dict(), "figures_basis", "receipt_rows", "quality_pct") == ("Receipts", 1, 100)


# --- orders that are open and late


@pytest.mark.clause("4.3")
def test_open_and_late_orders(db):
    late, coming = world.order(rate=10, qty=100), world.order(rate=2, qty=50)
    today = ordering.today()
    db.db.set_value("Purchase Order Item", late.items[0].name, "required_date", today - timedelta(days=8))
    received(30, 20, order=late)
    world.returned(world.give_back(late, 5))
    db.db.commit()

    def found(**filters) -> list[tuple]:
        names = {late.name, coming.name}
        rows = rows_of("Open and Late Orders", **filters)
        wanted = [row for row in rows if row["purchase_order"] in names]
        return [figures(row, "purchase_order", "open_qty", "open_amount", "days_late") for row in wanted]

    # 100 ordered, 30 came, 5 went back: 75 are still to come, at 10
    assert found() == [(late.name, 75, 750, 8), (coming.name, 50, 100, 0)]
    assert found(only_late=1) == [(late.name, 75, 750, 8)]
    assert found(supplier=coming.supplier) == [(coming.name, 50, 100, 0)]


# --- time limits


@pytest.mark.clause("2.6")
def test_time_limits_kept(db):
    doctype, name = "Item", ordering.item()
    limits = (
        ("Met", datetime(2026, 3, 5, 8), datetime(2026, 3, 5, 10)),
        ("Met", datetime(2026, 3, 6, 8), datetime(2026, 3, 6, 12)),
        ("Missed", datetime(2026, 3, 31, 8), datetime(2026, 4, 1, 8)),
        ("Overdue", datetime(2026, 3, 20, 8), None),
        ("Met", datetime(2026, 4, 1, 8), datetime(2026, 4, 1, 9)),
    )
    for status, starts, done in limits:
        db.get_doc(
            {
                "doctype": "Deadline", "clause": "4.6.3", "reference_doctype": doctype, "reference_name": name,
                "responsible_role": "Quality Inspector", "status": status, "starts_at": starts,
                "due_at": starts + timedelta(hours=4), "done_at": done,
            }
        ).db_insert()  # fmt: skip
    filters = {"from_date": "2026-03-01", "to_date": "2026-04-30", "reference_doctype": doctype}
    march, april = rows_of("Time Limits Kept", **filters)
    assert figures(march, "clause", "month", "total", "met", "missed", "overdue", "open") == (
        "4.6.3", "2026-03", 4, 2, 1, 1, 0,
    )  # fmt: skip
    # two of four were kept; 2, 4 and 24 hours
    assert figures(march, "kept_pct", "median_hours") == (50.0, 4.0)
    assert figures(april, "month", "total", "met", "kept_pct", "median_hours") == (
        "2026-04",
        1,
        1,
        100.0,
        1.0,
    )
    behind = march["opens"]["missed"]
    conditions = [
        [field, *value] if isinstance(value, list) else [field, "=", value]
        for field, value in behind["filters"].items()
    ]
    (limit,) = db.get_list(behind["name"], filters=conditions, fields=["status", "starts_at"])
    assert (limit.status, limit.starts_at) == ("Missed", datetime(2026, 3, 31, 8))


# --- change orders


@pytest.mark.clause("4.5.1")
def test_change_orders_by_kind(db):
    order = world.order(qty=100)
    moment = datetime(2026, 3, 10, 8)
    made = (
        ("Quantity Increase", "Executed", 300, moment, 2, True),
        ("Quantity Increase", "Executed", -100, moment, 4, False),
        ("Quantity Increase", "Approval", 999, moment, None, False),
        ("Date Change", "Rejected", 0, moment + timedelta(days=31), None, False),
    )
    for kind, state, difference, submitted, took, confirmed in made:
        doc = db.get_doc(
            {
                "doctype": "Purchase Change Order", "purchase_order": order.name, "supplier": order.supplier,
                "change_kind": kind, "workflow_state": state, "difference_base": difference,
                "base_currency": "CNY", "change_date": submitted.date(), "submitted_at": submitted,
                "executed_at": submitted + timedelta(days=took) if took else None,
                "supplier_notified_at": submitted if took else None,
                "supplier_confirmed_at": submitted if confirmed else None,
            }
        )  # fmt: skip
        doc.name = hosts.unique("PCO")
        doc.db_insert()
    report, period = "Change Orders by Kind", {"from_date": "2026-03-01", "to_date": "2026-04-30"}
    more, moved = rows_of(report, supplier=order.supplier, **period)
    names = ("change_kind", "total", "draft", "approval", "approved", "executed", "rejected")
    assert figures(more, *names) == ("Quantity Increase", 3, 0, 1, 0, 2, 0)
    assert figures(moved, *names) == ("Date Change", 1, 0, 0, 0, 0, 1)
    # 300 - 100: what is not approved changes nothing yet; two and four days; one did not answer
    assert figures(more, "difference_base", "median_days", "unconfirmed") == (200, 3.0, 1)
    (april,) = rows_of(report, supplier=order.supplier, period="Month", change_kind="Date Change", **period)
    assert figures(april, "month", "total") == ("2026-04", 1)
    for name in ("executed", "unconfirmed", "difference_base"):
        target = more["opens"][name]
        conditions = [
            [field, *value] if isinstance(value, list) else [field, "=", value]
            for field, value in target["filters"].items()
        ]
        found = db.get_list(target["name"], filters=conditions, pluck="difference_base")
        assert sorted(found) == ([-100] if name == "unconfirmed" else [-100, 300])


# --- who sees what


REPORTS = (RECEIPTS, PERFORMANCE, "Open and Late Orders", "Change Orders by Kind", "Time Limits Kept")


@pytest.mark.clause("7.10")
@pytest.mark.parametrize("report", REPORTS)
def test_who_may_not_run_a_report_is_refused_and_not_shown_it(db, http, report):
    role = "Receiving Clerk" if report != "Open and Late Orders" else "Rule Administrator"
    client = http.token(role)
    for method in ("erp_rules.api.screens.run_report", "frappe.desk.query_report.run"):
        key = "report" if "screens" in method else "report_name"
        answer = client.get(f"/api/method/{method}", query_string={key: report})
        assert answer.status_code == 403, answer.text
    answer = client.get("/api/method/erp_rules.api.screens.export_report", query_string={"report": report})
    assert answer.status_code == 403
    with hosts.as_user(role):
        from erp_rules.api.screens.desk import menu

        assert report not in {entry["name"] for entry in menu() if entry["kind"] == "Report"}
    with hosts.as_user("Internal Auditor"):
        assert report in {entry["name"] for entry in menu() if entry["kind"] == "Report"}


def test_a_user_of_one_supplier_is_told_of_no_other(db):
    login = hosts.make_user(f"{hosts.unique('u').lower()}@demo.example", "Purchasing Manager")
    mine, other = ordering.order(), ordering.order()
    limit = {"doctype": "User Permission", "user": login, "allow": "Supplier", "for_value": mine.supplier}
    permission = db.get_doc(limit).insert(ignore_permissions=True)
    db.clear_cache(user=login)
    for order in (mine, other):
        ordering.move(order, 1)
    db.db.commit()

    def told(user: str) -> set:
        filters = {"for_user": user, "document_name": ["in", [mine.name, other.name]]}
        return set(db.get_all("Notification Log", filters=filters, pluck="document_name"))

    assert told(login) == {mine.name}
    assert told(hosts.user_for("Purchasing Manager")) == {mine.name, other.name}
    permission.delete(ignore_permissions=True)
    db.db.commit()


@pytest.mark.clause("7.10")
def test_a_user_of_one_supplier_or_division_sees_only_that(db):
    mine, other = world.order(qty=100), world.order(qty=100)
    for order in (mine, other):
        received(50, 50, order=order)
    login = hosts.make_user(f"{hosts.unique('u').lower()}@demo.example", "Purchaser")
    limit = {"doctype": "User Permission", "user": login, "allow": "Supplier", "for_value": mine.supplier}
    permission = db.get_doc(limit).insert(ignore_permissions=True)
    db.clear_cache(user=login)
    wanted = {mine.supplier, other.supplier}

    def seen(report: str, **filters) -> set:
        return {row["supplier"] for row in run(report, login, **filters)["result"]} & wanted

    calls = (
        (RECEIPTS, {}),
        (RECEIPTS, {"group_by": "Supplier"}),
        (PERFORMANCE, {}),
        ("Open and Late Orders", {}),
    )
    for report, filters in calls:
        assert seen(report, **filters) == {mine.supplier}, report
    assert seen(RECEIPTS, supplier=other.supplier) == set()
    permission.delete(ignore_permissions=True)

    department = hosts.unique("D")
    db.get_doc({"doctype": "Department", "department_name": department}).insert(ignore_permissions=True)
    elsewhere = hosts.unique("D")
    db.get_doc({"doctype": "Department", "department_name": elsewhere}).insert(ignore_permissions=True)
    db.db.set_value("Purchase Order", mine.name, "department", department)
    db.db.set_value("Purchase Order", other.name, "department", elsewhere)
    limit |= {"allow": "Department", "for_value": department}
    db.get_doc(limit).insert(ignore_permissions=True)
    db.clear_cache(user=login)
    for report, filters in calls:
        assert seen(report, **filters) == {mine.supplier}, report


# --- the start page


def overview(role: str) -> dict:
    """Return the start page of somebody with this role."""
    from erp_rules.api.screens import overview as start

    with hosts.as_user(role):
        return start()


@pytest.mark.clause("4.4.4")
def test_cards_count_and_open_what_they_count(db):
    from erp_rules.api import screens

    role = "Purchaser"
    before = {card["name"]: card["value"] for card in overview(role)["cards"]}
    late, _coming = world.order(qty=100), world.order(qty=100)
    db.db.set_value(
        "Purchase Order Item", late.items[0].name, "required_date", ordering.today() - timedelta(days=1)
    )
    received(40, 40, order=late)
    cards = {card["name"]: card for card in overview(role)["cards"]}
    grown = {name: cards[name]["value"] - before[name] for name in before}
    assert (grown["Open Orders"], grown["Late Order Rows"], grown["Receipts This Month"]) == (2, 1, 1)
    with hosts.as_user(role):
        for name in ("Late Order Rows", "Receipts This Month"):
            target = cards[name]["target"]
            assert target["kind"] == "report"
            found = screens.run_report(target["name"], target["query"]["filters"])["result"]
            rows = found if name.startswith("Late") else {row["receipt"] for row in found}
            assert len(rows) == cards[name]["value"]


@pytest.mark.clause("4.4.4")
def test_the_start_page_begins_with_what_waits_for_the_users_role(db):
    mine = {
        "Purchasing Manager": "Orders to Approve",
        "Purchaser": "Orders to Issue",
        "Planning Manager": "Requisitions to Approve",
        "Quality Inspector": "Receipts to Inspect",
        "Warehouse Manager": "Returns to Approve",
    }
    for role, name in mine.items():
        cards = overview(role)["cards"][1:]
        assert name in {card["name"] for card in cards if card["is_mine"]}, role
        marks = [card["is_mine"] for card in cards]
        assert marks == sorted(marks, reverse=True)
    assert not any(card.get("is_mine") for card in overview("Internal Auditor")["cards"])


@pytest.mark.clause("7.10")
def test_charts_of_receipts_and_suppliers(db):
    order = world.order(qty=100)
    received(40, 10, order=order)
    charts = {chart["name"]: chart for chart in overview("Purchaser")["charts"]}
    accepted, rejected = charts["receipts"]["series"]
    assert accepted["values"][-1] >= 10 and rejected["values"][-1] >= 30
    assert charts["receipts"]["target"]["name"] == RECEIPTS
    at = charts["suppliers"]["x"].index(order.supplier)
    assert [line["values"][at] for line in charts["suppliers"]["series"]] == [25.0, 100.0]
