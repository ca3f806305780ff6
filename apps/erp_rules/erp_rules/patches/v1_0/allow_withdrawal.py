"""Let makers withdraw from the review states that a new site seeds with it; nobody could set it before (1.11)."""

import json
from pathlib import Path

import frappe

APP = Path(__file__).parents[2]


def execute():
    """Set `may_withdraw` where the seeded document controls have it."""
    for path in sorted(APP.glob("*/workflow_seed/*.json")):
        control = json.loads(path.read_text(encoding="utf-8"))["control"]
        for state in control["states"]:
            if state.get("may_withdraw"):
                frappe.db.set_value(
                    "Document Control State",
                    {"parent": control["document_type"], "state": state["state"], "may_withdraw": 0},
                    "may_withdraw",
                    1,
                )
