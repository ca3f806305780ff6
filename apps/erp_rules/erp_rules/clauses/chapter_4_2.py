"""Chapter 4.2: price approval, from the sample to the posted price and its end."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from erp_rules.clauses.base import (
    COUNT_PARAMETER,
    DELETE,
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
    signature,
    time_limit,
)
from erp_rules.clauses.chapter_4_1 import stopped_suppliers
from erp_rules.clauses.chapter_7 import PartSize, SampleStatus
from erp_rules.clauses.identity import code_key

APPROVAL = "Price Approval"
PRICE = "Item Supplier Price"
ONE_DAY = timedelta(days=1)
ENDING_FIELDS = ("valid_to", "followed_by")


class State(StrEnum):
    """The states of a price approval."""

    DRAFT = "Draft"
    FINANCE_REVIEW = "Finance Review"
    EXECUTIVE_APPROVAL = "Executive Approval"
    APPROVED = "Approved"
    POSTED = "Posted"
    REJECTED = "Rejected"
    CHANGE_DRAFT = "Change Draft"


AUTHORING = (State.DRAFT, State.CHANGE_DRAFT)


class PriceKind(StrEnum):
    """What is paid for: goods, or one operation done outside."""

    PURCHASE = "Purchase"
    SUBCONTRACT = "Subcontract"


class ChangeKind(StrEnum):
    """What a row of `changes` changes."""

    PRICE = "Price"
    SUPPLIER = "Supplier"
    VALIDITY = "Validity"


class ChangeStatus(StrEnum):
    """How far a row of `changes` has come."""

    DRAFT = "Draft"
    IN_REVIEW = "In Review"
    APPROVED = "Approved"
    POSTED = "Posted"
    REJECTED = "Rejected"
    WITHDRAWN = "Withdrawn"


class Reason(StrEnum):
    """Why a quote that is not the lowest was selected."""

    QUALITY = "Better Quality"
    DELIVERY = "Shorter Delivery"
    CAPACITY = "Enough Capacity"
    PAYMENT_TERMS = "Better Payment Terms"
    SECOND_SOURCE = "Second Source"
    CUSTOMER = "Nominated by Customer"
    MIN_ORDER_QTY = "Smaller Minimum Order"
    OTHER = "Other"


@dataclass(frozen=True)
class Quote:
    """One quote of the round that is judged; `rate_base` is None when its currency has no rate.

    `firm` is the one code that stands for a firm kept under several codes.
    """

    row: int
    supplier: str
    currency: str
    rate: Decimal
    rate_base: Decimal | None
    cost_formula: str = ""
    is_selected: bool = False
    supplier_status: str = ""
    firm: str = ""


@dataclass(frozen=True)
class Change:
    """One row of `changes`; `current_rate` and `current_currency` are those of the price it changes."""

    row: int
    kind: str
    supplier: str
    new_rate: Decimal
    currency: str = ""
    old_rate: Decimal | None = None
    replaces: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    reason: str = ""
    supplier_status: str = ""


@dataclass(frozen=True)
class Price:
    """One price row: valid on both its first and its last day."""

    name: str
    supplier: str
    valid_from: date
    valid_to: date
    rate: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True)
class NewPrice:
    """A price that posting will write, with the row of the form that asks for it."""

    table: str
    row: int
    supplier: str
    rate: Decimal
    currency: str
    valid_from: date
    valid_to: date
    replaces: str | None = None


@dataclass(frozen=True)
class KeptRow:
    """A row of an earlier round: what it said before this save, and says now (None: removed)."""

    table: str
    row: int
    before: tuple
    after: tuple | None


@dataclass(frozen=True)
class PriceApprovalFacts:
    """All that the clauses need to know of one price approval; read in bulk.

    `is_posted` says that this round is settled: posted before, or withdrawn now.
    """

    name: str
    item: str
    price_kind: str = PriceKind.PURCHASE
    operation: str = ""
    form_date: date | None = None
    part_size: str = ""
    sample_status: str = SampleStatus.NOT_REQUIRED
    has_sample: bool = False
    has_drawing: bool = False
    market_check: str = ""
    not_lowest_reason: str = ""
    not_lowest_remark: str = ""
    change_no: int = 0
    is_posted: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    quotes: tuple[Quote, ...] = ()
    changes: tuple[Change, ...] = ()
    kept_rows: tuple[KeptRow, ...] = ()
    prices: tuple[Price, ...] = ()
    other_approvals: tuple[str, ...] = ()
    premature: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether this round changes prices that were posted before."""
        return self.change_no > 0


@dataclass(frozen=True)
class PriceRowFacts:
    """All that the clauses need to know of one price row that is saved or deleted."""

    price: Price
    is_new: bool
    is_posting: bool
    changed_fields: tuple[str, ...] = ()
    previous_valid_to: date | None = None
    other_prices: tuple[Price, ...] = ()


@dataclass(frozen=True)
class SampledLine:
    """A line that orders an item: its row, item, supplier and the item's sample status."""

    row: int
    item: str
    supplier: str
    sample_status: str


# 4.2.2 ------------------------------------------------------------------------------------------------

declare(
    "4.2.2",
    title="New part needs a confirmed sample",
    title_zh="新料须样品确认",
    summary="A new part is ordered only after its sample is Confirmed.",
    summary_zh="新料须经样品确认后方可采购。",
    kinds=[Kind.BLOCK],
    applies_to=(APPROVAL, "Purchase Order"),
    waivable=True,
)


def sample_violations(lines: Iterable[SampledLine], table: str | None = "items") -> Iterator[Violation]:
    """Yield one violation for each line whose item's sample is required and not confirmed (4.2.2).

    `Not Required` and `Confirmed` pass; every other status, also an empty or unknown one, does not.
    """
    for line in lines:
        if line.sample_status in (SampleStatus.NOT_REQUIRED, SampleStatus.CONFIRMED):
            continue
        yield Violation(
            _(
                "The sample of item {0} is {1}, not Confirmed: have the engineer confirm it before it is ordered."
            ),
            (line.item, line.sample_status or "-"),
            table=table,
            row=line.row,
            scope=Scope(line.item, line.supplier),
        )


@check("4.2.2", doctype=APPROVAL, when=LEAVING_DRAFT, severity=Kind.WARN)
def sample_confirmed(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn when a price is asked for an item whose sample is not confirmed: it cannot be ordered yet."""
    for violation in sample_violations([SampledLine(0, facts.item, "", facts.sample_status)], table=None):
        yield replace(violation, row=None, fieldname="item", scope=Scope(facts.item))


# 4.2.3 ------------------------------------------------------------------------------------------------

declare(
    "4.2.3.1",
    title="Sample or drawing attached",
    title_zh="附样品或图纸",
    summary="Small part: an approved sample is attached; large part: its drawing.",
    summary_zh="小件附经核准的样品，大件附图纸。",
    kinds=[Kind.BLOCK],
    applies_to=(APPROVAL,),
)


@check("4.2.3.1", doctype=APPROVAL, when=LEAVING_DRAFT)
def sample_or_drawing(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a small part without its sample, a large part without its drawing, any other without either."""
    if facts.is_posted:
        return
    if facts.part_size == PartSize.SMALL:
        if not facts.has_sample:
            yield Violation(
                _("Item {0} is a small part: attach its approved sample."), (facts.item,), fieldname="sample"
            )
    elif facts.part_size == PartSize.LARGE:
        if not facts.has_drawing:
            yield Violation(
                _("Item {0} is a large part: attach its drawing."), (facts.item,), fieldname="drawing"
            )
    elif not (facts.has_sample or facts.has_drawing):
        yield Violation(
            _("Item {0} has no part size: attach its approved sample or its drawing."),
            (facts.item,),
            fieldname="sample",
        )


declare(
    "4.2.3.2",
    title="Cost formula and market check",
    title_zh="成本公式与市场行情",
    summary="Each quote states its cost formula; the form states the market check.",
    summary_zh="各厂商报价须列成本计算公式，核定表须载明市场行情。",
    kinds=[Kind.BLOCK],
    applies_to=(APPROVAL,),
)


@check("4.2.3.2", doctype=APPROVAL, when=LEAVING_DRAFT)
def formula_and_market(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block every quote without a cost formula, and a form without its market check."""
    if facts.is_posted:
        return
    for quote in facts.quotes:
        if not quote.cost_formula.strip():
            yield Violation(
                _("Supplier {0} states no cost formula: ask for it and enter it."),
                (quote.supplier,),
                table="quotes",
                row=quote.row,
                fieldname="cost_formula",
            )
    if not facts.market_check.strip():
        yield Violation(
            _("The market check is empty: enter what the market pays and where you looked."),
            fieldname="market_check",
        )


declare(
    "4.2.3.3",
    title="Quotes compared side by side",
    title_zh="三家比价",
    summary="At least min_quotes quotes from different suppliers, compared in base currency at the form's date; "
    "a reason when the selected one is not the lowest.",
    summary_zh="至少三家不同厂商报价，按核定日汇率折本位币比较；未选最低价者须注明原因。",
    kinds=[Kind.BLOCK],
    applies_to=(APPROVAL,),
    waivable=True,
    parameters=[
        Parameter("min_quotes", 3, "quotes", ParameterType.INT, _("Least number of quotes"), minimum=1)
    ],
)


def firms(quotes: Iterable[Quote]) -> dict[int, int]:
    """Return for each quote's row the first row that quotes for the same firm."""
    first_row: dict[str, int] = {}
    return {q.row: first_row.setdefault(code_key(q.firm or q.supplier), q.row) for q in quotes}


@dataclass(frozen=True)
class Ranked:
    """Where a quote stands: rank 1 is the lowest in base currency; equal rates share a rank."""

    row: int
    rank: int | None
    is_lowest: bool


def rank_quotes(quotes: Iterable[Quote]) -> tuple[Ranked, ...]:
    """Return the rank of each quote in base currency (4.2.3.3); without a rate in base it has none."""
    quotes = tuple(quotes)
    rates = sorted(q.rate_base for q in quotes if q.rate_base is not None and q.rate > 0)
    ranked = []
    for quote in quotes:
        comparable = quote.rate_base is not None and quote.rate > 0
        rank = rates.index(quote.rate_base) + 1 if comparable else None
        ranked.append(Ranked(quote.row, rank, rank == 1))
    return tuple(ranked)


@check("4.2.3.3", doctype=APPROVAL, when=LEAVING_DRAFT)
def quotes_compared(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block too few different firms, quotes that cannot be compared, and an unexplained higher choice.

    A change that keeps its supplier may come without new quotes; a first round and a change of supplier
    need `min_quotes` of them.
    """
    if facts.is_posted:
        return
    yield from _uncomparable_quotes(facts)
    yield from _same_firm_twice(facts)
    needs_quotes = not facts.is_change or any(c.kind == ChangeKind.SUPPLIER for c in facts.changes)
    if needs_quotes:
        yield from _too_few_firms(facts, int(p["min_quotes"]))
    if facts.quotes:
        yield from _selection(facts)


def _uncomparable_quotes(facts: PriceApprovalFacts) -> Iterator[Violation]:
    for quote in facts.quotes:
        if quote.rate <= 0:
            yield Violation(
                _("The rate of supplier {0} is {1}: enter a rate above zero."),
                (quote.supplier, quote.rate),
                table="quotes",
                row=quote.row,
                fieldname="rate",
                waivable=False,
            )
        elif quote.rate_base is None:
            yield Violation(
                _("Currency {0} has no exchange rate on {1}: enter the exchange rate of that day."),
                (quote.currency or "-", facts.form_date),
                table="quotes",
                row=quote.row,
                fieldname="currency",
                waivable=False,
            )


def _same_firm_twice(facts: PriceApprovalFacts) -> Iterator[Violation]:
    same = firms(facts.quotes)
    by_row = {quote.row: quote for quote in facts.quotes}
    for quote in facts.quotes:
        first = same[quote.row]
        if first == quote.row:
            continue
        if by_row[first].supplier.casefold() == quote.supplier.casefold():
            message = _("Supplier {0} has already quoted in row {1}: keep one of the two quotes.")
            args = (quote.supplier, first)
        else:
            message = _(
                "Supplier {0} is the same firm as {1} in row {2}: quotes come from different suppliers."
            )
            args = (quote.supplier, by_row[first].supplier, first)
        yield Violation(message, args, table="quotes", row=quote.row, fieldname="supplier", waivable=False)


def _too_few_firms(facts: PriceApprovalFacts, min_quotes: int) -> Iterator[Violation]:
    found = len(set(firms(facts.quotes).values()))
    if found < min_quotes:
        suppliers = sorted({q.supplier for q in facts.quotes if q.is_selected})
        yield Violation(
            _(
                "{0} quotes from different suppliers found, at least {1} are asked for: add quotes or ask for a waiver."
            ),
            (found, min_quotes),
            fieldname="quotes",
            scope=Scope(facts.item, suppliers[0] if len(suppliers) == 1 else None),
        )


def _selection(facts: PriceApprovalFacts) -> Iterator[Violation]:
    selected = [quote for quote in facts.quotes if quote.is_selected]
    if not selected:
        yield Violation(
            _("No quote is selected: mark the one that is to be approved."),
            fieldname="quotes",
            waivable=False,
        )
        return
    lowest_rows = {ranked.row for ranked in rank_quotes(facts.quotes) if ranked.is_lowest}
    higher = [q for q in selected if q.rate_base is not None and q.rate > 0 and q.row not in lowest_rows]
    if not higher:
        return
    if facts.not_lowest_reason not in tuple(Reason):
        for quote in higher:
            yield Violation(
                _("The selected quote of supplier {0} is not the lowest: choose the reason."),
                (quote.supplier,),
                table="quotes",
                row=quote.row,
                fieldname="not_lowest_reason",
                waivable=False,
            )
    elif facts.not_lowest_reason == Reason.OTHER and not facts.not_lowest_remark.strip():
        yield Violation(
            _("The reason for not taking the lowest quote is Other: write it down."),
            fieldname="not_lowest_remark",
            waivable=False,
        )


# 4.1.2.2 on prices ------------------------------------------------------------------------------------


@check("4.1.2.2", doctype=APPROVAL, when=LEAVING_DRAFT)
def no_price_for_stopped_suppliers(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a selected quote or a change for a supplier that is suspended or eliminated."""
    if facts.is_posted:
        return
    yield from stopped_suppliers([quote for quote in facts.quotes if quote.is_selected], "quotes")
    yield from stopped_suppliers(facts.changes, "changes")


# 4.2.4, 4.2.5 -----------------------------------------------------------------------------------------

declare(
    "4.2.4",
    title="Finance review, executive approval",
    title_zh="财务审核与核准",
    summary="Finance reviews within one working day; the Top Executive approves and sets the first day of validity.",
    summary_zh="财务一个工作日内审核；公司最高主管核准并定生效日。",
    kinds=[Kind.TIME, Kind.ROUTE],
    applies_to=(APPROVAL,),
    parameters=[
        Parameter("review_days", 1, "days", ParameterType.INT, _("Days for the finance review"), minimum=0),
        COUNT_PARAMETER,
    ],
)

time_limit(
    "4.2.4",
    doctype=APPROVAL,
    opens=State.FINANCE_REVIEW,
    role="Finance Officer",
    manager_role="Finance Manager",
    amount="review_days",
)


for state_left, state_entered, signed in (
    (State.FINANCE_REVIEW, State.EXECUTIVE_APPROVAL, "reviewed"),
    (State.EXECUTIVE_APPROVAL, State.APPROVED, "approved"),
    (State.APPROVED, State.POSTED, "posted"),
):
    signature(
        doctype=APPROVAL,
        leaving=state_left,
        entering=state_entered,
        by=f"{signed}_by",
        at=f"{signed}_at",
        clear_on=State.FINANCE_REVIEW,
    )


@check("4.2.4", doctype=APPROVAL, when=entering(State.APPROVED))
def first_day_set(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block an approval without the first day of validity, on the form or on a row of a change."""
    if not facts.is_change:
        if facts.valid_from is None:
            yield Violation(
                _("Set the day from which the price is valid, then approve."), fieldname="valid_from"
            )
        return
    for change in facts.changes:
        if change.valid_from is None:
            yield Violation(
                _("Set the day from which the price is valid, then approve."),
                table="changes",
                row=change.row,
                fieldname="valid_from",
            )


@check("4.2.4", doctype=APPROVAL, when=SAVE)
def left_to_reviewers(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a new form that already carries what finance, the Top Executive or posting fill in."""
    for fieldname in facts.premature:
        yield Violation(
            _(
                "This is filled in by the reviewers, the first day of validity by the Top Executive: leave it empty."
            ),
            fieldname=fieldname,
        )


declare(
    "4.2.5",
    title="Posted on the day of approval",
    title_zh="核准当日过账",
    summary="Finance posts on the day of approval; posting writes the price list and opens a task for the "
    "Cost Accountant.",
    summary_zh="财务于核准当日过账；过账即写入供应商零件价格，并通知成本会计更新成本。",
    kinds=[Kind.TIME, Kind.AUTO],
    applies_to=(APPROVAL, PRICE),
    parameters=[
        Parameter("post_days", 0, "days", ParameterType.INT, _("Days after approval to post"), minimum=0),
        COUNT_PARAMETER,
    ],
)

time_limit(
    "4.2.5",
    doctype=APPROVAL,
    opens=State.APPROVED,
    role="Finance Officer",
    manager_role="Finance Manager",
    amount="post_days",
)


# 4.2.6 ------------------------------------------------------------------------------------------------

declare(
    "4.2.6",
    title="Every price ends",
    title_zh="单价有效期",
    summary="Every price has an end date, by default and at most validity_months from its start; the purchaser is "
    "told before it ends; finance sends an expired price back for confirmation.",
    summary_zh="单价须有截止日，自生效日起最长六个月；到期前提醒采购员；过期单价由财务退回确认。",
    kinds=[Kind.BLOCK, Kind.AUTO, Kind.ROUTE],
    applies_to=(APPROVAL, PRICE),
    parameters=[
        Parameter("validity_months", 6, "months", ParameterType.INT, _("Longest validity"), minimum=1),
        Parameter("notice_days", "30, 15, 7", "days", ParameterType.TEXT, _("Days before the end to tell")),
        Parameter(
            "confirm_days", 3, "days", ParameterType.INT, _("Days to confirm an expired price"), minimum=0
        ),
        COUNT_PARAMETER,
    ],
)


def last_day(start: date, months: int) -> date:
    """Return the last day of `months` whole months that begin on `start`, both days included.

    Six months from 1 January end on 30 June. Where the month has no such day, they end on its last.
    """
    total = start.year * 12 + start.month - 1 + months
    year, month = divmod(total, 12)
    days_in_month = calendar.monthrange(year, month + 1)[1]
    if start.day > days_in_month:
        return date(year, month + 1, days_in_month)
    return date(year, month + 1, start.day) - ONE_DAY


def _validity(
    first: date | None,
    last: date | None,
    months: int,
    *,
    complete: bool,
    table: str | None = None,
    row: int | None = None,
) -> Iterator[Violation]:
    if last is None:
        if complete:
            yield Violation(
                _("The price has no end date: set one."), table=table, row=row, fieldname="valid_to"
            )
        return
    if first is None:
        return
    if last < first:
        yield Violation(
            _("The price would end on {0}, before it starts on {1}: correct the dates."),
            (last, first),
            table=table,
            row=row,
            fieldname="valid_to",
        )
    elif last > (limit := last_day(first, months)):
        yield Violation(
            _("The price would end on {0}; from {1} it may be valid for {2} months, to {3} at the latest."),
            (last, first, months, limit),
            table=table,
            row=row,
            fieldname="valid_to",
        )


def _validities(facts: PriceApprovalFacts, months: int, complete: bool) -> Iterator[Violation]:
    if not facts.is_change:
        yield from _validity(facts.valid_from, facts.valid_to, months, complete=complete)
    for change in facts.changes:
        yield from _validity(
            change.valid_from, change.valid_to, months, complete=complete, table="changes", row=change.row
        )


@check("4.2.6", doctype=APPROVAL, when=SAVE)
def validity_in_bounds(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a validity that ends before it starts or is longer than `validity_months`; equal passes."""
    yield from _validities(facts, int(p["validity_months"]), complete=False)


@check("4.2.6", doctype=APPROVAL, when=entering(State.APPROVED, State.POSTED))
def end_date_set(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block the approval and the posting of a price without an end date."""
    for violation in _validities(facts, int(p["validity_months"]), complete=True):
        if not violation.args:  # the bounds are judged by `validity_in_bounds` at the same save
            yield violation


@check("4.2.6", doctype=PRICE, when=SAVE)
def price_row_ends(facts: PriceRowFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a price row whose end is before its start or later than `validity_months` allow."""
    yield from _validity(
        facts.price.valid_from, facts.price.valid_to, int(p["validity_months"]), complete=True
    )


def notice_thresholds(text: str) -> tuple[int, ...]:
    """Return the days of parameter `notice_days`, largest first; raise `ValueError` for anything else."""
    days = {int(part) for part in text.replace("，", ",").replace("/", ",").split(",")}
    if min(days) < 0:
        raise ValueError("days before the end cannot be negative")
    return tuple(sorted(days, reverse=True))


def due_notice(remaining: int, told: Iterable[int], thresholds: Iterable[int]) -> int | None:
    """Return the threshold that is due `remaining` days before the end, or None (4.2.6).

    Each is told once; when several were missed only the nearest is told, and a price that has ended or
    about which a nearer threshold was told is not spoken of again.
    """
    if remaining < 0:
        return None
    reached = [days for days in thresholds if remaining <= days]
    if not reached:
        return None
    nearest = min(reached)
    return None if any(days <= nearest for days in told) else nearest


# 4.2.7 ------------------------------------------------------------------------------------------------

declare(
    "4.2.7",
    title="One price approval per item, changes by rows",
    title_zh="一料一表与单价异动",
    summary="One price approval per item (and per operation for subcontract prices); a change becomes effective "
    "only when approved and posted, and the old price ends the day before.",
    summary_zh="一料（托工为一料一工序）一表；单价异动经核准过账后生效，旧价于前一日截止。",
    kinds=[Kind.BLOCK, Kind.AUTO],
    applies_to=(APPROVAL, PRICE),
    fixed=True,
)


@check("4.2.7", doctype=APPROVAL, when=SAVE)
def one_approval(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a second price approval for one item, or for one item and operation."""
    if facts.price_kind == PriceKind.SUBCONTRACT and not facts.operation.strip():
        yield Violation(
            _("A subcontract price is approved per operation: enter the operation."), fieldname="operation"
        )
    if facts.price_kind == PriceKind.PURCHASE and facts.operation.strip():
        yield Violation(
            _(
                "Operation {0} belongs to a subcontract price: clear it, or choose the price kind Subcontract."
            ),
            (facts.operation,),
            fieldname="operation",
        )
    for other in facts.other_approvals:
        yield Violation(
            _("Item {0} already has the price approval {1}: open it and start a change there."),
            (facts.item, other),
            fieldname="item",
        )


@check("4.2.7", doctype=APPROVAL, when=SAVE)
def history_kept(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block any alteration or removal of a quote or change of an earlier round."""
    for kept in facts.kept_rows:
        if kept.after is None:
            message = _("This row belongs to an earlier round and was removed: put it back.")
        elif kept.after != kept.before:
            message = _("This row belongs to an earlier round and was altered: add a new row instead.")
        else:
            continue
        yield Violation(message, table=kept.table, row=kept.row)


@check("4.2.7", doctype=APPROVAL, when=LEAVING_DRAFT)
def changes_complete(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a change without rows, and every row that does not say what it changes."""
    if facts.is_posted:
        return
    if not facts.is_change:
        for change in facts.changes:
            yield Violation(
                _("Nothing is posted yet that could be changed: remove the row."),
                table="changes",
                row=change.row,
            )
        return
    if not facts.changes:
        yield Violation(
            _("The change has no row: add what changes, or withdraw the change."), fieldname="changes"
        )
    priced = {price.supplier for price in facts.prices}
    selected = {quote.supplier: quote for quote in facts.quotes if quote.is_selected}
    for change in facts.changes:
        yield from _change_row(change, priced, selected)
    wanted = {change.supplier for change in facts.changes}
    for supplier, quote in selected.items():
        if supplier not in wanted:
            yield Violation(
                _("The quote of supplier {0} is selected but no row of the change names it."),
                (supplier,),
                table="quotes",
                row=quote.row,
                fieldname="selected",
            )


def _change_row(change: Change, priced: set[str], selected: Mapping[str, Quote]) -> Iterator[Violation]:
    if not change.reason.strip():
        yield _of_change(change, "reason", _("The reason of the change is empty: write it down."))
    if change.new_rate <= 0:
        yield _of_change(
            change, "new_rate", _("The new rate is {0}: enter a rate above zero."), change.new_rate
        )
    if change.kind == ChangeKind.SUPPLIER:
        yield from _new_supplier(change, priced, selected.get(change.supplier))
    elif change.supplier not in priced:
        yield _of_change(
            change,
            "supplier",
            _("Supplier {0} has no price here yet: choose the change kind Supplier."),
            change.supplier,
        )
    elif change.kind == ChangeKind.PRICE and change.new_rate == change.old_rate:
        yield _of_change(
            change,
            "new_rate",
            _("The new rate equals the old one: enter the new rate, or choose the change kind Validity."),
        )
    elif change.kind == ChangeKind.VALIDITY and change.new_rate != change.old_rate:
        yield _of_change(
            change,
            "new_rate",
            _("The rate changes from {0} to {1}: choose the change kind Price."),
            change.old_rate,
            change.new_rate,
        )


def _new_supplier(change: Change, priced: set[str], quote: Quote | None) -> Iterator[Violation]:
    if change.replaces and change.replaces == change.supplier:
        yield _of_change(change, "replaces", _("Supplier {0} cannot replace itself."), change.supplier)
    elif change.replaces and change.replaces not in priced:
        yield _of_change(
            change,
            "replaces",
            _("Supplier {0} has no price here that could be replaced."),
            change.replaces,
        )
    if change.supplier in priced:
        yield _of_change(
            change,
            "supplier",
            _("Supplier {0} already has a price here: choose the change kind Price or Validity."),
            change.supplier,
        )
    if quote is None:
        yield _of_change(
            change,
            "supplier",
            _("Supplier {0} has no selected quote in this round: add its quote and select it."),
            change.supplier,
        )
    elif (quote.rate, quote.currency) != (change.new_rate, change.currency):
        yield _of_change(
            change,
            "new_rate",
            _("The new rate is {0} {1}, the selected quote says {2} {3}: make them equal."),
            change.new_rate,
            change.currency,
            quote.rate,
            quote.currency,
        )


def _of_change(change: Change, fieldname: str, message: str, *args: object) -> Violation:
    return Violation(message, args, table="changes", row=change.row, fieldname=fieldname)


@dataclass(frozen=True)
class Ending:
    """A price row that gets an earlier last day, and the row of the form that follows it."""

    name: str
    valid_to: date
    followed_by_row: int


@dataclass(frozen=True)
class Clash:
    """A new price that cannot be written: a price row, or another row of the form, covers its period."""

    new: NewPrice
    first: date
    last: date
    price: str | None = None
    other_row: int | None = None


@dataclass(frozen=True)
class PostingPlan:
    """What posting does: rows that end the day before, rows to write, and what stands against it."""

    endings: tuple[Ending, ...]
    additions: tuple[NewPrice, ...]
    clashes: tuple[Clash, ...]


def new_prices(facts: PriceApprovalFacts) -> tuple[NewPrice, ...]:
    """Return the prices that this round still has to post and whose dates are complete."""
    if facts.is_posted:
        return ()
    if facts.is_change:
        return tuple(
            NewPrice(
                "changes",
                c.row,
                c.supplier,
                c.new_rate,
                c.currency,
                c.valid_from,
                c.valid_to,
                c.replaces or None,
            )
            for c in facts.changes
            if c.valid_from and c.valid_to
        )
    if not (facts.valid_from and facts.valid_to):
        return ()
    return tuple(
        NewPrice("quotes", q.row, q.supplier, q.rate, q.currency, facts.valid_from, facts.valid_to)
        for q in facts.quotes
        if q.is_selected
    )


def plan_posting(prices: Iterable[Price], wanted: Iterable[NewPrice]) -> PostingPlan:
    """Return how `wanted` prices follow `prices` without overlap (4.2.7).

    A price of the same or of the replaced supplier that has started before ends the day before the new
    one starts. One that starts on the same day or later, within the new one's period, is a clash.
    """
    open_rows = {price.name: price for price in prices}
    endings: dict[str, Ending] = {}
    additions: list[NewPrice] = []
    clashes: list[Clash] = []
    for new in sorted(wanted, key=lambda n: (n.valid_from, n.row)):
        clash = _first_clash(new, open_rows.values(), additions)
        if clash:
            clashes.append(clash)
            continue
        for price in list(open_rows.values()):
            followed = price.supplier in (new.supplier, new.replaces)
            if followed and price.valid_from < new.valid_from <= price.valid_to:
                endings[price.name] = Ending(price.name, new.valid_from - ONE_DAY, new.row)
                open_rows[price.name] = replace(price, valid_to=new.valid_from - ONE_DAY)
        additions.append(new)
    return PostingPlan(tuple(endings.values()), tuple(additions), tuple(clashes))


def _first_clash(new: NewPrice, prices: Iterable[Price], additions: Iterable[NewPrice]) -> Clash | None:
    for price in prices:
        if (
            price.supplier in (new.supplier, new.replaces)
            and new.valid_from <= price.valid_from <= new.valid_to
        ):
            return Clash(new, price.valid_from, price.valid_to, price=price.name)
    for other in additions:
        if (
            other.supplier == new.supplier
            and other.valid_from <= new.valid_to
            and other.valid_to >= new.valid_from
        ):
            return Clash(new, other.valid_from, other.valid_to, other_row=other.row)
    return None


@check("4.2.7", doctype=APPROVAL, when=LEAVING_DRAFT)
def no_overlap(facts: PriceApprovalFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a price whose period another price of the same or the replaced supplier already covers."""
    for clash in plan_posting(facts.prices, new_prices(facts)).clashes:
        if clash.price:
            message = _(
                "From {0} to {1} the price {2} of this item is already fixed ({3} to {4}): choose other dates."
            )
        else:
            message = _(
                "From {0} to {1} row {2} asks for a price of the same supplier ({3} to {4}): choose other dates."
            )
        yield Violation(
            message,
            (
                clash.new.valid_from,
                clash.new.valid_to,
                clash.price or clash.other_row,
                clash.first,
                clash.last,
            ),
            table=clash.new.table,
            row=clash.new.row,
            fieldname="valid_from",
        )


@check("4.2.7", doctype=PRICE, when=SAVE)
def price_row_guarded(facts: PriceRowFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block a price row that posting does not write, that alters more than its end, or that overlaps."""
    if not facts.is_posting:
        yield Violation(
            _("Prices are written only by posting a price approval: start a change there."),
        )
        return
    if not facts.is_new:
        for fieldname in facts.changed_fields:
            if fieldname not in ENDING_FIELDS:
                yield Violation(
                    _("A posted price is never edited; only its end may come earlier."), fieldname=fieldname
                )
        if facts.previous_valid_to and facts.price.valid_to > facts.previous_valid_to:
            yield Violation(
                _("The price ends on {0}; it cannot be made to end later: post a change."),
                (facts.previous_valid_to,),
                fieldname="valid_to",
            )
    for other in facts.other_prices:
        if other.valid_from <= facts.price.valid_to and other.valid_to >= facts.price.valid_from:
            yield Violation(
                _("The price overlaps {0}, valid from {1} to {2}."),
                (other.name, other.valid_from, other.valid_to),
                fieldname="valid_from",
            )


@check("4.2.7", doctype=PRICE, when=DELETE)
def price_row_stays(facts: PriceRowFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Block every deletion of a price row: prices end by date."""
    yield Violation(_("A posted price is never deleted: it ends by its date."))
