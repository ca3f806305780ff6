"""The WSGI application. A request runs in one transaction: unsafe methods commit after success.

GET and HEAD are always rolled back (unless `frappe.flags.commit`), and so is every exception.
"""

import json
import os

import frappe
import frappe.api
from frappe import _
from frappe.auth import UNSAFE_HTTP_METHODS, begin_request, clear_cookies, set_cookies
from frappe.utils import cint, get_site_name
from frappe.utils.error import log_error_snapshot
from frappe.utils.response import download_private_file, report_error
from frappe.website.serve import get_response, message_page, serve_public
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

_site: str | None = None
_sites_path: str = os.environ.get("SITES_PATH", ".")
MAX_BODY = 25 * 1024 * 1024
# Sent with every answer.
SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN"}
SECURITY_HEADERS |= {"Referrer-Policy": "strict-origin-when-cross-origin"}


def application(environ, start_response):
    """Answer a WSGI request; the connection is released when the answer was sent."""
    return ClosingIterator(_application(environ, start_response), (frappe.destroy,))


@Request.application
def _application(request: Request) -> Response:
    try:
        response = serve_public(request, _site, _sites_path)
        if not response:
            _init_request(request)
            response = _dispatch(request)
            _end_transaction(request)
    except Exception as error:
        response = _handle_exception(request, error)
    if getattr(frappe.local, "db", None):
        for task in frappe.get_hooks("after_request"):
            frappe.call(frappe.get_attr(task), response=response, request=request)
    set_cookies(response)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _init_request(request: Request) -> None:
    """Connect to the site that the request names and find out who asks."""
    site = _site or request.headers.get("X-Frappe-Site-Name") or get_site_name(request.host)
    if not site or os.path.basename(site) != site or not os.path.isdir(os.path.join(_sites_path, site)):
        raise NotFound
    frappe.init(site, sites_path=_sites_path, force=True)
    frappe.local.request = request
    frappe.connect(set_admin_as_user=False)
    frappe.local.session.user = "Guest"
    request.max_content_length = cint(frappe.conf.max_file_size) or MAX_BODY
    make_form_dict(request)
    begin_request()


def make_form_dict(request: Request) -> None:
    """Put the arguments into `frappe.form_dict`: the JSON body, or else query and form."""
    is_json = request.is_json and request.get_data()
    args = json.loads(request.get_data(as_text=True)) if is_json else {**request.args, **request.form}
    args = {"data": args} if isinstance(args, list) else args
    if not isinstance(args, dict):
        frappe.throw(_("Invalid request arguments"))
    frappe.local.form_dict = frappe._dict(args)
    frappe.local.form_dict.pop("_", None)


def _dispatch(request: Request) -> Response:
    if request.path.startswith("/api/"):
        return frappe.api.handle(request)
    if request.method not in ("GET", "HEAD"):
        raise NotFound
    is_file = request.path.startswith("/private/files/")
    return download_private_file(request.path) if is_file else get_response()


def _end_transaction(request: Request) -> None:
    if frappe.local.flags.commit or request.method in UNSAFE_HTTP_METHODS:
        frappe.db.commit()
    else:
        frappe.db.rollback()
    frappe.local.session_obj.update()


def _handle_exception(request: Request, error: Exception) -> Response:
    """Return the answer to an exception: Frappe's JSON error, or a page without details."""
    if not getattr(frappe.local, "db", None):
        is_answer = isinstance(error, HTTPException)
        return error.get_response() if is_answer else Response("Service unavailable", 503)
    frappe.db.rollback()
    status = getattr(error, "code", None) or getattr(error, "http_status_code", 500)
    if isinstance(error, (frappe.QueryDeadlockError, frappe.QueryTimeoutError)):
        status = 508
    if isinstance(error, frappe.AuthenticationError):
        clear_cookies()
    accept = request.headers.get("Accept") or ""
    is_api = request.path.startswith("/api/") and not accept.startswith("text")
    is_ajax = accept and request.headers.get("X-Requested-With") == "XMLHttpRequest"
    wants_json = is_api or is_ajax or "application/json" in accept
    response = report_error(status) if wants_json else message_page(status)
    if status >= 500:
        log_error_snapshot(error)
    return response
