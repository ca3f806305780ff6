"""Requisitions, posted prices and orders for the acceptance tests of ordering."""

from __future__ import annotations

from datetime import timedelta

import price_world as prices

import hosts

ORDER = "Purchase Order"
REQUISITION = "Purchase Requisition"
PLAN = "Material Plan"


def today():
    """Return the site's day."""
    import frappe

    return frappe.utils.getdate()


def days(count: int):
    """Return the day `count` days from today."""
    return today() + timedelta(days=count)


def item(**values) -> str:
    """Return a new item whose sample is confirmed."""
    import frappe

    code = prices.item(sample_status=values.pop("sample_status", "Confirmed"))
    for fieldname, value in values.items():
        frappe.db.set_value("Item", code, fieldname, value)
    return code


def post(item_code: str, *offers: tuple, first=None, last=None) -> list[str]:
    """Put posted prices of an item into the price list, `(supplier, rate[, currency])` each; return their names.

    They are written in the name of the clause that posts them, for one approval of this item.
    """
    import frappe

    from erp_rules.rule_engine.effects import system_write

    approval = frappe.db.get_value("Price Approval", {"item": item_code}) or prices.draft(item=item_code).name
    names = []
    with system_write("4.2.5"):
        for supplier, rate, *currency in offers:
            row = frappe.get_doc(
                {
                    "doctype": "Item Supplier Price",
                    "item": item_code,
                    "supplier": supplier,
                    "supplier_name": frappe.db.get_value("Supplier", supplier, "supplier_name"),
                    "price_kind": "Purchase",
                    "price_approval": approval,
                    "currency": currency[0] if currency else "CNY",
                    "rate": rate,
                    "rate_base": rate,
                    "valid_from": first or days(-10),
                    "valid_to": last or days(60),
                }
            ).insert(ignore_permissions=True)
            names.append(row.name)
    return names


def priced(rate: float = 10, **values) -> tuple[str, str]:
    """Return a new item and an approved supplier with a posted price for it."""
    code, supplier = item(**values), prices.supplier()
    post(code, (supplier, rate))
    return code, supplier


def requisition(*lines: tuple, role: str = "Planner", **values):
    """Insert a requisition of `(item, quantity)` lines as a planner."""
    import frappe

    rows = [
        {"item": code, "qty": qty, "required_date": days(20), "source": "trial run"} for code, qty in lines
    ]
    with hosts.as_user(role):
        return frappe.get_doc({"doctype": REQUISITION, "items": rows, **values}).insert()


def approved(*lines: tuple, **values):
    """Return an approved requisition of `(item, quantity)` lines."""
    import frappe

    doc = requisition(*lines, **values)
    role, action = "Planner", "Submit for Approval"
    if doc.requisition_kind == "Affiliate":
        role, action = "Sales Coordinator", "Pass On"
    prices.act(doc, action, role)
    prices.act(doc, "Approve", "Planning Manager")
    return frappe.get_doc(REQUISITION, doc.name)


def line(requisition_row, supplier: str, **values) -> dict:
    """Return the choice of one requisition row for a supplier, as the workbench sends it."""
    return {"requisition_row": requisition_row.name, "supplier": supplier, **values}


def make(*lines: dict, role: str = "Purchaser") -> list:
    """Make orders of chosen lines as a purchaser and return them."""
    import frappe

    from erp_rules.procurement import orders

    with hosts.as_user(role):
        names = orders.make_orders(lines)
    return [frappe.get_doc(ORDER, name) for name in names]


def order(rate: float = 10, qty: float = 100, **values):
    """Return a draft order of one line from a new item's requisition."""
    code, supplier = priced(rate, **values)
    wanted = approved((code, qty))
    return make(line(wanted.items[0], supplier))[0]


STEPS = (
    ("Submit for Approval", "Purchaser"),
    ("Approve", "Purchasing Manager"),
    ("Issue", "Purchaser"),
)


def move(doc, steps: int = 3):
    """Take a draft order through the first `steps` of its steps to Issued and return it."""
    import frappe

    for action, role in STEPS[:steps]:
        prices.act(doc, action, role)
    return frappe.get_doc(ORDER, doc.name)


def issued(**values):
    """Return an issued order of one line."""
    return move(order(**values))


def ordered(row) -> tuple[float, str]:
    """Return what is ordered of a requisition row and the state of its requisition."""
    import frappe

    quantity = frappe.db.get_value("Purchase Requisition Item", row.name, "ordered_qty")
    return quantity, frappe.db.get_value(REQUISITION, row.parent, "workflow_state")
