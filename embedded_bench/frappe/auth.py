"""Who a request comes from: cookie sessions, API keys, login with its lockout."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import timedelta
from urllib.parse import quote

import frappe
from frappe import _
from frappe.sessions import Session, clear_sessions, delete_session, get_expiry_in_seconds
from frappe.translate import get_language, get_user_lang
from frappe.utils import cint, get_datetime, get_fullname
from frappe.utils.password import check_password, get_decrypted_password
from frappe.website.serve import get_default_path

UNSAFE_HTTP_METHODS = frozenset(("POST", "PUT", "DELETE", "PATCH"))
MAX_PASSWORD_SIZE = 512
COOKIES = ("full_name", "user_id", "sid", "user_image", "system_user")


class HTTPRequest:
    """Prepares `frappe.local` for a request: address, session, language, CSRF check."""

    def __init__(self):
        frappe.local.request_ip = frappe.local.request.remote_addr or "127.0.0.1"
        frappe.local.cookie_manager = CookieManager()
        frappe.local.login_manager = LoginManager()
        frappe.local.lang = get_language()
        self.validate_csrf_token()
        frappe.local.cookie_manager.init_cookies()

    def validate_csrf_token(self) -> None:
        """Refuse an unsafe request of a cookie session that has a token and did not send it."""
        saved = frappe.session.data.get("csrf_token")
        if frappe.local.request.method not in UNSAFE_HTTP_METHODS or frappe.conf.ignore_csrf or not saved:
            return
        sent = frappe.get_request_header("X-Frappe-CSRF-Token") or frappe.form_dict.pop("csrf_token", None)
        if not hmac.compare_digest(str(sent or "").encode(), saved.encode()):
            frappe.flags.disable_traceback = True
            frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)


class LoginManager:
    """Logs in and out, or resumes the session of the cookie."""

    def __init__(self):
        self.user = self.full_name = None
        request = frappe.local.request
        if request.path not in ("/api/method/login", "/api/v1/method/login"):
            self.make_session(resume=True)
            return
        if request.method != "POST":
            frappe.throw(_("Not permitted"), frappe.PermissionError)
        self.authenticate(frappe.form_dict.get("usr"), frappe.form_dict.pop("pwd", None))
        for hook in ("on_login", "on_session_creation"):
            if hook == "on_session_creation":
                self.make_session()
                self.set_user_info()
            for method in frappe.get_hooks(hook):
                frappe.call(method, login_manager=self)

    def make_session(self, resume=False) -> None:
        """Begin or continue the session."""
        frappe.local.session_obj = Session(user=self.user, resume=resume, full_name=self.full_name)
        self.user = frappe.local.session_obj.user

    def set_user_info(self) -> None:
        """Answer a login: who it is, where to go, and the cookies that tell it to the page."""
        info = frappe.db.get_value("User", self.user, ["user_type", "user_image"], as_dict=True)
        is_desk_user, self.full_name = info.user_type == "System User", get_fullname(self.user)
        home = get_default_path() or ("/app" if is_desk_user else "/me")
        message = "Logged In" if is_desk_user else "No App"
        frappe.local.response.update(message=message, home_page=home, full_name=self.full_name)
        cookies = frappe.local.cookie_manager
        cookies.set_cookie("system_user", "yes" if is_desk_user else "no")
        cookies.set_cookie("full_name", self.full_name)
        cookies.set_cookie("user_id", self.user)
        cookies.set_cookie("user_image", info.user_image or "")

    def authenticate(self, user: str | None = None, pwd: str | None = None) -> None:
        """Find the user by name or e-mail and check the password; failures count towards a lock."""
        if not (user and pwd):
            self.fail(_("Incomplete login details"), user)
        if len(pwd) > MAX_PASSWORD_SIZE:
            self.fail(_("Password size exceeded the maximum allowed size"), user)
        name = frappe.db.get_value("User", user.strip()) or frappe.db.get_value(
            "User", {"email": user.strip()}
        )
        keys = ((f"ip:{frappe.local.request_ip}", 5), (name or user.strip().lower(), 1))
        trackers = [get_login_attempt_tracker(key, factor=factor) for key, factor in keys]
        try:
            check_password(name or user, pwd)
            is_allowed = name == "Administrator" or frappe.db.get_value("User", name, "enabled")
        except frappe.AuthenticationError:
            is_allowed = None
        if not is_allowed:
            for tracker in trackers:
                tracker.add_failure_attempt()
            message = "Invalid login credentials" if is_allowed is None else "User disabled or missing"
            self.fail(message, name or user)
        for tracker in trackers:
            tracker.add_success_attempt()
        self.user = name

    def fail(self, message, user=None) -> None:
        """Refuse the login and keep a trace of it."""
        frappe.local.response["message"] = message
        log = {
            "subject": message,
            "full_name": user or _("Unknown User"),
            "status": "Failed",
            "operation": "Login",
        }
        log.update(user=frappe.db.exists("User", user), ip_address=frappe.local.request_ip)
        frappe.get_doc(doctype="Activity Log", **log).insert(ignore_permissions=True, ignore_links=True)
        frappe.db.commit()
        raise frappe.AuthenticationError

    def logout(self, arg="", user=None) -> None:
        """End the session of this request, or every session of another user."""
        if user and user != frappe.session.user:
            clear_sessions(user)
            return
        delete_session(frappe.session.sid)
        frappe.local.cookie_manager.delete_cookie(COOKIES)
        self.user = "Guest"
        self.make_session()


class CookieManager:
    """The cookies that the answer sets."""

    def __init__(self):
        self.cookies: dict[str, dict] = {}
        self.to_delete: list[str] = []

    def init_cookies(self) -> None:
        """Send the session's id again, so that the browser keeps it."""
        sid = frappe.session.get("sid")
        if sid and sid != "Guest":
            self.set_cookie("sid", sid, max_age=get_expiry_in_seconds(), httponly=True)

    def set_cookie(self, key, value, **options) -> None:
        """Set a cookie; over https it is never sent in the clear."""
        secure = frappe.local.request.scheme == "https"
        self.cookies[key] = {"secure": secure, "samesite": "Lax", **options, "value": quote(value or "")}

    def delete_cookie(self, to_delete) -> None:
        """Take cookies away from the browser."""
        self.to_delete.extend([to_delete] if isinstance(to_delete, str) else to_delete)
        for name in self.to_delete:
            self.cookies.pop(name, None)

    def flush_cookies(self, response) -> None:
        """Write the cookies into the answer."""
        for key, options in self.cookies.items():
            response.set_cookie(key, **options)
        for key in set(self.to_delete) - set(self.cookies):
            response.set_cookie(key, "", max_age=0)


@frappe.whitelist()
def get_logged_user():
    """Return the session user."""
    return frappe.session.user


class LoginAttemptTracker:
    """Counts failed logins; as many as allowed within the interval lock the key for its rest."""

    def __init__(self, key: str, max_consecutive_login_attempts: int, lock_interval: int):
        self.key, self.allowed = key, max_consecutive_login_attempts
        self.lock_interval = timedelta(seconds=lock_interval)

    def _state(self):
        count, since = frappe.cache.hget("login_failed", self.key) or (0, None)
        return (count, since) if since and since + self.lock_interval > get_datetime() else (0, None)

    def add_failure_attempt(self) -> None:
        """Count one more failure."""
        count, since = self._state()
        frappe.cache.hset("login_failed", self.key, (count + 1, since or get_datetime()))

    def add_success_attempt(self) -> None:
        """Forget the failures."""
        frappe.cache.hdel("login_failed", self.key)

    def is_user_allowed(self) -> bool:
        """Return whether another attempt is allowed."""
        return self._state()[0] < self.allowed


def get_login_attempt_tracker(key: str, raise_locked_exception: bool = True, factor: int = 1):
    """Return the tracker of a user or an address; a locked one answers 429."""
    seconds = cint(frappe.get_system_settings("allow_login_after_fail")) or 60
    attempts = cint(frappe.get_system_settings("allow_consecutive_login_attempts")) or 10
    tracker = LoginAttemptTracker(key, attempts * factor, seconds)
    if raise_locked_exception and not tracker.is_user_allowed():
        message = _("Your account has been locked and will resume after {0} seconds").format(seconds)
        frappe.throw(message, frappe.TooManyRequestsError)
    return tracker


def validate_auth() -> None:
    """Take the user from an Authorization header; a header that does not authenticate is refused."""
    header = frappe.get_request_header("Authorization", "").split(" ")
    if len(header) != 2:
        return
    kind, value = header[0].lower(), header[1]
    try:
        text = base64.b64decode(value, validate=True).decode() if kind == "basic" else value
    except (binascii.Error, UnicodeDecodeError):
        message = _("Failed to decode token, please provide a valid base64-encoded token.")
        frappe.throw(message, frappe.InvalidAuthorizationToken)
    key, colon, secret = text.partition(":")
    if kind in ("basic", "token") and colon:
        validate_api_key_secret(key, secret)
    if frappe.session.user in ("", "Guest"):
        raise frappe.AuthenticationError


def validate_api_key_secret(api_key: str, api_secret: str) -> None:
    """Act as the enabled user who owns the key; anything else is refused."""
    user = api_key and frappe.db.get_value("User", {"api_key": api_key, "enabled": 1})
    stored = user and get_decrypted_password("User", user, "api_secret", raise_exception=False)
    if not stored or not hmac.compare_digest(stored.encode(), api_secret.encode()):
        raise frappe.AuthenticationError
    if frappe.session.user in ("", "Guest"):
        form_dict = frappe.local.form_dict
        frappe.set_user(user)
        frappe.local.form_dict, frappe.local.lang = form_dict, get_user_lang(user)
