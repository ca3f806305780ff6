"""The login page."""

import json
from urllib.parse import urlencode

import frappe
from frappe import _

no_cache = True


def get_context(context):
    """Fill the login page; a user who is logged in goes on."""
    target = safe_target(frappe.form_dict.get("redirect-to"))
    if frappe.session.user != "Guest":
        frappe.local.flags.redirect_location = target or "/"
        raise frappe.Redirect(302)
    is_chinese = frappe.local.lang.startswith("zh")
    texts = {
        "redirect_to": target,
        "401": _("Invalid Login. Try again."),
        "429": _("Too many attempts. Please wait a minute and try again."),
        "0": _("The server cannot be reached."),
        "other": _("The login did not work. Please try again."),
    }
    query = {"_lang": "en" if is_chinese else "zh"}
    if target:
        query["redirect-to"] = target
    context.update(title=_("Login"), texts=json.dumps(texts).replace("<", "\\u003c"))
    label = "English" if is_chinese else "中文"
    context.update(
        other_language=query["_lang"], other_language_label=label, other_language_query=urlencode(query)
    )
    return context


def safe_target(path: str | None) -> str:
    """Return a path on this site, empty for everything that could lead elsewhere."""
    is_local = path and path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    return path if is_local and not any(ord(char) < 32 for char in path) else ""
