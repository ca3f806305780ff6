"""One document on the screen: its values, what may be done with it, its history, and workflow actions."""

import json
from html import unescape
from urllib.parse import urlencode

import frappe
from frappe import _
from frappe.utils import cstr, escape_html, strip_html

from erp_rules.api import rules
from erp_rules.api.screens.desk import print_formats, require_user, title_field
from erp_rules.api.screens.ways import full_names, tasks_of, waits_for
from erp_rules.rule_engine import changes, controls, deadlines, history, printing, sight, ways
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.enforcement import open_points

BULK_LIMIT = 500
HISTORY_LIMIT = 200


def load_doc(doctype: str, name: str):
    """Return the document when the session user may see it, if only for somebody they stand in for."""
    require_user()
    doc = frappe.get_doc(doctype, name)
    sight.require_sight(doc)
    return doc


def title_of(doc) -> str:
    """Return the document's title, or its name where it has none."""
    field = title_field(doc.meta)
    return cstr(doc.get(field)) if field and doc.get(field) else cstr(doc.name)


@frappe.whitelist()
def document(doctype: str, name: str) -> dict:
    """Return a document with everything its form shows."""
    return opened(load_doc(doctype, name))


def opened(doc) -> dict:
    """Return `doc` with the actions open to the user, what they may edit, open points, files, deadlines."""
    principal = sight.seen_for(doc)
    if principal:
        sight.keep_reading(doc, principal)
    control = controls.control_of(doc.doctype)
    editable = editable_fields(doc, control)
    is_authoring = bool(control and control.state(doc.get(STATE_FIELD)).is_authoring)
    result = {
        "title": title_of(doc),
        "transitions": rules.offered(doc),
        "ways": ways.open_ways(doc),
        "earlier": [{"value": state, "label": _(state)} for state in ways.steps_back(doc)],
        "tasks": tasks_of(doc),
        "waits_for": waits_for(doc),
        "editable": editable,
        "can_write": bool(doc.has_permission("write")) and editable != [] and doc.docstatus < 2,
        "can_delete": bool(doc.has_permission("delete"))
        and not doc.docstatus
        and (control is None or is_authoring),
        "open_points": open_points(doc) if is_authoring else [],
        "attachments": attachments(doc, is_through_another=bool(principal)),
        "deadlines": frappe.get_all(
            "Deadline",
            filters={"reference_doctype": doc.doctype, "reference_name": doc.name},
            fields=["clause", "due_at", "status", "responsible_role"],
            order_by="due_at",
        ),
        "left": deadlines.left_of([doc.name], doc.doctype).get(doc.name),
        "print_formats": print_formats(doc.doctype),
        "numbered_forms": printing.offered(doc),
        "beginnings": _beginnings(doc),
        "steps": further_steps(doc),
    }
    with sight.eyes_of(principal):
        doc.apply_fieldlevel_read_permissions()
    return {"doc": doc.as_dict(no_nulls=True), "people": _people_in(doc), **result}


def _people_in(doc) -> dict[str, str]:
    """Return the full names of the users that the document and its rows name, by login."""
    return full_names(
        {
            one.get(df.fieldname)
            for one in [doc, *doc.get_all_children()]
            for df in one.meta.get("fields", {"fieldtype": "Link", "options": "User"})
        }
    )


def _beginnings(doc) -> list[dict]:
    """Return the documents that the user may begin with the values of `doc`, with the words for the button."""
    found = [frappe.get_attr(path)(doc) for path in frappe.get_hooks("beginnings", {}).get(doc.doctype, [])]
    return [offer for offer in found if offer and frappe.has_permission(offer["doctype"], "create")]


def further_steps(doc) -> list[dict]:
    """Return what the session user may record on `doc` beside its workflow: button, method and fields to ask for."""
    paths = frappe.get_hooks("further_steps", {}).get(doc.doctype, [])
    return [step for path in paths for step in frappe.get_attr(path)(doc)]


@frappe.whitelist()
def begin(doctype: str, source_doctype: str, source: str) -> dict:
    """Return the values with which a new document of `doctype` begins that comes from another one; stores nothing."""
    doc = load_doc(source_doctype, source)
    frappe.has_permission(doctype, "create", throw=True)
    for path in frappe.get_hooks("beginnings", {}).get(doc.doctype, []):
        offer = frappe.get_attr(path)(doc, with_values=True)
        if offer and offer["doctype"] == doctype:
            return offer["values"]
    frappe.throw(
        _("No {0} can be made from {1} {2} now.").format(_(doctype), _(source_doctype), source),
        frappe.ValidationError,
    )


def editable_fields(doc, control) -> list[str] | None:
    """Return the fields that the state leaves open to the user, as `open_names` does; None: it locks nothing."""
    if control is None:
        return None
    state = control.state(doc.get(STATE_FIELD))
    if not state.allows_user(set(frappe.get_roles())):
        return []
    return state.open_names(doc.meta)


def attachments(doc, is_through_another: bool = False) -> list[dict]:
    """Return the files attached to `doc`; whoever sees it through another's eyes gets them from `attachment`."""
    files = frappe.get_all(
        "File",
        filters={"attached_to_doctype": doc.doctype, "attached_to_name": doc.name},
        fields=["name", "file_name", "file_url", "file_size"],
        order_by="creation",
    )
    if is_through_another:
        for file in files:
            query = urlencode({"doctype": doc.doctype, "name": doc.name, "file": file.name})
            file.file_url = f"/api/method/erp_rules.api.screens.attachment?{query}"
    return files


@frappe.whitelist()
def attachment(doctype: str, name: str, file: str) -> None:
    """Answer with a file that is attached to a document which the user may see."""
    load_doc(doctype, name)
    found = frappe.get_doc("File", file)
    if (found.attached_to_doctype, found.attached_to_name) != (doctype, name):
        frappe.throw(_("The file is not attached to this document."), frappe.PermissionError)
    frappe.local.response.filename = found.file_name
    frappe.local.response.filecontent = found.get_content()
    frappe.local.response.type = "download"


@frappe.whitelist()
def common_actions(doctype: str, names: str | list) -> list[dict]:
    """Return the actions that the user may take on every one of the documents."""
    require_user()
    shared: dict[str, dict] | None = None
    for name in _names(names):
        doc = load_doc(doctype, name)
        offered = {row["action"]: row for row in rules.offered(doc) if not row["refused"]}
        shared = offered if shared is None else {key: row for key, row in shared.items() if key in offered}
        if not shared:
            return []
    keys = ("action", "label", "needs_reason")
    return [{key: row[key] for key in keys} for row in (shared or {}).values()]


@frappe.whitelist(methods=["POST"])
def bulk_act(doctype: str, names: str | list, action: str, reason: str | None = None) -> list[dict]:
    """Carry out one action on many documents, each whole by itself, and tell the result of each row."""
    require_user()
    results = []
    for name in _names(names):
        try:
            done = rules.act(doctype, name, action, reason=reason)
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
    doc.add_comment("Comment", escape_html(text[: rules.REASON_LIMIT]).replace("\n", "<br>"))


@frappe.whitelist()
def timeline(doctype: str, name: str) -> list[dict]:
    """Return the history of a document, newest first: first values, changes, steps, comments, clause events."""
    doc = load_doc(doctype, name)
    events = [
        *(*_changes(doc), *_steps(doc), *_asked(doc)),
        *(*_copies(doc), *_comments(doc), *_rule_events(doc)),
    ]
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
        described = changes.described(doc.meta, json.loads(row.data), hidden)
        if described:
            events.append(
                {
                    "at": row.creation,
                    "who": row.owner,
                    "kind": "changed",
                    "text": _("Changed"),
                    "changes": described,
                }
            )
    return events


def _hidden_fields(doc) -> set[str]:
    """Return what the user must not read, and what the app keeps for itself."""
    with sight.eyes_of(sight.seen_for(doc)):
        levels = set(doc.meta.get_permlevel_access("read"))
    return {
        df.fieldname for df in doc.meta.fields if df.hidden or (df.permlevel and df.permlevel not in levels)
    }


def _steps(doc) -> list[dict]:
    return [
        {
            "at": row.acted_at,
            "who": row.user,
            "on_behalf_of": row.on_behalf_of,
            "kind": "workflow",
            "text": _step_text(row) + (f"\n{row.reason}" if row.reason else ""),
            "changes": [],
        }
        for row in [
            *(row for row in history.steps_of(doc.doctype, doc.name) if row.from_state),
            *history.reminders_of(doc.doctype, doc.name),
        ]
    ]


def _step_text(row) -> str:
    if row.action == history.REMIND:
        return f"{_(row.action)}: {_(row.to_state or '')}"
    return f"{_(row.action or '')}: {_(row.from_state or '')} → {_(row.to_state or '')}"


def _asked(doc) -> list[dict]:
    """Return who was asked by name, and what each answered."""
    events = []
    for task in tasks_of(doc):
        common = {"kind": "workflow", "changes": []}
        text = f"{task['kind_label']} → {task['to_name']}\n{task['reason']}"
        events.append({"at": task["asked_at"], "who": task["from_user"], "text": text, **common})
        if task["status"] in ("Agreed", "Declined"):
            text = f"{task['kind_label']}: {task['status_label']}\n{task['opinion'] or ''}".rstrip()
            events.append({"at": task["answered_at"], "who": task["to_user"], "text": text, **common})
    return events


def _copies(doc) -> list[dict]:
    """Return who printed which numbered copy."""
    return [
        {
            "at": row.printed_at,
            "who": row.user,
            "kind": "other",
            "text": _("Copy {0} of {1} printed").format(row.copy_no, _(row.print_format))
            + f" ({row.language})",
            "changes": [],
        }
        for row in history.copies_of(doc.doctype, doc.name)
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
            "text": unescape(strip_html((row.content or "").replace("<br>", "\n"))),
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
