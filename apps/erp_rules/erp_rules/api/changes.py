"""What a change order's forms ask: its consequences before anybody signs, and what the supplier was told (4.5, rulebook 6)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import flt, formatdate

from erp_rules.api.screens.documents import load_doc
from erp_rules.clauses.chapter_4_3 import ORDER, REQUISITION
from erp_rules.clauses.chapter_4_5 import CHANGE
from erp_rules.clauses.chapter_4_6 import NOTICE, RECEIPT, ReceiptState
from erp_rules.procurement import consequences, telling
from erp_rules.procurement.consequences import Consequences, MadeOrder, MadeRow
from erp_rules.rule_engine.retry import once_more

FIELD_LABELS = {"required_date": "Required Date", "rate": "Rate"}


@frappe.whitelist(methods=["GET", "POST"])
def preview(change_order: str) -> dict:
    """Return what the change order closes, makes and changes, what waits, and what it costs; stores nothing.

    Whoever may read the change order may see it; documents that they may not read are not named.
    """
    doc = load_doc(CHANGE, change_order)
    return shown(doc, consequences.preview(doc))


@frappe.whitelist(methods=["POST"])
def tell_supplier(change_order: str, notified_by_means: str, supplier_notified_at: str | None = None) -> dict:
    """Record how and when the supplier was told of an executed change; the time limit of it closes (4.5.5)."""
    once_more(lambda: telling.tell(change_order, notified_by_means, supplier_notified_at))
    return {"message": _("It is recorded that the supplier was told.")}


@frappe.whitelist(methods=["POST"])
def record_confirmation(
    change_order: str,
    confirmed_by_name: str,
    supplier_confirmed_at: str | None = None,
    confirmation: str | None = None,
) -> dict:
    """Record who confirmed the change at the supplier, and when; the time limit of it closes (4.5.5)."""
    once_more(lambda: telling.confirm(change_order, confirmed_by_name, supplier_confirmed_at, confirmation))
    return {"message": _("The supplier's confirmation is recorded.")}


# In words ----------------------------------------------------------------------------------------------


def shown(doc, found: Consequences) -> dict:
    """Return consequences in the user's language: amounts, groups of documents, tables and notes."""
    groups = [
        _group("closes", _("Closes"), found.clause, [_closed(name, found) for name in found.closes]),
        _group("creates", _("Creates"), found.clause, [_created(new) for new in found.creates]),
        _group("requisition", _("New requisition"), found.clause, _new_requisition(found)),
        _group(
            "changes", _("Changes on the order"), found.clause, [_changed(doc, new) for new in found.changes]
        ),
        _group(
            "waiting", _("Under way on this order"), "4.6.4", [_waiting(entry) for entry in found.waiting]
        ),
    ]
    return {
        "title": _("What this change order did") if found.is_past else _("Consequences"),
        "is_past": found.is_past,
        "amounts": _amounts(found),
        "groups": [group for group in groups if group["entries"]],
        "tables": [table for table in (_rows(found), _demand(found)) if table["rows"]],
        "notes": list(_notes(doc, found)),
    }


def _group(key: str, label: str, clause: str, entries: list[dict]) -> dict:
    return {"key": key, "label": label, "clause": clause, "entries": entries}


def _figure(value: Decimal) -> str:
    return f"{flt(value, 6):g}" if abs(value) < 1_000_000 else format(value.normalize(), "f")


def _link(doctype: str, name: str) -> dict | None:
    """Return where a document is opened, to a user who may read it."""
    if not name or not frappe.has_permission(doctype, "read", doc=name):
        return None
    return {"doctype": doctype, "name": name}


def _entry(text: str, details: list[str], **more) -> dict:
    return {"text": text, "details": [line for line in details if line], **more}


def _closed(name: str, found: Consequences) -> dict:
    details = []
    if not found.is_past and any(row.open_before for row in found.rows):
        details.append(_("What is still open on it will no longer come."))
    if any(row.received > row.returned for row in found.rows):
        details.append(_("What was received stays on it."))
    return _entry(f"{_(ORDER)} {name}", details, link=_link(ORDER, name))


def _created(new: MadeOrder) -> dict:
    title = f"{_(ORDER)} {new.name}" if new.name else _("New purchase order")
    supplier = frappe.db.get_value("Supplier", new.supplier, "supplier_name") or ""
    return _entry(
        title,
        [f"{new.supplier} {supplier}".strip(), *(_made_row(row) for row in new.rows)],
        link=_link(ORDER, new.name),
        amount=float(new.amount),
        currency=new.currency,
    )


def _made_row(row: MadeRow) -> str:
    text = f"{row.item} · {_figure(row.qty)}"
    if row.free_qty:
        text += " + " + _("{0} free").format(_figure(row.free_qty))
    text += f" × {_figure(row.rate)}"
    return text + (f" · {formatdate(row.required_date)}" if row.required_date else "")


def _new_requisition(found: Consequences) -> list[dict]:
    if found.new_requisition:
        name = found.new_requisition
        return [_entry(f"{_(REQUISITION)} {name}", [], link=_link(REQUISITION, name))]
    if not found.new_demand:
        return []
    rows = [f"{row.item} · {_figure(row.qty)}" for row in found.new_demand]
    return [_entry(_("New purchase requisition"), rows)]


def _changed(doc, new) -> dict:
    def text(value) -> str:
        return formatdate(value) if new.fieldname == "required_date" else _figure(Decimal(str(value or 0)))

    label = _(FIELD_LABELS[new.fieldname])
    return _entry(
        _("Row {0} · {1}").format(new.idx, new.item), [f"{label}: {text(new.old)} → {text(new.new)}"]
    )


def _waiting(entry) -> dict:
    link = _link(entry.doctype, entry.name)
    name = f"{_(entry.doctype)} {entry.name}" if link else _(entry.doctype)
    # How much a blind count has counted is shown to nobody who may not read the receipt.
    details = [f"{_(entry.state)} · {_figure(entry.qty)}"] if link else [_(entry.state)]
    return _entry(name, details, link=link)


def _amounts(found: Consequences) -> dict | None:
    amounts = found.amounts
    if amounts is None:
        return None
    return {
        "currency": amounts.currency,
        "base_currency": amounts.base_currency,
        "before": float(amounts.before),
        "after": float(amounts.after),
        "difference": float(amounts.after - amounts.before),
        "before_base": float(amounts.before_base),
        "after_base": float(amounts.after_base),
        "difference_base": float(amounts.after_base - amounts.before_base),
    }


def _rows(found: Consequences) -> dict:
    has_over = any(row.over for row in found.rows)
    has_returned = any(row.returned for row in found.rows)
    columns = [_("Item"), _("Ordered"), _("Received")]
    columns += [_("Returned")] * has_returned + [_("Over-delivered")] * has_over
    columns += [_("Open before"), _("Open after")]
    rows = []
    for row in found.rows:
        item = f"{row.idx} · {row.item} {row.item_name}".strip()
        cells: list = [item, flt(row.ordered, 6), flt(row.received, 6)]
        cells += [flt(row.returned, 6)] * has_returned + [flt(row.over, 6)] * has_over
        rows.append([*cells, flt(row.open_before, 6), flt(row.open_after, 6)])
    return {"key": "rows", "label": _("The order's rows"), "columns": columns, "rows": rows}


def _demand(found: Consequences) -> dict:
    return {
        "key": "demand",
        "label": _("Requisitions: open to be ordered"),
        "columns": [_("Requisition"), _("Item"), _("Wanted after"), _("Open before"), _("Open after")],
        "rows": [
            [
                row.requisition,
                row.item,
                flt(row.wanted_after, 6),
                flt(row.open_before, 6),
                flt(row.open_after, 6),
            ]
            for row in found.demand
        ],
    }


def _notes(doc, found: Consequences):
    if found.is_past:
        if not doc.supplier_notified_at:
            yield {"clause": "4.5.5", "message": _("The supplier has not been told yet.")}
        return
    counted = [
        entry
        for entry in found.waiting
        if entry.doctype == RECEIPT
        and entry.state in (str(ReceiptState.COUNTED), str(ReceiptState.INSPECTED))
    ]
    if found.closes and counted:
        message = _("Counted goods wait to be posted; the order cannot be closed before that.")
        yield {"clause": "4.5.1", "message": message}
    if found.closes and any(entry.doctype == NOTICE for entry in found.waiting):
        message = _("A delivery is announced; what comes after the change counts as over-delivered.")
        yield {"clause": "4.6.4", "message": message}
    if any(row.over for row in found.rows) and not doc.over_delivery:
        message = _(
            "Over-delivered goods stay apart; they are payable only when a change order takes them over."
        )
        yield {"clause": "4.8.3", "message": message}
    has_come = any(row.received > row.returned for row in found.rows)
    if has_come and any(change.fieldname == "rate" for change in found.changes):
        message = _("Goods of this order have come already; the new price counts for them, too.")
        yield {"clause": "4.5.2.2", "message": message}
    if found.closes and doc.produced == "Produced":
        message = _("The supplier has produced the goods: {0}").format(doc.disposition or "–")
        yield {"clause": "4.5.1.1.2", "message": message}
