"""Who is the same supplier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp_rules.clauses.identity import IdentityRow, name_key, same_suppliers, tax_key


@pytest.mark.clause("4.1.1.4")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Hongda Hardware Co., Ltd.", "hongdahardwarecoltd"),
        ("HONGDA  HARDWARE COMPANY LIMITED", "hongdahardwarecoltd"),
        ("Hongda Hardware Limited", "hongdahardwareltd"),
        ("宏达五金（东莞）有限公司", "宏达五金东莞有限公司"),
        ("宏达五金(东莞)有限公司 ", "宏达五金东莞有限公司"),
        ("\uff21\uff22\uff23 Metal", "abcmetal"),
        ("", ""),
        (None, ""),
        ("---", ""),
    ],
)
def test_name_key(name, expected):
    assert name_key(name) == expected


@pytest.mark.clause("4.1.1.4")
def test_different_legal_forms_stay_different():
    assert name_key("宏达有限公司") != name_key("宏达股份有限公司")
    assert name_key("Hongda Inc") != name_key("Hongda Ltd")


@pytest.mark.clause("4.1.1.4")
@pytest.mark.parametrize(
    ("tax_id", "expected"), [("91-4419 00ma4w", "91441900MA4W"), ("\uff19\uff11", "91"), (None, "")]
)
def test_tax_key(tax_id, expected):
    assert tax_key(tax_id) == expected


@pytest.mark.clause("4.1.1.4")
def test_same_by_name_by_tax_number_and_by_entry():
    found = same_suppliers(
        [
            IdentityRow("S1", "hongda", "T1"),
            IdentityRow("S2", "hongda", "T2"),
            IdentityRow("S3", "other", "T2"),
            IdentityRow("S4", "fourth", "T4", same_as="s3 "),
            IdentityRow("S5", "fifth", "T5"),
            IdentityRow("S6"),
            IdentityRow("S7"),
        ]
    )
    assert found == {"S1": "S1", "S2": "S1", "S3": "S1", "S4": "S1", "S5": "S5", "S6": "S6", "S7": "S7"}


@pytest.mark.clause("4.1.1.4")
def test_same_through_a_code_that_is_not_there():
    found = same_suppliers(
        [IdentityRow("A", same_as="MAIN"), IdentityRow("B", same_as="MAIN"), IdentityRow("C")]
    )
    assert found == {"A": "A", "B": "A", "C": "C"}


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ABCDEFGH"), st.sampled_from(["", "n1", "n2"]), st.sampled_from(["", "t1", "t2"])
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda row: row[0],
    )
)
def test_two_codes_with_an_equal_key_are_one_whatever_the_order(rows):
    made = [IdentityRow(*row) for row in rows]
    found = same_suppliers(made)
    assert found == same_suppliers(reversed(made))
    assert set(found) == {row.code for row in made}
    for first in made:
        for second in made:
            if (first.name_key and first.name_key == second.name_key) or (
                first.tax_key and first.tax_key == second.tax_key
            ):
                assert found[first.code] == found[second.code]
