"""`./erp demo` tells the whole story on a site of its own and says by its exit code whether all held."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from hosts import ROOT

# clauses whose steps the story must show, and those whose refusals it must show
SHOWN = {
    "4.1.1.2",
    "4.1.1.3",
    "4.1.2.2",
    "4.2.3.3",
    "4.2.4",
    "4.2.5",
    "4.2.6",
    "4.2.7",
    "2.3",
    "2.4",
    "2.5",
    "2.7",
}
REFUSED = {"1.1", "1.2", "1.3", "1.4", "1.6", "2.1", "2.2", "2.4", "4.1.1.2", "4.1.1.4", "4.1.2.2", "4.2.3.3",
           "4.2.4", "4.2.6", "4.2.7"}  # fmt: skip


@pytest.mark.timeout(600)
def test_demo_holds():
    done = subprocess.run(
        [sys.executable, str(ROOT / "erp"), "demo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=580,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    last = done.stdout.strip().splitlines()[-1]
    held = re.fullmatch(r"(\d+) steps held, 0 failed\.", last)
    assert held, last
    steps = re.findall(r"^  ✓ \[([\d.]+)\] (.*)$", done.stdout, re.M)
    assert len(steps) == int(held.group(1))
    assert {clause for clause, text in steps if not text.endswith(": refused")} >= SHOWN
    assert {clause for clause, text in steps if text.endswith(": refused")} >= REFUSED
