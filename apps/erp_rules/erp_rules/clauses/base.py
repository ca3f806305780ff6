"""What a clause of the regulation is: declarations, checks and time limits, without any framework.

Chapters import this module and fill its registry when they are imported; the rule engine reads the
registry. Only the standard library is used, so that every clause can be tested as a pure function.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

try:
    StrEnum = enum.StrEnum
except AttributeError:  # Python 3.10

    class StrEnum(str, enum.Enum):
        """The part of 3.11's enum.StrEnum that is used here: members are, and print as, their text."""

        def __str__(self) -> str:
            return str(self.value)


class Kind(StrEnum):
    """What the regulation asks of the software in a clause."""

    BLOCK = "Block"
    WARN = "Warn"
    AUTO = "Auto"
    ROUTE = "Route"
    TIME = "Time"
    RECORD = "Record"


class Enforcement(StrEnum):
    """How strictly a `Rule` is carried out; an administrator's choice."""

    BLOCK = "Block"
    WARN = "Warn"
    OFF = "Off"


class Outcome(StrEnum):
    """What became of one violation, as kept in a `Rule Event`."""

    BLOCKED = "Blocked"
    WARNED = "Warned"
    WAIVED = "Waived"


class ParameterType(StrEnum):
    """The type that a clause parameter's value must have."""

    INT = "Int"
    DECIMAL = "Decimal"
    TEXT = "Text"
    CHECK = "Check"


def _(text: str) -> str:
    """Mark `text` for translation and return it unchanged; the rule engine translates it."""
    return text


_NUMBER = re.compile(r"[A-Z]?\d+(?:\.\d+)*\Z")
_TOO_LARGE = Decimal(10) ** 12
_TRUE, _FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


@dataclass(frozen=True)
class Parameter:
    """A number or word of a clause that the company may set: key, default, unit and type.

    `choices` limits a text to the words named; `minimum` and `maximum` limit a number, both included.
    """

    key: str
    default: object
    unit: str = ""
    type: str = ParameterType.INT
    label: str = ""
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    choices: tuple[str, ...] = ()

    def parse(self, value: object) -> int | Decimal | str | bool:
        """Return `value` in this parameter's type; raise `ValueError` that says what is allowed."""
        text = str(value if value is not None else "").strip()
        if self.type == ParameterType.TEXT:
            if not text:
                raise ValueError("a text")
            if self.choices and text not in self.choices:
                raise ValueError("one of " + ", ".join(self.choices))
            return text
        if self.type == ParameterType.CHECK:
            if text.lower() in _TRUE:
                return True
            if text.lower() in _FALSE:
                return False
            raise ValueError("0 or 1")
        return self._parse_number(text)

    def _parse_number(self, text: str) -> int | Decimal:
        wanted = "a whole number" if self.type == ParameterType.INT else "a number"
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(wanted) from None
        if not number.is_finite() or abs(number) >= _TOO_LARGE:
            raise ValueError(wanted)
        if self.type == ParameterType.INT and number != number.to_integral_value():
            raise ValueError(wanted)
        if self.minimum is not None and number < self.minimum:
            raise ValueError(f"{wanted} of at least {self.minimum}")
        if self.maximum is not None and number > self.maximum:
            raise ValueError(f"{wanted} of at most {self.maximum}")
        return int(number) if self.type == ParameterType.INT else number


@dataclass(frozen=True)
class Scope:
    """What a waiver by item and supplier is compared with; both are matched."""

    item: str | None = None
    supplier: str | None = None


@dataclass(frozen=True)
class Violation:
    """One breach of a clause: what was found, what is allowed and the way out.

    `message` is an English template marked with `_` whose `{0}`, `{1}` … are filled from `args`.
    `table` and `row` (1-based) name the child row, `fieldname` the field, `scope` what a waiver by item
    and supplier may lift. A violation that is not `waivable` stays even where its clause is.
    """

    message: str
    args: tuple = ()
    table: str | None = None
    row: int | None = None
    fieldname: str | None = None
    scope: Scope | None = None
    waivable: bool = True


@dataclass(frozen=True)
class When:
    """The moment at which a check is judged; `states` only for `entering`."""

    event: str
    states: tuple[str, ...] = ()


SAVE = When("save")
LEAVING_DRAFT = When("leaving_draft")
DELETE = When("delete")
CANCEL = When("cancel")


def entering(*states: str) -> When:
    """Return the moment at which a transition into one of `states` happens."""
    if not states:
        raise ValueError("entering() needs at least one state")
    return When("entering", tuple(states))


Evaluator = Callable[[object, Mapping[str, object]], Iterable[Violation]]


@dataclass(frozen=True)
class Clause:
    """The declaration of one clause: what its `Rule` record is seeded from."""

    number: str
    title: str
    title_zh: str
    summary: str
    summary_zh: str
    kinds: tuple[str, ...]
    applies_to: tuple[str, ...] = ()
    waivable: bool = False
    parameters: tuple[Parameter, ...] = ()
    fixed: bool = False

    @property
    def chapter(self) -> str:
        """The chapter: the number's first part, or its first two from chapter 4 on."""
        parts = self.number.split(".")
        return ".".join(parts[:2]) if parts[0].isdigit() and int(parts[0]) >= 4 else parts[0]

    @property
    def default_enforcement(self) -> str:
        """`Warn` for a clause that only warns, `Block` for every other."""
        warns_only = Kind.WARN in self.kinds and Kind.BLOCK not in self.kinds
        return Enforcement.WARN if warns_only else Enforcement.BLOCK

    def parameter(self, key: str) -> Parameter | None:
        """Return the declared parameter `key`, or None."""
        return next((p for p in self.parameters if p.key == key), None)


@dataclass(frozen=True)
class Check:
    """A pure evaluator of one clause on one DocType at one moment."""

    number: str
    doctype: str
    when: When
    severity: str
    evaluate: Evaluator


@dataclass(frozen=True)
class TimeLimit:
    """A time limit: opened when `doctype` enters a state of `opens`, done when it enters one of `closes`.

    Without `closes` it is done when the document leaves the states of `opens`. `amount` and `count` are the
    clause's parameter keys for how many `unit` ("days", "hours", "minutes") and whether they are "working"
    or "clock" time. Zero days end with the day itself.
    """

    number: str
    doctype: str
    opens: tuple[str, ...]
    role: str
    manager_role: str | None
    amount: str
    unit: str
    count: str
    closes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Signature:
    """Fields that a transition signs: who (`by`) and when (`at`); nobody can type them.

    They are written when `doctype` goes from the state `leaving` (any, if empty) to `entering`, and emptied
    when it enters a state of `clear_on`.
    """

    doctype: str
    entering: str
    by: str
    at: str
    leaving: str | None = None
    clear_on: tuple[str, ...] = ()


@dataclass
class Registry:
    """All clauses, checks, time limits and signatures that were declared, in the order of declaration."""

    clauses: dict[str, Clause] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    time_limits: list[TimeLimit] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)

    def add_clause(self, clause: Clause) -> None:
        """Add `clause`; a number keeps its meaning for life, so a second declaration is refused."""
        if not _NUMBER.match(clause.number):
            raise ValueError(f"{clause.number!r} is not a clause number")
        known = self.clauses.get(clause.number)
        if known and known != clause:
            raise ValueError(f"clause {clause.number} is declared twice")
        self.clauses[clause.number] = clause

    def require(self, number: str) -> Clause:
        """Return the declared clause; raise `LookupError` when nobody declared it."""
        if number not in self.clauses:
            raise LookupError(f"clause {number} is not declared")
        return self.clauses[number]

    def checks_for(self, doctype: str) -> Iterator[Check]:
        """Yield the checks of `doctype` in the order of declaration."""
        return (check for check in self.checks if check.doctype == doctype)

    def time_limits_for(self, doctype: str) -> Iterator[TimeLimit]:
        """Yield the time limits of `doctype`."""
        return (limit for limit in self.time_limits if limit.doctype == doctype)

    def signatures_for(self, doctype: str) -> Iterator[Signature]:
        """Yield the signatures of `doctype`."""
        return (signature for signature in self.signatures if signature.doctype == doctype)


registry = Registry()


def declare(
    number: str,
    *,
    title: str,
    title_zh: str,
    summary: str,
    summary_zh: str,
    kinds: Iterable[Kind],
    applies_to: Iterable[str] = (),
    waivable: bool = False,
    parameters: Iterable[Parameter] = (),
    fixed: bool = False,
) -> Clause:
    """Declare clause `number` once and return it; `fixed` clauses cannot be weakened by an administrator."""
    clause = Clause(
        number=number,
        title=title,
        title_zh=title_zh,
        summary=summary,
        summary_zh=summary_zh,
        kinds=tuple(str(kind) for kind in kinds),
        applies_to=(applies_to,) if isinstance(applies_to, str) else tuple(applies_to),
        waivable=waivable,
        parameters=tuple(parameters),
        fixed=fixed,
    )
    for parameter in clause.parameters:
        parameter.parse(parameter.default)
    registry.add_clause(clause)
    return clause


def check(
    number: str, *, doctype: str, when: When = SAVE, severity: Kind = Kind.BLOCK
) -> Callable[[Evaluator], Evaluator]:
    """Register the decorated pure function `(facts, p)` as the check of clause `number` on `doctype`."""
    registry.require(number)

    def register(evaluate: Evaluator) -> Evaluator:
        registry.checks.append(Check(number, doctype, when, str(severity), evaluate))
        return evaluate

    return register


def time_limit(
    number: str,
    *,
    doctype: str,
    opens: str | Iterable[str],
    role: str,
    amount: str,
    manager_role: str | None = None,
    unit: str = "days",
    count: str = "count",
    closes: str | Iterable[str] = (),
) -> TimeLimit:
    """Declare the time limit of clause `number`; its parameters `amount` and `count` must be declared."""
    clause = registry.require(number)
    if unit not in ("days", "hours", "minutes"):
        raise ValueError(f"unit {unit!r} of clause {number} is not days, hours or minutes")
    for key in (amount, count):
        if clause.parameter(key) is None:
            raise LookupError(f"clause {number} has no parameter {key}")
    limit = TimeLimit(
        number=number,
        doctype=doctype,
        opens=(opens,) if isinstance(opens, str) else tuple(opens),
        role=role,
        manager_role=manager_role,
        amount=amount,
        unit=unit,
        count=count,
        closes=(closes,) if isinstance(closes, str) else tuple(closes),
    )
    registry.time_limits.append(limit)
    return limit


def signature(
    *,
    doctype: str,
    entering: str,
    by: str,
    at: str,
    leaving: str | None = None,
    clear_on: str | Iterable[str] = (),
) -> Signature:
    """Declare that a transition signs the fields `by` and `at`; the guard writes and protects them."""
    signed = Signature(
        doctype, entering, by, at, leaving, (clear_on,) if isinstance(clear_on, str) else tuple(clear_on)
    )
    registry.signatures.append(signed)
    return signed


def signatures(
    doctype: str, *steps: tuple[str, str, str | None], clear_on: str | Iterable[str] = ()
) -> list[Signature]:
    """Declare signatures of one DocType, each as word, state entered and state left (None: any).

    `approved` signs the fields `approved_by` and `approved_at`.
    """
    return [
        signature(
            doctype=doctype,
            entering=state_entered,
            leaving=state_left,
            by=f"{word}_by",
            at=f"{word}_at",
            clear_on=clear_on,
        )
        for word, state_entered, state_left in steps
    ]


COUNT_PARAMETER = Parameter(
    "count", "working", "", ParameterType.TEXT, _("Working or clock time"), choices=("working", "clock")
)
