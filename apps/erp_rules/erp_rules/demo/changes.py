"""The story of an order that changes: each of the seven kinds of change, and what is refused on the way (4.5)."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, flt, getdate

from erp_rules.api import changes, ordering, prints
from erp_rules.api.screens import begin
from erp_rules.clauses.chapter_4_3 import ORDER, REQUISITION
from erp_rules.clauses.chapter_4_5 import CHANGE, ENGINEERING
from erp_rules.demo.people import acting_as, take_action

QTY = 1000


def tell(story) -> None:
    """Tell how an issued order's date, price, quantity, item and supplier change, and how it is cancelled."""
    teller = story.tell
    teller.chapter("Changes of issued orders")
    item, supplier, other_supplier = _two_sources(story)
    successor = story.new_item("H")
    story.post(story.complete_approval(successor), story.today)
    order = _order(item, supplier)
    _date(teller, order)
    _price(teller, order)
    more = _increase(teller, order)
    rest = _decrease(teller, order)
    _item(teller, more, item, successor)
    last = _supplier(teller, rest, other_supplier)
    _cancel(teller, last)


def _two_sources(story) -> tuple[str, str, str]:
    """Return a new item that two suppliers have a posted price for, and both of them."""
    item = story.new_item("G")
    approval = story.complete_approval(item)
    with acting_as("Purchaser"):
        approval = frappe.get_doc(approval.doctype, approval.name)
        approval.quotes[1].selected = 1
        approval.not_lowest_reason = "Shorter Delivery"
        approval.save()
    story.post(approval, story.today)
    return item, approval.quotes[0].supplier, approval.quotes[1].supplier


def _requisition(*lines: tuple[str, float]):
    with acting_as("Planner"):
        wanted = frappe.get_doc(
            {
                "doctype": REQUISITION,
                "items": [
                    {"item": item, "qty": qty, "required_date": add_days(getdate(), 30), "source": "试产"}
                    for item, qty in lines
                ],
            }
        ).insert()
    take_action(wanted, "Submit for Approval", "Planner")
    return take_action(wanted, "Approve", "Planning Manager")


def _order(item: str, supplier: str):
    wanted = _requisition((item, QTY))
    with acting_as("Purchaser"):
        line = {"requisition_row": wanted.items[0].name, "supplier": supplier}
        (made,) = ordering.make_orders([line])["orders"]
    order = frappe.get_doc(ORDER, made.name)
    take_action(order, "Submit for Approval", "Purchaser")
    take_action(order, "Approve", "Purchasing Manager")
    return _issue(order)


def _issue(order):
    take_action(order, "Issue", "Purchaser")
    return frappe.get_doc(ORDER, order.name)


def _change(order, kind: str, new: dict | None = None, **values):
    """Begin a change order with the rows of its order, as the button on the order does, and save it."""
    with acting_as("Purchaser"):
        begun = begin(CHANGE, ORDER, order.name)
        for line in begun["lines"]:
            line.update(new or {})
        begun.update({"change_kind": kind, "reason": "客户变更需求", **values})
        return frappe.get_doc({"doctype": CHANGE, **begun}).insert()


def _edit(change, role: str = "Purchaser", **values):
    with acting_as(role):
        doc = frappe.get_doc(CHANGE, change.name)
        doc.update(values)
        return doc.save()


def _submit(change):
    return take_action(change, "Submit for Approval", "Purchaser")


def _seen(change) -> dict:
    with acting_as("Division Head"):
        return changes.preview(change.name)


def _foretold(shown: dict) -> str:
    amounts = shown["amounts"]
    kinds = ", ".join(f"{group['label'].lower()} {len(group['entries'])}" for group in shown["groups"])
    return f"{kinds or 'the order stays'}; {amounts['before']:g} → {amounts['after']:g} {amounts['currency']}"


def _amount(order_name: str | None) -> float:
    return flt(frappe.db.get_value(ORDER, order_name, "total_amount")) if order_name else 0.0


def _date(teller, order) -> None:
    first = order.items[0].required_date
    change = _change(order, "Date Change", {"new_required_date": add_days(getdate(), -1)})
    teller.refused(
        "4.5.1.3", "A new date that has passed", lambda: take_action(change, "Execute", "Purchaser")
    )
    moved = add_days(first, 10)
    change = _edit_lines(change, new_required_date=moved)
    take_action(change, "Execute", "Purchaser")
    order.reload()
    row = order.items[0]
    teller.step(
        "4.5.1.3",
        f"{change.name}: the purchaser alone moves the date from {first} to {row.required_date}",
        getdate(row.required_date) == getdate(moved) and getdate(row.first_required_date) == getdate(first),
        "the first promise stays on the order",
    )
    _told(teller, change)


def _edit_lines(change, **values):
    with acting_as("Purchaser"):
        doc = frappe.get_doc(CHANGE, change.name)
        for line in doc.lines:
            line.update(values)
        return doc.save()


def _told(teller, change) -> None:
    due = frappe.db.get_value("Deadline", {"reference_name": change.name, "clause": "4.5.5"}, "due_at")
    teller.step("4.5.5", f"The supplier is to be told by {due}", bool(due))
    with acting_as("Purchaser"):
        teller.refused(
            "4.5.5",
            "A confirmation of a supplier who was not told",
            lambda: changes.record_confirmation(change.name, "李经理"),
        )
        changes.tell_supplier(change.name, "Phone")
        changes.record_confirmation(change.name, "李经理")
    kept = frappe.get_all(
        "Deadline", filters={"reference_name": change.name, "clause": "4.5.5"}, pluck="status"
    )
    teller.step("4.5.5", "Told and confirmed", bool(kept) and set(kept) == {"Met"}, ", ".join(kept))


def _price(teller, order) -> None:
    old = flt(order.items[0].rate)
    change = _change(order, "Price Change", {"new_rate": round(old * 1.1, 4)}, permanent=1)
    teller.refused(
        "4.5.2.3", "A permanent price that the price approval does not know", lambda: _submit(change)
    )
    change = _submit(_edit(change, permanent=0))
    teller.refused(
        "4.5.2.1",
        "The purchasing manager approves a price that goes up",
        lambda: take_action(change, "Approve", "Purchasing Manager"),
        by_role=True,
    )
    take_action(change, "Approve", "Top Executive")
    teller.refused(
        "4.5.2.2",
        "The purchaser carries the price change out",
        lambda: take_action(change, "Execute", "Purchaser"),
        by_role=True,
    )
    take_action(change, "Execute", "Finance Officer")
    order.reload()
    rate = flt(order.items[0].rate)
    teller.step(
        "4.5.2.2", f"Finance puts the price from {old:g} to {rate:g}", abs(rate - round(old * 1.1, 4)) < 1e-6
    )


def _increase(teller, order):
    change = _change(order, "Quantity Increase", {"new_qty": QTY + 300})
    change = _submit(change)
    teller.refused(
        "4.5.1",
        "A second change of the same order at the same time",
        lambda: _submit(_change(order, "Quantity Decrease", {"new_qty": 1}, produced="Not Produced")),
    )
    teller.refused(
        "1.1",
        "The purchaser approves the own change",
        lambda: take_action(change, "Approve", "Purchaser"),
        by_role=True,
    )
    shown = _seen(change)
    teller.step("4.5.1.1.1", f"Before anybody signs: {_foretold(shown)}", bool(shown["groups"]))
    take_action(change, "Approve", "Division Head")
    change = take_action(change, "Execute", "Purchaser")
    order.reload()
    new = frappe.get_doc(ORDER, change.new_order)
    teller.step(
        "4.5.1.1.1",
        f"{order.name} stays over {order.total_qty:g}; {new.name} takes the {new.total_qty:g} more",
        order.workflow_state == "Issued" and new.total_qty == 300 and new.change_order == change.name,
    )
    return _issue(new)


def _decrease(teller, order):
    change = _change(order, "Quantity Decrease", {"new_qty": 600}, produced="Produced")
    teller.refused(
        "4.5.1.1.2", "The goods are produced and nothing is agreed about them", lambda: _submit(change)
    )
    change = _edit(change, disposition="供应商保留成品，三个月内由新单消化", demand="Still Needed")
    change = _submit(change)
    shown = _seen(change)
    teller.step("4.5.1.1.2", f"Before anybody signs: {_foretold(shown)}", bool(shown["groups"]))
    take_action(change, "Approve", "Division Head")
    change = take_action(change, "Execute", "Purchaser")
    order.reload()
    new = frappe.get_doc(ORDER, change.new_order)
    teller.step(
        "4.5.1.1.2",
        f"{order.name} is {order.workflow_state}; {new.name} goes on with {new.total_qty:g}",
        order.workflow_state == "Closed" and new.total_qty == 600,
    )
    is_as_shown = abs(shown["amounts"]["after"] - _amount(new.name)) < 0.01
    teller.step("4.5.1.1.2", f"The amount is what was shown before: {_amount(new.name):g}", is_as_shown)
    _printed(teller, change, new)
    return _issue(new)


def _printed(teller, change, new) -> None:
    with acting_as("Purchaser"):
        order_sheet = ordering.print_batch([new.name], "zh")["html"]
        form = prints.print_copy(CHANGE, change.name)["html"]
    teller.step(
        "4.5.4",
        f"{new.name} prints with its change order {change.name}",
        change.name in order_sheet and "采购变更单" in order_sheet,
    )
    teller.step("4.5.4", "The change order prints only what differs", new.name in form and "600" in form)


def _item(teller, order, old: str, new: str) -> None:
    change = _change(order, "Item Change", {"new_item": new}, produced="Not Produced")
    teller.refused("4.5.1.2", "An item changes without its engineering notice", lambda: _submit(change))
    with acting_as("Engineer"):
        notice = frappe.get_doc(
            {
                "doctype": ENGINEERING,
                "subject": f"{old} → {new}",
                "notice_date": getdate(),
                "effective_from": getdate(),
                "reason": "耐久试验不合格",
                "items": [{"old_item": old, "new_item": new, "stock_disposition": "Use Up"}],
            }
        ).insert()
    take_action(notice, "Submit for Approval", "Engineer")
    take_action(notice, "Approve", "Division Head")
    teller.step("4.5.1.2", f"Engineering change notice {notice.name}: {new} takes the place of {old}")
    wanted = _requisition((new, order.total_qty))
    change = _edit(change, engineering_change_notice=notice.name)
    change = _submit(_edit_lines(change, requisition=wanted.name))
    take_action(change, "Approve", "Division Head")
    change = take_action(change, "Execute", "Purchaser")
    made = frappe.get_doc(ORDER, change.new_order)
    teller.step(
        "4.5.1.2",
        f"{made.name} orders {made.items[0].item}; {order.name} is closed",
        made.items[0].item == new and frappe.db.get_value(ORDER, order.name, "workflow_state") == "Closed",
        f"requisition {wanted.name}",
    )


def _supplier(teller, order, other: str):
    stopped = frappe.db.get_value("Supplier", {"status": ["in", ["Suspended", "Eliminated", "Prospective"]]})
    change = _change(order, "Supplier Change", {"new_supplier": other}, produced="Not Produced")
    if stopped:
        teller.refused(
            "4.5.3",
            f"The order goes to {stopped}, which is not approved",
            lambda: _submit(_edit_lines(change, new_supplier=stopped)),
        )
        change.reload()
    change = _submit(change)
    shown = _seen(change)
    teller.step("4.5.3", f"Before anybody signs: {_foretold(shown)}", len(shown["groups"]) >= 3)
    take_action(change, "Approve", "Purchasing Manager")
    change = take_action(change, "Execute", "Purchaser")
    made = frappe.get_doc(ORDER, change.new_order)
    state = frappe.db.get_value(REQUISITION, change.new_requisition, "workflow_state")
    teller.step(
        "4.5.3",
        f"{order.name} is closed; {change.new_requisition} and {made.name} at {made.supplier} take its place",
        made.supplier == other and state == "Ordered",
    )
    return _issue(made)


def _cancel(teller, order) -> None:
    change = _change(order, "Cancellation", produced="Not Produced", demand="No Longer Needed")
    change = _submit(change)
    take_action(change, "Approve", "Division Head")
    take_action(change, "Execute", "Purchaser")
    teller.refused(
        "1.1",
        "A change that was carried out is carried out again",
        lambda: take_action(change, "Execute", "Purchaser"),
    )
    order.reload()
    row = order.items[0]
    wanted = frappe.db.get_value(
        "Purchase Requisition Item", row.requisition_row, ["qty", "closed_qty"], as_dict=True
    )
    teller.step(
        "4.5.1.4",
        f"{order.name} is cancelled; {row.closed_qty:g} no longer come and are no longer wanted",
        order.workflow_state == "Closed" and wanted.closed_qty == wanted.qty,
    )
