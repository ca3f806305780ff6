"""Lock files under the site's `locks` folder, across processes."""

from __future__ import annotations

from pathlib import Path

import frappe


def _path(name: str) -> Path:
    return Path(frappe.get_site_path("locks", f"{name}.lock"))


def create_lock(name: str) -> None:
    """Take a lock; FileExistsError when it is held."""
    _path(name).touch(exist_ok=False)


def lock_exists(name: str) -> bool:
    """Return whether the lock is held."""
    return _path(name).exists()


def delete_lock(name: str) -> None:
    """Release the lock."""
    _path(name).unlink(missing_ok=True)
