"""The material ledger: entries are added, never changed; what is on hand is their sum (5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Sum
from frappe.utils import escape_html, flt, now_datetime

from erp_rules.clauses.chapter_5 import ENTRY, LEDGER, Bucket, EntryFacts, Movement, shortages
from erp_rules.rule_engine.effects import system_writer
from erp_rules.rule_engine.errors import RuleViolation

Key = tuple[str, str, str, str]


def material_ledger_entry(doc, previous=None) -> EntryFacts:
    """Return what the clauses judge an entry by."""
    return EntryFacts(is_new=previous is None, is_posting=system_writer() == LEDGER)


def post(doc, movements: Iterable[Movement], at: datetime | None = None) -> list[str]:
    """Add the movements that `doc` causes and return the names of the entries.

    The items stay locked until the transaction ends, in the order of their codes, so that whoever moves the
    same material comes one after the other. Refused as a whole, with item, place, found and needed, when a
    sum at a warehouse would fall below zero.
    """
    wanted = [movement for movement in movements if movement.qty]
    if not wanted:
        return []
    items = sorted({movement.item for movement in wanted})
    lock_items(items)
    _refuse_shortages(sums(items, lock=True), wanted)
    return _insert(doc, [(movement, None) for movement in wanted], at or now_datetime())


def reverse(doc) -> list[str]:
    """Add an entry against every entry of `doc` that was not reversed yet, and return their names."""
    entry, reversing = frappe.qb.DocType(ENTRY), frappe.qb.DocType(ENTRY).as_("reversing")
    rows = (
        frappe.qb.from_(entry)
        .left_join(reversing)
        .on(reversing.reverses == entry.name)
        .select(
            entry.name, entry.item, entry.place_type, entry.place, entry.bucket, entry.qty, entry.voucher_row
        )
        .where(entry.voucher_type == doc.doctype)
        .where(entry.voucher == doc.name)
        .where(entry.reverses.isnull())
        .where(reversing.name.isnull())
        .orderby(entry.name)
        .run(as_dict=True)
    )
    if not rows:
        return []
    movements = [
        Movement(
            row.item, row.place, -quantity(row.qty), row.bucket, row.place_type, row=row.voucher_row or ""
        )
        for row in rows
    ]
    items = sorted({row.item for row in rows})
    lock_items(items)
    _refuse_shortages(sums(items, lock=True), movements)
    reversing = [(movement, row.name) for row, movement in zip(rows, movements, strict=True)]
    return _insert(doc, reversing, now_datetime())


def quantity(value: object) -> Decimal:
    """Return a stored quantity as a Decimal of six decimals, as the ledger keeps it."""
    return Decimal(str(flt(value, 6))).normalize() + 0


def lock_items(items: Iterable[str]) -> None:
    """Lock these items, in the order of their codes, until the transaction ends."""
    table = frappe.qb.DocType("Item")
    frappe.qb.from_(table).select(table.name).where(table.name.isin(sorted(set(items)))).orderby(
        table.name
    ).for_update().run()


def sums(items: Iterable[str], *, lock: bool = False) -> dict[Key, Decimal]:
    """Return what is on hand of these items by item, kind of place, place and bucket; one query.

    With `lock` it is read as it is now, not as it was when the transaction began.
    """
    wanted = sorted(set(items))
    if not wanted:
        return {}
    entry = frappe.qb.DocType(ENTRY)
    query = (
        frappe.qb.from_(entry)
        .select(entry.item, entry.place_type, entry.place, entry.bucket, Sum(entry.qty).as_("qty"))
        .where(entry.item.isin(wanted))
        .groupby(entry.item, entry.place_type, entry.place, entry.bucket)
    )
    rows = (query.for_update() if lock else query).run(as_dict=True)
    return {(row.item, row.place_type, row.place, row.bucket): quantity(row.qty) for row in rows}


def on_hand(
    items: Iterable[str], place: str | None = None, bucket: str | None = Bucket.AVAILABLE
) -> dict[tuple[str, str], Decimal]:
    """Return what is on hand of these items by item and place; of one place and one bucket when named."""
    found: dict[tuple[str, str], Decimal] = {}
    for (item, _kind, where, kept_in), qty in sums(items).items():
        if place in (None, where) and bucket in (None, kept_in):
            found[item, where] = found.get((item, where), Decimal(0)) + qty
    return found


def _refuse_shortages(found: dict[Key, Decimal], movements: list[Movement]) -> None:
    problems = [
        _("{0}: {1} in {2} ({3}), {4} needed").format(
            escape_html(short.item), short.found, escape_html(short.place), _(str(short.bucket)), short.needed
        )
        for short in shortages(found, movements)
    ]
    if problems:
        lines = "".join(f"<li>{problem} ({LEDGER})</li>" for problem in problems)
        frappe.throw(
            _("There is not enough on hand; nothing was posted.") + f"<ul>{lines}</ul>",
            RuleViolation,
            title=_("Refused by the regulation"),
        )


def _insert(doc, movements: list[tuple[Movement, str | None]], moment: datetime) -> list[str]:
    """Add all entries with one statement; they are the first and last values, so no history is kept beside them."""
    user = frappe.session.user
    rows = [
        {
            "name": frappe.generate_hash(length=16),
            "owner": user,
            "modified_by": user,
            "creation": moment,
            "modified": moment,
            "docstatus": 0,
            "idx": 0,
            "item": movement.item,
            "place_type": str(movement.place_type),
            "place": movement.place,
            "bucket": str(movement.bucket),
            "qty": float(movement.qty),
            "posted_at": moment,
            "voucher_type": doc.doctype,
            "voucher": doc.name,
            "voucher_row": movement.row,
            "reverses": reverses,
        }
        for movement, reverses in movements
    ]
    frappe.db.bulk_insert(ENTRY, list(rows[0]), [tuple(row.values()) for row in rows])
    return [row["name"] for row in rows]
