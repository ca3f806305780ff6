"""`@rate_limit`: how often a whitelisted function may be called in a window of time."""

from __future__ import annotations

import functools
import time

import frappe
from frappe import _
from frappe.utils import cint


def rate_limit(key=None, limit=5, seconds=86400, methods="ALL", ip_based=True):
    """Refuse (429) the calls above `limit` within `seconds`, counted by address and by the argument `key`."""
    methods = [methods] if isinstance(methods, str) else methods

    def decorator(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            request = getattr(frappe.local, "request", None)
            if not request or (methods != ["ALL"] and request.method not in methods):
                return function(*args, **kwargs)
            allowed = limit() if callable(limit) else limit
            identity = [frappe.local.request_ip] if ip_based else []
            if key:
                identity.append(str(frappe.form_dict.get(key)))
            window = int(time.time() // seconds)
            name = f"rl:{function.__module__}.{function.__qualname__}:{':'.join(identity)}:{window}"
            count = cint(frappe.cache.get_value(name)) + 1
            frappe.cache.set_value(name, count, expires_in_sec=seconds)
            if count > allowed:
                frappe.throw(
                    _("You hit the rate limit because of too many requests. Please try after sometime."),
                    frappe.RateLimitExceededError,
                )
            return function(*args, **kwargs)

        return wrapper

    return decorator
