"""What each workflow state leaves open for editing, as `Document Control` records say."""

from __future__ import annotations

from dataclasses import dataclass, field

import frappe
import frappe.model.workflow as frappe_workflow
from frappe.utils import cint

from erp_rules.rule_engine import scope

STATE_FIELD = "workflow_state"
ALL = "*"
LOCK = "-"  # before a field that stays locked although its table, or everything, is open
REJECTED = "Rejected"


@dataclass(frozen=True)
class StateControl:
    """One state: who may edit, and what. A state that no row names is locked."""

    state: str | None
    is_authoring: bool = False
    is_rejected: bool = False
    may_withdraw: bool = False
    editor_roles: frozenset[str] = frozenset()
    editable_fields: frozenset[str] = frozenset()
    locked_fields: frozenset[str] = frozenset()

    def allows(self, fieldname: str, table: str | None = None) -> bool:
        """Return whether this state leaves the field, or the field of a row of `table`, open."""
        path = f"{table}.{fieldname}" if table else fieldname
        if path in self.locked_fields or table in self.locked_fields:
            return False
        return not {ALL, table or fieldname, path}.isdisjoint(self.editable_fields)

    def allows_rows(self, table: str) -> bool:
        """Return whether rows of `table` may be added and removed."""
        return table not in self.locked_fields and not {ALL, table}.isdisjoint(self.editable_fields)

    def open_names(self, meta) -> list[str] | None:
        """Return the fields of `meta` that this state leaves open; None when it locks nothing.

        `-field` and `-table.field` are those that stay locked although all, or their table, is open.
        """
        names = self.editable_fields
        if ALL in names:
            if not self.locked_fields:
                return None
            names = {df.fieldname for df in meta.fields}
        return sorted([*names, *(f"{LOCK}{name}" for name in self.locked_fields)])

    def allows_user(self, roles: set[str]) -> bool:
        """Return whether somebody with these roles may edit what is open."""
        if self.is_authoring and not self.editor_roles:
            return True
        return not self.editor_roles.isdisjoint(roles)


@dataclass(frozen=True)
class Control:
    """The control of one DocType."""

    doctype: str
    requester_fields: frozenset[str] = frozenset()
    states: dict[str, StateControl] = field(default_factory=dict)

    def state(self, name: str | None) -> StateControl:
        """Return the control of a state; one without a row is locked."""
        return self.states.get(name) or StateControl(name)

    def fresh_states(self) -> frozenset[str]:
        """Return the states with which a new round of approval begins: authoring and rejected ones."""
        return frozenset(n for n, state in self.states.items() if state.is_authoring or state.is_rejected)

    def goes_back(self, from_state: str | None, to_state: str | None) -> bool:
        """Return whether this move takes the document out of review instead of onwards."""
        before, after = self.state(from_state), self.state(to_state)
        return after.is_rejected or (after.is_authoring and not before.is_authoring)

    def is_decision(self, transition) -> bool:
        """Return whether a transition decides on the document: not its maker's, and not in a draft."""
        state = self.state(transition.state)
        is_fresh = state.is_authoring or state.is_rejected
        return not is_fresh and not cint(transition.allow_self_approval)

    def is_refusal(self, transition) -> bool:
        """Return whether a transition rejects the document, for which 1.13 wants a reason."""
        if self.state(transition.next_state).is_rejected:
            return True
        return self.is_decision(transition) and self.goes_back(transition.state, transition.next_state)


def control_of(doctype: str) -> Control | None:
    """Return the control of `doctype`, or None when it has none; at most two queries per request for all.

    A DocType of the app whose workflow has no control record is locked in every state but its first.
    """
    rows = scope.until_changed("controls", "Document Control", _read_controls).get(doctype)
    if rows is None:
        return _of_bare_workflow(doctype)
    return scope.per_request(f"control of {doctype}", lambda: _made_of(rows))


def _of_bare_workflow(doctype: str) -> Control | None:
    name = frappe_workflow.get_workflow_name(doctype) if scope.is_governed(doctype) else None
    if not name:
        return None
    states = [row.state for row in frappe.get_cached_doc("Workflow", name).states]
    found = Control(
        doctype, states={state: StateControl(state, is_rejected=state == REJECTED) for state in states}
    )
    found.states[states[0]] = StateControl(states[0], is_authoring=True, editable_fields=frozenset({ALL}))
    return found


def _read_controls() -> dict[str, list]:
    """Return the rows of every control by DocType; what they mean is worked out for those that are asked for."""
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
            state.may_withdraw,
            state.editor_roles,
            state.editable_fields,
        )
        .run(as_dict=True)
    )
    found: dict[str, list] = {}
    for row in rows:
        found.setdefault(row.document_type, []).append(row)
    return found


def _made_of(rows: list) -> Control:
    doctype = rows[0].document_type
    found = Control(doctype, lines(rows[0].requester_field))
    added = None
    for row in rows:
        if row.state:
            named = lines(row.editable_fields)
            locked = frozenset(name[len(LOCK) :].strip() for name in named if name.startswith(LOCK))
            fields = frozenset(name for name in named if not name.startswith(LOCK))
            if fields and row.is_authoring and ALL not in fields:
                added = _custom_fields(doctype) if added is None else added
                fields |= added
            found.states[row.state] = StateControl(
                state=row.state,
                is_authoring=bool(row.is_authoring),
                is_rejected=bool(row.is_rejected) or row.state == REJECTED,
                may_withdraw=bool(row.may_withdraw),
                editor_roles=lines(row.editor_roles),
                editable_fields=fields or (frozenset({ALL}) if row.is_authoring else frozenset()),
                locked_fields=locked,
            )
    return found


def _custom_fields(doctype: str) -> frozenset[str]:
    """Return the fields that an administrator added, which a draft leaves open without being named."""
    meta = frappe.get_meta(doctype)
    added = {df.fieldname for df in meta.fields if df.get("is_custom_field")}
    for table in meta.get_table_fields():
        columns = frappe.get_meta(table.options).fields
        added |= {f"{table.fieldname}.{df.fieldname}" for df in columns if df.get("is_custom_field")}
    return frozenset(added)


def lines(text: str | None) -> frozenset[str]:
    """Return the non-empty lines (or comma-separated parts) of `text`."""
    parts = (text or "").replace(",", "\n").splitlines()
    return frozenset(part.strip() for part in parts if part.strip())
