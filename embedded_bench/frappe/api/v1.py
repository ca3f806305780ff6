"""Version 1 of the REST interface."""

from __future__ import annotations

import json

import frappe
from frappe import _
from frappe.utils import sbool
from werkzeug.routing import Rule


def document_list(doctype: str):
    """Return the rows that the user may read, 20 by default."""
    import frappe.client

    args = frappe.form_dict
    if args.get("fields"):
        args["fields"] = json.loads(args["fields"])
    args.setdefault("limit_page_length", args.limit or 20)
    for name in ("as_dict", "debug"):
        if args.get(name) is not None:
            args[name] = sbool(args[name])
    return frappe.call(frappe.client.get_list, doctype, **{k: v for k, v in args.items() if k != "doctype"})


def handle_rpc_call(method: str):
    """Call a whitelisted function."""
    import frappe.handler

    frappe.form_dict.cmd = method.split("/")[0]
    return frappe.handler.handle()


def create_doc(doctype: str):
    """Insert a document."""
    data = get_request_form_data()
    data.pop("doctype", None)
    return frappe.new_doc(doctype, **data).insert()


def update_doc(doctype: str, name: str):
    """Change the fields that were sent and save."""
    data = get_request_form_data()
    doc = frappe.get_doc(doctype, name, for_update=True)
    data.pop("flags", None)
    doc.update(data)
    doc.save()
    if doc.get("parenttype"):
        frappe.get_doc(doc.parenttype, doc.parent).save()
    return doc


def delete_doc(doctype: str, name: str):
    """Delete a document."""
    frappe.delete_doc(doctype, name, ignore_missing=False)
    frappe.response.http_status_code = 202
    return "ok"


def read_doc(doctype: str, name: str):
    """Return a document without the fields the user may not read."""
    if "run_method" in frappe.form_dict:
        return execute_doc_method(doctype, name)
    doc = frappe.get_doc(doctype, name)
    if not doc.has_permission("read"):
        raise frappe.PermissionError
    doc.apply_fieldlevel_read_permissions()
    return doc


def execute_doc_method(doctype: str, name: str, method: str | None = None):
    """Call a whitelisted method of a document: GET needs read, POST needs write."""
    method = method or frappe.form_dict.pop("run_method")
    doc = frappe.get_doc(doctype, name)
    doc.is_whitelisted(method)
    if not doc.has_permission("read" if frappe.local.request.method == "GET" else "write"):
        frappe.throw(_("Not permitted"), frappe.PermissionError)
    return doc.run_method(method, **frappe.form_dict)


def get_request_form_data():
    """Return the fields of a document: the body, the argument `data`, or the form."""
    data = frappe.form_dict.data
    if data is None:
        data = frappe.safe_decode(frappe.local.request.get_data())
    try:
        return frappe.parse_json(data)
    except ValueError:
        return frappe.form_dict


url_rules = [
    Rule("/method/<path:method>", endpoint=handle_rpc_call),
    Rule("/resource/<doctype>", methods=["GET"], endpoint=document_list),
    Rule("/resource/<doctype>", methods=["POST"], endpoint=create_doc),
    Rule("/resource/<doctype>/<path:name>/", methods=["GET"], endpoint=read_doc),
    Rule("/resource/<doctype>/<path:name>/", methods=["PUT"], endpoint=update_doc),
    Rule("/resource/<doctype>/<path:name>/", methods=["DELETE"], endpoint=delete_doc),
    Rule("/resource/<doctype>/<path:name>/", methods=["POST"], endpoint=execute_doc_method),
]
