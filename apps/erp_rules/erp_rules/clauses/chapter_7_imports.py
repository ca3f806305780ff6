"""Chapter 7, the forms of importing: long-term control, exchange settlement, containers (7.12 to 7.18)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from erp_rules.clauses.base import (
    LEAVING_DRAFT,
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
)
from erp_rules.clauses.chapter_4_3 import OrderKind, OrderState, plain
from erp_rules.clauses.chapter_4_6 import RECEIPT, RECEIVABLE, OrderRow, ReceiptState, RejectReason

CONTAINER = "Import Container"
SETTLEMENT = "Foreign Exchange Settlement"
IMPORT_KIND = "Import"


class ContainerState(StrEnum):
    """The states of an import container."""

    DRAFT = "Draft"
    SHIPPED = "Shipped"
    ARRIVED = "Arrived"
    UNLOADED = "Unloaded"
    ACCEPTED = "Accepted"
    CLOSED = "Closed"


class SealCondition(StrEnum):
    """How the seal was found."""

    INTACT = "Intact"
    BROKEN = "Broken"
    MISSING = "Missing"


class DiscrepancyKind(StrEnum):
    """In what way material differs from the packing list."""

    SHORT = "Short"
    OVER = "Over"
    DAMAGED = "Damaged"
    WRONG_ITEM = "Wrong Item"


class DiscrepancyHandling(StrEnum):
    """What is done about a discrepancy."""

    REPLENISH = "Supplier Replenishes"
    CLAIM = "Claim"
    RETURN = "Return"
    ACCEPT = "Accept as Is"
    CHANGE_ORDER = "Change Order"
    OTHER = "Other"


class TransportDefect(StrEnum):
    """What transport did to material."""

    CRUSHED = "Crushed"
    WET = "Wet"
    RUSTED = "Rusted"
    SCRATCHED = "Scratched"
    BROKEN_PACKAGING = "Broken Packaging"
    OTHER = "Other"


class Responsible(StrEnum):
    """Who answers for damage in transport."""

    SUPPLIER = "Supplier"
    CARRIER = "Carrier"
    FORWARDER = "Forwarder"
    COMPANY = "Company"


class SettlementState(StrEnum):
    """The states of a foreign exchange settlement."""

    DRAFT = "Draft"
    FINANCE_REVIEW = "Finance Review"
    APPROVED = "Approved"
    SETTLED = "Settled"


# On their way or not yet posted: what such a container holds is spoken for on its orders.
UNDER_WAY = (
    ContainerState.SHIPPED,
    ContainerState.ARRIVED,
    ContainerState.UNLOADED,
    ContainerState.ACCEPTED,
)
RESERVING = (SettlementState.FINANCE_REVIEW, SettlementState.APPROVED, SettlementState.SETTLED)
COUNTED_STATES = (
    ReceiptState.COUNTED,
    ReceiptState.INSPECTED,
    ReceiptState.POSTED,
    ReceiptState.PUT_AWAY,
)
INSPECTED_STATES = (ReceiptState.INSPECTED, ReceiptState.POSTED, ReceiptState.PUT_AWAY)
POSTED_STATES = (ReceiptState.POSTED, ReceiptState.PUT_AWAY)
PACKABLE = (OrderState.ISSUED, OrderState.PARTLY_RECEIVED)

signatures(
    CONTAINER,
    ("shipped", ContainerState.SHIPPED, None),
    ("arrival_noted", ContainerState.ARRIVED, None),
    ("unloaded", ContainerState.UNLOADED, None),
    ("accepted", ContainerState.ACCEPTED, None),
    ("closed", ContainerState.CLOSED, None),
)
signatures(
    SETTLEMENT,
    ("submitted", SettlementState.FINANCE_REVIEW, None),
    ("approved", SettlementState.APPROVED, None),
    ("recorded", SettlementState.SETTLED, None),
    clear_on=SettlementState.DRAFT,
)


# 7.12: long-term material control ---------------------------------------------------------------------

declare(
    "7.12",
    title="Long-term material control",
    title_zh="长期物料控管表",
    summary="Material under long-term control is shown with its planned demand, what is requisitioned, on order, in "
    "transit and on hand, and until when it is covered; planners and purchasers are told of what is not.",
    summary_zh="长期控管物料列出计划需求、请购、在订、在途、在库与可供应至日期；将有缺口者通知物控与采购。",
    kinds=(Kind.AUTO,),
    applies_to=("Item",),
    parameters=(
        Parameter("alert_days", 60, "days", ParameterType.INT, _("Days ahead to be told of"), minimum=0),
    ),
)


@dataclass(frozen=True)
class Flow:
    """A quantity that is needed (below zero) or comes (above zero) on a day."""

    on: date
    qty: Decimal


@dataclass(frozen=True)
class Coverage:
    """How far what there is and what comes reaches.

    `uncovered_on` is the first day whose demand is not met and `covered_until` the day before it; both are None
    when all demand is met. `short_qty` is by how much demand exceeds supply at its worst.
    """

    covered_until: date | None
    uncovered_on: date | None
    short_qty: Decimal


def coverage(on_hand: Decimal, flows: Iterable[Flow], today: date) -> Coverage:
    """Return how far `on_hand` and what comes in time reaches; what comes on a day serves that day's demand.

    What is late is taken as coming, or needed, today.
    """
    by_day: dict[date, Decimal] = {}
    needed_on: set[date] = set()
    for flow in flows:
        day = max(flow.on, today)
        by_day[day] = by_day.get(day, Decimal(0)) + flow.qty
        if flow.qty < 0:
            needed_on.add(day)
    left, worst, first = on_hand, Decimal(0), None
    for day in sorted(by_day):
        left += by_day[day]
        if left < 0 and day in needed_on:
            first = first or day
            worst = max(worst, -left)
    return Coverage(first - timedelta(days=1) if first else None, first, worst)


# 7.13: foreign exchange settlement --------------------------------------------------------------------

declare(
    "7.13",
    title="Foreign exchange settlement control",
    title_zh="结汇管制表",
    summary="Foreign exchange is settled for goods that were posted only, at the exchange rate of the day, reviewed by "
    "finance; never more than was posted for an order, and nothing twice.",
    summary_zh="结汇以已入账货品为限，按当日汇率计算并经财务审核；不得超过订单已入账金额，不得重复结汇。",
    kinds=(Kind.BLOCK, Kind.ROUTE, Kind.AUTO),
    applies_to=(SETTLEMENT,),
)


@dataclass(frozen=True)
class SettledLine:
    """A line of a settlement; amounts that are no finite numbers are None. A receipt's values are 0 without one."""

    row: int
    order: str
    receipt: str
    amount: Decimal | None
    settled_amount: Decimal | None = Decimal(0)
    order_supplier: str | None = None
    order_currency: str = ""
    order_kind: str = ""
    posted: Decimal = Decimal(0)
    elsewhere: Decimal = Decimal(0)
    is_receipt_posted: bool = True
    receipt_posted: Decimal = Decimal(0)
    receipt_elsewhere: Decimal = Decimal(0)


@dataclass(frozen=True)
class SettlementFacts:
    """All that the clauses need to know of one settlement; read in bulk."""

    supplier: str
    currency: str
    base_currency: str
    today: date
    lines: tuple[SettledLine, ...] = ()
    is_draft: bool = True
    rate: Decimal | None = None
    rate_date: date | None = None
    due_date: date | None = None
    settled_on: date | None = None
    settled_rate: Decimal | None = None
    bank_reference: str = ""
    reference_used_by: str = ""
    has_contract: bool = False


def _at(row: int, fieldname: str, message: str, *args, table: str = "items") -> Violation:
    return Violation(message, args, table=table, row=row, fieldname=fieldname)


@check("7.13", doctype=SETTLEMENT, when=SAVE)
def settled_orders(facts: SettlementFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield the base currency, and lines of other suppliers or currencies, without an amount, or named twice."""
    if not facts.is_draft:
        return
    if facts.currency and facts.currency == facts.base_currency:
        yield Violation(
            _("{0} is the base currency; only foreign exchange is settled here"),
            (facts.currency,),
            fieldname="currency",
        )
    first: dict[tuple[str, str], int] = {}
    for line in facts.lines:
        key = (line.order, line.receipt)
        if first.setdefault(key, line.row) != line.row:
            yield _at(line.row, "purchase_order", _("row {0} says the same; keep one of them"), first[key])
        if line.amount is None or line.amount < 0:
            yield _at(
                line.row, "amount", _("{0} is no amount; enter a number above zero"), line.amount or "-"
            )
        if line.order_supplier is None:
            yield _at(line.row, "purchase_order", _("there is no order {0}; choose one"), line.order)
            continue
        if line.order_supplier != facts.supplier:
            yield _at(
                line.row,
                "purchase_order",
                _("order {0} is of supplier {1}, not {2}; choose an order of this supplier"),
                line.order,
                line.order_supplier,
                facts.supplier,
            )
        if line.order_currency != facts.currency:
            yield _at(
                line.row,
                "purchase_order",
                _("order {0} is in {1}, the settlement in {2}; make a settlement in each currency"),
                line.order,
                line.order_currency,
                facts.currency,
            )
        if line.order_kind == OrderKind.RETURN:
            yield _at(
                line.row, "purchase_order", _("order {0} takes goods back; nothing is paid"), line.order
            )
        if line.receipt and not line.is_receipt_posted:
            yield _at(
                line.row,
                "receipt",
                _("receipt {0} holds no posted goods of order {1}; choose a posted receipt of it"),
                line.receipt,
                line.order,
            )


@check("7.13", doctype=SETTLEMENT, when=LEAVING_DRAFT)
def not_more_than_posted(facts: SettlementFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each order or receipt of which more would be settled than was posted; equal passes."""
    asked: dict[str, Decimal] = {}
    asked_of: dict[tuple[str, str], Decimal] = {}
    for line in facts.lines:
        amount = line.amount or Decimal(0)
        if amount == 0:
            yield _at(
                line.row, "amount", _("nothing of order {0} is to be settled; take the row out"), line.order
            )
            continue
        asked[line.order] = asked.get(line.order, Decimal(0)) + amount
        left = line.posted - line.elsewhere
        if asked[line.order] > left:
            yield _at(
                line.row,
                "amount",
                _("{0} asked for on order {1}, posted are {2} and settled elsewhere {3}; enter at most {4}"),
                plain(asked[line.order]),
                line.order,
                plain(line.posted),
                plain(line.elsewhere),
                plain(max(left - asked[line.order] + amount, Decimal(0))),
            )
        elif line.receipt:
            key = (line.order, line.receipt)
            asked_of[key] = asked_of.get(key, Decimal(0)) + amount
            left = line.receipt_posted - line.receipt_elsewhere
            if asked_of[key] > left:
                yield _at(
                    line.row,
                    "amount",
                    _("{0} asked for on receipt {1}, {2} of it are left; enter at most {2}"),
                    plain(amount),
                    line.receipt,
                    plain(max(left, Decimal(0))),
                )


@check("7.13", doctype=SETTLEMENT, when=LEAVING_DRAFT)
def has_rate_and_papers(facts: SettlementFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing exchange rate, contract or due date."""
    if facts.rate is None:
        yield Violation(
            _("there is no exchange rate of {0} on {1}; finance enters it"),
            (facts.currency, str(facts.rate_date or "-")),
            fieldname="rate_date",
        )
    if not facts.has_contract:
        yield Violation(_("enter the number of the contract or attach it"), fieldname="contract_no")
    if facts.due_date is None:
        yield Violation(_("enter until when it is to be settled"), fieldname="due_date")


@check("7.13", doctype=SETTLEMENT, when=entering(SettlementState.SETTLED))
def settled_once(facts: SettlementFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing or used bank reference, a missing or future day, and lines settled above what was approved."""
    if not facts.bank_reference:
        yield Violation(_("enter the bank's reference"), fieldname="bank_reference")
    elif facts.reference_used_by:
        yield Violation(
            _("bank reference {0} already settled {1}; check the bank slip"),
            (facts.bank_reference, facts.reference_used_by),
            fieldname="bank_reference",
        )
    if facts.settled_on is None or facts.settled_on > facts.today:
        yield Violation(
            _("{0} is no day on which the bank settled; enter today or a day before"),
            (str(facts.settled_on or "-"),),
            fieldname="settled_on",
        )
    elif facts.settled_rate is None:
        yield Violation(
            _("there is no exchange rate of {0} on {1}; enter the bank's rate"),
            (facts.currency, str(facts.settled_on)),
            fieldname="settled_rate",
        )
    for line in facts.lines:
        allowed = line.amount or Decimal(0)
        if line.settled_amount is None or not 0 < line.settled_amount <= allowed:
            yield _at(
                line.row,
                "settled_amount",
                _("{0} settled, approved are {1}; enter an amount above zero and not over it"),
                plain(line.settled_amount) if line.settled_amount is not None else "-",
                plain(allowed),
            )


# 7.14: containers -------------------------------------------------------------------------------------

declare(
    "7.14",
    title="Import container control",
    title_zh="进口货柜管制表",
    summary="Every import container is followed from shipment to acceptance: number, seal, bill of lading, dates, customs "
    "and the unloading record. A number whose check digit is wrong is pointed out.",
    summary_zh="进口货柜自装运至验收全程登记：柜号、封条、提单、日期、报关及卸柜记录；柜号校验码不符时提示。",
    kinds=(Kind.BLOCK, Kind.WARN, Kind.RECORD),
    applies_to=(CONTAINER,),
)
declare(
    "7.15",
    title="Packing list",
    title_zh="装箱单 PACKING LIST",
    summary="A packing list names rows of issued orders of import suppliers, and never more than is open on them and not "
    "in another container.",
    summary_zh="装箱单须对应进口供应商已发出订单的明细，数量不得超过未交且未装入其他货柜的数量。",
    kinds=(Kind.BLOCK,),
    applies_to=(CONTAINER,),
)
declare(
    "7.16",
    title="Import acceptance per day",
    title_zh="进口验收日报表",
    summary="What a container brought is received by the ordinary way, and accepted when all of it was inspected; the "
    "acceptances of a day are reported.",
    summary_zh="货柜货品按一般收货程序点收检验，全部检验后方可验收；按日汇总进口验收。",
    kinds=(Kind.BLOCK, Kind.AUTO, Kind.RECORD),
    applies_to=(CONTAINER, RECEIPT),
)
declare(
    "7.17",
    title="Container discrepancies",
    title_zh="进口货柜异常物料表",
    summary="Count and inspection are compared with the packing list by themselves; a container is closed when every "
    "discrepancy was handled.",
    summary_zh="点收与检验结果自动与装箱单比对；所有异常物料处理完毕后货柜方可结案。",
    kinds=(Kind.BLOCK, Kind.AUTO),
    applies_to=(CONTAINER, RECEIPT),
)
declare(
    "7.18",
    title="Transport quality feedback",
    title_zh="运输物料品质异常反馈表",
    summary="What transport did to material is recorded with defect, quantity and who answers for it, and sent before the "
    "container is closed.",
    summary_zh="运输造成的品质异常须登记缺陷、数量与责任方，并于结案前发出反馈。",
    kinds=(Kind.BLOCK, Kind.RECORD),
    applies_to=(CONTAINER,),
)


@dataclass(frozen=True)
class PackedLine:
    """A line of a packing list; a quantity that is no finite number is None.

    `elsewhere` is what other containers hold of the same order row and has not been posted yet.
    """

    row: int
    order: str
    item: str
    qty: Decimal | None
    order_row: OrderRow | None = None
    supplier_kind: str = ""
    elsewhere: Decimal = Decimal(0)
    net_weight: Decimal | None = Decimal(0)
    gross_weight: Decimal | None = Decimal(0)
    delivery_note_no: str = ""


@dataclass(frozen=True)
class AbnormalLine:
    """A line of abnormal material; `changed` are its fields, kept by the app, that somebody changed."""

    row: int
    item: str
    kind: str
    packing_qty: Decimal | None
    found_qty: Decimal | None
    handling: str = ""
    remark: str = ""
    is_settled: bool = False
    changed: tuple[str, ...] = ()
    is_forged: bool = False


@dataclass(frozen=True)
class FeedbackLine:
    """A line of transport quality feedback."""

    row: int
    item: str
    qty: Decimal | None
    responsible: str = ""


@dataclass(frozen=True)
class ContainerReceipt:
    """A receipt of what a container brought."""

    name: str
    state: str


@dataclass(frozen=True)
class Uncounted:
    """Material of a delivery note that nobody has counted yet, nor entered as short."""

    delivery_note_no: str
    supplier: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class ContainerFacts:
    """All that the clauses need to know of one container; read in bulk.

    `is_packing` while the packing list is being written and on shipping it; `removed` are items of lines found
    by the count that somebody took out.
    """

    container_no: str
    today: date
    now: datetime
    is_packing: bool = True
    is_number_new: bool = False
    twin: str = ""
    bill_of_lading: str = ""
    etd: date | None = None
    eta: date | None = None
    arrived_on: date | None = None
    customs_declaration_no: str = ""
    unloading_started_at: datetime | None = None
    unloading_ended_at: datetime | None = None
    unloading_people: str = ""
    seal_condition: str = ""
    unloading_remarks: str = ""
    photo_count: int = 0
    lines: tuple[PackedLine, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()
    abnormal: tuple[AbnormalLine, ...] = ()
    removed: tuple[str, ...] = ()
    feedback: tuple[FeedbackLine, ...] = ()
    is_feedback_sent: bool = False
    receipts: tuple[ContainerReceipt, ...] = ()


_CONTAINER_NUMBER = re.compile(r"[A-Z]{3}[UJZ]\d{7}\Z")
# ISO 6346: letters count from 10 on, without the multiples of 11.
_LETTER_VALUES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))


def plain_number(text: str) -> str:
    """Return a container number without spaces and dashes, in capitals."""
    return re.sub(r"[\s\-/.]", "", text).upper()


def check_digit(number: str) -> int | None:
    """Return the check digit that belongs to a container number (ISO 6346); None when it is no such number."""
    if not _CONTAINER_NUMBER.match(number):
        return None
    values = (_LETTER_VALUES[sign] if sign.isalpha() else int(sign) for sign in number[:10])
    return sum(value * 2**place for place, value in enumerate(values)) % 11 % 10


@check("7.14", doctype=CONTAINER, when=SAVE, severity=Kind.WARN)
def container_number(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of a new container number that has not the form of one, or another check digit."""
    if not facts.is_number_new or not facts.container_no:
        return
    wanted = check_digit(facts.container_no)
    if wanted is None:
        yield Violation(
            _("{0} is not four letters (the last U, J or Z) and seven digits; compare it with the papers"),
            (facts.container_no,),
            fieldname="container_no",
        )
    elif wanted != int(facts.container_no[-1]):
        yield Violation(
            _("the check digit of {0} should be {1}; compare the number with the papers"),
            (facts.container_no, wanted),
            fieldname="container_no",
        )


@check("7.14", doctype=CONTAINER, when=SAVE)
def container_dates(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a container that is entered twice, and dates that do not follow one another."""
    if facts.twin:
        yield Violation(
            _("container {0} with this bill of lading is {1} already; go on with that one"),
            (facts.container_no, facts.twin),
            fieldname="container_no",
        )
    if facts.etd and facts.eta and facts.eta < facts.etd:
        yield Violation(
            _("ETA {0} is before ETD {1}; correct one of them"),
            (str(facts.eta), str(facts.etd)),
            fieldname="eta",
        )
    if facts.arrived_on and facts.arrived_on > facts.today:
        yield Violation(
            _("{0} is still to come; enter the day on which it arrived"),
            (str(facts.arrived_on),),
            fieldname="arrived_on",
        )
    elif facts.arrived_on and facts.etd and facts.arrived_on < facts.etd:
        yield Violation(
            _("it cannot have arrived on {0}, before ETD {1}"),
            (str(facts.arrived_on), str(facts.etd)),
            fieldname="arrived_on",
        )
    start, end = facts.unloading_started_at, facts.unloading_ended_at
    if start and end and end < start:
        yield Violation(
            _("unloading cannot end at {0}, before it started at {1}"),
            (str(end), str(start)),
            fieldname="unloading_ended_at",
        )
    elif end and end > facts.now:
        yield Violation(
            _("{0} is still to come; enter when unloading ended"), (str(end),), fieldname="unloading_ended_at"
        )


@check("7.14", doctype=CONTAINER, when=entering(ContainerState.SHIPPED))
def shipping_papers(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing bill of lading or expected arrival."""
    if not facts.bill_of_lading:
        yield Violation(_("enter the number of the bill of lading"), fieldname="bill_of_lading")
    if facts.eta is None:
        yield Violation(_("enter when it is expected"), fieldname="eta")


@check("7.14", doctype=CONTAINER, when=entering(ContainerState.ARRIVED))
def arrival_is_dated(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing day of arrival."""
    if facts.arrived_on is None:
        yield Violation(_("enter the day on which it arrived"), fieldname="arrived_on")


@check("7.14", doctype=CONTAINER, when=entering(ContainerState.UNLOADED))
def unloading_record(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield what is missing in the unloading record; a seal that is not intact needs a photo and a remark."""
    for fieldname, value, message in (
        ("unloading_started_at", facts.unloading_started_at, _("enter when unloading started")),
        ("unloading_ended_at", facts.unloading_ended_at, _("enter when unloading ended")),
        ("unloading_people", facts.unloading_people, _("enter who unloaded it")),
        ("seal_condition", facts.seal_condition, _("enter how the seal was found")),
    ):
        if not value:
            yield Violation(message, fieldname=fieldname)
    if facts.seal_condition in (SealCondition.BROKEN, SealCondition.MISSING):
        if not facts.photo_count:
            yield Violation(
                _("the seal is {0}; attach at least one photo"),
                (facts.seal_condition,),
                fieldname="unloading_photos",
            )
        if not facts.unloading_remarks:
            yield Violation(
                _("the seal is {0}; say what was found"),
                (facts.seal_condition,),
                fieldname="unloading_remarks",
            )


@check("7.16", doctype=CONTAINER, when=entering(ContainerState.UNLOADED), severity=Kind.WARN)
def orders_still_open(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of each line whose order was closed while the goods were on their way: they cannot be received."""
    for line in facts.lines:
        found = line.order_row
        if found is None or found.state not in RECEIVABLE:
            yield _at(
                line.row,
                "purchase_order",
                _("order {0} is {1}; item {2} cannot be received on it, purchasing decides"),
                line.order,
                found.state if found else "-",
                line.item,
            )


@check("7.14", doctype=CONTAINER, when=entering(ContainerState.UNLOADED), severity=Kind.WARN)
def unloaded_before_customs(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Warn of a container that is unloaded without a customs declaration."""
    if not facts.customs_declaration_no:
        yield Violation(
            _("there is no customs declaration yet; enter its number, payment will need it"),
            fieldname="customs_declaration_no",
        )


# 7.15: the packing list -------------------------------------------------------------------------------


@check("7.15", doctype=CONTAINER, when=SAVE)
def packed_lines(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield lines without a quantity, of orders that cannot be packed, and of more than is open on them."""
    if not facts.is_packing:
        return
    packed: dict[str, Decimal] = {}
    for line in facts.lines:
        if line.qty is None or line.qty <= 0:
            yield _at(
                line.row,
                "qty",
                _("the quantity {0} is not above zero; enter what is packed"),
                "-" if line.qty is None else line.qty,
            )
        for fieldname, value in (("net_weight", line.net_weight), ("gross_weight", line.gross_weight)):
            if value is None:
                yield _at(line.row, fieldname, _("this is no weight; enter kilograms"))
        if line.net_weight and line.gross_weight and line.gross_weight < line.net_weight:
            yield _at(
                line.row,
                "gross_weight",
                _("the gross weight {0} is below the net weight {1}"),
                plain(line.gross_weight),
                plain(line.net_weight),
            )
        found = line.order_row
        if found is None or found.order != line.order:
            yield _at(
                line.row,
                "purchase_order",
                _("order {0} has no row for item {1}; choose a row of an issued order"),
                line.order,
                line.item or "-",
            )
            continue
        yield from _not_packable(line, found)
        if line.qty and line.qty > 0 and found.state in PACKABLE:
            before = packed.get(found.name, Decimal(0))
            packed[found.name] = before + line.qty
            left = max(found.open_qty - line.elsewhere - before, Decimal(0))
            if line.qty > left:
                yield _at(
                    line.row,
                    "qty",
                    _(
                        "{0} packed; order {1} has {2} open, of which {3} are in other containers; pack at most {4}"
                    ),
                    plain(line.qty),
                    found.order,
                    plain(found.open_qty),
                    plain(line.elsewhere),
                    plain(left),
                )


def _not_packable(line: PackedLine, found: OrderRow) -> Iterator[Violation]:
    if found.item != line.item:
        yield _at(line.row, "item", _("the order row is for item {0}, not {1}"), found.item, line.item)
    if found.kind == OrderKind.RETURN:
        yield _at(
            line.row, "purchase_order", _("order {0} takes goods back; it cannot be packed"), found.order
        )
    elif found.state not in PACKABLE:
        yield _at(
            line.row,
            "purchase_order",
            _("order {0} is {1}; goods of issued orders only are packed"),
            found.order,
            found.state,
        )
    if line.supplier_kind != IMPORT_KIND:
        yield _at(
            line.row,
            "purchase_order",
            _("order {0} is of supplier {1}, who is {2}; containers bring goods of import suppliers"),
            found.order,
            found.supplier,
            line.supplier_kind or "-",
        )


@check("7.15", doctype=CONTAINER, when=entering(ContainerState.SHIPPED))
def lines_have_notes(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line without the supplier's number, by which it will be received."""
    for line in facts.lines:
        if not line.delivery_note_no:
            yield _at(
                line.row,
                "delivery_note_no",
                _("enter the supplier's packing list or invoice number; item {0} is received by it"),
                line.item,
            )


# 7.16: acceptance -------------------------------------------------------------------------------------


@check("7.16", doctype=CONTAINER, when=entering(ContainerState.ACCEPTED))
def all_is_inspected(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each receipt that is not inspected yet, and each delivery note that was not counted."""
    yield from _unfinished(facts, INSPECTED_STATES)
    for note in facts.uncounted:
        yield Violation(
            _(
                "delivery note {0} of supplier {1} is not counted ({2}); have it counted, or enter it as short"
            ),
            (note.delivery_note_no, note.supplier, ", ".join(note.items)),
        )


def _unfinished(facts: ContainerFacts, done: tuple[str, ...]) -> Iterator[Violation]:
    for receipt in facts.receipts:
        if receipt.state not in done:
            yield Violation(
                _("receipt {0} is {1}; it must be {2} first"), (receipt.name, receipt.state, str(done[0]))
            )


# 7.17: discrepancies ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """What was counted of an order row, and of it rejected, by reason."""

    item: str
    qty: Decimal
    rejected: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class Discrepancy:
    """A difference between packing list and count or inspection."""

    order_row: str
    item: str
    kind: str
    packing_qty: Decimal
    found_qty: Decimal

    @property
    def difference(self) -> Decimal:
        """What was found less what should be there."""
        return self.found_qty - self.packing_qty


def compare(
    packed: Mapping[str, tuple[str, Decimal]], counted: Mapping[str, Counted], waiting: frozenset[str]
) -> list[Discrepancy]:
    """Return what differs, by order row; rows of `waiting` are still to be counted and are left out.

    `packed` is item and quantity by order row. Rejected goods are damaged ones, unless they were the wrong item.
    """
    found = []
    for order_row in dict.fromkeys((*packed, *counted)):
        if order_row in waiting:
            continue
        count = counted.get(order_row) or Counted(packed[order_row][0], Decimal(0))
        item, wanted = packed.get(order_row, (count.item, Decimal(0)))
        if count.qty != wanted:
            kind = DiscrepancyKind.SHORT if count.qty < wanted else DiscrepancyKind.OVER
            found.append(Discrepancy(order_row, item, str(kind), wanted, count.qty))
        bad: dict[str, Decimal] = {}
        for reason, qty in count.rejected:
            is_wrong = reason == RejectReason.WRONG_ITEM
            kind = str(DiscrepancyKind.WRONG_ITEM if is_wrong else DiscrepancyKind.DAMAGED)
            bad[kind] = bad.get(kind, Decimal(0)) + qty
        found += [
            Discrepancy(order_row, item, kind, count.qty, count.qty - qty)
            for kind, qty in bad.items()
            if qty > 0
        ]
    return found


@check("7.17", doctype=CONTAINER, when=SAVE)
def abnormal_lines(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield lines found by the count that somebody changed or took out, and quantities that are none."""
    for item in facts.removed:
        yield Violation(
            _("the count found the difference of item {0}; it stays and is handled"),
            (item,),
            fieldname="abnormal_materials",
        )
    for line in facts.abnormal:
        for fieldname in line.changed:
            yield _abnormal(line, fieldname, _("the count found this; it cannot be changed, only handled"))
        if line.is_forged:
            yield _abnormal(line, "is_automatic", _("only the app says what the count found"))
        for fieldname, qty in (("packing_qty", line.packing_qty), ("found_qty", line.found_qty)):
            if qty is None or qty < 0:
                yield _abnormal(line, fieldname, _("this is no quantity; enter a number of zero or more"))
        if line.is_settled and not line.handling:
            yield _abnormal(
                line, "handling", _("say how item {0} was handled before it is settled"), line.item
            )
        if line.handling == DiscrepancyHandling.OTHER and not line.remark:
            yield _abnormal(line, "handling_remark", _("say how item {0} is handled"), line.item)


def _abnormal(line: AbnormalLine, fieldname: str, message: str, *args) -> Violation:
    return _at(line.row, fieldname, message, *args, table="abnormal_materials")


@check("7.17", doctype=CONTAINER, when=entering(ContainerState.CLOSED))
def discrepancies_are_handled(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each discrepancy that is not settled, and each receipt that is not posted."""
    yield from _unfinished(facts, POSTED_STATES)
    for line in facts.abnormal:
        if not (line.handling and line.is_settled):
            yield _abnormal(
                line,
                "is_settled" if line.handling else "handling",
                _("item {0} is {1}: {2} packed, {3} found; handle it and mark it as settled"),
                line.item,
                line.kind,
                plain(line.packing_qty or Decimal(0)),
                plain(line.found_qty or Decimal(0)),
            )


# 7.18: feedback ---------------------------------------------------------------------------------------


@check("7.18", doctype=CONTAINER, when=SAVE)
def feedback_lines(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each observation without a quantity above zero."""
    for line in facts.feedback:
        if line.qty is None or line.qty <= 0:
            yield _feedback(line, "qty", _("enter how many of item {0} are affected"), line.item)


@check("7.18", doctype=CONTAINER, when=entering(ContainerState.CLOSED))
def feedback_is_sent(facts: ContainerFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield observations for which nobody answers, and feedback that was not sent."""
    for line in facts.feedback:
        if not line.responsible:
            yield _feedback(line, "responsible", _("say who answers for the damage of item {0}"), line.item)
    if facts.feedback and not facts.is_feedback_sent:
        yield Violation(
            _("the transport quality feedback was not sent; enter when and to whom"),
            fieldname="feedback_sent_on",
        )


def _feedback(line: FeedbackLine, fieldname: str, message: str, *args) -> Violation:
    return _at(line.row, fieldname, message, *args, table="quality_feedback")
