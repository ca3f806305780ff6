"""`frappe.cache`: in this process by default, on a Redis server when the site's config names one.

Values are pickled on both, so that nobody changes a cached object by accident.
"""

import pickle
import threading
import time

import frappe


class MemoryStore:
    """The few commands of a Redis client that the cache needs, on a dict; safe for threads."""

    def __init__(self):
        self._data, self._mutex = {}, threading.RLock()

    def get(self, key):
        with self._mutex:
            value, ends = self._data.get(key, (None, None))
            if ends and ends <= time.monotonic():
                del self._data[key]
                return None
            return value

    def set(self, key, value, ex=None):
        with self._mutex:
            self._data[key] = (value, ex and time.monotonic() + ex)

    def delete(self, *keys):
        with self._mutex:
            for key in keys:
                self._data.pop(key, None)

    def exists(self, key):
        return self.get(key) is not None

    def keys(self, pattern):
        with self._mutex:
            return [key for key in self._data if key.startswith(pattern[:-1])]

    def hset(self, name, key, value):
        with self._mutex:
            self.set(name, {**(self.get(name) or {}), key: value})

    def hget(self, name, key):
        return (self.get(name) or {}).get(key)

    def hgetall(self, name):
        return dict(self.get(name) or {})

    def hdel(self, name, *keys):
        with self._mutex:
            self.set(name, {k: v for k, v in (self.get(name) or {}).items() if k not in keys})


_stores = {None: MemoryStore()}


def setup_cache(conf) -> None:
    """Choose the store of the current site: the Redis server of `redis_cache`, or memory."""
    url = conf.get("redis_cache")
    if url not in _stores:
        import redis

        _stores[url] = redis.Redis.from_url(url)
    frappe.local.cache_store = _stores[url]


class RedisWrapper:
    """The cache object with Frappe's methods; keys are kept apart by site, and for a request in `local.cache`."""

    def __call__(self):
        return self

    @property
    def store(self):
        return frappe.local.cache_store

    def make_key(self, key, user=None, shared=False) -> str:
        if shared:
            return key
        user = frappe.session.user if user is True else user
        return f"{frappe.local.conf.db_name or frappe.local.site_path}|{f'user:{user}:' if user else ''}{key}"

    def set_value(self, key, val, user=None, expires_in_sec=None, shared=False) -> None:
        key = self.make_key(key, user, shared)
        if not expires_in_sec:
            frappe.local.cache[key] = val
        self.store.set(key, pickle.dumps(val), ex=expires_in_sec)

    def get_value(self, key, generator=None, user=None, expires=False, shared=False):
        """Return the value; when it is missing, what `generator` gives, which is kept."""
        made = self.make_key(key, user, shared)
        if made in frappe.local.cache:
            return frappe.local.cache[made]
        stored = self.store.get(made)
        val = pickle.loads(stored) if stored is not None else None
        if not expires and val is None and generator:
            val = generator()
            self.set_value(key, val, user=user, shared=shared)
        elif not expires:
            frappe.local.cache[made] = val
        return val

    def exists(self, key, user=None, shared=False) -> bool:
        return bool(self.store.exists(self.make_key(key, user, shared)))

    def delete_keys(self, key) -> None:
        """Forget all keys that start with `key`."""
        found = self.store.keys(self.make_key(key + "*"))
        self.delete_value([k.decode() if isinstance(k, bytes) else k for k in found], make_keys=False)

    def delete_value(self, keys, user=None, make_keys=True, shared=False) -> None:
        keys = [keys] if isinstance(keys, str) else list(keys)
        keys = [self.make_key(key, user, shared) for key in keys] if make_keys else keys
        for key in keys:
            frappe.local.cache.pop(key, None)
        if keys:
            self.store.delete(*keys)

    def hset(self, name, key, value, shared=False) -> None:
        name = self.make_key(name, shared=shared)
        frappe.local.cache.setdefault(name, {})[key] = value
        self.store.hset(name, key, pickle.dumps(value))

    def hget(self, name, key, generator=None, shared=False):
        made = self.make_key(name, shared=shared)
        known = frappe.local.cache.setdefault(made, {})
        if key not in known:
            stored = self.store.hget(made, key)
            value = pickle.loads(stored) if stored is not None else None
            if value is None and generator:
                self.hset(name, key, value := generator(), shared=shared)
            if value is None:
                return None
            known[key] = value
        return known[key]

    def hgetall(self, name) -> dict:
        found = self.store.hgetall(self.make_key(name))
        return {k.decode() if isinstance(k, bytes) else k: pickle.loads(v) for k, v in found.items()}

    def hdel(self, name, keys, shared=False) -> None:
        name, keys = self.make_key(name, shared=shared), [keys] if isinstance(keys, str) else list(keys)
        for key in keys:
            frappe.local.cache.get(name, {}).pop(key, None)
        self.store.hdel(name, *keys)


cache = RedisWrapper()
