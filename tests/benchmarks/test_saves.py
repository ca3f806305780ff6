"""What a save under the regulation costs, beside a bare document of the same shape."""

from __future__ import annotations

import itertools

import price_world
import pytest
from benchmarks import bare
from benchmarks.figures import figure

import hosts

QUOTES = (3, 30, 300)
SAVES = 7
APPROVAL = "Price Approval"
TABLES = {"quotes": "Price Quote", "changes": "Price Change"}
STEPS = (("Submit for Approval", "Draft", "Finance Review", 0, "Purchaser"),)


@pytest.fixture(scope="module")
def floor(site):
    with bare.shapes({APPROVAL: TABLES}, {APPROVAL: STEPS}):
        yield


def saved(frappe, doc) -> tuple[float, int]:
    """Return seconds and statements of saving one changed field, the least and the median of several."""
    runs = []
    for number in range(SAVES + 1):
        doc = frappe.get_doc(doc.doctype, doc.name)
        doc.market_check = f"checked {number}"
        took = bare.measured(doc.save)
        if number:  # the first run fills what is kept
            runs.append(took)
    return bare.best(runs)


@pytest.mark.timeout(900)
def test_save_of_a_price_approval(db, floor):
    statements = {}
    for number in QUOTES:
        suppliers = [price_world.supplier() for _ in range(number)]
        quotes = [
            price_world.quote(code, 1 + i / 100, selected=int(not i)) for i, code in enumerate(suppliers)
        ]
        form = price_world.draft(quotes=quotes)
        with hosts.as_user("Purchaser"):
            seconds, statements[number] = saved(db, form)
            plain_seconds, plain_statements = saved(db, bare.insert(bare.values(form)))
        figure(f"save of a price approval, {number} quotes", seconds * 1000, "ms")
        figure(f"the same on a bare document, {number} quotes", plain_seconds * 1000, "ms")
        figure(f"ratio of the save, {number} quotes", seconds / plain_seconds, "times")
        figure(f"statements of the save, {number} quotes", statements[number], "statements")
        figure(f"statements of the bare save, {number} quotes", plain_statements, "statements")
    for fewer, more in itertools.pairwise(QUOTES):
        assert (
            statements[more] - statements[fewer] <= (more - fewer) * 1.1 + 2
        ), "but for the rows it is constant"
