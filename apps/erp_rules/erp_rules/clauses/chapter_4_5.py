"""Chapter 4.5: an issued order changes only through a change order, and what each kind of change leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import erp_rules.clauses.chapter_4_4  # noqa: F401  declares 4.4.1, which is judged here too
from erp_rules.clauses.base import (
    COUNT_PARAMETER,
    LEAVING_DRAFT,
    SAVE,
    Kind,
    Parameter,
    ParameterType,
    Scope,
    StrEnum,
    Violation,
    _,
    check,
    declare,
    entering,
    signatures,
)
from erp_rules.clauses.chapter_4_1 import STOPPED, SupplierStatus
from erp_rules.clauses.chapter_4_2 import ChangeStatus, SampledLine, sample_violations
from erp_rules.clauses.chapter_4_3 import (
    CHANGE,
    OPEN_STATES,
    ORDER,
    Forged,
    OrderKind,
    OrderState,
    RequisitionRow,
    RequisitionState,
    forged_values,
    plain,
)

ENGINEERING = "Engineering Change Notice"


class ChangeState(StrEnum):
    """The states of a change order."""

    DRAFT = "Draft"
    APPROVAL = "Approval"
    APPROVED = "Approved"
    EXECUTED = "Executed"
    REJECTED = "Rejected"


class EngineeringState(StrEnum):
    """The states of an engineering change notice."""

    DRAFT = "Draft"
    APPROVAL = "Approval"
    APPROVED = "Approved"
    REJECTED = "Rejected"


class OrderChange(StrEnum):
    """What a change order changes; one kind each."""

    INCREASE = "Quantity Increase"
    DECREASE = "Quantity Decrease"
    ITEM = "Item Change"
    DATE = "Date Change"
    CANCELLATION = "Cancellation"
    PRICE = "Price Change"
    SUPPLIER = "Supplier Change"


class Produced(StrEnum):
    """Whether the supplier has made the goods that are no longer wanted."""

    NO = "Not Produced"
    YES = "Produced"


class Demand(StrEnum):
    """What becomes of the requisition's quantity that is taken off an order."""

    ENDS = "No Longer Needed"
    STAYS = "Still Needed"


class Direction(StrEnum):
    """Where a price goes; up as soon as one line does."""

    UP = "Up"
    DOWN = "Down"


OPEN_CHANGES = (ChangeState.APPROVAL, ChangeState.APPROVED)
CLOSING = (OrderChange.DECREASE, OrderChange.ITEM, OrderChange.CANCELLATION, OrderChange.SUPPLIER)
NEW_GOODS = (OrderChange.INCREASE, OrderChange.ITEM, OrderChange.SUPPLIER)
CHANGEABLE = {
    kind: (*OPEN_STATES, OrderState.RECEIVED)
    if kind in (OrderChange.INCREASE, OrderChange.PRICE)
    else OPEN_STATES
    for kind in OrderChange
}
TERMS = ("item", "item_name", "specification", "qty", "department", "rate", "required_date", "supplier")
LABELS = {
    "item": _("Item"),
    "item_name": _("Item Name"),
    "specification": _("Specification"),
    "qty": _("Quantity"),
    "department": _("Department"),
    "rate": _("Rate"),
    "required_date": _("Required Date"),
    "supplier": _("Supplier"),
    "currency": _("Currency"),
    "received_qty": _("Received Quantity"),
    "closed_qty": _("Closed Quantity"),
}
# What a change of each kind may alter. A new order may also go to another department.
ALTERS = {
    OrderChange.INCREASE: ("qty", "rate", "required_date", "department"),
    OrderChange.DECREASE: ("qty", "department"),
    OrderChange.ITEM: (
        "item", "item_name", "specification", "qty", "rate", "required_date", "department",
    ),
    OrderChange.DATE: ("required_date",),
    OrderChange.CANCELLATION: ("qty",),
    OrderChange.PRICE: ("rate",),
    OrderChange.SUPPLIER: ("supplier", "rate", "required_date", "department"),
}  # fmt: skip
# What a line must alter for the change to be one.
SUBJECT = {
    OrderChange.INCREASE: "qty",
    OrderChange.DECREASE: "qty",
    OrderChange.ITEM: "item",
    OrderChange.DATE: "required_date",
    OrderChange.CANCELLATION: "qty",
    OrderChange.PRICE: "rate",
    OrderChange.SUPPLIER: "supplier",
}
CLAUSE = {
    OrderChange.INCREASE: "4.5.1.1.1",
    OrderChange.DECREASE: "4.5.1.1.2",
    OrderChange.ITEM: "4.5.1.2",
    OrderChange.DATE: "4.5.1.3",
    OrderChange.CANCELLATION: "4.5.1.4",
    OrderChange.PRICE: "4.5.2.2",
    OrderChange.SUPPLIER: "4.5.3",
}


# What is known of a change ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What was agreed, or shall be, for one row of an order."""

    item: str = ""
    item_name: str = ""
    specification: str = ""
    qty: Decimal = Decimal(0)
    department: str = ""
    rate: Decimal = Decimal(0)
    required_date: date | None = None
    supplier: str = ""


@dataclass(frozen=True)
class OrderedRow:
    """A row of the order as it is stored now; `received_qty` is less what was returned."""

    name: str
    idx: int
    terms: Terms
    received_qty: Decimal = Decimal(0)
    closed_qty: Decimal = Decimal(0)
    price_row: str = ""
    is_unpriced: bool = False
    tax_rate: Decimal = Decimal(0)
    requisition: str = ""
    requisition_row: str = ""
    plan_row: str = ""
    first_required_date: date | None = None
    not_lowest_reason: str = ""
    not_lowest_remark: str = ""

    @property
    def remaining(self) -> Decimal:
        """What was ordered, without the free quantity, and may still come."""
        return max(self.terms.qty - max(self.received_qty, Decimal(0)) - self.closed_qty, Decimal(0))

    @property
    def settled(self) -> Decimal:
        """What of the ordered quantity a change can no longer touch: it came, or will not come any more."""
        return self.terms.qty - self.remaining


@dataclass(frozen=True)
class OrderNow:
    """The order as it is stored now."""

    name: str
    state: str
    kind: str = OrderKind.STANDARD
    supplier: str = ""
    currency: str = ""
    department: str = ""
    rows: tuple[OrderedRow, ...] = ()


@dataclass(frozen=True)
class Offer:
    """The price at which the new goods of a line can be ordered; a waiver may stand in for a posted one."""

    rate: Decimal
    currency: str
    price_row: str = ""


@dataclass(frozen=True)
class ChangeLine:
    """A line of a change order: the order's row now, and the terms written as old and as new."""

    row: int
    ordered: OrderedRow | None
    old: Terms
    new: Terms
    offer: Offer | None = None
    new_currency: str = ""
    supplier_status: str = SupplierStatus.APPROVED
    sample_status: str = "Confirmed"
    is_item_usable: bool = True
    requisition: str = ""
    requisition_row: RequisitionRow | None = None
    price_change: str = ""

    @property
    def altered(self) -> tuple[str, ...]:
        """The terms that differ."""
        return tuple(name for name in TERMS if getattr(self.old, name) != getattr(self.new, name))


@dataclass(frozen=True)
class EngineeringNotice:
    """The engineering change notice that a change names: its state, and which item takes whose place."""

    name: str
    state: str
    pairs: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Told:
    """When and how the supplier was told of a change and confirmed it: as it is being saved, or as it is stored."""

    notified_at: datetime | None = None
    confirmed_at: datetime | None = None
    means: str = ""
    confirmed_by: str = ""
    confirmation: str = ""


@dataclass(frozen=True)
class ChangeFacts:
    """All that the clauses need to know of one change order; read in bulk.

    `is_judged` is false once it was executed: the order is then no longer what the change found. `is_draft`
    while it is being written. `then` is the order as the change found it, `now` as it is.
    """

    kind: str
    reason: str = ""
    is_permanent: bool = False
    produced: str = ""
    disposition: str = ""
    demand: str = ""
    direction: str = ""
    today: date | None = None
    now_at: datetime | None = None
    made_at: datetime | None = None
    is_judged: bool = True
    is_draft: bool = False
    order: OrderNow | None = None
    then: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lines: tuple[ChangeLine, ...] = ()
    unknown_rows: tuple[int, ...] = ()
    bad_numbers: tuple[tuple[int, str], ...] = ()
    other_changes: tuple[str, ...] = ()
    waiting_receipts: tuple[str, ...] = ()
    engineering: EngineeringNotice | None = None
    engineering_name: str = ""
    over_delivery: str = ""
    over_delivery_order: str = ""
    forged: tuple[Forged, ...] = ()
    told: Told = field(default_factory=Told)
    told_before: Told = field(default_factory=Told)

    @property
    def changing(self) -> tuple[ChangeLine, ...]:
        """The lines that change something; the others only show what stays."""
        subject = SUBJECT.get(self.kind)
        return tuple(line for line in self.lines if line.ordered and subject in line.altered)


def _at(line: ChangeLine, term: str, message: str, *args, scope: Scope | None = None) -> Violation:
    return Violation(
        message,
        args,
        table="lines",
        row=line.row,
        fieldname=f"new_{term}",
        scope=scope,
        waivable=scope is not None,
    )


def number(value: object) -> str:
    """Return a quantity or rate as it is compared and shown: without zeros at its end."""
    return plain(Decimal(str(value)))


# The order as the change found it ---------------------------------------------------------------------


def snapshot(order: OrderNow) -> dict[str, dict[str, str]]:
    """Return what a change order keeps of the order to find out later whether it changed, by row name."""
    return {
        row.name: {
            "idx": str(row.idx),
            "item": row.terms.item,
            "qty": number(row.terms.qty),
            "rate": number(row.terms.rate),
            "required_date": str(row.terms.required_date or ""),
            "supplier": order.supplier,
            "currency": order.currency,
            "department": order.department,
            "received_qty": number(row.received_qty),
            "closed_qty": number(row.closed_qty),
        }
        for row in order.rows
    }


def drifts(facts: ChangeFacts) -> Iterator[tuple[str, int | None, str, str, str]]:
    """Yield how the order differs from what the change found: order row, line, term, found, expected.

    A change that closes the order looks at all its rows, every other at those that it names.
    """
    lines = {line.ordered.name: line.row for line in facts.changing if line.ordered}
    now = snapshot(facts.order)
    for name in sorted({*facts.then, *now}, key=lambda n: (now.get(n) or facts.then[n])["idx"].zfill(6)):
        if name not in lines and facts.kind not in CLOSING:
            continue
        before, after = facts.then.get(name), now.get(name)
        if before is None or after is None:
            yield (
                (after or before)["idx"],
                lines.get(name),
                "qty",
                "-" if after is None else after["qty"],
                ("-" if before is None else before["qty"]),
            )
            continue
        for term, found in after.items():
            if term != "idx" and found != before.get(term, ""):
                yield after["idx"], lines.get(name), term, found, before.get(term, "")


# 4.5.1 ------------------------------------------------------------------------------------------------

declare(
    "4.5.1",
    title="Issued orders change only by change order",
    title_zh="已发采购单凭变更单变更",
    summary=(
        "An issued order's quantity, item, date, price and supplier change only through an approved change "
        "order. The Division Head approves quantity, item and cancellation."
    ),
    summary_zh="已发出的采购单，其数量、料号、交期、单价、供应商仅凭已核准的采购变更单变更；"
    "数量、料号变更及取消由事业部最高主管核准。",
    kinds=[Kind.BLOCK, Kind.ROUTE],
    applies_to=(CHANGE, ORDER),
)
declare(
    "4.5.6",
    title="Old and new terms and the reason",
    title_zh="变更前后内容与原因",
    summary=(
        "A change order states old and new of item, name, specification, quantity, department, price and date, "
        "and the reason; all are mandatory."
    ),
    summary_zh="采购变更单须载明变更前后的料号、品名、规格、数量、部门、单价、交期及变更原因，均为必填。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    applies_to=(CHANGE,),
)

signatures(
    CHANGE,
    ("submitted", ChangeState.APPROVAL, ChangeState.DRAFT),
    ("approved", ChangeState.APPROVED, None),
    clear_on=ChangeState.DRAFT,
)
signatures(
    CHANGE,
    ("executed", ChangeState.EXECUTED, None),
)
signatures(
    ENGINEERING,
    ("submitted", EngineeringState.APPROVAL, None),
    clear_on=EngineeringState.DRAFT,
)
signatures(
    ENGINEERING,
    ("approved", EngineeringState.APPROVED, None),
)


@dataclass(frozen=True)
class Altered:
    """A term of an issued order that a save would alter, and its row (None: the order's)."""

    label: str
    fieldname: str
    row: int | None = None


@check("4.5.1", doctype=ORDER, when=SAVE)
def order_keeps_its_terms(facts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each term of an issued order that is altered in another way than by a change order."""
    for found in facts.altered_terms:
        yield Violation(
            _("the order has been issued; {0} changes by a change order only, make one"),
            (found.label,),
            table="items" if found.row else None,
            row=found.row,
            fieldname=found.fieldname,
            waivable=False,
        )


@check("4.5.6", doctype=CHANGE, when=SAVE)
def change_is_stated(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing reason, lines of no order row or of one twice, what is no number, and typed old values."""
    yield from forged_values(facts.forged, table="lines")
    if not facts.is_judged:
        return
    if not facts.reason.strip():
        yield Violation(_("state the reason of the change"), fieldname="reason", waivable=False)
    for row, fieldname in facts.bad_numbers:
        yield Violation(
            _("this is no number; enter one"), table="lines", row=row, fieldname=fieldname, waivable=False
        )
    for row in facts.unknown_rows:
        yield Violation(
            _("this is no row of the order; give the number of the order's line"),
            table="lines",
            row=row,
            fieldname="order_idx",
            waivable=False,
        )
    if facts.over_delivery and (facts.order is None or facts.over_delivery_order != facts.order.name):
        yield Violation(
            _("over-delivery {0} came on order {1}; name one of this order"),
            (facts.over_delivery, facts.over_delivery_order or "-"),
            fieldname="over_delivery",
            waivable=False,
        )
    seen: set[str] = set()
    for line in facts.lines:
        if line.ordered and line.ordered.name in seen:
            yield Violation(
                _("row {0} of the order is changed twice; keep one line of it"),
                (line.ordered.idx,),
                table="lines",
                row=line.row,
                fieldname="order_idx",
                waivable=False,
            )
        seen.add(line.ordered.name if line.ordered else "")


@check("4.5.6", doctype=CHANGE, when=LEAVING_DRAFT)
def change_is_complete(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each new term that is empty although the order states it."""
    if not facts.is_judged:
        return
    for line in facts.lines:
        for term in TERMS:
            is_number = term in ("qty", "rate")
            if not is_number and getattr(line.old, term) and not getattr(line.new, term):
                yield _at(line, term, _("{0} is missing; repeat what stays as it is"), LABELS[term])


@check("4.5.1", doctype=CHANGE, when=LEAVING_DRAFT)
def order_can_change(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield why this order cannot change now: not issued, closed, or another change order is open on it."""
    if not facts.is_judged:
        return
    order = facts.order
    if order is None or order.state not in CHANGEABLE.get(facts.kind, OPEN_STATES):
        is_late_too = OrderState.RECEIVED in CHANGEABLE.get(facts.kind, ())
        yield Violation(
            _("the order is {0}; a {1} is for orders that are issued or received and not closed")
            if is_late_too
            else _("the order is {0}; a {1} is for orders that are issued and not wholly received or closed"),
            (order.state if order else "-", facts.kind),
            fieldname="purchase_order",
            waivable=False,
        )
        return
    if order.kind == OrderKind.RETURN:
        yield Violation(
            _("a return order takes goods back and is not changed; close it and return anew"),
            fieldname="purchase_order",
            waivable=False,
        )
    for other in facts.other_changes:
        yield Violation(
            _("change order {0} is open on the same order; have it executed or rejected first"),
            (other,),
            fieldname="purchase_order",
            waivable=False,
        )


@check("4.5.1", doctype=CHANGE, when=LEAVING_DRAFT)
def order_is_as_found(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield how the order differs from what the change was written and approved for."""
    if not facts.is_judged or facts.order is None:
        return
    way_out = (
        _("row {0} of the order changed meanwhile: {1} is {2}, the change says {3}; save the draft again")
        if facts.is_draft
        else _(
            "row {0} of the order changed meanwhile: {1} is {2}, the change says {3}; "
            "reject the change, revise it and have it approved again"
        )
    )
    for idx, row, term, found, expected in drifts(facts):
        yield Violation(
            way_out,
            (idx, LABELS[term], found or "-", expected or "-"),
            table="lines" if row else None,
            row=row,
            fieldname=f"old_{term}" if row and term in TERMS else None,
            waivable=False,
        )


@check("4.5.1", doctype=CHANGE, when=LEAVING_DRAFT)
def one_kind_a_change(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a change that changes nothing, and each term that a change of its kind leaves alone."""
    if not facts.is_judged:
        return
    if not facts.changing:
        yield Violation(
            _("no line changes its {0}; enter what shall change"),
            (LABELS[SUBJECT[facts.kind]],),
            fieldname="lines",
            waivable=False,
        )
    for line in facts.lines:
        for term in line.altered:
            if term not in ALTERS[facts.kind]:
                yield _at(
                    line,
                    term,
                    _("a {0} leaves {1} as it is ({2}); make another change order for that"),
                    facts.kind,
                    LABELS[term],
                    _shown(getattr(line.old, term)),
                )


def _shown(value: object) -> str:
    return number(value) if isinstance(value, Decimal) else str(value or "-")


@check("4.5.1", doctype=CHANGE, when=LEAVING_DRAFT)
def nothing_waits_at_the_gate(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each receipt that has counted goods of an order that the change would close."""
    if not facts.is_judged or facts.kind not in CLOSING:
        return
    for receipt in facts.waiting_receipts:
        yield Violation(
            _("receipt {0} has counted goods of this order; have it posted, then change what is left"),
            (receipt,),
            fieldname="purchase_order",
            waivable=False,
        )


# 4.5.1.1 to 4.5.1.4: quantity, item, date, cancellation ------------------------------------------------

declare(
    "4.5.1.1.1",
    title="Quantity increase by a new order",
    title_zh="数量增加另开新单",
    summary="The order stays; a new order with its own number takes the extra quantity.",
    summary_zh="数量增加时原采购单不变，增加的数量另开新单号。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE,),
)
declare(
    "4.5.1.1.2",
    title="Quantity decrease by a new order",
    title_zh="数量减少结旧单开新单",
    summary=(
        "Not produced: the supplier stops, the old order is closed, a new one takes the remaining quantity. "
        "Produced: a disposition agreed with the supplier is mandatory first. What was received stays on the "
        "old order."
    ),
    summary_zh="未生产：通知供应商停止，旧单结案，余量开新单；已生产：须先与供应商议定处理方式；已收数量留在旧单。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE,),
)
declare(
    "4.5.1.2",
    title="Item change by engineering notice",
    title_zh="料号变更凭工程设变",
    summary=(
        "An item changes with an approved engineering change notice and a new requisition approved by the "
        "Planning Manager; the old order is closed and a new one takes the new item."
    ),
    summary_zh="料号变更须有已核准的工程设变通知单及经计划主管核准的新请购单；旧单结案，新料号开新单。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE, ENGINEERING),
)
declare(
    "4.5.1.3",
    title="Date change",
    title_zh="交期变更",
    summary="The purchaser alone changes the date; the supplier is told and earlier promises are kept.",
    summary_zh="交期变更由采购员自行办理，通知供应商，并保留原承诺交期。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE,),
)
declare(
    "4.5.1.4",
    title="Cancellation",
    title_zh="订单取消",
    summary="As a decrease to zero: what was received stays, the rest is closed.",
    summary_zh="取消视同数量减至零：已收部分保留，其余结案。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE,),
)


@check("4.5.1.1.1", doctype=CHANGE, when=LEAVING_DRAFT)
def increase_goes_up(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line of an increase whose quantity does not go up; equal changes nothing and passes."""
    if facts.is_judged and facts.kind == OrderChange.INCREASE:
        for line in facts.changing:
            if line.new.qty < line.old.qty:
                yield _at(
                    line,
                    "qty",
                    _("{0} is less than the {1} ordered; make a Quantity Decrease"),
                    number(line.new.qty),
                    number(line.old.qty),
                )


@check("4.5.1.1.2", doctype=CHANGE, when=LEAVING_DRAFT)
def decrease_goes_down(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line of a decrease whose quantity goes up, or below what has come; equal to that passes."""
    if not facts.is_judged or facts.kind != OrderChange.DECREASE:
        return
    for line in facts.changing:
        if line.new.qty > line.old.qty:
            yield _at(
                line,
                "qty",
                _("{0} is more than the {1} ordered; make a Quantity Increase"),
                number(line.new.qty),
                number(line.old.qty),
            )
        elif line.new.qty < line.ordered.settled:
            yield _at(
                line,
                "qty",
                _("{0} is less than the {1} that came or were closed already; no lower than that"),
                number(line.new.qty),
                number(line.ordered.settled),
            )


def _state_of_goods(facts: ChangeFacts) -> Iterator[Violation]:
    """Yield what is missing about goods the supplier may have made: whether, and what becomes of them."""
    if facts.produced not in (Produced.NO, Produced.YES):
        yield Violation(
            _("state whether the supplier has produced the goods"), fieldname="produced", waivable=False
        )
    elif facts.produced == Produced.YES and not facts.disposition.strip():
        yield Violation(
            _("the goods are produced; state what was agreed with the supplier about them"),
            fieldname="disposition",
            waivable=False,
        )


@check("4.5.1.1.2", doctype=CHANGE, when=LEAVING_DRAFT)
def goods_are_disposed_of(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what is missing about produced goods when the order will be closed."""
    if facts.is_judged and facts.kind in (OrderChange.DECREASE, OrderChange.ITEM, OrderChange.SUPPLIER):
        yield from _state_of_goods(facts)


@check("4.5.1.4", doctype=CHANGE, when=LEAVING_DRAFT)
def cancellation_is_whole(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what is missing about produced goods, and each line that would leave something to come."""
    if not facts.is_judged or facts.kind != OrderChange.CANCELLATION:
        return
    yield from _state_of_goods(facts)
    for line in facts.lines:
        if line.ordered and line.new.qty != line.ordered.settled:
            yield _at(
                line,
                "qty",
                _(
                    "a cancellation leaves {0}, what came already, not {1}; to keep more make a Quantity Decrease"
                ),
                number(line.ordered.settled),
                number(line.new.qty),
            )


@check("4.5.1.2", doctype=CHANGE, when=LEAVING_DRAFT)
def item_change_is_founded(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield an item change without its approved engineering notice or its approved new requisition."""
    if not facts.is_judged or facts.kind != OrderChange.ITEM:
        return
    notice = facts.engineering
    if notice is None or notice.state != EngineeringState.APPROVED:
        yield Violation(
            _("engineering change notice {0} is {1}, not Approved; name an approved one"),
            (facts.engineering_name or "-", notice.state if notice else "-"),
            fieldname="engineering_change_notice",
            waivable=False,
        )
    asked: dict[str, Decimal] = {}
    for line in facts.changing:
        if notice and (line.old.item, line.new.item) not in notice.pairs:
            yield _at(
                line,
                "item",
                _("engineering change notice {0} does not put item {1} in the place of {2}"),
                notice.name,
                line.new.item,
                line.old.item,
            )
        if not line.is_item_usable:
            yield _at(
                line, "item", _("item {0} is disabled; choose the item that takes its place"), line.new.item
            )
        if line.new.qty <= 0:
            yield _at(
                line,
                "qty",
                _("the quantity {0} is not above zero; enter what is needed"),
                number(line.new.qty),
            )
        if line.ordered and line.ordered.remaining <= 0:
            yield _at(line, "item", _("nothing of row {0} is still to come"), line.ordered.idx)
        yield from _against_requisition(line, asked)


def _against_requisition(line: ChangeLine, asked: dict[str, Decimal]) -> Iterator[Violation]:
    found = line.requisition_row
    place = {"table": "lines", "row": line.row, "fieldname": "requisition", "waivable": False}
    if found is None or found.item != line.new.item:
        yield Violation(
            _("name the new requisition of item {0}; {1} does not ask for it"),
            (line.new.item, line.requisition or "-"),
            **place,
        )
        return
    if found.state not in (RequisitionState.APPROVED, RequisitionState.ORDERED):
        yield Violation(
            _("requisition {0} is {1}; the Planning Manager approves it first"),
            (found.requisition, found.state),
            **place,
        )
    asked[found.name] = asked.get(found.name, Decimal(0)) + line.new.qty
    if asked[found.name] > found.open_qty:
        yield Violation(
            _(
                "{0} would be ordered, {1} are open on requisition {2}; lower the quantity or have more requested"
            ),
            (
                number(asked[found.name]),
                number(max(found.open_qty, Decimal(0))),
                found.requisition,
            ),
            **place,
        )


@check("4.5.1.3", doctype=CHANGE, when=LEAVING_DRAFT)
def new_date_is_ahead(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each new date that has passed, or of a row of which nothing is still to come; today passes."""
    if not facts.is_judged:
        return
    for line in facts.changing:
        if "required_date" not in line.altered and facts.kind != OrderChange.DATE:
            continue
        if line.new.required_date and facts.today and line.new.required_date < facts.today:
            yield _at(
                line,
                "required_date",
                _("{0} has passed; enter a date from {1} on"),
                line.new.required_date,
                facts.today,
            )
        if facts.kind == OrderChange.DATE and line.ordered.remaining <= 0:
            yield _at(line, "required_date", _("nothing of row {0} is still to come"), line.ordered.idx)


# 4.5.2: price -----------------------------------------------------------------------------------------

declare(
    "4.5.2.1",
    title="Who approves a price change",
    title_zh="单价变更核准",
    summary="A price that goes up is approved by the Top Executive, one that goes down by the Purchasing Manager.",
    summary_zh="涨价由公司最高主管核准，降价由采购主管核准。",
    kinds=[Kind.ROUTE, Kind.BLOCK],
    applies_to=(CHANGE,),
)
declare(
    "4.5.2.2",
    title="Finance executes a price change",
    title_zh="单价变更由财会执行",
    summary="Only a Finance Officer carries a price change out on the order.",
    summary_zh="单价变更仅由财会在采购单上执行。",
    kinds=[Kind.AUTO, Kind.ROUTE],
    applies_to=(CHANGE,),
)
declare(
    "4.5.2.3",
    title="A permanent price needs its price approval",
    title_zh="长期单价变更须经单价核定",
    summary="A permanent price change also needs its row in the changes of the item's price approval.",
    summary_zh="长期性的单价变更，须另在单价核定表的单价异动中登录。",
    kinds=[Kind.BLOCK],
    applies_to=(CHANGE,),
)


def direction(lines: Iterable[ChangeLine]) -> str:
    """Return where the prices of these lines go: up as soon as one does, empty when none changes."""
    altered = [line for line in lines if line.old.rate != line.new.rate]
    if not altered:
        return ""
    return str(Direction.UP if any(line.new.rate > line.old.rate for line in altered) else Direction.DOWN)


@check("4.5.2.1", doctype=CHANGE, when=LEAVING_DRAFT)
def price_goes_where_it_says(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield rates that are not above zero, rows that have no price yet, and a direction that is not the lines'."""
    if not facts.is_judged or facts.kind != OrderChange.PRICE:
        return
    for line in facts.changing:
        if line.new.rate <= 0:
            yield _at(
                line, "rate", _("the rate {0} is not above zero; enter the new price"), number(line.new.rate)
            )
        if line.ordered.is_unpriced:
            yield _at(
                line,
                "rate",
                _("row {0} went out without a price and gets it by a posted price approval"),
                line.ordered.idx,
            )
    if facts.direction != direction(facts.lines):
        yield Violation(
            _("the price goes {0}, the change says {1}; save it again"),
            (direction(facts.lines) or "-", facts.direction or "-"),
            fieldname="price_direction",
            waivable=False,
        )


def _price_approval_lacks(line: ChangeLine, message: str) -> Violation:
    return _at(
        line,
        "rate",
        message,
        line.old.item,
        line.old.supplier,
        number(line.new.rate),
        line.price_change or "-",
    )


@check("4.5.2.3", doctype=CHANGE, when=LEAVING_DRAFT)
def permanent_price_is_entered(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each permanently changed price that the changes of the item's price approval do not have."""
    if facts.is_judged and facts.kind == OrderChange.PRICE and facts.is_permanent:
        for line in facts.changing:
            if not line.price_change:
                yield _price_approval_lacks(
                    line,
                    _(
                        "the price approval of item {0} has no change of supplier {1} to {2}; "
                        "enter it there, or take the mark of a permanent change off"
                    ),
                )


@check("4.5.2.3", doctype=CHANGE, when=entering(ChangeState.EXECUTED))
def permanent_price_is_posted(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each permanently changed price whose change in the price approval is not posted yet."""
    if facts.is_judged and facts.kind == OrderChange.PRICE and facts.is_permanent:
        for line in facts.changing:
            if line.price_change and line.price_change != ChangeStatus.POSTED:
                yield _price_approval_lacks(
                    line,
                    _(
                        "the price approval of item {0}: the change of supplier {1} to {2} is {3}; have it posted first"
                    ),
                )


# 4.5.3 to 4.5.5 ---------------------------------------------------------------------------------------

declare(
    "4.5.3",
    title="Supplier change",
    title_zh="供应商变更",
    summary=(
        "Approved by the Purchasing Manager. The old order is closed, planning is told, and a new requisition "
        "and a new order at the new supplier are made."
    ),
    summary_zh="供应商变更由采购主管核准；旧单结案并通知计划，另立新请购单及新供应商的新采购单。",
    kinds=[Kind.ROUTE, Kind.AUTO, Kind.BLOCK],
    applies_to=(CHANGE,),
)
declare(
    "4.5.4",
    title="The new order carries its change order",
    title_zh="新单附变更单",
    summary="The new order carries the number of its change order and prints with it.",
    summary_zh="新采购单载明其变更单号，并与变更单一并打印。",
    kinds=[Kind.RECORD],
    applies_to=(CHANGE, ORDER),
)
declare(
    "4.5.5",
    title="The supplier is told at once",
    title_zh="立即通知供应商",
    summary="The supplier is told of an executed change at once, and its confirmation is recorded.",
    summary_zh="变更执行后立即通知供应商，并记录其确认。",
    kinds=[Kind.TIME, Kind.RECORD, Kind.BLOCK],
    applies_to=(CHANGE,),
    parameters=[
        Parameter(
            "notify_days", 0, "days", ParameterType.INT, _("Days to tell the supplier of a change"), minimum=0
        ),
        Parameter(
            "confirm_days", 3, "days", ParameterType.INT, _("Days until the supplier confirms"), minimum=0
        ),
        COUNT_PARAMETER,
    ],
)


@check("4.5.3", doctype=CHANGE, when=LEAVING_DRAFT)
def supplier_can_take_over(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line whose new supplier is not approved, or of which nothing is still to come."""
    if not facts.is_judged or facts.kind != OrderChange.SUPPLIER:
        return
    for line in facts.changing:
        if line.supplier_status != SupplierStatus.APPROVED:
            yield _at(
                line,
                "supplier",
                _("supplier {0} is {1}, not Approved; orders go to approved suppliers only"),
                line.new.supplier or "-",
                line.supplier_status or "-",
            )
        if line.ordered.remaining <= 0:
            yield _at(line, "supplier", _("nothing of row {0} is still to come"), line.ordered.idx)


@check("4.1.2.2", doctype=CHANGE, when=LEAVING_DRAFT)
def no_more_from_stopped(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield an increase or an item change at a supplier that gets no new orders."""
    if not facts.is_judged or facts.kind not in (OrderChange.INCREASE, OrderChange.ITEM):
        return
    stopped = {
        line.new.supplier: line.supplier_status for line in facts.changing if line.supplier_status in STOPPED
    }
    for supplier, status in stopped.items():
        yield Violation(
            _("supplier {0} is {1} and gets no new prices or orders; choose another supplier"),
            (supplier, status),
            fieldname="supplier",
        )


@check("4.2.2", doctype=CHANGE, when=LEAVING_DRAFT)
def new_goods_have_samples(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line that would order a new part whose sample is not confirmed."""
    if facts.is_judged and facts.kind in NEW_GOODS:
        for violation in sample_violations(
            SampledLine(line.row, line.new.item, line.new.supplier, line.sample_status)
            for line in facts.changing
        ):
            yield replace(violation, table="lines", fieldname="new_item")


@check("4.4.1", doctype=CHANGE, when=LEAVING_DRAFT)
def new_goods_have_prices(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line that would order at no posted price, or at another than was written and approved."""
    if not facts.is_judged or facts.kind not in NEW_GOODS:
        return
    for line in facts.changing:
        if line.offer is None:
            yield _at(
                line,
                "rate",
                _(
                    "supplier {0} has no effective price for item {1}; have one approved and posted, or ask for a waiver"
                ),
                line.new.supplier or "-",
                line.new.item or "-",
                scope=Scope(line.new.item, line.new.supplier),
            )
        elif (line.offer.rate, line.offer.currency) != (line.new.rate, line.new_currency):
            yield _at(
                line,
                "rate",
                _("the price is {0} {1} now, the change says {2} {3}; reject the change and revise it"),
                number(line.offer.rate),
                line.offer.currency,
                number(line.new.rate),
                line.new_currency or "-",
            )


# What is kept of the telling, by the fields that state it.
TELLING = {
    "supplier_notified_at": "notified_at",
    "notified_by_means": "means",
    "supplier_confirmed_at": "confirmed_at",
    "confirmed_by_name": "confirmed_by",
    "confirmation": "confirmation",
}


@check("4.5.5", doctype=CHANGE, when=SAVE)
def telling_is_kept(facts: ChangeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield times that lie ahead, before the change order or the wrong way round, and what was altered later.

    The minute in which the change order was made passes.
    """
    told, before = facts.told, facts.told_before
    for fieldname, name in TELLING.items():
        value, kept = getattr(told, name), getattr(before, name)
        if kept and value != kept:
            yield Violation(
                _("{0} is recorded and stays; add a comment when it was wrong"),
                (kept,),
                fieldname=fieldname,
                waivable=False,
            )
        elif isinstance(value, datetime) and facts.now_at and value > facts.now_at and not kept:
            yield Violation(
                _("{0} lies ahead; enter when it happened"), (value,), fieldname=fieldname, waivable=False
            )
        elif isinstance(value, datetime) and facts.made_at and value < facts.made_at and not kept:
            yield Violation(
                _("{0} lies before the change order was made; enter when it happened"),
                (value,),
                fieldname=fieldname,
                waivable=False,
            )
    if told.confirmed_at and (not told.notified_at or told.confirmed_at < told.notified_at):
        yield Violation(
            _("the supplier confirms after it was told; enter when it was told first"),
            fieldname="supplier_confirmed_at",
            waivable=False,
        )


def against_telling(state: str, told: Told, means: str) -> Iterator[Violation]:
    """Yield why it cannot be recorded now that the supplier was told: the state, an earlier record, no means."""
    if state != ChangeState.EXECUTED:
        yield Violation(
            _("the change is {0}; the supplier is told once it is executed"), (state,), waivable=False
        )
    elif told.notified_at:
        yield Violation(
            _("that the supplier was told is recorded already: {0}"), (told.notified_at,), waivable=False
        )
    elif not means.strip():
        yield Violation(_("say how the supplier was told"), fieldname="notified_by_means", waivable=False)


def against_confirmation(state: str, told: Told, confirmed_by: str) -> Iterator[Violation]:
    """Yield why the supplier's confirmation cannot be recorded now: not told yet, confirmed before, by nobody."""
    if state != ChangeState.EXECUTED or not told.notified_at:
        yield Violation(
            _("the supplier has not been told yet; record that first"),
            fieldname="supplier_notified_at",
            waivable=False,
        )
    elif told.confirmed_at:
        yield Violation(
            _("the supplier's confirmation is recorded already: {0}"), (told.confirmed_at,), waivable=False
        )
    elif not confirmed_by.strip():
        yield Violation(_("say who confirmed at the supplier"), fieldname="confirmed_by_name", waivable=False)


# Engineering change notices ---------------------------------------------------------------------------


@dataclass(frozen=True)
class EngineeringLine:
    """A line of an engineering change notice."""

    row: int
    old_item: str
    new_item: str
    is_new_usable: bool = True


@dataclass(frozen=True)
class EngineeringFacts:
    """All that the clauses need to know of an engineering change notice."""

    reason: str = ""
    lines: tuple[EngineeringLine, ...] = ()


@check("4.5.1.2", doctype=ENGINEERING, when=SAVE)
def notice_is_sound(facts: EngineeringFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield lines that put an item in its own place or one item in two places, disabled items, a missing reason."""
    if not facts.reason.strip():
        yield Violation(_("state the reason of the change"), fieldname="reason", waivable=False)
    seen: set[tuple[str, str]] = set()
    for line in facts.lines:
        place = {"table": "items", "row": line.row, "fieldname": "new_item", "waivable": False}
        if line.old_item == line.new_item:
            yield Violation(_("item {0} cannot take its own place"), (line.new_item,), **place)
        if (line.old_item, line.new_item) in seen:
            yield Violation(
                _("item {0} in the place of {1} is there twice; keep one line"),
                (line.new_item, line.old_item),
                **place,
            )
        seen.add((line.old_item, line.new_item))
        if not line.is_new_usable:
            yield Violation(
                _("item {0} is disabled; choose the item that takes its place"), (line.new_item,), **place
            )


# What a change leads to -------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRow:
    """A row of an order that a change makes. A carried one keeps the price it was ordered at."""

    item: str
    qty: Decimal
    required_date: date | None
    line: int | None = None
    replaces: OrderedRow | None = None
    is_carried: bool = False
    requisition: str = ""
    requisition_row: str = ""
    is_new_demand: bool = False
    rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class NewOrder:
    """An order that a change makes."""

    supplier: str
    currency: str
    department: str
    rows: tuple[NewRow, ...]


@dataclass(frozen=True)
class NewTerm:
    """A row of the order that a change alters in its place."""

    order_row: str
    line: int
    required_date: date | None = None
    rate: Decimal | None = None
    price_row: str = ""


@dataclass(frozen=True)
class Plan:
    """What a change order leads to: computed before, shown, and carried out just so.

    `closed_demand` is what of each requisition row is no longer wanted.
    """

    clause: str
    closes_order: bool = False
    new_orders: tuple[NewOrder, ...] = ()
    new_terms: tuple[NewTerm, ...] = ()
    closed_demand: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def new_demand(self) -> tuple[NewRow, ...]:
        """The rows for which a new requisition is made."""
        return tuple(row for order in self.new_orders for row in order.rows if row.is_new_demand)


def plan_of(facts: ChangeFacts) -> Plan:
    """Return what the change leads to, from what is known of it now."""
    plan = Plan(CLAUSE[facts.kind], closes_order=facts.kind in CLOSING)
    if facts.kind in (OrderChange.DATE, OrderChange.PRICE):
        return replace(plan, new_terms=tuple(_new_term(facts, line) for line in facts.changing))
    if facts.order is None:
        return plan
    lines = {line.ordered.name: line for line in facts.changing if line.ordered}
    grouped: dict[tuple[str, str, str], list[NewRow]] = {}
    closed: dict[str, Decimal] = {}
    for row in facts.order.rows:
        line = lines.get(row.name)
        made = _new_row(facts, row, line)
        if made is not None and made.qty > 0:
            grouped.setdefault(_goes_to(facts, line), []).append(made)
        gone = _no_longer_wanted(facts, row, line)
        if gone > 0 and row.requisition_row:
            closed[row.requisition_row] = closed.get(row.requisition_row, Decimal(0)) + gone
    orders = tuple(NewOrder(*key, rows=tuple(rows)) for key, rows in sorted(grouped.items()))
    return replace(plan, new_orders=orders, closed_demand=closed)


def _new_term(facts: ChangeFacts, line: ChangeLine) -> NewTerm:
    if facts.kind == OrderChange.DATE:
        return NewTerm(line.ordered.name, line.row, required_date=line.new.required_date)
    is_listed = facts.is_permanent and line.offer is not None and line.offer.rate == line.new.rate
    price_row = line.offer.price_row if is_listed else line.ordered.price_row
    return NewTerm(line.ordered.name, line.row, rate=line.new.rate, price_row=price_row)


def _goes_to(facts: ChangeFacts, line: ChangeLine | None) -> tuple[str, str, str]:
    """Return supplier, currency and department of the order that takes a row."""
    order = facts.order
    if line is None:
        return order.supplier, order.currency, order.department
    is_new = facts.kind in NEW_GOODS
    currency = (line.new_currency if is_new else "") or order.currency
    return line.new.supplier or order.supplier, currency, line.new.department or order.department


def _new_row(facts: ChangeFacts, row: OrderedRow, line: ChangeLine | None) -> NewRow | None:
    """Return what of an order's row goes to a new order, changed or as it is; None when nothing does."""
    if facts.kind == OrderChange.CANCELLATION or (facts.kind == OrderChange.INCREASE and line is None):
        return None
    carried = NewRow(
        item=row.terms.item,
        qty=row.remaining,
        required_date=row.terms.required_date,
        line=line.row if line else None,
        replaces=row,
        is_carried=True,
        requisition=row.requisition,
        requisition_row=row.requisition_row,
        rate=row.terms.rate,
    )
    if line is None:
        return carried
    if facts.kind == OrderChange.DECREASE:
        return replace(carried, qty=row.remaining - (row.terms.qty - line.new.qty))
    new = NewRow(
        item=line.new.item,
        qty=line.new.qty,
        required_date=line.new.required_date,
        line=line.row,
        replaces=row,
        rate=line.new.rate,
    )
    if facts.kind == OrderChange.INCREASE:
        return replace(new, qty=line.new.qty - row.terms.qty, replaces=None)
    if facts.kind == OrderChange.SUPPLIER:
        return replace(new, qty=row.remaining, is_new_demand=True)
    found = line.requisition_row
    return replace(
        new,
        requisition=found.requisition if found else "",
        requisition_row=found.name if found else "",
    )


def _no_longer_wanted(facts: ChangeFacts, row: OrderedRow, line: ChangeLine | None) -> Decimal:
    """Return what of a row's requisition is no longer wanted after the change."""
    if facts.kind in (OrderChange.ITEM, OrderChange.SUPPLIER):
        return row.remaining if line else Decimal(0)
    if facts.demand != Demand.ENDS:
        return Decimal(0)
    if facts.kind == OrderChange.CANCELLATION:
        return row.remaining
    if facts.kind == OrderChange.DECREASE and line:
        return row.terms.qty - line.new.qty
    return Decimal(0)
