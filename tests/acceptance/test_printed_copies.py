"""Forms go out as numbered copies, kept with who printed them; a preview has no number and is not counted (rulebook 6)."""

from __future__ import annotations

from datetime import date

import change_order_world as changing
import import_world as imports
import order_world as ordering
import price_world as prices
import pytest
import receiving_world as world

import hosts

PREVIEW = {"zh": "非编号份", "en": "Not a numbered copy"}


def price_approval():
    """A price approval that finance looks at."""
    return prices.reviewed(first=date(2026, 1, 1))


def change_order():
    """An approved change order."""
    return changing.approve(changing.of_kind("Quantity Increase", changing.order(100)))


def receipt():
    """A counted receipt, which waits for its inspection."""
    return world.counted(world.order(), 100)


def purchase_return():
    """A return that was handed over and posted."""
    order = world.order()
    world.posted(order, 100, accepted=90)
    return world.returned(world.give_back(order, 10))


def container():
    """A container whose goods are to be counted."""
    return imports.unloaded(imports.order())


def notice():
    """An approved engineering change notice."""
    return changing.notice(ordering.item(), ordering.item())


FORMS = {
    "Engineering Change Notice Form": (notice, "Engineer"),
    "Import Container Form": (container, "Purchaser"),
    "Packing List": (container, "Purchaser"),
    "Transport Quality Feedback Form": (container, "Purchaser"),
    "Price Approval Form": (price_approval, "Purchaser"),
    "Purchase Order Form": (ordering.issued, "Purchaser"),
    "Purchase Change Order Form": (change_order, "Purchaser"),
    "Purchase Receipt Form": (receipt, "Receiving Clerk"),
    "Inspection Card": (receipt, "Receiving Clerk"),
    "Purchase Return Form": (purchase_return, "Warehouse Keeper"),
}


def print_copy(doc, role: str, print_format: str | None = None, language: str = "zh") -> dict:
    """Print a numbered copy as a role."""
    from erp_rules.api import prints

    with hosts.as_user(role):
        return prints.print_copy(doc.doctype, doc.name, print_format, language)


def kept(doc) -> list[tuple]:
    """Return the copies kept of a document: form, number, language and user."""
    from erp_rules.rule_engine import history

    return [
        (row.print_format, row.copy_no, row.language, row.user)
        for row in history.copies_of(doc.doctype, doc.name)
    ]


@pytest.mark.parametrize("print_format", FORMS)
def test_each_copy_has_its_number_and_is_kept_with_who_printed_it(db, print_format):
    make, role = FORMS[print_format]
    doc = make()
    first = print_copy(doc, role, print_format, "zh")
    second = print_copy(doc, role, print_format, "en")
    assert (first["copy"], second["copy"]) == (1, 2)
    assert "第 1 份" in first["html"] and PREVIEW["zh"] not in first["html"]
    assert "Copy 2" in second["html"] and PREVIEW["en"] not in second["html"]
    user = hosts.user_for(role)
    assert kept(doc) == [(print_format, 1, "zh", user), (print_format, 2, "en", user)]


@pytest.mark.parametrize("print_format", FORMS)
def test_a_preview_has_no_number_and_is_not_counted(db, print_format):
    make, role = FORMS[print_format]
    doc = make()
    print_copy(doc, role, print_format)
    for language, words in PREVIEW.items():
        with hosts.as_user(role):
            db.local.lang = language
            html = db.get_print(doc.doctype, doc.name, print_format=print_format)
        assert words in html and "第 1 份" not in html and "Copy 1" not in html
    assert len(kept(doc)) == 1


def test_every_form_of_the_app_has_numbered_copies_in_states_that_its_document_has(db):
    from erp_rules.rule_engine import controls, printing, scope

    modules = db.get_all("Module Def", {"app_name": "erp_rules"}, pluck="name")
    shipped = db.get_all(
        "Print Format", {"module": ["in", modules], "standard": "Yes"}, ["name", "doc_type", "html"]
    )
    numbered = {
        (doctype, form.print_format): form
        for doctype in scope.own_documents()
        for form in printing.forms_of(doctype)
    }
    assert {(one.doc_type, one.name) for one in shipped} == set(numbered)
    assert not [one.name for one in shipped if "doc.flags.copy_no" not in one.html]
    for (doctype, name), form in numbered.items():
        workflow = db.get_all("Workflow", {"document_type": doctype, "is_active": 1}, pluck="name")[0]
        states = set(db.get_all("Workflow Document State", {"parent": workflow}, pluck="state"))
        assert set(form.states) <= states, name
        control = controls.control_of(doctype)
        assert not [state for state in form.states if control.state(state).is_authoring], name


def test_receipt_and_inspection_card_are_counted_apart(db):
    doc = receipt()
    assert print_copy(doc, "Receiving Clerk")["copy"] == 1
    assert print_copy(doc, "Quality Inspector", "Inspection Card")["copy"] == 1
    assert print_copy(doc, "Receiving Clerk")["copy"] == 2
    assert [entry[:2] for entry in kept(doc)] == [
        ("Purchase Receipt Form", 1),
        ("Inspection Card", 1),
        ("Purchase Receipt Form", 2),
    ]


def test_whoever_has_the_document_open_is_not_disturbed(db):
    doc = receipt()
    with hosts.as_user("Quality Inspector"):
        opened = db.get_doc(doc.doctype, doc.name)
    print_copy(doc, "Receiving Clerk", "Inspection Card")
    with hosts.as_user("Quality Inspector"):
        opened.append("inspections", {"receipt_row": 1, "accepted_qty": 100})
        opened.save()
    assert db.get_doc(doc.doctype, doc.name).total_accepted == 100


@pytest.mark.parametrize(
    ("make", "role", "clause"),
    [
        (prices.draft, "Purchaser", "4.2.7"),
        (ordering.order, "Purchaser", "4.4.2"),
        (lambda: changing.of_kind("Quantity Increase", changing.order(100)), "Purchaser", "4.5.4"),
        (lambda: world.draft(world.order()), "Receiving Clerk", "4.6.2"),
        (lambda: world.give_back(world.order(), 1), "Warehouse Keeper", "4.7.1.1"),
    ],
    ids=["price approval", "order", "change order", "receipt", "return"],
)
def test_what_is_not_ready_goes_out_without_a_number_only(db, make, role, clause):
    from erp_rules.rule_engine import printing
    from erp_rules.rule_engine.errors import RuleViolation

    doc = make()
    with pytest.raises(RuleViolation, match=rf"{doc.name}: Draft.*\({clause}\)"):
        print_copy(doc, role)
    assert kept(doc) == []
    with hosts.as_user(role):
        assert printing.offered(doc) == []


def test_who_may_not_print_gets_no_copy(db):
    from erp_rules.rule_engine import printing

    doc = price_approval()
    db.permissions.add_permission(doc.doctype, "Engineer", 0)
    try:
        with hosts.as_user("Engineer"):
            assert doc.has_permission("read") and printing.offered(doc) == []
        for role in ("Engineer", "Receiving Clerk"):
            with pytest.raises(db.PermissionError):
                print_copy(doc, role)
        assert kept(doc) == []
    finally:
        db.db.rollback()
        db.clear_cache(doctype="Price Approval")


def test_forms_without_numbers_and_other_languages_are_refused(db):
    doc = receipt()
    with pytest.raises(db.ValidationError, match="Price Approval Form"):
        print_copy(doc, "Receiving Clerk", "Price Approval Form")
    with pytest.raises(db.ValidationError, match="zh, en"):
        print_copy(doc, "Receiving Clerk", None, "de")
    assert kept(doc) == []


def test_forms_offer_what_may_go_out_and_the_history_says_what_went(db):
    from erp_rules.api import forms, screens

    doc = receipt()
    print_copy(doc, "Receiving Clerk")
    with hosts.as_user("Receiving Clerk"):
        offered = [
            {"print_format": "Purchase Receipt Form", "label": "Purchase Receipt Form", "copies": 1},
            {"print_format": "Inspection Card", "label": "Inspection Card", "copies": 0},
        ]
        assert screens.document(doc.doctype, doc.name)["numbered_forms"] == offered
        assert forms.guidance(doc.doctype, doc.name)["numbered_forms"] == offered
        told = [entry["text"] for entry in screens.timeline(doc.doctype, doc.name)]
    assert "Copy 1 of Purchase Receipt Form printed (zh)" in told
    comments = db.get_all("Comment", {"reference_name": doc.name, "comment_type": "Info"}, pluck="content")
    assert comments == ["Copy 1 of Purchase Receipt Form printed (zh)"]


def test_copies_cannot_be_altered_forged_or_taken_away(db):
    from erp_rules.rule_engine.errors import RuleViolation

    doc = receipt()
    print_copy(doc, "Receiving Clerk")
    name = db.get_all("Printed Copy", {"reference_name": doc.name}, pluck="name")[0]
    copy = db.get_doc("Printed Copy", name)
    copy.copy_no = 5
    with pytest.raises(RuleViolation):
        copy.save()
    with pytest.raises(RuleViolation):
        db.delete_doc("Printed Copy", name, force=1)
    with pytest.raises(RuleViolation):
        db.get_doc({"doctype": "Printed Copy", "reference_doctype": doc.doctype, "copy_no": 9}).insert()
    assert kept(doc) == [("Purchase Receipt Form", 1, "zh", hosts.user_for("Receiving Clerk"))]


def test_what_was_counted_on_orders_before_goes_on_from_there(db, monkeypatch):
    from erp_rules.patches.v1_0 import keep_printed_copies

    monkeypatch.setattr(keep_printed_copies, "FIELD", "print_no")  # any number that stands on an order
    order = ordering.issued()
    db.db.set_value(order.doctype, order.name, "print_no", 3)
    keep_printed_copies.execute()
    keep_printed_copies.execute()
    assert [entry[:2] for entry in kept(order)] == [("Purchase Order Form", 3)]
    assert print_copy(order, "Purchaser")["copy"] == 4
