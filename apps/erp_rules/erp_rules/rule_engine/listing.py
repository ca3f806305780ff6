"""What lists, reports and searches show to a user with user permissions: nothing that could not be opened.

Frappe judges a document that is opened by the links of its rows too, but a list by those of the document alone, and
rows that are listed by themselves not at all. `hooks.permission_query_conditions` leads here for every list.
"""

from __future__ import annotations

import re

import frappe
from frappe import _
from frappe.permissions import get_user_permissions, has_user_permission
from frappe.share import get_shared

from erp_rules.rule_engine import scope

# Records about a document, by the fields that name it; whoever may not see the document does not see them.
_ABOUT = {
    "Approval Step": ("reference_doctype", "reference_name"),
    "Approval Task": ("reference_doctype", "reference_name"),
    "Deadline": ("reference_doctype", "reference_name"),
    "File": ("attached_to_doctype", "attached_to_name"),
    "Material Ledger Entry": ("voucher_type", "voucher"),
    "Notification Log": ("document_type", "document_name"),
    "Printed Copy": ("reference_doctype", "reference_name"),
    "Record Snapshot": ("reference_doctype", "reference_name"),
    "Rule Event": ("reference_doctype", "reference_name"),
    "Rule Waiver": ("reference_doctype", "reference_name"),
    "ToDo": ("reference_type", "reference_name"),
    "Workflow Action": ("reference_doctype", "reference_name"),
}
_JUDGING = ("filters", "or_filters", "current_filters", "order_by", "group_by", "field", "searchfield")


def condition(user: str | None = None, doctype: str | None = None) -> str:
    """Return the SQL condition that keeps what `user` may not open out of a list of `doctype`; often empty."""
    if not doctype or not (doctype in _ABOUT or _is_governed(doctype)):
        return ""
    user = user or frappe.session.user
    _refuse_hidden_fields(doctype, user)
    if not get_user_permissions(user):
        return ""
    if frappe.get_meta(doctype).istable:
        return _of_rows(doctype, user)
    found = [_without_foreign_rows(doctype, user)]
    if doctype in _ABOUT:
        found.append(_about_visible(doctype, user))
    return " and ".join(part for part in found if part)


def may_open(doc, ptype: str | None = None, user: str | None = None) -> bool | None:
    """Return False for a record about a document that user permissions hide, None where they have nothing against it.

    `hooks.has_permission` leads here for the kinds of record that `condition` keeps out of lists.
    """
    user = user or frappe.session.user
    kind, name = (doc.get(fieldname) for fieldname in _ABOUT[doc.doctype])
    if not name or not scope.is_own(kind) or not get_user_permissions(user):
        return None
    if name in get_shared(kind, user) or not frappe.db.exists(kind, name):
        return None
    return None if has_user_permission(frappe.get_doc(kind, name), user) else False


def _is_governed(doctype: str) -> bool:
    return scope.is_own(doctype) or scope.is_governed(doctype)


# --- fields of a higher level ----------------------------------------------------------------


def _refuse_hidden_fields(doctype: str, user: str) -> None:
    """Raise `PermissionError` when the request filters or sorts by a field that the user may not read.

    Frappe leaves such a field out of the answer, but its value could be found by asking for more and less.
    """
    meta = frappe.get_meta(doctype)
    levels = {df.permlevel for df in meta.fields if df.permlevel}
    if not levels or user == "Administrator":
        return
    hidden = levels - set(meta.get_permlevel_access("read", user=user))
    names = [df.fieldname for df in meta.fields if df.permlevel in hidden]
    request = frappe.local.form_dict or {}
    asked = " ".join(frappe.as_json(request[key]) for key in _JUDGING if request.get(key))
    for name in names:
        if re.search(rf"\b{name}\b", asked):
            message = _("You may not read {0} of {1}, so lists cannot be filtered or sorted by it.")
            frappe.throw(message.format(_(meta.get_label(name)), _(doctype)), frappe.PermissionError)


# --- links of the document and of its rows ---------------------------------------------------


def _foreign(meta, table: str, doctype: str, user: str) -> str:
    """Return the condition that a row of SQL `table` links to something that the user may not see in `doctype`."""
    allowed = get_user_permissions(user)
    is_strict = frappe.get_system_settings("apply_strict_user_permissions")
    found = []
    for df in meta.get_link_fields():
        names = [
            row.get("doc")
            for row in allowed.get(df.options, ())
            if row.get("applicable_for") in (None, "", doctype)
        ]
        if not names or df.get("ignore_user_permissions"):
            continue
        column = f"ifnull({table}.`{df.fieldname}`, '')"
        values = [*names] if is_strict else ["", *names]
        found.append(f"{column} not in ({_listed(values)})")
    return " or ".join(found)


def _listed(values) -> str:
    return ", ".join(frappe.db.escape(value, percent=False) for value in values)


def _without_foreign_rows(doctype: str, user: str) -> str:
    """Return the condition that no row of a document of `doctype` is foreign, or that it was shared."""
    found = []
    for df in frappe.get_meta(doctype).get_table_fields():
        foreign = _foreign(frappe.get_meta(df.options), "`row`", doctype, user)
        if foreign:
            found.append(
                f"not exists (select 1 from `tab{df.options}` `row` where `row`.`parent` = `tab{doctype}`.`name` "
                f"and `row`.`parenttype` = {_listed([doctype])} and ({foreign}))"
            )
    if not found:
        return ""
    shared = get_shared(doctype, user)
    own = " and ".join(found)
    return f"(({own}) or `tab{doctype}`.`name` in ({_listed(shared)}))" if shared else f"({own})"


def _visible(doctype: str, user: str) -> str:
    """Return the sub-query for the names in `doctype` that the user may see; empty when nothing restricts them."""
    meta = frappe.get_meta(doctype)
    foreign = _foreign(meta, f"`tab{doctype}`", doctype, user)
    found = [f"not ({foreign})"] if foreign else []
    names = [
        row.get("doc")
        for row in get_user_permissions(user).get(doctype, ())
        if row.get("applicable_for") in (None, "", doctype)
    ]
    if names:
        found.append(f"`tab{doctype}`.`name` in ({_listed(names)})")
    rows = _without_foreign_rows(doctype, user)
    if rows:
        found.append(rows)
    if not found:
        return ""
    own = " and ".join(found)
    shared = get_shared(doctype, user)
    either = f" or `tab{doctype}`.`name` in ({_listed(shared)})" if shared else ""
    return f"select `tab{doctype}`.`name` from `tab{doctype}` where ({own}){either}"


def _of_rows(doctype: str, user: str) -> str:
    """Return the condition that rows listed by themselves belong to documents that the user may see."""
    return _restricted(doctype, ("parenttype", "parent"), _parents(doctype), user)


def _parents(doctype: str) -> list[str]:
    filters = {"options": doctype, "fieldtype": ["in", ["Table", "Table MultiSelect"]]}
    return sorted(set(frappe.get_all("DocField", filters=filters, pluck="parent")))


def _about_visible(doctype: str, user: str) -> str:
    """Return the condition that records of `doctype` are about documents that the user may see."""
    return _restricted(doctype, _ABOUT[doctype], scope.own_documents(), user)


def _restricted(doctype: str, named_by: tuple[str, str], targets: list[str], user: str) -> str:
    visible = {target: names for target in targets if (names := _visible(target, user))}
    if not visible:
        return ""
    kind, name = (f"`tab{doctype}`.`{fieldname}`" for fieldname in named_by)
    parts = [f"ifnull({kind}, '') not in ({_listed(visible)})"]
    parts += [f"({kind} = {_listed([target])} and {name} in ({names}))" for target, names in visible.items()]
    return f"({' or '.join(parts)})"
