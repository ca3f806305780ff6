"""A list of twenty out of fifty thousand prices, over HTTP."""

from __future__ import annotations

import json
import statistics
import time

import price_world
import pytest
from benchmarks.figures import figure

PRICES = 50_000
REQUESTS = 15


@pytest.mark.timeout(900)
def test_list_of_twenty_prices(db, http):
    item, supplier = price_world.item(), price_world.supplier()
    fields = ["name", "creation", "modified", "owner", "modified_by", "docstatus", "item", "supplier"]
    fields += ["price_kind", "currency", "rate", "valid_from", "valid_to"]
    now = db.utils.now()
    rows = (
        (f"BENCH-P{i:06d}", now, now, "Administrator", "Administrator", 0, item, supplier,
         "Purchase", "CNY", i / 100, "2025-01-01", "2025-06-30")
        for i in range(PRICES)
    )  # fmt: skip
    db.db.bulk_insert("Item Supplier Price", fields, list(rows), chunk_size=5000)
    db.db.commit()
    client = http.token("Finance Officer")
    query = {
        "fields": json.dumps(["name", "item", "supplier", "rate", "valid_to"]),
        "filters": json.dumps([["rate", ">", 100]]),
        "order_by": "modified desc",
        "limit": 20,
    }
    try:
        seconds = []
        for _ in range(REQUESTS):
            begun = time.perf_counter()
            answer = client.get("/api/resource/Item Supplier Price", query_string=query)
            seconds.append(time.perf_counter() - begun)
            assert answer.status_code == 200, answer.text
            assert len(answer.json["data"]) == 20
        figure("REST list of 20 out of 50,000 prices", statistics.median(seconds) * 1000, "ms")
    finally:
        db.db.delete("Item Supplier Price", {"name": ["like", "BENCH-P%"]})
        db.db.commit()
