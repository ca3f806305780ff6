"""Every text of the screens has its Chinese."""

from __future__ import annotations

import csv
import re

from hosts import APP

WORDS = re.compile(r"""\bt\(\s*(['"])((?:(?!\1)[^\\]|\\.)*)\1""")


def test_every_text_of_the_screens_is_translated():
    sources = [path for path in (APP / "frontend" / "src").rglob("*") if path.suffix in {".vue", ".ts"}]
    used = {
        found[1].replace("\\'", "'") for path in sources for found in WORDS.findall(path.read_text("utf-8"))
    }
    with (APP / "erp_rules" / "translations" / "zh.csv").open(encoding="utf-8", newline="") as file:
        known = {row[0] for row in csv.reader(file) if row}
    assert len(used) > 100
    assert not sorted(used - known)


def test_modules_and_screens_of_the_menu_are_translated():
    modules = (APP / "erp_rules" / "modules.txt").read_text("utf-8").split("\n")
    router = (APP / "frontend" / "src" / "router.ts").read_text("utf-8")
    screens = re.findall(r"name: '([A-Z][^']*)'", router)
    with (APP / "erp_rules" / "translations" / "zh.csv").open(encoding="utf-8", newline="") as file:
        known = {row[0] for row in csv.reader(file) if row}
    assert len(screens) > 3
    assert not sorted({*filter(None, modules), *screens} - known)
