"""Version 2 of the REST interface: the same documents and functions, everything under `data`."""

from __future__ import annotations

import frappe
from frappe.api import v1
from werkzeug.routing import Rule


def handle_rpc_call(method: str):
    """Call a whitelisted function."""
    from frappe.handler import execute_cmd

    return None if method == "login" else execute_cmd(method)


def document_list(doctype: str):
    """Return the rows that the user may read."""
    args = frappe.form_dict
    start, length = frappe.utils.cint(args.start), frappe.utils.cint(args.limit) or 20
    rows = frappe.get_list(
        doctype,
        fields=frappe.parse_json(args.fields) if args.fields else None,
        filters=frappe.parse_json(args.filters) if args.filters else None,
        order_by=args.order_by,
        group_by=args.group_by,
        limit_start=start,
        limit_page_length=length + 1,
    )
    frappe.response["has_next_page"] = len(rows) > length
    return rows[:length]


def get_meta(doctype: str):
    """Return the metadata of a DocType."""
    frappe.only_for("All")
    return frappe.get_meta(doctype)


def count(doctype: str) -> int:
    """Return how many documents the user may read."""
    from frappe.desk.reportview import get_count

    frappe.form_dict.doctype = doctype
    return get_count()


url_rules = [
    Rule("/method/<path:method>", endpoint=handle_rpc_call),
    Rule("/document/<doctype>", methods=["GET"], endpoint=document_list),
    Rule("/document/<doctype>", methods=["POST"], endpoint=v1.create_doc),
    Rule("/document/<doctype>/<path:name>/", methods=["GET"], endpoint=v1.read_doc),
    Rule("/document/<doctype>/<path:name>/", methods=["PATCH", "PUT"], endpoint=v1.update_doc),
    Rule("/document/<doctype>/<path:name>/", methods=["DELETE"], endpoint=v1.delete_doc),
    Rule(
        "/document/<doctype>/<path:name>/method/<method>/",
        methods=["GET", "POST"],
        endpoint=v1.execute_doc_method,
    ),
    Rule("/doctype/<doctype>/meta", methods=["GET"], endpoint=get_meta),
    Rule("/doctype/<doctype>/count", methods=["GET"], endpoint=count),
]
