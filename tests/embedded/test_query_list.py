"""`frappe.get_list`: what a caller may not ask for, and joins; on either back end."""

import pytest

import hosts

pytestmark = pytest.mark.skipif(hosts.is_bench(), reason="tests the embedded bench's own modules")


@pytest.fixture
def reader(db, unique):
    """A user who may read roles and files, and nothing of users."""
    role = db.get_doc({"doctype": "Role", "role_name": unique("Reader"), "desk_access": 1}).insert()
    for doctype, permlevel in (("Role", 0), ("Comment", 0)):
        db.get_doc(
            {
                "doctype": "Custom DocPerm",
                "parent": doctype,
                "role": role.name,
                "read": 1,
                "permlevel": permlevel,
            }
        ).insert()
    user = db.get_doc(
        {
            "doctype": "User",
            "email": f"{unique('r').lower()}@test.example",
            "first_name": "R",
            "send_welcome_email": 0,
        }
    )
    user.append("roles", {"role": role.name})
    user.insert()
    db.clear_cache()
    db.set_user(user.name)
    yield user.name
    db.set_user("Administrator")
    db.db.rollback()
    db.clear_cache()


@pytest.mark.parametrize(
    "field",
    [
        "(select password from `__Auth` limit 1)",
        "name, (select 1)",
        "name from `tabUser` --",
        "ifnull(name, '')",
        "concat(name, owner)",
        "@@version",
        "version()",
        "name /* x */",
        "name union select name from tabUser",
        "if(1, name, owner)",
        "sum(case when 1 then 2 end)",
        "name; drop table x",
        "sleep(5)",
        "`name`, `owner`",
    ],
)
def test_fields_that_reach_further_are_refused(db, reader, field):
    with pytest.raises(db.ValidationError):
        db.get_list("Role", fields=[field])
    db.set_user("Administrator")
    if "sum(" not in field and "sleep" not in field and field != "`name`, `owner`":
        with pytest.raises(db.ValidationError):
            db.get_all("Role", fields=[field])


@pytest.mark.parametrize(
    "options",
    [
        {"order_by": "(select name from tabUser)"},
        {"order_by": "name; drop table x"},
        {"group_by": "sleep(1)"},
        {"order_by": "`tabUser`.`name`"},
        {"filters": [["name` = '' or `x", "=", "1"]]},
        {"filters": [["Role", "name", "= '' or 1 = 1 --", "1"]]},
        {"filters": ["1 = 1"]},
        {"filters": [["name"]]},
    ],
)
def test_order_and_filters_that_reach_further_are_refused(db, reader, options):
    with pytest.raises(db.ValidationError):
        db.get_list("Role", **options)


def test_linked_fields_need_permission_on_the_linked_documents(db, reader):
    with pytest.raises(db.NotSupported, match="linked"):
        db.get_list("Comment", fields=["name", "reference_doctype.module"])
    with pytest.raises(db.PermissionError):
        db.get_list("Role", fields=["name", "`tabPatch Log`.`patch`"])
    with pytest.raises(db.PermissionError):
        db.get_list("Patch Log", fields=["name"])


def test_options_and_operators_that_are_not_there_are_named(db):
    with pytest.raises(db.NotSupported, match="with_childnames"):
        db.get_all("Role", with_childnames=True)
    with pytest.raises(db.NotSupported, match="timespan"):
        db.get_all("Role", filters={"creation": ["timespan", "today"]})
    with pytest.raises(db.NotSupported, match="no_such_call"):
        db.db.no_such_call("Role")
    with pytest.raises(db.NotSupported, match="linked"):
        db.db.get_value("User", "Guest", "language.name")


def test_values_with_quotes_and_percent_are_values(db):
    for name in ("a'b", 'a"b', "a\\b", "50%", "%s", "a`b", "a?b", "%(x)s"):
        assert db.get_all("Role", filters={"name": name}) == []
        assert db.get_all("Role", filters={"name": ["in", [name, "All"]]}, pluck="name") == ["All"]
        assert db.db.exists("Role", name) is None
        db.db.set_value("Role", "All", "home_page", name, update_modified=False)
        assert db.db.get_value("Role", {"home_page": name}) == "All"
        assert db.get_all("Role", filters={"home_page": name}, pluck="name") == ["All"]


def test_rows_are_counted_by_group(db):
    rows = db.get_all("Has Role", fields=["parent", "count(name) as n"], group_by="parent", order_by="n desc")
    assert sum(row.n for row in rows) == db.db.count("Has Role")
