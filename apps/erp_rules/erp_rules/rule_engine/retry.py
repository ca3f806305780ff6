"""Doing something once more when the database chose this transaction as the victim of a deadlock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import frappe
from frappe import _

Result = TypeVar("Result")


def once_more(function: Callable[[], Result]) -> Result:
    """Return what `function` returns; after a deadlock begin a new transaction and try it once more.

    Only for the outermost function of a request or job: whatever the transaction did before is undone by the
    database. A second deadlock is told to the user; nothing is half done.
    """
    try:
        return function()
    except frappe.QueryDeadlockError:
        frappe.db.rollback()
        frappe.clear_messages()
    try:
        return function()
    except frappe.QueryDeadlockError:
        frappe.throw(
            _("Others are working on the same documents just now. Nothing was changed; please try again."),
            frappe.QueryDeadlockError,
        )
