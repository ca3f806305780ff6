"""Posted receipts and returns of a period, row by row or added up by supplier, item and month (form 7.10)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Date, Substring, Sum
from frappe.utils import getdate

from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import RECEIPT
from erp_rules.clauses.chapter_4_7 import RETURN
from erp_rules.procurement import deliveries
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.procurement.receipt_facts import RECEIPT_ITEM, RETURN_ITEM
from erp_rules.rule_engine.report_tools import column, currency_column, link, months_between, opens_report

REPORT = "Purchase Receipts Report"
# More rows than this no browser shows well; the sums are over all of them.
SHOWN_ROWS = 20_000
GROUPS = {
    "Supplier": ("supplier",),
    "Item": ("item",),
    "Month": ("month",),
    "Supplier and Item": ("supplier", "item"),
    "Supplier and Month": ("supplier", "month"),
}
ONLY_RECEIPTS = ("Receipts", "Accepted", "Rejected", "Concession", "Over-delivered", "On Time", "Late")
QUANTITIES = ("counted_qty", "accepted_qty", "rejected_qty", "concession_qty", "over_qty")


def execute(filters=None):
    """Return the columns and rows of receipts and returns that were posted in the period, newest first (7.10)."""
    filters = frappe._dict(filters or {})
    first, last = deliveries.period_of(filters)
    keys = GROUPS.get(filters.group_by, ())
    sources = [source(filters, first, last) for source in (Receipts, Returns) if source.wanted(filters)]
    if keys:
        rows = _added_up(sources, keys, filters, first, last)
        return _group_columns(keys), rows, _period(first, last), _chart(rows, keys)
    rows, total = _rows(sources)
    message = _period(first, last)
    if total > len(rows):
        message += " " + _(
            "The newest {0} of {1} rows are shown: choose a shorter period, or group them."
        ).format(len(rows), total)
    return _columns(), rows, message


def _period(first, last) -> str:
    return _("Posted from {0} to {1}.").format(first, last)


class Source:
    """The rows of one kind of document that were posted in the period and that the session user may see."""

    doctype = item_doctype = ""

    def __init__(self, filters, first, last):
        self.filters = filters
        self.since, self.until = deliveries.moments(first, last)
        visible = [["docstatus", "=", 1], ["posted_at", ">=", self.since], ["posted_at", "<", self.until]]
        if filters.supplier:
            visible.append(["supplier", "=", filters.supplier])
        self.names = deliveries.limited_to(self.doctype, visible)
        self.departments = deliveries.allowed_departments(ORDER)
        self.parent, self.row = frappe.qb.DocType(self.doctype), frappe.qb.DocType(self.item_doctype)
        self.order, self.order_row = frappe.qb.DocType(ORDER), frappe.qb.DocType(ORDER_ITEM)

    @classmethod
    def wanted(cls, filters) -> bool:
        """Return whether the filters leave any row of this kind."""
        raise NotImplementedError

    def query(self, *, with_order: bool = False, with_price: bool = False):
        """Return the query of the rows, with their orders where they are needed."""
        query = frappe.qb.from_(self.parent).join(self.row).on(self.row.parent == self.parent.name)
        if with_order or self.departments is not None or self.filters.department:
            query = query.left_join(self.order).on(self.order.name == self.order_name())
        if with_order or with_price:
            query = query.left_join(self.order_row).on(self.order_row.name == self.row.order_row)
        query = (
            query.where(self.parent.posted_at >= self.since)
            .where(self.parent.posted_at < self.until)
            .where(self.parent.docstatus == 1)
        )
        for fieldname, table in (("supplier", self.parent), ("item", self.row)):
            if self.filters.get(fieldname):
                query = query.where(table[fieldname] == self.filters[fieldname])
        if self.filters.purchase_order:
            query = query.where(self.order_name() == self.filters.purchase_order)
        if self.filters.department:
            query = query.where(self.order.department == self.filters.department)
        if self.names is not None:
            query = query.where(self.parent.name.isin(self.names or [""]))
        return self.only(deliveries.in_departments(query, self.order, self.departments))

    def order_name(self):
        """Return the column that names a row's order."""
        raise NotImplementedError

    def only(self, query):
        """Return the query limited to what the filter `show` asks for."""
        return query

    def total(self) -> int:
        """Return how many rows there are."""
        (found,) = self.query().select(Count("*").as_("total")).run(as_dict=True)
        return found.total

    def newest(self) -> list:
        """Return the newest rows with what the report shows of them."""
        query = self.query(with_order=True).select(*self.detail())
        query = query.orderby(self.parent.posted_at, order=frappe.qb.desc)
        query = query.orderby(self.parent.name, order=frappe.qb.desc).orderby(self.row.idx)
        return query.limit(SHOWN_ROWS).run(as_dict=True)

    def sums(self, keys) -> list:
        """Return quantities and values added up by `keys` and currency."""
        query = self.query(with_price=True)
        for key in keys:
            term = Substring(self.parent.posted_at, 1, 7) if key == "month" else None
            term = term or (self.parent.supplier if key == "supplier" else self.row.item)
            query = query.select(term.as_(key)).groupby(term)
        query = query.select(self.parent.currency, Count("*").as_("row_count")).groupby(self.parent.currency)
        return query.select(*self.totals()).run(as_dict=True)


class Receipts(Source):
    """Goods received."""

    doctype, item_doctype = RECEIPT, RECEIPT_ITEM

    @classmethod
    def wanted(cls, filters) -> bool:
        """Return whether receipts are asked for."""
        return filters.show != "Returns"

    def order_name(self):
        """Return the row's order."""
        return self.row.purchase_order

    def only(self, query):
        """Return the query limited to one result of inspection, or to deliveries on time or late."""
        row, counted_on = self.row, Date(self.parent.counted_at)
        conditions = {
            "Accepted": row.accepted_qty > 0,
            "Rejected": row.rejected_qty > 0,
            "Concession": row.concession_qty > 0,
            "Over-delivered": row.over_qty > 0,
            "On Time": counted_on <= row.promised_date,
            "Late": counted_on > row.promised_date,
        }
        wanted = conditions.get(self.filters.show)
        return query if wanted is None else query.where(wanted)

    def detail(self) -> list:
        """Return the columns of one row."""
        parent, row = self.parent, self.row
        return [
            parent.name.as_("receipt"), parent.supplier, parent.supplier_name, parent.delivery_note_no,
            parent.currency, parent.posted_at, parent.counted_at, row.purchase_order, row.item, row.item_name,
            row.specification, row.uom, row.delivered_qty, *(row[name] for name in QUANTITIES),
            row.order_accepted_qty, row.reject_reason, row.promised_date, row.warehouse,
            self.order.department, self.order_row.rate,
        ]  # fmt: skip

    def totals(self) -> list:
        """Return what is added up."""
        sums = [Sum(self.row[name]).as_(name) for name in QUANTITIES]
        return [*sums, Sum(self.row.order_accepted_qty * self.order_row.rate).as_("value")]


class Returns(Source):
    """Goods given back."""

    doctype, item_doctype = RETURN, RETURN_ITEM

    @classmethod
    def wanted(cls, filters) -> bool:
        """Return whether returns are asked for."""
        return filters.show not in ONLY_RECEIPTS

    def order_name(self):
        """Return the order that goods are given back to."""
        return self.parent.purchase_order

    def detail(self) -> list:
        """Return the columns of one row."""
        parent, row = self.parent, self.row
        return [
            parent.name.as_("purchase_return"), parent.supplier, parent.supplier_name, parent.currency,
            parent.posted_at, parent.purchase_order, row.item, row.item_name, row.specification, row.uom,
            row.qty.as_("returned_qty"), row.warehouse, row.receipt.as_("came_with"), row.amount,
            parent.reason.as_("return_reason"), self.order.department,
        ]  # fmt: skip

    def totals(self) -> list:
        """Return what is added up."""
        return [Sum(self.row.qty).as_("returned_qty"), Sum(self.row.amount).as_("value")]


def _rows(sources) -> tuple[list[dict], int]:
    found, total = [], 0
    for source in sources:
        newest = source.newest()
        total += source.total() if len(newest) == SHOWN_ROWS else len(newest)
        found += map(_receipt_row if source.doctype == RECEIPT else _return_row, newest)
    if len(sources) > 1:
        found.sort(key=lambda row: row["posted_at"], reverse=True)
    return found[:SHOWN_ROWS], total


def _receipt_row(row) -> dict:
    row.kind = _("Receipt")
    row.posted_on = getdate(row.posted_at)
    row.days_late = max((getdate(row.counted_at) - row.promised_date).days, 0) if row.promised_date else None
    row.reason = _(row.reject_reason) if row.reject_reason else None
    row.value = float(round(number(row.order_accepted_qty) * number(row.rate), 2))
    return row


def _return_row(row) -> dict:
    row.kind = _("Return")
    row.posted_on = getdate(row.posted_at)
    row.receipt = row.came_with
    row.reason = _(row.return_reason) if row.return_reason else None
    row.value = float(-number(row.amount))
    return row


def _added_up(sources, keys, filters, first, last) -> list[dict]:
    groups: dict[tuple, dict] = {}
    for source in sources:
        sign = 1 if source.doctype == RECEIPT else -1
        for line in source.sums(keys):
            key = tuple(line[name] or "" for name in (*keys, "currency"))
            group = groups.setdefault(key, {"value": Decimal(0)})
            group["value"] += sign * number(line.value)
            for name in (*QUANTITIES, "returned_qty"):
                group[name] = group.get(name, Decimal(0)) + number(line.get(name))
            counted = "receipt_rows" if sign == 1 else "return_rows"
            group[counted] = group.get(counted, 0) + line.row_count
    suppliers = _names("Supplier", "supplier_name", {key[0] for key in groups} if "supplier" in keys else ())
    at = keys.index("item") if "item" in keys else None
    items = _names("Item", "item_name", {key[at] for key in groups} if at is not None else ())
    rows = []
    for key in sorted(groups):
        group = {
            name: float(value) if isinstance(value, Decimal) else value for name, value in groups[key].items()
        }
        row = {**dict(zip((*keys, "currency"), key, strict=True)), **group}
        row["value"] = round(row["value"], 2)
        row["supplier_name"], row["item_name"] = (
            suppliers.get(row.get("supplier")),
            items.get(row.get("item")),
        )
        row["opens"] = _opens(row, filters, first, last)
        rows.append(row)
    return rows


def _names(doctype: str, fieldname: str, names) -> dict[str, str]:
    if not names:
        return {}
    found = frappe.get_all(doctype, filters={"name": ["in", sorted(names)]}, fields=["name", fieldname])
    return {row.name: row[fieldname] for row in found}


def _opens(row, filters, first, last) -> dict:
    """Return for each number of a group the same report with the rows behind it."""
    wanted = {name: filters[name] for name in ("department", "purchase_order") if filters.get(name)}
    wanted |= {"supplier": row.get("supplier") or filters.supplier, "item": row.get("item") or filters.item}
    if row.get("month"):
        months = {month: (begins, ends) for month, begins, ends in months_between(first, last)}
        first, last = months[row["month"]]
    wanted |= {"from_date": str(first), "to_date": str(last)}
    kinds = {"receipt_rows": "Receipts", "counted_qty": "Receipts", "accepted_qty": "Accepted"}
    kinds |= {"rejected_qty": "Rejected", "concession_qty": "Concession", "over_qty": "Over-delivered"}
    kinds |= {"return_rows": "Returns", "returned_qty": "Returns"}
    return {name: opens_report(REPORT, **wanted, show=show) for name, show in kinds.items()}


def _columns() -> list[dict]:
    return [
        column("posted_on", _("Posted On"), "Date", 110),
        column("kind", _("Kind"), width=80),
        link("receipt", _("Purchase Receipt"), RECEIPT, 140),
        link("purchase_return", _("Purchase Return"), RETURN, 140),
        link("supplier", _("Supplier"), "Supplier", 110),
        column("supplier_name", _("Supplier Name"), width=160),
        column("delivery_note_no", _("Delivery Note No."), width=120),
        link("purchase_order", _("Purchase Order"), ORDER, 140),
        link("item", _("Item"), "Item", 130),
        column("item_name", _("Item Name"), width=150),
        column("specification", _("Specification"), width=140),
        column("uom", _("UOM"), width=60),
        column("delivered_qty", _("Delivered Quantity"), "Float"),
        *_quantity_columns(),
        column("reason", _("Reason"), width=120),
        column("promised_date", _("Promised Date"), "Date", 110),
        column("days_late", _("Days Late"), "Int", 80),
        currency_column("rate", _("Rate")),
        currency_column("value", _("Value at Order Rate")),
        column("currency", _("Currency"), width=70),
        link("warehouse", _("Warehouse"), "Warehouse", 120),
        link("department", _("Department"), "Department", 120),
    ]


def _quantity_columns() -> list[dict]:
    return [
        column("counted_qty", _("Counted Quantity"), "Float"),
        column("accepted_qty", _("Accepted Quantity"), "Float"),
        column("rejected_qty", _("Rejected Quantity"), "Float"),
        column("concession_qty", _("Concession Quantity"), "Float"),
        column("over_qty", _("Over-delivered Quantity"), "Float"),
        column("returned_qty", _("Returned Quantity"), "Float"),
    ]


def _group_columns(keys) -> list[dict]:
    shown = {
        "supplier": [
            link("supplier", _("Supplier"), "Supplier", 120),
            column("supplier_name", _("Supplier Name"), width=180),
        ],
        "item": [link("item", _("Item"), "Item", 130), column("item_name", _("Item Name"), width=160)],
        "month": [column("month", _("Month"), width=90)],
    }
    return [
        *(found for key in keys for found in shown[key]),
        column("receipt_rows", _("Receipt Rows"), "Int", 90),
        *_quantity_columns(),
        column("return_rows", _("Return Rows"), "Int", 90),
        currency_column("value", _("Value at Order Rate")),
        column("currency", _("Currency"), width=70),
    ]


def _chart(rows, keys):
    if not rows:
        return None
    sums: dict[str, list[float]] = {}
    for row in rows:
        bar = sums.setdefault(str(row[keys[-1]]), [0.0, 0.0, 0.0])
        for at, name in enumerate(("accepted_qty", "rejected_qty", "returned_qty")):
            bar[at] += row.get(name) or 0
    bars = sorted(sums) if keys[-1] == "month" else sorted(sums, key=lambda name: -sum(sums[name]))[:12]
    names = (_("Accepted Quantity"), _("Rejected Quantity"), _("Returned Quantity"))
    return {
        "data": {
            "labels": bars,
            "datasets": [
                {"name": name, "values": [sums[bar][at] for bar in bars]} for at, name in enumerate(names)
            ],
        },
        "type": "bar",
    }
