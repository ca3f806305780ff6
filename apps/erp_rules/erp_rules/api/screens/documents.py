"""One document on the screen: its values, what may be done with it, its history, and workflow actions."""

import json

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, strip_html

from erp_rules.api.screens.desk import print_formats, require_user
from erp_rules.rule_engine import controls, history, workflow
from erp_rules.rule_engine.enforcement import open_points
from erp_rules.rule_engine.guard import STATE_FIELD

BULK_LIMIT = 500
REASON_LIMIT = 2000
HISTORY_LIMIT = 200


def load_doc(doctype: str, name: str, ptype: str = "read"):
    """Return the document when the session user has `ptype` on it; raise `PermissionError` otherwise."""
    require_user()
    doc = frappe.get_doc(doctype, name)
    doc.check_permission(ptype)
    return doc


def title_of(doc) -> str:
    """Return the document's title, or its name where it has none."""
    field = doc.meta.title_field
    return cstr(doc.get(field)) if field and doc.get(field) else cstr(doc.name)


@frappe.whitelist()
def document(doctype: str, name: str) -> dict:
    """Return a document with everything its form shows."""
    return opened(load_doc(doctype, name))


def opened(doc) -> dict:
    """Return `doc` with the actions open to the user, what they may edit, open points, files, deadlines."""
    control = controls.control_of(doc.doctype)
    editable = _editable(doc, control)
    is_authoring = bool(control and control.state(doc.get(STATE_FIELD)).is_authoring)
    result = {
        "title": title_of(doc),
        "transitions": transitions(doc),
        "editable": editable,
        "can_write": bool(doc.has_permission("write")) and editable != [] and doc.docstatus < 2,
        "can_delete": bool(doc.has_permission("delete"))
        and not doc.docstatus
        and (control is None or is_authoring),
        "open_points": open_points(doc) if is_authoring else [],
        "attachments": attachments(doc),
        "deadlines": frappe.get_all(
            "Deadline",
            filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
            fields=["clause", "due_at", "status", "responsible_role"],
            order_by="due_at",
        ),
        "print_formats": print_formats(doc.doctype),
    }
    doc.apply_fieldlevel_read_permissions()
    return {"doc": doc.as_dict(no_nulls=True), **result}


def _editable(doc, control) -> list[str] | None:
    """Return the fields that the state leaves open to the user; None when it locks nothing."""
    if control is None:
        return None
    state = control.state(doc.get(STATE_FIELD))
    if not state.allows_user(set(frappe.get_roles())):
        return []
    return None if controls.ALL in state.editable_fields else sorted(state.editable_fields)


def transitions(doc) -> list[dict]:
    """Return the workflow actions of the user on `doc`; those that reject ask for a reason."""
    if controls.control_of(doc.doctype) is None or not doc.get(STATE_FIELD):
        return []
    control = controls.control_of(doc.doctype)
    found = []
    for row in workflow.transitions_of(doc):
        principal = row["on_behalf_of"]
        found.append(
            {
                "action": row["action"],
                "label": _(row["action"]),
                "next_state": row["next_state"],
                "next_state_label": _(row["next_state"]),
                "needs_reason": control.state(row["next_state"]).is_rejected,
                "on_behalf_of": principal,
                "on_behalf_of_name": principal and frappe.db.get_value("User", principal, "full_name"),
            }
        )
    return found


def attachments(doc) -> list[dict]:
    """Return the files attached to `doc`."""
    return frappe.get_all(
        "File",
        filters={"attached_to_doctype": doc.doctype, "attached_to_name": doc.name},
        fields=["name", "file_name", "file_url", "file_size"],
        order_by="creation",
    )


@frappe.whitelist(methods=["POST"])
def act(
    doctype: str,
    name: str,
    action: str,
    reason: str | None = None,
    modified: str | None = None,
    on_behalf_of: str | None = None,
) -> dict:
    """Carry out one workflow action on the version of the document that the user saw."""
    require_user()
    doc = workflow.act(
        doctype,
        name,
        action,
        reason=(reason or "").strip()[:REASON_LIMIT] or None,
        on_behalf_of=on_behalf_of,
        modified=modified,
    )
    return {
        "state": doc.get(STATE_FIELD),
        "state_label": _(doc.get(STATE_FIELD)),
        "modified": cstr(doc.modified),
    }


@frappe.whitelist()
def common_actions(doctype: str, names: str | list) -> list[dict]:
    """Return the actions that the user may take on every one of the documents."""
    require_user()
    shared: dict[str, dict] | None = None
    for name in _names(names):
        doc = load_doc(doctype, name)
        offered = {row["action"]: row for row in transitions(doc)}
        shared = offered if shared is None else {key: row for key, row in shared.items() if key in offered}
        if not shared:
            return []
    return [{"action": key, "label": row["label"]} for key, row in (shared or {}).items()]


@frappe.whitelist(methods=["POST"])
def bulk_act(doctype: str, names: str | list, action: str, reason: str | None = None) -> list[dict]:
    """Carry out one action on many documents, each whole by itself, and tell the result of each row."""
    require_user()
    results = []
    for name in _names(names):
        try:
            done = act(doctype, name, action, reason=reason)
            frappe.db.commit()
            results.append({"name": name, "ok": True, "message": done["state_label"]})
        except Exception as error:
            frappe.db.rollback()
            if not isinstance(error, (frappe.ValidationError, frappe.PermissionError)):
                frappe.log_error(title=f"{doctype} {name}: {action}")
            results.append({"name": name, "ok": False, "message": strip_html(cstr(error)) or _("Failed")})
    frappe.clear_messages()
    frappe.local.response.pop("rule_violations", None)
    return results


def _names(names: str | list) -> list[str]:
    parsed = json.loads(names) if isinstance(names, str) else names
    if len(parsed) > BULK_LIMIT:
        frappe.throw(_("At most {0} documents at once.").format(BULK_LIMIT))
    return list(dict.fromkeys(cstr(name) for name in parsed))


@frappe.whitelist(methods=["POST"])
def add_comment(doctype: str, name: str, text: str) -> None:
    """Add a comment in the user's own name; whoever may read the document may comment on it."""
    doc = load_doc(doctype, name)
    text = text.strip()
    if not text:
        frappe.throw(_("The comment is empty."))
    doc.add_comment("Comment", escape_html(text[:REASON_LIMIT]).replace("\n", "<br>"))


@frappe.whitelist()
def timeline(doctype: str, name: str) -> list[dict]:
    """Return the history of a document, newest first: first values, changes, steps, comments, clause events."""
    doc = load_doc(doctype, name)
    events = [*_changes(doc), *_steps(doc), *_comments(doc), *_rule_events(doc)]
    events.append(
        {"at": doc.creation, "who": doc.owner, "kind": "created", "text": _("Created"), "changes": []}
    )
    people = {event["who"] for event in events} | {event.get("on_behalf_of") for event in events}
    names = dict(
        frappe.get_all(
            "User", {"name": ["in", [p for p in people if p]]}, ["name", "full_name"], as_list=True
        )
    )
    for event in events:
        event["at"] = cstr(event["at"])
        event["who"] = names.get(event["who"]) or event["who"]
        event["on_behalf_of"] = names.get(event.get("on_behalf_of")) or event.get("on_behalf_of")
    return sorted(events, key=lambda event: event["at"], reverse=True)[:HISTORY_LIMIT]


def _changes(doc) -> list[dict]:
    rows = frappe.get_all(
        "Version",
        filters={"ref_doctype": doc.doctype, "docname": doc.name},
        fields=["owner", "creation", "data"],
        order_by="creation desc",
        limit_page_length=HISTORY_LIMIT,
    )
    hidden = _hidden_fields(doc)
    events = []
    for row in rows:
        changes = _described(doc, json.loads(row.data), hidden)
        if changes:
            events.append(
                {
                    "at": row.creation,
                    "who": row.owner,
                    "kind": "changed",
                    "text": _("Changed"),
                    "changes": changes,
                }
            )
    return events


def _hidden_fields(doc) -> set[str]:
    """Return what the user must not read, and what the app keeps for itself."""
    levels = set(doc.meta.get_permlevel_access("read"))
    return {
        df.fieldname for df in doc.meta.fields if df.hidden or (df.permlevel and df.permlevel not in levels)
    }


def _described(doc, data: dict, hidden: set[str]) -> list[dict]:
    found = []
    for fieldname, old, new in data.get("changed") or []:
        if fieldname in hidden:
            continue
        found.append(_change(doc.meta, fieldname, old, new))
    for table, index, _name, changed in data.get("row_changed") or []:
        meta = _row_meta(doc, table, hidden)
        if meta:
            found += [
                {**_change(meta, fieldname, old, new), "row": index + 1} for fieldname, old, new in changed
            ]
    for key, word in (("added", _("Row added")), ("removed", _("Row removed"))):
        for table, row in data.get(key) or []:
            meta = _row_meta(doc, table, hidden)
            if meta:
                text = _row_text(meta, row)
                change = {"label": f"{_(doc.meta.get_label(table))} – {word}", "row": row.get("idx")}
                found.append(
                    {**change, "from": text if key == "removed" else "", "to": text if key == "added" else ""}
                )
    return found


def _row_meta(doc, table: str, hidden: set[str]):
    df = doc.meta.get_field(table)
    return frappe.get_meta(df.options) if df and table not in hidden else None


def _change(meta, fieldname: str, old, new) -> dict:
    label = {"docstatus": _("Document status"), "name": _("Number")}.get(fieldname) or _(
        meta.get_label(fieldname)
    )
    return {"label": label, "from": _shown(old), "to": _shown(new)}


def _shown(value) -> str:
    return strip_html(cstr(value))[:500] if value not in (None, "") else ""


def _row_text(meta, row: dict) -> str:
    shown = [df for df in meta.fields if df.in_list_view]
    return ", ".join(
        f"{_(df.label)}: {_shown(row.get(df.fieldname))}" for df in shown if row.get(df.fieldname)
    )


def _steps(doc) -> list[dict]:
    return [
        {
            "at": row.acted_at,
            "who": row.user,
            "on_behalf_of": row.on_behalf_of,
            "kind": "workflow",
            "text": f"{_(row.action or '')}: {_(row.from_state or '')} → {_(row.to_state or '')}"
            + (f"\n{row.reason}" if row.reason else ""),
            "changes": [],
        }
        for row in history.steps_of(doc.doctype, doc.name)
    ]


def _comments(doc) -> list[dict]:
    rows = frappe.get_all(
        "Comment",
        filters={
            "reference_doctype": doc.doctype,
            "reference_name": doc.name,
            "comment_type": ["in", ["Comment", "Attachment", "Attachment Removed", "Assigned", "Shared"]],
        },
        fields=["owner", "creation", "comment_type", "content"],
    )
    return [
        {
            "at": row.creation,
            "who": row.owner,
            "kind": "comment" if row.comment_type == "Comment" else "other",
            "text": strip_html((row.content or "").replace("<br>", "\n")),
            "changes": [],
        }
        for row in rows
    ]


def _rule_events(doc) -> list[dict]:
    rows = frappe.get_all(
        "Rule Event",
        filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
        fields=["user", "creation", "outcome", "clause", "message"],
        order_by="creation desc",
        limit_page_length=50,
    )
    return [
        {
            "at": row.creation,
            "who": row.user,
            "kind": "rule",
            "text": f"{_(row.outcome)} ({row.clause}): {row.message}",
            "changes": [],
        }
        for row in rows
    ]
