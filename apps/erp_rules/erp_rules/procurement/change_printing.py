"""The printed change order: only what differs, counted copies, in Chinese or English; and beside its new order (4.5.4)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, cstr

from erp_rules.procurement.order_printing import LANGUAGES
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.errors import RuleViolation

CHANGE = "Purchase Change Order"
FORMAT = "Purchase Change Order Form"
CLAUSE = "4.5.4"
ALLOWED = ("Approved", "Executed")  # what a supplier may be shown
# What a change order compares, in the order of the paper form.
COMPARED = (
    "item",
    "item_name",
    "specification",
    "qty",
    "rate",
    "required_date",
    "supplier",
    "department",
)


def differences(change) -> list[dict]:
    """Return what a change order changes, row by row, and nothing that stays as it is.

    Each entry has the `row` of the order, its `item`, and `changes`: label, old and new as they are shown.
    """
    found = []
    for line in change.lines:
        changes = [
            {
                "label": _(_label(line, field)),
                "old": _shown(line, "old", field),
                "new": _shown(line, "new", field),
            }
            for field in COMPARED
            if _differs(line, field)
        ]
        if changes:
            found.append(
                {
                    "row": line.order_idx,
                    "item": line.old_item,
                    "item_name": line.old_item_name,
                    "changes": changes,
                }
            )
    return found


def _differs(line, field: str) -> bool:
    old, new = line.get(f"old_{field}"), line.get(f"new_{field}")
    kind = line.meta.get_field(f"old_{field}").fieldtype
    if kind in ("Float", "Currency"):
        return round(float(old or 0), 6) != round(float(new or 0), 6)
    return cstr(old) != cstr(new)


def _label(line, field: str) -> str:
    return line.meta.get_label(f"old_{field}").removeprefix("Old ")


def _shown(line, side: str, field: str) -> str:
    name = f"{side}_{field}"
    value = line.get(name)
    if value in (None, ""):
        return "–"
    return cstr(line.get_formatted(name, line))


def count_copy(name: str) -> int:
    """Count one more printed copy of a change order that is approved, and return which one it is."""
    doc = frappe.get_doc(CHANGE, name, for_update=True)
    if doc.workflow_state not in ALLOWED:
        frappe.throw(
            _("Only approved change orders are printed for suppliers; {0} is {1} ({2}).").format(
                doc.name, _(doc.workflow_state), CLAUSE
            ),
            RuleViolation,
        )
    doc.print_copies = cint(doc.print_copies) + 1
    with system_write(CLAUSE):
        doc.save(ignore_permissions=True)
    return doc.print_copies


def render(name: str, language: str) -> str:
    """Return the printed change order in `language`."""
    if language not in LANGUAGES:
        frappe.throw(_("Orders print in {0}.").format(", ".join(LANGUAGES)))
    before = frappe.local.lang
    frappe.local.lang = language
    try:
        return frappe.get_print(CHANGE, name, print_format=FORMAT, no_letterhead=1)
    finally:
        frappe.local.lang = before
