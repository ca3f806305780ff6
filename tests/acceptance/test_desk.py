"""What the desk shows beside the documents: figures per user, and guidance on forms."""

from __future__ import annotations

import json

import price_world as world
import pytest

from hosts import as_user, user_for

CHARTS = (
    "Approvals by Age",
    "Clause Events per Month",
    "Time Limits Kept",
    "Prices over Time",
    "Quotes Compared",
)


def test_every_card_and_chart_of_the_workspaces_is_there(db):
    modules = db.get_all("Module Def", {"app_name": "erp_rules"}, pluck="name")
    workspaces = db.get_all("Workspace", {"module": ["in", modules]}, pluck="name")
    assert {"Procurement", "Masters", "Rule Engine", "Rule Administration"} <= set(workspaces)
    for name in workspaces:
        workspace = db.get_doc("Workspace", name)
        for row in workspace.number_cards:
            assert db.db.exists("Number Card", row.number_card_name), row.number_card_name
        for row in workspace.charts:
            assert db.db.get_value("Dashboard Chart", row.chart_name, "source") == "Regulation Figures"
        drawn = {block["data"].get("chart_name") for block in json.loads(workspace.content)}
        assert {row.chart_name for row in workspace.charts} == drawn - {None}


@pytest.mark.parametrize(("own", "shown"), [(None, "CNY"), ("USD", "USD")])
def test_amounts_without_a_currency_are_shown_in_the_base_currency(db, own, shown):
    bootinfo = db._dict(sysdefaults=db._dict(currency=own))
    for path in db.get_hooks("extend_bootinfo", app_name="erp_rules"):
        db.get_attr(path)(bootinfo)
    assert bootinfo.sysdefaults.currency == shown


def test_charts_are_drawn_for_the_user_who_asks(db):
    from erp_rules.api.figures import chart

    doc = world.posted()
    filters = json.dumps({"item": doc.item})
    with as_user("Purchaser"):
        prices = chart("Prices over Time", filters=filters)
        compared = chart("Quotes Compared")
    assert [row["values"] for row in prices["datasets"]] == [[9.5]]
    assert compared["labels"][0] == doc.item
    # 9.5, 10 and 11 were quoted, and the lowest was taken
    assert [row["values"][0] for row in compared["datasets"]] == [0, 15.79]

    with as_user("Warehouse Keeper"):
        assert chart("Prices over Time", filters=filters) == {}
        assert chart("Quotes Compared") == {}


@pytest.fixture
def limited_officer(db):
    """A finance officer whose user permissions a test may set; what is cached of them is forgotten afterwards."""
    login = user_for("Finance Officer", 2)
    yield login
    db.db.rollback()
    db.clear_cache(user=login)


def test_charts_leave_out_what_user_permissions_hide(db, limited_officer):
    from erp_rules.api.figures import chart

    shown, hidden = world.posted(), world.posted()
    values = {"doctype": "User Permission", "user": limited_officer, "allow": "Item"}
    with as_user(user_for("Finance Officer", 2)):
        before = chart("Quotes Compared")["labels"]
    db.get_doc({**values, "for_value": shown.item, "apply_to_all_doctypes": 1}).insert()
    db.clear_cache(user=user_for("Finance Officer", 2))
    with as_user(user_for("Finance Officer", 2)):
        after = chart("Quotes Compared")["labels"]
    assert {shown.item, hidden.item} <= set(before)
    assert after == [shown.item]


@pytest.mark.parametrize("name", CHARTS)
def test_a_guest_sees_no_chart(db, name):
    from erp_rules.api.figures import chart

    with as_user("Guest"), pytest.raises(db.PermissionError):
        chart(name)


def test_prices_that_end_soon_are_counted_for_who_may_read_them(db):
    from erp_rules.api.figures import prices_ending_soon

    today = db.utils.getdate()
    with as_user("Purchaser"):
        before = prices_ending_soon()["value"]
    doc = world.reviewed(first=db.utils.add_days(today, 1))
    doc = world.edit(doc, "Top Executive", valid_to=db.utils.add_days(today, 20))
    world.act(world.act(doc, "Approve", "Top Executive"), "Post", "Finance Officer")
    with as_user("Purchaser"):
        assert prices_ending_soon()["value"] == before + 1
    with as_user("Warehouse Keeper"), pytest.raises(db.PermissionError):
        prices_ending_soon()


def test_guidance_names_open_points_of_a_draft_and_the_actions(db):
    from erp_rules.api.forms import guidance

    doc = world.draft(quotes=[world.quote(world.supplier("Works <b>X</b>"), 9, selected=1)])
    with as_user("Purchaser"):
        told = guidance(doc.doctype, doc.name)
    assert told["actions"] == ["Submit for Review"]
    assert "4.2.3.3" in [point["clause"] for point in told["open_points"] if point["blocks"]]
    assert not [point for point in told["open_points"] if "<b>" in point["text"]]
    assert "quotes" in told["editable"]


def test_guidance_in_review_tells_who_acts_what_is_open_and_until_when(db):
    from erp_rules.api.forms import guidance

    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    with as_user("Finance Officer"):
        told = guidance(doc.doctype, doc.name)
    assert told["editable"] == ["finance_opinion"]
    assert told["open_points"] == []
    assert {"Pass", "Reject"} <= set(told["actions"])
    assert told["deadline"]["clause"] == "4.2.4"
    with as_user("Purchaser"):
        told = guidance(doc.doctype, doc.name)
    assert told["editable"] == []
    assert "Pass (Finance Officer)" in told["others"]


def test_guidance_is_refused_without_the_right_to_read(db):
    from erp_rules.api.forms import guidance

    doc = world.draft()
    with as_user("Warehouse Keeper"), pytest.raises(db.PermissionError):
        guidance(doc.doctype, doc.name)


def test_a_server_without_the_pdf_program_says_so(db, monkeypatch):
    from erp_rules.api import prints

    doc = world.draft()
    monkeypatch.setattr(prints.shutil, "which", lambda program: None)
    with as_user("Purchaser"), pytest.raises(db.ValidationError, match="wkhtmltopdf is not installed"):
        prints.download_pdf(doc.doctype, doc.name)


def test_a_server_without_chinese_letters_says_so(db, monkeypatch):
    from erp_rules.api import prints

    class Silent:
        returncode, stdout = 0, b"\n"

    prints._has_chinese_font.cache_clear()
    monkeypatch.setattr(prints.shutil, "which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(prints.subprocess, "run", lambda *args, **options: Silent())
    with as_user("Purchaser"), pytest.raises(db.ValidationError, match="no font for Chinese"):
        prints.require_pdf()
    prints._has_chinese_font.cache_clear()


def test_guidance_offers_the_ways_that_are_open_and_the_tasks(db):
    from erp_rules.api.forms import guidance
    from erp_rules.api.screens import countersign

    doc = world.reviewed()
    with as_user("Top Executive"):
        told = guidance(doc.doctype, doc.name)
        assert told["ways"] == ["countersign", "pass_on", "return_to"]
        assert [step["value"] for step in told["earlier"]] == ["Finance Review", "Draft"]
        countersign(doc.doctype, doc.name, user_for("Division Head"), "Is the steel right?")
    with as_user("Division Head"):
        told = guidance(doc.doctype, doc.name)
        assert told["ways"] == []
        (task,) = told["tasks"]
        assert (task["is_mine"], task["status"], task["reason"]) == (True, "Open", "Is the steel right?")
    with as_user("Purchaser"):
        assert guidance(doc.doctype, doc.name)["ways"] == ["withdraw", "remind"]
    with as_user("Finance Officer"):
        assert guidance(doc.doctype, doc.name)["ways"] == []


@pytest.mark.clause("1.13")
def test_a_bulk_refusal_in_the_desk_carries_its_reason_and_is_refused_without(http):
    import frappe

    docs = [world.act(world.draft(), "Submit for Review", "Purchaser") for _ in range(2)]
    names = [doc.name for doc in docs]
    call = {"docnames": json.dumps(names), "doctype": docs[0].doctype, "action": "Reject"}
    path = "/api/method/frappe.model.workflow.bulk_workflow_approval"
    http.login("Finance Officer")
    told = http.post(path, data=call).json["message"]
    assert [row["ok"] for row in told] == [False, False] and "1.13" in told[0]["message"]
    assert {frappe.db.get_value(docs[0].doctype, name, "workflow_state") for name in names} == {
        "Finance Review"
    }
    told = http.post(path, data={**call, "reason": "no market check"}).json["message"]
    assert [row["ok"] for row in told] == [True, True]
    for name in names:
        assert frappe.db.get_value(docs[0].doctype, name, "workflow_state") == "Rejected"
        kept = frappe.get_all("Approval Step", {"reference_name": name, "action": "Reject"}, pluck="reason")
        assert kept == ["no market check"]


def test_the_desk_is_told_what_is_under_control_and_where_time_runs(db):
    from erp_rules.api.forms import add_governed

    bootinfo = db._dict()
    with as_user("Purchaser"):
        add_governed(bootinfo)
    assert {"Price Approval", "Purchase Order", "Purchase Receipt"} <= set(bootinfo.erp_rules_controlled)
    assert "Purchase Receipt" in bootinfo.erp_rules_timed and "Supplier Visit" not in bootinfo.erp_rules_timed
