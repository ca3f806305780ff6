"""Chapter 7: the forms. Item data is set up and changed by one form (7.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

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
    signatures,
)


class ItemChangeState(StrEnum):
    """The states of an item change request; a state is named after who acts in it."""

    DRAFT = "Draft"
    ENGINEER = "Engineer"
    COST_ACCOUNTANT = "Cost Accountant"
    APPLIED = "Applied"


class RequestKind(StrEnum):
    """Whether a request sets up a new item or changes one."""

    CHANGE = "Change"
    SET_UP = "Set-up"


class ItemClass(StrEnum):
    """The classes of items."""

    RAW_MATERIAL = "Raw Material"
    PACKAGING = "Packaging"
    COMPONENT = "Component"
    SEMI_FINISHED = "Semi-finished"
    FINISHED = "Finished"
    SERVICE = "Service"


class PartSize(StrEnum):
    """A small part is approved by its sample, a large one by its drawing."""

    SMALL = "Small"
    LARGE = "Large"


class SampleStatus(StrEnum):
    """Whether an item's sample was confirmed."""

    NOT_REQUIRED = "Not Required"
    PENDING = "Pending"
    CONFIRMED = "Confirmed"


class ValueKind(StrEnum):
    """How the text of a new value is read."""

    TEXT = "text"
    NUMBER = "number"
    CHECK = "check"
    CHOICE = "choice"
    LINK = "link"


# The fields of an item that a request may name: label on the form, field of the item.
CHANGEABLE = (
    (_("Item Name"), "item_name"),
    (_("Specification"), "specification"),
    (_("Stock UOM"), "stock_uom"),
    (_("Item Class"), "item_class"),
    (_("Part Size"), "part_size"),
    (_("Free Allowance %"), "free_allowance_pct"),
    (_("Standard Unit Weight"), "standard_unit_weight"),
    (_("Sample Status"), "sample_status"),
    (_("Long-term Controlled"), "long_term_controlled"),
    (_("Disabled"), "disabled"),
)
FIELD_OF_LABEL = dict(CHANGEABLE)
# Kept from change besides, though the request has places of their own for them.
STANDARD_COST, CRITICAL_DIMENSIONS = "standard_cost", "critical_dimensions"
REQUIRED_FOR_SET_UP = ("item_name", "stock_uom", "item_class")
YES, NO = frozenset({"1", "yes", "true", "是"}), frozenset({"0", "no", "false", "否", ""})

declare(
    "7.5",
    title="Item data set-up and change",
    title_zh="物料数据设定/变更单",
    summary="An item in use changes only through an applied item change request, which the engineer and the cost "
    "accountant have signed. The cost accountant keeps the cost and the engineer the sample status directly.",
    summary_zh="已使用的料号只能通过技术与成本会计签核的物料数据设定/变更单变更；标准成本由成本会计、样品状态由技术直接维护。",
    kinds=(Kind.BLOCK, Kind.AUTO, Kind.ROUTE),
    applies_to=("Item", "Item Change Request"),
    parameters=(
        Parameter(
            "direct_fields",
            "standard_cost, sample_status",
            "",
            ParameterType.TEXT,
            _("Item fields that their keeper changes directly; a dash for none"),
        ),
    ),
)


signatures(
    "Item Change Request",
    ("engineer_signed", ItemChangeState.COST_ACCOUNTANT, ItemChangeState.ENGINEER),
    clear_on=ItemChangeState.DRAFT,
)
signatures(
    "Item Change Request",
    ("cost_signed", ItemChangeState.APPLIED, ItemChangeState.COST_ACCOUNTANT),
)


@dataclass(frozen=True)
class ItemChange:
    """An item as it is about to be saved: `changed` are field and label of what differs from the stored item."""

    item: str
    changed: tuple[tuple[str, str], ...] = ()
    is_in_use: bool = False
    is_by_request: bool = False


def direct_fields(p: Mapping[str, object]) -> frozenset[str]:
    """Return the item fields that the parameter `direct_fields` leaves to their keeper."""
    return frozenset(name.strip() for name in str(p["direct_fields"]).split(",") if name.strip(" -"))


@check("7.5", doctype="Item", when=SAVE)
def item_in_use_changes_by_request(facts: ItemChange, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each changed field of an item in use that no applied request changes (7.5)."""
    if facts.is_by_request or not facts.is_in_use:
        return
    direct = direct_fields(p)
    for fieldname, label in facts.changed:
        if fieldname not in direct:
            yield Violation(
                _("{0} of item {1} cannot be changed here: the item is in use. Open an item change request"),
                (label, facts.item),
                fieldname=fieldname,
            )


@dataclass(frozen=True)
class ItemField:
    """How a field of an item takes a value: its kind, its choices, the longest text, whether it may be empty."""

    fieldname: str
    kind: str = ValueKind.TEXT
    choices: frozenset[str] = frozenset()
    max_length: int = 140
    is_required: bool = False


@dataclass(frozen=True)
class ChangeLine:
    """One line of a request; `current_value` is the item's own, all as text; `row` is 1-based."""

    row: int
    label: str
    old_value: str
    new_value: str
    current_value: str = ""


@dataclass(frozen=True)
class ItemChangeRequest:
    """A request to set up or change an item, and the item as stored."""

    kind: str
    state: str
    stored_state: str | None
    item: str | None = None
    item_exists: bool = True
    new_item_code: str | None = None
    new_code_exists: bool = False
    lines: tuple[ChangeLine, ...] = ()
    fields: Mapping[str, ItemField] = field(default_factory=dict)
    replaces_dimensions: bool = False
    changes_cost: bool = False
    old_cost: Decimal = Decimal(0)
    current_cost: Decimal = Decimal(0)

    @property
    def is_set_up(self) -> bool:
        """Whether the request makes a new item."""
        return self.kind == RequestKind.SET_UP


def parse_value(text: str, item_field: ItemField) -> str | Decimal | bool:
    """Return the value that `text` means for `item_field`; raise `ValueError` that says what is allowed."""
    text = text.strip()
    if item_field.is_required and not text:
        raise ValueError(_("a value"))
    if item_field.kind == ValueKind.NUMBER:
        return _parse_number(text)
    if item_field.kind == ValueKind.CHECK:
        if text.casefold() not in YES | NO:
            raise ValueError(_("0 or 1"))
        return text.casefold() in YES
    if item_field.kind in (ValueKind.CHOICE, ValueKind.LINK) and text and text not in item_field.choices:
        allowed = ", ".join(sorted(item_field.choices)) if item_field.kind == ValueKind.CHOICE else ""
        raise ValueError(allowed or _("a value that exists"))
    if len(text) > item_field.max_length:
        raise ValueError(_("fewer characters"))
    return text


def _parse_number(text: str) -> Decimal:
    try:
        number = Decimal(text or "0")
    except InvalidOperation:
        raise ValueError(_("a number")) from None
    if not number.is_finite() or not 0 <= number < Decimal(10) ** 9:
        raise ValueError(_("a number from 0 up"))
    return number


def _same(first: str, second: str, item_field: ItemField) -> bool:
    try:
        return parse_value(first, item_field) == parse_value(second, item_field)
    except ValueError:
        return first.strip() == second.strip()


@check("7.5", doctype="Item Change Request", when=SAVE)
def lines_can_be_read(facts: ItemChangeRequest, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line whose field is unknown or named twice, or whose new value the field cannot take (7.5)."""
    first_rows: dict[str, int] = {}
    for line in facts.lines:
        first = first_rows.setdefault(line.label, line.row)
        if first != line.row:
            yield _line(line, "field", _("{0} is already in row {1}; keep one of them"), (line.label, first))
            continue
        item_field = facts.fields.get(line.label)
        if item_field is None:
            yield _line(
                line, "field", _("{0} is not a field of items; choose one of the list"), (line.label,)
            )
            continue
        try:
            parse_value(line.new_value, item_field)
        except ValueError as allowed:
            yield _line(
                line, "new_value", _("{0} is {1}; allowed: {2}"), (line.label, line.new_value, str(allowed))
            )


@check("7.5", doctype="Item Change Request", when=SAVE)
def item_of_the_request(facts: ItemChangeRequest, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a missing item, or for a set-up a code that is missing or taken (7.5)."""
    if facts.stored_state == ItemChangeState.APPLIED:
        return
    if not facts.is_set_up:
        if not facts.item or not facts.item_exists:
            yield Violation(_("choose the item that is to be changed"), fieldname="item")
    elif not (facts.new_item_code or "").strip():
        yield Violation(_("enter the code of the new item"), fieldname="item_code")
    elif facts.new_code_exists:
        yield Violation(
            _("item {0} exists already; choose kind Change, or another code"),
            (facts.new_item_code,),
            fieldname="item_code",
        )


@check("7.5", doctype="Item Change Request", when=LEAVING_DRAFT)
def request_asks_for_something(facts: ItemChangeRequest, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a request without any change, and for a set-up each line that a new item needs (7.5)."""
    if facts.is_set_up:
        given = {FIELD_OF_LABEL.get(line.label) for line in facts.lines}
        for label, fieldname in CHANGEABLE:
            if fieldname in REQUIRED_FOR_SET_UP and fieldname not in given:
                yield Violation(_("a new item needs {0}; add a line"), (label,), fieldname="changes")
    elif not facts.lines and not facts.replaces_dimensions and not facts.changes_cost:
        yield Violation(_("nothing is to be changed; add a line"), fieldname="changes")


@check("7.5", doctype="Item Change Request", when=LEAVING_DRAFT)
def lines_change_what_is_there(facts: ItemChangeRequest, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield each line that changes nothing, or whose item has changed since it was written (7.5)."""
    if facts.is_set_up or facts.stored_state == ItemChangeState.APPLIED:
        return
    for line in facts.lines:
        item_field = facts.fields.get(line.label)
        if item_field is None:
            continue
        if not _same(line.old_value, line.current_value, item_field):
            yield _line(
                line,
                "old_value",
                _("{0} is {1} by now, the request was written for {2}; send it back to Draft and save it"),
                (line.label, line.current_value, line.old_value),
            )
        elif _same(line.old_value, line.new_value, item_field):
            yield _line(
                line, "new_value", _("{0} is {1} already; take the line out"), (line.label, line.new_value)
            )
    if facts.changes_cost and facts.old_cost != facts.current_cost:
        yield Violation(
            _(
                "the standard cost has changed since the request was written; send it back to Draft and save it"
            ),
            fieldname="new_standard_cost",
        )


def _line(line: ChangeLine, fieldname: str, message: str, args: tuple) -> Violation:
    return Violation(message, args, table="changes", row=line.row, fieldname=fieldname)


declare(
    "7.10",
    title="Receipts report",
    title_zh="采购收货报表",
    summary="What was received and returned is reported by supplier, period and item, from posted documents only; every "
    "sum opens the rows behind it.",
    summary_zh="采购收货报表按供应商、期间、料号列示已过账的收货与退货，每个合计均可打开其明细。",
    kinds=(Kind.RECORD,),
    applies_to=("Purchase Receipt", "Purchase Return"),
)
