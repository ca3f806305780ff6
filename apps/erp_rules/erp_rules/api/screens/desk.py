"""Who is there, what they may open, and how a DocType looks to them."""

import json

import frappe
from frappe import _
from frappe.model.workflow import get_workflow, get_workflow_name
from frappe.utils import cint, get_system_timezone

from erp_rules.api.screens.menu import ADMIN_DOCTYPES, MENU_NUMBERS, PAGES
from erp_rules.masters.facts import base_currency
from erp_rules.rule_engine import controls, delegations, scope
from erp_rules.rule_engine.transitions import first_state
from erp_rules.rule_engine.words import NAMED_BY_WORDS

LANGUAGES = ("en", "zh")
FIELD_PROPERTIES = (
    "fieldname",
    "fieldtype",
    "options",
    "reqd",
    "read_only",
    "hidden",
    "bold",
    "in_list_view",
    "in_standard_filter",
    "depends_on",
    "mandatory_depends_on",
    "read_only_depends_on",
    "description",
    "default",
    "fetch_from",
    "length",
    "precision",
    "permlevel",
    "link_filters",
    "allow_on_submit",
    "collapsible",
    "non_negative",
    "translatable",
)
PERMISSIONS = ("read", "write", "create", "delete", "print", "export", "import", "submit", "cancel")
TEXTS = frozenset(
    {"Data", "Text", "Small Text", "Long Text", "Link", "Dynamic Link", "Select", "Read Only", "Text Editor"}
)
HIT_LIMIT = 20


def require_user() -> str:
    """Return the session user; refuse a guest."""
    if frappe.session.user == "Guest":
        frappe.throw(_("Please log in."), frappe.PermissionError)
    return frappe.session.user


@frappe.whitelist()
def boot() -> dict:
    """Return the user, their language's words, and what they may open."""
    user = require_user()
    language = frappe.local.lang
    return {
        "user": user,
        "full_name": frappe.db.get_value("User", user, "full_name") or user,
        "language": "zh" if language.startswith("zh") else language,
        "roles": frappe.get_roles(),
        "base_currency": base_currency(),
        "time_zone": get_system_timezone(),
        "menu": menu(),
        "standing_in_for": standing_in_for(user),
        "messages": own_messages(language),
    }


def own_messages(language: str) -> dict[str, str]:
    """Return the translations that the screens need: those of this app, and of nothing else."""
    if language == "en":
        return {}
    from frappe.translate import get_translation_dict_from_file

    path = frappe.get_app_path("erp_rules", "translations", f"{language.split('-')[0]}.csv")
    known = frappe.cache.hget("erp_rules_messages", language)
    if known is None:
        known = get_translation_dict_from_file(path, language, "erp_rules")
        frappe.cache.hset("erp_rules_messages", language, known)
    return known


def standing_in_for(user: str) -> list[dict]:
    """Return for whom `user` acts at this moment."""
    principals = list(delegations.principals_of(user))
    if not principals:
        return []
    return frappe.get_all(
        "User", filters={"name": ["in", principals]}, fields=["name as user", "full_name"], order_by="name"
    )


def menu() -> list[dict]:
    """Return the lists, screens and reports that the user may open, with labels and QAD menu numbers."""
    modules = {
        row.name: _(row.name) for row in frappe.get_all("Module Def", {"app_name": "erp_rules"}, ["name"])
    }
    doctypes = frappe.get_all(
        "DocType",
        {"module": ["in", list(modules)], "istable": 0, "issingle": 0},
        ["name", "module"],
        order_by="name",
    )
    doctypes += frappe.get_all(
        "DocType", {"name": ["in", ADMIN_DOCTYPES]}, ["name", "module"], order_by="name"
    )
    entries = [
        _entry("DocType", row.name, modules.get(row.module) or _("Administration"))
        for row in doctypes
        if frappe.has_permission(row.name, "read")
    ]
    entries += [
        _entry("Page", name, modules[module])
        for name, module, doctype, permission in PAGES
        if frappe.has_permission(doctype, permission)
    ]
    reports = frappe.get_all(
        "Report",
        {"module": ["in", list(modules)], "disabled": 0},
        ["name", "module", "ref_doctype"],
        order_by="name",
    )
    permitted, own = _roles_of_reports([row.name for row in reports]), set(frappe.get_roles())
    entries += [
        _entry("Report", row.name, modules[row.module])
        for row in reports
        if frappe.has_permission(row.ref_doctype, "report")
        and (row.name not in permitted or permitted[row.name] & own)
    ]
    return entries


def _roles_of_reports(names: list[str]) -> dict[str, set[str]]:
    """Return the roles of each report; one without any is open to all who may report on its DocType."""
    found: dict[str, set[str]] = {}
    rows = frappe.get_all("Has Role", {"parenttype": "Report", "parent": ["in", names]}, ["parent", "role"])
    for row in rows:
        found.setdefault(row.parent, set()).add(row.role)
    return found


def _entry(kind: str, name: str, module: str) -> dict:
    return {
        "kind": kind,
        "name": name,
        "label": _(name),
        "module": module,
        "menu_numbers": MENU_NUMBERS.get(name, ()),
        "can_create": kind == "DocType" and bool(frappe.has_permission(name, "create")),
    }


@frappe.whitelist(methods=["POST"])
def set_language(language: str) -> None:
    """Keep the language that the user chose for the screens, mails and prints."""
    user = require_user()
    if language not in LANGUAGES:
        frappe.throw(_("Language must be one of {0}.").format(", ".join(LANGUAGES)))
    frappe.db.set_value("User", user, "language", language)
    frappe.clear_cache(user=user)


@frappe.whitelist()
def meta(doctype: str) -> dict:
    """Return the DocType's form as this user sees it: fields, tables, permissions, workflow."""
    require_user()
    if not frappe.has_permission(doctype, "read"):
        frappe.throw(_("You may not open {0}.").format(_(doctype)), frappe.PermissionError)
    found = frappe.get_meta(doctype)
    tables = [df.options for df in found.fields if df.fieldtype in ("Table", "Table MultiSelect")]
    return {
        "name": found.name,
        "label": _(found.name),
        "module": found.module,
        "title_field": title_field(found),
        "image_field": found.image_field,
        "search_fields": searched_fields(found),
        "sort_field": found.sort_field or "modified",
        "sort_order": found.sort_order or "desc",
        "autoname": found.autoname,
        "issingle": cint(found.issingle),
        "is_submittable": cint(found.is_submittable),
        "allow_import": cint(found.allow_import),
        "fields": _fields(found),
        "children": {name: _fields(frappe.get_meta(name)) for name in tables},
        "permissions": {name: bool(frappe.has_permission(doctype, name)) for name in PERMISSIONS},
        "workflow": _workflow(doctype),
        "print_formats": print_formats(doctype),
        "new_editable": _open_when_new(found),
        "has_time_limits": any(scope.regulation().time_limits_for(doctype)),
    }


def _open_when_new(found) -> list[str] | None:
    """Return the fields that may be entered in a new document; None when its first state locks nothing."""
    control = controls.control_of(found.name)
    return control.state(first_state(found.name)).open_names(found) if control else None


def title_field(found) -> str | None:
    """Return the field that titles a document in the reader's language, None where its number has to do."""
    return found.title_field and _spoken(found, found.title_field)


def searched_fields(found) -> list[str]:
    """Return the fields in which words are looked for: name, title and the search fields that hold text.

    Whatever is asked of a date, Frappe reads as a date, and refuses what is none.
    """
    titles = (found.title_field, title_field(found))
    named = dict.fromkeys([*(title for title in titles if title), *found.get_search_fields()])
    return ["name", *(df.fieldname for df in map(found.get_field, named) if df and df.fieldtype in TEXTS)]


def _spoken(found, fieldname: str) -> str:
    """Return the field with the same words in the reader's language, where the DocType has both."""
    twin = f"{fieldname}_{frappe.local.lang[:2]}"
    return twin if found.has_field(twin) else fieldname


def _fields(found) -> list[dict]:
    levels = set(found.get_permlevel_access("read")) if not found.istable else None
    fields = []
    for df in found.fields:
        if levels is not None and df.permlevel and df.permlevel not in levels:
            continue
        field = {name: df.get(name) for name in FIELD_PROPERTIES if df.get(name) not in (None, "", 0)}
        field["label"] = _(df.label or "", context=found.name)
        if df.fieldtype == "Select":
            field["option_labels"] = [_(option) for option in (df.options or "").split("\n")]
        fields.append(field)
    by_name = {field["fieldname"]: field for field in fields}
    for field in fields:
        twin = by_name.get(_spoken(found, field["fieldname"]))
        if twin and twin is not field and field.pop("in_list_view", None):
            twin["in_list_view"] = 1
    return fields


def _workflow(doctype: str) -> dict | None:
    if not get_workflow_name(doctype):
        return None
    workflow = get_workflow(doctype)
    names = [row.state for row in workflow.states]
    styles = dict(frappe.get_all("Workflow State", {"name": ["in", names]}, ["name", "style"], as_list=True))
    actions = dict.fromkeys(row.action for row in workflow.transitions)
    return {
        "field": workflow.workflow_state_field,
        "states": [
            {
                "state": row.state,
                "label": _(row.state),
                "style": styles.get(row.state) or "",
                "doc_status": row.doc_status,
            }
            for row in workflow.states
        ],
        "actions": [{"action": action, "label": _(action)} for action in actions],
    }


def print_formats(doctype: str) -> list[str]:
    """Return the print formats of a DocType, its default first."""
    found = frappe.get_all(
        "Print Format", {"doc_type": doctype, "disabled": 0}, pluck="name", order_by="name"
    )
    default = frappe.get_meta(doctype).default_print_format
    return sorted(found, key=lambda name: name != default)


@frappe.whitelist()
def search_link(doctype: str, text: str = "", filters: str | list | dict | None = None) -> list[dict]:
    """Return up to 20 records of `doctype` whose name, title or search fields hold `text`."""
    require_user()
    if doctype == "User":
        return _people(text)
    found = frappe.get_meta(doctype)
    shown = [name for name in found.get_search_fields() if name != "name"][:3]
    if found.title_field and found.title_field not in shown:
        shown.insert(0, found.title_field)
    conditions = _conditions(filters)
    for flag, wanted in (("disabled", 0), ("enabled", 1)):
        if found.has_field(flag):
            conditions.append([doctype, flag, "=", wanted])
    if doctype in NAMED_BY_WORDS:
        return _words(doctype, text, conditions)
    rows = frappe.get_list(
        doctype,
        fields=["name", *shown],
        filters=conditions,
        or_filters=[[doctype, name, "like", f"%{text}%"] for name in searched_fields(found)]
        if text
        else None,
        limit_page_length=HIT_LIMIT,
        order_by="name",
    )
    return [
        {"value": row.name, "description": ", ".join(str(row[name]) for name in shown if row[name])}
        for row in rows
    ]


def _words(doctype: str, text: str, conditions: list) -> list[dict]:
    """Return records that are named by a word, found by it in English or in the reader's language."""
    wanted = text.casefold()
    names = _names_in_use(doctype, conditions)
    hits = [name for name in names if wanted in name.casefold() or wanted in _(name).casefold()]
    hits.sort(key=lambda name: wanted not in (name.casefold(), _(name).casefold()))  # the very word first
    return [{"value": name, "description": name if _(name) != name else ""} for name in hits[:HIT_LIMIT]]


def _names_in_use(doctype: str, conditions: list) -> list[str]:
    """Return the names that the user may choose.

    Who may not open these records themselves still chooses among all roles, whose names are no secret, and
    among the DocTypes of their menu.
    """
    how = {"pluck": "name", "order_by": "name", "limit_page_length": 0}
    if doctype not in ("DocType", "Role") or frappe.has_permission(doctype, "read"):
        return frappe.get_list(doctype, filters=conditions, **how)
    if doctype == "DocType":
        opened = [entry["name"] for entry in menu() if entry["kind"] == "DocType"]
        conditions = [*conditions, [doctype, "name", "in", opened]]
    return frappe.get_all(doctype, filters=conditions, **how)


def _conditions(filters) -> list:
    parsed = json.loads(filters) if isinstance(filters, str) else filters
    if isinstance(parsed, dict):
        return [[key, "=", value] for key, value in parsed.items()]
    return list(parsed or [])


def _people(text: str) -> list[dict]:
    """Return people to hand a document to: a name and nothing else of the account."""
    matching = [["name", "like", f"%{text}%"], ["full_name", "like", f"%{text}%"]] if text else None
    rows = frappe.get_all(
        "User",
        fields=["name", "full_name"],
        filters={"enabled": 1, "user_type": "System User", "name": ["not in", ["Administrator", "Guest"]]},
        or_filters=matching,
        limit_page_length=HIT_LIMIT,
        order_by="full_name",
    )
    return [{"value": row.name, "description": row.full_name} for row in rows]


@frappe.whitelist()
def find_documents(text: str) -> list[dict]:
    """Return documents whose number or title begins with or holds `text`, a few of each kind the user may read."""
    require_user()
    text = text.strip()
    if len(text) < 2:
        return []
    hits = []
    for entry in menu():
        if entry["kind"] != "DocType" or entry["name"] in ADMIN_DOCTYPES:
            continue
        found = frappe.get_meta(entry["name"])
        title = title_field(found) or "name"
        fields = ["name", f"{title} as title"]
        searched = ("name", *(name for name in searched_fields(found) if name in (title, found.title_field)))
        for row in frappe.get_list(
            entry["name"],
            fields=fields,
            or_filters=[[name, "like", f"%{text}%"] for name in searched],
            limit_page_length=4,
        ):
            hits.append(
                {
                    "doctype": entry["name"],
                    "doctype_label": entry["label"],
                    "name": row.name,
                    "title": row.title or row.name,
                }
            )
    folded = text.casefold()
    hits.sort(key=lambda hit: (not hit["name"].casefold().startswith(folded), hit["name"]))
    return hits[:HIT_LIMIT]
