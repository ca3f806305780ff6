"""Who a request comes from: cookie sessions, API keys, login with its rate limit and lockout."""

from __future__ import annotations

import base64
import binascii
import datetime
import hmac
from urllib.parse import quote

import frappe
from frappe import _
from frappe.sessions import Session, delete_session, get_expiry_in_seconds
from frappe.translate import get_language
from frappe.utils import cint, get_datetime, get_fullname
from frappe.utils.password import check_password, get_decrypted_password
from frappe.website.serve import get_default_path

SAFE_HTTP_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
UNSAFE_HTTP_METHODS = frozenset(("POST", "PUT", "DELETE", "PATCH"))
MAX_PASSWORD_SIZE = 512
COOKIES = ("full_name", "user_id", "sid", "user_image", "system_user")


class HTTPRequest:
    """Prepares `frappe.local` for a request: address, session, language, CSRF check."""

    def __init__(self):
        # A forwarded address counts only when the site says that a proxy of its own sets it.
        forwarded = frappe.get_request_header("X-Forwarded-For") if frappe.conf.get("trust_proxy") else None
        frappe.local.request_ip = (
            (forwarded or frappe.local.request.remote_addr or "127.0.0.1").split(",")[0].strip()
        )
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
        if not hmac.compare_digest(str(sent or ""), saved):
            frappe.flags.disable_traceback = True
            frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)


class LoginManager:
    """Logs in and out, or resumes the session of the cookie."""

    def __init__(self):
        self.user = self.full_name = self.user_type = self.info = None
        self.resume = True
        if frappe.form_dict.get("cmd") == "login" or frappe.local.request.path in (
            "/api/method/login",
            "/api/v1/method/login",
            "/api/v2/method/login",
        ):
            self.resume = False
            if frappe.local.request.method != "POST":
                frappe.throw(_("Not permitted"), frappe.PermissionError)
            self.login()
            self.run_trigger("on_session_creation")
        else:
            self.make_session(resume=True)

    def login(self) -> None:
        """Check name and password and begin a session."""
        user, pwd = frappe.form_dict.get("usr"), frappe.form_dict.pop("pwd", None)
        self.authenticate(user=user, pwd=pwd)
        self.post_login()

    def post_login(self) -> None:
        """Begin the session of the user that was found."""
        self.run_trigger("on_login")
        self.make_session()
        self.set_user_info()

    def make_session(self, resume=False) -> None:
        """Begin or continue the session."""
        frappe.local.session_obj = Session(
            user=self.user, resume=resume, full_name=self.full_name, user_type=self.user_type
        )
        self.user = frappe.local.session_obj.user

    def set_user_info(self) -> None:
        """Answer a login: who it is, where to go, and the cookies that tell it to the page."""
        info = frappe.db.get_value("User", self.user, ["user_type", "user_image"], as_dict=True)
        is_desk_user = info.user_type == "System User"
        self.info, self.user_type, self.full_name = info, info.user_type, get_fullname(self.user)
        home = get_default_path()
        frappe.local.response.update(
            message="Logged In" if is_desk_user else "No App",
            home_page=home or ("/app" if is_desk_user else "/me"),
            full_name=self.full_name,
        )
        cookies = frappe.local.cookie_manager
        cookies.init_cookies()
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
        trackers = [get_login_attempt_tracker(f"ip:{frappe.local.request_ip}", factor=5)]
        name = self._find(user)
        trackers.append(get_login_attempt_tracker(name or user.strip().lower()))
        try:
            check_password(name or user, pwd)
            is_allowed = name == "Administrator" or frappe.db.get_value("User", name, "enabled")
        except frappe.AuthenticationError:
            is_allowed = None
        if not is_allowed:
            for tracker in trackers:
                tracker.add_failure_attempt()
            self.fail(
                "Invalid login credentials" if is_allowed is None else "User disabled or missing",
                name or user,
            )
        for tracker in trackers:
            tracker.add_success_attempt()
        self.user = name

    @staticmethod
    def _find(user: str) -> str | None:
        for field in ("name", "email", "username"):
            found = frappe.db.get_value("User", {field: user.strip()}, "name", order_by=None)
            if found and found != "Guest":
                return found
        return None

    def fail(self, message, user=None) -> None:
        """Refuse the login and keep a trace of it."""
        frappe.local.response["message"] = message
        log_authentication(message, user or _("Unknown User"), "Failed")
        frappe.db.commit()
        raise frappe.AuthenticationError

    def run_trigger(self, event="on_login") -> None:
        """Call the handlers of a login hook."""
        for method in frappe.get_hooks(event):
            frappe.call(frappe.get_attr(method), login_manager=self)

    def logout(self, arg="", user=None) -> None:
        """End the session of this request, or every session of another user."""
        from frappe.sessions import clear_sessions

        user = user or frappe.session.user
        self.run_trigger("on_logout")
        if user != frappe.session.user:
            clear_sessions(user)
            return
        delete_session(frappe.session.sid, user=user, reason="User Manually Logged Out")
        frappe.local.cookie_manager.delete_cookie(COOKIES)
        self.user = "Guest"
        self.make_session()


def log_authentication(subject: str, user: str, status: str, operation: str = "Login") -> None:
    """Write an Activity Log row about a login."""
    frappe.get_doc(
        doctype="Activity Log",
        subject=subject,
        user=user if frappe.db.exists("User", user) else None,
        full_name=user,
        status=status,
        operation=operation,
        ip_address=frappe.local.request_ip,
    ).insert(ignore_permissions=True, ignore_links=True)


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

    def set_cookie(
        self, key, value, expires=None, secure=False, httponly=False, samesite="Lax", max_age=None
    ) -> None:
        """Set a cookie; over https it is never sent in the clear."""
        secure = secure or frappe.local.request.scheme == "https"
        self.cookies[key] = dict(
            value=value, expires=expires, secure=secure, httponly=httponly, samesite=samesite, max_age=max_age
        )

    def delete_cookie(self, to_delete) -> None:
        """Take cookies away from the browser."""
        names = [to_delete] if isinstance(to_delete, str) else to_delete
        self.to_delete.extend(names)
        for name in names:
            self.cookies.pop(name, None)

    def flush_cookies(self, response) -> None:
        """Write the cookies into the answer."""
        for key, options in self.cookies.items():
            response.set_cookie(key, **{**options, "value": quote(options["value"] or "")})
        for key in self.to_delete:
            if key not in self.cookies:
                response.set_cookie(key, "", max_age=0)


@frappe.whitelist()
def get_logged_user():
    """Return the session user."""
    return frappe.session.user


class LoginAttemptTracker:
    """Counts failed logins; more than allowed within the interval lock the key for its rest."""

    def __init__(self, key: str, max_consecutive_login_attempts: int = 3, lock_interval: int = 300):
        self.key = key
        self.lock_interval = datetime.timedelta(seconds=lock_interval)
        self.max_failed_logins = max_consecutive_login_attempts

    def _state(self) -> tuple[int, datetime.datetime | None]:
        count, since = frappe.cache.hget("login_failed", self.key) or (0, None)
        since = since and get_datetime(since)
        is_open = since and since + self.lock_interval > get_datetime()
        return (count, since) if is_open else (0, None)

    def add_failure_attempt(self) -> None:
        """Count one more failure."""
        count, since = self._state()
        frappe.cache.hset("login_failed", self.key, (count + 1, since or get_datetime()))

    def add_success_attempt(self) -> None:
        """Forget the failures."""
        frappe.cache.hdel("login_failed", self.key)

    def is_user_allowed(self) -> bool:
        """Return whether another attempt is allowed."""
        return self._state()[0] < self.max_failed_logins


def get_login_attempt_tracker(key: str, raise_locked_exception: bool = True, factor: int = 1):
    """Return the tracker of a user or an address; a locked one answers 429."""
    settings = frappe.get_cached_doc("System Settings")
    attempts = cint(settings.get("allow_consecutive_login_attempts")) or 10
    seconds = cint(settings.get("allow_login_after_fail")) or 60
    tracker = LoginAttemptTracker(key, attempts * factor, seconds)
    if raise_locked_exception and not tracker.is_user_allowed():
        frappe.throw(
            _("Your account has been locked and will resume after {0} seconds").format(seconds),
            frappe.TooManyRequestsError,
        )
    return tracker


def validate_auth() -> None:
    """Take the user from an Authorization header; a header that does not authenticate is refused."""
    header = frappe.get_request_header("Authorization", "").split(" ")
    if len(header) == 2:
        validate_auth_via_api_keys(header)
    for hook in frappe.get_hooks("auth_hooks"):
        frappe.get_attr(hook)()
    if len(header) == 2 and frappe.session.user in ("", "Guest"):
        raise frappe.AuthenticationError


def validate_auth_via_api_keys(authorization_header) -> None:
    """Act as the user of `token key:secret` or `Basic base64(key:secret)`."""
    kind, value = authorization_header
    if kind.lower() not in ("basic", "token"):
        return
    try:
        text = base64.b64decode(value, validate=True).decode() if kind.lower() == "basic" else value
    except (binascii.Error, UnicodeDecodeError):
        frappe.throw(
            _("Failed to decode token, please provide a valid base64-encoded token."),
            frappe.InvalidAuthorizationToken,
        )
    key, colon, secret = text.partition(":")
    if colon:
        validate_api_key_secret(key, secret)


def validate_api_key_secret(api_key: str, api_secret: str, frappe_authorization_source=None) -> None:
    """Act as the enabled user who owns the key; anything else is refused."""
    user = api_key and frappe.db.get_value("User", {"api_key": api_key, "enabled": 1}, "name")
    stored = user and get_decrypted_password("User", user, "api_secret", raise_exception=False)
    if not stored or not hmac.compare_digest(stored.encode(), api_secret.encode()):
        raise frappe.AuthenticationError
    if frappe.session.user in ("", "Guest"):
        form_dict, request_lang = frappe.local.form_dict, frappe.local.lang
        frappe.set_user(user)
        frappe.local.form_dict = form_dict
        frappe.local.lang = frappe.translate.get_user_lang(user) or request_lang
