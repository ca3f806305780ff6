"""Answers: JSON with Frappe's envelopes, downloads, private files."""

from __future__ import annotations

import datetime
import decimal
import json
import mimetypes
import os
import sys
from collections.abc import Iterable

import frappe
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.local import LocalProxy
from werkzeug.utils import redirect as http_redirect
from werkzeug.utils import send_file
from werkzeug.wrappers import Response

# Shown in the browser; everything else is downloaded, so that no uploaded page or picture runs scripts.
INLINE_TYPES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain"}
)


def json_handler(obj):
    """Return a value JSON does not know in the form Frappe sends it."""
    from frappe.model.base_document import BaseDocument

    if isinstance(obj, (datetime.date, datetime.time, LocalProxy)):
        return str(obj)
    if isinstance(obj, datetime.timedelta):
        return frappe.utils.format_timedelta(obj)
    if isinstance(obj, decimal.Decimal):
        return float(obj)
    if isinstance(obj, BaseDocument):
        return obj.as_dict(no_nulls=True)
    if isinstance(obj, Iterable):
        return list(obj)
    if isinstance(obj, (type, Exception)):
        return repr(obj)
    raise TypeError(f"Object of type {type(obj)} with value of {obj!r} is not JSON serializable")


def _shows_tracebacks() -> bool:
    allowed = (
        frappe.get_system_settings("allow_error_traceback") if getattr(frappe.local, "db", None) else False
    )
    return bool(allowed) and not frappe.local.flags.disable_traceback


def report_error(status_code: int) -> Response:
    """Return the exception being handled as Frappe's JSON error."""
    exception = sys.exc_info()[1]
    shows = _shows_tracebacks() and status_code != 404
    if shows:
        frappe.errprint(frappe.get_traceback())
        frappe.local.response["exception"] = frappe.get_traceback().splitlines()[-1]
    frappe.local.response["exc_type"] = type(exception).__name__
    response = build_response("json")
    response.status_code = status_code
    return response


def _add_messages() -> None:
    response, messages = frappe.local.response, frappe.local.message_log
    if frappe.local.error_log and _shows_tracebacks():
        response["exc"] = json.dumps([frappe.utils.cstr(entry["exc"]) for entry in frappe.local.error_log])
    if messages:
        response["_server_messages"] = json.dumps([json.dumps(message, default=str) for message in messages])
    if frappe.local.flags.error_message:
        response["_error_message"] = frappe.local.flags.error_message


def as_json() -> Response:
    """Return `frappe.response` as JSON."""
    _add_messages()
    content = frappe.local.response
    status = content.pop("http_status_code", None) or 200
    body = json.dumps(content, default=json_handler, separators=(",", ":"))
    return Response(body, status=status, mimetype="application/json")


def _attachment(filename: str, content, mimetype: str, disposition: str = "attachment") -> Response:
    response = Response(content, mimetype=mimetype)
    response.headers.add("Content-Disposition", disposition, filename=filename)
    return response


def build_response(response_type: str | None = None) -> Response:
    """Return the answer that the request's handler put into `frappe.response`."""
    answer = frappe.local.response
    if "docs" in answer and not answer.docs:
        del answer["docs"]
    kind = answer.get("type") or response_type
    if kind == "json":
        return as_json()
    if kind == "csv":
        return _attachment(f"{answer['doctype']}.csv", answer["result"], "text/csv")
    if kind == "txt":
        return _attachment(f"{answer['doctype']}.txt", answer["result"], "text/plain")
    if kind in ("download", "binary", "pdf"):
        guessed = mimetypes.guess_type(answer["filename"])[0] or "application/octet-stream"
        mimetype = {"pdf": "application/pdf", "binary": "application/octet-stream"}.get(kind, guessed)
        shown = answer.get("display_content_as") or ("inline" if kind == "pdf" else "attachment")
        return _attachment(answer["filename"], answer["filecontent"], mimetype, shown)
    if kind == "redirect":
        return http_redirect(answer["location"])
    if kind == "page":
        from frappe.website.serve import get_response

        return get_response(answer["route"], http_status_code=answer.get("http_status_code"))
    raise frappe.NotSupported(f"response type {kind}")


def send_site_file(folder: str, relative: str, filename: str | None = None) -> Response:
    """Return a file below `folder`; paths that lead out of it are not found."""
    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, relative.lstrip("/")))
    if not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise NotFound
    mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
    response = send_file(
        path,
        frappe.local.request.environ,
        mimetype=mimetype,
        as_attachment=mimetype not in INLINE_TYPES,
        download_name=filename or os.path.basename(path),
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def download_private_file(path: str) -> Response:
    """Return a private file when the user may read one of the File documents that point to it."""
    files = frappe.get_all("File", filters={"file_url": path}, pluck="name")
    readable = (frappe.get_doc("File", name) for name in files)
    if frappe.session.user == "Guest" or not any(file.is_downloadable() for file in readable):
        raise Forbidden(frappe._("You don't have permission to access this file"))
    return send_site_file(frappe.get_site_path("private", "files"), path.removeprefix("/private/files/"))
