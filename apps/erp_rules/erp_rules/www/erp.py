"""The page that carries the screens; the screens themselves are the files that the front end's build makes."""

import json
import os
from pathlib import Path
from urllib.parse import quote

import frappe
from frappe import _

no_cache = 1
ASSETS = "/assets/erp_rules/frontend/"


def get_context(context):
    """Give the page its script, styles and CSRF token; send a guest to the login page."""
    if frappe.session.user == "Guest":
        frappe.local.flags.redirect_location = "/login?redirect-to=" + quote(_path())
        raise frappe.Redirect
    context.no_cache = 1
    context.csrf_token = frappe.sessions.get_csrf_token()
    context.language = frappe.local.lang
    context.title = _("Purchasing")
    context.update(_built_files())
    # The token is new to a session that never opened the desk; a GET request is otherwise not committed.
    frappe.local.flags.commit = True
    return context


def _path() -> str:
    """Return where the guest wanted to go, with the filters of a list."""
    request = frappe.local.request
    if not request:
        return "/erp"
    query = request.query_string.decode()
    return f"{request.path}?{query}" if query else request.path


def _built_files() -> dict:
    manifest = Path(frappe.get_app_path("erp_rules", "public", "frontend", "manifest.json"))
    if not manifest.exists():
        frappe.throw(
            _("The screens are not built yet. Run {0} in {1}, then reload this page.").format(
                "npm ci && npm run build", os.path.join("apps", "erp_rules", "frontend")
            ),
            title=_("Screens not built"),
        )
    entry = json.loads(manifest.read_text(encoding="utf-8"))["src/main.ts"]
    return {
        "script": ASSETS + entry["file"],
        "styles": [ASSETS + name for name in entry.get("css", [])],
    }
