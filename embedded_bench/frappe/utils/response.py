"""Answers: JSON with Frappe's envelopes, downloads, files."""

import datetime
import decimal
import json
import mimetypes
import os
import sys
from collections.abc import Iterable

import frappe
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.utils import send_file
from werkzeug.wrappers import Request, Response

# Shown in the browser; everything else is downloaded, so that no uploaded page or picture runs scripts.
INLINE_TYPES = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}


def json_handler(obj):
    """Return a value JSON does not know in the form Frappe sends it."""
    if isinstance(obj, (datetime.date, datetime.time, datetime.timedelta)):
        return str(obj)
    if isinstance(obj, decimal.Decimal):
        return float(obj)
    if isinstance(obj, frappe.model.base_document.BaseDocument):
        return obj.as_dict(no_nulls=True)
    if isinstance(obj, Iterable):
        return list(obj)
    raise TypeError(f"Object of type {type(obj)} with value of {obj!r} is not JSON serializable")


def _shows_tracebacks() -> bool:
    is_wanted = bool(frappe.get_system_settings("allow_error_traceback"))
    return is_wanted and not frappe.local.flags.disable_traceback


def report_error(status_code: int) -> Response:
    """Return the exception being handled as Frappe's JSON error."""
    if _shows_tracebacks() and status_code != 404:
        frappe.local.error_log.append(frappe.get_traceback())
        frappe.local.response["exception"] = frappe.get_traceback().splitlines()[-1]
    frappe.local.response.update(exc_type=sys.exc_info()[0].__name__, http_status_code=status_code, type=None)
    return build_response()


def _as_json() -> Response:
    answer, messages = frappe.local.response, frappe.local.message_log
    if frappe.local.error_log and _shows_tracebacks():
        answer["exc"] = json.dumps(frappe.local.error_log)
    if messages:
        answer["_server_messages"] = json.dumps([json.dumps(message, default=str) for message in messages])
    if frappe.local.flags.error_message:
        answer["_error_message"] = frappe.local.flags.error_message
    answer.pop("type", None)
    status = answer.pop("http_status_code", None) or 200
    body = json.dumps(answer, default=json_handler, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")


def build_response(response_type: str = "json") -> Response:
    answer = frappe.local.response
    if "docs" in answer and not answer.docs:
        del answer["docs"]
    kind = answer.get("type") or response_type
    if kind == "json":
        return _as_json()
    if kind not in ("csv", "binary", "download"):
        raise frappe.NotSupported(f"response type {kind}")
    filename = f"{answer['doctype']}.csv" if kind == "csv" else answer["filename"]
    content = answer["result"] if kind == "csv" else answer["filecontent"]
    response = Response(content, mimetype="text/csv" if kind == "csv" else "application/octet-stream")
    response.headers.add("Content-Disposition", "attachment", filename=filename)
    return response


def send_below(request: Request, folder: str, relative: str, max_age: int | None = None) -> Response:
    """Return a file below `folder`; paths that lead out of it are not found, odd types are downloaded."""
    path = path_below(folder, relative)
    mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
    is_download = max_age is None and mimetype not in INLINE_TYPES
    options = {"mimetype": mimetype, "as_attachment": is_download, "max_age": max_age, "conditional": True}
    return send_file(path, request.environ, **options)


def path_below(folder: str, relative: str) -> str:
    """Return the path of a file below `folder`; everything else is not found."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, relative.replace("\0", "").lstrip("/")))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise NotFound
    return path


def download_private_file(path: str) -> Response:
    """Return a private file when the user may read one of the File documents that point to it."""
    names = frappe.get_all("File", {"file_url": path}, pluck="name")
    is_open = any(frappe.get_doc("File", name).has_permission("read") for name in names)
    if frappe.session.user == "Guest" or not is_open:
        raise Forbidden
    folder = frappe.get_site_path("private", "files")
    return send_below(frappe.local.request, folder, path.removeprefix("/private/files/"))
