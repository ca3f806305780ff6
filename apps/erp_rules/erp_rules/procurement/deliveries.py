"""What was received and returned in a period, added up in the database; nothing here writes.

Only posted documents count, on the day they were posted; goods came on time when they were counted on or
before the day that their order had promised then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import frappe
from frappe.permissions import get_user_permissions
from frappe.query_builder.functions import Count, Date, Substring, Sum
from frappe.utils import cint, get_first_day, getdate

from erp_rules.clauses.chapter_4_1 import Deliveries
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import RECEIPT
from erp_rules.procurement.facts import number
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM

ONE_DAY = timedelta(days=1)


def period_of(filters) -> tuple[date, date]:
    """Return the first and last day that a report's filters ask for; a side left out is the current month's."""
    today = getdate()
    first = getdate(filters.from_date) if filters.get("from_date") else None
    last = getdate(filters.to_date) if filters.get("to_date") else None
    if first and not last:
        last = max(today, first)
    if last and not first:
        first = get_first_day(last)
    return (first, last) if first else (get_first_day(today), today)


def moments(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the first moment of a period and the first one after it."""
    return datetime.combine(first, time.min), datetime.combine(last + ONE_DAY, time.min)


def limited_to(doctype: str, filters: dict | list | None = None) -> list[str] | None:
    """Return the names that the session user may see under these filters; None when that is all there are.

    Raise `PermissionError` when they may not read the DocType.
    """
    may, are = (_number_of(read, doctype, filters) for read in (frappe.get_list, frappe.get_all))
    if may == are:
        return None
    return frappe.get_list(doctype, filters=filters, pluck="name", order_by=None, limit_page_length=0)


def _number_of(read, doctype: str, filters) -> int:
    rows = read(doctype, filters=filters, fields=["count(name) as total"], order_by=None, limit_page_length=0)
    return cint(rows[0].total) if rows else 0


def allowed_departments(doctype: str) -> list[str] | None:
    """Return the departments whose documents of this kind the session user may see; None for all."""
    found = get_user_permissions(frappe.session.user).get("Department") or []
    names = [row.get("doc") for row in found if row.get("applicable_for") in (None, "", doctype)]
    return names or None


def is_strict() -> bool:
    """Return whether user permissions hide documents that name no supplier or department as well."""
    return bool(cint(frappe.get_system_settings("apply_strict_user_permissions")))


def in_departments(query, order, names: list[str] | None):
    """Limit a query to the orders of these departments; orders without one stay, unless permissions are strict."""
    if names is None:
        return query
    within = order.department.isin(names)
    if not is_strict():
        within = within | order.department.isnull() | (order.department == "")
    return query.where(within)


def by_supplier(
    first: date,
    last: date,
    suppliers: Iterable[str] | None = None,
    *,
    per_month: bool = False,
    receipts: list[str] | None = None,
    departments: list[str] | None = None,
) -> dict[tuple[str, str], Deliveries]:
    """Return deliveries per supplier and month (`2026-11`; "" without `per_month`), in one query.

    `receipts` and `departments` limit what is counted, as for a user who may not see all.
    """
    receipt, row = frappe.qb.DocType(RECEIPT), frappe.qb.DocType(RECEIPT_ITEM)
    since, until = moments(first, last)
    month = Substring(receipt.posted_at, 1, 7)
    query = (
        frappe.qb.from_(receipt)
        .join(row)
        .on(row.parent == receipt.name)
        .select(
            receipt.supplier,
            Count("*").as_("row_count"),
            Count(receipt.name).distinct().as_("receipt_count"),
            Sum(row.accepted_qty).as_("accepted"),
            Sum(row.rejected_qty).as_("rejected"),
            Sum(Date(receipt.counted_at) <= row.promised_date).as_("on_time"),
            Sum(Date(receipt.counted_at) > row.promised_date).as_("late"),
        )
        .where(receipt.posted_at >= since)
        .where(receipt.posted_at < until)
        .where(receipt.docstatus == 1)
        .groupby(receipt.supplier)
    )
    if per_month:
        query = query.select(month.as_("month")).groupby(month)
    if suppliers is not None:
        query = query.where(receipt.supplier.isin(sorted(suppliers) or [""]))
    if receipts is not None:
        query = query.where(receipt.name.isin(receipts or [""]))
    if departments is not None:
        order = frappe.qb.DocType(ORDER)
        query = in_departments(
            query.left_join(order).on(order.name == row.purchase_order), order, departments
        )
    return {(line.supplier, line.get("month") or ""): _deliveries(line) for line in query.run(as_dict=True)}


def by_month(
    first: date,
    last: date,
    *,
    receipts: list[str] | None = None,
    departments: list[str] | None = None,
) -> dict[str, tuple[Decimal, Decimal]]:
    """Return what was accepted and rejected per month (`2026-11`), in one query; limits as for `by_supplier`.

    Rows are read only where not all of a receipt counts: a receipt carries its own totals.
    """
    receipt, row, order = (frappe.qb.DocType(name) for name in (RECEIPT, RECEIPT_ITEM, ORDER))
    since, until = moments(first, last)
    month = Substring(receipt.posted_at, 1, 7)
    query = frappe.qb.from_(receipt)
    accepted, rejected = receipt.total_accepted, receipt.total_rejected
    if departments is not None:
        query = query.join(row).on(row.parent == receipt.name)
        query = query.left_join(order).on(order.name == row.purchase_order)
        query = in_departments(query, order, departments)
        accepted, rejected = row.accepted_qty, row.rejected_qty
    query = (
        query.select(month.as_("month"), Sum(accepted).as_("accepted"), Sum(rejected).as_("rejected"))
        .where(receipt.posted_at >= since)
        .where(receipt.posted_at < until)
        .where(receipt.docstatus == 1)
        .groupby(month)
    )
    if receipts is not None:
        query = query.where(receipt.name.isin(receipts or [""]))
    lines = query.run(as_dict=True)
    return {line.month: (number(line.accepted), number(line.rejected)) for line in lines}


def _deliveries(line) -> Deliveries:
    return Deliveries(
        rows=cint(line.row_count),
        receipts=cint(line.receipt_count),
        accepted_qty=number(line.accepted),
        rejected_qty=number(line.rejected),
        on_time_rows=cint(line.on_time),
        late_rows=cint(line.late),
    )


def of_supplier(supplier: str, first: date, last: date) -> Deliveries:
    """Return all that was received of a supplier in a period, whoever asks."""
    return by_supplier(first, last, [supplier]).get((supplier, ""), Deliveries())


def rounded(value: Decimal | None) -> float | None:
    """Return a percentage as reports and forms take it; None stays None."""
    return None if value is None else float(value)
