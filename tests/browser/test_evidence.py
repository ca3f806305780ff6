"""The evidence pack on an order's form, and the time that a receipt's inspection has left."""

from __future__ import annotations

import hashlib
import re
import zipfile
from datetime import timedelta

import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

RECEIPT = "Purchase Receipt"


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_one_click_on_an_order_gives_its_pack(person, world, size):
    order = world(lambda: receiving.posted(receiving.order()).items[0].purchase_order)
    purchaser = person("Purchaser", size)
    purchaser.open(f"/erp/form/Purchase Order/{order}")
    with purchaser.page.expect_download() as download:
        purchaser.page.get_by_test_id("evidence").click()
    assert download.value.suggested_filename.startswith(f"evidence-{order}-")
    with zipfile.ZipFile(download.value.path()) as pack:
        manifest = pack.read("MANIFEST.txt")
        assert pack.read("MANIFEST.txt.sha256").split()[0].decode() == hashlib.sha256(manifest).hexdigest()
        assert order in pack.read("index.html").decode()
    expect(purchaser.page.get_by_test_id("evidence")).to_be_enabled()


def test_who_may_not_read_orders_is_refused(person, world):
    order = world(lambda: receiving.order().name)
    clerk = person("Receiving Clerk")
    clerk.open("/erp")
    assert clerk.post("erp_rules.api.evidence.prepare", order=order) == 403
    answer = clerk.page.request.get(
        f"{clerk.address}/api/method/erp_rules.api.evidence.download", params={"order": order}
    )
    assert answer.status == 403


@pytest.mark.clause("4.6.3")
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_an_inspection_counts_down_in_inbox_list_form_and_decision(person, world, size):
    def make():
        import frappe

        early, late = (receiving.counted(receiving.order()).name for _ in range(2))
        past = frappe.utils.now_datetime() - timedelta(days=10)
        frappe.db.set_value("Deadline", {"reference_name": late}, "due_at", past)
        return early, late

    early, late = world(make)
    inspector = person("Quality Inspector", size)
    inspector.open("/erp")
    for name, is_late in ((early, False), (late, True)):
        row = inspector.page.get_by_test_id("inbox").get_by_role("link", name=name)
        _counts(row.get_by_test_id("countdown"), is_late)
    inspector.open(f"/erp/list/{RECEIPT}?q={late}")
    _counts(inspector.page.get_by_test_id("list").get_by_test_id("countdown").locator("visible=true"), True)
    for path in ("form", "decide"):
        for name, is_late in ((early, False), (late, True)):
            inspector.open(f"/erp/{path}/{RECEIPT}/{name}")
            _counts(inspector.page.get_by_test_id("countdown"), is_late)


def _counts(countdown, is_late: bool) -> None:
    expect(countdown).to_have_text(re.compile(r"^\d+ h \d+ min " + ("late$" if is_late else "left$")))
    if is_late:
        expect(countdown).to_have_attribute("data-late", "true")
