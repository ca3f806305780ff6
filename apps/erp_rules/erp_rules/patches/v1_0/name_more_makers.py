"""Count who counted a receipt, and who asked for or handled a return, among its makers, as on a new site (1.3)."""

import json
from pathlib import Path

import frappe

SEEDS = Path(__file__).parents[2] / "procurement" / "workflow_seed"


def execute():
    """Set the requester fields of the two document controls where a site has none."""
    for seed in ("purchase_receipt.json", "purchase_return.json"):
        control = json.loads((SEEDS / seed).read_text(encoding="utf-8"))["control"]
        found = frappe.db.get_value(
            "Document Control",
            {"document_type": control["document_type"]},
            ["name", "requester_field"],
            as_dict=True,
        )
        if found and not found.requester_field:
            frappe.db.set_value("Document Control", found.name, "requester_field", control["requester_field"])
