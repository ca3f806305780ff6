"""Users, roles, notifications and naming rules of the embedded bench."""

from __future__ import annotations

import pytest


@pytest.fixture
def user(db):
    document = db.get_doc(
        {
            "doctype": "User",
            "email": "Ada@Example.com",
            "first_name": "Ada",
            "last_name": "Byron",
            "enabled": 1,
        }
    )
    return document.insert()


def test_user_is_named_by_the_address_in_small_letters(db, user):
    assert (user.name, user.email, user.full_name) == ("ada@example.com", "ada@example.com", "Ada Byron")


def test_roles_decide_who_uses_the_desk(db, user):
    assert user.user_type == "Website User"
    user.append_roles("Purchaser", "Purchaser")
    user.save()
    assert user.user_type == "System User"
    assert sorted(db.get_roles(user.name)) == ["All", "Desk User", "Guest", "Purchaser"]


def test_disabled_role_is_taken_from_everybody(db, user):
    db.get_doc({"doctype": "Role", "role_name": "Gone Soon"}).insert()
    user.append_roles("Gone Soon")
    user.save()
    role = db.get_doc("Role", "Gone Soon")
    role.disabled = 1
    role.save()
    assert "Gone Soon" not in db.get_roles(user.name)


def test_role_profile_replaces_the_roles(db, user):
    profile = db.get_doc(
        {"doctype": "Role Profile", "role_profile": "Buyers", "roles": [{"role": "Purchaser"}]}
    )
    profile.insert()
    user.append_roles("Planner")
    user.role_profile_name = "Buyers"
    user.save()
    assert [row.role for row in user.roles] == ["Purchaser"]


@pytest.mark.parametrize("password", ["short1", "onlyletters", "12345678", "byron2026x", "aaaaaaa1"])
def test_weak_passwords_are_refused(db, user, password):
    db.db.set_single_value("System Settings", "enable_password_policy", 1)
    db.clear_document_cache("System Settings", "System Settings")
    user.new_password = password
    with pytest.raises(db.ValidationError):
        user.save()


def test_password_is_kept_as_a_hash_only(db, user):
    from frappe.utils.password import check_password

    user.new_password = "correct horse 7"
    user.save()
    assert check_password(user.name, "correct horse 7") == user.name
    stored = db.db.sql("SELECT `password` FROM `__Auth` WHERE `doctype`='User' AND `name`=%s", (user.name,))
    assert stored and "correct horse" not in stored[0][0]
    assert not db.db.get_value("User", user.name, "new_password")


def test_users_change_themselves_but_not_their_roles(db, as_user):
    with as_user("purchaser@demo.example"):
        own = db.get_doc("User", "purchaser@demo.example")
        own.bio = "buys things"
        own.append("roles", {"role": "System Manager"})
        own.save()
    assert db.db.get_value("User", "purchaser@demo.example", "bio") == "buys things"
    assert "System Manager" not in db.get_roles("purchaser@demo.example")
    with as_user("planner@demo.example"), pytest.raises(db.PermissionError):
        db.get_doc("User", "purchaser@demo.example").save()


def test_users_see_no_standard_users(db, as_user):
    with as_user("purchaser@demo.example"):
        names = db.get_list("User", pluck="name")
    assert not {"Administrator", "Guest"} & set(names)


def test_tasks_are_seen_by_whom_they_are_for(db, as_user):
    task = db.get_doc(
        {"doctype": "ToDo", "description": "x", "allocated_to": "purchaser@demo.example"}
    ).insert()
    with as_user("purchaser@demo.example"):
        assert task.name in db.get_list("ToDo", pluck="name")
    with as_user("planner@demo.example"):
        assert task.name not in db.get_list("ToDo", pluck="name")
        assert not db.get_doc("ToDo", task.name).has_permission("read")


def test_system_settings_are_defaults_too(db):
    settings = db.get_doc("System Settings")
    settings.float_precision = "5"
    settings.save()
    assert db.db.get_default("float_precision") == "5"
    assert db.get_system_settings("float_precision") == "5"
    db.db.rollback()
    db.clear_cache()


@pytest.mark.parametrize("phone", ["call me", "1" * 21])
def test_what_is_no_phone_number_is_refused(db, user, phone):
    user.phone = phone
    with pytest.raises(db.InvalidPhoneNumberError):
        user.save()
