"""Figures of the screens in Chromium: first load, a list of 10,000 rows, a form with 300 rows.

Run it with the project's Python: `.venv/bin/python tests/benchmarks/screens.py`. Nothing is asserted.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import hosts  # noqa: E402

hosts.prepare_path()

import price_world  # noqa: E402
import screen_server  # noqa: E402
from benchmarks.figures import figure  # noqa: E402
from screen_sizes import DESK, PHONE  # noqa: E402

import making  # noqa: E402

ROWS = 10_000
CHILDREN = 300
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}
SLOWER_CPU = 4
FRAMES = 240
READABLE_FRAMES = 2400  # four rows a frame: as fast as the eye follows
SHOWN = '[data-test="inbox"], [data-test="inbox-empty"]'
LAST_LONG_TASK = """() => new Promise((done) => {
    const ends = [0]
    new PerformanceObserver((list) => ends.push(...list.getEntries().map((one) => one.startTime + one.duration)))
        .observe({ type: 'longtask', buffered: true })
    setTimeout(() => done(Math.max(...ends)), 1500)
})"""
SCROLL = """([selector, frames]) => new Promise((done) => {
    const box = document.querySelector(selector), step = (box.scrollHeight - box.clientHeight) / frames
    const times = []
    let last = performance.now(), at = 0, waiting = 0
    const next = (now) => {
        times.push(now - last)
        last = now
        waiting += box.querySelector('[data-test=not-loaded]') ? 1 : 0
        box.scrollTop = ++at * step
        at < frames ? requestAnimationFrame(next) : done([times.slice(1), waiting])
    }
    requestAnimationFrame(next)
})"""


def fill(site: hosts.TestSite) -> str:
    """Make 10,000 prices and a survey with 300 scores; return the survey's number."""
    site.connect()
    try:
        import frappe

        item, supplier, now = price_world.item(), price_world.supplier(), frappe.utils.now()
        fields = ["name", "creation", "modified", "owner", "modified_by", "docstatus", "item", "supplier"]
        fields += ["price_kind", "currency", "rate", "valid_from", "valid_to"]
        rows = [
            (f"BENCH-P{i:06d}", now, now, "Administrator", "Administrator", 0, item, supplier,
             "Purchase", "CNY", i / 100, "2025-01-01", "2025-06-30")
            for i in range(ROWS)
        ]  # fmt: skip
        frappe.db.bulk_insert("Item Supplier Price", fields, rows, chunk_size=5000)
        price_world.reviewed()
        scores = [
            {"criterion": f"Point {i}", "area": "Quality", "max_score": 10, "score": 7}
            for i in range(CHILDREN)
        ]
        name = making.survey(making.supplier().name, scores=scores).name
        frappe.db.commit()
        return name
    finally:
        site.disconnect()


def first_load(context, address: str) -> None:
    """Print what is sent before the inbox shows, and when it can be used on a slow connection."""
    page = context.new_page()
    scripts: dict[str, bytes] = {}
    page.on("response", lambda one: scripts.setdefault(one.url, one.body()) if ".js" in one.url else None)
    page.goto(f"{address}/erp")
    page.wait_for_selector(SHOWN)
    packed = sum(len(gzip.compress(body, 6)) for body in scripts.values())
    figure("JavaScript before the inbox shows, gzip", packed / 1024, "KiB")
    page.close()
    page = context.new_page()
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    tools.send("Network.emulateNetworkConditions", SLOW)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
    page.goto(f"{address}/erp", wait_until="commit", timeout=120_000)
    page.wait_for_selector(SHOWN, timeout=120_000)
    shown = page.evaluate("performance.now()")
    figure("Inbox shown at 1.6 Mbit/s, 150 ms, CPU / 4", shown / 1000, "s")
    figure(
        "Inbox interactive at 1.6 Mbit/s, 150 ms, CPU / 4",
        max(shown, page.evaluate(LAST_LONG_TASK)) / 1000,
        "s",
    )
    page.close()


def long_list(context, address: str) -> None:
    """Print how a list of 10,000 rows opens and scrolls from the first to the last row."""
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(f"{address}/erp/list/Item Supplier Price", wait_until="commit")
    page.locator('[data-test="list"] a').first.wait_for()
    figure("List of 10,000 rows, first rows", (time.perf_counter() - begun) * 1000, "ms")
    page.wait_for_load_state("networkidle")
    box = page.get_by_test_id("list")
    assert box.evaluate("box => box.scrollHeight > 10000 * 40"), "the list is not as long as its rows"
    for frames in (READABLE_FRAMES, FRAMES):
        box.evaluate("box => { box.scrollTop = 0 }")
        times, waiting = page.evaluate(SCROLL, ['[data-test="list"]', frames])
        label = f"List of 10,000 rows in {frames} frames"
        figure(f"{label}, frame (median)", statistics.median(times), "ms")
        figure(f"{label}, frame (95 of 100)", statistics.quantiles(times, n=20)[-1], "ms")
        figure(f"{label}, frames with a row still loading", waiting, "frames")
    page.close()


def long_form(context, address: str, name: str) -> None:
    """Print how a form with 300 child rows opens, takes an edited cell and is saved."""
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(f"{address}/erp/form/Supplier Survey/{name}", wait_until="commit")
    cell = page.locator('fieldset[data-field="scores"] [data-field="score"] input').first
    cell.wait_for()
    figure("Form with 300 child rows, open", (time.perf_counter() - begun) * 1000, "ms")
    page.wait_for_load_state("networkidle")
    begun = time.perf_counter()
    cell.fill("8")
    cell.blur()
    page.get_by_text("Not saved").wait_for()
    figure("Form with 300 child rows, edit a cell", (time.perf_counter() - begun) * 1000, "ms")
    begun = time.perf_counter()
    page.get_by_test_id("save").click()
    page.get_by_text("Not saved").wait_for(state="detached")
    figure("Form with 300 child rows, save", (time.perf_counter() - begun) * 1000, "ms")
    page.close()


def main() -> None:
    """Print every figure."""
    site = hosts.make_site()
    try:
        screen_server.build()
        survey = fill(site)
        with screen_server.serving(site) as address, screen_server.chromium() as browser:
            for size, role, measure in (
                (PHONE, "Top Executive", first_load),
                (DESK, "Finance Officer", long_list),
                (DESK, "Purchaser", lambda context, at: long_form(context, at, survey)),
            ):
                context = browser.new_context(viewport=size)
                context.set_default_timeout(60_000)
                screen_server.log_in(context, address, hosts.who(role))
                measure(context, address)
                context.close()
    finally:
        site.drop()


if __name__ == "__main__":
    main()
