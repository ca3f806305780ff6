"""Documents that tests need, made the way people make them: by the right roles, through the workflow."""

from __future__ import annotations

import hosts

DIMENSIONS = ({"dimension": "Length", "nominal": 12.5, "tolerance_pct": 1},)


def act(doc, action: str, role: str):
    """Carry out a workflow action as the scratch user of this role and return the document as stored."""
    import frappe
    from frappe.model.workflow import apply_workflow

    from erp_rules.rule_engine import workflow

    with hosts.as_user(role):
        if action == "Reject":  # needs a reason, which Frappe's own function has no place for
            workflow.act(doc.doctype, doc.name, action, reason="As discussed")
        else:
            apply_workflow(frappe.get_doc(doc.doctype, doc.name), action)
    return frappe.get_doc(doc.doctype, doc.name)


def uom(name: str = "PCS"):
    """Return a unit of measure, made when missing."""
    import frappe

    if not frappe.db.exists("UOM", name):
        frappe.get_doc({"doctype": "UOM", "uom_name": name}).insert()
    return name


def supplier(code: str | None = None, **values):
    """Insert a prospective supplier with complete data as a purchaser."""
    import frappe

    code = code or hosts.unique("S")
    data = {
        "doctype": "Supplier",
        "supplier_code": code,
        "supplier_name": f"Supplier {code}",
        "address": "1 Factory Road",
        "currency": "CNY",
        "contacts": [{"contact_name": "Ms Chen", "is_primary": 1}],
    }
    with hosts.as_user("Purchaser"):
        return frappe.get_doc({**data, **values}).insert()


def survey(supplier_code: str, **values):
    """Insert a survey of this supplier as a purchaser."""
    import frappe

    with hosts.as_user("Purchaser"):
        return frappe.get_doc({"doctype": "Supplier Survey", "supplier": supplier_code, **values}).insert()


SURVEY_STEPS = (
    ("Submit for Review", "Purchaser"),
    ("Pass", "Engineer"),
    ("Pass", "Quality Inspector"),
    ("Approve", "Purchasing Manager"),
)


def pass_survey(doc, steps: int = 4):
    """Take a survey through the first `steps` of its steps to approval."""
    for action, role in SURVEY_STEPS[:steps]:
        doc = act(doc, action, role)
    return doc


def approved_supplier(code: str | None = None, **values):
    """Return a supplier that an approved survey put on the list."""
    import frappe

    made = supplier(code, **values)
    pass_survey(survey(made.name))
    return frappe.get_doc("Supplier", made.name)


def evaluation(supplier_code: str, **values):
    """Insert an evaluation of this supplier as a purchaser."""
    import frappe

    data = {"period_from": "2026-01-01", "period_to": "2026-03-31"}
    with hosts.as_user("Purchaser"):
        return frappe.get_doc(
            {"doctype": "Supplier Evaluation", "supplier": supplier_code, "outcome": "Keep", **data, **values}
        ).insert()


def pass_evaluation(doc):
    """Submit an evaluation and have it approved."""
    return act(act(doc, "Submit for Approval", "Purchaser"), "Approve", "Purchasing Manager")


def stopped_supplier(outcome: str = "Suspend", code: str | None = None):
    """Return a supplier that an approved evaluation suspended or eliminated."""
    import frappe

    made = approved_supplier(code)
    pass_evaluation(evaluation(made.name, outcome=outcome, remarks="Late and careless"))
    return frappe.get_doc("Supplier", made.name)


def item(code: str | None = None, **values):
    """Insert an item as an engineer."""
    import frappe

    code = code or hosts.unique("I")
    data = {
        "doctype": "Item",
        "item_code": code,
        "item_name": f"Item {code}",
        "stock_uom": uom(),
        "item_class": "Component",
        "standard_unit_weight": 0.5,
    }
    with hosts.as_user("Engineer"):
        return frappe.get_doc({**data, **values}).insert()


def use(item_code: str):
    """Make an item one that is in use: a survey names it."""
    return survey(supplier().name, part_confirmations=[{"item": item_code}])


def change_request(item_code: str | None = None, /, role: str = "Purchaser", **values):
    """Insert an item change request as the scratch user of this role."""
    import frappe

    data = {"doctype": "Item Change Request", "item": item_code, "reason": "New drawing"}
    with hosts.as_user(role):
        return frappe.get_doc({**data, **values}).insert()


REQUEST_STEPS = (("Submit for Review", "Purchaser"), ("Pass", "Engineer"), ("Apply", "Cost Accountant"))


def pass_request(doc, steps: int = 3):
    """Take an item change request through the first `steps` of its steps to Applied."""
    for action, role in REQUEST_STEPS[:steps]:
        doc = act(doc, action, role)
    return doc
