"""What the forms of importing ask: which order rows can still be packed into a container (7.15)."""

from __future__ import annotations

import frappe
from frappe.utils import cstr

from erp_rules.clauses.chapter_7_imports import CONTAINER
from erp_rules.procurement import containers


@frappe.whitelist(methods=["GET", "POST"])
def packable(supplier: str) -> list[dict]:
    """Return the rows of a supplier's issued orders of which something is left to pack, soonest first."""
    frappe.has_permission(CONTAINER, "create", throw=True)
    frappe.get_doc("Supplier", cstr(supplier)).check_permission("read")
    visible = set(frappe.get_list("Purchase Order", filters={"supplier": supplier}, pluck="name", limit=0))
    return [row for row in containers.packable(supplier) if row["purchase_order"] in visible]
