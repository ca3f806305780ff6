"""Sessions of users in a browser: a random id in a cookie, the data in `tabSessions` and the cache."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
from frappe.utils import cint, get_datetime, now, now_datetime

CREATE_TABLE = """create table if not exists `tabSessions` (`sid` varchar(140) not null primary key,
    `user` varchar(140), `sessiondata` longtext, `ipaddress` varchar(45), `lastupdate` datetime(6),
    `status` varchar(20))"""
# A session in use is written to the database at most this often.
WRITE_EVERY = timedelta(minutes=10)


def get_expiry_period() -> str:
    """Return how long a session lives without use, as hours:minutes:seconds."""
    period = frappe.get_system_settings("session_expiry") or "170:00:00"
    return period if period.count(":") == 2 else f"{period}:00"


def get_expiry_in_seconds(expiry: str | None = None) -> int:
    """Return how long a session lives without use, in seconds."""
    hours, minutes, seconds = (expiry or get_expiry_period()).split(":")
    return cint(hours) * 3600 + cint(minutes) * 60 + cint(seconds)


class Session:
    """The session of this request: a new one for a user who just logged in, or the cookie's."""

    def __init__(self, user=None, resume=False, full_name=None, user_type=None):
        self.sid = frappe.local.request.cookies.get("sid") if frappe.local.request else None
        self.user = user or "Guest"
        self.data = frappe._dict(user=self.user, sid="Guest", data=frappe._dict())
        if resume:
            self.resume()
        else:
            self.start(full_name, user_type)
        frappe.local.session = self.data

    def start(self, full_name=None, user_type=None) -> None:
        """Begin a session with a fresh id, whatever id the browser sent."""
        self.sid = "Guest" if self.user == "Guest" else frappe.generate_hash()
        self.data = frappe._dict(user=self.user, sid=self.sid)
        self.data.data = frappe._dict(
            user=self.user,
            session_ip=frappe.local.request_ip,
            last_updated=now(),
            creation=now(),
            full_name=full_name,
            user_type=user_type,
        )
        if self.user == "Guest":
            return
        frappe.local.session = self.data
        frappe.db.sql(
            "insert into `tabSessions` (`sid`, `user`, `sessiondata`, `ipaddress`, `lastupdate`, `status`) "
            "values (%s, %s, %s, %s, %s, 'Active')",
            (self.sid, self.user, self._as_text(), frappe.local.request_ip, now()),
        )
        frappe.db.set_value(
            "User",
            self.user,
            {"last_login": now(), "last_ip": frappe.local.request_ip},
            update_modified=False,
        )
        frappe.db.commit()
        frappe.cache.hset("session", self.sid, dict(self.data.data))

    def resume(self) -> None:
        """Continue the cookie's session; an unknown or expired one, or that of a disabled user, is Guest's."""
        if not self.sid or self.sid == "Guest":
            self._as_guest()
            return
        stored = frappe.cache.hget("session", self.sid) or self._read()
        if not stored or not self._is_valid(stored):
            if stored:
                delete_session(self.sid)
            self._as_guest()
            return
        self.user = stored["user"]
        self.data = frappe._dict(user=self.user, sid=self.sid, data=frappe._dict(stored))
        frappe.local.session = self.data
        frappe.local.lang = frappe.translate.get_user_lang(self.user)

    def _as_guest(self) -> None:
        self.user, self.sid = "Guest", "Guest"
        self.data = frappe._dict(user="Guest", sid="Guest", data=frappe._dict(user="Guest"))

    def _read(self) -> dict | None:
        rows = frappe.db.sql("select `sessiondata` from `tabSessions` where `sid`=%s", (self.sid,))
        return json.loads(rows[0][0]) if rows else None

    @staticmethod
    def _is_valid(stored: dict) -> bool:
        age = now_datetime() - get_datetime(stored["last_updated"])
        if age.total_seconds() > get_expiry_in_seconds():
            return False
        return stored["user"] == "Administrator" or bool(
            frappe.db.get_value("User", stored["user"], "enabled")
        )

    def _as_text(self) -> str:
        return json.dumps(self.data.data, default=str)

    def update(self, force=False) -> bool:
        """Note that the session is in use; returns whether the database was written (and committed)."""
        if self.user == "Guest" or not frappe.db.sql(
            "select 1 from `tabSessions` where `sid`=%s", (self.sid,)
        ):
            return False
        is_due = now_datetime() - get_datetime(self.data.data.last_updated) > WRITE_EVERY
        if is_due or force:
            self.data.data.last_updated = now()
            frappe.db.sql(
                "update `tabSessions` set `sessiondata`=%s, `lastupdate`=%s where `sid`=%s",
                (self._as_text(), now(), self.sid),
            )
            frappe.db.commit()
        frappe.cache.hset("session", self.sid, dict(self.data.data))
        return bool(is_due or force)


def get_csrf_token() -> str:
    """Return the session's CSRF token; from its first issue on, unsafe requests must carry it."""
    return frappe.local.session.data.csrf_token or generate_csrf_token()


def generate_csrf_token() -> str:
    """Give the session a new CSRF token."""
    frappe.local.session.data.csrf_token = frappe.generate_hash()
    if getattr(frappe.local, "session_obj", None):
        frappe.local.session_obj.update(force=True)
    return frappe.local.session.data.csrf_token


def clear_sessions(user=None, keep_current=False, force=False) -> None:
    """End the sessions of a user (default: the session user's), perhaps all but this one."""
    user = user or frappe.session.user
    for (sid,) in frappe.db.sql("select `sid` from `tabSessions` where `user`=%s", (user,)):
        if not (keep_current and sid == frappe.session.sid):
            delete_session(sid, user, "Force Logged out by the user" if force else "Logged Out")


def delete_session(sid=None, user=None, reason="Session Expired") -> None:
    """End one session."""
    frappe.db.sql("delete from `tabSessions` where `sid`=%s", (sid,))
    frappe.db.commit()
    frappe.cache.hdel("session", sid)


def clear_expired_sessions() -> None:
    """End every session that was not used for the expiry period."""
    oldest = now_datetime() - timedelta(seconds=get_expiry_in_seconds())
    for (sid,) in frappe.db.sql("select `sid` from `tabSessions` where `lastupdate`<%s", (oldest,)):
        delete_session(sid)


@frappe.whitelist(methods=["POST"])
def clear():
    """Forget what is cached for the session user."""
    frappe.clear_cache(user=frappe.session.user)
    frappe.response["message"] = frappe._("Cache Cleared")
