"""The story of a delivery: counted blind, inspected, posted, put away, and what goes back (4.6, 4.7)."""

from __future__ import annotations

import frappe
from frappe.utils import flt

from erp_rules.api import receiving
from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.clauses.chapter_4_6 import OVER, RECEIPT
from erp_rules.clauses.chapter_4_7 import RETURN
from erp_rules.demo.people import acting_as, take_action
from erp_rules.ledger import entries

OVER_QTY, REJECTED = 25, 40


def tell(teller, orders: list[str]) -> None:
    """Tell how the goods of issued orders come in, and how some of them go back."""
    teller.chapter("From the delivery to the location, and back")
    names = [name for name in orders if frappe.db.get_value(ORDER, name, "workflow_state") == "Issued"]
    if not names:
        teller.step("4.6.1", "There is an issued order", False)
        return
    order = frappe.get_doc(ORDER, names[0])
    receipt = _count(teller, order)
    receipt = _inspect(teller, receipt)
    receipt = _post(teller, order, receipt)
    _over(teller, order)
    _give_back(teller, order, receipt)
    _give_back_unknown(teller, order)


def _stock(item: str, bucket: str = "Available") -> float:
    return float(sum(entries.on_hand([item], bucket=bucket).values()))


def _count(teller, order):
    line = order.items[0]
    qty = flt(line.qty) + flt(line.free_qty) + OVER_QTY
    with acting_as("Receiving Clerk"):
        shown = receiving.lines(supplier=order.supplier)
        rows = [row for row in shown["lines"] if row.order_row == line.name]
    is_blind = bool(rows) and not any("qty" in field for field in rows[0])
    teller.step("4.6.2", f"At the terminal the clerk sees {line.item} and no ordered quantity", is_blind)
    note = f"DN-{order.name}"
    call = {
        "supplier": order.supplier,
        "delivery_note_no": note,
        "rows": [{"order_row": line.name, "counted_qty": qty}],
        "terminal": "T1",
    }
    teller.refused(
        "4.6.1",
        "A count below zero",
        lambda: _send({**call, "rows": [{"order_row": line.name, "counted_qty": -1}]}, f"{note}-x"),
    )
    made = _send(call, note)
    teller.step("4.6.2", f"{made['name']} is counted and signed", made["state"] == "Counted")
    teller.step(
        "4.6.4", f"{OVER_QTY} are more than the order asks for", made["over"][0]["over_qty"] == OVER_QTY
    )
    teller.step("4.6.3", f"To be inspected by {made['due_at']}", bool(made["due_at"]))
    again = _send(call, note)
    teller.step("4.6.2", "The button pressed twice leads to the same receipt", again["name"] == made["name"])
    teller.refused(
        "4.6.2", "The same delivery is counted at a second terminal", lambda: _send(call, f"{note}-2")
    )
    return frappe.get_doc(RECEIPT, made["name"])


def _send(call: dict, key: str) -> dict:
    with acting_as("Receiving Clerk"):
        return receiving.count(**call, count_key=key)


def _inspect(teller, receipt):
    counted = flt(receipt.items[0].counted_qty)
    half = round(counted / 2)
    teller.refused("4.6.4", "The inspection is signed before it began", lambda: _sign_inspection(receipt))
    with acting_as("Quality Inspector"):
        receipt.reload()
        receipt.append("inspections", {"receipt_row": 1, "accepted_qty": half})
        receipt.append(
            "inspections",
            {
                "receipt_row": 1,
                "accepted_qty": counted - half - REJECTED,
                "rejected_qty": REJECTED,
                "reject_reason": "Dimension",
                "remark": "孔径超差",
            },
        )
        receipt.save()
    receipt = _sign_inspection(receipt)
    row = receipt.items[0]
    teller.step(
        "4.6.4",
        f"Two tranches: {row.accepted_qty:g} accepted, {row.rejected_qty:g} rejected",
        row.accepted_qty + row.rejected_qty == row.counted_qty,
    )
    kept = frappe.db.get_value("Deadline", {"reference_name": receipt.name, "clause": "4.6.3"}, "status")
    teller.step("4.6.3", f"The time limit is {kept}", kept == "Met")
    return receipt


def _sign_inspection(receipt):
    return take_action(receipt, "Inspect", "Quality Inspector")


def _warehouse(kind: str) -> str:
    return frappe.get_all(
        "Warehouse", filters={"warehouse_kind": kind, "disabled": 0}, pluck="name", order_by="name", limit=1
    )[0]


def _post(teller, order, receipt):
    with acting_as("Warehouse Keeper"):
        receipt.reload()
        receipt.items[0].update(
            {"warehouse": _warehouse("Stock"), "defective_warehouse": _warehouse("Defective")}
        )
        receipt.save()
    receipt = take_action(receipt, "Post", "Warehouse Keeper")
    order.reload()
    row = order.items[0]
    teller.step(
        "4.6.4",
        f"Posted: the order has received {row.received_qty:g}, accepted {row.accepted_qty:g}",
        order.workflow_state in ("Received", "Partly Received"),
        order.workflow_state,
    )
    teller.refused("4.6.5", "Put away without a location", lambda: _put_away(receipt, None))
    receipt = _put_away(receipt, "A-01-3")
    teller.step("4.6.5", "Put away to A-01-3", receipt.workflow_state == "Put Away")
    teller.refused("5.2", "Somebody changes an entry of the ledger", lambda: _forge(receipt))
    return receipt


def _put_away(receipt, location: str | None):
    if location:
        with acting_as("Warehouse Keeper"):
            receipt.reload()
            receipt.items[0].location = location
            receipt.save()
    return take_action(receipt, "Put Away", "Warehouse Keeper")


def _forge(receipt) -> None:
    name = frappe.db.get_value("Material Ledger Entry", {"voucher": receipt.name})
    entry = frappe.get_doc("Material Ledger Entry", name)
    entry.qty = 1_000_000
    entry.save(ignore_permissions=True)


def _finish_return(back):
    back = take_action(back, "Approve", "Warehouse Manager")
    with acting_as("Warehouse Keeper"):
        back.reload()
        back.supplier_signed_by = "李师傅"
        back.save()
    back = take_action(back, "Hand Over", "Warehouse Keeper")
    return take_action(back, "Post", "Warehouse Keeper")


def _over(teller, order) -> None:
    name = frappe.db.get_value(OVER, {"purchase_order": order.name, "status": "Open"})
    if not name:
        teller.step("4.6.4", "What is over is kept apart", False)
        return
    with acting_as("Warehouse Keeper"):
        back = frappe.get_doc(RETURN, receiving.return_over(name))
    back = take_action(back, "Request", "Warehouse Keeper")
    _finish_return(back)
    status = frappe.db.get_value(OVER, name, "status")
    teller.step("4.6.4", f"What was over goes back with {back.name}", status == "Settled")


def _give_back(teller, order, receipt) -> None:
    row = receipt.items[0]
    on_order = flt(row.received_qty) - flt(row.order_accepted_qty)
    if on_order > 0:
        with acting_as("Warehouse Keeper"):
            back = frappe.get_doc(RETURN, receiving.return_rejected(receipt.name)[0])
        teller.refused("4.7.1.1", "More goes back than was rejected", lambda: _ask_too_much(back))
        back = take_action(back, "Request", "Warehouse Keeper")
        teller.refused(
            "1.1",
            "The keeper approves the own return",
            lambda: take_action(back, "Approve", "Warehouse Keeper"),
            by_role=True,
        )
        _finish_return(back)
        order.reload()
        teller.step(
            "4.7.1.1",
            f"{on_order:g} rejected ones went back; the order is {order.workflow_state} again",
            order.workflow_state == "Partly Received",
        )


def _ask_too_much(back) -> None:
    with acting_as("Warehouse Keeper"):
        back.reload()
        back.items[0].qty = 10_000_000
        back.save()
    take_action(back, "Request", "Warehouse Keeper")


def _give_back_unknown(teller, order) -> None:
    line = order.items[0]
    before = _stock(line.item)
    with acting_as("Warehouse Keeper"):
        back = frappe.get_doc(
            {
                "doctype": RETURN,
                "supplier": order.supplier,
                "reason": "Defective in Use",
                "items": [{"item": line.item, "qty": 3, "warehouse": _warehouse("Stock")}],
            }
        ).insert()
    back = take_action(back, "Request", "Warehouse Keeper")
    teller.step(
        "4.7.1.2", "Goods without papers go to purchasing", back.workflow_state == "Purchasing Handling"
    )
    with acting_as("Purchaser"):
        found = receiving.find_receipts(line.item, supplier=order.supplier, rate=line.rate)
        beside = ", ".join(f"{row['receipt']} ({row['left_qty']:g} left)" for row in found[:3])
        teller.step("4.7.1.2", f"The return finder proposes {beside}", bool(found))
        back.reload()
        back.currency, back.items[0].rate = order.currency, line.rate
        back.save()
    back = take_action(back, "Pass", "Purchaser")
    back = _finish_return(back)
    made = frappe.get_doc(ORDER, back.return_order)
    teller.step(
        "4.7.1.2",
        f"Return order {made.name} over {made.items[0].qty:g} is posted",
        made.order_kind == "Return" and _stock(line.item) == before - 3,
        made.workflow_state,
    )
