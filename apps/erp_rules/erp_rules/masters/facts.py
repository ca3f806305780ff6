"""What the clauses need to know of the masters, read in bulk; nothing here writes."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from decimal import Decimal

import frappe
from frappe.utils import cint, cstr, flt, getdate

from erp_rules.clauses import chapter_4_1, chapter_7
from erp_rules.clauses.chapter_4_1 import SupplierStatus
from erp_rules.clauses.identity import IdentityRow, name_key, same_suppliers, tax_key
from erp_rules.clauses.money import Rate, rates_in_force
from erp_rules.rule_engine.effects import system_writer

SETTINGS = "Purchasing Settings"
NUMERIC = ("Float", "Currency", "Percent")
# Documents about an item that do not make it used.
NOT_A_USE = ("Item Change Request",)


def decimal(value: object) -> Decimal:
    """Return `value`, a number as Frappe holds it, as an exact decimal; 0 when it is none."""
    return Decimal(repr(flt(value))) if not isinstance(value, Decimal) else value


def as_date(value: object) -> datetime.date | None:
    """Return `value` as a date; None when it is empty."""
    return getdate(value) if value else None


# Currencies


def base_currency() -> str:
    """Return the currency that prices are compared in; empty when the settings name none."""
    return frappe.db.get_single_value(SETTINGS, "base_currency") or ""


def rates_to_base(currencies: Iterable[str], on: datetime.date) -> dict[str, Decimal]:
    """Return what one unit of each currency is worth in the base currency on `on`; without a rate it is absent."""
    base = base_currency()
    wanted = {currency for currency in currencies if currency}
    others = wanted - {base}
    valid_days = cint(frappe.db.get_single_value(SETTINGS, "rate_valid_days"))
    on = getdate(on)
    rows = []
    if others and base:
        pair = [*sorted(others), base]
        rows = frappe.get_all(
            "Exchange Rate",
            filters={
                "from_currency": ["in", pair],
                "to_currency": ["in", pair],
                "date": ["between", [on - datetime.timedelta(days=valid_days), on]],
            },
            fields=["from_currency", "to_currency", "date", "rate"],
        )
    rates = [Rate(row.from_currency, row.to_currency, getdate(row.date), decimal(row.rate)) for row in rows]
    found = rates_in_force(rates, wanted, base, on, valid_days)
    return {currency: rate for currency, rate in found.items() if rate is not None}


# Suppliers


def supplier_identities(codes: Iterable[str]) -> dict[str, str]:
    """Return for each supplier code the code that stands for its company; equal values are one company (4.2.3.3).

    Also companies that are the same only through a third code are found, one step away; two queries.
    """
    codes = sorted({code for code in codes if code})
    if not codes:
        return {}
    rows = _identity_rows({"name": ["in", codes]})
    keys = {
        "name_key": sorted({row.name_key for row in rows if row.name_key}),
        "tax_key": sorted({row.tax_key for row in rows if row.tax_key}),
        "same_as": codes,
        "name": sorted({row.same_as for row in rows if row.same_as}),
    }
    rows += _identity_rows(None, {field: ["in", values] for field, values in keys.items() if values})
    identities = same_suppliers(rows)
    return {code: identities.get(code, code) for code in codes}


def _identity_rows(filters: dict | None, or_filters: dict | None = None) -> list[IdentityRow]:
    found = frappe.get_all(
        "Supplier",
        filters=filters,
        or_filters=or_filters,
        fields=["name", "name_key", "tax_key", "same_as"],
    )
    return [IdentityRow(row.name, row.name_key or "", row.tax_key or "", row.same_as) for row in found]


def supplier_status_as_of(
    when: datetime.date | datetime.datetime, suppliers: Collection[str] | None = None
) -> dict:
    """Return supplier → its last status change at `when`; a date means the end of that day (4.1.1.3).

    Suppliers that no survey or evaluation had decided on by then are absent.
    """
    if not isinstance(when, datetime.datetime):
        when = datetime.datetime.combine(getdate(when), datetime.time.max)
    filters = {"changed_at": ["<=", when]}
    if suppliers is not None:
        filters["supplier"] = ["in", list(suppliers)]
    rows = frappe.get_all(
        "Supplier Status Change",
        filters=filters,
        fields=[
            "supplier",
            "status",
            "effective_on",
            "changed_at",
            "source_doctype",
            "source_name",
            "changed_by",
        ],
        order_by="changed_at asc, creation asc",
    )
    return {row.supplier: row for row in rows}


def supplier(doc, previous) -> chapter_4_1.SupplierData:
    """Return what the clauses judge a supplier by."""
    changes = []
    if previous:
        changes = frappe.get_all(
            "Supplier Status Change",
            filters={"supplier": doc.name},
            fields=["status", "effective_on"],
            order_by="changed_at asc, creation asc",
        )
    approvals = [change.effective_on for change in changes if change.status == SupplierStatus.APPROVED]
    related = _related_suppliers(doc)
    same_as = doc.same_as or None
    linked = {doc.name, same_as} | {row.name for row in related if row.same_as == doc.name}
    main = next((row for row in related if row.name == same_as), None)
    return chapter_4_1.SupplierData(
        code=doc.name or doc.supplier_code,
        missing=chapter_4_1.missing_data(supplier_values(doc, has_contact=_has_contact(doc.get("contacts")))),
        status=doc.status or "",
        approved_on=as_date(doc.approved_on),
        status_on_record=changes[-1].status if changes else SupplierStatus.PROSPECTIVE,
        approved_on_record=as_date(approvals[-1]) if approvals else None,
        same_as=same_as,
        main_code_of_same_as=main.same_as if main and main.name != doc.name else None,
        is_main_code=any(row.same_as == doc.name for row in related),
        twins=tuple(sorted(row.name for row in related if _is_twin(row, doc) and row.name not in linked)),
    )


def _related_suppliers(doc) -> list:
    keys = {"same_as": doc.name, "name": doc.same_as, "name_key": doc.name_key, "tax_key": doc.tax_key}
    return frappe.get_all(
        "Supplier",
        filters={"name": ["!=", doc.name]},
        or_filters={field: value for field, value in keys.items() if value},
        fields=["name", "same_as", "name_key", "tax_key"],
    )


def _is_twin(row, doc) -> bool:
    if row.same_as and row.same_as == doc.same_as:
        return False
    return bool(
        (doc.name_key and row.name_key == doc.name_key) or (doc.tax_key and row.tax_key == doc.tax_key)
    )


def _has_contact(contacts) -> bool:
    return any(cstr(contact.contact_name).strip() for contact in contacts or ())


def supplier_values(row, *, has_contact: bool) -> dict[str, object]:
    """Return the values of `REQUIRED_DATA` of a supplier, its contacts as whether it has one."""
    return {
        "supplier_code": row.get("supplier_code") or row.get("name"),
        "supplier_name": row.get("supplier_name"),
        "address": row.get("address"),
        "contacts": has_contact or None,
        "currency": row.get("currency"),
    }


def supplier_keys(supplier_name: str, tax_id: str) -> tuple[str, str]:
    """Return the keys a supplier is recognised by, cut to the length of their columns."""
    return name_key(supplier_name)[:140], tax_key(tax_id)[:60]


def supplier_status_change(doc, previous) -> chapter_4_1.StatusChange:
    """Return what a row of a supplier's history says, and what its source document decided."""
    source = _source(doc)
    return chapter_4_1.StatusChange(
        is_new=previous is None,
        supplier=doc.supplier,
        status=doc.status,
        source_supplier=source.get("supplier"),
        source_is_approved=source.get("docstatus") == 1 and source.get("workflow_state") == "Approved",
        source_status=_decided_status(doc.source_doctype, source),
    )


def _source(doc) -> dict:
    fields = {"Supplier Survey": ["survey_kind"], "Supplier Evaluation": ["outcome"]}.get(doc.source_doctype)
    if fields is None or not doc.source_name:
        return {}
    fields = ["supplier", "docstatus", "workflow_state", *fields]
    return frappe.db.get_value(doc.source_doctype, doc.source_name, fields, as_dict=True) or {}


def _decided_status(doctype: str, source: dict) -> str | None:
    if doctype == "Supplier Survey":
        return SupplierStatus.APPROVED if source else None
    return chapter_4_1.STATUS_OF_OUTCOME.get(source.get("outcome"))


# Items


def item(doc, previous) -> chapter_7.ItemChange:
    """Return what differs from the stored item, and whether anything uses it."""
    if previous is None:
        return chapter_7.ItemChange(item=doc.name)
    changed = tuple(_changed_fields(doc, previous))
    is_by_request = system_writer() == "7.5"
    return chapter_7.ItemChange(
        item=doc.name,
        changed=changed,
        is_in_use=bool(changed) and not is_by_request and item_is_in_use(doc.name),
        is_by_request=is_by_request,
    )


def _changed_fields(doc, previous) -> Iterable[tuple[str, str]]:
    labels = [
        *((fieldname, label) for label, fieldname in chapter_7.CHANGEABLE),
        (chapter_7.STANDARD_COST, "Standard Cost"),
    ]
    for fieldname, label in labels:
        if item_value(doc, fieldname) != item_value(previous, fieldname):
            yield fieldname, label
    if dimensions(doc) != dimensions(previous):
        yield chapter_7.CRITICAL_DIMENSIONS, "Critical Dimensions"


def item_value(doc, fieldname: str) -> str:
    """Return an item's value as text, in one spelling whatever type it is held in."""
    fieldtype = frappe.get_meta("Item").get_field(fieldname).fieldtype
    value = doc.get(fieldname)
    if fieldtype in NUMERIC:
        return format(decimal(flt(value, 9)).normalize(), "f")
    if fieldtype == "Check":
        return str(cint(value))
    return cstr(value).strip()


def dimensions(doc) -> list[tuple]:
    """Return the critical dimensions of an item or a request, comparable."""
    return [
        (
            cstr(row.dimension).strip(),
            flt(row.nominal, 9),
            cstr(row.dimension_uom).strip(),
            flt(row.tolerance_pct, 9),
        )
        for row in doc.get(chapter_7.CRITICAL_DIMENSIONS) or ()
    ]


def item_is_in_use(item_code: str) -> bool:
    """Return whether any document but a change request names the item, by any field that links to items."""
    links = frappe.get_all(
        "DocField", filters={"fieldtype": "Link", "options": "Item"}, fields=["parent", "fieldname"]
    ) + frappe.get_all(
        "Custom Field", filters={"fieldtype": "Link", "options": "Item"}, fields=["dt as parent", "fieldname"]
    )
    return any(
        frappe.db.exists(link.parent, {link.fieldname: item_code})
        for link in sorted(links, key=lambda link: (link.parent, link.fieldname))
        if link.parent not in NOT_A_USE and not frappe.get_meta(link.parent).issingle
    )


def item_change_request(doc, previous) -> chapter_7.ItemChangeRequest:
    """Return a request's lines beside what the item holds now."""
    current = frappe.get_doc("Item", doc.item) if doc.item and frappe.db.exists("Item", doc.item) else None
    is_set_up = doc.request_kind == chapter_7.RequestKind.SET_UP
    code = cstr(doc.item_code).strip()
    return chapter_7.ItemChangeRequest(
        kind=doc.request_kind,
        state=doc.workflow_state or chapter_7.ItemChangeState.DRAFT,
        stored_state=previous.workflow_state if previous else None,
        item=doc.item,
        item_exists=current is not None,
        new_item_code=code,
        new_code_exists=bool(is_set_up and code and frappe.db.exists("Item", code)),
        lines=tuple(_change_line(row, current) for row in doc.get("changes") or ()),
        fields=item_fields(
            [cstr(row.new_value).strip() for row in doc.get("changes") or () if row.field == "Stock UOM"]
        ),
        replaces_dimensions=bool(cint(doc.replaces_dimensions)),
        changes_cost=bool(cint(doc.changes_cost)),
        old_cost=decimal(flt(doc.old_standard_cost, 9)),
        current_cost=decimal(flt(current.standard_cost, 9)) if current else Decimal(0),
    )


def _change_line(row, current) -> chapter_7.ChangeLine:
    fieldname = chapter_7.FIELD_OF_LABEL.get(row.field)
    return chapter_7.ChangeLine(
        row=row.idx,
        label=cstr(row.field),
        old_value=cstr(row.old_value),
        new_value=cstr(row.new_value),
        current_value=item_value(current, fieldname) if current and fieldname else "",
    )


def item_fields(uoms: Collection[str]) -> dict[str, chapter_7.ItemField]:
    """Return by label how each changeable field of an item takes a value; of `uoms` those that exist."""
    known_uoms = (
        frozenset(frappe.get_all("UOM", filters={"name": ["in", list(uoms)]}, pluck="name"))
        if uoms
        else frozenset()
    )
    kinds = {
        "Select": chapter_7.ValueKind.CHOICE,
        "Link": chapter_7.ValueKind.LINK,
        "Check": chapter_7.ValueKind.CHECK,
        **dict.fromkeys(NUMERIC, chapter_7.ValueKind.NUMBER),
    }
    meta = frappe.get_meta("Item")
    fields = {}
    for label, fieldname in chapter_7.CHANGEABLE:
        df = meta.get_field(fieldname)
        kind = kinds.get(df.fieldtype, chapter_7.ValueKind.TEXT)
        fields[label] = chapter_7.ItemField(
            fieldname=fieldname,
            kind=kind,
            choices=known_uoms
            if kind == chapter_7.ValueKind.LINK
            else frozenset((df.options or "").split("\n")),
            max_length=cint(df.length) or (140 if df.fieldtype == "Data" else 1000),
            is_required=bool(df.reqd),
        )
    return fields
