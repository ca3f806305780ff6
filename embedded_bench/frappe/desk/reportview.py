"""List views: rows and counts that the user may read."""

from __future__ import annotations

import frappe

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
