"""Passwords of users (hashed) and of Password fields (encrypted), in the table `__Auth`."""

import secrets

import frappe
from cryptography.fernet import Fernet
from frappe import _
from passlib.context import CryptContext

# PBKDF2 is in every Python; hashes made by a Frappe bench with it verify here and the other way round.
passlibctx = CryptContext(schemes=["pbkdf2_sha256"])
# Verified against when there is no such user, so that the answer takes as long as for a wrong password.
_NOBODY = passlibctx.hash(secrets.token_hex(16))


def _read(doctype: str, name: str, fieldname: str, encrypted: int) -> str | None:
    place = {"doctype": doctype, "name": name, "fieldname": fieldname, "encrypted": encrypted}
    return frappe.db.get_value("__Auth", place, "password", order_by=None)


def _write(doctype: str, name: str, fieldname: str, password: str, encrypted: int) -> None:
    remove_encrypted_password(doctype, name, fieldname)
    columns = ["doctype", "name", "fieldname", "password", "encrypted"]
    frappe.db.bulk_insert("__Auth", columns, [(doctype, name, fieldname, password, encrypted)])


def get_decrypted_password(doctype, name, fieldname="password", raise_exception=True):
    """Return the value of a Password field; a missing one is an error unless `raise_exception` is False."""
    stored = _read(doctype, name, fieldname, 1)
    if not stored and raise_exception:
        message = _("Password not found for {0} {1} {2}").format(doctype, name, fieldname)
        frappe.throw(message, frappe.AuthenticationError)
    return decrypt(stored) if stored else None


def set_encrypted_password(doctype, name, pwd, fieldname="password"):
    _write(doctype, name, fieldname, encrypt(pwd), 1)


def remove_encrypted_password(doctype, name, fieldname="password"):
    frappe.db.delete("__Auth", {"doctype": doctype, "name": name, "fieldname": fieldname})


def check_password(user, pwd, doctype="User", fieldname="password", delete_tracker_cache=True):
    """Return the user's name when the password is right, else raise AuthenticationError."""
    stored = _read(doctype, user, fieldname, 0)
    if not passlibctx.verify(pwd, stored or _NOBODY) or not stored:
        raise frappe.AuthenticationError(_("Incorrect User or Password"))
    return user


def update_password(user, pwd, doctype="User", fieldname="password", logout_all_sessions=False):
    _write(doctype, user, fieldname, passlibctx.hash(pwd), 0)
    if logout_all_sessions:
        frappe.sessions.clear_sessions(user=user, keep_current=True, force=True)


def delete_all_passwords_for(doctype, name):
    frappe.db.delete("__Auth", {"doctype": doctype, "name": name})


def get_encryption_key() -> str:
    """Return the site's key; it is made once and kept in site_config.json."""
    key = frappe.local.conf.get("encryption_key")
    if not key:
        key = Fernet.generate_key().decode()
        frappe.installer.update_site_config("encryption_key", key)
    return key


def encrypt(txt: str, encryption_key: str | None = None) -> str:
    return Fernet((encryption_key or get_encryption_key()).encode()).encrypt(txt.encode()).decode()


def decrypt(txt: str, encryption_key: str | None = None, key: str | None = None) -> str:
    """Return the text that `encrypt` was given; a wrong key or changed text is refused."""
    return Fernet((encryption_key or get_encryption_key()).encode()).decrypt(txt.encode()).decode()
