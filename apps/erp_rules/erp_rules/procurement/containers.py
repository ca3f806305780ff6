"""Import containers: packing lists completed, goods announced to the counters, counts compared (7.14 to 7.18)."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe.utils import cint, cstr, get_datetime, getdate

from erp_rules.clauses import chapter_7_imports as clauses
from erp_rules.clauses.chapter_4_6 import NOTICE, RECEIVABLE
from erp_rules.clauses.chapter_7_imports import CONTAINER, ContainerState, Discrepancy
from erp_rules.procurement import import_facts, orders, receipt_facts, receiving
from erp_rules.procurement.facts import number
from erp_rules.procurement.import_facts import PACKING_LINE
from erp_rules.rule_engine.effects import system_write

COMPARED = (ContainerState.UNLOADED, ContainerState.ACCEPTED)
TOTALS = (
    ("total_qty", "qty"),
    ("total_cartons", "cartons"),
    ("total_net_weight", "net_weight"),
    ("total_gross_weight", "gross_weight"),
    ("total_volume", "volume"),
)


# Writing the packing list


def complete_packing_list(doc) -> None:
    """Fill what follows from each line's order, the supplier's number of each line, and the totals."""
    receiving.complete_rows(doc)
    rows = receipt_facts.order_rows(row.order_row for row in doc.items)
    for row in doc.items:
        row.supplier = rows[row.order_row].supplier if row.order_row in rows else None
        row.delivery_note_no = (
            cstr(row.delivery_note_no).strip() or cstr(doc.invoice_no).strip() or cstr(doc.bill_of_lading)
        )
    for total, fieldname in TOTALS:
        added = sum((number(row.get(fieldname)) for row in doc.items), Decimal(0))
        doc.set(total, int(added) if total == "total_cartons" else float(added))


def complete_findings(doc, previous) -> None:
    """Describe abnormal materials and feedback, work out differences, and sign what is settled."""
    receiving.describe_items(doc.abnormal_materials)
    receiving.describe_items(doc.quality_feedback)
    stored = {row.name: row for row in previous.abnormal_materials} if previous else {}
    for row in doc.abnormal_materials:
        row.difference = float(number(row.found_qty) - number(row.packing_qty))
        before = stored.get(row.name)
        if not cint(row.is_settled):
            row.settled_by = row.settled_on = None
        elif before and cint(before.is_settled):
            row.settled_by, row.settled_on = before.settled_by, before.settled_on
        else:
            row.settled_by, row.settled_on = frappe.session.user, getdate()
    doc.open_discrepancies = sum(1 for row in doc.abnormal_materials if not cint(row.is_settled))


def round_to_minutes(doc) -> None:
    """Leave the seconds out of the unloading times, which the desk's forms neither show nor keep."""
    for fieldname in ("unloading_started_at", "unloading_ended_at"):
        try:
            moment = get_datetime(doc.get(fieldname)) if doc.get(fieldname) else None
        except (ValueError, TypeError, frappe.ValidationError):
            continue  # no moment at all: the clauses say so
        doc.set(fieldname, moment.replace(second=0, microsecond=0) if moment else None)


def lock_orders_of_container(name: str) -> None:
    """Lock the orders that a container brings goods of, so that two containers never take the same quantity."""
    orders.lock_orders(frappe.get_all(PACKING_LINE, filters={"parent": name}, pluck="purchase_order"))


def packable(supplier: str, limit: int = 500) -> list[dict]:
    """Return the rows of a supplier's issued orders of which something is left to pack, soonest first."""
    row, order = frappe.qb.DocType("Purchase Order Item"), frappe.qb.DocType("Purchase Order")
    names = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(row.name)
        .where(order.supplier == supplier)
        .where(order.workflow_state.isin([str(state) for state in clauses.PACKABLE]))
        .where(order.order_kind != "Return")
        .orderby(row.required_date)
        .orderby(order.name)
        .orderby(row.idx)
        .limit(limit)
        .run(pluck=True)
    )
    rows = receipt_facts.order_rows(names)
    packed = import_facts.packed_elsewhere(names, "")
    found = []
    for name in names:
        left = rows[name].open_qty - packed.get(name, Decimal(0))
        if left > 0:
            found.append(
                {
                    "purchase_order": rows[name].order,
                    "order_row": name,
                    "item": rows[name].item,
                    "qty": float(left),
                }
            )
    return found


# Receiving what a container brought


def announce(doc) -> list[str]:
    """Make a delivery notice per supplier, delivery note and currency, from which the goods are counted blind.

    Lines whose order was closed meanwhile are left out. Return the names.
    """
    rows = receipt_facts.order_rows(row.order_row for row in doc.items)
    announced = {row for notice in import_facts.container_notices(doc.name).values() for row in notice.rows}
    grouped: dict[tuple[str, str, str], dict[str, dict]] = {}
    for line in doc.items:
        found = rows.get(line.order_row)
        if found is None or found.state not in RECEIVABLE or line.order_row in announced:
            continue
        group = grouped.setdefault((found.supplier, line.delivery_note_no, found.currency), {})
        row = group.setdefault(
            line.order_row,
            {"purchase_order": found.order, "order_row": found.name, "item": found.item, "qty": 0},
        )
        row["qty"] = float(number(row["qty"]) + number(line.qty))
    names = []
    for (supplier, note, _currency), items in grouped.items():
        notice = frappe.get_doc(
            {
                "doctype": NOTICE,
                "supplier": supplier,
                "delivery_note_no": note,
                "import_container": doc.name,
                "expected_on": getdate(),
                "carrier": doc.forwarder,
                "vehicle_no": doc.container_no,
                "items": list(items.values()),
            }
        )
        names.append(notice.insert(ignore_permissions=True).name)
    return names


def compare(name: str):
    """Compare what was counted and inspected with the packing list, and keep what differs; return the container.

    What somebody has decided about a difference stays with it.
    """
    doc = frappe.get_doc(CONTAINER, name, for_update=True)
    if doc.workflow_state not in COMPARED:
        return doc
    packed: dict[str, tuple[str, Decimal]] = {}
    for row in doc.items:
        before = packed.get(row.order_row, (row.item, Decimal(0)))[1]
        packed[row.order_row] = (row.item, before + number(row.qty))
    notices = import_facts.container_notices(name)
    waiting = set(import_facts.waiting_rows(notices, import_facts.container_receipts(name)))
    announced = {row for notice in notices.values() for row in notice.rows}
    waiting |= set(packed) - announced  # their orders were closed; purchasing decides
    found = clauses.compare(packed, import_facts.counted_rows(name), frozenset(waiting))
    if _take_over(doc, found):
        with system_write("7.17"):
            doc.save(ignore_permissions=True)
    return doc


def _take_over(doc, found: list[Discrepancy]) -> bool:
    """Bring the lines that the app keeps up to date with what was found; return whether anything changed."""
    kept = {(row.order_row, row.kind): row for row in doc.abnormal_materials if cint(row.is_automatic)}
    wanted = {(entry.order_row, entry.kind): entry for entry in found}
    is_changed = False
    for key, row in kept.items():
        if key not in wanted:
            doc.remove(row)
            is_changed = True
    orders_of = {row.order_row: row for row in doc.items}
    others = receipt_facts.order_rows(set(key[0] for key in wanted) - set(orders_of))
    for key, entry in wanted.items():
        row = kept.get(key)
        quantities = {"packing_qty": float(entry.packing_qty), "found_qty": float(entry.found_qty)}
        if row:
            if any(number(row.get(field)) != number(value) for field, value in quantities.items()):
                row.update({**quantities, "is_settled": 0})
                is_changed = True
            continue
        line, other = orders_of.get(entry.order_row), others.get(entry.order_row)
        doc.append(
            "abnormal_materials",
            {
                "item": entry.item,
                "kind": entry.kind,
                "is_automatic": 1,
                "order_row": entry.order_row,
                "purchase_order": line.purchase_order if line else other.order if other else None,
                "supplier": line.supplier if line else other.supplier if other else None,
                **quantities,
            },
        )
        is_changed = True
    for idx, row in enumerate(doc.abnormal_materials, 1):
        row.idx = idx
    return is_changed
