"""Calls of whitelisted functions and document methods, uploads, logout."""

from __future__ import annotations

import inspect
import os
from mimetypes import guess_type

import frappe
from frappe import _, is_whitelisted
from frappe.utils import cint
from werkzeug.wrappers import Response

GUEST_MIMETYPES = ("image/png", "image/jpeg", "application/pdf", "text/plain")
# `/api/method/<name>` without a module path.
SHORTHANDS = (
    "logout",
    "web_logout",
    "upload_file",
    "download_file",
    "run_doc_method",
    "ping",
    "runserverobj",
)


def handle():
    """Run the function that `cmd` names; its result is the answer's `message`."""
    cmd = frappe.form_dict.cmd
    data = None if cmd == "login" else execute_cmd(cmd)
    if isinstance(data, Response):
        return data
    if data is not None:
        frappe.response["message"] = data
    return None


def execute_cmd(cmd: str, from_async=False):
    """Call a function by its dotted path, through the last `override_whitelisted_methods` for it."""
    overrides = frappe.get_hooks("override_whitelisted_methods", {}).get(cmd)
    cmd = overrides[-1] if overrides else cmd
    try:
        method = get_attr(cmd)
    except Exception as error:
        frappe.throw(_("Failed to get method for command {0} with {1}").format(cmd, error))
    if method is not run_doc_method:
        is_whitelisted(method)
        is_valid_http_method(method)
    return frappe.call(method, **frappe.form_dict)


def get_attr(cmd: str):
    """Return the function that a dotted path, or one of the short names, stands for."""
    if "." in cmd:
        return frappe.get_attr(cmd)
    if cmd not in SHORTHANDS:
        raise AttributeError(cmd)
    return globals()[cmd]


def is_valid_http_method(method) -> None:
    """Refuse an HTTP method that the function does not allow."""
    if frappe.local.request.method not in frappe.allowed_http_methods_for_whitelisted_func[method]:
        throw_permission_error()


def throw_permission_error():
    """Refuse."""
    frappe.throw(_("Not permitted"), frappe.PermissionError)


@frappe.whitelist(allow_guest=True)
def ping() -> str:
    """Answer that the server is there."""
    return "pong"


@frappe.whitelist(allow_guest=True)
def logout():
    """End the session."""
    frappe.local.login_manager.logout()
    frappe.db.commit()


@frappe.whitelist(allow_guest=True)
def web_logout():
    """End the session and show a page that says so."""
    logout()
    frappe.respond_as_web_page(_("Logged Out"), _("You have been successfully logged out"))


@frappe.whitelist(allow_guest=True, methods=["POST"])
def upload_file():
    """Store an uploaded file as a File document, or hand it to the function that `method` names."""
    args, user = frappe.form_dict, frappe.session.user
    if user == "Guest" and not frappe.get_system_settings("allow_guests_to_upload_files"):
        raise frappe.PermissionError
    if user != "Guest":
        check_write_permission(args.doctype, args.docname)
    filename, content = args.file_name, None
    if upload := frappe.local.request.files.get("file"):
        filename, content = os.path.basename(upload.filename or ""), upload.stream.read()
    frappe.local.uploaded_file, frappe.local.uploaded_filename = content, filename
    is_desk_user = user != "Guest" and frappe.db.get_value("User", user, "user_type") == "System User"
    if content is not None and not is_desk_user and guess_type(filename)[0] not in GUEST_MIMETYPES:
        frappe.throw(_("You can only upload JPG, PNG, PDF, TXT or Microsoft documents."))
    if args.method:
        method = frappe.get_attr(args.method)
        is_whitelisted(method)
        return method()
    return frappe.get_doc(
        doctype="File",
        attached_to_doctype=args.doctype,
        attached_to_name=args.docname,
        attached_to_field=args.fieldname,
        folder=args.folder or "Home",
        file_name=filename,
        file_url=args.file_url,
        is_private=cint(args.is_private),
        content=content,
    ).save(ignore_permissions=user == "Guest")


def check_write_permission(doctype: str | None = None, name: str | None = None) -> None:
    """Refuse an attachment to a document (or DocType) that the user may not write."""
    if doctype and name and frappe.db.exists(doctype, name):
        frappe.get_doc(doctype, name).check_permission("write")
    elif doctype:
        frappe.has_permission(doctype, "write", throw=True)


@frappe.whitelist(allow_guest=True)
def download_file(file_url: str):
    """Send a file that the user may read."""
    file = frappe.get_doc("File", {"file_url": file_url})
    if not file.is_downloadable():
        raise frappe.PermissionError
    frappe.response.update(
        filename=os.path.basename(file_url), filecontent=file.get_content(), type="download"
    )


def run_doc_method(method, docs=None, dt=None, dn=None, arg=None, args=None):
    """Call a whitelisted method of a stored document, or of one that the browser holds."""
    args = args or arg
    if dt:
        doc = frappe.get_doc(dt, dn or dt)
    else:
        doc = frappe.get_doc(frappe.parse_json(docs))
        doc._original_modified = doc.modified
        doc.check_if_latest()
    if not doc or not doc.has_permission("read"):
        throw_permission_error()
    try:
        args = frappe.parse_json(args)
    except ValueError:
        args = {"args": args}
    bound = getattr(doc, method)
    function = getattr(bound, "__func__", bound)
    is_whitelisted(function)
    is_valid_http_method(function)
    parameters = [name for name in inspect.signature(bound).parameters if name != "self"]
    if not parameters:
        result = doc.run_method(method)
    elif "args" in parameters or not isinstance(args, dict):
        result = doc.run_method(method, args)
    else:
        result = doc.run_method(method, **args)
    frappe.response.docs.append(doc)
    if result is not None:
        frappe.response["message"] = result


runserverobj = run_doc_method
