"""Every door of Frappe's own, tried over the wire by the wrong and the right user: refused, and nothing changed (1, 2.9).

Doors that the embedded bench does not have (the desk's endpoints, Data Import, Auto Repeat, Kanban, API v2, the
permission manager) are tried on a real bench only.
"""

from __future__ import annotations

import json
from pathlib import Path

import price_world as world
import pytest
from engine_tools import draft_waiver, stored, waiver_in

import hosts
from hosts import as_user, make_user, unique

WAIVER, APPROVAL = "Rule Waiver", "Price Approval"
on_bench = pytest.mark.skipif(not hosts.is_bench(), reason="the embedded bench does not have this door")


@pytest.fixture
def manager(db):
    """A user who has Frappe's System Manager and no role of the regulation."""
    return "system.manager@demo.example"


@pytest.fixture
def waiting(db):
    """A committed waiver that waits for the executive."""
    waiver = waiver_in("Executive Approval")
    db.db.commit()
    return waiver


@pytest.fixture
def reviewed(db):
    """A committed price approval in Finance Review, with its sample attached."""
    doc = world.act(world.draft(), "Submit for Review", "Purchaser")
    db.db.commit()
    return doc


def call(http, function: str, body: dict, method: str = "POST"):
    """Call a whitelisted function and return the response."""
    given = {"json": body} if method == "POST" else {"query_string": body}
    return http.request(method, f"/api/method/{function}", **given)


# --- state, document status, locked fields ---------------------------------------------------


def whole(waiver) -> dict:
    return {**stored(WAIVER, waiver.name)[""][0], "doctype": WAIVER}


DESK_DOORS = {
    "save": lambda w: ("frappe.desk.form.save.savedocs", {"doc": json.dumps({**whole(w), "reason": "z"}), "action": "Save"}),
    "submit": lambda w: ("frappe.desk.form.save.savedocs", {"doc": json.dumps(whole(w)), "action": "Submit"}),
    "update": lambda w: ("frappe.desk.form.save.savedocs", {"doc": json.dumps(whole(w)), "action": "Update"}),
    "cancel": lambda w: ("frappe.desk.form.save.cancel", {
        "doctype": WAIVER, "name": w.name, "workflow_state_fieldname": "workflow_state", "workflow_state": "Approved",
    }),
    "client save": lambda w: ("frappe.client.save", {"doc": json.dumps({**whole(w), "workflow_state": "Approved"})}),
    "many": lambda w: ("frappe.client.insert_many", {"docs": json.dumps([
        {**whole(w), "name": None, "workflow_state": "Approved", "docstatus": 1}
    ])}),
    "client bulk": lambda w: ("frappe.client.bulk_update", {"docs": json.dumps([
        {"doctype": WAIVER, "docname": w.name, "reason": "z"}
    ])}),
    "bulk submit": lambda w: ("frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs", {
        "doctype": WAIVER, "docnames": json.dumps([w.name]), "action": "submit",
    }),
    "bulk update": lambda w: ("frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs", {
        "doctype": WAIVER, "docnames": json.dumps([w.name]), "action": "update",
        "data": json.dumps({"workflow_state": "Approved"}),
    }),
    "bulk delete": lambda w: ("frappe.desk.reportview.delete_items", {"doctype": WAIVER, "items": json.dumps([w.name])}),
    "calendar": lambda w: ("frappe.desk.calendar.update_event", {
        "args": json.dumps({"doctype": WAIVER, "name": w.name, "reason": "2031-01-01"}),
        "field_map": json.dumps({"start": "reason", "end": "reason"}),
    }),
    "rename": lambda w: ("frappe.client.rename_doc", {"doctype": WAIVER, "old_name": w.name, "new_name": "RW-X"}),
    "title": lambda w: ("frappe.model.rename_doc.update_document_title", {
        "doctype": WAIVER, "docname": w.name, "name": "RW-X", "title": "x",
    }),
    "document method": lambda w: ("run_doc_method", {"docs": json.dumps(whole(w)), "method": "submit"}),
    "console": lambda w: ("frappe.desk.doctype.system_console.system_console.execute_code", {"doc": json.dumps({
        "doctype": "System Console", "type": "Python", "commit": 1,
        "console": f"frappe.db.set_value('{WAIVER}', '{w.name}', 'workflow_state', 'Approved')",
    })}),
}  # fmt: skip


@on_bench
@pytest.mark.clause("1.1")
@pytest.mark.clause("1.2")
@pytest.mark.parametrize("door", DESK_DOORS)
def test_doors_of_the_desk_change_nothing(db, http, manager, waiting, door):
    before, count = stored(WAIVER, waiting.name), db.db.count(WAIVER)
    for who in ("Top Executive", "Purchaser", manager):
        http.token(who)
        function, body = DESK_DOORS[door](waiting)
        response = call(http, function, body)
        assert "is not whitelisted" not in response.text
        assert "Failed to get method" not in response.text
        assert stored(WAIVER, waiting.name) == before, (door, who, response.text[:500])
        assert db.db.count(WAIVER) == count


@on_bench
@pytest.mark.clause("1.1")
@pytest.mark.clause("1.2")
@pytest.mark.parametrize("who", ["Top Executive", "Purchaser"])
def test_second_api_changes_nothing(db, http, waiting, who):
    path = f"/api/v2/document/{WAIVER}/{waiting.name}"
    before = stored(WAIVER, waiting.name)
    http.token(who)
    for method, where, body in (
        ("PUT", path, {"workflow_state": "Approved"}),
        ("PATCH", path, {"docstatus": 1}),
        ("POST", f"{path}/method/submit", {}),
        ("POST", "/api/v2/method/run_doc_method", {"document": whole(waiting), "method": "submit"}),
        ("DELETE", path, {}),
    ):
        response = http.request(method, where, json=body)
        assert response.status_code in (403, 417), (method, where, response.text[:500])
        assert stored(WAIVER, waiting.name) == before


@on_bench
@pytest.mark.clause("1.4")
def test_card_of_a_board_does_not_move(db, http, waiting):
    columns = [{"column_name": "Document"}, {"column_name": "Item and Supplier"}]
    board = db.get_doc(
        {"doctype": "Kanban Board", "kanban_board_name": unique("Board"), "reference_doctype": WAIVER,
         "field_name": "scope", "private": 0, "columns": columns}
    ).insert(ignore_permissions=True)  # fmt: skip
    before = stored(WAIVER, waiting.name)
    module = "frappe.desk.doctype.kanban_board.kanban_board"
    for who in ("Purchaser", "Top Executive"):
        http.token(who)
        card = {"board_name": board.name, "docname": waiting.name, "from_colname": "Document",
                "to_colname": "Item and Supplier", "old_index": 0, "new_index": 0}  # fmt: skip
        assert call(http, f"{module}.update_order_for_single_card", card).status_code in (403, 417)
        order = json.dumps({"Document": [], "Item and Supplier": [waiting.name]})
        answer = call(http, f"{module}.update_order", {"board_name": board.name, "order": order})
        assert answer.status_code in (403, 417)
        assert stored(WAIVER, waiting.name) == before


@on_bench
@pytest.mark.clause("1.1")
@pytest.mark.clause("1.2")
@pytest.mark.parametrize(
    ("kind", "extra", "submit", "message"),
    [
        ("Insert New Records", {"workflow_state": "Approved"}, 0, "(1.1)"),
        ("Insert New Records", {}, 1, "(1.2)"),
        ("Update Existing Records", {"workflow_state": "Approved"}, 0, "(1.1)"),
        ("Update Existing Records", {"reason": "imported"}, 1, "(1.4)"),
    ],
)
def test_data_import_runs_into_the_guard(db, waiting, kind, extra, submit, message):
    """Data Import's own run, by Administrator: each row is refused with its clause in the import's log."""
    importer = pytest.importorskip("frappe.core.doctype.data_import.importer")
    values = {"name": waiting.name, **extra}
    if kind == "Insert New Records":
        names = (
            "clause",
            "scope",
            "reference_doctype",
            "reference_name",
            "valid_until",
            "max_uses",
            "evidence",
        )
        values = {name: whole(waiting)[name] for name in names} | {"reason": unique("import"), **extra}
    meta = db.get_meta(WAIVER)
    labels = ["ID" if name == "name" else meta.get_label(name) for name in values]
    text = ",".join(labels) + "\n" + ",".join(str(value) for value in values.values()) + "\n"
    file = db.get_doc(
        {"doctype": "File", "file_name": f"{unique('i')}.csv", "content": text, "is_private": 1}
    )
    file.insert(ignore_permissions=True)
    job = db.get_doc(
        {"doctype": "Data Import", "reference_doctype": WAIVER, "import_type": kind, "mute_emails": 1,
         "import_file": file.file_url, "submit_after_import": submit}
    ).insert(ignore_permissions=True)  # fmt: skip
    db.db.commit()
    before, count = stored(WAIVER, waiting.name), db.db.count(WAIVER)
    importer.Importer(WAIVER, data_import=job).import_data()
    logs = db.get_all("Data Import Log", filters={"data_import": job.name}, fields=["success", "exception"])
    assert [log.success for log in logs] == [0]
    assert message in logs[0].exception
    assert stored(WAIVER, waiting.name) == before
    assert db.db.count(WAIVER) == count


@on_bench
@pytest.mark.clause("1.2")
def test_auto_repeat_begins_with_a_draft_and_submits_nothing(db, manager):
    source = waiver_in("Approved")
    db.make_property_setter(
        {"doctype": WAIVER, "doctype_or_field": "DocType", "property": "allow_auto_repeat", "value": "1",
         "property_type": "Check"}, is_system_generated=False,
    )  # fmt: skip
    db.get_doc(
        {"doctype": "Custom Field", "dt": WAIVER, "fieldname": "auto_repeat", "label": "Auto Repeat",
         "fieldtype": "Link", "options": "Auto Repeat", "no_copy": 1, "read_only": 1}
    ).insert()  # fmt: skip
    db.clear_cache(doctype=WAIVER)
    try:
        repeat = db.get_doc(
            {"doctype": "Auto Repeat", "reference_doctype": WAIVER, "reference_document": source.name,
             "frequency": "Daily", "start_date": db.utils.today(), "submit_on_creation": 1}
        ).insert(ignore_permissions=True)  # fmt: skip
        count = db.db.count(WAIVER, {"docstatus": 1})
        with pytest.raises(db.ValidationError) as error:
            repeat.make_new_document()
        assert "(1.2)" in str(error.value)
        repeat.submit_on_creation = 0
        made = repeat.make_new_document()
        assert (made.workflow_state, made.docstatus, made.use_count) == ("Draft", 0, 0)
        assert not made.judged_by
        assert db.db.count(WAIVER, {"docstatus": 1}) == count
    finally:
        db.db.rollback()
        for name in db.get_all(
            "Custom Field", filters={"dt": WAIVER, "fieldname": "auto_repeat"}, pluck="name"
        ):
            db.delete_doc("Custom Field", name, force=1)
        for name in db.get_all(
            "Property Setter", filters={"doc_type": WAIVER, "property": "allow_auto_repeat"}, pluck="name"
        ):
            db.delete_doc("Property Setter", name, force=1)
        db.db.commit()
        db.clear_cache(doctype=WAIVER)


@pytest.mark.clause("1.5")
def test_share_gives_sight_and_no_pen(db, http, reviewed):
    draft = world.draft()
    with as_user("Purchaser"):
        for doc in (reviewed, draft):
            db.share.add_docshare(
                APPROVAL, doc.name, "engineer@demo.example", read=1, write=1, share=1,
                flags={"ignore_share_permission": True},
            )  # fmt: skip
    db.db.commit()
    http.token("Engineer")
    for doc in (reviewed, draft):
        before = stored(APPROVAL, doc.name)
        assert http.get(f"/api/resource/{APPROVAL}/{doc.name}").status_code == 200
        answer = http.put(f"/api/resource/{APPROVAL}/{doc.name}", json={"market_check": "x"})
        assert answer.status_code == 403, answer.text
        assert "(1.5)" in answer.text
        assert stored(APPROVAL, doc.name) == before


@on_bench
def test_nobody_shares_or_assigns_what_they_may_not_see(db, http, reviewed):
    http.token("Receiving Clerk")
    me = hosts.user_for("Receiving Clerk")
    shared = {"doctype": APPROVAL, "name": reviewed.name, "user": me, "read": 1}
    assert call(http, "frappe.share.add", shared).status_code == 403
    assigned = {"doctype": APPROVAL, "name": reviewed.name, "assign_to": json.dumps([me])}
    assert call(http, "frappe.desk.form.assign_to.add", assigned).status_code == 403
    assert not db.db.exists("DocShare", {"share_name": reviewed.name})
    assert not db.db.exists("ToDo", {"reference_name": reviewed.name, "allocated_to": me})


@pytest.mark.clause("1.5")
@pytest.mark.clause("2.1")
@pytest.mark.clause("2.9")
def test_permissions_that_an_administrator_adds_open_no_state_and_no_history(db, http, waiting, manager):
    """A System Manager may give any permission; the guard does not ask about permissions."""
    given = {"read": 1, "write": 1, "create": 1, "delete": 1, "submit": 1, "cancel": 1}
    version = db.get_all("Version", filters={"docname": waiting.name}, pluck="name")[0]
    step = db.get_all("Approval Step", filters={"reference_name": waiting.name}, pluck="name")[0]
    doctypes = (WAIVER, "Version", "Approval Step", "Rule")
    try:
        for doctype in doctypes:
            submittable = db.get_meta(doctype).is_submittable
            rights = {
                key: value for key, value in given.items() if submittable or key not in ("submit", "cancel")
            }
            db.get_doc(
                {"doctype": "Custom DocPerm", "parent": doctype, "parenttype": "DocType", "parentfield": "permissions",
                 "role": "System Manager", "permlevel": 0, **rights}
            ).insert(ignore_permissions=True)  # fmt: skip
            db.clear_cache(doctype=doctype)
        db.db.commit()
        http.token(manager)
        for doctype, name, body in (
            (WAIVER, waiting.name, {"reason": "x"}),
            (WAIVER, waiting.name, {"docstatus": 1}),
            (WAIVER, waiting.name, {"workflow_state": "Approved"}),
            ("Version", version, {"data": "{}"}),
            ("Approval Step", step, {"reason": "x"}),
            ("Rule", "4.2.3.3", {"enforcement": "Off"}),
        ):
            before = stored(doctype, name)
            answer = http.put(f"/api/resource/{doctype}/{name}", json=body)
            assert answer.status_code in (403, 417), (doctype, body, answer.text[:500])
            assert http.delete(f"/api/resource/{doctype}/{name}").status_code in (403, 417)
            assert stored(doctype, name) == before
    finally:
        db.db.rollback()
        db.db.delete("Custom DocPerm", {"parent": ["in", doctypes]})
        db.db.commit()
        for doctype in doctypes:
            db.clear_cache(doctype=doctype)


def test_nobody_gives_themselves_a_role(db, http):
    login = hosts.user_for("Purchaser")
    http.token(login)
    for path in (f"/api/resource/User/{login}", f"/api/resource/User/{login}?x=1"):
        http.put(path, json={"roles": [{"role": "Top Executive"}]})
        assert db.get_all("Has Role", filters={"parent": login}, pluck="role") == ["Purchaser"]
    row = {
        "doctype": "Has Role",
        "parent": login,
        "parenttype": "User",
        "parentfield": "roles",
        "role": "Top Executive",
    }
    assert http.post("/api/resource/Has Role", json=row).status_code in (403, 417)
    assert db.get_all("Has Role", filters={"parent": login}, pluck="role") == ["Purchaser"]


# --- history ---------------------------------------------------------------------------------


@pytest.mark.clause("2.9")
@pytest.mark.parametrize("kind", ["Comment", "Workflow"])
def test_comment_is_not_moved_away_to_be_altered(db, http, manager, reviewed, kind):
    with as_user("Purchaser"):
        reviewed.add_comment("Comment", "As agreed on the phone.")
    other = db.get_doc({"doctype": "ToDo", "description": "x", "allocated_to": "Administrator"}).insert()
    db.db.commit()
    name = db.get_all("Comment", {"reference_name": reviewed.name, "comment_type": kind}, pluck="name")[0]
    before = stored("Comment", name)
    for who in ("Purchaser", manager):
        http.token(who)
        for body in (
            {"reference_doctype": "ToDo", "reference_name": other.name},
            {"reference_doctype": "", "reference_name": "", "content": "forged"},
            {"content": "forged"},
        ):
            answer = http.put(f"/api/resource/Comment/{name}", json=body)
            assert answer.status_code in (403, 417), (who, body, answer.text[:300])
        assert http.delete(f"/api/resource/Comment/{name}").status_code in (403, 417)
        assert stored("Comment", name) == before


@pytest.mark.clause("2.9")
@pytest.mark.parametrize(
    "forged", [{"comment_email": "top.executive@demo.example"}, {"comment_by": "Top Executive"}]
)
def test_comment_carries_its_writers_name(db, forged, reviewed):
    from erp_rules.rule_engine.errors import RuleViolation

    values = {"comment_type": "Comment", "reference_doctype": APPROVAL, "reference_name": reviewed.name}
    with as_user("Purchaser"):
        with pytest.raises(RuleViolation) as error:
            db.get_doc({"doctype": "Comment", **values, "content": "I agree", **forged}).insert(
                ignore_permissions=True
            )
        assert "(2.9)" in str(error.value)
        name = db.db.get_value("User", db.session.user, "full_name")
        own = {"comment_email": db.session.user, "comment_by": name}
        assert db.get_doc({"doctype": "Comment", **values, "content": "I agree", **own}).insert(
            ignore_permissions=True
        )


@on_bench
@pytest.mark.clause("2.10")
def test_deleted_draft_is_restored_by_nobody_and_its_record_stays(db, http, manager):
    waiver = draft_waiver()
    with as_user("Purchaser"):
        db.delete_doc(WAIVER, waiver.name)
    db.db.commit()
    record = db.get_all("Deleted Document", filters={"deleted_name": waiver.name}, pluck="name")[0]
    for who in ("Purchaser", manager):
        http.token(who)
        answer = call(http, "frappe.core.doctype.deleted_document.deleted_document.restore", {"name": record})
        assert answer.status_code in (403, 417), answer.text[:300]
        assert http.delete(f"/api/resource/Deleted Document/{record}").status_code in (403, 417)
    assert db.db.exists("Deleted Document", record)
    assert not db.db.exists(WAIVER, waiver.name)


# --- evidence on the disk --------------------------------------------------------------------


def content_of(name: str) -> bytes:
    import frappe

    return Path(frappe.get_doc("File", name).get_full_path()).read_bytes()


@pytest.mark.clause("1.4")
def test_evidence_stays_on_the_disk_when_its_deletion_is_refused(db, http, reviewed):
    """Frappe deletes the content before hooks are asked, and no rollback brings it back."""
    name = db.get_all("File", filters={"attached_to_name": reviewed.name}, pluck="name")[0]
    before = content_of(name)
    http.token("Purchaser")
    assert http.delete(f"/api/resource/File/{name}").status_code in (403, 417)
    assert content_of(name) == before
    assert http.put(f"/api/resource/File/{name}", json={"is_private": 0}).status_code in (403, 417)
    assert content_of(name) == before
    if hosts.is_bench():
        assert call(http, "frappe.desk.form.utils.remove_attach", {"fid": name}).status_code in (403, 417)
    from erp_rules.rule_engine.errors import RuleViolation

    with pytest.raises(RuleViolation):
        db.delete_doc("File", name, force=1, ignore_permissions=True)
    assert content_of(name) == before
    with pytest.raises(RuleViolation):
        db.get_doc("File", name).save_file(content=b"something else")
    assert content_of(name) == before


@pytest.mark.clause("1.4")
def test_content_is_not_replaced_through_a_copy_of_the_record(db, reviewed):
    """Equal contents are kept once, so another record of one's own may stand for the same file."""
    from erp_rules.rule_engine.errors import RuleViolation

    kept = db.get_doc("File", db.get_all("File", {"attached_to_name": reviewed.name}, pluck="name")[0])
    with as_user("Purchaser"):
        copy = db.get_doc(
            {"doctype": "File", "file_url": kept.file_url, "file_name": "copy.txt", "is_private": 1}
        )
        copy.insert(ignore_permissions=True)
        copy = db.get_doc("File", copy.name)
        with pytest.raises(RuleViolation):
            copy.save_file(content=b"something else")
    assert content_of(kept.name)


# --- definitions -----------------------------------------------------------------------------


@pytest.mark.clause("2.9")
@pytest.mark.parametrize(
    ("name", "value"), [("track_changes", "0"), ("module", "Core"), ("istable", "1"), ("is_submittable", "0")]
)
def test_log_and_guard_are_not_customised_away(db, http, manager, name, value):
    http.token(manager)
    body = {
        "doc_type": APPROVAL,
        "doctype_or_field": "DocType",
        "property": name,
        "value": value,
        "property_type": "Data",
    }
    answer = http.post("/api/resource/Property Setter", json=body)
    assert answer.status_code == 417, answer.text[:300]
    assert "(2.9)" in answer.text
    assert not db.db.exists("Property Setter", {"doc_type": APPROVAL, "property": name})


@pytest.mark.clause("2.9")
def test_definition_of_a_doctype_is_not_taken_over(db, http, manager):
    """Made a custom one, its controller would no longer be loaded, and its log could be switched off."""
    if db.conf.developer_mode:
        pytest.skip("who develops the app changes its DocTypes")
    http.token(manager)
    before = db.db.get_value("DocType", APPROVAL, ["custom", "module", "track_changes"])
    for body in ({"custom": 1}, {"custom": 1, "module": "Core"}, {"custom": 1, "track_changes": 0}):
        answer = http.put(f"/api/resource/DocType/{APPROVAL}", json=body)
        assert answer.status_code in (403, 417), answer.text[:300]
    assert http.delete(f"/api/resource/DocType/{APPROVAL}").status_code in (403, 417)
    assert db.db.get_value("DocType", APPROVAL, ["custom", "module", "track_changes"]) == before


@pytest.mark.clause("1.3")
@pytest.mark.parametrize("new", [False, True])
def test_decision_is_not_opened_to_whoever_made_the_document(db, new):
    """An administrator may change a workflow, but not that nobody approves their own work."""
    from erp_rules.rule_engine.errors import RuleViolation

    workflow = db.get_doc("Workflow", {"document_type": APPROVAL})
    row = next(row for row in workflow.transitions if row.action == "Approve")
    if new:
        copied = {key: row.get(key) for key in ("state", "next_state", "allowed")}
        workflow.append("transitions", {**copied, "action": "Post", "allow_self_approval": 1})
    else:
        row.allow_self_approval = 1
    with pytest.raises(RuleViolation) as error:
        workflow.save()
    assert "(1.3)" in str(error.value)


def test_workflow_is_not_edited_by_users(db, http):
    name = db.db.get_value("Workflow", {"document_type": APPROVAL})
    before = stored("Workflow", name)
    for role in ("Purchaser", "Top Executive", "Rule Administrator"):
        http.token(role)
        assert http.put(f"/api/resource/Workflow/{name}", json={"is_active": 0}).status_code in (403, 404)
        assert http.delete(f"/api/resource/Workflow/{name}").status_code in (403, 404)
    assert stored("Workflow", name) == before


# --- sight -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def narrow(site):
    """A purchaser who may see one supplier, and a posted approval and a draft that name others; committed."""
    import frappe as db

    login = f"{unique('narrow').lower()}@demo.example"
    db.local.conf.throttle_user_limit = 1000
    make_user(login, "Purchaser")
    mine, other, third = world.supplier(), world.supplier(), world.supplier()
    db.get_doc({"doctype": "User Permission", "user": login, "allow": "Supplier", "for_value": mine}).insert()
    db.clear_cache(user=login)
    quotes = [world.quote(other, 9.5, selected=1), world.quote(third, 10), world.quote(mine, 11)]
    hidden = world.posted(quotes=quotes)
    own = [world.quote(mine, 9.5, selected=1)]
    seen = world.draft(quotes=own)
    draft = world.draft(quotes=[world.quote(other, 9.5, selected=1)])
    db.db.commit()
    return db._dict(login=login, mine=mine, other=other, third=third, hidden=hidden, draft=draft, seen=seen)


def leaks(narrow, text: str) -> list[str]:
    return [
        name for name in (narrow.other, narrow.third, narrow.hidden.name, narrow.draft.name) if name in text
    ]


@pytest.mark.skipif(not hosts.is_bench(), reason="only a Frappe bench has the search of the desk")
@pytest.mark.clause("4.2.7")
def test_the_search_of_the_desk_finds_nothing_that_could_not_be_opened(db, http, narrow):
    from frappe.utils.global_search import rebuild_for_doctype

    settings = db.get_doc("Global Search Settings")
    before = [row.as_dict() for row in settings.allowed_in_global_search]
    settings.append("allowed_in_global_search", {"document_type": "Supplier"})
    settings.save()
    rebuild_for_doctype("Supplier")
    db.db.commit()
    try:
        http.token(narrow.login)
        found = {}
        for supplier in (narrow.mine, narrow.other):
            word = db.db.get_value("Supplier", supplier, "supplier_name")
            answer = call(http, "frappe.utils.global_search.search", {"text": word, "limit": 500})
            found[supplier] = answer.text
        assert narrow.mine in found[narrow.mine]
        assert not any(leaks(narrow, text) for text in found.values())
        http.token("Purchaser")
        word = db.db.get_value("Supplier", narrow.other, "supplier_name")
        assert (
            narrow.other in call(http, "frappe.utils.global_search.search", {"text": word, "limit": 500}).text
        )
    finally:
        settings.reload()
        settings.set("allowed_in_global_search", before)
        settings.save()
        db.db.commit()


@pytest.mark.clause("4.2.7")
def test_lists_show_nothing_that_could_not_be_opened(db, http, narrow):
    """Frappe lists a document by its own links only, and rows by themselves not by any."""
    http.token(narrow.login)
    rows = json.dumps(["name", "`tabPrice Quote`.supplier"])
    for query in (
        {"doctype": "Supplier"},
        {"doctype": APPROVAL},
        {"doctype": APPROVAL, "fields": rows},
        {"doctype": "Price Quote", "parent": APPROVAL, "fields": json.dumps(["supplier", "rate", "parent"])},
        {"doctype": "Item Supplier Price", "fields": json.dumps(["supplier", "rate", "price_approval"])},
        {"doctype": "Deadline", "fields": json.dumps(["reference_name"])},
        {"doctype": "Rule Waiver", "fields": json.dumps(["reference_name"])},
        {"doctype": "File", "fields": json.dumps(["file_name", "attached_to_name"])},
    ):
        answer = call(http, "frappe.client.get_list", {**query, "limit_page_length": 0})
        assert answer.status_code == 200, answer.text[:300]
        assert not leaks(narrow, answer.text), query
    answer = call(http, "frappe.client.get_list", {"doctype": APPROVAL, "limit_page_length": 0})
    assert narrow.seen.name in answer.text
    rows = {
        "doctype": "Price Quote",
        "parent": APPROVAL,
        "fields": json.dumps(["supplier"]),
        "limit_page_length": 0,
    }
    assert narrow.mine in call(http, "frappe.client.get_list", rows).text
    assert not leaks(narrow, http.get(f"/api/resource/{APPROVAL}?limit_page_length=0").text)


def test_shared_document_is_listed_all_the_same(db, http, narrow):
    db.share.add_docshare(
        APPROVAL, narrow.hidden.name, narrow.login, read=1, flags={"ignore_share_permission": True}
    )
    http.token(narrow.login)
    try:
        answer = call(http, "frappe.client.get_list", {"doctype": APPROVAL, "limit_page_length": 0})
        assert leaks(narrow, answer.text) == [narrow.hidden.name]
        assert http.get(f"/api/resource/{APPROVAL}/{narrow.hidden.name}").status_code == 200
    finally:
        db.db.delete("DocShare", {"share_name": narrow.hidden.name})
        db.db.commit()


@pytest.mark.parametrize(
    "report", ["Quote Comparison", "Price History", "Prices Ending Soon", "Approved Supplier List"]
)
def test_report_is_not_run_as_somebody_else(db, http, narrow, report):
    http.token(narrow.login)
    body = {"report_name": report, "filters": json.dumps({"days": 400}), "user": "Administrator"}
    answer = call(http, "frappe.desk.query_report.run", body)
    assert answer.status_code == 200, answer.text[:300]
    assert not leaks(narrow, answer.text)


def test_document_is_not_overwritten_by_sending_ones_own_values(db, http, narrow):
    """Frappe asks about the values sent, not about those stored."""
    before = stored(APPROVAL, narrow.draft.name)
    sent = {**before[""][0], "doctype": APPROVAL, "quotes": [world.quote(narrow.mine, 1.0, selected=1)]}
    http.token(narrow.login)
    answer = http.put(f"/api/resource/{APPROVAL}/{narrow.draft.name}", json={"quotes": sent["quotes"]})
    assert answer.status_code == 403, answer.text[:300]
    from frappe.model.document import Document

    with as_user(narrow.login):
        doc = db.get_doc(sent)
        assert isinstance(doc, Document)
        with pytest.raises(db.PermissionError):
            doc.save()
    db.db.rollback()
    assert stored(APPROVAL, narrow.draft.name) == before


SEARCHES = {
    "link": lambda n: ("frappe.desk.search.search_link", {"doctype": "Supplier", "txt": "", "page_length": 500, "ignore_user_permissions": 1}),
    "price": lambda n: ("frappe.desk.search.search_link", {"doctype": "Item Supplier Price", "txt": "", "page_length": 500, "ignore_user_permissions": 1}),
    "approval": lambda n: ("frappe.desk.search.search_link", {"doctype": APPROVAL, "txt": "", "page_length": 500}),
    "dialog": lambda n: ("frappe.desk.search.search_widget", {"doctype": "Supplier", "txt": "", "page_length": 500, "ignore_user_permissions": 1}),
    "list": lambda n: ("frappe.desk.reportview.get", {"doctype": APPROVAL, "fields": json.dumps(["`tabPrice Approval`.name", "`tabPrice Quote`.supplier"]), "page_length": 5000}),
    "export": lambda n: ("frappe.desk.reportview.export_query", {"doctype": APPROVAL, "fields": json.dumps(["`tabPrice Approval`.`name`", "`tabPrice Quote`.`supplier`"]), "file_format_type": "CSV", "title": "x"}),
    "report export": lambda n: ("frappe.desk.query_report.export_query", {"report_name": "Quote Comparison", "file_format_type": "CSV", "filters": "{}", "visible_idx": "[]"}),
    "group": lambda n: ("frappe.desk.listview.get_group_by_count", {"doctype": "Item Supplier Price", "current_filters": "[]", "field": "supplier"}),
    "stats": lambda n: ("frappe.desk.reportview.get_stats", {"doctype": "Item Supplier Price", "stats": json.dumps(["supplier"]), "filters": "[]"}),
    "global": lambda n: ("frappe.utils.global_search.search", {"text": n.hidden.name}),
}  # fmt: skip


@on_bench
@pytest.mark.parametrize("door", SEARCHES)
def test_searches_of_the_desk_show_nothing_hidden(db, http, narrow, door):
    http.token(narrow.login)
    function, body = SEARCHES[door](narrow)
    answer = call(http, function, body)
    assert answer.status_code == 200, answer.text[:300]
    assert not leaks(narrow, answer.text)


@on_bench
def test_hidden_documents_are_not_counted_opened_or_printed(db, http, narrow):
    http.token(narrow.login)
    counted = {"doctype": "Supplier", "filters": json.dumps({"name": narrow.other})}
    assert call(http, "frappe.client.get_count", counted).json["message"] == 0
    named = {"doctype": APPROVAL, "name": narrow.hidden.name}
    for function, body, method in (
        ("frappe.client.get", named, "POST"),
        ("frappe.desk.form.load.getdoc", named, "GET"),
        ("frappe.desk.form.load.get_docinfo", named, "GET"),
        ("frappe.www.printview.get_html_and_style", {"doc": APPROVAL, "name": narrow.hidden.name}, "POST"),
        ("frappe.desk.notifications.get_open_count", named, "POST"),
        ("frappe.desk.form.assign_to.add", {**named, "assign_to": json.dumps([narrow.login])}, "POST"),
        ("frappe.share.add", {**named, "user": narrow.login, "read": 1}, "POST"),
    ):
        assert call(http, function, body, method).status_code == 403, function
    assert http.get(f"/printview?doctype={APPROVAL}&name={narrow.hidden.name}").status_code == 403
    assert http.get(narrow.hidden.sample).status_code == 403


# --- fields of a level -----------------------------------------------------------------------


@pytest.fixture
def costed(db):
    """An item whose standard cost was entered and changed by the cost accountant."""
    name = world.item()
    with as_user("Cost Accountant"):
        doc = db.get_doc("Item", name)
        for cost in (4711.25, 4712.25):
            doc.standard_cost = cost
            doc.save()
    db.db.commit()
    return name


def shows_cost(text: str) -> bool:
    """Say whether one of the costs is in the text; the dot keeps document numbers from being taken for them."""
    return any(cost in text for cost in ("711.25", "712.25"))


def test_standard_cost_is_in_no_answer_to_a_purchaser(db, http, costed):
    fields = json.dumps(["name", "standard_cost"])
    for role, is_shown in (("Purchaser", False), ("Cost Accountant", True)):
        http.token(role)
        body = {"specification": unique("y")}
        answers = {
            "read": http.get(f"/api/resource/Item/{costed}"),
            "save": http.put(f"/api/resource/Item/{costed}", json=body),
            "list": call(
                http, "frappe.client.get_list", {"doctype": "Item", "fields": fields, "limit_page_length": 0}
            ),
            "screen": call(
                http, "erp_rules.api.screens.document", {"doctype": "Item", "name": costed}, "GET"
            ),
            "history": call(
                http, "erp_rules.api.screens.timeline", {"doctype": "Item", "name": costed}, "GET"
            ),
        }
        for name, answer in answers.items():
            assert answer.status_code == 200, (name, answer.text[:300])
            assert shows_cost(answer.text) == is_shown, (role, name)
    assert db.db.get_value("Item", costed, "standard_cost") == 4712.25


def test_standard_cost_is_not_found_out_by_asking_for_more_and_less(db, http, costed):
    http.token("Purchaser")
    above = json.dumps([["standard_cost", ">", 4000]])
    for query in (f"filters={above}", "order_by=standard_cost desc"):
        answer = http.get(f"/api/resource/Item?{query}")
        assert answer.status_code == 403, answer.text[:300]
        assert "Standard Cost" in answer.text
    http.token("Cost Accountant")
    assert costed in http.get(f"/api/resource/Item?filters={above}&limit_page_length=0").text


@on_bench
def test_standard_cost_is_in_no_answer_of_the_desk(db, http, costed):
    item = {"doctype": "Item", "name": costed}
    only = json.dumps([["Item", "name", "=", costed]])
    doors = [
        ("frappe.desk.form.load.getdoc", item, "GET"),
        ("frappe.desk.form.load.get_docinfo", item, "GET"),
        ("frappe.client.get_value", {"doctype": "Item", "filters": only, "fieldname": "standard_cost"}, "POST"),
        ("frappe.client.validate_link", {"doctype": "Item", "docname": costed, "fields": '["standard_cost"]'}, "POST"),
        ("frappe.desk.reportview.get", {"doctype": "Item", "fields": '["`tabItem`.`standard_cost`"]', "filters": only}, "POST"),
        ("frappe.www.printview.get_html_and_style", {"doc": "Item", "name": costed}, "POST"),
    ]  # fmt: skip
    http.token("Purchaser")
    for function, body, method in doors:
        answer = call(http, function, body, method)
        assert answer.status_code in (200, 403, 417), (function, answer.text[:300])
        assert not shows_cost(answer.text), function
    sent = db.get_doc("Item", costed).as_dict(convert_dates_to_str=True)
    sent.pop("standard_cost")
    saved = call(
        http,
        "frappe.desk.form.save.savedocs",
        {"doc": json.dumps({**sent, "specification": "z"}), "action": "Save"},
    )
    assert saved.status_code == 200, saved.text[:300]
    assert not shows_cost(saved.text)
    http.token("Cost Accountant")
    assert shows_cost(call(http, "frappe.desk.form.load.getdoc", item, "GET").text)
