"""What an approver sees of an item change request before deciding."""

from __future__ import annotations

from frappe import _


def item_change_request(doc) -> dict:
    """Return what decides a request: the item, the reason and each field's old and new value."""
    facts = [
        {"label": _("Request Kind"), "value": _(doc.request_kind), "kind": "text"},
        {"label": _("Reason"), "value": doc.reason, "kind": "text"},
        {"label": _("Requested By"), "value": doc.requested_by, "kind": "text"},
    ]
    if doc.department:
        facts.append({"label": _("Department"), "value": doc.department, "kind": "text"})
    if doc.engineer_opinion:
        facts.append({"label": _("Engineer's Opinion"), "value": doc.engineer_opinion, "kind": "text"})
    return {
        "title": doc.item or doc.item_code,
        "facts": facts,
        "table": {
            "label": _("Changes"),
            "columns": [_("Field"), _("Old Value"), _("New Value")],
            "rows": [
                {"cells": [_(row.field), row.old_value or "", row.new_value or ""], "mark": None}
                for row in doc.changes
            ],
        },
        "record": None,
    }
