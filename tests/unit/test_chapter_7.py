"""Form 7.5 as tables: item data are set up and changed by one form."""

from __future__ import annotations

from decimal import Decimal

import pytest

from erp_rules.clauses import chapter_7 as c

P = {"direct_fields": "standard_cost, sample_status"}
FIELDS = {
    "Item Name": c.ItemField("item_name", is_required=True, max_length=10),
    "Item Class": c.ItemField(
        "item_class", "choice", frozenset({"Raw Material", "Packaging"}), is_required=True
    ),
    "Stock UOM": c.ItemField("stock_uom", "link", frozenset({"PCS"}), is_required=True),
    "Standard Unit Weight": c.ItemField("standard_unit_weight", "number"),
    "Disabled": c.ItemField("disabled", "check"),
    "Specification": c.ItemField("specification"),
}


def request(**values):
    base = {"kind": "Change", "state": "Engineer", "stored_state": "Draft", "item": "I1", "fields": FIELDS}
    return c.ItemChangeRequest(**{**base, **values})


def line(row, label, old, new, current=None):
    return c.ChangeLine(row, label, old, new, old if current is None else current)


def where(violations):
    return [(violation.row, violation.fieldname) for violation in violations]


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("is_in_use", "by_request", "changed", "expected"),
    [
        (True, False, [("item_name", "Item Name")], ["item_name"]),
        (True, False, [("item_name", "Item Name"), ("disabled", "Disabled")], ["item_name", "disabled"]),
        (True, False, [("standard_cost", "Standard Cost")], []),
        (True, False, [("sample_status", "Sample Status")], []),
        (True, False, [], []),
        (True, True, [("item_name", "Item Name")], []),
        (False, False, [("item_name", "Item Name")], []),
    ],
)
def test_an_item_in_use_changes_by_request(is_in_use, by_request, changed, expected):
    facts = c.ItemChange("I1", tuple(changed), is_in_use, by_request)
    assert [v.fieldname for v in c.item_in_use_changes_by_request(facts, P)] == expected


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("standard_cost, sample_status", {"standard_cost", "sample_status"}),
        ("standard_cost", {"standard_cost"}),
        ("-", set()),
        (" - ", set()),
    ],
)
def test_direct_fields(text, expected):
    assert c.direct_fields({"direct_fields": text}) == expected


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("Item Name", " Bolt ", "Bolt"),
        ("Item Name", "ten chars!", "ten chars!"),
        ("Item Class", "Packaging", "Packaging"),
        ("Stock UOM", "PCS", "PCS"),
        ("Standard Unit Weight", "0.125", Decimal("0.125")),
        ("Standard Unit Weight", "", Decimal("0")),
        ("Disabled", "yes", True),
        ("Disabled", "否", False),
        ("Disabled", "0", False),
        ("Specification", "", ""),
    ],
)
def test_values_that_a_field_takes(label, text, expected):
    assert c.parse_value(text, FIELDS[label]) == expected


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Item Name", "  "),
        ("Item Name", "eleven char"),
        ("Item Class", "packaging"),
        ("Item Class", ""),
        ("Stock UOM", "KG"),
        ("Standard Unit Weight", "abc"),
        ("Standard Unit Weight", "-0.001"),
        ("Standard Unit Weight", "NaN"),
        ("Standard Unit Weight", "1000000000"),
        ("Disabled", "maybe"),
    ],
)
def test_values_that_a_field_refuses(label, text):
    with pytest.raises(ValueError):
        c.parse_value(text, FIELDS[label])


@pytest.mark.clause("7.5")
def test_lines_that_cannot_be_read_are_reported_together():
    lines = (
        line(1, "Item Name", "Nut", "Bolt"),
        line(2, "Item Name", "Nut", "Screw"),
        line(3, "Colour", "", "red"),
        line(4, "Standard Unit Weight", "1", "heavy"),
    )
    assert where(c.lines_can_be_read(request(lines=lines), P)) == [
        (2, "field"),
        (3, "field"),
        (4, "new_value"),
    ]


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"item": None}, ["item"]),
        ({"item_exists": False}, ["item"]),
        ({"kind": "Set-up", "item": None, "new_item_code": "N1"}, []),
        ({"kind": "Set-up", "item": None, "new_item_code": " "}, ["item_code"]),
        ({"kind": "Set-up", "item": None, "new_item_code": "N1", "new_code_exists": True}, ["item_code"]),
        (
            {"kind": "Set-up", "stored_state": "Applied", "new_item_code": "N1", "new_code_exists": True},
            [],
        ),
    ],
)
def test_the_item_of_a_request(values, expected):
    assert [v.fieldname for v in c.item_of_the_request(request(**values), P)] == expected


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("values", "count"),
    [
        ({}, 1),
        ({"lines": (line(1, "Item Name", "Nut", "Bolt"),)}, 0),
        ({"replaces_dimensions": True}, 0),
        ({"changes_cost": True}, 0),
        ({"kind": "Set-up"}, 3),
        ({"kind": "Set-up", "lines": (line(1, "Item Name", "", "Bolt"), line(2, "Stock UOM", "", "PCS"))}, 1),
    ],
)
def test_a_request_asks_for_something(values, count):
    assert len(list(c.request_asks_for_something(request(**values), P))) == count


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(
    ("old", "new", "current", "expected"),
    [
        ("0.5", "0.6", "0.5", []),
        ("0.5", "0.6", "0.500", []),
        ("0.5", "0.6", "0.55", [(1, "old_value")]),
        ("0.5", "0.50", "0.5", [(1, "new_value")]),
    ],
)
def test_a_line_changes_what_is_there_now(old, new, current, expected):
    facts = request(lines=(line(1, "Standard Unit Weight", old, new, current),))
    assert where(c.lines_change_what_is_there(facts, P)) == expected


@pytest.mark.clause("7.5")
def test_an_applied_request_is_not_judged_by_what_it_made():
    facts = request(
        lines=(line(1, "Item Name", "Nut", "Bolt", current="Bolt"),), state="Applied", stored_state="Applied"
    )
    assert not list(c.lines_change_what_is_there(facts, P))


@pytest.mark.clause("7.5")
@pytest.mark.parametrize(("old", "current", "count"), [("1.5", "1.5", 0), ("1.5", "1.6", 1)])
def test_the_cost_has_not_changed_meanwhile(old, current, count):
    facts = request(changes_cost=True, old_cost=Decimal(old), current_cost=Decimal(current))
    assert len(list(c.lines_change_what_is_there(facts, P))) == count
