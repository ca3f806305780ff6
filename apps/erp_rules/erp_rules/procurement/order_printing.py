"""Printing orders in batches: numbered within the day, counted, in Chinese or English (4.4.2)."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import cint, getdate

from erp_rules.clauses.chapter_4_3 import ORDER
from erp_rules.rule_engine.effects import system_write
from erp_rules.rule_engine.errors import RuleViolation

FORMAT = "Purchase Order Form"
LANGUAGES = ("zh", "en")
BATCH_LIMIT = 200
PAGE_BREAK = '<div style="page-break-after: always"></div>'


def number_batch(names: Iterable[str]) -> dict[str, str]:
    """Give each order that has none the next number of today and count one more copy; return the numbers.

    A number once given stays, so that a reprint is recognised by its copy.
    """
    today = getdate()
    loaded = [frappe.get_doc(ORDER, name, for_update=True) for name in sorted(set(names))]
    drafts = [doc.name for doc in loaded if cint(doc.docstatus) != 1]
    if drafts:
        frappe.throw(
            _("Only approved orders are printed for suppliers; these are not: {0} ({1}).").format(
                ", ".join(drafts), "4.4.2"
            ),
            RuleViolation,
        )
    following = _last_number(today) + 1
    for doc in loaded:
        if not doc.print_no:
            doc.print_date, doc.print_no = today, following
            following += 1
        doc.print_copies = cint(doc.print_copies) + 1
        with system_write("4.4.2"):
            doc.save(ignore_permissions=True)
    return {doc.name: doc.batch_number() for doc in loaded}


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


def render(names: Iterable[str], language: str) -> str:
    """Return one HTML page with the prints of these orders in `language`, each on its own sheet."""
    before = frappe.local.lang
    frappe.local.lang = language
    try:
        pages = [frappe.get_print(ORDER, name, print_format=FORMAT, no_letterhead=1) for name in names]
    finally:
        frappe.local.lang = before
    return PAGE_BREAK.join(pages)
