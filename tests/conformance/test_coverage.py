"""Every case has its test, or stands in the list of what was left out with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CASES = range(1, 103)

# case → why it has no test here
LEFT_OUT: dict[int, str] = {}


@pytest.mark.without_site
def test_every_case_is_tested_or_listed_as_left_out():
    tested: dict[int, list[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for number, name in re.findall(r"^def test_case_(\d{3})_(\w+)", path.read_text(), re.MULTILINE):
            tested.setdefault(int(number), []).append(name)
    print(f"{len(tested)} of {len(CASES)} cases are tested; left out: {LEFT_OUT or 'none'}")
    assert set(tested) | set(LEFT_OUT) == set(CASES)
    assert not set(tested) & set(LEFT_OUT)
    assert all(LEFT_OUT.values())
