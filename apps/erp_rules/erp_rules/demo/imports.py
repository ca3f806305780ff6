"""The story of an import: packed, shipped, unloaded, counted blind, its differences handled, and paid for (7.12 to 7.18)."""

from __future__ import annotations

import datetime

import frappe
from frappe.utils import add_days, cstr, flt, getdate, now_datetime

from erp_rules.api import importing, ordering, receiving
from erp_rules.clauses.chapter_4_3 import ORDER, PLAN, REQUISITION
from erp_rules.clauses.chapter_4_6 import NOTICE, RECEIPT
from erp_rules.clauses.chapter_7_imports import CONTAINER, SETTLEMENT
from erp_rules.demo.company import attachment
from erp_rules.demo.people import acting_as, take_action
from erp_rules.procurement import long_term

SUPPLIER, CURRENCY, RATE = "S-0402", "USD", 0.069
QTY, SHORT, DAMAGED = 1200, 60, 40


def tell(story) -> None:
    """Tell how imported material is controlled, brought in by a container and settled in foreign exchange."""
    teller = story.tell
    teller.chapter("Imports: from the long-term demand to the settlement")
    item = _item(story)
    order = _order(item)
    _control(teller, item, "on_order", "on order")
    container = _pack(teller, order)
    _control(teller, item, "in_transit", "in transit")
    container = _unload(teller, container)
    receipt = _receive(teller, container)
    _settle(teller, order)
    _close(teller, container, receipt)


def _item(story) -> str:
    """Return a new item under long-term control with a price in foreign currency and a released plan."""
    item = story.new_item("K")
    with acting_as("Engineer"):
        doc = frappe.get_doc("Item", item)
        doc.long_term_controlled = 1
        doc.save()
    quotes = [
        {"supplier": SUPPLIER, "currency": CURRENCY, "rate": RATE, "selected": 1, "tax_rate": 0},
        *(
            {"supplier": code, "currency": "CNY", "rate": rate}
            for code, rate in (("S-0107", 0.6), ("S-0108", 0.62))
        ),
    ]
    for quote in quotes:
        quote["cost_formula"] = "Material + process"
        quote["min_order_qty"] = 500
    approval = story.new_approval(
        item, quotes, market_check="London Metal Exchange, this week", sample=attachment(item, False)
    )
    story.post(approval, story.today)
    return item


def _order(item: str):
    with acting_as("Planner"):
        plan = frappe.get_doc(
            {
                "doctype": PLAN,
                "title": f"{item} 季度计划",
                "items": [
                    {"item": item, "qty": QTY, "required_date": add_days(getdate(), 40)},
                    {"item": item, "qty": QTY, "required_date": add_days(getdate(), 80)},
                ],
            }
        ).insert()
    plan = take_action(plan, "Release", "Planner")
    with acting_as("Planner"):
        (name,) = ordering.request_plan(plan.name, [plan.items[0].name])["requisitions"]
    wanted = take_action(frappe.get_doc(REQUISITION, name), "Submit for Approval", "Planner")
    wanted = take_action(wanted, "Approve", "Planning Manager")
    line = {"requisition_row": wanted.items[0].name, "supplier": SUPPLIER, "currency": CURRENCY}
    with acting_as("Purchaser"):
        (made,) = ordering.make_orders([line])["orders"]
    order = frappe.get_doc(ORDER, made.name)
    for action, role in (
        ("Submit for Approval", "Purchaser"),
        ("Approve", "Purchasing Manager"),
        ("Issue", "Purchaser"),
    ):
        order = take_action(order, action, role)
    return order


def _control(teller, item: str, stage: str, words: str) -> None:
    with acting_as("Planner"):
        of = long_term.control([item], getdate())[item]
    teller.step(
        "7.12",
        f"{item}: {of.planned:g} planned, {of[stage]:g} {words}, covered until {of.covered_until}",
        of[stage] > 0 and of.uncovered_on is not None,
    )


def _pack(teller, order):
    left = flt(order.items[0].qty) + flt(order.items[0].free_qty)
    with acting_as("Purchaser"):
        rows = [row for row in importing.packable(SUPPLIER) if row["purchase_order"] == order.name]
    teller.step("7.15", f"{left:g} of {order.name} are left to pack", rows[0]["qty"] == left)
    values = {
        "doctype": CONTAINER,
        "container_no": "CSQU3054383",
        "container_size": "40HQ",
        "seal_no": "HK-88213",
        "supplier": SUPPLIER,
        "bill_of_lading": f"BL-{order.name}",
        "invoice_no": f"INV-{order.name}",
        "vessel": "Ever Harmony",
        "voyage_no": "0217E",
        "port_of_loading": "Hamburg",
        "port_of_discharge": "盐田",
        "etd": add_days(getdate(), -30),
        "eta": getdate(),
    }
    packed = {**rows[0], "cartons": 24, "net_weight": 480, "gross_weight": 512, "volume": 3.2}
    teller.refused(
        "7.15",
        "More is packed than is open",
        lambda: _insert({**values, "items": [{**packed, "qty": left + 1}]}),
    )
    wrong = {**values, "container_no": "CSQU3054388", "items": [packed]}
    frappe.clear_messages()
    doc = _insert(wrong)
    told = any("7.14" in cstr(message) for message in frappe.local.message_log)
    frappe.clear_messages()
    teller.step("7.14", f"The check digit of {doc.container_no} is pointed out", told)
    with acting_as("Purchaser"):
        doc.container_no = values["container_no"]
        doc.save()
    doc = take_action(doc, "Ship", "Purchaser")
    teller.step("7.14", f"{doc.name} is on its way, ETA {doc.eta}", doc.workflow_state == "Shipped")
    teller.refused("1.4", "The packing list is changed at sea", lambda: _repack(doc))
    return doc


def _insert(values: dict):
    with acting_as("Purchaser"):
        return frappe.get_doc(values).insert()


def _repack(doc) -> None:
    with acting_as("Purchaser"):
        doc = frappe.get_doc(doc.doctype, doc.name)
        doc.items[0].qty = 1
        doc.save()


def _unload(teller, doc):
    with acting_as("Purchaser"):
        doc.reload()
        doc.update({"arrived_on": getdate(), "customs_declaration_no": f"5301-{doc.name}"})
        doc.save()
    doc = take_action(doc, "Arrive", "Warehouse Keeper")
    teller.refused(
        "7.14", "Unloaded without a record", lambda: take_action(doc, "Unload", "Warehouse Keeper")
    )
    now = now_datetime().replace(microsecond=0)
    with acting_as("Warehouse Keeper"):
        doc.reload()
        doc.update(
            {
                "unloading_started_at": now - datetime.timedelta(hours=2),
                "unloading_ended_at": now - datetime.timedelta(minutes=10),
                "unloading_people": "王师傅\n赵师傅",
                "seal_condition": "Intact",
            }
        )
        doc.save()
    doc = take_action(doc, "Unload", "Warehouse Keeper")
    notices = frappe.get_all(NOTICE, filters={"import_container": doc.name}, pluck="name")
    teller.step("7.16", f"Unloaded; announced to the counters as {', '.join(notices)}", len(notices) == 1)
    return doc


def _receive(teller, container):
    notice = frappe.get_doc(NOTICE, {"import_container": container.name})
    packed = flt(notice.items[0].qty)
    with acting_as("Receiving Clerk"):
        shown = receiving.lines(delivery_notice=notice.name)["lines"]
        made = receiving.count(
            supplier=notice.supplier,
            delivery_note_no=notice.delivery_note_no,
            rows=[{"order_row": shown[0].order_row, "counted_qty": packed - SHORT}],
            count_key=f"IC-{container.name}",
            terminal="T2",
            delivery_notice=notice.name,
        )
    teller.step("7.16", f"{made['name']} is counted blind", not any("qty" in field for field in shown[0]))
    teller.refused(
        "7.16",
        "Accepted before the inspection",
        lambda: take_action(container, "Accept", "Quality Inspector"),
    )
    with acting_as("Quality Inspector"):
        receipt = frappe.get_doc(RECEIPT, made["name"])
        receipt.append(
            "inspections",
            {
                "receipt_row": 1,
                "accepted_qty": packed - SHORT - DAMAGED,
                "rejected_qty": DAMAGED,
                "reject_reason": "Appearance",
                "remark": "受潮生锈",
            },
        )
        receipt.save()
    receipt = take_action(receipt, "Inspect", "Quality Inspector")
    container.reload()
    found = ", ".join(f"{row.kind} {row.difference:g}" for row in container.abnormal_materials)
    teller.step(
        "7.17",
        f"Compared with the packing list by itself: {found}",
        [row.difference for row in container.abnormal_materials] == [-SHORT, -DAMAGED],
    )
    with acting_as("Quality Inspector"):
        container.append(
            "quality_feedback",
            {
                "item": receipt.items[0].item,
                "defect": "Wet",
                "qty": DAMAGED,
                "responsible": "Carrier",
                "description": "柜顶漏水",
                "measure": "检查货柜密封，赔偿损失",
            },
        )
        container.save()
    take_action(container, "Accept", "Quality Inspector")
    with acting_as("Warehouse Keeper"):
        receipt.reload()
        for field, kind in (("warehouse", "Stock"), ("defective_warehouse", "Defective")):
            kinds = {"warehouse_kind": kind, "disabled": 0}
            receipt.items[0].set(field, frappe.get_all("Warehouse", kinds, pluck="name", order_by="name")[0])
        receipt.save()
    receipt = take_action(receipt, "Post", "Warehouse Keeper")
    teller.step("7.16", f"{receipt.name} is posted", receipt.workflow_state == "Posted")
    return receipt


def _settle(teller, order) -> None:
    order.reload()
    with acting_as("Finance Officer"):
        doc = frappe.get_doc(
            {
                "doctype": SETTLEMENT,
                "supplier": order.supplier,
                "currency": order.currency,
                "contract_no": f"SC-{order.name}",
                "due_date": add_days(getdate(), 30),
                "items": [{"purchase_order": order.name}],
            }
        ).insert()
    teller.step(
        "7.13",
        f"{doc.name}: {doc.currency} {doc.total_amount:g} at {doc.exchange_rate:g} are {doc.amount_base:.2f}",
        doc.total_amount > 0 and doc.amount_base > 0,
    )
    teller.refused("7.13", "More is settled than was posted", lambda: _ask_more(doc))
    doc = take_action(doc, "Submit for Review", "Finance Officer")
    teller.refused("7.13", "The same goods are settled again", lambda: _again(order))
    doc = take_action(doc, "Approve", "Finance Manager")
    with acting_as("Finance Officer"):
        doc.reload()
        doc.update({"bank": "中国银行", "bank_reference": f"BK-{doc.name}", "settled_on": getdate()})
        doc.save()
    doc = take_action(doc, "Settle", "Finance Officer")
    teller.step("7.13", f"Settled with {doc.bank_reference}", doc.workflow_state == "Settled")


def _ask_more(doc) -> None:
    with acting_as("Finance Officer"):
        doc = frappe.get_doc(doc.doctype, doc.name)
        doc.items[0].amount = doc.items[0].amount + 1
        doc.save()
    take_action(doc, "Submit for Review", "Finance Officer")


def _again(order) -> None:
    with acting_as("Finance Officer"):
        doc = frappe.get_doc(
            {
                "doctype": SETTLEMENT,
                "supplier": order.supplier,
                "currency": order.currency,
                "contract_no": "SC",
                "due_date": add_days(getdate(), 30),
                "items": [{"purchase_order": order.name, "amount": 1}],
            }
        ).insert()
    take_action(doc, "Submit for Review", "Finance Officer")


def _close(teller, container, receipt) -> None:
    teller.refused(
        "7.17",
        "Closed with differences nobody handled",
        lambda: take_action(container, "Close", "Purchasing Manager"),
    )
    with acting_as("Purchaser"):
        container.reload()
        for row in container.abnormal_materials:
            row.handling = "Supplier Replenishes" if row.kind == "Short" else "Claim"
            row.is_settled = 1
        container.update({"feedback_sent_on": getdate(), "feedback_sent_to": "Ever Line, claims department"})
        container.save()
    container = take_action(container, "Close", "Purchasing Manager")
    teller.step(
        "7.17",
        f"Handled and closed by {container.closed_by}",
        container.workflow_state == "Closed",
        receipt.name,
    )
    html = frappe.get_print(CONTAINER, container.name, "Transport Quality Feedback Form")
    teller.step("7.18", "The transport quality feedback is printed", container.container_no in html)
