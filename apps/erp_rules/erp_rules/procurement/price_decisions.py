"""What an approver sees of a price approval before deciding: one screen, no further questions."""

from __future__ import annotations

from frappe import _
from frappe.utils import cint, flt

from erp_rules.procurement import facts
from erp_rules.procurement.supplier_decisions import fact, record_of
from erp_rules.procurement.supplier_facts import supplier_records


def price_approval(doc) -> dict:
    """Return amount, difference to last time, ranked quotes, last prices and the chosen supplier's record."""
    quotes = doc.current_quotes()
    changes = doc.open_changes()
    chosen = next((row for row in quotes if cint(row.selected)), None)
    change = changes[0] if changes else None
    last = doc.last_approved_prices()
    supplier = change.supplier if change else chosen.supplier if chosen else None
    return {
        "title": f"{doc.item} {doc.item_name or ''}".strip(),
        "amount": flt(change.new_rate) if change else flt(chosen.rate) if chosen else None,
        "currency": change.currency if change else chosen.currency if chosen else doc.base_currency,
        "difference_pct": doc.difference_pct if flt(doc.last_rate_base) else None,
        "last_time": _last_time(last),
        "facts": _facts(doc, last),
        "table": quotes_table(doc, quotes) if quotes else changes_table(changes),
        "record": record_of(supplier_records([supplier]).get(supplier)) if supplier else None,
    }


def _last_time(last) -> dict | None:
    if not last:
        return None
    row = last[0]
    return {
        "amount": row.rate,
        "currency": row.currency,
        "supplier": row.supplier_name or row.supplier,
        "date": row.valid_from,
    }


def _facts(doc, last) -> list[dict]:
    found = [fact(_("Price Kind"), _(doc.price_kind))]
    if doc.operation:
        found.append(fact(_("Operation"), doc.operation))
    found += [
        fact(_("Specification"), doc.specification),
        fact(_("Compared On"), facts.comparison_date(doc), "date"),
        fact(_("Market Check"), doc.market_check),
    ]
    if doc.demand():
        label = _("Half-year Demand from Plans") if flt(doc.planned_demand) else _("Half-year Demand")
        found.append(fact(label, float(doc.demand()), "number"))
    if doc.not_lowest_reason:
        reason = _(doc.not_lowest_reason)
        if doc.not_lowest_remark:
            reason = f"{reason}: {doc.not_lowest_remark}"
        found.append(fact(_("Reason for Not Taking the Lowest"), reason, tone="warning"))
    for label, value in ((_("Valid From"), doc.valid_from), (_("Valid To"), doc.valid_to)):
        if value:
            found.append(fact(label, value, "date"))
    if doc.finance_opinion:
        found.append(fact(_("Finance Opinion"), doc.finance_opinion))
    for row in last:
        label = _("Price from {0}").format(row.valid_from) + f" · {row.supplier_name or row.supplier}"
        found.append(fact(label, row.rate, "money", currency=row.currency))
    return found


def quotes_table(doc, quotes) -> dict:
    """Return this round's quotes, lowest first, with the lowest and the chosen one marked."""
    rows = []
    for row in sorted(quotes, key=lambda row: (not cint(row.rank), cint(row.rank), row.idx)):
        mark = {(1, 1): "both", (1, 0): "best", (0, 1): "chosen"}.get(
            (cint(row.is_lowest), cint(row.selected))
        )
        cells = [
            cint(row.rank) or "",
            row.supplier_name or row.supplier,
            f"{flt(row.rate, 6):g} {row.currency}",
            flt(row.rate_base, 6),
            row.lead_days or "",
            row.cost_formula or "",
        ]
        if doc.demand():
            cells.append(flt(row.half_year_cost, 2))
        rows.append({"cells": cells, "mark": mark})
    columns = [_("Rank"), _("Supplier"), _("Rate"), _("Rate (Base)"), _("Lead Days"), _("Cost Formula")]
    if doc.demand():
        columns.append(_("Half-year Cost (Base)"))
    return {"label": _("Quotes"), "columns": columns, "rows": rows}


def changes_table(changes) -> dict | None:
    """Return the rows of a change that came without new quotes; None without rows."""
    if not changes:
        return None
    return {
        "label": _("Price Changes"),
        "columns": [
            _("Change Kind"),
            _("Supplier"),
            _("Old Rate"),
            _("New Rate"),
            _("Valid From"),
            _("Valid To"),
            _("Reason"),
        ],
        "rows": [
            {
                "cells": [
                    _(row.change_kind),
                    row.supplier_name or row.supplier,
                    flt(row.old_rate, 6),
                    flt(row.new_rate, 6),
                    str(row.valid_from or ""),
                    str(row.valid_to or ""),
                    row.reason or "",
                ],
                "mark": None,
            }
            for row in changes
        ],
    }
