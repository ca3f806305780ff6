"""Documents and what is kept about them, read in bulk as the session user may: one query a kind (2.9, 2.10)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

import frappe

Reference = tuple[str, str]  # DocType and name

# What is kept about a document: the DocType, the fields that name the document, and what a reader wants of it.
_KINDS = {
    "first_values": (
        "Record Snapshot",
        ("reference_doctype", "reference_name"),
        ["kind", "user", "taken_at", "checksum", "data"],
        "taken_at",
    ),
    "steps": (
        "Approval Step",
        ("reference_doctype", "reference_name"),
        ["action", "from_state", "to_state", "user", "on_behalf_of", "acted_at", "reason"],
        "acted_at",
    ),
    "tasks": (
        "Approval Task",
        ("reference_doctype", "reference_name"),
        [
            *("kind", "state", "status", "from_user", "on_behalf_of", "to_user"),
            *("reason", "opinion", "answered_at", "creation"),
        ],
        "creation",
    ),
    "versions": ("Version", ("ref_doctype", "docname"), ["owner", "creation", "data"], "creation"),
    "comments": (
        "Comment",
        ("reference_doctype", "reference_name"),
        ["owner", "creation", "comment_type", "content"],
        "creation",
    ),
    "rule_events": (
        "Rule Event",
        ("reference_doctype", "reference_name"),
        ["clause", "outcome", "event_time", "user", "on_behalf_of", "waiver", "message"],
        "event_time",
    ),
    "deadlines": (
        "Deadline",
        ("reference_doctype", "reference_name"),
        [
            *("clause", "responsible_role", "manager_role", "status", "starts_at", "due_at"),
            *("done_at", "done_by", "escalate_at", "escalated_at"),
        ],
        "starts_at",
    ),
    "files": (
        "File",
        ("attached_to_doctype", "attached_to_name"),
        ["file_name", "file_url", "file_size", "attached_to_field", "is_private", "owner", "creation"],
        "creation",
    ),
}


@dataclass
class Kept:
    """What is kept about one document, each list in the order in which it came about."""

    first_values: list[dict] = field(default_factory=list)
    steps: list[dict] = field(default_factory=list)
    tasks: list[dict] = field(default_factory=list)
    versions: list[dict] = field(default_factory=list)
    comments: list[dict] = field(default_factory=list)
    rule_events: list[dict] = field(default_factory=list)
    deadlines: list[dict] = field(default_factory=list)
    files: list[dict] = field(default_factory=list)


def readable(doctype: str, names: Iterable[str]) -> list[str]:
    """Return those of `names` that the session user may read, in order; user permissions and shares count."""
    wanted = sorted({name for name in names if name})
    if not wanted or not frappe.has_permission(doctype, "read"):
        return []
    return frappe.get_list(
        doctype, filters={"name": ["in", wanted]}, pluck="name", order_by="name asc", limit_page_length=0
    )


def closed_fields(doctype: str) -> set[str]:
    """Return the fields of a DocType, and `table.field` of its tables, whose level the session user may not read."""
    meta = frappe.get_meta(doctype)
    levels = set(meta.get_permlevel_access("read"))

    def is_closed(df) -> bool:
        return bool(df.permlevel) and df.permlevel not in levels

    closed = {df.fieldname for df in meta.fields if is_closed(df)}
    for table in meta.get_table_fields():
        rows = frappe.get_meta(table.options).fields
        closed |= {f"{table.fieldname}.{df.fieldname}" for df in rows if is_closed(df)}
    return closed


def stored(doctype: str, names: Iterable[str]) -> dict[str, dict]:
    """Return documents as stored, with their tables, by name, without what the session user may not read.

    The names are taken as they are: ask `readable` first.
    """
    names = list(names)
    if not names:
        return {}
    closed = closed_fields(doctype)
    meta = frappe.get_meta(doctype)
    found = {
        row.name: _open_part(row, closed)
        for row in frappe.get_all(doctype, filters={"name": ["in", names]}, fields=["*"], order_by="name asc")
    }
    for table in meta.get_table_fields():
        if table.fieldname in closed:
            continue
        for values in found.values():
            values[table.fieldname] = []
        rows = frappe.get_all(
            table.options,
            filters={"parent": ["in", names], "parenttype": doctype, "parentfield": table.fieldname},
            fields=["*"],
            order_by="parent asc, idx asc",
        )
        for row in rows:
            found[row.parent][table.fieldname].append(_open_part(row, closed, f"{table.fieldname}."))
    return found


def _open_part(row: dict, closed: set[str], prefix: str = "") -> dict:
    """Return a row without closed fields and without what browsers note down in it (likes, seen, tags)."""
    return {
        key: value for key, value in row.items() if f"{prefix}{key}" not in closed and not key.startswith("_")
    }


def kept_about(references: Iterable[Reference]) -> dict[Reference, Kept]:
    """Return what is kept about each of these documents; the caller has asked whether they may be read."""
    found = {reference: Kept() for reference in references}
    closed = {doctype: closed_fields(doctype) for doctype, _name in found}
    for kind, (doctype, (type_field, name_field), fields, order) in _KINDS.items():
        rows = frappe.get_all(
            doctype,
            filters={
                type_field: ["in", sorted({doctype for doctype, _name in found})],
                name_field: ["in", sorted({name for _doctype, name in found})],
            },
            fields=[type_field, name_field, *fields],
            order_by=f"{order} asc, creation asc, name asc",
        )
        for row in rows:
            reference = (row.pop(type_field), row.pop(name_field))
            if reference in found:
                getattr(found[reference], kind).append(_opened(kind, row, closed[reference[0]]))
    return found


def _opened(kind: str, row: dict, closed: set[str]) -> dict:
    """Return a row whose JSON is parsed and rid of the closed fields of its document."""
    if kind == "versions":
        return {**row, "data": _open_changes(json.loads(row["data"]), closed)}
    if kind == "first_values":
        values = json.loads(row["data"])
        opened = {
            key: [_open_part(line, closed, f"{key}.") for line in value] if isinstance(value, list) else value
            for key, value in _open_part(values, closed).items()
        }
        return {**row, "data": opened}
    return row


def _open_changes(data: dict, closed: set[str]) -> dict:
    if not closed:
        return data
    changed = [row for row in data.get("changed") or [] if row[0] not in closed]
    rows = [
        [table, index, name, [one for one in values if f"{table}.{one[0]}" not in closed]]
        for table, index, name, values in data.get("row_changed") or []
        if table not in closed
    ]
    whole = {
        key: [
            [table, _open_part(row, closed, f"{table}.")]
            for table, row in data.get(key) or []
            if table not in closed
        ]
        for key in ("added", "removed")
    }
    return {**data, "changed": changed, "row_changed": rows, **whole}
