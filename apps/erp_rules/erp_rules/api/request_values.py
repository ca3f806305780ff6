"""Values as requests carry them, checked before anything is done with them."""

from __future__ import annotations

import json

import frappe
from frappe import _

from erp_rules.rule_engine.errors import RuleViolation


def rows_of(value: str | list | None) -> list[dict]:
    """Return the rows that a request carries, as a list or as JSON text; refuse what is no list of rows."""
    try:
        rows = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        rows = None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        frappe.throw(_("The request carries no list of rows. Reload the page and try again."), RuleViolation)
    return rows
