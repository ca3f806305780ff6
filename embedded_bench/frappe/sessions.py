"""Sessions of users in a browser: a random id in a cookie, the data in `tabSessions` and the cache."""

import json
from datetime import timedelta

import frappe
from frappe.utils import cint, get_datetime, now, now_datetime

# A session in use is written to the database at most this often.
WRITE_EVERY = timedelta(minutes=10)


def get_expiry_in_seconds() -> int:
    """Return how long a session lives without use, in seconds; the setting is hours:minutes."""
    hours, minutes = ([*(frappe.get_system_settings("session_expiry") or "170:00").split(":"), "0"])[:2]
    return cint(hours) * 3600 + cint(minutes) * 60


class Session:
    """The session of this request: a new one for a user who just logged in, or the cookie's."""

    def __init__(self, user=None, resume=False, full_name=None, user_type=None):
        self.user, self.sid, data = user or "Guest", "Guest", {"user": "Guest"}
        if resume:
            sid = frappe.local.request.cookies.get("sid")
            if stored := self._find(sid):
                self.user, self.sid, data = stored["user"], sid, stored
                frappe.local.lang = frappe.translate.get_user_lang(self.user)
        elif self.user != "Guest":
            self.sid = frappe.generate_hash()
            data = {"user": self.user, "last_updated": now(), "creation": now(), "full_name": full_name}
        self.data = frappe._dict(user=self.user, sid=self.sid, data=frappe._dict(data))
        frappe.local.session = self.data
        if not resume and self.user != "Guest":
            self._insert()

    def _insert(self) -> None:
        columns = ["sid", "user", "sessiondata", "ipaddress", "lastupdate", "status"]
        row = (self.sid, self.user, json.dumps(self.data.data), frappe.local.request_ip, now(), "Active")
        frappe.db.bulk_insert("Sessions", columns, [row])
        seen = {"last_login": now(), "last_ip": frappe.local.request_ip}
        frappe.db.set_value("User", self.user, seen, update_modified=False)
        frappe.db.commit()
        frappe.cache.hset("session", self.sid, dict(self.data.data))

    @staticmethod
    def _find(sid: str | None) -> dict | None:
        """Return the data of a session; None for an unknown or expired one, or that of a disabled user."""
        stored = frappe.cache.hget("session", sid) if sid else None
        if sid and not stored:
            kept = frappe.db.get_value("Sessions", {"sid": sid}, "sessiondata", order_by=None)
            stored = json.loads(kept or "null")
        if not stored:
            return None
        age = (now_datetime() - get_datetime(stored["last_updated"])).total_seconds()
        user = stored["user"]
        is_enabled = user == "Administrator" or frappe.db.get_value("User", user, "enabled")
        if age <= get_expiry_in_seconds() and is_enabled:
            return stored
        delete_session(sid)
        return None

    def update(self, force=False) -> None:
        """Note that the session is in use; now and then, or by force, in the database too."""
        if self.user == "Guest":
            return
        if force or now_datetime() - get_datetime(self.data.data.last_updated) > WRITE_EVERY:
            self.data.data.last_updated = now()
            changes = {"sessiondata": json.dumps(self.data.data, default=str), "lastupdate": now()}
            frappe.db.set_value("Sessions", {"sid": self.sid}, changes, update_modified=False)
            frappe.db.commit()
            frappe.cache.hset("session", self.sid, dict(self.data.data))


def get_csrf_token() -> str:
    """Return the session's CSRF token; from its first issue on, unsafe requests must carry it."""
    data = frappe.local.session.data
    if not data.csrf_token:
        data.csrf_token = frappe.generate_hash()
        if getattr(frappe.local, "session_obj", None):
            frappe.local.session_obj.update(force=True)
    return data.csrf_token


def clear_sessions(user=None, keep_current=False, force=False) -> None:
    """End the sessions of a user (default: the session user's), perhaps all but this one."""
    user = user or frappe.session.user
    for (sid,) in frappe.db.sql("select `sid` from `tabSessions` where `user`=%s", (user,)):
        if not (keep_current and sid == frappe.session.sid):
            delete_session(sid)


def delete_session(sid=None, user=None, reason="Session Expired") -> None:
    frappe.db.delete("Sessions", {"sid": sid})
    frappe.db.commit()
    frappe.cache.hdel("session", sid)


def clear_expired_sessions() -> None:
    """End every session that was not used for the expiry period."""
    oldest = now_datetime() - timedelta(seconds=get_expiry_in_seconds())
    for (sid,) in frappe.db.sql("select `sid` from `tabSessions` where `lastupdate`<%s", (oldest,)):
        delete_session(sid)
