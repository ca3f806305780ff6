"""Bulk reads for the clauses of chapter 4.2, and the prices in force that ordering works from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import frappe
from frappe.utils import cint, cstr, flt, getdate

from erp_rules.clauses import chapter_4_2 as clauses
from erp_rules.clauses.chapter_4_2 import APPROVAL, PRICE, ChangeStatus, PriceKind, State
from erp_rules.masters import facts as masters
from erp_rules.rule_engine.effects import system_writer

NOT_CONTENT = {
    "name", "owner", "creation", "modified", "modified_by", "docstatus", "idx", "parent", "parentfield", "parenttype"
}  # fmt: skip
LATER_FIELDS = (
    "valid_from",
    "valid_to",
    "change_date",
    "prices_end_on",
    "finance_opinion",
    "executive_opinion",
    "reviewed_for",
    "approved_for",
    "posted_for",
)
POSTING_CLAUSES = ("4.2.5", "4.2.7")
STORED = Decimal("1e-9")


def number(value: object) -> Decimal:
    """Return `value` as a Decimal, rounded as the database stores it; what is no finite number is zero."""
    return _decimal(flt(value) or 0.0)


@lru_cache(maxsize=2**14)  # a document has its few numbers in many rows, and is judged at every step
def _decimal(value: float) -> Decimal:
    found = Decimal(str(value))
    if not found.is_finite():
        return Decimal(0)
    is_finer = found.as_tuple().exponent < STORED.as_tuple().exponent
    return found.quantize(STORED, rounding=ROUND_HALF_UP) if is_finer else found


def day(value: object) -> date | None:
    """Return `value` as a date, or None when it is empty."""
    return getdate(value) if value else None


def approval_key(doc) -> str:
    """Return what only one price approval may have: item, kind of price and operation (4.2.7)."""
    operation = cstr(doc.operation).strip() if doc.price_kind == PriceKind.SUBCONTRACT else ""
    return "|".join((cstr(doc.item).strip(), cstr(doc.price_kind), operation))


def comparison_date(doc) -> date:
    """Return the day whose exchange rates count: the change's day in a change, else the form's."""
    return day(doc.change_date if cint(doc.change_no) else doc.form_date) or getdate()


def supplier_names(codes: Iterable[str | None]) -> dict[str, str]:
    """Return the name of each supplier, in one query."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return {}
    rows = frappe.get_all("Supplier", filters={"name": ["in", wanted]}, fields=["name", "supplier_name"])
    return {row.name: row.supplier_name for row in rows}


def supplier_statuses(codes: Iterable[str | None]) -> dict[str, str]:
    """Return the status of each supplier, in one query."""
    wanted = sorted({code for code in codes if code})
    if not wanted:
        return {}
    rows = frappe.get_all("Supplier", filters={"name": ["in", wanted]}, fields=["name", "status"])
    return {row.name: row.status for row in rows}


def posted_prices(price_approval: str) -> tuple[clauses.Price, ...]:
    """Return the price rows of a price approval, oldest first."""
    rows = frappe.get_all(
        PRICE,
        filters={"price_approval": price_approval},
        fields=["name", "supplier", "valid_from", "valid_to", "rate", "currency"],
        order_by="valid_from asc, name asc",
    )
    return tuple(_price(row) for row in rows)


def _price(row) -> clauses.Price:
    return clauses.Price(
        name=row.name,
        supplier=row.supplier,
        valid_from=getdate(row.valid_from),
        valid_to=getdate(row.valid_to),
        rate=number(row.rate),
        currency=row.currency,
    )


def last_prices(doc, limit: int = 3) -> list:
    """Return the last `limit` price rows of the item (and operation) of `doc`, newest first."""
    return frappe.get_all(
        PRICE,
        filters={
            "item": doc.item,
            "price_kind": doc.price_kind,
            "operation": doc.operation or ["is", "not set"],
        },
        fields=[
            "name",
            "supplier",
            "supplier_name",
            "currency",
            "rate",
            "rate_base",
            "valid_from",
            "valid_to",
        ],
        order_by="valid_from desc, name desc",
        limit=limit,
    )


def quote_facts(
    rows: Iterable, statuses: dict[str, str] | None = None, identities: dict[str, str] | None = None
) -> tuple[clauses.Quote, ...]:
    """Return the quotes in `rows` as the clauses see them."""
    statuses, identities = statuses or {}, identities or {}
    return tuple(
        clauses.Quote(
            row=row.idx,
            supplier=cstr(row.supplier),
            currency=cstr(row.currency),
            rate=number(row.rate),
            rate_base=number(row.rate_base) if number(row.exchange_rate) else None,
            cost_formula=cstr(row.cost_formula),
            is_selected=bool(cint(row.selected)),
            supplier_status=statuses.get(row.supplier, ""),
            firm=identities.get(row.supplier, ""),
        )
        for row in rows
    )


def change_facts(rows: Iterable, statuses: dict[str, str] | None = None) -> tuple[clauses.Change, ...]:
    """Return the changes in `rows` as the clauses see them."""
    statuses = statuses or {}
    return tuple(
        clauses.Change(
            row=row.idx,
            kind=cstr(row.change_kind),
            supplier=cstr(row.supplier),
            new_rate=number(row.new_rate),
            currency=cstr(row.currency),
            old_rate=number(row.old_rate),
            replaces=row.replaces or None,
            valid_from=day(row.valid_from),
            valid_to=day(row.valid_to),
            reason=cstr(row.reason),
            supplier_status=statuses.get(row.supplier, ""),
        )
        for row in rows
    )


def price_approval(doc, previous=None) -> clauses.PriceApprovalFacts:
    """Return all that the clauses need to know of a price approval; locks its item until the end.

    The lock lets two people who open an approval for one item, or post its prices, come one after the other.
    """
    item = frappe.db.get_value(
        "Item", doc.item, ["part_size", "sample_status"], as_dict=True, for_update=True
    )
    item = item or frappe._dict()
    is_withdrawn = (
        bool(previous)
        and previous.workflow_state == State.CHANGE_DRAFT
        and doc.workflow_state == State.POSTED
    )
    quotes, changes = ([], []) if is_withdrawn else (doc.current_quotes(), doc.open_changes())
    codes = {row.supplier for row in (*quotes, *changes)}
    statuses = supplier_statuses(codes)
    attached = _attached_files(doc.sample, doc.drawing)
    return clauses.PriceApprovalFacts(
        name=cstr(doc.name),
        item=cstr(doc.item),
        price_kind=cstr(doc.price_kind),
        operation=cstr(doc.operation),
        form_date=comparison_date(doc),
        part_size=cstr(item.part_size),
        sample_status=cstr(item.sample_status),
        has_sample=doc.sample in attached,
        has_drawing=doc.drawing in attached,
        market_check=cstr(doc.market_check),
        not_lowest_reason=cstr(doc.not_lowest_reason),
        not_lowest_remark=cstr(doc.not_lowest_remark),
        change_no=cint(doc.change_no),
        is_posted=is_withdrawn or (bool(previous) and previous.workflow_state == State.POSTED),
        valid_from=day(doc.valid_from),
        valid_to=day(doc.valid_to),
        quotes=quote_facts(quotes, statuses, masters.supplier_identities(sorted(filter(None, codes)))),
        changes=change_facts(changes, statuses),
        kept_rows=tuple(_kept_rows(doc, previous)) if previous else (),
        prices=posted_prices(doc.name),
        other_approvals=_other_approvals(doc),
        premature=() if previous else tuple(field for field in LATER_FIELDS if doc.get(field)),
    )


def _attached_files(*urls: str | None) -> set[str]:
    wanted = [url for url in urls if url]
    if not wanted:
        return set()
    return set(frappe.get_all("File", filters={"file_url": ["in", wanted]}, pluck="file_url"))


def _other_approvals(doc) -> tuple[str, ...]:
    """Return other approvals of the same key as committed now, not as this transaction began."""
    table = frappe.qb.DocType(APPROVAL)
    query = (
        frappe.qb.from_(table)
        .select(table.name)
        .where(table.approval_key == approval_key(doc))
        .where(table.name != cstr(doc.name))
        .for_update()
    )
    return tuple(query.run(pluck=True))


def _kept_rows(doc, previous) -> Iterable[clauses.KeptRow]:
    settled = (ChangeStatus.POSTED, ChangeStatus.WITHDRAWN)
    for table in ("quotes", "changes"):
        now = {row.name: row for row in doc.get(table) if row.name}
        for row in previous.get(table):
            if cint(row.change_no) < cint(previous.change_no) or row.get("status") in settled:
                after = now.get(row.name)
                yield clauses.KeptRow(
                    table=table,
                    row=after.idx if after else row.idx,
                    before=_content(row),
                    after=_content(after) if after else None,
                )


def _content(row) -> tuple:
    return tuple(
        (field.fieldname, _plain(field.fieldtype, row.get(field.fieldname)))
        for field in row.meta.fields
        if field.fieldname not in NOT_CONTENT
    )


def _plain(fieldtype: str, value: object) -> object:
    if fieldtype in ("Currency", "Float", "Percent"):
        return number(value).quantize(Decimal("0.000000001"))
    if fieldtype in ("Int", "Check"):
        return cint(value)
    if fieldtype == "Date":
        return day(value)
    return cstr(value)


def item_supplier_price(doc, previous=None) -> clauses.PriceRowFacts:
    """Return all that the clauses need to know of a price row."""
    others = frappe.get_all(
        PRICE,
        filters={
            "item": doc.item,
            "supplier": doc.supplier,
            "price_kind": doc.price_kind,
            "operation": doc.operation or ["is", "not set"],
            "name": ["!=", cstr(doc.name)],
        },
        fields=["name", "supplier", "valid_from", "valid_to", "rate", "currency"],
    )
    changed = ()
    if previous:
        before, after = dict(_content(previous)), dict(_content(doc))
        changed = tuple(name for name in after if after[name] != before.get(name))
    return clauses.PriceRowFacts(
        price=clauses.Price(
            cstr(doc.name), cstr(doc.supplier), day(doc.valid_from) or date.min, day(doc.valid_to) or date.min
        ),
        is_new=previous is None,
        is_posting=system_writer() in POSTING_CLAUSES,
        changed_fields=changed,
        previous_valid_to=day(previous.valid_to) if previous else None,
        other_prices=tuple(_price(row) for row in others),
    )


OFFER_FIELDS = ("name", "item", "supplier", "currency", "rate")
PRICE_FIELDS = (
    "operation",
    "supplier_name",
    "valid_from",
    "valid_to",
    "min_order_qty",
    "lead_days",
    "tax_rate",
    "payment_terms",
    "price_approval",
)


def effective_prices(
    items: Iterable[str],
    on: date,
    price_kind: str = PriceKind.PURCHASE,
    operation: str | None = None,
    fields: Iterable[str] = PRICE_FIELDS,
) -> dict[str, list]:
    """Return per item the prices that may be ordered at on the day `on`, lowest in base currency first.

    Only prices valid on that day and of suppliers that are `Approved` are offered (4.2.6, 4.4.1). A price
    whose currency has no rate comes last with `rate_base_now` None. Three queries, however many items;
    `fields` names what is read beside item, supplier and rate, for callers that read very many.
    """
    wanted = sorted({item for item in items if item})
    if not wanted:
        return {}
    filters = {
        "item": ["in", wanted],
        "price_kind": price_kind,
        "valid_from": ["<=", on],
        "valid_to": [">=", on],
    }
    if operation:
        filters["operation"] = operation
    fields = [*OFFER_FIELDS, *fields]
    rows = frappe.get_all(PRICE, filters=filters, fields=fields, order_by="valid_from asc, name asc")
    statuses = supplier_statuses(row.supplier for row in rows)
    rows = [row for row in rows if statuses.get(row.supplier) == "Approved"]
    rates = masters.rates_to_base({row.currency for row in rows}, on) if rows else {}
    offered: dict[str, list] = {}
    for row in rows:
        rate = rates.get(row.currency)
        row.rate_base_now = number(row.rate) * rate if rate else None
        offered.setdefault(row.item, []).append(row)
    for found in offered.values():
        found.sort(key=lambda row: (row.rate_base_now is None, row.rate_base_now or 0, row.name))
    return offered


def latest_prices(price_approval: str) -> list:
    """Return per supplier its latest price row that no other supplier's price has replaced."""
    rows = frappe.get_all(
        PRICE,
        filters={"price_approval": price_approval},
        fields=["name", "supplier", "valid_from", "valid_to", "rate", "currency", "followed_by"],
        order_by="valid_from asc, name asc",
    )
    latest = {row.supplier: row for row in rows}
    return [row for row in latest.values() if not row.followed_by]


def prices_end_on(price_approval: str) -> date | None:
    """Return the day on which the first of the latest prices of a price approval ends."""
    return min((getdate(row.valid_to) for row in latest_prices(price_approval)), default=None)


def expired_prices(price_approval: str) -> tuple[clauses.Price, ...]:
    """Return the latest prices of a price approval that have ended before today (4.2.6)."""
    today = getdate()
    return tuple(_price(row) for row in latest_prices(price_approval) if getdate(row.valid_to) < today)
