"""`frappe.cache`: in this process, or on a Redis server; pickled, so that nobody changes what is cached."""

import pickle

import frappe


class MemoryStore:
    """The few commands of a Redis client that the cache needs, on dicts."""

    def __init__(self):
        self._data: dict = {}

    def get(self, key):
        return self._data.get(key)

    def set(self, key, value):
        self._data[key] = value

    def keys(self, pattern):
        return [key for key in list(self._data) if key.startswith(pattern[:-1])]

    def delete(self, *keys):
        for key in keys:
            self._data.pop(key, None)


_stores = {None: MemoryStore()}


def setup_cache(conf) -> None:
    """Choose the store of the current site: the Redis server of `redis_cache`, or memory."""
    url = conf.get("redis_cache")
    if url not in _stores:
        import redis

        _stores[url] = redis.Redis.from_url(url)
    frappe.local.cache_store = _stores[url]


class RedisWrapper:
    """The cache object with Frappe's methods: keys by site, and for a request kept in `local.cache`."""

    @property
    def store(self):
        return frappe.local.cache_store

    def make_key(self, key) -> str:
        return f"{frappe.local.conf.db_name or frappe.local.site_path}|{key}"

    def set_value(self, key, val) -> None:
        frappe.local.cache[self.make_key(key)] = val
        self.store.set(self.make_key(key), pickle.dumps(val))

    def get_value(self, key, generator=None):
        """Return the value; when it is missing, what `generator` gives, which is kept."""
        made = self.make_key(key)
        if frappe.local.cache.get(made) is None:
            stored = self.store.get(made)
            val = pickle.loads(stored) if stored is not None else None
            if val is None and generator:
                self.set_value(key, generator())
            else:
                frappe.local.cache[made] = val
        return frappe.local.cache[made]

    def delete_keys(self, key) -> None:
        for found in self.store.keys(self.make_key(key + "*")):
            self._forget(found.decode() if isinstance(found, bytes) else found)

    delete_value = delete_keys

    # the fields of a hash are keys that begin with its name

    def hset(self, name, key, value) -> None:
        self.set_value(f"{name}::{key}", value)

    def hget(self, name, key, generator=None):
        return self.get_value(f"{name}::{key}", generator)

    def hdel(self, name, key) -> None:
        self._forget(self.make_key(f"{name}::{key}"))

    def _forget(self, made: str) -> None:
        frappe.local.cache.pop(made, None)
        self.store.delete(made)


cache = RedisWrapper()
