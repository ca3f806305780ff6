"""Lock what reviewers fill in while a supplier survey is drafted, as a new site has it (1.4)."""

import json
from pathlib import Path

import frappe

SEED = Path(__file__).parents[2] / "procurement" / "workflow_seed" / "supplier_survey.json"


def execute():
    """Set the fields open in the draft where they are those that the app seeded before."""
    control = json.loads(SEED.read_text(encoding="utf-8"))["control"]
    draft = next(state for state in control["states"] if state["state"] == "Draft")
    frappe.db.set_value(
        "Document Control State",
        {"parent": control["document_type"], "state": draft["state"], "editable_fields": "*"},
        "editable_fields",
        draft["editable_fields"],
    )
