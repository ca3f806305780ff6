"""History: first values, versions, comments, events; nobody alters or deletes them (2.3, 2.9, 2.10)."""

from __future__ import annotations

import hashlib
import json

import pytest
from engine_tools import act, draft_waiver, stored, waiver_in

from hosts import as_user


def snapshot(kind: str, name: str):
    import frappe

    found = frappe.get_all("Record Snapshot", filters={"kind": kind, "reference_name": name}, fields=["*"])
    assert len(found) == 1
    return found[0]


@pytest.mark.clause("2.10")
def test_first_values_are_kept(db):
    waiver = draft_waiver()
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "Changed later."
        doc.save()
    first = snapshot("First Values", waiver.name)
    data = json.loads(first["data"])
    assert data["reason"] == "The third supplier closed down."
    assert first["user"] == "purchaser@demo.example"
    parts = "\n".join(first[part] for part in ("data", "versions", "comments"))
    assert first["checksum"] == hashlib.sha256(parts.encode()).hexdigest()
    version = db.get_all("Version", filters={"docname": waiver.name}, pluck="data")[0]
    assert ["reason", "The third supplier closed down.", "Changed later."] in json.loads(version)["changed"]


@pytest.mark.clause("2.10")
def test_deleted_draft_keeps_its_whole_history(db):
    waiver = draft_waiver()
    with as_user("Purchaser"):
        doc = db.get_doc("Rule Waiver", waiver.name)
        doc.reason = "Changed later."
        doc.save()
        doc.add_comment("Comment", "Is this still needed?")
        db.delete_doc("Rule Waiver", waiver.name)
    kept = snapshot("Deleted Record", waiver.name)
    assert json.loads(kept["data"])["reason"] == "Changed later."
    (version,) = json.loads(kept["versions"])
    assert "The third supplier closed down." in version["data"]
    assert "Is this still needed?" in next(c["content"] for c in json.loads(kept["comments"]))
    snapshot("First Values", waiver.name)


def history_of(db, waiver) -> dict[str, str]:
    """Return one row of each kind of history of a waiver that was refused something."""
    from erp_rules.rule_engine.errors import RuleViolation

    doc = db.get_doc("Rule Waiver", waiver.name)
    doc.add_comment("Comment", "Please hurry.")
    doc.reason = "x"
    with pytest.raises(RuleViolation):
        doc.save()
    db.db.commit()
    return {
        "Version": db.get_all("Version", filters={"docname": waiver.name}, pluck="name")[0],
        "Comment": db.get_all(
            "Comment", filters={"reference_name": waiver.name, "comment_type": "Comment"}, pluck="name"
        )[0],
        "Rule Event": db.get_all("Rule Event", filters={"reference_name": waiver.name}, pluck="name")[0],
        "Record Snapshot": snapshot("First Values", waiver.name)["name"],
        "Approval Step": db.get_all("Approval Step", filters={"reference_name": waiver.name}, pluck="name")[
            0
        ],
    }


@pytest.mark.clause("2.9")
@pytest.mark.clause("2.3")
def test_nobody_alters_or_deletes_history(db):
    from erp_rules.rule_engine.errors import RuleViolation

    changes = {
        "Version": ("data", "{}"),
        "Comment": ("content", "Never mind."),
        "Rule Event": ("message", "nothing happened"),
        "Record Snapshot": ("data", "{}"),
        "Approval Step": ("user", "Administrator"),
    }
    rows = history_of(db, waiver_in("Executive Approval"))
    assert set(rows) == set(changes)
    for role in ("Administrator", "Rule Administrator", "Purchaser"):
        for doctype, name in rows.items():
            before = stored(doctype, name)
            fieldname, value = changes[doctype]
            with as_user(role):
                doc = db.get_doc(doctype, name)
                doc.set(fieldname, value)
                with pytest.raises((RuleViolation, db.PermissionError)):
                    doc.save()
                with pytest.raises((RuleViolation, db.PermissionError)):
                    db.delete_doc(doctype, name, force=1)
                with pytest.raises(RuleViolation):
                    db.delete_doc(doctype, name, force=1, ignore_permissions=True)
            db.db.rollback()
            assert stored(doctype, name) == before, (role, doctype)


@pytest.mark.clause("2.9")
def test_history_over_the_wire(db, http):
    rows = history_of(db, waiver_in("Executive Approval"))
    http.token("Administrator")
    for doctype, name in rows.items():
        before = stored(doctype, name)
        assert (
            http.put(f"/api/resource/{doctype}/{name}", json={"owner": "Guest", "data": "{}"}).status_code
            >= 400
        )
        assert http.delete(f"/api/resource/{doctype}/{name}").status_code in (403, 417)
        assert stored(doctype, name) == before


@pytest.mark.clause("2.9")
def test_history_cannot_be_forged(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = draft_waiver()
    forged = [
        {"doctype": "Rule Event", "clause": "2.4", "outcome": "Waived"},
        {"doctype": "Approval Step", "reference_doctype": "Rule Waiver", "reference_name": waiver.name},
        {"doctype": "Record Snapshot", "kind": "First Values", "reference_doctype": "Rule Waiver"},
        {"doctype": "Version", "ref_doctype": "Rule Waiver", "docname": waiver.name, "data": "{}"},
    ]
    for values in forged:
        with pytest.raises(RuleViolation):
            db.get_doc(values).insert()
    comment = {
        "doctype": "Comment",
        "reference_doctype": "Rule Waiver",
        "reference_name": waiver.name,
        "content": "Approved",
    }
    with as_user("Administrator"):
        for values in (
            {"comment_type": "Comment", "comment_email": "top.executive@demo.example"},
            {"comment_type": "Workflow"},
        ):
            with pytest.raises(RuleViolation):
                db.get_doc({**comment, **values}).insert()
        db.get_doc({**comment, "comment_type": "Comment"}).insert()


@pytest.mark.clause("1.4")
def test_attachment_of_a_locked_document_stays(db):
    from erp_rules.rule_engine.errors import RuleViolation

    waiver = draft_waiver()

    def attach(name: str):
        return db.get_doc(
            {
                "doctype": "File",
                "file_name": name,
                "content": name,
                "is_private": 1,
                "attached_to_doctype": "Rule Waiver",
                "attached_to_name": waiver.name,
            }
        ).insert()

    first, second = attach("letter.txt"), attach("draft.txt")
    db.delete_doc("File", second.name)
    act(waiver, "Submit for Approval", "Purchaser")
    with pytest.raises(RuleViolation) as error:
        db.delete_doc("File", first.name, ignore_permissions=True)
    assert "(1.4)" in str(error.value)
    assert db.db.exists("File", first.name)
    assert attach("more.txt").name


def test_open_actions_are_made_anew_when_a_document_comes_back(db):
    """Stock Frappe makes one Workflow Action per document and state for ever."""
    waiver = waiver_in("Rejected")
    act(waiver, "Revise", "Purchaser")
    act(waiver, "Submit for Approval", "Purchaser")
    rows = db.get_all(
        "Workflow Action",
        filters={"reference_name": waiver.name},
        fields=["workflow_state", "status"],
        order_by="creation asc",
    )
    open_rows = [row for row in rows if row["status"] == "Open"]
    assert [row["workflow_state"] for row in open_rows] == ["Executive Approval"]
    assert len([row for row in rows if row["workflow_state"] == "Executive Approval"]) == 2
