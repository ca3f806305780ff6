"""What the ordering workbench costs over a large price list."""

from __future__ import annotations

import order_world as world
import price_world as prices
import pytest
from benchmarks import bare
from benchmarks.figures import figure

import hosts

LINES, PRICES, ITEMS, SUPPLIERS = 5000, 100_000, 5000, 20


def large_price_list(frappe) -> tuple[list[str], list[str]]:
    """Put items with a price of every supplier straight into the database; return items and suppliers."""
    suppliers = [prices.supplier() for _count in range(SUPPLIERS)]
    prices.item()  # makes the unit
    stem, now = hosts.unique("B"), frappe.utils.now()
    items = [f"{stem}-{number:05d}" for number in range(ITEMS)]
    frappe.db.bulk_insert(
        "Item",
        [
            "name",
            "item_code",
            "item_name",
            "stock_uom",
            "item_class",
            "sample_status",
            "creation",
            "modified",
        ],
        [(code, code, code, "PCS", "Component", "Confirmed", now, now) for code in items],
    )
    fields = ["name", "item", "supplier", "supplier_name", "price_kind", "price_approval", "currency", "rate"]
    fields += ["valid_from", "valid_to", "creation", "modified"]
    first, last = world.days(-30), world.days(60)
    frappe.db.bulk_insert(
        "Item Supplier Price",
        fields,
        (
            (
                f"{code}-{at}",
                code,
                supplier,
                supplier,
                "Purchase",
                "-",
                "CNY",
                1 + (number * at) % 97,
                first,
                last,
                now,
                now,
            )
            for number, code in enumerate(items)
            for at, supplier in enumerate(suppliers)
        ),
    )
    return items, suppliers


def large_requisitions(frappe, items: list[str], per_requisition: int = 200) -> None:
    """Put approved requisitions of one line per item straight into the database."""
    now, rows, parents = frappe.utils.now(), [], []
    for start in range(0, LINES, per_requisition):
        parent = hosts.unique("PRB")
        parents.append((parent, 1, "Approved", "Standard", world.today(), now, now))
        for idx, code in enumerate(items[start : start + per_requisition], 1):
            name = f"{parent}-{idx}"
            rows.append(
                (
                    name,
                    parent,
                    "Purchase Requisition",
                    "items",
                    idx,
                    1,
                    code,
                    10,
                    0,
                    0,
                    world.days(20),
                    "b",
                    now,
                    now,
                )
            )
    frappe.db.bulk_insert(
        "Purchase Requisition",
        [
            "name",
            "docstatus",
            "workflow_state",
            "requisition_kind",
            "requisition_date",
            "creation",
            "modified",
        ],
        parents,
    )
    fields = ["name", "parent", "parenttype", "parentfield", "idx", "docstatus", "item", "qty", "ordered_qty"]
    frappe.db.bulk_insert(
        "Purchase Requisition Item",
        [*fields, "closed_qty", "required_date", "source", "creation", "modified"],
        rows,
    )


@pytest.mark.timeout(900)
def test_workbench_over_a_large_price_list(db):
    from erp_rules.api import ordering

    items, _suppliers = large_price_list(db)
    large_requisitions(db, items)
    with hosts.as_user("Purchaser"):
        ordering.open_lines({"item": items[0]})
    answers = []
    with hosts.as_user("Purchaser"):
        seconds, statements = bare.measured(lambda: answers.append(ordering.open_lines()))
    (found,) = answers
    assert len(found["lines"]) >= LINES
    assert sum(len(found["offers"][code]) for code in items) == PRICES
    figure(f"workbench of {LINES:,} lines over {PRICES:,} prices", seconds, "s")
    figure("queries of the workbench", statements, "statements")
    assert statements < 25
