"""Pages and files: assets of apps, public files, `www` pages, login, error pages."""

import functools
import gzip
import importlib
import mimetypes
import os
import re
from pathlib import Path
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import get_site_name
from frappe.utils.response import path_below, send_below
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

NOT_KEPT = "no-store,no-cache,must-revalidate,max-age=0"
COMPRESSED = ("text/", "application/javascript", "application/json", "application/manifest", "image/svg")
PAGE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-/]*")
PLAIN_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_\-/]*\.(js|css|json|txt|xml|svg|png|ico|webmanifest)")
# Names that change with their content, as front end builds make them, may be kept for ever.
HASHED_NAME = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
MESSAGES = {
    401: ("Session Expired", "Your session has expired, please login again to continue."),
    403: ("Not Permitted", "You do not have enough permissions to complete the action"),
    404: ("Not Found", "The resource you are looking for is not available"),
    429: ("Too Many Requests", "Please wait a little and try again."),
}
SERVER_ERROR = ("Server Error", "The administrator finds it in the Error Log.")

mimetypes.add_type("application/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")


def serve_public(request: Request, site: str | None, sites_path: str) -> Response | None:
    """Return an asset of an app or a public file of the site; None for every other path."""
    top, _slash, relative = request.path.lstrip("/").partition("/")
    if request.method not in ("GET", "HEAD") or top not in ("assets", "files"):
        return None
    if top == "files":
        name = site or request.headers.get("X-Frappe-Site-Name") or get_site_name(request.host)
        folder = os.path.join(sites_path, os.path.basename(name), "public", "files")
        return send_below(request, folder, relative)
    app, _slash, relative = relative.partition("/")
    if app not in ("frappe", *Path(sites_path, "apps.txt").read_text(encoding="utf-8").split()):
        raise NotFound
    package = os.path.dirname(importlib.import_module(app).__file__)
    return _asset(request, os.path.join(package, "public"), relative)


def _asset(request: Request, folder: str, relative: str) -> Response:
    path = path_below(folder, relative)
    mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
    max_age = 31536000 if HASHED_NAME.search(path) else 0
    if not mimetype.startswith(COMPRESSED) or "gzip" not in request.accept_encodings:
        return send_below(request, folder, relative, max_age)
    modified = os.stat(path).st_mtime_ns
    response = Response(_compressed(path, modified), mimetype=mimetype)
    response.headers.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
    response.set_etag(f"{modified:x}-gzip")
    response.cache_control.max_age = max_age
    return response.make_conditional(request)


@functools.lru_cache(maxsize=64)
def _compressed(path: str, modified: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), 6, mtime=0)


def get_response() -> Response:
    """Return the page at the request's path; a guest is led to the login."""
    request = frappe.local.request
    try:
        return _page(request.path.strip("/"))
    except frappe.Redirect as error:
        response = redirect(frappe.local.flags.redirect_location or "/", error.http_status_code)
        response.headers["Cache-Control"] = NOT_KEPT
        return response
    except frappe.PermissionError:
        if frappe.session.user != "Guest":
            raise
        return redirect(f"/login?redirect-to={quote(request.full_path.rstrip('?'))}", 302)


def get_default_path() -> str | None:
    """Return the start page of the one app that offers itself in `add_to_apps_screen`."""
    routes = [app.get("route") for app in frappe.get_hooks("add_to_apps_screen") if app.get("route")]
    return routes[0] if len(routes) == 1 else None


def _page(path: str) -> Response:
    start = get_default_path()
    if not path or path == "app" or path.startswith("app/"):
        if frappe.session.user == "Guest":
            raise frappe.PermissionError
        if start:
            return redirect(start, 302)
    path, arguments = _route(path)
    frappe.form_dict.update(arguments)
    for app in dict.fromkeys([*reversed(frappe.get_installed_apps()), "frappe"]):
        folder = os.path.join(frappe.get_app_path(app), "www")
        if PAGE.fullmatch(path) and os.path.isfile(os.path.join(folder, f"{path}.html")):
            return _render(app, path)
        # A file as it is, such as a service worker's script; never code or templates.
        if PLAIN_FILE.fullmatch(path) and os.path.isfile(os.path.join(folder, path)):
            return _asset(frappe.local.request, folder, path)
    raise frappe.PageDoesNotExistError


def _route(path: str) -> tuple[str, dict]:
    rules = frappe.get_hooks("website_route_rules")
    rules = [Rule(f"/{rule['from_route'].strip('/')}", endpoint=rule["to_route"]) for rule in rules]
    try:
        return Map(rules, strict_slashes=False).bind("").match(f"/{path}")
    except (NotFound, MethodNotAllowed, RequestRedirect):
        return path, {}


def _render(app: str, page: str) -> Response:
    """Return the page rendered with what `get_context` of the module beside it adds."""
    context = frappe._dict(path=page, lang=frappe.local.lang)
    if os.path.isfile(os.path.join(frappe.get_app_path(app), "www", f"{page.replace('-', '_')}.py")):
        module = importlib.import_module(f"{app}.www.{page.replace('/', '.').replace('-', '_')}")
        context.update(module.get_context(context) or {})
    html = frappe.get_template(f"{app}/www/{page}.html").render(context)
    return Response(html, mimetype="text/html", headers={"Cache-Control": NOT_KEPT})


def message_page(status: int) -> Response:
    """Return the page that tells a person what went wrong, without details of the program."""
    title, text = MESSAGES.get(status, SERVER_ERROR)
    text = _(text)
    if status in (403, 417) and frappe.local.message_log:
        text = frappe.utils.strip_html(frappe.utils.cstr(frappe.local.message_log[-1].get("message")))
    home = "/login" if frappe.session.user == "Guest" else "/"
    context = {"title": _(title), "message": text, "lang": frappe.local.lang, "home": home}
    html = frappe.get_template("frappe/www/message.html").render(context)
    return Response(html, status=status, mimetype="text/html")
