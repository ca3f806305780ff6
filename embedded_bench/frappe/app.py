"""The WSGI application: `frappe.app.application`.

A request runs in one transaction: unsafe methods commit after success, GET and HEAD are always rolled
back (unless `frappe.flags.commit`), and every exception rolls back.
"""

from __future__ import annotations

import json
import os

import frappe
import frappe.api
import frappe.utils.response
from frappe import _
from frappe.auth import UNSAFE_HTTP_METHODS, HTTPRequest, validate_auth
from frappe.utils import CallbackManager, cint, get_site_name
from frappe.utils.error import log_error_snapshot
from frappe.website.serve import get_response, serve_public
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

_site: str | None = None
_sites_path: str = os.environ.get("SITES_PATH", ".")
MAX_BODY = 25 * 1024 * 1024
# Sent with every answer.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


def application(environ, start_response):
    """Answer a WSGI request; the connection is released when the answer was sent."""
    return ClosingIterator(_application(environ, start_response), (_after_response,))


def _after_response() -> None:
    request = getattr(frappe.local, "request", None)
    try:
        if request and hasattr(request, "after_response"):
            request.after_response.run()
    finally:
        frappe.destroy()


@Request.application
def _application(request: Request):
    response = None
    try:
        response = serve_public(request, _site, _sites_path) or _dispatch(request)
    except HTTPException as error:
        _rollback()
        response = error.get_response()
        if request.path.startswith("/api/") or not getattr(frappe.local, "db", None):
            response = Response(json.dumps({"exc_type": type(error).__name__}), error.code or 500)
            response.mimetype = "application/json"
        elif error.code in (403, 404):
            response = get_response("message", http_status_code=error.code)
    except Exception as error:
        response = handle_exception(error)
    else:
        if getattr(frappe.local, "db", None):
            response = _end_transaction(request, response)
    _finish(request, response)
    return response


def _dispatch(request: Request) -> Response:
    init_request(request)
    validate_auth()
    if request.method == "OPTIONS":
        return Response()
    if request.path.startswith("/api/"):
        return frappe.api.handle(request)
    if request.path.startswith("/private/files/"):
        return frappe.utils.response.download_private_file(request.path)
    if request.method in ("GET", "HEAD", "POST"):
        return get_response()
    raise NotFound


def init_request(request: Request) -> None:
    """Connect to the site that the request names and find out who asks."""
    site = _site or request.headers.get("X-Frappe-Site-Name") or get_site_name(request.host)
    if not site or os.path.basename(site) != site or not os.path.isdir(os.path.join(_sites_path, site)):
        raise NotFound
    frappe.init(site, sites_path=_sites_path, force=True)
    request.after_response = CallbackManager()
    frappe.local.request = request
    frappe.local.is_ajax = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    frappe.connect(set_admin_as_user=False)
    frappe.local.session.user = "Guest"
    if frappe.conf.maintenance_mode:
        raise frappe.SessionStopped(_("The site is being updated. Please try again in a moment."))
    request.max_content_length = cint(frappe.conf.max_file_size) or MAX_BODY
    make_form_dict(request)
    HTTPRequest()
    for task in frappe.get_hooks("before_request"):
        frappe.call(task)


def make_form_dict(request: Request) -> None:
    """Put the arguments into `frappe.form_dict`: the JSON body, or else query and form."""
    body = request.get_data(as_text=True)
    if body and request.is_json:
        args = json.loads(body)
    else:
        args = {**request.args, **request.form}
    if isinstance(args, list):
        args = {"data": args}
    if not isinstance(args, dict):
        frappe.throw(_("Invalid request arguments"))
    frappe.local.form_dict = frappe._dict(args)
    frappe.local.form_dict.pop("_", None)


def _rollback() -> None:
    if getattr(frappe.local, "db", None):
        frappe.db.rollback()


def _end_transaction(request: Request, response: Response) -> Response:
    try:
        if frappe.local.flags.commit or request.method in UNSAFE_HTTP_METHODS:
            frappe.db.commit()
        else:
            frappe.db.rollback()
        if getattr(frappe.local, "session_obj", None):
            frappe.local.session_obj.update()
    except Exception as error:
        return handle_exception(error)
    return response


def _wants_json() -> bool:
    accept = frappe.get_request_header("Accept") or ""
    if accept and (getattr(frappe.local, "is_ajax", False) or "application/json" in accept):
        return True
    return frappe.local.request.path.startswith("/api/") and not accept.startswith("text")


def handle_exception(error: Exception) -> Response:
    """Return the answer to an exception: Frappe's JSON error, or a page without details."""
    _rollback()
    status = getattr(error, "http_status_code", 500)
    if not getattr(frappe.local, "request", None) or not getattr(frappe.local, "db", None):
        return Response(_("Service unavailable"), 503)
    if not frappe.session.user:
        frappe.session.user = "Guest"
    if isinstance(error, (frappe.QueryDeadlockError, frappe.QueryTimeoutError)):
        status = 508
    if isinstance(error, frappe.AuthenticationError) and getattr(frappe.local, "cookie_manager", None):
        frappe.local.cookie_manager.delete_cookie(
            ("full_name", "user_id", "sid", "user_image", "system_user")
        )
    response = frappe.utils.response.report_error(status) if _wants_json() else None
    if status >= 500 and not isinstance(error, frappe.SessionStopped):
        log_error_snapshot(error)
    return response or get_response("message", http_status_code=status)


def _finish(request: Request, response: Response) -> None:
    if getattr(frappe.local, "initialised", False) and getattr(frappe.local, "db", None):
        try:
            for task in frappe.get_hooks("after_request"):
                frappe.call(task, response=response, request=request)
        except Exception:
            frappe.logger().exception("Failed to run after request hook")
        if getattr(frappe.local, "cookie_manager", None):
            frappe.local.cookie_manager.flush_cookies(response)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
