"""The print of a price approval, what its approver sees, and both in Chinese."""

from __future__ import annotations

from datetime import date

import price_world as world
import pytest

FIRST = date(2026, 1, 1)


@pytest.mark.clause("4.2.3.3")
def test_the_form_prints_quotes_reason_and_signatures_in_chinese(db):
    cheap, dear = world.supplier("Cheap <b>Works</b>"), world.supplier("诚信五金厂")
    quotes = [world.quote(cheap, 9), world.quote(dear, 10, selected=1), world.quote(world.supplier(), 11)]
    doc = world.posted(FIRST, quotes=quotes, not_lowest_reason="Better Quality", half_year_demand=2000)
    before = db.local.lang
    db.local.lang = "zh"
    try:
        html = db.get_print(world.APPROVAL, doc.name, print_format="Price Approval Form")
    finally:
        db.local.lang = before
    for text in (
        "单价核定表",
        "质量较好",
        "诚信五金厂",
        "市场行情",
        "★",
        doc.name,
        "finance.officer",
        "top.executive",
    ):
        assert text in html, text
    assert "<b>Works</b>" not in html
    assert "Traceback" not in html


def test_the_print_shows_on_whose_behalf_was_signed(db):
    doc = world.posted(FIRST)
    db.db.set_value(world.APPROVAL, doc.name, "approved_for", "top.executive.2@demo.example")
    html = db.get_print(world.APPROVAL, doc.name, print_format="Price Approval Form")
    assert "on behalf of top.executive.2" in html


@pytest.mark.clause("4.2.3.3")
def test_an_approver_sees_amount_difference_quotes_and_record(db):
    from erp_rules.procurement.price_decisions import price_approval

    doc = world.posted(FIRST)
    code = doc.quotes[0].supplier
    shown = price_approval(doc)
    assert (shown["amount"], shown["currency"], shown["difference_pct"]) == (9.5, "CNY", None)
    assert [row["mark"] for row in shown["table"]["rows"]] == ["both", None, None]
    doc = world.change(
        doc, {"change_kind": "Price", "supplier": code, "new_rate": 10.45, "valid_from": "2026-03-01"}
    )
    shown = price_approval(doc)
    assert (shown["amount"], round(shown["difference_pct"], 6)) == (10.45, 10)
    assert shown["last_time"]["amount"] == 9.5
    assert shown["table"]["rows"][0]["cells"][2:4] == [9.5, 10.45]
    assert shown["record"] is not None


def test_comparison_for_the_screens(db):
    from erp_rules.api.prices import comparison

    doc = world.posted(FIRST)
    with world.hosts.as_user("Top Executive"):
        shown = comparison(doc.name)
    assert [row["rank"] for row in shown["quotes"]] == [1, 2, 3]
    assert [row.rate for row in shown["last_prices"]] == [9.5]
    with world.hosts.as_user("Engineer"), pytest.raises(db.PermissionError):
        comparison(doc.name)


def test_every_word_of_the_forms_has_a_chinese_one(db):
    from frappe.translate import get_all_translations

    known = get_all_translations("zh")
    words = set()
    for doctype in (world.APPROVAL, "Price Quote", "Price Change", world.PRICE, "Price Expiry Notice"):
        words.add(doctype)
        for field in db.get_meta(doctype).fields:
            words.add(field.label)
            words.add(field.description)
            if field.fieldtype == "Select" and field.fieldname != "naming_series":
                words.update(field.options.split("\n"))
    from erp_rules.clauses import chapter_4_2

    words.update(state.value for state in chapter_4_2.State)
    assert sorted(word for word in words if word and word not in known) == []


def test_every_refusal_of_the_chapter_has_a_chinese_text(db):
    import ast
    import inspect

    from frappe.translate import get_all_translations

    from erp_rules.clauses import chapter_4_2

    tree = ast.parse(inspect.getsource(chapter_4_2))
    messages = [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
    ]
    assert len(messages) > 30
    known = get_all_translations("zh")
    assert [message for message in messages if message not in known] == []
    for message in messages:
        assert {f"{{{n}}}" for n in range(6) if f"{{{n}}}" in message} == {
            f"{{{n}}}" for n in range(6) if f"{{{n}}}" in known[message]
        }, message
