"""`frappe.utils`: value helpers, validation of addresses, paths of the site."""

import importlib
import re
from email.utils import parseaddr

import frappe
from frappe.database.database import CallbackManager
from frappe.utils.data import *  # noqa: F403 - the names of Frappe's own module
from frappe.utils.data import cstr, escape_html
from frappe.utils.error import get_traceback
from frappe.utils.html_utils import sanitize_html

EMAIL = re.compile(r"(?i)[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+")
PHONE = re.compile(r"[0-9\ \+\_\-\,\.\*\#\(\)]{1,20}")


def get_fullname(user=None) -> str:
    """Return first and last name of a user, the user's name when there are none."""
    user = user or frappe.session.user
    names = frappe.db.get_value("User", user, ["first_name", "last_name"])
    return " ".join(filter(None, names or ())) or user


def split_emails(txt: str | None) -> list[str]:
    return [part.strip() for part in cstr(txt).split(",") if part.strip()]


def validate_email_address(email_str, throw=False) -> str:
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
    is_valid = bool(phone_number and PHONE.fullmatch(phone_number.strip()))
    if phone_number and throw and not is_valid:
        message = frappe._("{0} is not a valid Phone Number").format(escape_html(phone_number))
        frappe.throw(message, frappe.InvalidPhoneNumberError)
    return is_valid


def get_files_path(*path: str, is_private=0) -> str:
    return frappe.get_site_path("private" if is_private else "public", "files", *path)


def get_site_name(hostname: str) -> str:
    """Return the host name without its port."""
    return hostname.split(":", 1)[0]


def __getattr__(name: str):
    if name.startswith("__"):
        raise AttributeError(name)
    return importlib.import_module(f"frappe.utils.{name}")
