"""What the forms of the desk are told beside the document: what is open to the user and what comes next."""

import frappe
from frappe import _
from frappe.utils import escape_html

from erp_rules.api.rules import offered
from erp_rules.api.screens.documents import editable_fields, further_steps, load_doc
from erp_rules.api.screens.menu import MENU_NUMBERS
from erp_rules.api.screens.ways import tasks_of, waits_for
from erp_rules.masters.facts import base_currency
from erp_rules.rule_engine import controls, deadlines, printing, scope, ways
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.enforcement import open_points, place_of


@frappe.whitelist()
def guidance(doctype: str, name: str) -> dict | None:
    """Return what the state leaves open to the user, the open points of a draft and who acts next.

    `editable` is None when the state locks nothing; the answer is None for a DocType without control. `ways`
    are those besides approving that are open to the user, `tasks` who was asked by name.
    """
    doc = load_doc(doctype, name)
    control = controls.control_of(doctype)
    if control is None:
        return None
    state = control.state(doc.get(STATE_FIELD))
    steps = further_steps(doc)
    return {
        "state": _(doc.get(STATE_FIELD) or ""),
        "editable": editable_fields(doc, control),
        "open_points": [_point(doc, entry) for entry in open_points(doc)] if state.is_authoring else [],
        "actions": [row["label"] for row in (*offered(doc), *steps)],
        "others": _actions_of_others(doc),
        "deadline": deadlines.left_of([doc.name], doctype).get(doc.name),
        "steps": steps,
        "numbered_forms": printing.offered(doc),
        "ways": ways.open_ways(doc),
        "earlier": [{"value": one, "label": _(one)} for one in ways.steps_back(doc)],
        "tasks": tasks_of(doc),
        "waits_for": waits_for(doc),
    }


def _point(doc, entry: dict) -> dict:
    """Return an open point as safe HTML; the values in its message are escaped already."""
    place = place_of(doc, entry["table"], entry["row"], entry["fieldname"])
    return {
        "text": ": ".join([*([escape_html(" · ".join(place))] if place else []), entry["message"]]),
        "clause": entry["clause"],
        "blocks": entry["blocks"],
    }


def _actions_of_others(doc) -> list[str]:
    """Return every action of the document's state with the role that takes it, translated."""
    workflow = frappe.get_all(
        "Workflow", {"document_type": doc.doctype, "is_active": 1}, pluck="name", limit=1
    )
    if not workflow:
        return []
    rows = frappe.get_all(
        "Workflow Transition",
        filters={"parent": workflow[0], "state": doc.get(STATE_FIELD)},
        fields=["action", "allowed"],
        order_by="idx",
    )
    return list(dict.fromkeys(f"{_(row.action)} ({_(row.allowed)})" for row in rows))


def add_menu_numbers(bootinfo) -> None:
    """Tell the desk's search which list each QAD menu number opens (chapter 7)."""
    bootinfo.qad_menu_numbers = MENU_NUMBERS


def add_governed(bootinfo) -> None:
    """Tell the desk which DocTypes are under control, and for which of them time limits run."""
    bootinfo.erp_rules_controlled = frappe.get_all("Document Control", pluck="name", order_by="name asc")
    bootinfo.erp_rules_timed = sorted({limit.doctype for limit in scope.regulation().time_limits})


def add_currency(bootinfo) -> None:
    """Let amounts without a currency be shown in the base currency, where the site has none of its own.

    Frappe would show them in the first currency that it knows.
    """
    if not bootinfo.sysdefaults.get("currency"):
        bootinfo.sysdefaults["currency"] = base_currency()
