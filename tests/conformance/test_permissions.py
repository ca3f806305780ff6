"""Cases 67 to 77: what roles, owners, user permissions, shares and hooks allow."""

from __future__ import annotations

import frappe
import pytest

from conformance import probes
from conformance.probes import (
    LEVEL_USER,
    NOBODY,
    ORDER,
    OWNER_USER,
    READER_USER,
    ROW,
    SUBMITTER_USER,
    SUPPLIER,
    WRITER_2,
    WRITER_USER,
    app_hooks,
    hook,
    messages,
    order,
    stored,
    supplier,
)

pytestmark = pytest.mark.usefixtures("clean_caches")


def names(**kwargs) -> set[str]:
    """Return the orders that `get_list` shows the session user."""
    return set(frappe.get_list(ORDER, pluck="name", **kwargs))


def test_case_067_only_get_list_checks_permissions(as_user):
    doc = order(code="c").insert()
    with as_user(NOBODY):
        with pytest.raises(frappe.PermissionError) as error:
            frappe.get_list(ORDER)
        assert error.value.http_status_code == 403
        assert frappe.get_all(ORDER, pluck="name") == [doc.name]
        assert frappe.db.get_value(ORDER, doc.name, "code") == "c"
        assert frappe.get_doc(ORDER, doc.name).code == "c"
        with pytest.raises(frappe.PermissionError):
            frappe.get_doc(ORDER, doc.name).check_permission("read")


def test_case_068_submit_needs_its_own_permission(as_user):
    supplier("S1")
    with as_user(WRITER_USER):
        doc = order().insert()
        doc.code = "changed"
        doc.save()
        frappe.clear_messages()
        with pytest.raises(frappe.PermissionError) as error:
            doc.submit()
    assert error.value.args == ()
    assert messages() == [
        f"User <strong>{WRITER_USER}</strong> does not have access to this document: {ORDER} - {doc.name}"
    ]
    assert stored(ORDER, doc.name) == 0
    assert stored(ORDER, doc.name, "code") == "changed"


def test_case_069_amend_is_not_checked_by_the_server(as_user):
    supplier("S1")
    with as_user(SUBMITTER_USER):
        doc = order().insert().submit()
        doc.cancel()
        assert not frappe.has_permission(ORDER, "amend", doc)
        copy = frappe.copy_doc(doc)
        copy.amended_from = doc.name
        copy.insert()
    assert copy.name == f"{doc.name}-1"


def test_case_070_permlevel_resets_what_may_not_be_written(as_user):
    doc = order(secret="first").insert()
    with as_user(WRITER_USER):
        held = frappe.get_doc(ORDER, doc.name)
        held.secret = "second"
        held.code = "changed"
        held.save()
        assert stored(ORDER, doc.name, "secret") == "first"
        assert stored(ORDER, doc.name, "code") == "changed"
        rows = frappe.get_list(ORDER, fields=["name", "secret"])
        assert rows == [{"name": doc.name}]
        assert "secret" not in frappe.get_list(ORDER, fields=["*"])[0]
        assert names(filters={"secret": "first"}) == {doc.name}
        assert frappe.get_all(ORDER, fields=["secret"]) == [{"secret": "first"}]
        held.reload()
        assert held.secret == "first"
        held.apply_fieldlevel_read_permissions()
        assert held.get("secret") is None
    with as_user(LEVEL_USER):
        held = frappe.get_doc(ORDER, doc.name)
        held.secret = "second"
        held.save()
        assert stored(ORDER, doc.name, "secret") == "second"
        assert frappe.get_list(ORDER, fields=["secret"]) == [{"secret": "second"}]


def test_case_071_if_owner(as_user):
    theirs = order().insert()
    with as_user(OWNER_USER):
        mine = order().insert()
        assert names() == {mine.name}
        assert frappe.has_permission(ORDER, "write") is False
        assert frappe.has_permission(ORDER, "read") is True
        assert frappe.has_permission(ORDER, "create") is True
        assert frappe.has_permission(ORDER, "write", mine) is True
        assert frappe.has_permission(ORDER, "write", theirs) is False


@pytest.fixture
def suppliers():
    """Two suppliers, of which the writer may use S1 only, and one order for each and one for none."""
    supplier("S1")
    supplier("S2")
    with_s1 = order(supplier="S1").insert()
    with_s2 = order(supplier="S2").insert()
    blank = order(supplier="S1").insert()
    frappe.db.set_value(ORDER, blank.name, "supplier", None)
    allowed = {"user": WRITER_USER, "allow": SUPPLIER, "for_value": "S1", "apply_to_all_doctypes": 1}
    frappe.get_doc({"doctype": "User Permission", **allowed}).insert(ignore_permissions=True)
    return with_s1, with_s2, blank


def test_case_072_user_permission_in_lists(as_user, suppliers):
    with_s1, _, blank = suppliers
    with as_user(WRITER_USER):
        assert names() == {with_s1.name, blank.name}
    frappe.db.set_value(ORDER, with_s1.name, "agent", "S1")  # strict: every link to a supplier counts
    frappe.db.set_single_value("System Settings", "apply_strict_user_permissions", 1)
    frappe.clear_cache()
    with as_user(WRITER_USER):
        assert names() == {with_s1.name}
    with as_user(WRITER_2):
        assert len(names()) == 3


def test_case_072_user_permission_in_documents(as_user, suppliers):
    with_s1, with_s2, _ = suppliers
    in_row = order(supplier="S1", items=[{"item": "I", "supplier": "S2"}]).insert()
    with as_user(WRITER_USER):
        assert in_row.name in names()
        assert not frappe.get_doc(ORDER, in_row.name).has_permission("read")
        assert not frappe.get_doc(ORDER, with_s2.name).has_permission("read")
        with pytest.raises(frappe.PermissionError):
            order(supplier="S2").insert()
        held = frappe.get_doc(ORDER, with_s1.name)
        held.supplier = "S2"
        with pytest.raises(frappe.PermissionError):
            held.save()
        assert frappe.new_doc(ORDER).supplier == "S1"


def test_case_073_share_opens_one_document(as_user):
    shared, other = order().insert(), order().insert()
    frappe.share.add_docshare(ORDER, shared.name, NOBODY, read=1, write=1)
    with as_user(NOBODY):
        assert names() == {shared.name}
        held = frappe.get_doc(ORDER, shared.name)
        held.code = "changed"
        held.save()
        with pytest.raises(frappe.PermissionError):
            frappe.get_doc(ORDER, other.name).save()
        with pytest.raises(frappe.PermissionError):
            frappe.delete_doc(ORDER, shared.name)
    assert stored(ORDER, shared.name, "code") == "changed"


def test_case_074_permission_hook_can_only_deny(as_user):
    doc = order().insert()
    answer, asked = [False], []

    def probe_has_permission(doc, ptype=None, user=None):
        asked.append(user)
        return answer[0]

    with app_hooks(has_permission={ORDER: [hook(probe_has_permission)]}):
        with as_user(READER_USER):
            assert not frappe.has_permission(ORDER, "read", doc)
            assert frappe.has_permission(ORDER, "read")
            assert names() == {doc.name}
            answer[0] = True
            assert frappe.has_permission(ORDER, "read", doc)
        with as_user(NOBODY):
            assert not frappe.has_permission(ORDER, "read", doc)
        del asked[:]
        answer[0] = False
        assert frappe.has_permission(ORDER, "read", doc)
    assert asked == []


def test_case_075_query_conditions_restrict_get_list_only(as_user):
    shown, hidden = order(code="shown").insert(), order(code="hidden").insert()

    def probe_query_conditions(user=None, doctype=None):
        return "`tabProbe Order`.`code` = 'shown'"

    with app_hooks(permission_query_conditions={ORDER: [hook(probe_query_conditions)]}):
        assert names() == {shown.name}
        assert len(frappe.get_all(ORDER)) == 2
        with as_user(READER_USER):
            assert names() == {shown.name}
            assert frappe.has_permission(ORDER, "read", hidden)


def test_case_076_child_lists_need_the_parent(as_user):
    doc = order().insert()
    with as_user(READER_USER):
        with pytest.raises(frappe.PermissionError):
            frappe.get_list(ROW, fields=["item"])
        rows = frappe.get_list(ROW, fields=["item"], filters={"parent": doc.name}, parent_doctype=ORDER)
    assert rows == [{"item": "I1"}]


def test_case_077_delete_needs_permission(as_user):
    doc = order().insert()
    with as_user(WRITER_USER), pytest.raises(frappe.PermissionError) as error:
        frappe.delete_doc(ORDER, doc.name)
    assert str(error.value) == f"User not allowed to delete {ORDER}: {doc.name}"
    assert probes.stored(ORDER, doc.name, "name") == doc.name
