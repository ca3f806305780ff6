"""Lock files under the site's `locks` folder, across processes."""

from __future__ import annotations

import contextlib
import os
import time

import frappe


class LockTimeoutError(Exception):
    """The lock could not be had in time."""


def _path(name: str) -> str:
    return os.path.join(frappe.get_site_path("locks"), f"{name}.lock")


def create_lock(name: str) -> bool:
    """Take a lock; False when it is held."""
    os.makedirs(frappe.get_site_path("locks"), exist_ok=True)
    try:
        os.close(os.open(_path(name), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def lock_exists(name: str) -> bool:
    """Return whether the lock is held."""
    return os.path.exists(_path(name))


def lock_age(name: str) -> float:
    """Return the seconds since the lock was taken."""
    return time.time() - os.stat(_path(name)).st_mtime


def delete_lock(name: str) -> bool:
    """Release the lock."""
    with contextlib.suppress(OSError):
        os.remove(_path(name))
    return True


@contextlib.contextmanager
def filelock(lock_name: str, timeout: float = 30, is_global: bool = False):
    """Hold a lock for the length of a `with` block; waits up to `timeout` seconds."""
    end = time.monotonic() + timeout
    while not create_lock(lock_name):
        if time.monotonic() > end:
            raise LockTimeoutError(f"{lock_name} is locked")
        time.sleep(0.05)
    try:
        yield
    finally:
        delete_lock(lock_name)
