"""Function caches: for one request, for a while in this process, or in the site's cache."""

import functools
import time

import frappe

_SITE_CACHE: dict = {}


def _key(args, kwargs):
    return args, frozenset(kwargs.items())


def request_cache(func):
    """Keep the results of `func` until the request ends."""

    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        if not getattr(frappe.local, "initialised", None):
            return func(*args, **kwargs)
        try:
            key = _key(args, kwargs)
            results = frappe.local.request_cache[func]
            if key not in results:
                results[key] = func(*args, **kwargs)
            return results[key]
        except TypeError:  # unhashable arguments
            return func(*args, **kwargs)

    return wrapper


def site_cache(ttl: int | None = None, maxsize: int | None = None):
    """Keep the results per site in this process, for `ttl` seconds when given."""
    if callable(ttl):
        return site_cache()(ttl)

    def decorate(func):
        @functools.wraps(func)
        def wrapper(*args, **kwargs):
            if not getattr(frappe.local, "initialised", None):
                return func(*args, **kwargs)
            results = _SITE_CACHE.setdefault(func, {}).setdefault(frappe.local.site_path, {})
            key = _key(args, kwargs)
            value, expires_at = results.get(key, (None, 0))
            if key not in results or (ttl and expires_at < time.monotonic()):
                value = func(*args, **kwargs)
                if maxsize and len(results) >= maxsize:
                    results.pop(next(iter(results)), None)
                results[key] = (value, time.monotonic() + (ttl or 0))
            return value

        wrapper.clear_cache = lambda: _SITE_CACHE.pop(func, None)
        return wrapper

    return decorate


def redis_cache(ttl: int | None = 3600, user: str | bool | None = None, shared: bool = False):
    """Keep the results in `frappe.cache` for `ttl` seconds."""
    if callable(ttl):
        return redis_cache()(ttl)

    def decorate(func):
        prefix = f"{func.__module__}.{func.__qualname__}"

        @functools.wraps(func)
        def wrapper(*args, **kwargs):
            key = f"{prefix}::{args!r}{sorted(kwargs.items())!r}"
            found = frappe.cache.get_value(key, user=user, shared=shared, expires=True)
            if found is None:
                found = func(*args, **kwargs)
                frappe.cache.set_value(key, found, expires_in_sec=ttl, user=user, shared=shared)
            return found

        wrapper.clear_cache = lambda: frappe.cache.delete_keys(prefix)
        return wrapper

    return decorate


def clear_site_cache() -> None:
    """Forget everything `site_cache` holds."""
    _SITE_CACHE.clear()
