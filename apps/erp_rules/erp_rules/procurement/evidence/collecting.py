"""What belongs to an order, found and read in bulk with the rights of whoever asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import frappe

from erp_rules.rule_engine import records
from erp_rules.rule_engine.records import Kept, Reference

ORDER = "Purchase Order"
RECEIPT, RETURN, OVER = "Purchase Receipt", "Purchase Return", "Over Delivery"
NOTICE, CHANGE, ENGINEERING = "Delivery Notice", "Purchase Change Order", "Engineering Change Notice"
REQUISITION, PLAN, APPROVAL = "Purchase Requisition", "Material Plan", "Price Approval"
PRICE, LEDGER, WAIVER = "Item Supplier Price", "Material Ledger Entry", "Rule Waiver"

# Documents with their history, in the order in which they are read; then records without one of their own.
DOCUMENTS = (
    *(ORDER, APPROVAL, WAIVER, PLAN, REQUISITION, CHANGE, ENGINEERING),
    *(NOTICE, RECEIPT, OVER, RETURN),
)
TABLES = ("Supplier", "Supplier Status Change", "Item", PRICE, LEDGER)


@dataclass(frozen=True)
class Collection:
    """An order and what stands behind it, as far as the reader may read it."""

    order: str
    documents: dict[str, dict[str, dict]]
    tables: dict[str, dict[str, dict]]
    kept: dict[Reference, Kept]
    withheld: list[Reference]

    def references(self) -> list[Reference]:
        """Return the documents of the collection in reading order."""
        return [(doctype, name) for doctype, found in self.documents.items() for name in found]

    def files(self) -> list[dict]:
        """Return the attachments of all documents."""
        return [file for kept in self.kept.values() for file in kept.files]


def collect(order: str) -> Collection:
    """Return everything that stands behind `order`, in a number of queries that its lines do not change.

    Raise `PermissionError` when the session user may not read the order. What else they may not read is named
    as withheld.
    """
    doc = frappe.get_doc(ORDER, order)
    doc.check_permission("read")
    wanted = _references(doc)
    readable = {doctype: records.readable(doctype, wanted[doctype]) for doctype in (*DOCUMENTS, *TABLES)}
    withheld = [
        (doctype, name)
        for doctype in (*DOCUMENTS, *TABLES)
        for name in sorted(wanted[doctype].difference(readable[doctype]))
    ]
    documents = {doctype: records.stored(doctype, readable[doctype]) for doctype in DOCUMENTS}
    tables = {doctype: records.stored(doctype, readable[doctype]) for doctype in TABLES}
    _leave_only_lines_behind(doc, documents)
    references = [(doctype, name) for doctype, found in documents.items() for name in found]
    kept = records.kept_about(references)
    for name in documents[PLAN]:
        kept[(PLAN, name)].first_values, kept[(PLAN, name)].versions = (
            [],
            [],
        )  # they hold every line of the plan
    return Collection(order, documents, tables, kept, withheld)


def _references(doc) -> dict[str, set[str]]:
    """Return the names of what stands behind the order, by DocType, whoever may read it."""
    found: dict[str, set[str]] = defaultdict(set)
    found[ORDER] = {doc.name}
    found["Supplier"] = {doc.supplier}
    found["Supplier Status Change"] = _names("Supplier Status Change", {"supplier": doc.supplier})
    found["Item"] = _given(row.item for row in doc.items)
    found[PRICE] = _given(row.price_row for row in doc.items)
    found[REQUISITION] = _given(row.requisition for row in doc.items)
    found[CHANGE] = _names(CHANGE, {"purchase_order": doc.name}) | _given(
        [doc.get("change_order"), doc.get("closed_by_change")]
    )
    found[ENGINEERING] = _linked(CHANGE, found[CHANGE], "engineering_change_notice")
    found[PRICE] |= _linked("Purchase Change Order Line", found[CHANGE], "price_row", key="parent")
    found[APPROVAL] = _linked(PRICE, found[PRICE], "price_approval")
    found[PLAN] = _linked("Purchase Requisition Item", _requisition_rows(doc), "material_plan")
    found[RECEIPT] = _parents("Purchase Receipt Item", purchase_order=doc.name)
    found[NOTICE] = _parents("Delivery Notice Item", purchase_order=doc.name) | _linked(
        RECEIPT, found[RECEIPT], "delivery_notice"
    )
    found[RETURN] = (
        _names(RETURN, {"purchase_order": doc.name})
        | _names(RETURN, {"return_order": doc.name})
        | _parents("Purchase Return Item", order_row=["in", [row.name for row in doc.items]])
    )
    found[OVER] = _names(OVER, {"purchase_order": doc.name}) | _parents(
        "Over Delivery Settlement", purchase_order=doc.name
    )
    found[LEDGER] = _about(LEDGER, ("voucher_type", "voucher"), found, (RECEIPT, RETURN, OVER))
    found[WAIVER] = _given([doc.waiver]) | _about(
        WAIVER, ("reference_doctype", "reference_name"), found, DOCUMENTS
    )
    found[WAIVER] |= _about(
        "Rule Waiver Use", ("reference_doctype", "reference_name"), found, DOCUMENTS, pluck="parent"
    )
    return found


def _given(names: Iterable[str | None]) -> set[str]:
    return {name for name in names if name}


def _names(doctype: str, filters: dict) -> set[str]:
    return set(frappe.get_all(doctype, filters=filters, pluck="name"))


def _parents(doctype: str, **filters) -> set[str]:
    return set(frappe.get_all(doctype, filters=filters, pluck="parent"))


def _linked(doctype: str, names: set[str], fieldname: str, key: str = "name") -> set[str]:
    """Return what `fieldname` of these records links to."""
    if not names:
        return set()
    return _given(frappe.get_all(doctype, filters={key: ["in", sorted(names)]}, pluck=fieldname))


def _about(doctype: str, keys: tuple[str, str], found: dict, of: Iterable[str], pluck: str = "name") -> set:
    """Return the records of `doctype` whose `keys` name one of the documents found so far."""
    names = {name for kind in of for name in found[kind]}
    rows = frappe.get_all(
        doctype,
        filters={keys[0]: ["in", sorted(of)], keys[1]: ["in", sorted(names)]},
        fields=[*keys, pluck],
    )
    return {row[pluck] for row in rows if row[keys[1]] in found[row[keys[0]]]}


def _requisition_rows(doc) -> set[str]:
    return _given(row.requisition_row for row in doc.items)


def _leave_only_lines_behind(doc, documents: dict[str, dict[str, dict]]) -> None:
    """Leave of each material plan, which has thousands of lines, only those behind the order's requisitions."""
    rows = _requisition_rows(doc)
    behind = {
        line.get("plan_row")
        for values in documents[REQUISITION].values()
        for line in values["items"]
        if line["name"] in rows
    }
    for values in documents[PLAN].values():
        values["items"] = [line for line in values["items"] if line["name"] in behind]
