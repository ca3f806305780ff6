"""Saving from forms."""

from __future__ import annotations

import frappe

ACTIONS = ("Save", "Submit", "Update", "Cancel")


@frappe.whitelist(methods=["POST", "PUT"])
def savedocs(doc, action):
    """Save, submit, update or cancel a document as the form holds it."""
    if action not in ACTIONS:
        frappe.throw(frappe._("Unknown action {0}").format(action))
    document = frappe.get_doc(frappe.parse_json(doc))
    if action == "Cancel":
        document.cancel()
    elif action == "Submit":
        document.submit()
    else:
        document.save()
    frappe.response.docs.append(document.as_dict())


@frappe.whitelist(methods=["POST", "PUT"])
def cancel(doctype=None, name=None, workflow_state_fieldname=None, workflow_state=None):
    """Cancel a document."""
    document = frappe.get_doc(doctype, name)
    document.cancel()
    frappe.response.docs.append(document.as_dict())
