"""What each workflow state leaves open for editing, as `Document Control` records say."""

from __future__ import annotations

from dataclasses import dataclass, field

import frappe

from erp_rules.rule_engine import scope

ALL = "*"


@dataclass(frozen=True)
class StateControl:
    """One state: who may edit, and what. A state that no row names is locked."""

    state: str | None
    is_authoring: bool = False
    is_rejected: bool = False
    editor_roles: frozenset[str] = frozenset()
    editable_fields: frozenset[str] = frozenset()

    def allows(self, fieldname: str, table: str | None = None) -> bool:
        """Return whether this state leaves the field, or the field of a row of `table`, open."""
        open_names = {ALL, table or fieldname}
        if table:
            open_names.add(f"{table}.{fieldname}")
        return not open_names.isdisjoint(self.editable_fields)

    def allows_rows(self, table: str) -> bool:
        """Return whether rows of `table` may be added and removed."""
        return not {ALL, table}.isdisjoint(self.editable_fields)

    def allows_user(self, roles: set[str]) -> bool:
        """Return whether somebody with these roles may edit what is open."""
        if self.is_authoring and not self.editor_roles:
            return True
        return not self.editor_roles.isdisjoint(roles)


@dataclass(frozen=True)
class Control:
    """The control of one DocType."""

    doctype: str
    requester_field: str | None
    states: dict[str, StateControl] = field(default_factory=dict)

    def state(self, name: str | None) -> StateControl:
        """Return the control of a state; one without a row is locked."""
        return self.states.get(name) or StateControl(name)


def control_of(doctype: str) -> Control | None:
    """Return the control of `doctype`, or None when it has none; one query per request for all."""
    return scope.per_request("controls", _read_controls).get(doctype)


def _read_controls() -> dict[str, Control]:
    control, state = frappe.qb.DocType("Document Control"), frappe.qb.DocType("Document Control State")
    rows = (
        frappe.qb.from_(control)
        .left_join(state)
        .on((state.parent == control.name) & (state.parenttype == "Document Control"))
        .select(
            control.document_type,
            control.requester_field,
            state.state,
            state.is_authoring,
            state.is_rejected,
            state.editor_roles,
            state.editable_fields,
        )
        .run(as_dict=True)
    )
    controls: dict[str, Control] = {}
    for row in rows:
        found = controls.setdefault(
            row.document_type, Control(row.document_type, row.requester_field or None)
        )
        if row.state:
            fields = lines(row.editable_fields)
            found.states[row.state] = StateControl(
                state=row.state,
                is_authoring=bool(row.is_authoring),
                is_rejected=bool(row.is_rejected) or row.state == "Rejected",
                editor_roles=lines(row.editor_roles),
                editable_fields=fields or (frozenset({ALL}) if row.is_authoring else frozenset()),
            )
    return controls


def lines(text: str | None) -> frozenset[str]:
    """Return the non-empty lines (or comma-separated parts) of `text`."""
    parts = (text or "").replace(",", "\n").splitlines()
    return frozenset(part.strip() for part in parts if part.strip())
