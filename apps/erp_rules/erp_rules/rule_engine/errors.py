"""What is raised when the regulation refuses something."""

import frappe


class RuleViolation(frappe.ValidationError):
    """One or more clauses refuse the action; the message names each with row, field and way out."""


class RulePermissionError(frappe.PermissionError):
    """The user may not do this: wrong role for the state, or own work to approve."""
