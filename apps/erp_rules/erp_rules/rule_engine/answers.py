"""What answers to requests leave out: fields of a level that the user may not read.

Frappe takes them out of a document that is opened, but not out of the one that a save answers with, nor out of the
version log that the desk's form is given. `hooks.after_request` leads here with every answer.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import frappe

_APP = Path(__file__).parents[1]


def hide_fields(response, request=None) -> None:
    """Take values of this app's documents that the session user may not read out of a JSON answer."""
    session = getattr(frappe.local, "session", None)  # there is none where the site itself did not answer
    if not session or session.user == "Administrator":
        return
    if response is None or response.mimetype != "application/json":
        return
    text = response.get_data(as_text=True)
    if not any(
        f'"{name}"' in text or f'\\"{name}\\"' in text for names in _levelled().values() for name in names
    ):
        return
    hidden = {doctype: names for doctype in _levelled() if (names := _hidden(doctype))}
    body = json.loads(text)
    if hidden and _strip(body, hidden):
        response.set_data(json.dumps(body, ensure_ascii=False))


@lru_cache(maxsize=1)
def _levelled() -> dict[str, frozenset[str]]:
    """Return by DocType the fields that the app puts on a level of their own."""
    found = {}
    for path in _APP.glob("*/doctype/*/*.json"):
        definition = json.loads(path.read_text(encoding="utf-8"))
        names = frozenset(row["fieldname"] for row in definition.get("fields", ()) if row.get("permlevel"))
        if names:
            found[definition["name"]] = names
    return found


def _hidden(doctype: str) -> set[str]:
    meta = frappe.get_meta(doctype)
    levels = set(meta.get_permlevel_access("read"))
    return {df.fieldname for df in meta.fields if df.permlevel and df.permlevel not in levels}


def _strip(value, hidden: dict[str, set[str]]) -> bool:
    """Remove hidden fields wherever a document of such a DocType stands in `value`; return whether any was there."""
    if isinstance(value, list):
        return any([_strip(entry, hidden) for entry in value])
    if not isinstance(value, dict):
        return False
    names = hidden.get(value.get("doctype"), ()) if isinstance(value.get("doctype"), str) else ()
    is_found = any([value.pop(name, None) is not None for name in names])
    if names:
        versions = value.get("versions") or []
        is_found |= any([_strip_version(version, names) for version in versions])
    return any([_strip(entry, hidden) for entry in value.values()]) or is_found


def _strip_version(version: dict, names) -> bool:
    data = json.loads(version.get("data") or "{}")
    changed = data.get("changed") or []
    data["changed"] = [entry for entry in changed if entry[0] not in names]
    version["data"] = json.dumps(data, ensure_ascii=False)
    return len(data["changed"]) < len(changed)
