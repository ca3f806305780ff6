"""Which documents the engine looks after, the regulation's registry, and values kept for one request."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import frappe

from erp_rules.clauses.base import Registry, registry

_MODULES = frozenset(
    line.strip()
    for line in (Path(__file__).parents[1] / "modules.txt").read_text().splitlines()
    if line.strip()
)


def is_governed(doctype: str) -> bool:
    """Return whether `doctype` belongs to this app."""
    return frappe.get_meta(doctype).module in _MODULES


def regulation() -> Registry:
    """Return the registry with every chapter of `hooks.rule_chapters` declared."""
    per_request("chapters", _import_chapters)
    return registry


def _import_chapters() -> bool:
    for chapter in frappe.get_hooks("rule_chapters"):
        importlib.import_module(chapter)
    return True


def per_request(key: str, make: Callable):
    """Return the value of `make()`, kept until the request ends or `forget` is called.

    It lives in Frappe's own local cache, so that whoever empties that empties this too.
    """
    kept = frappe.local.cache.setdefault("erp_rules", {})
    if key not in kept:
        kept[key] = make()
    return kept[key]


def forget() -> None:
    """Drop what `per_request` keeps: now, and again if the change that caused this is rolled back."""
    _drop()
    frappe.db.after_rollback.add(_drop)


def _drop() -> None:
    frappe.local.cache.pop("erp_rules", None)
