"""Calls of whitelisted functions and document methods, uploads, logout."""

import inspect
import os

import frappe
from frappe import _, is_whitelisted
from frappe.auth import log_out
from frappe.utils import cint


def execute_cmd(cmd: str, from_async=False):
    """Call a function by its dotted path, through the last `override_whitelisted_methods` for it."""
    cmd = (frappe.get_hooks("override_whitelisted_methods", {}).get(cmd) or [cmd])[-1]
    try:
        method = frappe.get_attr(cmd) if "." in cmd else SHORTHANDS[cmd]
    except Exception as error:
        frappe.throw(_("Failed to get method for command {0} with {1}").format(cmd, error))
    if method is not run_doc_method:
        _check_callable(method)
    return frappe.call(method, **frappe.form_dict)


def _check_callable(method) -> None:
    is_whitelisted(method)
    if frappe.local.request.method not in frappe.allowed_http_methods_for_whitelisted_func[method]:
        frappe.throw(_("Not permitted"), frappe.PermissionError)


@frappe.whitelist(allow_guest=True)
def ping() -> str:
    return "pong"


@frappe.whitelist(allow_guest=True)
def logout():
    log_out()


@frappe.whitelist(methods=["POST"])
def upload_file():
    """Store an uploaded file as a File document, attached to a document that the user may write."""
    args, upload = frappe.form_dict, frappe.local.request.files.get("file")
    if args.doctype and args.docname and frappe.db.exists(args.doctype, args.docname):
        frappe.get_doc(args.doctype, args.docname).check_permission("write")
    elif args.doctype:
        frappe.has_permission(args.doctype, "write", throw=True)
    target = {"attached_to_doctype": args.doctype, "attached_to_name": args.docname}
    place = {"folder": args.folder or "Home", "is_private": cint(args.is_private)}
    file = frappe.get_doc(doctype="File", attached_to_field=args.fieldname, **target, **place)
    if upload:
        file.update({"file_name": os.path.basename(upload.filename or ""), "content": upload.stream.read()})
    else:
        file.update({"file_name": args.file_name, "file_url": args.file_url})
    return file.save()


def run_doc_method(method, docs=None, dt=None, dn=None, arg=None, args=None):
    """Call a whitelisted method of a stored document, or of one that the browser holds."""
    doc = frappe.get_doc(dt, dn or dt) if dt else frappe.get_doc(frappe.parse_json(docs))
    if not dt:
        doc._original_modified = doc.modified
        doc.check_if_latest()
    if not doc.has_permission("read"):
        frappe.throw(_("Not permitted"), frappe.PermissionError)
    args = frappe.parse_json(args or arg)
    bound = getattr(doc, method)
    _check_callable(getattr(bound, "__func__", bound))
    parameters = inspect.signature(bound).parameters
    if not parameters or (isinstance(args, dict) and "args" not in parameters):
        result = doc.run_method(method, **(args if parameters else {}))
    else:
        result = doc.run_method(method, args)
    frappe.response.docs.append(doc)
    return result


SHORTHANDS = {function.__name__: function for function in (ping, logout, upload_file, run_doc_method)}
