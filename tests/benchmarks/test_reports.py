"""The receipts report and supplier performance over half a million receipt rows of one year."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import price_world as prices
import pytest
from benchmarks.figures import figure

import hosts

RECEIPTS, ROWS_EACH, SUPPLIERS, ITEMS = 100_000, 5, 50, 500
FIRST = datetime(2031, 1, 1, 8)
REPORT, PERFORMANCE = "Purchase Receipts Report", "Supplier Performance"


def a_year_of_receipts(frappe) -> tuple[list[str], list[str]]:
    """Put posted receipts straight into the database, spread evenly over a year; return suppliers and items."""
    suppliers = [prices.supplier() for _count in range(SUPPLIERS)]
    items = [prices.item() for _count in range(ITEMS)]
    stem, step = hosts.unique("RB"), timedelta(days=365) / RECEIPTS
    moments = [FIRST + number * step for number in range(RECEIPTS)]
    frappe.db.bulk_insert(
        "Purchase Receipt",
        [
            "name",
            "supplier",
            "docstatus",
            "workflow_state",
            "currency",
            "counted_at",
            "posted_at",
            "creation",
        ],
        (
            (f"{stem}-{at}", suppliers[at % SUPPLIERS], 1, "Posted", "CNY", moment, moment, moment)
            for at, moment in enumerate(moments)
        ),
        chunk_size=5000,
    )
    frappe.db.bulk_insert(
        "Purchase Receipt Item",
        ["name", "parent", "parenttype", "parentfield", "idx", "docstatus", "item", "counted_qty",
         "accepted_qty", "rejected_qty", "order_accepted_qty", "promised_date"],
        (
            (f"{stem}-{at}-{idx}", f"{stem}-{at}", "Purchase Receipt", "items", idx, 1,
             items[(at + idx) % ITEMS], 100, 97, 3, 97, (moment - timedelta(days=at % 4 == 0)).date())
            for at, moment in enumerate(moments)
            for idx in range(1, ROWS_EACH + 1)
        ),
        chunk_size=5000,
    )  # fmt: skip
    return suppliers, items


def timed(report: str, **filters) -> tuple[float, list]:
    """Return the seconds of a run of a report, as an auditor who sees all, and its rows.

    On SQLite they are processor time, as other work may run beside it; elsewhere the clock on the wall.
    """
    from erp_rules.api.screens import run_report

    clock = time.process_time if hosts.HOST == "sqlite" else time.perf_counter
    with hosts.as_user("Internal Auditor"):
        begun = clock()
        rows = run_report(report, filters)["result"]
        return clock() - begun, rows


@pytest.mark.timeout(1800)
def test_reports_over_half_a_million_receipt_rows(db):
    suppliers, _items = a_year_of_receipts(db)
    year = {"from_date": "2031-01-01", "to_date": "2032-01-01"}
    total = RECEIPTS * ROWS_EACH
    each = total // SUPPLIERS
    month = {"from_date": "2031-03-01", "to_date": "2031-03-31"}
    seconds, rows = timed(REPORT, **month, supplier=suppliers[0])
    assert {row["supplier"] for row in rows} == {suppliers[0]} and 800 < len(rows) < 900
    figure(f"receipts report, a supplier's month of {total:,} rows", seconds, "s")
    seconds, rows = timed(REPORT, **month)
    assert len(rows) == 20_000
    figure(f"receipts report, the newest 20,000 rows of a month of {total:,}", seconds, "s")
    seconds, rows = timed(REPORT, **year, group_by="Supplier")
    mine = [row for row in rows if row["supplier"] in set(suppliers)]
    assert [row["counted_qty"] for row in mine] == [each * 100] * SUPPLIERS
    figure(f"receipts report, {total:,} rows added up by supplier", seconds, "s")
    seconds, rows = timed(REPORT, **year, group_by="Supplier and Month")
    assert len(rows) >= SUPPLIERS * 12
    figure(f"receipts report, {total:,} rows added up by supplier and month", seconds, "s")
    seconds, rows = timed(PERFORMANCE, **year)
    mine = [row for row in rows if row["supplier"] in set(suppliers)]
    assert [row["quality_pct"] for row in mine] == [97.0] * SUPPLIERS
    # every fourth receipt was promised for the day before
    assert sum(row["late_rows"] for row in mine) == total // 4
    figure(f"supplier performance over {total:,} rows", seconds, "s")
