"""What several tests of the rule engine need: a waiver in each state, and the stored rows of a document."""

from __future__ import annotations

import json

from hosts import as_user


def waivable_clause() -> str:
    """Return a clause that may be waived."""
    return "4.2.3.3"


def new_waiver(**values):
    """Return an unsaved waiver of a waivable clause for an existing document."""
    import frappe

    waiver = frappe.new_doc("Rule Waiver")
    waiver.update(
        {
            "clause": waivable_clause(),
            "scope": "Document",
            "reference_doctype": "Working Calendar",
            "reference_name": "Standard",
            "valid_until": frappe.utils.add_days(frappe.utils.getdate(), 10),
            "max_uses": 1,
            "reason": "The third supplier closed down.",
            "evidence": "/private/files/letter.pdf",
        }
    )
    waiver.update(values)
    return waiver


def draft_waiver(by: str = "Purchaser", **values):
    """Insert a waiver as this user and return it."""
    with as_user(by):
        return new_waiver(**values).insert()


def act(doc, action: str, by: str, **kwargs):
    """Carry out a workflow action as this user and return the document as it then is."""
    from erp_rules.rule_engine import workflow

    with as_user(by):
        return workflow.act(doc.doctype, doc.name, action, **kwargs)


def waiver_in(state: str, by: str = "Purchaser", **values):
    """Return a waiver that went its proper way to `state`."""
    waiver = draft_waiver(by, **values)
    ways = {
        "Draft": [],
        "Executive Approval": [("Submit for Approval", by)],
        "Approved": [("Submit for Approval", by), ("Approve", "Top Executive")],
        "Rejected": [("Submit for Approval", by), ("Reject", "Top Executive")],
    }
    for action, who in ways[state]:
        waiver = act(waiver, action, who, reason="As discussed")
    return waiver


def stored(doctype: str, name: str) -> dict:
    """Return what the database holds of a document and its rows, as plain text."""
    import frappe

    meta = frappe.get_meta(doctype)
    rows = {df.fieldname: df.options for df in meta.get_table_fields()}
    found = {"": [dict(row) for row in frappe.get_all(doctype, filters={"name": name}, fields=["*"])]}
    for fieldname, child in rows.items():
        filters = {"parent": name, "parenttype": doctype, "parentfield": fieldname}
        found[fieldname] = [
            dict(r) for r in frappe.get_all(child, filters=filters, fields=["*"], order_by="idx")
        ]
    return json.loads(json.dumps(found, default=str))
