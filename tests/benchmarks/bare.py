"""The floor that a ratio is against: documents of the same shape, with nothing of the app behind them.

Each has the fields, the rows, the roles, the Version log and, where it is given one, the steps of its model, moved by
Frappe's own workflow. They lie in Frappe's module `Custom`, which the app does not look after. The floor is taken by the
same users as the model; what the app does by itself is a plain document's too, saved without asking for a right.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager

from hosts import query_count

COPIED = {
    "Data", "Small Text", "Link", "Select", "Date", "Datetime", "Int", "Float", "Currency", "Percent", "Check",
}  # fmt: skip
EVERYBODY = "All"  # Frappe's role of every user; what the app does by itself asks for no other
LEFT_OUT = {"naming_series", "workflow_state", "judged_by", "content_editor", "amended_from"}


def copied(doctype: str) -> list[str]:
    """Return the fields of a DocType that its bare likeness has too."""
    import frappe

    return [
        df.fieldname
        for df in frappe.get_meta(doctype).fields
        if df.fieldtype in COPIED and df.fieldname not in LEFT_OUT
    ]


def name_of(doctype: str) -> str:
    """Return the name of a DocType's bare likeness."""
    return f"Bare {doctype}"


@contextmanager
def shapes(tables: dict[str, dict[str, str]], steps: dict[str, tuple]):
    """Have bare DocTypes while the block runs: `{doctype: {table field: child doctype}}`, with their steps.

    `steps` are `(action, state, next state, docstatus, role)` of Frappe's own workflow.
    """
    import frappe

    made = list(dict.fromkeys(child for rows in tables.values() for child in rows.values()))
    workflows = []
    try:
        for child in made:
            _doctype(frappe, child, {}, is_table=True)
        for doctype, rows in tables.items():
            is_submittable = any(
                docstatus for _action, _from, _to, docstatus, _role in steps.get(doctype, ())
            )
            _doctype(frappe, doctype, rows, is_submittable=is_submittable)
            made.append(doctype)
        for doctype, ways in steps.items():
            workflows.append(_workflow(frappe, doctype, ways))
        frappe.db.commit()
        yield
    finally:
        frappe.db.rollback()
        frappe.set_user("Administrator")
        for name in workflows:
            frappe.delete_doc("Workflow", name, force=True)
        for doctype in reversed(made):
            frappe.delete_doc("DocType", name_of(doctype), force=True)
            frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `tab{name_of(doctype)}`")
        frappe.db.commit()


def _doctype(frappe, like: str, rows: dict, *, is_table: bool = False, is_submittable: bool = False) -> None:
    if frappe.db.exists("DocType", name_of(like)):
        frappe.delete_doc("DocType", name_of(like), force=True)
    fields = [
        {
            "fieldname": df.fieldname,
            "label": df.label,
            "fieldtype": df.fieldtype,
            "options": df.options if df.fieldtype in ("Link", "Select") else None,
            "search_index": df.search_index,
            "allow_on_submit": 1,
        }
        for df in frappe.get_meta(like).fields
        if df.fieldtype in COPIED and df.fieldname not in LEFT_OUT
    ]
    if not is_table:
        state = {"fieldname": "workflow_state", "label": "State", "fieldtype": "Link"}
        fields.append({**state, "options": "Workflow State", "allow_on_submit": 1})
    for fieldname, child in rows.items():
        fields.append(
            {
                "fieldname": fieldname,
                "label": fieldname.title(),
                "fieldtype": "Table",
                "options": name_of(child),
                "allow_on_submit": 1,
            }
        )
    doc = {"doctype": "DocType", "name": name_of(like), "module": "Custom", "custom": 1}
    is_numbered = not is_table and frappe.get_meta(like).has_field("naming_series")
    doc["autoname"] = f"{frappe.scrub(like)}-.YYYY.-.#####" if is_numbered else "hash"
    doc |= {"istable": int(is_table), "track_changes": int(not is_table), "fields": fields}
    doc["is_submittable"] = int(is_submittable)
    if not is_table:
        rights = ("read", "write", "create", "delete", *(("submit", "cancel") if is_submittable else ()))
        doc["permissions"] = [
            {"role": row.role, **{right: row.get(right) for right in rights}}
            for row in frappe.get_meta(like).permissions
            if not row.permlevel
        ]
    frappe.get_doc(doc).insert()


def _workflow(frappe, like: str, ways: tuple) -> str:
    name = name_of(like)
    for action, *_way in ways:
        if not frappe.db.exists("Workflow Action Master", action):
            frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": action}).insert()
    if frappe.db.exists("Workflow", name):
        frappe.delete_doc("Workflow", name, force=True)
    states = {ways[0][1]: 0} | {to: docstatus for _action, _from, to, docstatus, _role in ways}
    doc = {
        "doctype": "Workflow", "workflow_name": name, "document_type": name, "is_active": 1,
        "workflow_state_field": "workflow_state", "send_email_alert": 0,
        "states": [{"state": s, "doc_status": str(d), "allow_edit": EVERYBODY} for s, d in states.items()],
        "transitions": [
            {"state": begins, "action": action, "next_state": ends, "allowed": role, "allow_self_approval": 1}
            for action, begins, ends, _docstatus, role in ways
        ],
    }  # fmt: skip
    return frappe.get_doc(doc).insert().name


def values(doc) -> dict:
    """Return the values and rows of `doc` as those of a new bare document."""
    import frappe

    found = {name: doc.get(name) for name in copied(doc.doctype)}
    for df in frappe.get_meta(name_of(doc.doctype)).fields:
        if df.fieldtype == "Table":
            found[df.fieldname] = [
                {name: row.get(name) for name in copied(row.doctype)} for row in doc.get(df.fieldname)
            ]
    return {"doctype": name_of(doc.doctype), **found}


def insert(values: dict, by_itself: bool = False):
    """Insert a bare document; `by_itself` is that an app does it, not a user."""
    import frappe

    return frappe.get_doc(values).insert(ignore_permissions=by_itself)


def likeness(doc):
    """Return a stored bare document with the values and rows of `doc`."""
    return insert(values(doc), by_itself=True)


def act(doc, action: str):
    """Move a bare document by Frappe's own workflow and return it as stored."""
    from frappe.model.workflow import apply_workflow

    return apply_workflow({"doctype": doc.doctype, "name": doc.name}, action)


def move(doc, state: str):
    """Let an app move a bare document to the next state: saved with what else changed on it, and a comment."""
    from frappe.model.workflow import get_workflow

    docstatus = next(int(row.doc_status) for row in get_workflow(doc.doctype).states if row.state == state)
    doc.workflow_state = state
    doc.flags.ignore_permissions = True
    if docstatus and not doc.docstatus:
        doc.submit()
    else:
        doc.save()
    doc.add_comment("Workflow", state)
    return doc


def measured(run: Callable) -> tuple[float, int]:
    """Return seconds of processor time, which other work beside it does not lengthen, and statements of one run.

    On SQLite the database is part of the process. A database server's share is not in the seconds; the statements
    stand for it.
    """
    gc.collect()
    with query_count() as counted:
        begun = time.process_time()
        run()
        seconds = time.process_time() - begun
    return seconds, counted.count


def best(runs: list[tuple[float, int]]) -> tuple[float, int]:
    """Return the least seconds of several runs, as other work may run beside them, and the median of statements."""
    return min(run[0] for run in runs), int(statistics.median(run[1] for run in runs))
