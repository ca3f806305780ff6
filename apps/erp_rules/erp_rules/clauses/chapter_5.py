"""Chapter 5: what holds whatever happens; here the material ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from erp_rules.clauses.base import DELETE, SAVE, Kind, StrEnum, Violation, _, check, declare

ENTRY = "Material Ledger Entry"
LEDGER = "5.2"


class PlaceType(StrEnum):
    """Where material may be: in one of our warehouses, or with a supplier."""

    WAREHOUSE = "Warehouse"
    SUPPLIER = "Supplier"


class Bucket(StrEnum):
    """Material that may be used, and what was delivered beyond the order and is kept apart."""

    AVAILABLE = "Available"
    OVER_DELIVERY = "Over Delivery"


@dataclass(frozen=True)
class Movement:
    """A quantity of an item that comes to a place (above zero) or leaves it (below zero)."""

    item: str
    place: str
    qty: Decimal
    bucket: str = Bucket.AVAILABLE
    place_type: str = PlaceType.WAREHOUSE
    row: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What the ledger sums by: item, kind of place, place, bucket."""
        return (self.item, str(self.place_type), self.place, str(self.bucket))


@dataclass(frozen=True)
class Shortage:
    """A sum that would fall below zero: where, what was found there, and what was needed of it."""

    item: str
    place: str
    bucket: str
    found: Decimal
    needed: Decimal


@dataclass(frozen=True)
class EntryFacts:
    """What the clause needs to know of one entry of the ledger."""

    is_new: bool
    is_posting: bool


declare(
    LEDGER,
    title="The material ledger is append-only",
    title_zh="物料账只增不改",
    summary=(
        "Every movement of material is an entry that is never changed or deleted; a correction is a reversing "
        "entry. Sums by item and place never fall below zero at a warehouse."
    ),
    summary_zh="物料的每一异动均为一笔分录，不得修改或删除；更正以冲销分录为之；仓库结存不得为负。",
    kinds=[Kind.BLOCK],
    applies_to=(ENTRY,),
    fixed=True,
)


def shortages(
    found: Mapping[tuple[str, str, str, str], Decimal], movements: Iterable[Movement]
) -> list[Shortage]:
    """Return the sums at warehouses that these movements would take below zero; exactly zero passes (5.2)."""
    change: dict[tuple[str, str, str, str], Decimal] = {}
    for movement in movements:
        change[movement.key] = change.get(movement.key, Decimal(0)) + movement.qty
    short = []
    for key, qty in change.items():
        item, place_type, place, bucket = key
        there = found.get(key, Decimal(0))
        if place_type == PlaceType.WAREHOUSE and qty < 0 and there + qty < 0:
            short.append(Shortage(item, place, bucket, there, -qty))
    return short


@check(LEDGER, doctype=ENTRY, when=SAVE)
def entry_is_posted(facts: EntryFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for an entry that is changed, or that no document posted."""
    if not facts.is_new:
        yield Violation(_("an entry of the ledger is never changed; post a correcting document"))
    elif not facts.is_posting:
        yield Violation(_("the ledger is written by documents only; post a receipt, an issue or a return"))


@check(LEDGER, doctype=ENTRY, when=DELETE)
def entry_stays(facts: EntryFacts, p: Mapping[str, object]) -> Iterator[Violation]:
    """Yield a violation for an entry that somebody would delete."""
    yield Violation(_("an entry of the ledger is never deleted; post a correcting document"))
