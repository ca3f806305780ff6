"""Probe DocTypes, roles and users of the conformance cases, and the tools to look into a save.

The DocTypes are custom ones, made once per run and removed afterwards, so that the cases run on
any site. Controllers are injected as classes, hooks through a module that both hosts can import.
"""

from __future__ import annotations

import sys
import types
from contextlib import contextmanager

import hosts

ORDER = "Probe Order"
ROW = "Probe Order Item"
EXTRA = "Probe Order Extra"
SUPPLIER = "Probe Supplier"
NOTE = "Probe Note"
INVOICE = "Probe Inv"
FORMAT = "Probe Format"
EXPRESSION = "Probe Expression"
SINGLE = "Probe Single"
TYPES = "Probe Types"
FLOW = "Probe Flow"

READER = "Probe Reader"
WRITER = "Probe Writer"
SUBMITTER = "Probe Submitter"
OWNER = "Probe Owner"
LEVEL = "Probe Level"
ROLES = (READER, WRITER, SUBMITTER, OWNER, LEVEL)

NOBODY = "probe.nobody@example.com"
USERS = {
    NOBODY: (),
    "probe.reader@example.com": (READER,),
    "probe.writer@example.com": (WRITER,),
    "probe.writer.2@example.com": (WRITER,),
    "probe.submitter@example.com": (SUBMITTER,),
    "probe.owner@example.com": (OWNER,),
    "probe.level@example.com": (LEVEL,),
}
NOBODY, READER_USER, WRITER_USER, WRITER_2, SUBMITTER_USER, OWNER_USER, LEVEL_USER = USERS

# a permission row grants most rights by default
NOTHING = dict.fromkeys(
    ("read", "write", "create", "delete", "report", "export", "share", "print", "email"), 0
)
FULL = {"read": 1, "write": 1, "create": 1, "delete": 1, "report": 1, "export": 1, "share": 1}
SUBMIT = {"submit": 1, "cancel": 1, "amend": 1}
ADMIN = {"role": "System Manager", **FULL}


def f(fieldname: str, fieldtype: str = "Data", options: str | None = None, **more) -> dict:
    """Return a DocField row."""
    label = more.pop("label", fieldname.replace("_", " ").title())
    return {"fieldname": fieldname, "fieldtype": fieldtype, "label": label, "options": options, **more}


DOCTYPES = (
    {
        "name": SUPPLIER,
        "autoname": "field:supplier_name",
        "allow_rename": 1,
        "fields": [
            f("supplier_name", reqd=1),
            f("group"),
            f("tax_id"),
            f("disabled", "Check"),
            f("about", "Text Editor"),
        ],
        "permissions": [ADMIN, {"role": WRITER, **FULL}, {"role": READER, "read": 1}],
    },
    {
        "name": ROW,
        "istable": 1,
        "fields": [
            f("item", reqd=1),
            f("supplier", "Link", SUPPLIER),
            f("qty", "Float", non_negative=1),
            f("kind", "Select", "A\nB"),
            f("aos", allow_on_submit=1),
        ],
    },
    {
        "name": EXTRA,
        "istable": 1,
        "fields": [f("label_text", allow_on_submit=1), f("amount", "Currency", allow_on_submit=1)],
    },
    {
        "name": ORDER,
        "is_submittable": 1,
        "track_changes": 1,
        "allow_rename": 1,
        "autoname": "naming_series:",
        "fields": [
            f("naming_series", "Select", "PO-.YYYY.-\nPM-.##.-.YY.-"),
            f("supplier", "Link", SUPPLIER, reqd=1),
            f("supplier_group", fetch_from="supplier.group"),
            f("supplier_tax", fetch_from="supplier.tax_id", fetch_if_empty=1),
            f("agent", "Link", SUPPLIER, allow_on_submit=1),
            f("previous", "Link", ORDER),
            f("status", "Select", "Draft\nOpen\nClosed"),
            f("short", length=10),
            f("code"),
            f("uni", unique=1),
            f("aos", allow_on_submit=1),
            f("const", set_only_once=1),
            f("secret", permlevel=1),
            f("wanted_by", mandatory_depends_on="eval:1"),
            f("ref_type", "Link", "DocType"),
            f("ref_name", "Dynamic Link", "ref_type"),
            f("order_date", "Date"),
            f("amount", "Currency"),
            f("count_of", "Int"),
            f("items", "Table", ROW),
            f("items2", "Table", EXTRA, allow_on_submit=1),
            f("amended_from", "Link", ORDER, no_copy=1, read_only=1),
        ],
        "permissions": [
            {**ADMIN, **SUBMIT},
            {"role": LEVEL, "read": 1, "write": 1, "create": 1},
            {"role": LEVEL, "permlevel": 1, "read": 1, "write": 1},
            {"role": READER, "read": 1},
            {"role": WRITER, "read": 1, "write": 1, "create": 1},
            {"role": SUBMITTER, "read": 1, "write": 1, "create": 1, "submit": 1, "cancel": 1},
            {"role": OWNER, "read": 1, "write": 1, "create": 1, "if_owner": 1},
        ],
    },
    {
        "name": NOTE,
        "autoname": "prompt",
        "allow_rename": 1,
        "track_changes": 1,
        "fields": [
            f("code"),
            f("number", "Int"),
            f("must_number", "Int", reqd=1, default="0"),
            f("must_text", reqd=1, default="x"),
            f("amount", "Currency"),
            f("day", "Date"),
            f("moment", "Datetime"),
            f("status", "Select", "\nOpen\nClosed"),
            f("supplier", "Link", SUPPLIER),
            f("purchase", "Link", ORDER),
            f("no_copy_text", no_copy=1),
            f("ref_type", "Link", "DocType"),
            f("ref_name", "Dynamic Link", "ref_type"),
            f("items", "Table", EXTRA),
        ],
        "permissions": [ADMIN, {"role": WRITER, **FULL}],
    },
    {
        "name": INVOICE,
        "is_submittable": 1,
        "autoname": "hash",
        "fields": [
            f("purchase", "Link", ORDER),
            f("remark"),
            f("amended_from", "Link", INVOICE, no_copy=1, read_only=1),
        ],
        "permissions": [{**ADMIN, **SUBMIT}],
    },
    {
        "name": FORMAT,
        "autoname": "format:PF-{YYYY}-{code}-{###}",
        "fields": [f("code")],
        "permissions": [ADMIN],
    },
    {"name": EXPRESSION, "autoname": "PE-.code.-.####", "fields": [f("code")], "permissions": [ADMIN]},
    {
        "name": SINGLE,
        "issingle": 1,
        "fields": [
            f("number", "Int"),
            f("flag", "Check"),
            f("money", "Currency"),
            f("day", "Date"),
            f("text"),
        ],
        "permissions": [ADMIN],
    },
    {
        "name": TYPES,
        "autoname": "hash",
        "fields": [
            f("qty", "Int"),
            f("rate", "Float"),
            f("chk", "Check"),
            f("amount", "Currency"),
            f("pct", "Percent"),
            f("day", "Date"),
            f("moment", "Datetime"),
            f("clock", "Time"),
            f("today_too", "Date", default="Today"),
            f("choice", "Select", "First\nSecond"),
            f("optional_choice", "Select", "\nFirst\nSecond"),
            f("creator", "Link", "User", default="__user"),
            f("supplier", "Link", SUPPLIER),
            f("tax_id"),
            f("text", "Small Text"),
            f("about", "Text Editor"),
        ],
        "permissions": [ADMIN],
    },
    {
        "name": FLOW,
        "is_submittable": 1,
        "track_changes": 1,
        "autoname": "hash",
        "fields": [
            f("title"),
            f("amount", "Currency"),
            f("status"),
            f(
                "workflow_state",
                "Link",
                "Workflow State",
                hidden=1,
                read_only=1,
                no_copy=1,
                allow_on_submit=1,
                ignore_user_permissions=1,
            ),
            f("amended_from", "Link", FLOW, no_copy=1, read_only=1),
        ],
        "permissions": [
            {**ADMIN, **SUBMIT},
            {"role": WRITER, "read": 1, "write": 1, "create": 1},
            {"role": SUBMITTER, "read": 1, "write": 1, "create": 1, "submit": 1, "cancel": 1},
        ],
    },
)


def make_all() -> None:
    """Make the probe roles, users and DocTypes; what an earlier run left behind is removed first."""
    import frappe

    remove_all()
    for role in ROLES:
        frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert()
    for definition in DOCTYPES:
        fields = [dict(row) for row in definition["fields"]]
        permissions = [{**NOTHING, **row} for row in definition.get("permissions", [])]
        frappe.get_doc(
            {"doctype": "DocType", "module": "Custom", "custom": 1, **definition}
            | {"fields": fields, "permissions": permissions}
        ).insert()
    frappe.local.conf.throttle_user_limit = 1000
    for login, roles in USERS.items():
        hosts.make_user(login, *roles)
    frappe.db.commit()
    frappe.clear_cache()


def remove_all() -> None:
    """Remove everything that `make_all` makes, with the tables, and commit."""
    import frappe

    names = [definition["name"] for definition in DOCTYPES]
    for name in reversed(names):
        if frappe.db.exists("DocType", name):
            frappe.delete_doc("DocType", name, force=True, ignore_permissions=True)
        frappe.db.commit()
        frappe.db.sql_ddl(f"DROP TABLE IF EXISTS `tab{name}`")
    for field in ("ref_doctype", "reference_doctype"):
        for log in ("Version", "Comment", "Workflow Action"):
            if frappe.get_meta(log).has_field(field):
                frappe.db.delete(log, {field: ("in", names)})
    frappe.db.delete("Deleted Document", {"deleted_doctype": ("in", names)})
    logins = list(
        USERS
    )  # straight from the tables: a site must keep a System Manager, so User.on_trash refuses
    for doctype, field in (("User", "name"), ("Has Role", "parent"), ("Notification Settings", "name")):
        if frappe.db.exists("DocType", doctype):
            frappe.db.delete(doctype, {field: ("in", logins)})
    frappe.db.delete("Role", {"name": ("in", list(ROLES))})
    for prefix in ("PO-", "PM-", "PE-", "PP-"):
        frappe.db.sql("DELETE FROM `tabSeries` WHERE `name` LIKE %s", prefix + "%")
    frappe.db.commit()
    frappe.clear_cache()


# --- looking into a save ---------------------------------------------------------------------

HOOKS = "frappe.erp_conformance_hooks"
EVENTS = (
    "before_insert",
    "before_naming",
    "autoname",
    "before_validate",
    "validate",
    "before_save",
    "after_insert",
    "on_update",
    "on_change",
    "before_submit",
    "on_submit",
    "before_cancel",
    "on_cancel",
    "before_update_after_submit",
    "on_update_after_submit",
    "on_trash",
    "after_delete",
    "before_rename",
    "after_rename",
    "before_change",
)


def hook(function) -> str:
    """Return a dotted path at which `function` can be found, as a hook wants it."""
    module = sys.modules.get(HOOKS)
    if module is None:
        module = sys.modules[HOOKS] = types.ModuleType(HOOKS)
    setattr(module, function.__name__, function)
    return f"{HOOKS}.{function.__name__}"


@contextmanager
def controller(doctype: str, **methods):
    """Give a DocType a controller class with these methods while the block runs."""
    import frappe
    from frappe.model.document import Document

    known = frappe.controllers.setdefault(frappe.local.site, {})
    before = known.get(doctype)
    known[doctype] = type("Probe", (Document,), methods)
    try:
        yield known[doctype]
    finally:
        if before is None:
            known.pop(doctype, None)
        else:
            known[doctype] = before


@contextmanager
def doc_events(events: dict):
    """Use these `doc_events` (DocType → event → list of dotted paths) while the block runs."""
    import frappe

    before = getattr(frappe.local, "doc_events_hooks", None)
    frappe.local.doc_events_hooks = events
    try:
        yield
    finally:
        if before is None:
            del frappe.local.doc_events_hooks
        else:
            frappe.local.doc_events_hooks = before


@contextmanager
def app_hooks(**hooks):
    """Replace these hooks of the installed apps while the block runs, for every thread."""
    import frappe

    original = frappe.get_hooks

    def get_hooks(hook=None, default="_KEEP_DEFAULT_LIST", app_name=None):
        if hook in hooks:
            return hooks[hook]
        return original(hook, default, app_name)

    frappe.get_hooks = get_hooks
    try:
        yield
    finally:
        frappe.get_hooks = original


@contextmanager
def recorded(doctype: str = ORDER):
    """Collect `(event, who)` for every step of the documents of a DocType, in the order of the calls."""
    calls: list[tuple[str, str]] = []

    def method(event):
        def run(self, *args, **kwargs):
            calls.append((event, "controller"))

        return run

    def probe_doctype_event(doc, method=None, *args, **kwargs):
        if doc.doctype == doctype:
            calls.append((method, "doc_events"))

    def probe_any_event(doc, method=None, *args, **kwargs):
        if doc.doctype == doctype:
            calls.append((method, "*"))

    own, every = [hook(probe_doctype_event)], [hook(probe_any_event)]
    events = {
        doctype: {event: list(own) for event in EVENTS},
        "*": {event: list(every) for event in EVENTS},
    }
    with controller(doctype, **{event: method(event) for event in EVENTS}), doc_events(events):
        yield calls


def steps(calls: list[tuple[str, str]]) -> list[str]:
    """Return the events in order, once each, as seen by the controller."""
    return [event for event, who in calls if who == "controller"]


# --- making documents ------------------------------------------------------------------------


def supplier(name: str = "S1", **values):
    """Insert a Probe Supplier, or return the one of that name."""
    import frappe

    if frappe.db.exists(SUPPLIER, name):
        return frappe.get_doc(SUPPLIER, name)
    return frappe.get_doc({"doctype": SUPPLIER, "supplier_name": name, **values}).insert(
        ignore_permissions=True
    )


def order(**values):
    """Return an unsaved, valid Probe Order with one row of quantity 1."""
    import frappe

    if "supplier" not in values:
        values["supplier"] = supplier("S1").name
    values.setdefault("items", [{"item": "I1", "qty": 1}])
    values["items"] = [dict(row) for row in values["items"]]
    return frappe.get_doc({"doctype": ORDER, **values})


def note(name: str, **values):
    """Insert a Probe Note of this name."""
    import frappe

    return frappe.get_doc({"doctype": NOTE, "name": name, **values}).insert()


def messages() -> list[str]:
    """Return the texts of the message log."""
    import frappe

    return [
        entry["message"] if isinstance(entry, dict) else entry for entry in map(_parsed, frappe.message_log)
    ]


def _parsed(entry):
    import json

    return json.loads(entry) if isinstance(entry, str) else entry


def stored(doctype: str, name: str, fieldname: str = "docstatus"):
    """Return what the database holds in one column, bypassing every cache."""
    import frappe

    rows = frappe.db.sql(f"SELECT `{fieldname}` FROM `tab{doctype}` WHERE `name` = %s", (name,))
    return rows[0][0] if rows else None


def empty_tables() -> None:
    """Delete every probe document and its traces, for cases that had to commit; commits."""
    import frappe

    names = [definition["name"] for definition in DOCTYPES if not definition.get("issingle")]
    for name in names:
        frappe.db.delete(name)
    for log, field in (("Version", "ref_doctype"), ("Comment", "reference_doctype")):
        frappe.db.delete(log, {field: ("in", names)})
    frappe.db.delete("Deleted Document", {"deleted_doctype": ("in", names)})
    frappe.db.sql("DELETE FROM `tabSeries` WHERE `name` LIKE 'PO-%'")
    frappe.db.commit()
