"""Forms go out as numbered copies from the screens, on a phone as on a desk; a preview is not counted (rulebook 6)."""

from __future__ import annotations

import pytest
import receiving_world as receiving
from playwright.sync_api import expect
from screen_sizes import DESK, PHONE


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_form_is_chosen_printed_and_counted(person, world, size):
    name = world(lambda: receiving.counted(receiving.order(), 100).name)
    who = person("Quality Inspector", size)
    who.page.add_init_script("window.print = () => {}")
    who.open(f"/erp/form/Purchase Receipt/{name}")
    who.page.get_by_test_id("print").click()
    dialog = who.page.get_by_role("dialog")
    copies = dialog.get_by_test_id("copies")
    expect(copies).to_have_text(["Not printed yet", "Not printed yet"])
    dialog.get_by_label("Inspection Card").check()
    preview = dialog.get_by_role("link", name="Preview").get_attribute("href")
    assert "format=Inspection%20Card" in preview
    for number in (1, 2):
        dialog.get_by_role("button", name="Print in English").click()
        expect(copies).to_have_text(["Not printed yet", f"Copies printed: {number}"])
        sheet = who.page.frame_locator("iframe[title=Print]").nth(number - 1)
        expect(sheet.locator(".paper-form .number")).to_contain_text(f"Copy {number}")
    answer = who.page.request.get(who.address + preview)
    assert "Not a numbered copy" in answer.text()
    expect(copies).to_have_text(["Not printed yet", "Copies printed: 2"])
