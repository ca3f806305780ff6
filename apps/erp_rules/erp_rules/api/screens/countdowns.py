"""How much time the documents of a list have left (2.6): in the hours of the shifts where their clause counts those."""

import json

import frappe

from erp_rules.api.screens.desk import require_user
from erp_rules.rule_engine import deadlines, records

LIMIT = 500


@frappe.whitelist()
def countdowns(doctype: str, names: str | list) -> dict[str, dict]:
    """Return the time left until the next time limit of each document that the user may read and that has one."""
    require_user()
    wanted = json.loads(names) if isinstance(names, str) else names
    readable = records.readable(doctype, [str(name) for name in wanted[:LIMIT]])
    return deadlines.left_of(readable, doctype) if readable else {}
