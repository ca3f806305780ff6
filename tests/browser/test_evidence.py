"""The evidence pack on an order's form, and the time that a receipt's inspection has left."""

from __future__ import annotations

import hashlib
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
import receiving_world as receiving
from changed_packs import with_file
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE

import hosts

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


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_reader_sees_whether_a_pack_is_whole_and_ours(person, world, size):
    order = world(lambda: receiving.posted(receiving.order()).items[0].purchase_order)
    auditor = person("Internal Auditor", size)
    page = auditor.page
    auditor.open(f"/erp/form/Purchase Order/{order}")
    with page.expect_download() as download:
        page.get_by_test_id("evidence").click()
    whole = Path(download.value.path()).read_bytes()

    auditor.open("/erp")
    page.keyboard.press("Control+k")
    page.get_by_test_id("quick-open").fill("Evidence Check")
    page.keyboard.press("Enter")
    page.wait_for_url("**/erp/evidence")

    def check(name: str, content: bytes) -> None:
        page.get_by_test_id("pack").set_input_files(
            {"name": name, "mimeType": "application/zip", "buffer": content}
        )

    verdict, finding = page.get_by_test_id("verdict"), page.get_by_test_id("finding")
    check("whole.zip", whole)
    expect(verdict).to_contain_text("whole and was handed out here")
    expect(finding).to_contain_text(order)
    expect(finding).to_contain_text(hosts.who("Internal Auditor"))
    expect(page.get_by_test_id("differs")).to_have_count(0)

    check("changed.zip", with_file(whole, "index.html", b"other"))
    expect(verdict).to_contain_text("it was changed since")
    expect(page.get_by_test_id("differs")).to_have_count(1)
    expect(page.get_by_test_id("differs")).to_contain_text("index.html")
    expect(page.get_by_test_id("differs")).to_contain_text("Changed")

    forged = with_file(whole, "index.html", b"other", sealed=True)
    check("forged.zip", forged)
    expect(verdict).to_contain_text("agrees with its manifest, but was not handed out here")
    expect(finding).not_to_contain_text(order)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

    check("photo.zip", b"no pack")
    expect(page.get_by_test_id("problem")).to_contain_text("not an evidence pack")
    expect(finding).to_have_count(0)


def test_the_check_of_packs_is_offered_to_readers_of_orders_only(person):
    clerk = person("Receiving Clerk", DESK)
    clerk.open("/erp/start")
    expect(clerk.page.get_by_role("link", name="Counting")).to_be_visible()
    expect(clerk.page.get_by_role("link", name="Evidence Check")).to_have_count(0)
    assert clerk.post("erp_rules.api.evidence.verify") == 403


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
