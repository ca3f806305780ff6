"""What the masters need on a new site; safe to repeat."""

import frappe

DEFAULTS = {"base_currency": "CNY", "rate_valid_days": 31}


def seed() -> None:
    """Fill the purchasing settings the first time; what somebody has set since stays."""
    if frappe.db.get_single_value("Purchasing Settings", "base_currency"):
        return
    settings = frappe.get_doc("Purchasing Settings")
    settings.update(DEFAULTS)
    settings.flags.ignore_permissions = True
    settings.save()
