"""`frappe.utils`: value helpers, validation of addresses, paths of the site."""

from __future__ import annotations

import importlib.util
import re
from collections import deque
from collections.abc import Callable
from email.utils import parseaddr

import frappe
from frappe.utils.data import *  # noqa: F403 - the names of Frappe's own module
from frappe.utils.data import cstr, escape_html
from frappe.utils.error import get_traceback
from frappe.utils.html_utils import sanitize_html

EMAIL_MATCH_PATTERN = re.compile(
    r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+"
    r"[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE,
)
PHONE_NUMBER_PATTERN = re.compile(r"([0-9\ \+\_\-\,\.\*\#\(\)]){1,20}$")
PERSON_NAME_PATTERN = re.compile(r"^[\w][\w\'\-]*( \w[\w\'\-]*)*$")


class CallbackManager:
    """Functions to run later, once each, in the order they were added."""

    __slots__ = ("_functions",)

    def __init__(self):
        self._functions = deque()

    def add(self, func: Callable) -> None:
        """Remember a function."""
        self._functions.append(func)

    def run(self) -> None:
        """Run and forget the remembered functions, also those added meanwhile."""
        while self._functions:
            self._functions.popleft()()

    def reset(self) -> None:
        """Forget the remembered functions."""
        self._functions.clear()


def get_fullname(user=None) -> str:
    """Return first and last name of a user, the user's name when there are none."""
    user = user or frappe.session.user
    names = frappe.db.get_value("User", user, ["first_name", "last_name"])
    return " ".join(filter(None, names or ())) or user


def _checked(is_valid: bool, value: str, message: str, exception, throw: bool) -> bool:
    if not is_valid and throw:
        frappe.throw(frappe._(message).format(escape_html(value)), exception)
    return is_valid


def validate_email_address(email_str, throw=False) -> str:
    """Return the valid addresses of a comma separated list."""
    found = []
    for part in (email_str or "").strip().split(","):
        address = parseaddr(part.strip())[1]
        is_valid = bool(EMAIL_MATCH_PATTERN.match(address)) and not (" " in part.strip() and "<" not in part)
        if _checked(
            is_valid, part.strip(), "{0} is not a valid Email Address", frappe.InvalidEmailAddressError, throw
        ):
            found.append(address)
    return ", ".join(found)


def split_emails(txt: str | None) -> list[str]:
    """Return the entries of a comma separated list of addresses; a quoted name may hold commas."""
    parts = re.split(r"""[,\n](?=(?:[^"]|"[^"]*")*$)""", cstr(txt))
    return [part.strip() for part in parts if part.strip()]


def validate_python_code(string: str, fieldname: str | None = None, is_expression: bool = True) -> None:
    """Refuse text that is no Python expression (or program), naming line and place."""
    try:
        compile(string or "None", "<field>", "eval" if is_expression else "exec")
    except SyntaxError as error:
        where = frappe._("Line {0}: {1}").format(error.lineno, escape_html(error.text or ""))
        frappe.throw(f"{frappe._('Syntax Error')}: {error.msg}<br>{where}", title=frappe._(fieldname or ""))


def validate_phone_number(phone_number, throw=False) -> bool:
    """Return whether the text can be a phone number."""
    if not phone_number:
        return False
    is_valid = bool(PHONE_NUMBER_PATTERN.match(phone_number.strip()))
    return _checked(
        is_valid, phone_number, "{0} is not a valid Phone Number", frappe.InvalidPhoneNumberError, throw
    )


def validate_name(name, throw=False) -> bool:
    """Return whether the text can be a person's name."""
    if not name:
        return False
    is_valid = bool(PERSON_NAME_PATTERN.match(name.strip()))
    return _checked(is_valid, name, "{0} is not a valid Name", frappe.InvalidNameError, throw)


def validate_url(txt, throw=False, valid_schemes=None) -> bool:
    """Return whether the text is an absolute address (of one of the schemes)."""
    from urllib.parse import urlparse

    url = urlparse(cstr(txt).strip())
    is_valid = bool(url.netloc) or (txt or "").startswith("/")
    if valid_schemes:
        schemes = [valid_schemes] if isinstance(valid_schemes, str) else valid_schemes
        is_valid = is_valid and url.scheme in schemes
    if not is_valid and throw:
        frappe.throw(frappe._("'{0}' is not a valid URL").format(frappe.bold(txt)))
    return is_valid


def random_string(length: int) -> str:
    """Return random letters and digits."""
    import secrets
    import string

    return "".join(secrets.choice(string.ascii_letters + string.digits) for _i in range(length))


def get_site_path(*path: str) -> str:
    """Return a path inside the site's folder."""
    return frappe.get_site_path(*path)


def get_files_path(*path: str, is_private=0) -> str:
    """Return a path inside the site's folder of public or private files."""
    return frappe.get_site_path("private" if is_private else "public", "files", *path)


def get_site_name(hostname: str) -> str:
    """Return the host name without its port."""
    return hostname.split(":", 1)[0]


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in {"markdown", "md_to_html"} and importlib.util.find_spec(f"frappe.utils.{name}"):
        return importlib.import_module(f"frappe.utils.{name}")
    raise frappe.NotSupported(f"frappe.utils.{name}")
