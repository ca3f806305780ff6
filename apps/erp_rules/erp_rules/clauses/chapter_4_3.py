"""Chapter 4.3: every order line comes from a requisition line, and that from a plan line or a reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from erp_rules.clauses.base import (
    LEAVING_DRAFT,
    SAVE,
    Kind,
    StrEnum,
    Violation,
    _,
    check,
    declare,
    entering,
    signatures,
)

PLAN = "Material Plan"
REQUISITION = "Purchase Requisition"
ORDER = "Purchase Order"
CHANGE = "Purchase Change Order"
NUMBER = "4.3"


class PlanState(StrEnum):
    """The states of a material plan."""

    DRAFT = "Draft"
    RELEASED = "Released"
    CLOSED = "Closed"


class RequisitionState(StrEnum):
    """The states of a purchase requisition."""

    DRAFT = "Draft"
    APPROVAL = "Approval"
    APPROVED = "Approved"
    ORDERED = "Ordered"
    CLOSED = "Closed"


class RequisitionKind(StrEnum):
    """For whom is asked: for us, or for an affiliate whose wishes the Sales Coordinator passes on."""

    STANDARD = "Standard"
    AFFILIATE = "Affiliate"


class OrderState(StrEnum):
    """The states of a purchase order."""

    DRAFT = "Draft"
    MANAGER_APPROVAL = "Manager Approval"
    APPROVED = "Approved"
    ISSUED = "Issued"
    PARTLY_RECEIVED = "Partly Received"
    RECEIVED = "Received"
    CLOSED = "Closed"


class OrderKind(StrEnum):
    """What an order is for; a `Return` takes goods of an unknown order back, with negative quantities."""

    STANDARD = "Standard"
    AFFILIATE = "Affiliate"
    SUBCONTRACT = "Subcontract"
    RETURN = "Return"


# An order binds us step by step in these states; entering each of them it is judged anew.
COMMITTING = (OrderState.MANAGER_APPROVAL, OrderState.APPROVED, OrderState.ISSUED)
OPEN_STATES = (OrderState.ISSUED, OrderState.PARTLY_RECEIVED)


@dataclass(frozen=True)
class WantedLine:
    """A line of a plan or a requisition; `qty` is zero when it is no finite number.

    `plan_state` is that of its plan as far as it matters: no longer once the requisition has left its draft.
    """

    row: int
    item: str
    qty: Decimal
    required_date: date | None = None
    is_item_usable: bool = True
    source: str = ""
    plan_row: str = ""
    plan: str = ""
    plan_state: str = PlanState.RELEASED
    plan_item: str | None = None
    plan_open_qty: Decimal | None = None


@dataclass(frozen=True)
class RequisitionFacts:
    """All that the clauses need to know of a material plan or a requisition.

    `is_judged` is false for the saves in which the app only follows what was ordered: they carry no lines.
    """

    lines: tuple[WantedLine, ...]
    kind: str = RequisitionKind.STANDARD
    affiliate: str = ""
    affiliate_kind: str = ""
    is_judged: bool = True
    forged: tuple[Forged, ...] = ()


@dataclass(frozen=True)
class Forged:
    """A field that the app keeps and that somebody typed: its label, and its row (None: the document's)."""

    label: str
    fieldname: str
    row: int | None = None


@dataclass(frozen=True)
class RequisitionRow:
    """A row of a requisition as it is stored: what is wanted, and what others have ordered of it."""

    name: str
    requisition: str
    state: str
    item: str
    qty: Decimal
    ordered_elsewhere: Decimal = Decimal(0)
    closed_qty: Decimal = Decimal(0)

    @property
    def open_qty(self) -> Decimal:
        """What may still be ordered."""
        return self.qty - self.ordered_elsewhere - self.closed_qty


@dataclass(frozen=True)
class DemandLine:
    """A line of an order and the requisition row that it names; a carried one was ordered of it before."""

    row: int
    item: str
    qty: Decimal
    requisition: str = ""
    requisition_row: RequisitionRow | None = None
    is_carried: bool = False


declare(
    NUMBER,
    title="Orders come from requisitions",
    title_zh="依请购采购",
    summary=(
        "Every order line comes from an approved requisition line, and each requisition line from a plan line "
        "or a stated reason; no more is ordered than was requested."
    ),
    summary_zh="每一采购行来自已核准的请购行，每一请购行来自物料计划或注明原因；不得超请购量采购。",
    kinds=[Kind.RECORD, Kind.BLOCK, Kind.WARN],
    applies_to=(PLAN, REQUISITION, ORDER),
)

signatures(
    REQUISITION,
    ("submitted", RequisitionState.APPROVAL, None),
    clear_on=RequisitionState.DRAFT,
)
signatures(
    REQUISITION,
    ("approved", RequisitionState.APPROVED, RequisitionState.APPROVAL),
)


def plain(qty: Decimal) -> str:
    """Return a quantity as people write it: without an exponent and without zeros at its end."""
    return format(qty.normalize(), "f")


def quantity_violations(lines: Iterable[WantedLine]) -> Iterator[Violation]:
    """Yield each line whose quantity is not a number above zero."""
    for line in lines:
        if line.qty <= 0:
            yield Violation(
                _("the quantity {0} is not above zero; enter what is needed"),
                (plain(line.qty),),
                table="items",
                row=line.row,
                fieldname="qty",
            )


def unusable_items(lines: Iterable) -> Iterator[Violation]:
    """Yield each line whose item is disabled."""
    for line in lines:
        if not line.is_item_usable:
            yield Violation(
                _("item {0} is disabled; choose the item that takes its place"),
                (line.item,),
                table="items",
                row=line.row,
                fieldname="item",
            )


def forged_values(forged: Iterable[Forged], table: str = "items") -> Iterator[Violation]:
    """Yield each value that somebody typed into a field that the app keeps."""
    for found in forged:
        yield Violation(
            _("{0} is kept by the app and cannot be entered; leave it as it is"),
            (found.label,),
            table=table if found.row else None,
            row=found.row,
            fieldname=found.fieldname,
        )


@check(NUMBER, doctype=PLAN, when=SAVE)
def plan_quantities(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each plan line without a quantity above zero."""
    yield from quantity_violations(facts.lines)


@check(NUMBER, doctype=PLAN, when=entering(PlanState.RELEASED))
def plan_items(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each plan line of a disabled item when the plan is released."""
    yield from unusable_items(facts.lines)


@check(NUMBER, doctype=REQUISITION, when=SAVE)
def requisition_quantities(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line without a quantity above zero, and values that only the app writes."""
    yield from quantity_violations(facts.lines)
    yield from forged_values(facts.forged)


@check(NUMBER, doctype=REQUISITION, when=LEAVING_DRAFT)
def requisition_sources(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line without a source, of a disabled item, of a plan not released, of another item than planned."""
    for line in facts.lines:
        if not (line.source.strip() or line.plan_item):
            yield Violation(
                _("item {0} has neither a plan line nor a reason; name one of them as its source"),
                (line.item,),
                table="items",
                row=line.row,
                fieldname="source",
            )
        if line.plan_item and line.plan_state != PlanState.RELEASED:
            yield Violation(
                _(
                    "plan {0} is {1}, not Released; have it released, or take the plan line out and give a reason"
                ),
                (line.plan, line.plan_state),
                table="items",
                row=line.row,
                fieldname="plan_row",
            )
        if line.plan_item and line.plan_item != line.item:
            yield Violation(
                _("its plan line is for item {0}, not {1}; correct the item or take the plan line out"),
                (line.plan_item, line.item),
                table="items",
                row=line.row,
                fieldname="item",
            )
    yield from unusable_items(facts.lines)


@check(NUMBER, doctype=REQUISITION, when=LEAVING_DRAFT, severity=Kind.WARN)
def requisition_beyond_plan(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of each line that asks for more than its plan line still has open; equal passes."""
    asked: dict[str, Decimal] = {}
    for line in facts.lines:
        if line.plan_open_qty is None:
            continue
        asked[line.plan_row] = asked.get(line.plan_row, Decimal(0)) + line.qty
        if asked[line.plan_row] > line.plan_open_qty:
            yield Violation(
                _("{0} are asked for, {1} are open on the plan line"),
                (plain(asked[line.plan_row]), plain(line.plan_open_qty)),
                table="items",
                row=line.row,
                fieldname="qty",
            )


@check(NUMBER, doctype=REQUISITION, when=LEAVING_DRAFT)
def affiliate_named(facts: RequisitionFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield an affiliate's requisition that does not name an affiliate."""
    if not facts.is_judged:
        return
    if facts.kind == RequisitionKind.AFFILIATE and facts.affiliate_kind != RequisitionKind.AFFILIATE:
        yield Violation(
            _("the requisition is for an affiliate, {0} is none; name the affiliate it is for"),
            (facts.affiliate or "-",),
            fieldname="affiliate",
        )


def demand_violations(lines: Iterable[DemandLine], *, is_by_change: bool = False) -> Iterator[Violation]:
    """Yield each order line without an approved requisition row, or that takes more than it has open (4.3).

    All that is open may be ordered. A line that an approved change order asks for needs no requisition row.
    """
    taken: dict[str, Decimal] = {}
    for line in lines:
        found = line.requisition_row
        if found is None:
            if is_by_change and not line.requisition:
                continue
            yield _demand(
                line,
                _("item {0} comes from no requisition line; choose an approved one"),
                (line.item,),
                "requisition",
            )
            continue
        is_open = found.state in (RequisitionState.APPROVED, RequisitionState.ORDERED)
        if not is_open and not line.is_carried:
            yield _demand(
                line,
                _("requisition {0} is {1}, not Approved; have it approved first"),
                (found.requisition, found.state),
                "requisition",
            )
        if found.item != line.item:
            yield _demand(
                line,
                _("the requisition line is for item {0}, not {1}; order what was requested"),
                (found.item, line.item),
                "item",
            )
        taken[found.name] = taken.get(found.name, Decimal(0)) + line.qty
        if taken[found.name] > found.open_qty:
            yield _demand(
                line,
                _(
                    "{0} would be ordered, {1} of {2} are still open on requisition {3}; "
                    "lower the quantity or have more requested"
                ),
                (
                    plain(taken[found.name]),
                    plain(max(found.open_qty, Decimal(0))),
                    plain(found.qty),
                    found.requisition,
                ),
                "qty",
            )


def _demand(line: DemandLine, message: str, args: tuple, fieldname: str) -> Violation:
    return Violation(message, args, table="items", row=line.row, fieldname=fieldname)
