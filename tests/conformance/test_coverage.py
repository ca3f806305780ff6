"""Every case has its test, or stands in the list of what was left out with the reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CASES = range(1, 103)

NOT_USED = "not used by the app"
# case → why it has no test here
LEFT_OUT: dict[int, str] = {
    40: f"the number of a deleted document is given again: {NOT_USED}",
    41: f"names by `format:`: {NOT_USED}",
    90: f"rename and merge: {NOT_USED}, whose documents refuse to be renamed",
}
# case → the part of it that its test leaves out
PARTS_LEFT_OUT: dict[int, str] = {
    43: f"a rename takes the field along: {NOT_USED}",
    61: f"fields of linked documents: {NOT_USED}",
    63: f"MAX of a date: {NOT_USED}",
    65: f"UPDATE … JOIN and ConstantColumn: {NOT_USED}",
    97: f"columns written as one text: {NOT_USED}, whose reports give them as dicts",
    99: f"custom/*.json of an app: {NOT_USED}",
    100: f"create_custom_fields and make_property_setter: {NOT_USED}, people make such records themselves",
    101: f"the newer banker's rounding: {NOT_USED}",
}


@pytest.mark.without_site
def test_every_case_is_tested_or_listed_as_left_out():
    tested: dict[int, list[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for number, name in re.findall(r"^def test_case_(\d{3})_(\w+)", path.read_text(), re.MULTILINE):
            tested.setdefault(int(number), []).append(name)
    print(f"{len(tested)} of {len(CASES)} cases are tested; left out: {LEFT_OUT or 'none'}")
    assert set(tested) | set(LEFT_OUT) == set(CASES)
    assert not set(tested) & set(LEFT_OUT)
    assert set(tested) >= set(PARTS_LEFT_OUT)
