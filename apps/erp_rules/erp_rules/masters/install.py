"""What the masters need on a new site; safe to repeat."""

import frappe
from frappe.permissions import add_permission

DEFAULTS = {"base_currency": "CNY", "rate_valid_days": 31}


def seed() -> None:
    """Fill what is not there yet; what somebody has set since stays."""
    seed_settings()
    let_users_read_currencies()


def seed_settings() -> None:
    """Fill the purchasing settings the first time."""
    if frappe.db.get_single_value("Purchasing Settings", "base_currency"):
        return
    settings = frappe.get_doc("Purchasing Settings")
    settings.update(DEFAULTS)
    settings.flags.ignore_permissions = True
    settings.save()


def let_users_read_currencies() -> None:
    """Let every desk user choose currencies, which Frappe opens to its own accounting roles only."""
    if not frappe.db.exists("Custom DocPerm", {"parent": "Currency"}):
        add_permission("Currency", "Desk User")
