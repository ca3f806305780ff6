"""Printing orders in batches: numbered within the day, counted, in Chinese or English (4.4.2)."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.rule_engine import printing
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.retry import once_more

FORMAT = "Purchase Order Form"
BATCH_LIMIT = 200


def hand_out(names: Iterable[str], language: str) -> dict:
    """Count one more copy of each order, number within today those that have no number yet, and print them.

    A number once given stays, so that a reprint is recognised by its copy. Returns `numbers`, `copies` and `html`.
    """
    form = printing.form_of(ORDER, FORMAT)

    def count() -> tuple[list, dict[str, int]]:
        docs = printing.lock(ORDER, names)
        copies = printing.count(docs, form, language)
        _number(docs)
        return docs, copies

    docs, copies = once_more(count)
    numbers = {doc.name: doc.batch_number() for doc in docs}
    return {"numbers": numbers, "copies": copies, "html": printing.render(docs, form, language, copies)}


def _number(docs: Iterable) -> None:
    """Give each order that has none the next number of today."""
    unnumbered = [doc for doc in docs if not doc.print_no]
    if not unnumbered:
        return
    today = getdate()
    for following, doc in enumerate(unnumbered, _last_number(today) + 1):
        doc.print_date, doc.print_no = today, following
        with system_write("4.4.2"):
            doc.save(ignore_permissions=True)


def _last_number(day) -> int:
    order = frappe.qb.DocType(ORDER)
    found = (
        frappe.qb.from_(order)
        .select(order.print_no)
        .where(order.print_date == day)
        .for_update()
        .run(pluck=True)
    )
    return max((cint(value) for value in found), default=0)
