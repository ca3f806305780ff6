"""The version log in words: which field of which row was changed from what to what (2.9)."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cstr, strip_html

from erp_rules.rule_engine.words import is_word

TEXT_LIMIT = 500


def described(meta, data: dict, hidden: set[str]) -> list[dict]:
    """Return the changes of one version as label, row, from and to, without the fields in `hidden`."""
    found = []
    for fieldname, old, new in data.get("changed") or []:
        if fieldname not in hidden:
            found.append(_change(meta, fieldname, old, new))
    for table, index, _name, changed in data.get("row_changed") or []:
        row_meta = _row_meta(meta, table, hidden)
        if row_meta:
            found += [
                {**_change(row_meta, fieldname, old, new), "row": index + 1}
                for fieldname, old, new in changed
            ]
    for key, word in (("added", _("Row added")), ("removed", _("Row removed"))):
        for table, row in data.get(key) or []:
            row_meta = _row_meta(meta, table, hidden)
            if row_meta:
                text = _row_text(row_meta, row)
                change = {"label": f"{_(meta.get_label(table))} – {word}", "row": row.get("idx")}
                found.append(
                    {**change, "from": text if key == "removed" else "", "to": text if key == "added" else ""}
                )
    return found


def _row_meta(meta, table: str, hidden: set[str]):
    df = meta.get_field(table)
    return frappe.get_meta(df.options) if df and table not in hidden else None


def _change(meta, fieldname: str, old, new) -> dict:
    label = {"docstatus": _("Document status"), "name": _("Number")}.get(fieldname) or _(
        meta.get_label(fieldname)
    )
    df = meta.get_field(fieldname)
    return {"label": label, "from": _shown(old, df), "to": _shown(new, df)}


def _shown(value, df) -> str:
    if value in (None, ""):
        return ""
    text = strip_html(cstr(value))[:TEXT_LIMIT]
    return _(text) if df and is_word(df) else text


def _row_text(meta, row: dict) -> str:
    shown = [df for df in meta.fields if df.in_list_view]
    return ", ".join(
        f"{_(df.label)}: {_shown(row.get(df.fieldname), df)}" for df in shown if row.get(df.fieldname)
    )
