"""Chapter 4.7: goods go back to their supplier, with their order's number or through purchasing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from erp_rules.clauses.base import (
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
from erp_rules.clauses.chapter_4_3 import ORDER, Forged, forged_values
from erp_rules.clauses.chapter_5 import Bucket, Movement

RETURN = "Purchase Return"
KNOWN, UNKNOWN = "4.7.1.1", "4.7.1.2"


class ReturnState(StrEnum):
    """The states of a return."""

    DRAFT = "Draft"
    PURCHASING_HANDLING = "Purchasing Handling"
    MANAGER_APPROVAL = "Manager Approval"
    APPROVED = "Approved"
    HANDED_OVER = "Handed Over"
    POSTED = "Posted"


class ReturnReason(StrEnum):
    """Why goods go back."""

    REJECTED = "Rejected at Inspection"
    OVER_DELIVERY = "Over Delivery"
    DEFECTIVE_IN_USE = "Defective in Use"
    WRONG_GOODS = "Wrong Goods"
    OTHER = "Other"


RESERVING = (
    ReturnState.PURCHASING_HANDLING,
    ReturnState.MANAGER_APPROVAL,
    ReturnState.APPROVED,
    ReturnState.HANDED_OVER,
    ReturnState.POSTED,
)
MOVING_ON = (
    ReturnState.PURCHASING_HANDLING,
    ReturnState.MANAGER_APPROVAL,
    ReturnState.APPROVED,
    ReturnState.HANDED_OVER,
    ReturnState.POSTED,
)


@dataclass(frozen=True)
class ReturnLine:
    """A row of a return; `left_qty` is what may still go back of its order row (or of the goods kept apart)."""

    row: int
    item: str
    qty: Decimal | None
    warehouse: str = ""
    bucket: str = Bucket.AVAILABLE
    order_row: str = ""
    order_of_row: str | None = None
    item_of_row: str | None = None
    left_qty: Decimal | None = None
    left_key: str = ""
    rate: Decimal | None = Decimal(0)
    on_hand: Decimal = Decimal(0)
    over_supplier: str | None = None
    over_item: str | None = None
    over_places: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReturnFacts:
    """All that the clauses need to know of one return; read in bulk."""

    supplier: str
    order: str = ""
    order_supplier: str = ""
    currency: str = ""
    signed_by_supplier: str = ""
    lines: tuple[ReturnLine, ...] = ()
    forged: tuple[Forged, ...] = ()


declare(
    KNOWN,
    title="Return against a known order",
    title_zh="已知采购单退货",
    summary=(
        "The return carries its order's number, the warehouse manager approves it, the supplier signs the "
        "hand-over and it is posted against the order. No more goes back than was received less returned."
    ),
    summary_zh="退货单注明采购单号，仓库主管核准，供应商签收，依采购单入账；不得超过已收减已退数量。",
    kinds=[Kind.ROUTE, Kind.BLOCK],
    applies_to=(RETURN,),
)
declare(
    UNKNOWN,
    title="Return without a known order",
    title_zh="未知采购单退货",
    summary="Purchasing handles goods whose order is not known: a return order with negative quantities is made and "
    "posted.",
    summary_zh="无采购单号之退货由采购处理：开立负数量退货采购单并入账。",
    kinds=[Kind.AUTO, Kind.BLOCK],
    applies_to=(RETURN, ORDER),
)
signatures(
    RETURN,
    ("requested", ReturnState.PURCHASING_HANDLING, ReturnState.DRAFT),
    ("requested", ReturnState.MANAGER_APPROVAL, ReturnState.DRAFT),
    ("handled", ReturnState.MANAGER_APPROVAL, ReturnState.PURCHASING_HANDLING),
    ("approved", ReturnState.APPROVED, None),
    ("handed_over", ReturnState.HANDED_OVER, None),
    clear_on=ReturnState.DRAFT,
)
signatures(
    RETURN,
    ("posted", ReturnState.POSTED, None),
)


def _at(line: ReturnLine, fieldname: str, message: str, *args) -> Violation:
    return Violation(message, args, table="items", row=line.row, fieldname=fieldname, waivable=False)


@check(UNKNOWN, doctype=ORDER, when=SAVE)
def return_order_follows_its_return(facts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what somebody would make or alter of a return order, which only a return makes."""
    for found in facts.forged_return:
        yield Violation(
            _("a return order is made by a return and follows it; enter {0} on the return"),
            (found.label,),
            table="items" if found.row else None,
            row=found.row,
            fieldname=found.fieldname,
            waivable=False,
        )


@check(KNOWN, doctype=RETURN, when=SAVE)
def return_lines(facts: ReturnFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield quantities that are none, rows of other orders, items or suppliers, and values only the app writes."""
    yield from forged_values(facts.forged)
    if facts.order and facts.order_supplier != facts.supplier:
        yield Violation(
            _("order {0} is of supplier {1}, not {2}"),
            (facts.order, facts.order_supplier or "-", facts.supplier),
            fieldname="purchase_order",
            waivable=False,
        )
    for line in facts.lines:
        if line.qty is None or line.qty <= 0:
            yield _at(
                line,
                "qty",
                _("{0} is no quantity to return; enter a number above zero"),
                "-" if line.qty is None else line.qty,
            )
        if line.item_of_row is not None and line.item_of_row != line.item:
            yield _at(line, "item", _("the order row is for item {0}, not {1}"), line.item_of_row, line.item)
        if line.bucket == Bucket.OVER_DELIVERY:
            if (line.over_supplier, line.over_item) != (facts.supplier, line.item):
                yield _at(
                    line,
                    "over_delivery",
                    _("name the over-delivery of item {0} by supplier {1} that these goods are"),
                    line.item,
                    facts.supplier,
                )
            elif line.warehouse not in line.over_places:
                yield _at(
                    line,
                    "warehouse",
                    _("these goods are kept apart in {0}; return them from there"),
                    ", ".join(line.over_places),
                )
        elif line.order_of_row is not None and facts.order and line.order_of_row != facts.order:
            yield _at(
                line,
                "order_row",
                _("the row belongs to order {0}, the return to {1}"),
                line.order_of_row,
                facts.order,
            )


@check(KNOWN, doctype=RETURN, when=entering(*MOVING_ON))
def no_more_than_left(facts: ReturnFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row that would send back more than was received less returned; equal passes (4.7.1.1)."""
    taken: dict[str, Decimal] = {}
    for line in facts.lines:
        if facts.order and line.bucket == Bucket.AVAILABLE and not line.order_row:
            yield _at(
                line,
                "order_row",
                _("choose the row of order {0} that item {1} came on"),
                facts.order,
                line.item,
            )
        if line.left_qty is None:
            continue
        taken[line.left_key] = taken.get(line.left_key, Decimal(0)) + (line.qty or Decimal(0))
        if taken[line.left_key] > line.left_qty:
            yield _at(
                line,
                "qty",
                _("{0} would go back, {1} are left of what was received; lower the quantity"),
                taken[line.left_key],
                max(line.left_qty, Decimal(0)),
            )


@check(
    KNOWN,
    doctype=RETURN,
    when=entering(ReturnState.PURCHASING_HANDLING, ReturnState.MANAGER_APPROVAL, ReturnState.HANDED_OVER),
)
def goods_are_there(facts: ReturnFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row that takes more from its warehouse than is on hand there and not handed over; equal passes."""
    taken: dict[tuple[str, str, str], Decimal] = {}
    for line in facts.lines:
        key = (line.item, line.warehouse, line.bucket)
        taken[key] = taken.get(key, Decimal(0)) + (line.qty or Decimal(0))
        if taken[key] > line.on_hand:
            yield _at(
                line,
                "qty",
                _("{0} would leave {1}, {2} are on hand there"),
                taken[key],
                line.warehouse,
                line.on_hand,
            )


@check(UNKNOWN, doctype=RETURN, when=entering(ReturnState.MANAGER_APPROVAL))
def handled_by_purchasing(facts: ReturnFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what purchasing has left open on a return without an order: the currency and each row's rate."""
    if facts.order or all(line.bucket == Bucket.OVER_DELIVERY for line in facts.lines):
        return
    if not facts.currency:
        yield Violation(_("choose the currency of the return order"), fieldname="currency", waivable=False)
    for line in facts.lines:
        if line.bucket == Bucket.AVAILABLE and (line.rate is None or line.rate <= 0):
            yield _at(
                line,
                "rate",
                _("enter the rate at which item {0} goes back; the return finder proposes receipts"),
                line.item,
            )


@check(KNOWN, doctype=RETURN, when=entering(ReturnState.HANDED_OVER))
def supplier_signed(facts: ReturnFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when nobody of the supplier signed for the goods."""
    if not facts.signed_by_supplier.strip():
        yield Violation(
            _("enter who of the supplier signed for the goods"),
            fieldname="supplier_signed_by",
            waivable=False,
        )


def movements(lines: Iterable[tuple[str, str, str, Decimal, str]]) -> list[Movement]:
    """Return what posting takes from the ledger, for (item, warehouse, bucket, qty, row name)."""
    return [Movement(item, place, -qty, bucket, row=row) for item, place, bucket, qty, row in lines]
