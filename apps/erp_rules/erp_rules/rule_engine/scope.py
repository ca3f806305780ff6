"""Which documents the engine looks after, the regulation's registry, and values kept for a request or longer."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe.query_builder.functions import Count, Max

from erp_rules.clauses.base import Registry, registry

_KEPT = "erp_rules_kept_"
_APP = Path(__file__).parents[1]
_MODULES = frozenset(line.strip() for line in (_APP / "modules.txt").read_text().splitlines() if line.strip())
_OWN = frozenset(path.name for path in _APP.glob("*/doctype/*") if (path / f"{path.name}.json").is_file())


def is_own(doctype: str) -> bool:
    """Return whether `doctype` comes with this app, whatever a site's definition of it says."""
    return frappe.scrub(doctype) in _OWN


def own_documents() -> list[str]:
    """Return the names of this app's DocTypes that are documents: no rows, no settings."""
    filters = {"module": ["in", sorted(_MODULES)], "istable": 0, "issingle": 0}
    return per_request("documents", lambda: frappe.get_all("DocType", filters=filters, pluck="name"))


def is_own_module(module: str) -> bool:
    """Return whether `module` is one of this app's."""
    return module in _MODULES


def is_governed(doctype: str) -> bool:
    """Return whether `doctype` belongs to this app, or was added to one of its modules."""
    return is_own(doctype) or frappe.get_meta(doctype).module in _MODULES


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


def until_changed(key: str, doctype: str, read: Callable):
    """Return the value of `read()`, kept for all requests until a record of `doctype` changes.

    It is kept together with the state of the table that it was read in. So a request never takes what another
    one reads in another state: before a change that it sees itself, or after one that is not committed.
    """
    return per_request(key, lambda: _kept_in(_state_of(doctype), key, read))


def _kept_in(state: tuple, key: str, read: Callable):
    name = f"{_KEPT}{key}"
    kept = frappe.cache.get_value(name)
    if not kept or kept[0] != state:
        kept = (state, read())
        frappe.cache.set_value(name, kept)
    return kept[1]


def _state_of(doctype: str) -> tuple:
    table = frappe.qb.DocType(doctype)
    (state,) = frappe.qb.from_(table).select(Max(table.modified), Count(table.name)).run()
    return tuple(state)


def forget() -> None:
    """Drop what is kept: now, and again if the change that caused this is rolled back."""
    _drop()
    frappe.db.after_rollback.add(_drop)


def _drop() -> None:
    frappe.local.cache.pop("erp_rules", None)
    frappe.cache.delete_keys(_KEPT)
