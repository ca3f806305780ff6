"""Order rows that are still to come, the latest first, with how many days they are late."""

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_4_3 import OPEN_STATES, ORDER
from erp_rules.procurement.deliveries import limited_to
from erp_rules.procurement.facts import number
from erp_rules.procurement.order_facts import ORDER_ITEM
from erp_rules.procurement.orders import open_quantity


def execute(filters=None):
    """Return columns, open rows by required date, and the amounts that are late and not as a chart."""
    filters = frappe._dict(filters or {})
    today = getdate(filters.as_of) if filters.as_of else getdate()
    rows = [_row(line, today) for line in _lines(filters, today)]
    rows = [row for row in rows if row["open_qty"] > 0]
    if cint(filters.only_late):
        rows = [row for row in rows if row["days_late"] > 0]
    return _columns(), rows, None, _chart(rows)


def _lines(filters, today) -> list:
    conditions = {"workflow_state": ["in", [str(state) for state in OPEN_STATES]]}
    for fieldname in ("supplier", "department", "purchaser"):
        if filters.get(fieldname):
            conditions[fieldname] = filters[fieldname]
    visible = limited_to(ORDER, conditions)
    row, order = frappe.qb.DocType(ORDER_ITEM), frappe.qb.DocType(ORDER)
    query = (
        frappe.qb.from_(row)
        .join(order)
        .on(order.name == row.parent)
        .select(
            order.name.as_("purchase_order"),
            order.supplier,
            order.supplier_name,
            order.purchaser,
            order.workflow_state,
            order.currency,
            order.issued_at,
            row.item,
            row.item_name,
            row.uom,
            row.qty,
            row.free_qty,
            row.received_qty,
            row.returned_qty,
            row.closed_qty,
            row.rate,
            row.required_date,
            row.is_unpriced,
        )
        .where(order.workflow_state.isin([str(state) for state in OPEN_STATES]))
        .orderby(row.required_date)
        .orderby(order.name)
        .orderby(row.idx)
    )
    for fieldname in ("supplier", "department", "purchaser"):
        if filters.get(fieldname):
            query = query.where(order[fieldname] == filters[fieldname])
    if filters.get("item"):
        query = query.where(row.item == filters.item)
    if visible is not None:
        query = query.where(order.name.isin(visible or [""]))
    if cint(filters.only_late):
        query = query.where(row.required_date < today)
    return query.run(as_dict=True)


def _row(line, today) -> dict:
    open_qty = open_quantity(line, line.workflow_state)
    late = (today - getdate(line.required_date)).days if line.required_date else 0
    return {
        **line,
        "open_qty": float(open_qty),
        "open_amount": float(round(min(open_qty, number(line.qty)) * number(line.rate), 2)),
        "days_late": max(late, 0),
    }


def _columns():
    return [
        _column("days_late", _("Days Late"), "Int", 90),
        _column("required_date", _("Required Date"), "Date", 110),
        _column("purchase_order", _("Purchase Order"), "Link", 150, "Purchase Order"),
        _column("supplier", _("Supplier"), "Link", 110, "Supplier"),
        _column("supplier_name", _("Supplier Name"), "Data", 160),
        _column("item", _("Item"), "Link", 130, "Item"),
        _column("item_name", _("Item Name"), "Data", 160),
        _column("uom", _("UOM"), "Data", 60),
        _column("qty", _("Quantity"), "Float", 100),
        _column("free_qty", _("Free Quantity"), "Float", 100),
        _column("received_qty", _("Received Quantity"), "Float", 100),
        _column("open_qty", _("Open Quantity"), "Float", 100),
        _column("open_amount", _("Open Amount"), "Currency", 110, "currency"),
        _column("currency", _("Currency"), "Data", 80),
        _column("is_unpriced", _("Unpriced"), "Check", 80),
        _column("workflow_state", _("Status"), "Data", 120),
        _column("purchaser", _("Purchaser"), "Data", 160),
    ]


def _column(fieldname, label, fieldtype, width, options=None):
    column = {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width}
    return {**column, "options": options} if options else column


def _chart(rows):
    bands = [
        (_("Not late"), lambda late: late == 0),
        (_("Within {0} days").format(7), lambda late: 1 <= late <= 7),
        (_("Within {0} days").format(30), lambda late: 8 <= late <= 30),
        (_("More than {0} days").format(30), lambda late: late > 30),
    ]
    return {
        "data": {
            "labels": [label for label, _within in bands],
            "datasets": [
                {
                    "name": _("Rows"),
                    "values": [
                        sum(1 for row in rows if within(row["days_late"])) for _label, within in bands
                    ],
                }
            ],
        },
        "type": "bar",
    }
