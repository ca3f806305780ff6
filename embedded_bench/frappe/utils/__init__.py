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


def _checked(is_valid, value: str, message: str, exception, throw: bool) -> bool:
    if not is_valid and throw:
        frappe.throw(frappe._(message).format(escape_html(value)), exception)
    return bool(is_valid)


def validate_email_address(email_str, throw=False) -> str:
    """Return the valid addresses of a comma separated list."""
    found, message = [], "{0} is not a valid Email Address"
    for part in map(str.strip, (email_str or "").split(",")):
        address = parseaddr(part)[1]
        is_valid = EMAIL.match(address) and not (" " in part and "<" not in part)
        if _checked(is_valid, part, message, frappe.InvalidEmailAddressError, throw):
            found.append(address)
    return ", ".join(found)


def split_emails(txt: str | None) -> list[str]:
    """Return the entries of a comma separated list of addresses; a quoted name may hold commas."""
    parts = re.split(r"""[,\n](?=(?:[^"]|"[^"]*")*$)""", cstr(txt))
    return [part.strip() for part in parts if part.strip()]


def validate_phone_number(phone_number, throw=False) -> bool:
    """Return whether the text can be a phone number."""
    is_valid = phone_number and PHONE.fullmatch(phone_number.strip())
    message = "{0} is not a valid Phone Number"
    return _checked(is_valid, phone_number, message, frappe.InvalidPhoneNumberError, throw and phone_number)


def validate_name(name, throw=False) -> bool:
    """Return whether the text can be a person's name."""
    is_valid = name and PERSON.fullmatch(name.strip())
    return _checked(is_valid, name, "{0} is not a valid Name", frappe.InvalidNameError, throw and name)


def validate_url(txt, throw=False, valid_schemes=None) -> bool:
    """Return whether the text is an absolute address, or a path on this site."""
    is_valid = urlparse(cstr(txt).strip()).netloc or cstr(txt).startswith("/")
    if not is_valid and throw:
        frappe.throw(frappe._("'{0}' is not a valid URL").format(frappe.bold(txt)))
    return bool(is_valid)


def validate_python_code(string: str, fieldname: str | None = None, is_expression: bool = True) -> None:
    """Refuse text that is no Python expression (or program), naming line and place."""
    try:
        compile(string or "None", "<field>", "eval" if is_expression else "exec")
    except SyntaxError as error:
        where = frappe._("Line {0}: {1}").format(error.lineno, escape_html(error.text or ""))
        frappe.throw(f"{frappe._('Syntax Error')}: {error.msg}<br>{where}", title=frappe._(fieldname or ""))


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
