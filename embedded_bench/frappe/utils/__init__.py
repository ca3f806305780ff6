"""`frappe.utils`: value helpers, validation of addresses, paths of the site."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable
from email.utils import formataddr, parseaddr

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


def get_email_address(user=None):
    """Return the e-mail address of a user."""
    return frappe.db.get_value("User", user or frappe.session.user, "email")


def get_formatted_email(user, mail=None) -> str:
    """Return "Full Name <address>"."""
    mail = mail or get_email_address(user) or validate_email_address(user)
    return formataddr((get_fullname(user), mail)) if mail else ""


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


def touch_file(path: str) -> str:
    """Create the file when it is missing and return its path."""
    with open(path, "a"):
        os.utime(path, None)
    return path


def get_site_path(*path: str) -> str:
    """Return a path inside the site's folder."""
    return frappe.get_site_path(*path)


def get_files_path(*path: str, is_private=0) -> str:
    """Return a path inside the site's folder of public or private files."""
    return frappe.get_site_path("private" if is_private else "public", "files", *path)


def get_bench_path() -> str:
    """Return the folder that holds the sites folder."""
    return os.path.dirname(os.path.abspath(frappe.local.sites_path))


def get_site_name(hostname: str) -> str:
    """Return the host name without its port."""
    return hostname.split(":", 1)[0]


def get_request_site_address(full_address=False) -> str:
    """Return the address the site is reached at."""
    from frappe.utils.data import get_url

    return get_url(full_address=full_address)


def get_safe_filters(filters):
    """Return filters given as JSON text as Python values."""
    try:
        filters = json.loads(filters)
    except (TypeError, ValueError):
        return filters
    return [filters] if isinstance(filters, (int, float)) else filters


def create_batch(iterable: Iterable, size: int) -> Generator:
    """Yield slices of at most `size` items."""
    items = list(iterable)
    for start in range(0, len(items), size):
        yield items[start : start + size]


def get_table_name(table_name: str) -> str:
    """Return the name of the table of a DocType."""
    return f"tab{table_name}" if not table_name.startswith("__") else table_name


def is_image(filepath: str) -> bool:
    """Return True when the name is that of an image."""
    from mimetypes import guess_type

    return (guess_type(filepath or "")[0] or "").startswith("image/")


def get_defaults() -> dict:
    """Return the defaults of the session user."""
    return frappe.defaults.get_defaults()


def call_hook_method(hook: str, *args, **kwargs):
    """Call every handler of a hook and return the first result that is not None."""
    results = [frappe.get_attr(method)(*args, **kwargs) for method in frappe.get_hooks(hook)]
    return next((result for result in results if result is not None), None)


def is_cli() -> bool:
    """Return True outside web requests."""
    return not getattr(frappe.local, "request", None)


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    if name not in {"markdown", "md_to_html"} and importlib.util.find_spec(f"frappe.utils.{name}"):
        return importlib.import_module(f"frappe.utils.{name}")
    raise frappe.NotSupported(f"frappe.utils.{name}")
