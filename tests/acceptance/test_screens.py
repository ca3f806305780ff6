"""What the screens call: every endpoint answers, to the right people only, and never more than they may see."""

from __future__ import annotations

import codecs
import json
from io import BytesIO
from urllib.parse import parse_qs

import order_world as ordering
import price_world
import pytest

import hosts

SCREENS = "/api/method/erp_rules.api.screens."
APPROVAL = "Price Approval"


@pytest.fixture
def call(http):
    """Return a function that calls an endpoint of the screens as a role and returns status and message."""

    def ask(role: str, method: str, **args):
        who = http.login(role)
        answer = who.get(SCREENS + method, query_string={k: _text(v) for k, v in args.items()})
        return answer.status_code, (answer.get_json(silent=True) or {}).get("message")

    return ask


def _text(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@pytest.fixture
def waiting(db):
    import frappe

    name = price_world.reviewed().name
    frappe.db.commit()
    return name


def test_boot_tells_who_is_there_and_what_they_may_open(call):
    status, boot = call("Purchaser", "boot")
    assert status == 200
    assert boot["user"] == "purchaser@demo.example" and boot["full_name"]
    entries = {(entry["kind"], entry["name"]): entry for entry in boot["menu"]}
    assert entries["DocType", APPROVAL]["can_create"] is True
    assert entries["DocType", APPROVAL]["menu_numbers"] == ["1.19", "1.10.2.1"]
    assert ("Report", "Prices Ending Soon") in entries
    assert ("DocType", "Custom Field") not in entries


@pytest.fixture
def clock_of(db):
    """Return a function that sets the time zone of the site; it is set back afterwards."""
    before = db.db.get_single_value("System Settings", "time_zone")

    def live_in(time_zone: str) -> None:
        db.db.set_single_value("System Settings", "time_zone", time_zone)
        db.db.commit()
        db.clear_cache()

    yield live_in
    live_in(before)


@pytest.mark.parametrize(
    ("time_zone", "told"), [("Asia/Shanghai", "Asia/Shanghai"), ("", "Asia/Kolkata")], ids=["set", "unset"]
)
def test_boot_tells_the_time_zone_that_the_server_counts_days_in(call, clock_of, time_zone, told):
    clock_of(time_zone)
    _status, boot = call("Purchaser", "boot")
    assert boot["time_zone"] == told  # Frappe lives in Kolkata where nobody said otherwise


def test_a_guest_is_refused_everywhere(http):
    for method in ("boot", "inbox", "overview", "find_documents?text=ab", f"meta?doctype={APPROVAL}"):
        answer = http.get(SCREENS + method)
        assert answer.status_code == 403, method


def test_a_guest_comes_back_to_the_list_with_its_filters(http):
    answer = http.get(
        "/erp/list/Supplier?filters=%5B%22status%22%5D&sort=name", headers={"Accept": "text/html"}
    )
    assert answer.status_code in (301, 302)
    _path, _mark, query = answer.headers["Location"].partition("?")
    assert parse_qs(query) == {"redirect-to": ["/erp/list/Supplier?filters=%5B%22status%22%5D&sort=name"]}


def test_meta_describes_the_form_with_its_tables_and_workflow(call):
    status, meta = call("Purchaser", "meta", doctype=APPROVAL)
    assert status == 200
    fields = {field["fieldname"]: field for field in meta["fields"]}
    assert fields["item"]["options"] == "Item" and fields["item"]["reqd"] == 1
    assert "supplier" in {field["fieldname"] for field in meta["children"]["Price Quote"]}
    assert meta["workflow"]["states"][0]["state"] == "Draft"
    assert meta["permissions"]["create"] is True


def test_meta_leaves_out_fields_of_a_level_that_the_user_cannot_read(call):
    _status, purchaser = call("Purchaser", "meta", doctype="Item")
    _status, accountant = call("Cost Accountant", "meta", doctype="Item")
    names = [{field["fieldname"] for field in meta["fields"]} for meta in (purchaser, accountant)]
    assert "standard_cost" not in names[0] and "standard_cost" in names[1]


def test_inbox_holds_what_waits_for_the_user_and_nothing_of_their_own_making(call, waiting):
    _status, executive = call("Top Executive", "inbox")
    row = next(row for row in executive if row["name"] == waiting)
    assert row["state"] == "Executive Approval" and row["doctype"] == APPROVAL and row["age_hours"] >= 0
    _status, purchaser = call("Purchaser", "inbox")
    assert waiting not in {row["name"] for row in purchaser}


def test_decision_shows_amount_quotes_and_actions(call, waiting):
    status, decision = call("Top Executive", "decision", doctype=APPROVAL, name=waiting)
    assert status == 200
    assert decision["amount"] > 0 and len(decision["table"]["rows"]) == 3
    assert [one["action"] for one in decision["opened"]["transitions"]] == ["Approve", "Reject"]
    assert "valid_from" in decision["opened"]["editable"]


def test_document_of_a_draft_names_its_open_points(call, db):
    import frappe

    name = price_world.draft(market_check=None).name
    frappe.db.commit()
    _status, opened = call("Purchaser", "document", doctype=APPROVAL, name=name)
    assert "4.2.3.2" in {point["clause"] for point in opened["open_points"]}
    assert opened["can_write"] is True and opened["can_delete"] in (True, False)


def test_a_document_names_its_people_by_their_names(call, waiting, db):
    _status, opened = call("Top Executive", "document", doctype=APPROVAL, name=waiting)
    named = {opened["doc"][field] for field in ("requester", "reviewed_by") if opened["doc"].get(field)}
    assert named and named <= set(opened["people"])
    assert opened["people"] == {
        login: db.db.get_value("User", login, "full_name") for login in opened["people"]
    }


def test_timeline_tells_steps_and_comments(call, http, waiting):
    purchaser = http.login("Purchaser")
    answer = purchaser.post(
        SCREENS + "add_comment", json={"doctype": APPROVAL, "name": waiting, "text": "<b>urgent</b>"}
    )
    assert answer.status_code == 200
    _status, events = call("Purchaser", "timeline", doctype=APPROVAL, name=waiting)
    texts = [event["text"] for event in events]
    assert any("Finance Review" in text and "Executive Approval" in text for text in texts)
    assert "<b>urgent</b>" in " ".join(texts)


def test_lists_are_counted_exported_and_kept_as_views(http, waiting):
    purchaser = http.login("Purchaser")
    filters = json.dumps([["name", "=", waiting]])
    count = purchaser.get(SCREENS + "count", query_string={"doctype": APPROVAL, "filters": filters})
    assert count.get_json()["message"] == 1
    csv = purchaser.get(
        SCREENS + "export_list", query_string={"doctype": APPROVAL, "kind": "csv", "filters": filters}
    )
    assert csv.status_code == 200 and waiting in csv.get_data(as_text=True)
    assert csv.get_data().startswith(codecs.BOM_UTF8)
    xlsx = purchaser.get(
        SCREENS + "export_list", query_string={"doctype": APPROVAL, "kind": "xlsx", "filters": filters}
    )
    import openpyxl

    sheet = openpyxl.load_workbook(BytesIO(xlsx.get_data())).active
    assert sheet.cell(2, 1).value == waiting
    filters = json.dumps([{"field": "item", "operator": "=", "value": "X"}])
    query = {"filters": filters, "q": "PA", "order": "item desc"}
    saved = purchaser.post(SCREENS + "save_view", json={"doctype": APPROVAL, "label": "Mine", "query": query})
    assert saved.status_code == 200
    views = purchaser.get(SCREENS + "saved_views", query_string={"doctype": APPROVAL}).get_json()["message"]
    mine = next(view for view in views if view["label"] == "Mine")
    assert {row["field"] for row in json.loads(mine["query"]["filters"])} == {"item", "name"}
    assert mine["query"]["order"] == "item desc"
    other = http.login("Finance Officer").post(SCREENS + "remove_view", json={"name": mine["name"]})
    assert other.status_code == 403
    purchaser = http.login("Purchaser")
    assert purchaser.post(SCREENS + "remove_view", json={"name": mine["name"]}).status_code == 200
    left = purchaser.get(SCREENS + "saved_views", query_string={"doctype": APPROVAL}).get_json()["message"]
    assert mine["name"] not in [view["name"] for view in left]


def test_views_and_the_desk_read_each_others(db):
    """The desk's own views have filters only, and what it does not know does not disturb it."""
    from erp_rules.api.screens import save_view, saved_views

    theirs = json.dumps([[APPROVAL, "item", "=", "X", False]])
    with hosts.as_user("Purchaser"):
        values = {"reference_doctype": APPROVAL, "for_user": hosts.who("Purchaser"), "filters": theirs}
        db.get_doc({"doctype": "List Filter", "filter_name": "Of the desk", **values}).insert()
        save_view(APPROVAL, "Only an order", {"order": "item asc"})
        views = {view["label"]: view["query"] for view in saved_views(APPROVAL)}
    (only,) = db.get_all("List Filter", {"filter_name": "Only an order"}, pluck="filters")
    assert json.loads(only) == []
    assert views["Only an order"] == {"filters": "[]", "order": "item asc"}
    item = {"field": "item", "operator": "=", "value": "X"}
    assert views["Of the desk"] == {"filters": json.dumps([item]), "order": ""}


@pytest.fixture
def chinese(db):
    """Return a function that logs a role in whose language is Chinese; it is English again afterwards."""
    import frappe

    spoken = []

    def speak(login: str, language: str) -> None:
        frappe.db.set_value("User", login, "language", language)
        frappe.db.commit()
        frappe.clear_cache(user=login)

    def log_in(http, role: str):
        spoken.append(hosts.who(role))
        speak(spoken[-1], "zh")
        return http.login(role)

    yield log_in
    for login in spoken:
        speak(login, "en")


def test_an_export_speaks_the_readers_language(http, chinese, waiting):
    asked = {"doctype": APPROVAL, "kind": "csv", "filters": json.dumps([["name", "=", waiting]])}
    answer = chinese(http, "Purchaser").get(SCREENS + "export_list", query_string=asked)
    text = answer.get_data(as_text=True)
    assert "最高主管核准" in text and "Executive Approval" not in text


def test_clauses_have_their_titles_in_the_readers_language(http, chinese):
    auditor = chinese(http, "Internal Auditor")

    def ask(method: str, **args):
        return auditor.get(SCREENS + method, query_string=args).get_json()["message"]

    meta = ask("meta", doctype="Rule")
    listed = {field["fieldname"] for field in meta["fields"] if field.get("in_list_view")}
    assert meta["title_field"] == "title_zh"
    assert "title_zh" in listed and "title" not in listed
    assert ask("document", doctype="Rule", name="4.2.3.3")["title"] == "三家比价"
    found = ask("find_documents", text="4.2.3.3")
    assert ("Rule", "三家比价") in [(hit["doctype"], hit["title"]) for hit in found]


def test_reports_run_and_export_for_those_who_may(http):
    purchaser = http.login("Purchaser")
    for method in ("report_filters", "run_report", "export_report"):
        answer = purchaser.get(SCREENS + method, query_string={"report": "Prices Ending Soon"})
        assert answer.status_code == 200, method
    clerk = http.login("Receiving Clerk")
    assert clerk.get(SCREENS + "run_report", query_string={"report": "Prices Ending Soon"}).status_code == 403


def test_bulk_actions_tell_each_row(http, db):
    import frappe

    good, bad = price_world.draft().name, price_world.draft(market_check=None).name
    frappe.db.commit()
    purchaser = http.login("Purchaser")
    shared = purchaser.get(
        SCREENS + "common_actions", query_string={"doctype": APPROVAL, "names": json.dumps([good, bad])}
    )
    assert "Submit for Review" in [one["action"] for one in shared.get_json()["message"]]
    answer = purchaser.post(
        SCREENS + "bulk_act", json={"doctype": APPROVAL, "names": [good, bad], "action": "Submit for Review"}
    )
    results = {row["name"]: row for row in answer.get_json()["message"]}
    assert results[good]["ok"] is True
    assert results[bad]["ok"] is False and "4.2.3.2" in results[bad]["message"]


def test_finding_and_linking(call, waiting):
    status, hits = call("Purchaser", "find_documents", text=waiting)
    assert status == 200 and waiting in {hit["name"] for hit in hits}
    status, people = call("Purchaser", "search_link", doctype="User", text="top.executive")
    assert "top.executive@demo.example" in {hit["value"] for hit in people}
    status, _hits = call("Receiving Clerk", "search_link", doctype="Price Approval")
    assert status == 403


def test_words_are_looked_for_in_every_list_and_link(http, call):
    """Also where dates and quantities are among what a hit shows: words are never taken for one."""
    _status, boot = call("Internal Auditor", "boot")
    doctypes = [entry["name"] for entry in boot["menu"] if entry["kind"] == "DocType"]
    assert {"Purchase Requisition", "Material Plan", "Exchange Rate", "Purchase Order"} <= set(doctypes)
    auditor = http.login("Internal Auditor")
    refused = {}
    for doctype in doctypes:
        status, hits = call("Internal Auditor", "search_link", doctype=doctype, text="no such words")
        _status, form = call("Internal Auditor", "meta", doctype=doctype)
        words = [[name, "like", "%no such words%"] for name in form["search_fields"]]
        listed = auditor.get(f"/api/resource/{doctype}", query_string={"or_filters": json.dumps(words)})
        if (status, hits, listed.status_code) != (200, [], 200) or listed.get_json()["data"]:
            refused[doctype] = (status, listed.status_code)
    assert not refused


def test_a_link_finds_a_document_by_its_number(db, call):
    wanted = ordering.approved((ordering.item(), 1))
    db.db.commit()
    _status, hits = call("Purchaser", "search_link", doctype="Purchase Requisition", text=wanted.name[3:])
    assert [hit["value"] for hit in hits] == [wanted.name]
    assert str(wanted.requisition_date) in hits[0]["description"]


def test_language_is_the_users_own(http, call):
    purchaser = http.login("Purchaser 2")
    assert purchaser.post(SCREENS + "set_language", json={"language": "xx"}).status_code == 417
    assert purchaser.post(SCREENS + "set_language", json={"language": "zh"}).status_code == 200
    _status, boot = call("Purchaser 2", "boot")
    assert boot["language"] == "zh" and boot["messages"]["Waiting for you"]
    assert purchaser.post(SCREENS + "set_language", json={"language": "en"}).status_code == 200


def test_overview_counts_for_the_session_user(call):
    status, overview = call("Purchaser", "overview")
    assert status == 200
    assert overview["cards"][0]["name"] == "inbox"
    assert {"approvals_by_age", "prices"} <= {chart["name"] for chart in overview["charts"]}


def test_charts_say_what_their_series_mean(call, waiting):
    _status, overview = call("Rule Administrator", "overview")
    charts = {
        chart["name"]: [series.get("tone") for series in chart["series"]] for chart in overview["charts"]
    }
    assert charts["deadlines"] == ["good", "late", "bad", "open"]
    assert charts["approvals_by_age"] == [None]


def test_what_is_named_by_a_word_is_found_by_it_in_chinese_too(db, chinese, http):
    keeper = chinese(http, "Warehouse Keeper")

    def found(text: str, doctype: str = "Role") -> list[tuple]:
        answer = keeper.get(SCREENS + "search_link", query_string={"doctype": doctype, "text": text})
        return [(hit["value"], hit["description"]) for hit in answer.get_json()["message"]]

    for text in ("采购员", "purchaser"):
        assert ("Purchaser", "Purchaser") in found(text), text
    assert ("Purchaser", "Purchaser") not in found("仓管")
    assert ("Purchase Receipt", "Purchase Receipt") in found("验收单", "DocType")
    assert found("单价核定表", "DocType") == []  # whose documents a keeper may not open


def test_the_timeline_tells_words_in_the_readers_language(db, chinese, http):
    doc = price_world.draft()
    doc = price_world.edit(doc, "Purchaser", price_kind="Subcontract", operation="Plating")
    db.db.commit()
    reader = chinese(http, "Purchaser")
    answer = reader.get(SCREENS + "timeline", query_string={"doctype": APPROVAL, "name": doc.name})
    changed = {
        change["label"]: (change["from"], change["to"])
        for event in answer.get_json()["message"]
        for change in event["changes"]
    }
    assert changed["单价类别"] == ("采购", "托工")
    assert changed["工序"][1] == "Plating"
