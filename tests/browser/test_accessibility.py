"""The screens for people who do not see or point: no serious finding of axe, at both sizes, light and dark."""

from __future__ import annotations

import price_world
import pytest
from screen_sizes import DESK, PHONE

import hosts

SERIOUS = {"serious", "critical"}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing_serious(person, waiting, size, dark):
    script = hosts.ROOT / "node_modules" / "axe-core" / "axe.min.js"
    assert script.is_file(), "run npm ci in the project's root folder"
    executive = person("Top Executive", size, dark)
    pages = (
        "/erp",
        "/erp/start",
        f"/erp/decide/{price_world.APPROVAL}/{waiting}",
        f"/erp/list/{price_world.APPROVAL}",
        f"/erp/form/{price_world.APPROVAL}/{waiting}",
    )
    findings = []
    for path in pages:
        executive.open(path)
        executive.page.add_script_tag(path=str(script))
        result = executive.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        findings += [
            f"{path}: {found['id']} ({found['impact']}): {found['nodes'][0]['html'][:160]}"
            for found in result["violations"]
            if found["impact"] in SERIOUS
        ]
    assert not findings, "\n".join(findings)
