"""What a save under the regulation costs, beside a bare document of the same shape."""

from __future__ import annotations

import itertools
import statistics
import time

import price_world
import pytest
from benchmarks.figures import figure

from hosts import query_count

QUOTES = (3, 30, 300)
SAVES = 7
BARE, BARE_ROW = "Benchmark Form", "Benchmark Form Row"
COPIED = {
    "Data",
    "Small Text",
    "Link",
    "Select",
    "Date",
    "Datetime",
    "Int",
    "Float",
    "Currency",
    "Percent",
    "Check",
}


def bare_doctype(frappe, like: str, name: str, istable: bool) -> None:
    """Make a DocType with the fields of `like` and no code."""
    fields = [
        {
            "fieldname": df.fieldname,
            "label": df.label,
            "fieldtype": df.fieldtype,
            "options": df.options if df.fieldtype in ("Link", "Select") else None,
        }
        for df in frappe.get_meta(like).fields
        if df.fieldtype in COPIED and df.fieldname not in ("naming_series", "workflow_state", "judged_by")
    ]
    if not istable:
        fields.append({"fieldname": "quotes", "label": "Quotes", "fieldtype": "Table", "options": BARE_ROW})
    # A module that the app does not look after, or its guard would be in the floor.
    doc = {"doctype": "DocType", "name": name, "module": "Custom", "custom": 1, "istable": int(istable)}
    doc |= {"fields": fields, "track_changes": int(not istable), "autoname": "hash"}
    if not istable:
        doc["permissions"] = [{"role": "System Manager", "read": 1, "write": 1, "create": 1, "delete": 1}]
    frappe.get_doc(doc).insert()


@pytest.fixture(scope="module")
def bare(site):
    import frappe

    for name, like, istable in ((BARE_ROW, "Price Quote", True), (BARE, "Price Approval", False)):
        if not frappe.db.exists("DocType", name):
            bare_doctype(frappe, like, name, istable)
    frappe.db.commit()
    yield
    frappe.db.rollback()
    frappe.set_user("Administrator")
    for name in (BARE, BARE_ROW):
        frappe.delete_doc("DocType", name, force=True)
        frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `tab{name}`")
    frappe.db.commit()


def median_save(frappe, doc, change) -> tuple[float, float]:
    """Return seconds and statements of a save, as medians."""
    seconds, statements = [], []
    for number in range(SAVES):
        doc = frappe.get_doc(doc.doctype, doc.name)
        change(doc, number)
        with query_count() as counted:
            begun = time.perf_counter()
            doc.save()
            seconds.append(time.perf_counter() - begun)
        statements.append(counted.count)
    return statistics.median(seconds), statistics.median(statements)


@pytest.mark.timeout(600)
def test_save_of_a_price_approval(db, bare):
    queries, ratios = {}, {}
    for number in QUOTES:
        item, suppliers = price_world.item(), [price_world.supplier() for _ in range(number)]
        quotes = [
            {
                "supplier": code,
                "currency": "CNY",
                "rate": 1 + i / 100,
                "cost_formula": "a+b",
                "selected": int(not i),
            }
            for i, code in enumerate(suppliers)
        ]
        form = db.get_doc(
            {"doctype": "Price Approval", "item": item, "price_kind": "Purchase", "quotes": quotes}
        )
        form.insert()
        plain = db.get_doc(
            {"doctype": BARE, "item": item, "price_kind": "Purchase", "quotes": quotes}
        ).insert()

        def change(doc, number):
            doc.market_check = f"checked {number}"

        seconds, queries[number] = median_save(db, form, change)
        bare_seconds, bare_queries = median_save(db, plain, change)
        ratios[number] = seconds / bare_seconds
        figure(f"save of a price approval, {number} quotes", seconds * 1000, "ms")
        figure(f"the same on a bare DocType, {number} quotes", bare_seconds * 1000, "ms")
        figure(f"ratio, {number} quotes (ERPNext 14's order of 50 lines: 6.1)", ratios[number], "times")
        figure(f"queries of the save, {number} quotes", queries[number], "statements")
        figure(f"queries of the bare save, {number} quotes", bare_queries, "statements")
    for fewer, more in itertools.pairwise(QUOTES):
        rows = more - fewer
        assert (
            queries[more] - queries[fewer] <= rows * 1.1 + 2
        ), "but for the rows written the number is constant"
