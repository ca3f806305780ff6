"""Items, suppliers, quotes and price approvals for the acceptance tests of 4.2."""

from __future__ import annotations

from datetime import date, timedelta

import hosts

APPROVAL = "Price Approval"
PRICE = "Item Supplier Price"
FORMULA = "steel 4.2 x 1.15 + labour 1.8"


def item(part_size: str = "Small", sample_status: str = "Confirmed") -> str:
    """Return a new item."""
    import frappe

    if not frappe.db.exists("UOM", "PCS"):
        frappe.get_doc({"doctype": "UOM", "uom_name": "PCS"}).insert(ignore_permissions=True)
    doc = frappe.get_doc(
        {
            "doctype": "Item",
            "item_code": hosts.unique("I"),
            "item_name": "Bracket",
            "specification": "60 x 20 x 2",
            "stock_uom": "PCS",
            "item_class": "Component",
            "part_size": part_size,
            "sample_status": sample_status,
        }
    ).insert(ignore_permissions=True)
    return doc.name


def supplier(name: str | None = None, status: str = "Approved", **values) -> str:
    """Return a new supplier; its status is put into the database as a survey would leave it."""
    import frappe

    code = hosts.unique("S")
    frappe.get_doc(
        {
            "doctype": "Supplier",
            "supplier_code": code,
            "supplier_name": name or f"Works {code}",
            "currency": "CNY",
            **values,
        }
    ).insert(ignore_permissions=True)
    frappe.db.set_value("Supplier", code, "status", status)
    return code


def attachment() -> str:
    """Return the address of a file that exists."""
    import frappe

    name = hosts.unique("sample")
    file = frappe.get_doc({"doctype": "File", "file_name": f"{name}.txt", "content": name, "is_private": 1})
    return file.insert(ignore_permissions=True).file_url


def rate(currency: str, value: float, on: date | None = None) -> None:
    """Enter an exchange rate into base currency; one of that day that is left from before takes the value."""
    import frappe

    key = {"from_currency": currency, "to_currency": "CNY", "date": on or frappe.utils.getdate()}
    if name := frappe.db.get_value("Exchange Rate", key):
        frappe.db.set_value("Exchange Rate", name, "rate", value)
    else:
        frappe.get_doc({"doctype": "Exchange Rate", **key, "rate": value}).insert(ignore_permissions=True)


def quote(code: str, value: float, **values) -> dict:
    """Return the values of a quote row."""
    return {"supplier": code, "currency": "CNY", "rate": value, "cost_formula": FORMULA, **values}


def values(**given) -> dict:
    """Return the values of a complete price approval: three quotes, the first selected and the lowest."""
    filled = {"doctype": APPROVAL, "price_kind": "Purchase", "market_check": "9 to 11, exchange of this week"}
    filled.update(given)
    filled.setdefault("item", None)
    filled["item"] = filled["item"] or item()
    if "sample" not in filled:
        filled["sample"] = attachment()
    if "quotes" not in filled:
        filled["quotes"] = [quote(supplier(), 9.5, selected=1), quote(supplier(), 10), quote(supplier(), 11)]
    return filled


def draft(role: str = "Purchaser", **given):
    """Return a price approval that a purchaser has inserted."""
    import frappe

    filled = values(**given)
    with hosts.as_user(role):
        return frappe.get_doc(filled).insert()


def act(doc, action: str, role: str, **options):
    """Carry out a workflow action as somebody with this role and return the document."""
    from erp_rules.rule_engine import workflow

    if action == "Reject":
        options.setdefault("reason", "As discussed")
    with hosts.as_user(role):
        return workflow.apply_workflow({"doctype": doc.doctype, "name": doc.name}, action, **options)


def edit(doc, role: str, **given):
    """Change fields of the stored document as somebody with this role, save and return it."""
    import frappe

    with hosts.as_user(role):
        fresh = frappe.get_doc(doc.doctype, doc.name)
        fresh.update(given)
        return fresh.save()


def reviewed(doc=None, first: date | None = None, **given):
    """Return a price approval in Executive Approval, with its first day set when one is given."""
    doc = doc or draft(**given)
    doc = act(doc, "Submit for Review", "Purchaser")
    doc = act(doc, "Pass", "Finance Officer")
    return edit(doc, "Top Executive", valid_from=first) if first else doc


def approved(doc=None, first: date | None = None, **given):
    """Return an approved price approval, valid from today unless said otherwise."""
    import frappe

    return act(reviewed(doc, first or frappe.utils.getdate(), **given), "Approve", "Top Executive")


def posted(first: date | None = None, **given):
    """Return a posted price approval."""
    return act(approved(first=first, **given), "Post", "Finance Officer")


def review_change(doc):
    """Take a change from Change Draft to Posted."""
    for action, role in (
        ("Submit for Review", "Purchaser"),
        ("Pass", "Finance Officer"),
        ("Approve", "Top Executive"),
        ("Post", "Finance Officer"),
    ):
        doc = act(doc, action, role)
    return doc


def change(doc, *rows: dict, quotes: tuple[dict, ...] = (), **given):
    """Start a change with these rows and return the document in Change Draft."""
    import frappe

    doc = act(doc, "Start Change", "Purchaser")
    with hosts.as_user("Purchaser"):
        doc = frappe.get_doc(doc.doctype, doc.name)
        for row in rows:
            doc.append("changes", {"reason": "steel went up", **row})
        for row in quotes:
            doc.append("quotes", row)
        doc.update(given)
        return doc.save()


def prices(doc) -> list[tuple]:
    """Return supplier, rate, first and last day of the posted prices of a price approval."""
    import frappe

    rows = frappe.get_all(
        PRICE,
        filters={"price_approval": doc.name},
        fields=["supplier", "rate", "valid_from", "valid_to"],
        order_by="name asc",
    )
    return [(row.supplier, row.rate, row.valid_from, row.valid_to) for row in rows]


def clauses() -> set[str]:
    """Return the clauses of the refusal that was just raised."""
    import frappe

    return {entry["clause"] for entry in frappe.local.response.get("rule_violations") or []}


def places() -> list[tuple]:
    """Return clause, table, row and field of each violation that was just raised."""
    import frappe

    found = frappe.local.response.get("rule_violations") or []
    return [(entry["clause"], entry["table"], entry["row"], entry["fieldname"]) for entry in found]


def stored(doc) -> dict:
    """Return what the database holds of a document and its rows, to compare before and after."""
    import frappe

    found = frappe.get_doc(doc.doctype, doc.name).as_dict()
    return {key: value for key, value in found.items() if not key.startswith("__")}


DAY = timedelta(days=1)
