"""`frappe.utils`: value helpers, validation of addresses, paths of the site."""

from __future__ import annotations

import importlib.util
import re
import secrets
from email.utils import parseaddr
from urllib.parse import urlparse

import frappe
from frappe.database.database import CallbackManager
from frappe.utils.data import *  # noqa: F403 - the names of Frappe's own module
from frappe.utils.data import cstr, escape_html
from frappe.utils.error import get_traceback
from frappe.utils.html_utils import sanitize_html

EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+", re.IGNORECASE
)
PHONE = re.compile(r"[0-9\ \+\_\-\,\.\*\#\(\)]{1,20}")
PERSON = re.compile(r"\w[\w'\-]*( \w[\w'\-]*)*")


def get_fullname(user=None) -> str:
    """Return first and last name of a user, the user's name when there are none."""
    user = user or frappe.session.user
    names = frappe.db.get_value("User", user, ["first_name", "last_name"])
    return " ".join(filter(None, names or ())) or user


def split_emails(txt: str | None) -> list[str]:
    """Return the entries of a comma separated list of addresses."""
    return [part.strip() for part in cstr(txt).split(",") if part.strip()]


def validate_email_address(email_str, throw=False) -> str:
    """Return the valid addresses of a comma separated list."""
    found = []
    for part in split_emails(email_str):
        address = parseaddr(part)[1]
        if EMAIL.match(address) and not (" " in part and "<" not in part):
            found.append(address)
        elif throw:
            message = frappe._("{0} is not a valid Email Address").format(escape_html(part))
            frappe.throw(message, frappe.InvalidEmailAddressError)
    return ", ".join(found)


def validate_phone_number(phone_number, throw=False) -> bool:
    """Return whether the text can be a phone number."""
    return _matches(PHONE, phone_number, throw, "Phone Number", frappe.InvalidPhoneNumberError)


def validate_name(name, throw=False) -> bool:
    """Return whether the text can be a person's name."""
    return _matches(PERSON, name, throw, "Name", frappe.InvalidNameError)


def _matches(pattern, text, throw: bool, kind: str, exception) -> bool:
    is_valid = bool(text and pattern.fullmatch(text.strip()))
    if text and throw and not is_valid:
        frappe.throw(frappe._(f"{{0}} is not a valid {kind}").format(escape_html(text)), exception)
    return is_valid


def validate_url(txt, throw=False, valid_schemes=None) -> bool:
    """Return whether the text is an absolute address, or a path on this site."""
    is_valid = urlparse(cstr(txt).strip()).netloc or cstr(txt).startswith("/")
    if not is_valid and throw:
        frappe.throw(frappe._("'{0}' is not a valid URL").format(frappe.bold(txt)))
    return bool(is_valid)


def random_string(length: int) -> str:
    """Return random letters and digits."""
    return secrets.token_hex(length)[:length]


def get_files_path(*path: str, is_private=0) -> str:
    """Return a path inside the site's folder of public or private files."""
    return frappe.get_site_path("private" if is_private else "public", "files", *path)


def get_site_name(hostname: str) -> str:
    """Return the host name without its port."""
    return hostname.split(":", 1)[0]


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    if importlib.util.find_spec(f"frappe.utils.{name}"):
        return importlib.import_module(f"frappe.utils.{name}")
    raise frappe.NotSupported(f"frappe.utils.{name}")
