"""Lock files under the site's `locks` folder, across processes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import frappe


def _path(name: str) -> Path:
    return Path(frappe.get_site_path("locks"), f"{name}.lock")


def create_lock(name: str) -> bool:
    """Take a lock; False when it is held."""
    _path(name).parent.mkdir(exist_ok=True)
    try:
        os.close(os.open(_path(name), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def lock_exists(name: str) -> bool:
    """Return whether the lock is held."""
    return _path(name).exists()


def lock_age(name: str) -> float:
    """Return the seconds since the lock was taken."""
    return time.time() - _path(name).stat().st_mtime


def delete_lock(name: str) -> None:
    """Release the lock."""
    _path(name).unlink(missing_ok=True)
