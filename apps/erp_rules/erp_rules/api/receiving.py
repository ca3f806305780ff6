"""What the counting page and the forms ask about deliveries, receipts, over-deliveries and returns (4.6, 4.7).

Who counts never gets to see what was ordered or announced: no quantity leaves `lines` or `deliveries`.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import cint, cstr, escape_html

from erp_rules.api.request_values import rows_of
from erp_rules.clauses.chapter_4_3 import ORDER, OrderKind, OrderState, plain
from erp_rules.clauses.chapter_4_6 import (
    NOTICE,
    OPEN_DELIVERIES,
    OVER,
    RECEIPT,
    ReceiptState,
    WayOut,
)
from erp_rules.clauses.chapter_4_7 import RETURN, ReturnReason
from erp_rules.procurement import (
    change_orders,
    receipt_facts,
    receiving,
    return_drafts,
    return_finder,
    taking_over,
)
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.rule_engine.errors import RuleViolation
from erp_rules.rule_engine.retry import once_more
from erp_rules.rule_engine.workflow import act

LINE_LIMIT = 500


@frappe.whitelist(methods=["GET", "POST"])
def deliveries(text: str | None = None) -> dict:
    """Return announced deliveries and suppliers with orders that are out, for the start of a count."""
    frappe.has_permission(RECEIPT, "create", throw=True)
    words = f"%{cstr(text).strip()}%"
    notices = frappe.get_all(
        NOTICE,
        filters={"status": ["in", [str(status) for status in OPEN_DELIVERIES]]},
        or_filters={
            "delivery_note_no": ["like", words],
            "supplier_name": ["like", words],
            "name": ["like", words],
        },
        fields=["name", "supplier", "supplier_name", "delivery_note_no", "expected_on"],
        order_by="expected_on asc, name asc",
        limit=50,
    )
    order = frappe.qb.DocType(ORDER)
    suppliers = (
        frappe.qb.from_(order)
        .select(order.supplier, order.supplier_name)
        .distinct()
        .where(order.workflow_state.isin([str(OrderState.ISSUED), str(OrderState.PARTLY_RECEIVED)]))
        .where(order.order_kind != OrderKind.RETURN)
        .where(order.supplier.like(words) | order.supplier_name.like(words))
        .orderby(order.supplier)
        .limit(50)
        .run(as_dict=True)
    )
    seen = _visible_suppliers({row.supplier for row in (*notices, *suppliers)})
    return {
        "notices": [row for row in notices if row.supplier in seen],
        "suppliers": [row for row in suppliers if row.supplier in seen],
    }


def _visible_suppliers(names: set[str]) -> set[str]:
    """Return those of the suppliers that the user may see; who counts may not read the orders themselves."""
    wanted = {"name": ["in", sorted(names) or [""]]}
    return set(frappe.get_list("Supplier", filters=wanted, pluck="name", limit=0))


@frappe.whitelist(methods=["GET", "POST"])
def lines(supplier: str | None = None, delivery_notice: str | None = None) -> dict:
    """Return the order rows that may be counted for a supplier or a delivery notice, without any quantity."""
    frappe.has_permission(RECEIPT, "create", throw=True)
    row, order = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    query = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(
            row.name.as_("order_row"),
            row.parent.as_("purchase_order"),
            row.item,
            row.item_name,
            row.specification,
            row.uom,
            order.currency,
        )
        .where(order.workflow_state.isin([str(OrderState.ISSUED), str(OrderState.PARTLY_RECEIVED)]))
        .where(order.order_kind != OrderKind.RETURN)
        .orderby(row.required_date)
        .orderby(row.parent)
        .orderby(row.idx)
        .limit(LINE_LIMIT)
    )
    note = None
    if delivery_notice:
        notice = frappe.get_doc(NOTICE, delivery_notice)
        supplier, note = notice.supplier, notice.delivery_note_no
        query = query.where(row.name.isin([line.order_row for line in notice.items] or [""]))
    if not supplier:
        frappe.throw(_("Choose a supplier or a delivery notice."))
    if supplier not in _visible_suppliers({supplier}):
        frappe.throw(_("You may not see this supplier's deliveries."), frappe.PermissionError)
    return {
        "supplier": supplier,
        "supplier_name": frappe.db.get_value("Supplier", supplier, "supplier_name"),
        "delivery_note_no": note,
        "lines": query.where(order.supplier == supplier).run(as_dict=True),
    }


@frappe.whitelist(methods=["POST"])
def count(
    supplier: str,
    delivery_note_no: str,
    rows: str | list | None,
    count_key: str,
    terminal: str | None = None,
    delivery_notice: str | None = None,
) -> dict:
    """Make a receipt of what was counted, sign the count and return number, state and due time of the inspection.

    `count_key` is made up once by the terminal for one count: sent again, after a broken connection or by a
    second press of the button, it leads to the receipt that is already there.
    """
    frappe.has_permission(RECEIPT, "create", throw=True)
    if not cstr(count_key).strip():
        frappe.throw(_("The terminal did not say which count this is. Reload the page."))
    counted = rows_of(rows)
    return once_more(
        lambda: _count(
            supplier=supplier,
            delivery_note_no=delivery_note_no,
            counted=counted,
            count_key=cstr(count_key).strip()[:60],
            terminal=terminal,
            delivery_notice=delivery_notice,
        )
    )


def _count(*, supplier, delivery_note_no, counted, count_key, terminal, delivery_notice) -> dict:
    there = frappe.db.get_value(RECEIPT, {"count_key": count_key})
    if there:
        return _answer(frappe.get_doc(RECEIPT, there), is_new=False)
    rows = [
        {
            "order_row": cstr(line.get("order_row")),
            "counted_qty": line["counted_qty"],
            "pieces_remark": cstr(line.get("pieces_remark")),
        }
        for line in counted
        if line.get("counted_qty") not in (None, "")
    ]
    if not rows:
        frappe.throw(_("Nothing is counted yet."), RuleViolation)
    receiving.lock_orders_of_rows(line["order_row"] for line in rows)
    doc = frappe.get_doc(
        {
            "doctype": RECEIPT,
            "supplier": supplier,
            "delivery_note_no": delivery_note_no,
            "delivery_notice": delivery_notice or None,
            "terminal": cstr(terminal).strip() or None,
            "count_key": count_key,
            "items": rows,
        }
    )
    try:
        doc.insert()
    except frappe.UniqueValidationError:
        frappe.db.rollback()
        frappe.clear_messages()
        there = frappe.db.get_value(RECEIPT, {"count_key": count_key})
        if not there:
            raise
        return _answer(frappe.get_doc(RECEIPT, there), is_new=False)
    return _answer(act(RECEIPT, doc.name, "Count"), is_new=True)


def _answer(doc, *, is_new: bool) -> dict:
    return {
        "name": doc.name,
        "state": doc.workflow_state,
        "due_at": doc.inspection_due_at,
        "is_new": is_new,
        "over": [
            {"item": row.item, "over_qty": row.over_qty} for row in doc.items if number(row.over_qty) > 0
        ],
    }


@frappe.whitelist(methods=["GET", "POST"])
def waiting_for_inspection() -> list[dict]:
    """Return the counted receipts that the user may see, the most urgent first, with shift minutes left (4.6.3)."""
    found = frappe.get_list(
        RECEIPT,
        filters={"workflow_state": str(ReceiptState.COUNTED)},
        fields=[
            "name",
            "supplier",
            "supplier_name",
            "delivery_note_no",
            "counted_at",
            "inspection_due_at",
            "workflow_state",
            "judged_by",
        ],
        order_by="inspection_due_at asc",
        limit=200,
    )
    shown = []
    for row in found:
        left = receiving.inspection_left(frappe._dict(row, doctype=RECEIPT))
        row.pop("judged_by", None)
        shown.append({**row, "left": left})
    return shown


# --- over-deliveries -------------------------------------------------------------------------


def _over(name: str):
    doc = frappe.get_doc(OVER, name)
    doc.check_permission("write")
    return doc


@frappe.whitelist(methods=["GET", "POST"])
def over_targets(over_delivery: str) -> list[dict]:
    """Return the order rows of supplier and item that can take goods kept apart, with what they have open."""
    doc = _over(over_delivery)
    found = taking_over.targets(doc)
    changes = dict(
        frappe.get_all(
            ORDER,
            filters={"name": ["in", sorted({line.order for line in found}) or [""]]},
            fields=["name", "change_order"],
            as_list=True,
        )
    )
    return [
        {
            "order_row": line.name,
            "purchase_order": line.order,
            "open_qty": float(line.open_qty),
            "change_order": changes.get(line.order),
        }
        for line in found
    ]


@frappe.whitelist(methods=["POST"])
def take_over(
    over_delivery: str,
    way_out: str | None = None,
    order_row: str | None = None,
    qty: float | str | None = None,
) -> dict:
    """Let an order take goods kept apart: a change order asked for them, or they were kept for the next order.

    Without `way_out` it follows from the order: whether a change order made it. Without `qty` it takes all that it
    may.
    """
    _over(over_delivery)
    if way_out not in (None, "", WayOut.CHANGE_ORDER, WayOut.NEXT_ORDER):
        frappe.throw(_("{0} is none of the ways out.").format(escape_html(cstr(way_out))), RuleViolation)
    asked = None if qty in (None, "") else receipt_facts.quantity(qty)
    if asked is None and qty not in (None, ""):
        frappe.throw(_("{0} is no quantity.").format(escape_html(cstr(qty))), RuleViolation)
    doc = once_more(lambda: receiving.take_over(over_delivery, way_out or None, order_row, asked))
    message = _("The order has taken the goods; {0} are still kept apart.").format(
        plain(number(doc.open_qty))
    )
    return {"name": doc.name, "status": doc.status, "open_qty": doc.open_qty, "message": message}


@frappe.whitelist(methods=["POST"])
def return_over(over_delivery: str) -> str:
    """Draft the return of everything that an over-delivery still keeps apart and return its number."""
    doc = frappe.get_doc(OVER, over_delivery)
    doc.check_permission("read")
    rows = return_drafts.rows_apart(doc)
    return _draft_return(doc.supplier, ReturnReason.OVER_DELIVERY, rows, doc.purchase_order)


@frappe.whitelist(methods=["POST"])
def change_over(over_delivery: str) -> str:
    """Draft the change order that asks for goods kept apart after all, and return its number."""
    doc = frappe.get_doc(OVER, over_delivery)
    doc.check_permission("read")
    return change_orders.draft_for_over_delivery(doc).name


# --- returns ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def return_rejected(receipt: str) -> list[str]:
    """Draft the returns of what a posted receipt rejected, one an order, and return their numbers."""
    doc = frappe.get_doc(RECEIPT, receipt)
    doc.check_permission("read")
    rejected = return_drafts.rejected_by_order(doc)
    return [
        _draft_return(doc.supplier, ReturnReason.REJECTED, rows, order)
        for order, rows in sorted(rejected.items())
    ] or frappe.throw(_("{0} has no rejected goods to return.").format(doc.name), RuleViolation)


def _draft_return(supplier: str, reason: str, rows: list[dict], order: str | None) -> str:
    if not rows:
        frappe.throw(_("There is nothing left to return."), RuleViolation)
    doc = frappe.get_doc(
        {
            "doctype": RETURN,
            "supplier": supplier,
            "reason": str(reason),
            "purchase_order": order,
            "items": rows,
        }
    )
    return doc.insert().name


@frappe.whitelist(methods=["GET", "POST"])
def find_receipts(
    item: str, supplier: str | None = None, rate: float | str | None = None, limit: int = 20
) -> list[dict]:
    """Return the receipts that goods of unknown order may have come on, likeliest first (4.7.1.2).

    Only receipts that the user may see.
    """
    frappe.has_permission(RETURN, "read", throw=True)
    asked = receipt_facts.quantity(rate) if rate not in (None, "") else None
    return return_finder.visible(item, supplier or None, asked, cint(limit) or return_finder.OFFERED)


@frappe.whitelist(methods=["POST"])
def take_receipt(purchase_return: str, row: str, receipt_row: str) -> dict:
    """Put a row of a return whose order is not known on the order of the receipt that it came on (4.7.1.2)."""
    doc = once_more(lambda: return_finder.take(purchase_return, row, receipt_row))
    return {"message": _("The goods go back against order {0}.").format(doc.purchase_order)}
