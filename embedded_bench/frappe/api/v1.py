"""Version 1 of the REST interface."""

import frappe
import frappe.client
from frappe.handler import execute_cmd
from werkzeug.routing import Rule
from werkzeug.wrappers import Response


def document_list(doctype: str):
    """Return the rows that the user may read, 20 by default."""
    args = frappe.form_dict
    args.setdefault("limit_page_length", args.limit or 20)
    args.pop("doctype", None)
    return frappe.call(frappe.client.get_list, doctype, **args)


def handle_rpc_call(method: str):
    """Call a whitelisted function; its result is the answer's `message`."""
    frappe.form_dict.cmd = method.split("/")[0]
    result = None if frappe.form_dict.cmd == "login" else execute_cmd(frappe.form_dict.cmd)
    if result is not None and not isinstance(result, Response):
        frappe.response["message"] = result
        return None
    return result


def create_doc(doctype: str):
    data = _document_fields()
    data.pop("doctype", None)
    return frappe.new_doc(doctype, **data).insert()


def update_doc(doctype: str, name: str):
    data = _document_fields()
    data.pop("flags", None)
    doc = frappe.get_doc(doctype, name, for_update=True)
    doc.update(data)
    doc.save()
    return doc


def delete_doc(doctype: str, name: str):
    frappe.delete_doc(doctype, name, ignore_missing=False)
    frappe.response.http_status_code = 202
    return "ok"


def read_doc(doctype: str, name: str):
    """Return a document without the fields the user may not read."""
    doc = frappe.get_doc(doctype, name)
    if not doc.has_permission("read"):
        raise frappe.PermissionError
    doc.apply_fieldlevel_read_permissions()
    return doc


def _document_fields():
    """Return the fields of a document: the body, or the argument `data`."""
    data = frappe.form_dict.data
    return frappe.parse_json(frappe.local.request.get_data(as_text=True) if data is None else data)


_ONE = "/resource/<doctype>/<path:name>/"
url_rules = [
    Rule("/method/<path:method>", endpoint=handle_rpc_call),
    Rule("/resource/<doctype>", methods=["GET"], endpoint=document_list),
    Rule("/resource/<doctype>", methods=["POST"], endpoint=create_doc),
    Rule(_ONE, methods=["GET"], endpoint=read_doc),
    Rule(_ONE, methods=["PUT"], endpoint=update_doc),
    Rule(_ONE, methods=["DELETE"], endpoint=delete_doc),
]
