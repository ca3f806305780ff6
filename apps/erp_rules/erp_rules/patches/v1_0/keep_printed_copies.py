"""Keep how often orders and change orders were printed, which stood on them, as their last numbered copy (rulebook 6)."""

import frappe

from erp_rules.rule_engine import history, printing

FIELD = "print_copies"


def execute():
    """Keep one copy for each document that was printed and has none; the copies before it are not known one by one."""
    for doctype in ("Purchase Order", "Purchase Change Order"):
        if not frappe.db.has_column(doctype, FIELD):
            continue
        form = printing.form_of(doctype).print_format
        table = frappe.qb.DocType(doctype)
        rows = frappe.qb.from_(table).select(table.name, table[FIELD]).where(table[FIELD] > 0).run()
        kept = printing.copies_of(doctype, [name for name, _copies in rows], form)
        for name, copies in rows:
            if name not in kept:
                history.keep_copy(frappe._dict(doctype=doctype, name=name), form, copies, "zh")
