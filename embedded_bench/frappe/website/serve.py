"""Pages and files: assets of apps, public files, `www` pages, login, error pages."""

from __future__ import annotations

import functools
import gzip
import importlib
import importlib.util
import mimetypes
import os
import re
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import get_site_name
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.utils import redirect, send_file
from werkzeug.wrappers import Request, Response

NOT_KEPT = "no-store,no-cache,must-revalidate,max-age=0"
COMPRESSED = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
PAGE_PATH = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_\-/]*$")
PLAIN_FILE = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_\-/]*\.(js|css|json|txt|xml|svg|png|ico|webmanifest)$")
# Names that change with their content, as front end builds make them, may be kept for ever.
HASHED_NAME = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
MESSAGES = {
    401: ("Session Expired", "Your session has expired, please login again to continue."),
    403: ("Not Permitted", "You do not have enough permissions to complete the action"),
    404: ("Not Found", "The resource you are looking for is not available"),
    429: (
        "Too Many Requests",
        "You hit the rate limit because of too many requests. Please try after sometime.",
    ),
    503: ("Updating", "The site is being updated. Please try again in a moment."),
}
SERVER_ERROR = (
    "Server Error",
    "Something went wrong on the server. The administrator finds it in the Error Log.",
)


def serve_public(request: Request, site: str | None, sites_path: str) -> Response | None:
    """Return an asset of an app or a public file of the site; None for every other path."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path.startswith("/assets/"):
        app, _slash, relative = request.path.removeprefix("/assets/").partition("/")
        return _send(request, _public_folder(app, sites_path), relative)
    if request.path.startswith("/files/"):
        name = site or request.headers.get("X-Frappe-Site-Name") or get_site_name(request.host)
        folder = os.path.join(sites_path, os.path.basename(name), "public", "files")
        return _send(request, folder, request.path.removeprefix("/files/"), is_upload=True)
    return None


def _public_folder(app: str, sites_path: str) -> str:
    with open(os.path.join(sites_path, "apps.txt"), encoding="utf-8") as file:
        apps = {"frappe", *file.read().split()}
    if app not in apps:
        raise NotFound
    return os.path.join(os.path.dirname(importlib.import_module(app).__file__ or ""), "public")


def _send(request: Request, folder: str, relative: str, is_upload=False) -> Response:
    from frappe.utils.response import INLINE_TYPES

    root = os.path.realpath(folder)
    path = os.path.realpath(os.path.join(root, relative.lstrip("/")))
    if "\0" in relative or not path.startswith(root + os.sep) or not os.path.isfile(path):
        raise NotFound
    mimetype = _mimetype(path)
    if not is_upload and mimetype.startswith(COMPRESSED) and "gzip" in request.accept_encodings:
        return _send_compressed(request, path, mimetype)
    is_download = is_upload and mimetype not in INLINE_TYPES
    max_age = None if is_upload else _max_age(path)
    response = send_file(
        path, request.environ, mimetype=mimetype, as_attachment=is_download, max_age=max_age, conditional=True
    )
    if max_age:
        response.cache_control.immutable = True
    return response


def _mimetype(path: str) -> str:
    if path.endswith(".webmanifest"):
        return "application/manifest+json"
    if path.endswith((".js", ".mjs")):
        return "application/javascript"
    return mimetypes.guess_type(path)[0] or "application/octet-stream"


def _max_age(path: str) -> int | None:
    return 31536000 if HASHED_NAME.search(path) else None


@functools.lru_cache(maxsize=64)
def _compressed(path: str, modified: int) -> bytes:
    with open(path, "rb") as file:
        return gzip.compress(file.read(), 6, mtime=0)


def _send_compressed(request: Request, path: str, mimetype: str) -> Response:
    modified = os.stat(path).st_mtime_ns
    response = Response(_compressed(path, modified), mimetype=mimetype)
    response.headers.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
    response.set_etag(f"{modified:x}-gzip")
    response.cache_control.no_cache = None if _max_age(path) else True
    response.cache_control.max_age = _max_age(path)
    response.cache_control.immutable = bool(_max_age(path))
    return response.make_conditional(request)


def get_response(path: str | None = None, http_status_code: int | None = None) -> Response:
    """Return the page at a path (default: the request's); the page `message` shows an error or a notice."""
    if path == "message":
        return _message_page(http_status_code)
    request = frappe.local.request
    path = (path or request.path).strip("/")
    try:
        return _page(path)
    except frappe.Redirect as error:
        response = redirect(frappe.local.flags.redirect_location or "/", error.http_status_code)
        response.headers["Cache-Control"] = NOT_KEPT
        return response
    except (frappe.PermissionError, frappe.SessionExpired):
        if frappe.session.user != "Guest":
            raise
        target = request.full_path.rstrip("?")
        return redirect(f"/login?redirect-to={quote(target)}", 302)


def get_default_path() -> str | None:
    """Return the start page of the one app that offers itself in `add_to_apps_screen`."""
    routes = [app.get("route") for app in frappe.get_hooks("add_to_apps_screen") if app.get("route")]
    return routes[0] if len(routes) == 1 else None


def _page(path: str) -> Response:
    is_desk = path in ("app", "desk") or path.startswith("app/")
    if is_desk and frappe.session.user == "Guest":
        raise frappe.PermissionError
    home = (frappe.get_hooks("home_page") or [None])[-1]
    if path in ("", "index") and home:
        path = home
    elif is_desk or path in ("", "index"):
        start = get_default_path() or ("/login" if frappe.session.user == "Guest" else "/me")
        return redirect(start, 302)
    for rule in frappe.get_hooks("website_redirects"):
        if re.fullmatch(rule["source"].strip("/"), path):
            return redirect(re.sub(rule["source"].strip("/"), rule["target"], path), 301)
    path, arguments = _route(path)
    frappe.form_dict.update(arguments)
    if not PAGE_PATH.match(path):
        return _plain_file(path)
    for app in dict.fromkeys([*reversed(frappe.get_installed_apps()), "frappe"]):
        folder = os.path.join(frappe.get_app_path(app), "www")
        for candidate in (path, f"{path}/index"):
            if os.path.isfile(os.path.join(folder, f"{candidate}.html")):
                return _render(app, candidate, path)
    raise frappe.PageDoesNotExistError


def _plain_file(path: str) -> Response:
    """Return a file of a `www` folder as it is, such as a service worker's script; never code or templates."""
    if not PLAIN_FILE.match(path):
        raise frappe.PageDoesNotExistError
    for app in reversed(frappe.get_installed_apps()):
        folder = os.path.join(frappe.get_app_path(app), "www")
        if os.path.isfile(os.path.join(folder, path)):
            return _send(frappe.local.request, folder, path)
    raise frappe.PageDoesNotExistError


def _route(path: str) -> tuple[str, dict]:
    rules = [
        Rule(f"/{rule['from_route'].strip('/')}", endpoint=rule["to_route"])
        for rule in frappe.get_hooks("website_route_rules")
    ]
    try:
        return Map(rules, strict_slashes=False).bind("").match(f"/{path}")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return path, {}


def _render(app: str, page: str, path: str) -> Response:
    """Return the page rendered with what `get_context` of the module beside it adds."""
    context = frappe._dict(
        path=path, pathname=path, title=None, lang=frappe.local.lang, no_cache=1, http_status_code=200
    )
    name = page.replace("/", ".").replace("-", "_")
    if importlib.util.find_spec(f"{app}.www.{name}") if _has_module(app, page) else None:
        module = importlib.import_module(f"{app}.www.{name}")
        if hasattr(module, "get_context"):
            added = module.get_context(context)
            if added is not None and added is not context:
                context.update(added)
    html = frappe.get_template(f"{app}/www/{page}.html").render(context)
    response = Response(html, status=context.http_status_code, mimetype="text/html")
    response.headers["Cache-Control"] = NOT_KEPT
    return response


def _has_module(app: str, page: str) -> bool:
    return os.path.isfile(os.path.join(frappe.get_app_path(app), "www", f"{page.replace('-', '_')}.py"))


def _message_page(status: int | None) -> Response:
    status = status or 200
    fallback = MESSAGES.get(status, SERVER_ERROR if status >= 500 else ("Message", ""))
    if status < 400:
        title, text = getattr(frappe.local, "message_title", None), getattr(frappe.local, "message", None)
    else:
        title, text = None, None
    if status in (403, 417) and frappe.local.message_log:
        text = frappe.utils.strip_html(frappe.utils.cstr(frappe.local.message_log[-1].get("message")))
    context = {
        "title": title or _(fallback[0]),
        "message": text or _(fallback[1]),
        "lang": frappe.local.lang,
        "status": status,
        "home": "/" if frappe.session.user != "Guest" else "/login",
    }
    html = frappe.get_template("frappe/www/message.html").render(context)
    return Response(html, status=status, mimetype="text/html")
