"""By which conditions a user's lists are limited."""

from __future__ import annotations

from frappe.model.db_query import DatabaseQuery


def build_match_conditions(doctype, user=None, as_condition=True):
    """Return the conditions by which the user's rows are limited."""
    return DatabaseQuery(doctype, user=user).build_match_conditions(as_condition=as_condition)
