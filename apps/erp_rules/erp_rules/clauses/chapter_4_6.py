"""Chapter 4.6: goods are counted blind, inspected, posted and put away; what is over is kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import erp_rules.clauses.chapter_4_4  # noqa: F401  declares 4.4.1, which is judged here too
from erp_rules.clauses.base import (
    COUNT_PARAMETER,
    DELETE,
    SAVE,
    Kind,
    Parameter,
    ParameterType,
    StrEnum,
    Violation,
    _,
    check,
    declare,
    entering,
    signatures,
    time_limit,
)
from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.clauses.chapter_4_3 import Forged, OrderKind, OrderState, forged_values, plain
from erp_rules.clauses.chapter_5 import Bucket, Movement

NOTICE = "Delivery Notice"
RECEIPT = "Purchase Receipt"
OVER = "Over Delivery"
STOCK, DEFECTIVE = "Stock", "Defective"


class DeliveryStatus(StrEnum):
    """How far an announced delivery has come."""

    ANNOUNCED = "Announced"
    ARRIVED = "Arrived"
    RECEIVED = "Received"
    CANCELLED = "Cancelled"


class ReceiptState(StrEnum):
    """The states of a receipt."""

    DRAFT = "Draft"
    COUNTED = "Counted"
    INSPECTED = "Inspected"
    POSTED = "Posted"
    PUT_AWAY = "Put Away"


class RejectReason(StrEnum):
    """Why goods are rejected at the inspection."""

    DIMENSION = "Dimension"
    APPEARANCE = "Appearance"
    MATERIAL = "Material"
    FUNCTION = "Function"
    PACKAGING = "Packaging"
    WRONG_ITEM = "Wrong Item"
    SUPPLIER_NOT_APPROVED = "Supplier Not Approved"
    OTHER = "Other"


class OverStatus(StrEnum):
    """Whether goods are still kept apart."""

    OPEN = "Open"
    SETTLED = "Settled"


class WayOut(StrEnum):
    """What becomes of goods beyond the order."""

    RETURN = "Return"
    CHANGE_ORDER = "Change Order"
    NEXT_ORDER = "Keep for Next Order"


OPEN_DELIVERIES = (DeliveryStatus.ANNOUNCED, DeliveryStatus.ARRIVED)
RECEIVABLE = (OrderState.ISSUED, OrderState.PARTLY_RECEIVED, OrderState.RECEIVED)


@dataclass(frozen=True)
class OrderRow:
    """A row of an order as goods are received against it; `open_qty` is what may still come."""

    name: str
    order: str
    state: str
    kind: str
    supplier: str
    currency: str
    item: str
    open_qty: Decimal
    is_unpriced: bool = False
    required_date: date | None = None


@dataclass(frozen=True)
class AnnouncedLine:
    """A line of a delivery notice; `qty` is zero when it is no finite number."""

    row: int
    order: str
    item: str
    qty: Decimal
    order_row: OrderRow | None = None


@dataclass(frozen=True)
class NoticeFacts:
    """All that the clauses need to know of a delivery notice."""

    supplier: str
    lines: tuple[AnnouncedLine, ...] = ()


@dataclass(frozen=True)
class ReceiptLine:
    """A row of a receipt; quantities that are no finite numbers are None."""

    row: int
    order: str
    item: str
    counted_qty: Decimal | None
    order_row: OrderRow | None = None
    delivered_qty: Decimal | None = Decimal(0)
    accepted_qty: Decimal | None = Decimal(0)
    rejected_qty: Decimal | None = Decimal(0)
    concession_qty: Decimal | None = Decimal(0)
    over_qty: Decimal = Decimal(0)
    reject_reason: str = ""
    has_concession_reason: bool = True
    tranche_totals: tuple[Decimal, Decimal, Decimal] | None = None
    warehouse_kind: str = ""
    defective_kind: str = ""
    location: str = ""
    counted_elsewhere: str = ""


@dataclass(frozen=True)
class ReceiptFacts:
    """All that the clauses need to know of one receipt; read in bulk.

    `is_draft` while it stays a draft, `is_counting` until the count is signed and on signing it,
    `is_inspecting` until the inspection is signed and on signing it.
    """

    supplier: str
    supplier_status: str
    currency: str
    delivery_note_no: str
    notice_supplier: str | None = None
    is_draft: bool = True
    is_counting: bool = True
    is_inspecting: bool = False
    lines: tuple[ReceiptLine, ...] = ()
    stray_tranches: tuple[int, ...] = ()
    bad_tranches: tuple[tuple[int, str], ...] = ()
    forged: tuple[Forged, ...] = ()


signatures(
    RECEIPT,
    ("counted", ReceiptState.COUNTED, None),
    clear_on=ReceiptState.DRAFT,
)
signatures(
    RECEIPT,
    ("inspected", ReceiptState.INSPECTED, None),
    ("posted", ReceiptState.POSTED, ReceiptState.INSPECTED),
    ("put_away", ReceiptState.PUT_AWAY, None),
)


def _at(line, fieldname: str, message: str, *args, waivable: bool = False) -> Violation:
    return Violation(message, args, table="items", row=line.row, fieldname=fieldname, waivable=waivable)


# 4.6.1, 4.6.2: delivery and count ---------------------------------------------------------------------

declare(
    "4.6.1",
    title="Delivery against a notice and an issued order",
    title_zh="凭送货通知与采购单点收",
    summary="Goods are taken in against a delivery notice and an issued order of the same supplier and currency, "
    "counted and signed.",
    summary_zh="凭送货通知及已发出的同一供应商、同一币别采购单收货，点收并签名。",
    kinds=[Kind.RECORD, Kind.BLOCK],
    applies_to=(NOTICE, RECEIPT),
)
declare(
    "4.6.2",
    title="Receipt number and the counter's signature",
    title_zh="验收单号与点收签名",
    summary="The receipt number comes from the terminal and the counter signs; one delivery is counted once.",
    summary_zh="验收单号由终端产生，点收员签名；同一送货只点收一次。",
    kinds=[Kind.RECORD, Kind.BLOCK],
    applies_to=(RECEIPT,),
)


@check("4.6.1", doctype=NOTICE, when=SAVE)
def notice_lines(facts: NoticeFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each announced line without a quantity, or whose order row cannot receive it."""
    for line in facts.lines:
        if line.qty <= 0:
            yield _at(line, "qty", _("the quantity {0} is not above zero; enter what is delivered"), line.qty)
        yield from _order_problems(line, facts.supplier)


def _order_problems(line, supplier: str) -> Iterator[Violation]:
    """Yield why goods of this line cannot be taken in against its order row."""
    found = line.order_row
    if found is None or found.order != line.order:
        yield _at(
            line,
            "purchase_order",
            _("order {0} has no such row; choose a row of an issued order"),
            line.order,
        )
        return
    if found.item != line.item:
        yield _at(line, "item", _("the order row is for item {0}, not {1}"), found.item, line.item)
    if found.supplier != supplier:
        yield _at(
            line,
            "purchase_order",
            _("order {0} is of supplier {1}, not {2}; choose an order of this supplier"),
            found.order,
            found.supplier,
            supplier,
        )
    if found.kind == OrderKind.RETURN:
        yield _at(line, "purchase_order", _("order {0} takes goods back; it cannot be received"), found.order)
    elif found.state not in RECEIVABLE:
        yield _at(
            line,
            "purchase_order",
            _("order {0} is {1}; goods are received against issued orders only"),
            found.order,
            found.state,
        )


@check("4.6.1", doctype=RECEIPT, when=SAVE)
def receipt_orders(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield rows of other suppliers, items, currencies or orders that are not out, while the count is written."""
    yield from forged_values(facts.forged)
    if not facts.is_counting:
        return
    if facts.notice_supplier not in (None, facts.supplier):
        yield Violation(
            _("the delivery notice is of supplier {0}, not {1}"),
            (facts.notice_supplier, facts.supplier),
            fieldname="delivery_notice",
        )
    for line in facts.lines:
        yield from _order_problems(line, facts.supplier)
        found = line.order_row
        if found and facts.currency and found.currency != facts.currency:
            yield _at(
                line,
                "purchase_order",
                _("order {0} is in {1}, the receipt in {2}; make a receipt in each currency"),
                found.order,
                found.currency,
                facts.currency,
            )
        for fieldname, qty in (("counted_qty", line.counted_qty), ("delivered_qty", line.delivered_qty)):
            if qty is None or qty < 0:
                yield _at(
                    line,
                    fieldname,
                    _("{0} is no quantity; enter a number of zero or more"),
                    "-" if qty is None else qty,
                )


@check("4.6.1", doctype=RECEIPT, when=entering(ReceiptState.COUNTED))
def count_is_complete(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing delivery note number and each row in which nothing was counted."""
    if not facts.delivery_note_no.strip():
        yield Violation(
            _("enter the number of the supplier's delivery note"),
            fieldname="delivery_note_no",
            waivable=False,
        )
    for line in facts.lines:
        if line.counted_qty == 0:
            yield _at(line, "counted_qty", _("nothing is counted; count the goods or take the row out"))


@check("4.6.2", doctype=RECEIPT, when=entering(ReceiptState.COUNTED))
def counted_once(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row whose delivery note was already counted for the same order row."""
    for line in facts.lines:
        if line.counted_elsewhere:
            yield _at(
                line,
                "order_row",
                _("delivery note {0} was already counted for this order row in {1}; discard this count"),
                facts.delivery_note_no,
                line.counted_elsewhere,
            )


@check("4.4.1", doctype=RECEIPT, when=entering(ReceiptState.COUNTED))
def only_priced_goods(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row whose order row has no price yet: its goods cannot be counted in (not waivable)."""
    for line in facts.lines:
        if line.order_row and line.order_row.is_unpriced:
            yield _at(
                line,
                "purchase_order",
                _("item {0} of order {1} has no posted price; it is counted in when the price is posted"),
                line.item,
                line.order,
            )


@check("4.1.1.3", doctype=RECEIPT, when=entering(ReceiptState.COUNTED), severity=Kind.WARN)
def told_of_unlisted_supplier(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn at the count that everything will be judged rejected, the supplier not being on the list."""
    if facts.supplier_status != SupplierStatus.APPROVED:
        yield Violation(
            _("supplier {0} is {1} and not on the approved list; all of it is judged rejected"),
            (facts.supplier, facts.supplier_status or "-"),
            fieldname="supplier",
        )


@check("4.1.1.3", doctype=RECEIPT, when=SAVE)
def unlisted_supplier_is_rejected(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row that accepts goods of a supplier who was not on the list at the time of the count."""
    if not facts.is_inspecting or facts.supplier_status == SupplierStatus.APPROVED:
        return
    for line in facts.lines:
        if (line.accepted_qty or 0) > 0 or (line.concession_qty or 0) > 0:
            yield _at(
                line,
                "accepted_qty",
                _("supplier {0} was {1} at the count and not on the approved list; reject all of it"),
                facts.supplier,
                facts.supplier_status or "-",
            )


# 4.6.3 ------------------------------------------------------------------------------------------------

declare(
    "4.6.3",
    title="Inspection in time",
    title_zh="点收后四小时内检验",
    summary="Goods are inspected within four hours of the count, in shift hours.",
    summary_zh="点收后四小时（班次时间）内完成检验。",
    kinds=[Kind.TIME],
    applies_to=(RECEIPT,),
    parameters=[
        Parameter("inspection_hours", 4, "hours", ParameterType.INT, _("Hours to inspect"), minimum=0),
        COUNT_PARAMETER,
    ],
)
time_limit(
    "4.6.3",
    doctype=RECEIPT,
    opens=ReceiptState.COUNTED,
    role="Quality Inspector",
    manager_role="Division Head",
    amount="inspection_hours",
    unit="hours",
)


# 4.6.4: inspection and posting ------------------------------------------------------------------------

declare(
    "4.6.4",
    title="Only inspected goods are posted",
    title_zh="检验后方可入账",
    summary=(
        "Only inspected receipts post; accepted and rejected make up the count. Rejected goods go to a defective "
        "warehouse; what is over the order is kept apart and never payable unless a change order asks for it."
    ),
    summary_zh="检验后方可入账；合格加不合格等于点收数。不合格品入不良品仓；超交部分另行存放，无变更单不付款。",
    kinds=[Kind.BLOCK, Kind.WARN, Kind.AUTO],
    applies_to=(RECEIPT, OVER),
)


@check("4.6.4", doctype=RECEIPT, when=entering(ReceiptState.COUNTED), severity=Kind.WARN)
def told_of_over_delivery(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of each row in which more was counted than is open on its order."""
    for line in facts.lines:
        if line.over_qty > 0:
            yield _at(
                line,
                "counted_qty",
                _("{0} of {1} counted are more than is open on the order; they are kept apart"),
                line.over_qty,
                line.counted_qty,
            )


@check("4.6.4", doctype=RECEIPT, when=SAVE)
def inspected_quantities(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield quantities that are none, results before the count, and totals that differ from their tranches."""
    for row in facts.stray_tranches:
        yield Violation(
            _("the receipt has no such row; name the row that was inspected"),
            table="inspections",
            row=row,
            fieldname="receipt_row",
            waivable=False,
        )
    for row, fieldname in facts.bad_tranches:
        yield Violation(
            _("enter a number of zero or more; a concession is part of what is accepted"),
            table="inspections",
            row=row,
            fieldname=fieldname,
            waivable=False,
        )
    for line in facts.lines:
        results = (
            ("accepted_qty", line.accepted_qty),
            ("rejected_qty", line.rejected_qty),
            ("concession_qty", line.concession_qty),
        )
        for fieldname, qty in results:
            if qty is None or qty < 0:
                yield _at(
                    line,
                    fieldname,
                    _("{0} is no quantity; enter a number of zero or more"),
                    "-" if qty is None else qty,
                )
        if facts.is_draft and any(qty for _name, qty in results):
            yield _at(line, "accepted_qty", _("goods are inspected after the count; leave the result empty"))
        elif facts.is_inspecting:
            yield from _against_inspection(line)


def _against_inspection(line: ReceiptLine) -> Iterator[Violation]:
    accepted, rejected, concession = (
        qty or Decimal(0) for qty in (line.accepted_qty, line.rejected_qty, line.concession_qty)
    )
    if line.tranche_totals and line.tranche_totals != (accepted, rejected, concession):
        yield _at(line, "accepted_qty", _("this row is inspected in tranches; enter the result as a tranche"))
    if line.counted_qty is not None and accepted + rejected > line.counted_qty:
        yield _at(
            line,
            "accepted_qty",
            _("{0} accepted and {1} rejected are more than the {2} counted"),
            accepted,
            rejected,
            line.counted_qty,
        )
    if concession > accepted:
        yield _at(
            line,
            "concession_qty",
            _("the concession of {0} is more than the {1} accepted; it is part of them"),
            concession,
            accepted,
        )


@check("4.6.4", doctype=RECEIPT, when=entering(ReceiptState.INSPECTED, ReceiptState.POSTED))
def inspection_is_complete(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row whose accepted and rejected quantities are not exactly what was counted, or lack a reason."""
    for line in facts.lines:
        accepted, rejected = line.accepted_qty or Decimal(0), line.rejected_qty or Decimal(0)
        if accepted + rejected != line.counted_qty:
            yield _at(
                line,
                "accepted_qty",
                _("{0} accepted and {1} rejected are not the {2} counted; inspect all of it"),
                accepted,
                rejected,
                line.counted_qty if line.counted_qty is not None else "-",
            )
        if rejected > 0 and not line.reject_reason:
            yield _at(line, "reject_reason", _("say why {0} are rejected"), rejected)
        if (line.concession_qty or 0) > 0 and not line.has_concession_reason:
            yield _at(
                line, "concession_qty", _("say in a tranche why {0} are let through"), line.concession_qty
            )


@check("4.6.4", doctype=RECEIPT, when=entering(ReceiptState.POSTED))
def right_warehouses(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row whose accepted goods do not go to a stock, or rejected to a defective warehouse."""
    for line in facts.lines:
        if (line.accepted_qty or 0) > 0 and line.warehouse_kind != STOCK:
            yield _at(line, "warehouse", _("accepted goods go to a warehouse of kind Stock; choose one"))
        if (line.rejected_qty or 0) > 0 and line.defective_kind != DEFECTIVE:
            yield _at(
                line,
                "defective_warehouse",
                _("rejected goods go to a warehouse of kind Defective; choose one"),
            )


# 4.6.5 ------------------------------------------------------------------------------------------------

declare(
    "4.6.5",
    title="Put away to a location",
    title_zh="入库上架",
    summary="Posted goods are put away to a location.",
    summary_zh="入账货品须上架至储位。",
    kinds=[Kind.BLOCK, Kind.RECORD],
    applies_to=(RECEIPT,),
)


@check("4.6.5", doctype=RECEIPT, when=entering(ReceiptState.PUT_AWAY))
def has_locations(facts: ReceiptFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each row whose accepted goods have no location."""
    for line in facts.lines:
        if (line.accepted_qty or 0) > 0 and not line.location.strip():
            yield _at(line, "location", _("say where item {0} was put away"), line.item)


# what is over -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Split:
    """A counted row divided: what counts on the order, what of it is accepted, and what is over.

    Accepted goods fill the order first, so that rejected goods are over before accepted ones are.
    """

    received: Decimal
    accepted: Decimal
    over: Decimal
    over_accepted: Decimal

    @property
    def rejected(self) -> Decimal:
        """What counts on the order and was rejected."""
        return self.received - self.accepted

    @property
    def over_rejected(self) -> Decimal:
        """What is over and was rejected; it can only go back."""
        return self.over - self.over_accepted


def divide(counted: Decimal, accepted: Decimal, open_qty: Decimal) -> Split:
    """Return how a counted row divides into order and over-delivery; counted equal to open leaves nothing over."""
    received = min(counted, max(open_qty, Decimal(0)))
    on_order = min(accepted, received)
    return Split(received, on_order, counted - received, accepted - on_order)


def divide_all(
    lines: Iterable[tuple[str, Decimal, Decimal]], open_rows: Mapping[str, Decimal]
) -> list[Split]:
    """Divide rows of (order row, counted, accepted) one after the other; rows of one order row share what is open."""
    left = dict(open_rows)
    splits = []
    for order_row, counted, accepted in lines:
        split = divide(counted, accepted, left.get(order_row, Decimal(0)))
        left[order_row] = left.get(order_row, Decimal(0)) - split.received
        splits.append(split)
    return splits


def movements(
    item: str, split: Split, rejected: Decimal, warehouse: str, defective: str, row: str
) -> list[Movement]:
    """Return what posting a row adds to the ledger: good, good but over, rejected, rejected and over."""
    planned = (
        (warehouse, split.accepted, Bucket.AVAILABLE),
        (warehouse, split.over_accepted, Bucket.OVER_DELIVERY),
        (defective, rejected - split.over_rejected, Bucket.AVAILABLE),
        (defective, split.over_rejected, Bucket.OVER_DELIVERY),
    )
    return [Movement(item, place, qty, bucket, row=row) for place, qty, bucket in planned if qty > 0]


@dataclass(frozen=True)
class OverFacts:
    """What the clauses need to know of goods that are kept apart."""

    is_new: bool
    is_by_app: bool
    changed_fields: tuple[str, ...] = ()


@check("4.6.4", doctype=OVER, when=SAVE)
def over_is_kept_by_the_app(facts: OverFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each field of an over-delivery that somebody typed; only what is to become of it is theirs to say."""
    if facts.is_by_app:
        return
    if facts.is_new:
        yield Violation(_("goods are kept apart by a receipt only; count them in"), waivable=False)
    for fieldname in facts.changed_fields:
        yield Violation(
            _("this is kept by the app; choose one of the three ways out"),
            fieldname=fieldname,
            waivable=False,
        )


@check("4.6.4", doctype=OVER, when=DELETE)
def over_stays(facts: OverFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for goods kept apart that somebody would delete."""
    yield Violation(_("goods that are kept apart go by one of the three ways out only"), waivable=False)


@dataclass(frozen=True)
class OverGoods:
    """Goods kept apart when one of the ways out is taken: what is left, and of it accepted and in stock."""

    supplier: str
    item: str
    accepted_open: Decimal
    order_row: str = ""


def settle_problems(
    goods: OverGoods, way: str, qty: Decimal, target: OrderRow | None, change_order_of_target: str
) -> Iterator[Violation]:
    """Yield why `qty` of these goods cannot become part of the order row `target`; all that is accepted may."""
    if qty <= 0:
        yield Violation(_("the quantity {0} is not above zero"), (plain(qty),))
    elif qty > goods.accepted_open:
        yield Violation(
            _("{0} are asked for, {1} accepted ones are still kept apart"),
            (plain(qty), plain(max(goods.accepted_open, Decimal(0)))),
        )
    if target is None:
        yield Violation(_("choose the order row that takes the goods"))
        return
    if (target.supplier, target.item) != (goods.supplier, goods.item):
        yield Violation(
            _("order {0} is for item {1} of supplier {2}; choose one for item {3} of supplier {4}"),
            (target.order, target.item, target.supplier, goods.item, goods.supplier),
        )
    if target.is_unpriced:
        yield Violation(_("order {0} has no posted price for item {1}"), (target.order, target.item))
    if target.state not in RECEIVABLE or qty > target.open_qty:
        yield Violation(
            _("order {0} is {1} and has {2} open; it cannot take {3}"),
            (target.order, target.state, plain(target.open_qty), plain(qty)),
        )
    if way == WayOut.CHANGE_ORDER and not change_order_of_target:
        yield Violation(
            _("order {0} was not made by a change order; choose the order that the change made"),
            (target.order,),
        )
