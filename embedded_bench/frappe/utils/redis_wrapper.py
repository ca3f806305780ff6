"""`frappe.cache`: in this process by default, on a Redis server when the site's config names one.

Values are pickled on both, so that nobody changes a cached object by accident.
"""

import fnmatch
import pickle
import threading
import time

import frappe


class MemoryStore:
    """The commands of a Redis client that the cache uses, on a dict; safe for threads."""

    def __init__(self):
        self._data: dict = {}
        self._expires: dict = {}
        self._mutex = threading.RLock()

    def _alive(self, key):
        """Return the value, dropping it when its time is over."""
        if key in self._expires and self._expires[key] <= time.monotonic():
            self._data.pop(key, None)
            del self._expires[key]
        return self._data.get(key)

    def get(self, key):
        with self._mutex:
            return self._alive(key)

    def set(self, key, value):
        with self._mutex:
            self._data[key] = value
            self._expires.pop(key, None)

    def setex(self, key, seconds, value):
        with self._mutex:
            self._data[key] = value
            self._expires[key] = time.monotonic() + int(seconds)

    def expire(self, key, seconds):
        with self._mutex:
            if key in self._data:
                self._expires[key] = time.monotonic() + int(seconds)

    def ttl(self, key):
        with self._mutex:
            left = self._expires.get(key, 0) - time.monotonic()
            return int(left) if left > 0 else -1 if self._alive(key) is not None else -2

    def delete(self, *keys):
        with self._mutex:
            for key in keys:
                self._data.pop(key, None)
                self._expires.pop(key, None)

    def exists(self, *keys):
        with self._mutex:
            return sum(self._alive(key) is not None for key in keys)

    def keys(self, pattern):
        with self._mutex:
            if not any(c in pattern[:-1] for c in "*?["):
                return [k for k in self._data if k.startswith(pattern[:-1])]
            return [k for k in self._data if fnmatch.fnmatchcase(k, pattern)]

    def incrby(self, key, amount=1):
        with self._mutex:
            value = int(self._alive(key) or 0) + amount
            self._data[key] = value
            return value

    def _part(self, key, kind):
        if self._alive(key) is None:
            self._data[key] = kind()
        return self._data[key]

    def hset(self, name, key, value):
        with self._mutex:
            self._part(name, dict)[key] = value

    def hget(self, name, key):
        with self._mutex:
            return (self._alive(name) or {}).get(key)

    def hdel(self, name, *keys):
        with self._mutex:
            for key in keys:
                (self._alive(name) or {}).pop(key, None)

    def hgetall(self, name):
        with self._mutex:
            return dict(self._alive(name) or {})

    def sadd(self, name, *values):
        with self._mutex:
            self._part(name, set).update(values)

    def srem(self, name, *values):
        with self._mutex:
            (self._alive(name) or set()).difference_update(values)

    def smembers(self, name):
        with self._mutex:
            return set(self._alive(name) or ())

    def rpush(self, name, value):
        with self._mutex:
            self._part(name, list).append(value)

    def lpush(self, name, value):
        with self._mutex:
            self._part(name, list).insert(0, value)

    def lpop(self, name):
        with self._mutex:
            return (self._alive(name) or [None]).pop(0)

    def lrange(self, name, start, stop):
        with self._mutex:
            values = self._alive(name) or []
            return values[start : None if stop == -1 else stop + 1]

    def llen(self, name):
        with self._mutex:
            return len(self._alive(name) or ())


_memory = MemoryStore()
_clients: dict = {}


def setup_cache(conf) -> None:
    """Choose the store of the current site: `use_redis_cache` with `redis_cache`, or memory."""
    url = conf.get("redis_cache")
    if url and url not in _clients:
        import redis

        _clients[url] = redis.Redis.from_url(url)
    frappe.local.cache_store = _clients[url] if url else _memory


class RedisWrapper:
    """The cache object with Frappe's methods; keys are kept apart by site."""

    def __call__(self):
        return self

    @property
    def store(self):
        return getattr(frappe.local, "cache_store", _memory)

    def connected(self) -> bool:
        return True

    def make_key(self, key, user=None, shared=False) -> str:
        if shared:
            return key
        if user:
            key = f"user:{frappe.session.user if user is True else user}:{key}"
        conf = getattr(frappe.local, "conf", None) or {}
        site = conf.get("db_name") or getattr(frappe.local, "site_path", "")
        return f"{site}|{key}"

    # -- values ------------------------------------------------------------------------------

    def set_value(self, key, val, user=None, expires_in_sec=None, shared=False) -> None:
        key = self.make_key(key, user, shared)
        if not expires_in_sec:
            frappe.local.cache[key] = val
            self.store.set(key, pickle.dumps(val))
        else:
            self.store.setex(key, expires_in_sec, pickle.dumps(val))

    def get_value(self, key, generator=None, user=None, expires=False, shared=False):
        """Return the value; when it is missing, what `generator` gives, which is kept."""
        original, key = key, self.make_key(key, user, shared)
        if key in frappe.local.cache:
            return frappe.local.cache[key]
        stored = self.store.get(key)
        val = pickle.loads(stored) if stored is not None else None
        if not expires:
            if val is None and generator:
                val = generator()
                self.set_value(original, val, user=user, shared=shared)
            else:
                frappe.local.cache[key] = val
        return val

    def get_keys(self, key) -> list:
        """Return the keys that start with `key`."""
        found = self.store.keys(self.make_key(key + "*"))
        return [k.decode() if isinstance(k, bytes) else k for k in found]

    def get_all(self, key) -> dict:
        return {k: self.get_value(k, shared=True) for k in self.get_keys(key)}

    def delete_keys(self, key) -> None:
        self.delete_value(self.get_keys(key), make_keys=False)

    def delete_key(self, *args, **kwargs) -> None:
        self.delete_value(*args, **kwargs)

    def delete_value(self, keys, user=None, make_keys=True, shared=False) -> None:
        keys = [keys] if isinstance(keys, str | bytes) else list(keys)
        if make_keys:
            keys = [self.make_key(k, user, shared) for k in keys]
        for key in keys:
            frappe.local.cache.pop(key, None)
        if keys:
            self.store.delete(*keys)

    def exists(self, *names, user=None, shared=None) -> int:
        return self.store.exists(*(self.make_key(name, user, shared) for name in names))

    # -- counters, with keys made by the caller ----------------------------------------------

    def get(self, key):
        return self.store.get(key)

    def setex(self, key, seconds, value):
        return self.store.setex(key, seconds, value)

    def incrby(self, key, amount=1) -> int:
        return self.store.incrby(key, amount)

    def incr(self, key) -> int:
        return self.store.incrby(key, 1)

    def expire(self, key, seconds):
        return self.store.expire(key, seconds)

    def expire_key(self, key, seconds, user=None, shared=False):
        return self.store.expire(self.make_key(key, user, shared), seconds)

    def ttl(self, key) -> int:
        return self.store.ttl(key)

    def delete(self, *keys):
        return self.store.delete(*keys)

    # -- hashes, sets, lists -----------------------------------------------------------------

    def hset(self, name, key, value, shared=False) -> None:
        if key is None:
            return
        name = self.make_key(name, shared=shared)
        frappe.local.cache.setdefault(name, {})[key] = value
        self.store.hset(name, key, pickle.dumps(value))

    def hget(self, name, key, generator=None, shared=False):
        original, name = name, self.make_key(name, shared=shared)
        local = frappe.local.cache.setdefault(name, {})
        if key in local:
            return local[key]
        if key is None:
            return None
        stored = self.store.hget(name, key)
        value = pickle.loads(stored) if stored is not None else None
        if value is None and generator:
            value = generator()
            self.hset(original, key, value, shared=shared)
        elif value is not None:
            local[key] = value
        return value

    def hgetall(self, name) -> dict:
        found = self.store.hgetall(self.make_key(name))
        return {k.decode() if isinstance(k, bytes) else k: pickle.loads(v) for k, v in found.items()}

    def hexists(self, name, key, shared=False) -> bool:
        return self.store.hget(self.make_key(name, shared=shared), key) is not None

    def hdel(self, name, keys, shared=False) -> None:
        name, keys = self.make_key(name, shared=shared), [keys] if isinstance(keys, str) else list(keys)
        for key in keys:
            frappe.local.cache.get(name, {}).pop(key, None)
        if keys:
            self.store.hdel(name, *keys)

    def hkeys(self, name) -> list:
        return list(self.hgetall(name))

    def sadd(self, name, *values) -> None:
        self.store.sadd(self.make_key(name), *values)

    def srem(self, name, *values) -> None:
        self.store.srem(self.make_key(name), *values)

    def smembers(self, name) -> set:
        return self.store.smembers(self.make_key(name))

    def sismember(self, name, value) -> bool:
        return value in self.smembers(name)

    def rpush(self, key, value) -> None:
        self.store.rpush(self.make_key(key), value)

    def lpush(self, key, value) -> None:
        self.store.lpush(self.make_key(key), value)

    def lpop(self, key):
        return self.store.lpop(self.make_key(key))

    def lrange(self, key, start, stop) -> list:
        return self.store.lrange(self.make_key(key), start, stop)

    def llen(self, key) -> int:
        return self.store.llen(self.make_key(key))


cache = RedisWrapper()
