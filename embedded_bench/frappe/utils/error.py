"""Errors: tracebacks and the Error Log."""

import sys
import traceback

import frappe


def get_traceback(with_context=False) -> str:
    """Return the traceback of the exception being handled, empty when there is none."""
    return "" if sys.exc_info()[0] is None else traceback.format_exc()


def log_error(title=None, message=None, reference_doctype=None, reference_name=None, *, defer_insert=False):
    """Write an Error Log row in the open transaction, and a line to the log file."""
    message = message or get_traceback() or title
    title = (title or frappe._("Error"))[:140]
    frappe.logger().error("%s\n%s", title, message)
    about = {"reference_doctype": reference_doctype, "reference_name": reference_name}
    row = frappe.get_doc(doctype="Error Log", error=message, method=title, **about)
    return row.insert(ignore_permissions=True)


def log_error_snapshot(exception: Exception) -> None:
    """Keep an unexpected error of a request; runs after the rollback, in a transaction of its own."""
    try:
        log_error(title=type(exception).__name__)
        frappe.db.commit()
    except Exception:
        frappe.logger().exception("The error could not be kept in the Error Log")
