"""Lock what reviewers fill in while a survey or an item change is drafted, as a new site has it (1.4)."""

import json
from pathlib import Path

import frappe

APP = Path(__file__).parents[2]
SEEDS = ("procurement/workflow_seed/supplier_survey.json", "masters/workflow_seed/item_change_request.json")


def execute():
    """Set the fields open in the drafts where they are those that the app seeded before."""
    for seed in SEEDS:
        control = json.loads((APP / seed).read_text(encoding="utf-8"))["control"]
        draft = next(state for state in control["states"] if state["state"] == "Draft")
        frappe.db.set_value(
            "Document Control State",
            {"parent": control["document_type"], "state": draft["state"], "editable_fields": "*"},
            "editable_fields",
            draft["editable_fields"],
        )
