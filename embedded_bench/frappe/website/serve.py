"""Pages and files: assets of apps, public files, `www` pages, login, error pages."""

from __future__ import annotations

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

PAGE_PATH = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_\-/]*$")
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
    mimetype = mimetypes.guess_type(path)[0] or "application/octet-stream"
    is_download = is_upload and mimetype not in INLINE_TYPES
    max_age = 31536000 if not is_upload and HASHED_NAME.search(path) else None
    response = send_file(
        path, request.environ, mimetype=mimetype, as_attachment=is_download, max_age=max_age, conditional=True
    )
    if max_age:
        response.cache_control.immutable = True
    return response


def get_response(path: str | None = None, http_status_code: int | None = None) -> Response:
    """Return the page at a path (default: the request's); the page `message` shows an error or a notice."""
    if path == "message":
        return _message_page(http_status_code)
    request = frappe.local.request
    path = (path or request.path).strip("/")
    try:
        return _page(path)
    except frappe.Redirect as error:
        code = error.http_status_code if error.http_status_code in (301, 302, 303, 307, 308) else 302
        return redirect(frappe.local.flags.redirect_location or "/", code)
    except (frappe.PermissionError, frappe.SessionExpired):
        if frappe.session.user != "Guest":
            raise
        target = request.full_path.rstrip("?")
        return redirect(f"/login?redirect-to={quote(target)}", 302)


def get_home_page() -> str:
    """Return the path a user starts at: the hooks `get_website_user_home_page`, `home_page`, else the apps' own."""
    for hook in reversed(frappe.get_hooks("home_page")):
        return hook
    return get_default_path() or ("login" if frappe.session.user == "Guest" else "me")


def get_default_path() -> str | None:
    """Return the start page of the one app that offers itself in `add_to_apps_screen`."""
    routes = [app.get("route") for app in frappe.get_hooks("add_to_apps_screen") if app.get("route")]
    return routes[0] if len(routes) == 1 else None


def _page(path: str) -> Response:
    if not path or path in ("app", "desk", "index") or path.startswith("app/"):
        if path.startswith(("app", "desk")) and frappe.session.user == "Guest":
            raise frappe.PermissionError
        target = (get_default_path() if path else get_home_page()) or "me"
        if not path and not target.startswith("/") and target.split("/")[0] not in ("login", "me"):
            path = target
        else:
            return redirect(f"/{target.lstrip('/')}", 302)
    for rule in frappe.get_hooks("website_redirects"):
        if re.fullmatch(rule["source"].strip("/"), path):
            return redirect(re.sub(rule["source"].strip("/"), rule["target"], path), 301)
    path, arguments = _route(path)
    frappe.form_dict.update(arguments)
    if not PAGE_PATH.match(path):
        raise frappe.PageDoesNotExistError
    for app in dict.fromkeys([*reversed(frappe.get_installed_apps()), "frappe"]):
        folder = os.path.join(frappe.get_app_path(app), "www")
        for candidate in (path, f"{path}/index"):
            if os.path.isfile(os.path.join(folder, f"{candidate}.html")):
                return _render(app, candidate, path)
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
    response.headers["Cache-Control"] = "no-store,no-cache,must-revalidate,max-age=0"
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
