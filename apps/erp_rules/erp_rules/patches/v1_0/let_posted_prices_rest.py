"""Let nobody wait for what only may follow: mark it as optional, as on a new site, and close the open actions for it."""

import json
from pathlib import Path

import frappe

APP = Path(__file__).parents[2]


def execute():
    """Mark the optional states of the seeded workflows, and complete the actions of documents at rest."""
    from erp_rules.rule_engine import waiting

    for path in sorted(APP.glob("*/workflow_seed/*.json")):
        seeded = json.loads(path.read_text(encoding="utf-8"))["workflow"]
        optional = [row["state"] for row in seeded["states"] if row.get("is_optional_state")]
        name = frappe.db.get_value("Workflow", {"document_type": seeded["document_type"], "is_active": 1})
        if not (name and optional):
            continue
        workflow = frappe.get_doc("Workflow", name)
        rows = [row for row in workflow.states if row.state in optional and not row.is_optional_state]
        for row in rows:
            row.is_optional_state = 1
        if rows:
            workflow.save(ignore_permissions=True)
        at_rest = [
            row.state for row in workflow.states if not waiting.goes_on(workflow.document_type, row.state)
        ]
        frappe.db.set_value(
            "Workflow Action",
            {
                "reference_doctype": workflow.document_type,
                "workflow_state": ["in", at_rest],
                "status": "Open",
            },
            "status",
            "Completed",
        )
