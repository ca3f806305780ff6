"""Who a request comes from: cookie sessions, API keys, login with its lockout."""

import base64
import hmac
from datetime import timedelta
from urllib.parse import quote

import frappe
from frappe import _
from frappe.sessions import Session, delete_session, get_expiry_in_seconds
from frappe.translate import get_language, get_user_lang
from frappe.utils import cint, get_datetime, get_fullname
from frappe.utils.password import check_password, get_decrypted_password
from frappe.website.serve import get_default_path

UNSAFE_HTTP_METHODS = frozenset(("POST", "PUT", "DELETE", "PATCH"))
MAX_PASSWORD_SIZE, LOCK_SECONDS = 512, 60
COOKIES = ("full_name", "user_id", "sid", "user_image", "system_user")


def begin_request() -> None:
    """Find out who asks: log in, or resume the cookie's session, then take the Authorization header."""
    request = frappe.local.request
    frappe.local.request_ip, frappe.local.cookies = request.remote_addr or "127.0.0.1", {}
    if request.path == "/api/method/login":
        if request.method != "POST":
            frappe.throw(_("Not permitted"), frappe.PermissionError)
        _login(frappe.form_dict.get("usr"), frappe.form_dict.pop("pwd", None))
    else:
        frappe.local.session_obj = Session(resume=True)
        _validate_csrf_token(request)
    frappe.local.lang = get_language()
    validate_auth()


def _validate_csrf_token(request) -> None:
    """Refuse an unsafe request of a cookie session that has a token and did not send it."""
    saved = frappe.session.data.get("csrf_token")
    if request.method not in UNSAFE_HTTP_METHODS or not saved:
        return
    sent = request.headers.get("X-Frappe-CSRF-Token") or frappe.form_dict.pop("csrf_token", None)
    if not hmac.compare_digest(str(sent or "").encode(), saved.encode()):
        frappe.flags.disable_traceback = True
        frappe.throw(_("Invalid Request"), frappe.CSRFTokenError)


def set_cookies(response) -> None:
    """Write the request's cookies into the answer; a session's id is sent again, so that the browser keeps it."""
    cookies = getattr(frappe.local, "cookies", {})
    secure = bool(cookies) and frappe.local.request.scheme == "https"
    if getattr(frappe.local, "session_obj", None) and frappe.local.session_obj.sid != "Guest":
        cookies["sid"] = frappe.local.session_obj.sid
    for key, value in cookies.items():
        age = 0 if value is None else get_expiry_in_seconds() if key == "sid" else None
        options = {"httponly": key == "sid", "samesite": "Lax", "secure": secure, "max_age": age}
        response.set_cookie(key, quote(value or ""), **options)


def clear_cookies() -> None:
    frappe.local.cookies = dict.fromkeys(COOKIES)


def _login(usr: str | None, pwd: str | None) -> None:
    """Begin a session and answer who it is, where to go, and the cookies that tell it to the page."""
    user = authenticate(usr, pwd)
    full_name = get_fullname(user)
    frappe.local.session_obj = Session(user=user, full_name=full_name)
    info = frappe.db.get_value("User", user, ["user_type", "user_image"], as_dict=True)
    is_desk_user = info.user_type == "System User"
    home, message = "/app" if is_desk_user else "/", "Logged In" if is_desk_user else "No App"
    frappe.local.response.update(message=message, home_page=get_default_path() or home, full_name=full_name)
    told = {"system_user": "yes" if is_desk_user else "no", "user_image": info.user_image or ""}
    frappe.local.cookies = {"full_name": full_name, "user_id": user, **told}


def authenticate(usr: str | None, pwd: str | None) -> str:
    """Return the user whose name or e-mail and password these are; failures are logged and count towards a lock."""
    usr = (usr or "").strip()
    name = usr and (frappe.db.get_value("User", usr) or frappe.db.get_value("User", {"email": usr}))
    trackers = [(f"ip:{frappe.local.request_ip}", 5), (name or usr.lower(), 1)]
    for key, factor in trackers:
        refuse_when_locked(key, factor)
    message = "Invalid login credentials"
    try:
        check_password(name or usr, (pwd or "")[: MAX_PASSWORD_SIZE + 1] if usr else "")
        if name == "Administrator" or frappe.db.get_value("User", name, "enabled"):
            for key, _factor in trackers:
                frappe.cache.hdel("login_failed", key)
            return name
        message = "User disabled or missing"
    except frappe.AuthenticationError:
        frappe.local.response["message"] = message
    for key, _factor in trackers:
        count, since = _failures(key)
        frappe.cache.hset("login_failed", key, (count + 1, since or get_datetime()))
    log = {"subject": message, "full_name": name or usr, "status": "Failed", "operation": "Login"}
    log.update(user=name or None, ip_address=frappe.local.request_ip)
    frappe.get_doc(doctype="Activity Log", **log).insert(ignore_permissions=True)
    frappe.db.commit()
    raise frappe.AuthenticationError


def _failures(key: str) -> tuple:
    """Return how many logins failed within the interval, and since when."""
    count, since = frappe.cache.hget("login_failed", key) or (0, None)
    is_recent = since and since + timedelta(seconds=LOCK_SECONDS) > get_datetime()
    return (count, since) if is_recent else (0, None)


def refuse_when_locked(key: str, factor: int = 1) -> None:
    """Refuse (429) a user or an address with too many failed logins within the interval."""
    allowed = cint(frappe.get_system_settings("allow_consecutive_login_attempts")) or 10
    if _failures(key)[0] >= allowed * factor:
        message = _("Your account has been locked and will resume after {0} seconds")
        frappe.throw(message.format(LOCK_SECONDS), frappe.TooManyRequestsError)


def log_out() -> None:
    delete_session(frappe.session.sid)
    clear_cookies()
    frappe.local.session_obj = Session()


@frappe.whitelist()
def get_logged_user():
    return frappe.session.user


def validate_auth() -> None:
    """Take the user from an Authorization header; a header that does not authenticate is refused."""
    kind, space, value = (frappe.local.request.headers.get("Authorization") or "").partition(" ")
    if not space:
        return
    try:
        value = base64.b64decode(value).decode(errors="replace") if kind.lower() == "basic" else value
    except ValueError:
        message = _("Failed to decode token, please provide a valid base64-encoded token.")
        frappe.throw(message, frappe.InvalidAuthorizationToken)
    key, _colon, secret = value.partition(":")
    user = key and frappe.db.get_value("User", {"api_key": key, "enabled": 1})
    stored = user and get_decrypted_password("User", user, "api_secret", raise_exception=False)
    is_right = stored and hmac.compare_digest(stored.encode(), secret.encode())
    if kind.lower() not in ("token", "basic") or not is_right:
        raise frappe.AuthenticationError
    if frappe.session.user == "Guest":
        form_dict = frappe.local.form_dict
        frappe.set_user(user)
        frappe.local.form_dict, frappe.local.lang = form_dict, get_user_lang(user)
