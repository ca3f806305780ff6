"""Attachments of the embedded bench: where they lie, who reads them, and what a rollback leaves."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def task(db):
    return db.get_doc({"doctype": "ToDo", "description": "with files"}).insert()


def attach(db, task, name="note.txt", content="hello", **values):
    return db.get_doc(
        {
            "doctype": "File",
            "file_name": name,
            "content": content,
            "attached_to_doctype": "ToDo",
            "attached_to_name": task.name,
            **values,
        }
    ).insert()


def test_private_files_lie_outside_the_public_folder(db, task):
    file = attach(db, task, is_private=1)
    assert file.file_url == "/private/files/note.txt"
    assert Path(file.get_full_path()).is_relative_to(db.get_site_path("private", "files"))
    assert db.get_doc("File", file.name).get_content() == "hello"


def test_attachment_is_noted_on_the_document(db, task):
    attach(db, task)
    types = db.get_all("Comment", {"reference_name": task.name}, pluck="comment_type")
    assert types == ["Attachment"]


def test_same_content_is_stored_once_and_kept_while_a_file_needs_it(db, task):
    first = attach(db, task, name="a.txt", content="one content")
    second = attach(db, task, name="b.txt", content="one content")
    assert second.file_url == first.file_url
    path = Path(first.get_full_path())
    first.delete()
    db.db.after_commit.run()
    assert path.exists()
    second.delete()
    db.db.after_commit.run()
    assert not path.exists()


def test_rollback_removes_what_was_written(db, task):
    path = Path(attach(db, task, content="never committed").get_full_path())
    assert path.exists()
    db.db.rollback()
    assert not path.exists()


@pytest.mark.parametrize("name", ["../../../site_config.json", "..\\..\\x.txt"])
def test_names_cannot_leave_the_folder(db, task, name):
    file = attach(db, task, name=name, content="outside?")
    assert Path(file.get_full_path()).resolve().parent == Path(db.get_site_path("public", "files")).resolve()


def test_address_outside_the_files_is_refused(db):
    with pytest.raises(db.ValidationError):
        db.get_doc({"doctype": "File", "file_url": "/private/files/../../site_config.json"}).insert()


def test_file_is_as_open_as_its_document(db, task, as_user):
    file = attach(db, task, is_private=1)
    task.db_set("allocated_to", "purchaser@demo.example")
    with as_user("purchaser@demo.example"):
        assert db.get_doc("File", file.name).has_permission("read")
    with as_user("planner@demo.example"):
        assert not db.get_doc("File", file.name).has_permission("read")


def test_file_named_by_an_attach_field_hangs_on_the_document(db):
    loose = db.get_doc({"doctype": "File", "file_name": "face.txt", "content": "a face"}).insert()
    user = db.get_doc({"doctype": "User", "email": "face@example.com", "first_name": "F"}).insert()
    user.user_image = loose.file_url
    user.save()
    loose.reload()
    assert (loose.attached_to_doctype, loose.attached_to_name) == ("User", user.name)
    assert loose.attached_to_field == "user_image"
    user.save()
    assert db.db.count("File", {"file_url": loose.file_url}) == 1


def test_files_follow_an_amendment(db):
    old = db.get_doc({"doctype": "ToDo", "description": "old"}).insert()
    attach(db, old)
    new = db.get_doc({"doctype": "ToDo", "description": "new"}).insert()
    new.amended_from = old.name
    new.copy_attachments_from_amended_from()
    assert db.db.count("File", {"attached_to_name": new.name}) == 1
