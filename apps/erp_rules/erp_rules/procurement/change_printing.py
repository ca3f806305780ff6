"""What a printed change order shows: only what differs (4.5.4)."""

from __future__ import annotations

from frappe import _
from frappe.utils import cstr

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
