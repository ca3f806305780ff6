"""Whose hands made a document: nobody decides on what they made themselves (1.3)."""

from __future__ import annotations

import frappe

from erp_rules.rule_engine.controls import Control, control_of


def own_hands(doc, on_behalf_of: str | None, control: Control | None = None) -> list[str]:
    """Return who of the session user and the one they act for made, asked for or last edited `doc`."""
    return sorted({frappe.session.user, on_behalf_of} & makers(doc, control))


def maker_fields(meta, control: Control | None) -> list[str]:
    """Return the fields of a DocType that say who made, asked for or last edited a document."""
    found = ["owner"]
    if meta.has_field("content_editor"):
        found.append("content_editor")
    return [*found, *sorted(control.requester_fields)] if control else found


def makers(doc, control: Control | None = None) -> set[str]:
    """Return who made, asked for or last edited `doc`."""
    control = control or control_of(doc.doctype)
    hands = {doc.owner, doc.get("content_editor")}
    if control:
        hands.update(doc.get(fieldname) for fieldname in control.requester_fields)
    return hands - {None, ""}
