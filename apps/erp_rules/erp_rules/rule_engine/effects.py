"""Effects: what a clause of kind Auto does, in the transaction of the document that caused it.

An effect is a function `(doc, context)` decorated with `effect`; `hooks.rule_effects` lists the effects of a
DocType in the order in which they run. `system_write` lets an effect write what the guard keeps from people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import frappe

from erp_rules.rule_engine import scope

INSERT = "insert"
UPDATE = "update"


@dataclass(frozen=True)
class EffectContext:
    """What an effect may know of the save that caused it."""

    previous: object | None
    from_state: str | None
    to_state: str | None
    action: str | None
    actor: str
    on_behalf_of: str | None
    parameters: Callable[[str], Mapping[str, object]]


@dataclass(frozen=True)
class Effect:
    """A clause's effect and the moment at which it runs."""

    number: str
    function: Callable
    entering: tuple[str, ...]
    on: tuple[str, ...]
    is_lasting: bool = True

    def applies(self, is_insert: bool, context: EffectContext) -> bool:
        """Return whether this save is the moment of the effect."""
        if self.entering:
            return context.to_state in self.entering and context.to_state != context.from_state
        return (INSERT if is_insert else UPDATE) in self.on


def effect(
    number: str,
    *,
    entering: str | tuple[str, ...] = (),
    on: str | tuple[str, ...] = (INSERT, UPDATE),
    lasting: bool = True,
) -> Callable[[Callable], Callable]:
    """Mark a function `(doc, context)` as the effect of clause `number`.

    With `entering` it runs when the document comes into one of these states, otherwise on every insert
    and update, or only on the one that `on` names. A document cannot be sent back or withdrawn past a state
    whose effect is `lasting` (1.10, 1.11); one that is not follows the document wherever it goes.
    """

    def mark(function: Callable) -> Callable:
        function.rule_effect = Effect(
            number=number,
            function=function,
            entering=(entering,) if isinstance(entering, str) else tuple(entering),
            on=(on,) if isinstance(on, str) else tuple(on),
            is_lasting=lasting,
        )
        return function

    return mark


def effects_of(doctype: str) -> list[Effect]:
    """Return the effects of `doctype` in the order of `hooks.rule_effects`."""
    found = []
    for path in frappe.get_hooks("rule_effects").get(doctype, []):
        found.append(frappe.get_attr(path).rule_effect)
    return found


def lasting_states(doctype: str) -> frozenset[str]:
    """Return the states of `doctype` whose entry does what leaving them again would not take back."""
    return frozenset(state for found in effects_of(doctype) if found.is_lasting for state in found.entering)


@contextmanager
def system_write(number: str) -> Iterator[None]:
    """Within this block the app itself writes, for clause `number`: state, docstatus and locks do not bind it.

    The clauses still do. Nothing that a request carries can open this block.
    """
    scope.regulation().require(number)
    stack = getattr(frappe.local, "rule_system_writes", None)
    if stack is None:
        stack = frappe.local.rule_system_writes = []
    stack.append(number)
    try:
        yield
    finally:
        stack.pop()


def system_writer() -> str | None:
    """Return the clause in whose name the app is writing, or None when a person is."""
    stack = getattr(frappe.local, "rule_system_writes", None)
    return stack[-1] if stack else None
