"""Chapter 4.4: purchase orders at posted prices, their free allowance, their waivers and their issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal

from erp_rules.clauses.base import (
    COUNT_PARAMETER,
    LEAVING_DRAFT,
    SAVE,
    Kind,
    Parameter,
    ParameterType,
    Scope,
    Violation,
    _,
    check,
    declare,
    entering,
    signature,
    signatures,
    time_limit,
)
from erp_rules.clauses.chapter_4_1 import STOPPED, SupplierStatus
from erp_rules.clauses.chapter_4_2 import SampledLine, sample_violations
from erp_rules.clauses.chapter_4_3 import (
    ORDER,
    DemandLine,
    Forged,
    OrderKind,
    OrderState,
    demand_violations,
    forged_values,
    plain,
    unusable_items,
)

PACKAGING = "Packaging"


@dataclass(frozen=True)
class OrderPrice:
    """The posted price that a line names."""

    name: str
    item: str
    supplier: str
    currency: str
    rate: Decimal
    valid_from: date
    valid_to: date
    price_kind: str = "Purchase"


@dataclass(frozen=True)
class OrderLine:
    """A line of an order; `waived_rate` is what a waiver lets it go out at while it has no price.

    `carried_rate` is what a change order took over from the order that this one replaces (4.5.1.1.2).
    """

    row: int
    item: str
    qty: Decimal
    required_date: date | None = None
    rate: Decimal = Decimal(0)
    price_row: str = ""
    price: OrderPrice | None = None
    waived_rate: Decimal | None = None
    sample_status: str = ""
    is_item_usable: bool = True
    is_lowest: bool = True
    lowest_supplier: str = ""
    lowest_rate_base: Decimal | None = None
    not_lowest_reason: str = ""
    not_lowest_remark: str = ""
    demand: DemandLine | None = None
    carried_rate: Decimal | None = None

    @property
    def is_carried(self) -> bool:
        """Whether the line was ordered before, at the rate that it keeps."""
        return self.carried_rate is not None


@dataclass(frozen=True)
class OrderFacts:
    """All that the clauses need to know of one purchase order; read in bulk.

    `is_judged` is false for the saves in which the app only follows what happened to the order: they carry
    no lines. `is_draft` says that its maker is still writing it, or submitting it now.
    """

    supplier: str
    kind: str = OrderKind.STANDARD
    order_date: date | None = None
    currency: str = ""
    supplier_status: str = SupplierStatus.APPROVED
    is_judged: bool = True
    is_draft: bool = True
    is_by_change: bool = False
    lines: tuple[OrderLine, ...] = ()
    forged: tuple[Forged, ...] = ()
    altered_terms: tuple = ()
    forged_return: tuple = ()
    close_reason: str = ""
    open_qty: Decimal = Decimal(0)

    @property
    def is_return(self) -> bool:
        """Whether goods are taken back instead of ordered."""
        return self.kind == OrderKind.RETURN

    @property
    def new_lines(self) -> tuple[OrderLine, ...]:
        """The lines that order anew; what a change order carried over was ordered, and judged, before."""
        return tuple(line for line in self.lines if not line.is_carried)


signatures(
    ORDER,
    ("submitted", OrderState.MANAGER_APPROVAL, OrderState.DRAFT),
    clear_on=OrderState.DRAFT,
)
signatures(
    ORDER,
    ("approved", OrderState.APPROVED, None),
)
signature(
    doctype=ORDER, entering=OrderState.ISSUED, leaving=OrderState.APPROVED, by="sent_by", at="issued_at"
)


# 4.3 on orders ----------------------------------------------------------------------------------------


@check("4.3", doctype=ORDER, when=SAVE)
def order_demand(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield order lines without demand or beyond it, without a quantity, and values that only the app writes."""
    yield from forged_values(facts.forged)
    if not facts.is_judged:
        return
    for line in facts.lines:
        if facts.is_return and line.qty >= 0:
            yield Violation(
                _("a return order takes goods back: the quantity {0} must be below zero"),
                (plain(line.qty),),
                table="items",
                row=line.row,
                fieldname="qty",
            )
        elif not facts.is_return and line.qty <= 0:
            yield Violation(
                _("the quantity {0} is not above zero; enter what is needed"),
                (plain(line.qty),),
                table="items",
                row=line.row,
                fieldname="qty",
            )
    if not facts.is_return:
        demands = [line.demand for line in facts.lines if line.demand and line.qty > 0]
        yield from demand_violations(demands, is_by_change=facts.is_by_change)


@check("4.3", doctype=ORDER, when=LEAVING_DRAFT)
def order_items(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line of a disabled item."""
    if not facts.is_return:
        yield from unusable_items(facts.new_lines)


# 4.2.2, 4.1.2.2 on orders -----------------------------------------------------------------------------


@check("4.2.2", doctype=ORDER, when=LEAVING_DRAFT)
def order_samples(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line that orders a new part whose sample is not confirmed."""
    if facts.is_return:
        return
    yield from sample_violations(
        SampledLine(line.row, line.item, facts.supplier, line.sample_status) for line in facts.new_lines
    )


@check("4.1.2.2", doctype=ORDER, when=LEAVING_DRAFT)
def order_supplier(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the supplier is suspended or eliminated; a return goes back all the same."""
    if facts.is_return or facts.supplier_status not in STOPPED or not facts.new_lines:
        return
    yield Violation(
        _("supplier {0} is {1} and gets no new prices or orders; choose another supplier"),
        (facts.supplier, facts.supplier_status),
        fieldname="supplier",
    )


# 4.4.1 ------------------------------------------------------------------------------------------------

declare(
    "4.4.1",
    title="Order at the lowest effective price",
    title_zh="依最低有效单价采购",
    summary=(
        "Orders go to the approved supplier with the lowest effective price in base currency; without an "
        "effective price there is no order. Another supplier than the lowest needs a reason."
    ),
    summary_zh="采购单依有效单价下给最低价的合格供应商；无有效单价不得采购；未选最低价须说明原因。",
    kinds=[Kind.AUTO, Kind.BLOCK, Kind.WARN],
    applies_to=(ORDER,),
    waivable=True,
)


@check("4.4.1", doctype=ORDER, when=LEAVING_DRAFT)
def order_prices(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line without a posted price that is in force on the day of the order (waivable)."""
    if facts.is_return:
        return
    for line in facts.new_lines:
        if line.price is None and not line.price_row:
            yield Violation(
                _(
                    "supplier {0} has no price in {1} for item {2} on {3}; "
                    "have one approved and posted, or ask for a waiver"
                ),
                (facts.supplier, facts.currency or "-", line.item, facts.order_date),
                table="items",
                row=line.row,
                fieldname="price_row",
                scope=Scope(line.item, facts.supplier),
            )


@check("4.4.1", doctype=ORDER, when=SAVE)
def order_rates(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line whose price row is another item's, supplier's, currency's or day's, or whose rate differs."""
    if not facts.is_judged:
        return
    for line in facts.lines:
        problem = _price_problem(facts, line)
        if problem:
            fieldname, message, args = problem
            yield Violation(message, args, table="items", row=line.row, fieldname=fieldname, waivable=False)


def _price_problem(facts: OrderFacts, line: OrderLine) -> tuple[str, str, tuple] | None:
    price = line.price
    if line.is_carried:
        if line.rate == line.carried_rate:
            return None
        return (
            "rate",
            _(
                "the rate {0} is not {1}, at which it was ordered; a change order takes rates over as they are"
            ),
            (plain(line.rate), plain(line.carried_rate)),
        )
    if price is None:
        if line.price_row:
            return "price_row", _("{0} is no posted price; choose one of the price list"), (line.price_row,)
        allowed = line.waived_rate or Decimal(0)
        if line.rate != allowed and not facts.is_return:
            return (
                "rate",
                _("the rate {0} comes from no posted price; rates are never typed, have a price approved"),
                (plain(line.rate),),
            )
        return None
    if (price.item, price.supplier, price.price_kind) != (line.item, facts.supplier, "Purchase"):
        return (
            "price_row",
            _("price row {0} is for item {1} of supplier {2}; choose one of this line's"),
            (price.name, price.item, price.supplier),
        )
    if price.currency != facts.currency:
        return (
            "price_row",
            _("price row {0} is in {1}, the order in {2}; make an order in its currency"),
            (price.name, price.currency, facts.currency or "-"),
        )
    if facts.order_date and not price.valid_from <= facts.order_date <= price.valid_to:
        return (
            "price_row",
            _("price row {0} is valid from {1} to {2}, not on {3}; choose one in force"),
            (price.name, price.valid_from, price.valid_to, facts.order_date),
        )
    if price.rate != line.rate:
        return (
            "rate",
            _("the rate {0} is not the posted price {1}; rates change only by a price approval"),
            (plain(line.rate), plain(price.rate)),
        )
    return None


@check("4.4.1", doctype=ORDER, when=LEAVING_DRAFT)
def order_supplier_is_approved(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when the supplier is not on the approved list, and no other clause says so."""
    if facts.is_return or facts.supplier_status == SupplierStatus.APPROVED or not facts.new_lines:
        return
    if facts.supplier_status not in STOPPED:
        yield Violation(
            _("supplier {0} is {1}, not Approved; orders go to approved suppliers only"),
            (facts.supplier, facts.supplier_status or "-"),
            fieldname="supplier",
            waivable=False,
        )


@check("4.4.1", doctype=ORDER, when=LEAVING_DRAFT, severity=Kind.WARN)
def order_lowest(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of each line that does not go to the lowest price and does not say why."""
    if facts.is_return or not facts.is_draft:
        return
    for line in facts.new_lines:
        if line.price and not line.is_lowest and not line.not_lowest_reason.strip():
            yield Violation(
                _("supplier {0} is lower for item {1}; say why it was not taken"),
                (line.lowest_supplier, line.item),
                table="items",
                row=line.row,
                fieldname="not_lowest_reason",
            )


# 4.4.2 to 4.4.4 ---------------------------------------------------------------------------------------

declare(
    "4.4.2",
    title="Orders print in batches",
    title_zh="采购单批次打印",
    summary="Orders print in batches per day, numbered, in Chinese or English.",
    summary_zh="采购单按日批次编号打印，中英文皆可。",
    kinds=[Kind.RECORD],
    applies_to=(ORDER,),
)
declare(
    "4.4.3",
    title="Free allowance of packaging",
    title_zh="包材备品率",
    summary="Packaging is ordered with a free allowance, rounded up to the unit's precision, never payable.",
    summary_zh="包装材料按备品率加订免费数量，按单位精度进位，不予付款。",
    kinds=[Kind.AUTO],
    applies_to=(ORDER,),
    parameters=[
        Parameter(
            "free_allowance_pct",
            Decimal(1),
            "%",
            ParameterType.DECIMAL,
            _("Free allowance of packaging whose item states none"),
            minimum=0,
            maximum=100,
        )
    ],
)
declare(
    "4.4.4",
    title="Approved orders are issued at once",
    title_zh="核准后一日内发出",
    summary="An approved order is issued to the supplier within one working day.",
    summary_zh="采购单核准后一个工作日内发给供应商。",
    kinds=[Kind.TIME],
    applies_to=(ORDER,),
    parameters=[
        Parameter(
            "issue_days", 1, "days", ParameterType.INT, _("Days to issue an approved order"), minimum=0
        ),
        COUNT_PARAMETER,
    ],
)
time_limit(
    "4.4.4",
    doctype=ORDER,
    opens=OrderState.APPROVED,
    role="Purchaser",
    manager_role="Purchasing Manager",
    amount="issue_days",
)


def free_quantity(
    qty: Decimal, item_class: str, item_pct: Decimal, decimals: int, p: Mapping[str, object]
) -> Decimal:
    """Return what the supplier adds at no charge: a share of `qty` in percent, rounded up to `decimals` (4.4.3).

    Only packaging has it; the item's own percentage counts before the rule's. Never below zero.
    """
    if item_class != PACKAGING or qty <= 0:
        return Decimal(0)
    pct = item_pct if item_pct > 0 else Decimal(str(p["free_allowance_pct"]))
    return (qty * pct / 100).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_UP)


@check("4.3", doctype=ORDER, when=entering(OrderState.CLOSED))
def close_has_reason(facts: OrderFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation when an order gives open goods back to its requisitions without a reason."""
    if facts.open_qty > 0 and not facts.close_reason.strip():
        yield Violation(
            _("{0} are still open; give the reason why nothing more will come"),
            (plain(facts.open_qty),),
            fieldname="close_reason",
            waivable=False,
        )
