"""List views: rows and counts that the user may read."""

from __future__ import annotations

import frappe
from frappe.utils import cint

IGNORED = (
    "cmd",
    "data",
    "ignore_permissions",
    "view",
    "user",
    "csrf_token",
    "join",
    "flags",
    "debug",
    "distinct",
)


def build_match_conditions(doctype, user=None, as_condition=True):
    """Return the conditions by which the user's rows are limited."""
    from frappe.model.db_query import DatabaseQuery

    return DatabaseQuery(doctype, user=user).build_match_conditions(as_condition=as_condition)


def validate_args(data):
    """Turn JSON arguments into lists and take away the ones a client may not set."""
    for name in ("filters", "or_filters", "fields"):
        if isinstance(data.get(name), str) and data[name].strip()[:1] in ("[", "{", '"'):
            data[name] = frappe.parse_json(data[name])
    if isinstance(data.get("fields"), str):
        data["fields"] = [field.strip() for field in data["fields"].split(",")]
    for name in IGNORED:
        data.pop(name, None)
    return data


def _arguments() -> frappe._dict:
    args = frappe._dict(frappe.form_dict)
    for name in ("with_comment_count", "save_user_settings", "doctype_", "start", "page_length"):
        if name in ("start", "page_length") and args.get(name) is not None:
            args["limit_start" if name == "start" else "limit_page_length"] = cint(args[name])
        args.pop(name, None)
    return validate_args(args)


def _accepted(args: frappe._dict) -> dict:
    names = (
        "doctype",
        "fields",
        "filters",
        "or_filters",
        "group_by",
        "order_by",
        "limit_start",
        "limit_page_length",
    )
    return {name: args[name] for name in names if args.get(name) is not None}


@frappe.whitelist()
def get():
    """Return rows as keys and lists of values, the form in which list views want them."""
    rows = get_list()
    if not rows:
        return []
    keys = list(rows[0])
    return {"keys": keys, "values": [[row.get(key) for key in keys] for row in rows], "user_info": {}}


@frappe.whitelist()
def get_list():
    """Return rows."""
    return frappe.get_list(**_accepted(_arguments()))


@frappe.whitelist()
def get_count() -> int:
    """Return how many documents match."""
    args = _accepted(_arguments())
    args.update(fields=["count(name) as total_count"], limit_page_length=0, order_by=None)
    args.pop("limit_start", None)
    return cint(frappe.get_list(**args)[0].total_count)


@frappe.whitelist(methods=["POST", "DELETE"])
def delete_items():
    """Delete the documents that a list's selection names."""
    from frappe.model.delete_doc import delete_doc

    for name in frappe.parse_json(frappe.form_dict.get("items") or "[]"):
        delete_doc(frappe.form_dict.doctype, name)
