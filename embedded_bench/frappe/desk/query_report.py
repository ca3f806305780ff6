"""Script reports: run, total row, rows limited by user permissions."""

from __future__ import annotations

import datetime
import importlib

import frappe
from frappe import _
from frappe.utils import cint, flt, sbool

NUMERIC = ("Currency", "Int", "Float", "Percent", "Duration")


def get_report_doc(report_name: str):
    """Return a report that the session user may run."""
    report = frappe.get_doc("Report", report_name)
    roles = {row.role for row in report.get("roles") or []}
    if roles and roles.isdisjoint(frappe.get_roles()):
        frappe.throw(_("You don't have access to Report: {0}").format(report_name), frappe.PermissionError)
    if not frappe.has_permission(report.ref_doctype, "report"):
        message = _("You don't have permission to get a report on: {0}").format(report.ref_doctype)
        frappe.throw(message, frappe.PermissionError)
    if report.disabled:
        frappe.throw(_("Report {0} is disabled").format(report_name))
    return report


@frappe.whitelist()
def run(
    report_name,
    filters=None,
    user=None,
    ignore_prepared_report=False,
    custom_columns=None,
    is_tree=False,
    parent_field=None,
    are_default_filters=True,
):
    """Run a report as the session user; `user` only limits the rows, as in Frappe."""
    report = get_report_doc(report_name)
    try:
        result = _result(report, filters, user or frappe.session.user, sbool(is_tree), parent_field)
    except Exception:
        frappe.log_error("Report Error")
        raise
    result["add_total_row"] = report.add_total_row and not result["skip_total_row"]
    return result


def _execute(report, filters):
    """Return what the report's `execute(filters)` returns."""
    if report.report_type != "Script Report":
        raise frappe.NotSupported(f"report type {report.report_type}")
    name, module = frappe.scrub(report.name), frappe.scrub(report.module)
    path = f"{frappe.local.module_app[module]}.{module}.report.{name}.{name}"
    return importlib.import_module(path).execute(frappe._dict(filters or {}))


def _result(report, filters, user, is_tree, parent_field) -> dict:
    """Return columns, rows, message, chart and summary of a report."""
    parts = list(_execute(report, frappe.parse_json(filters)) or [])
    columns, rows, message, chart, summary, skip_total_row = (parts + [None] * 6)[:6]
    columns = [get_column_as_dict(column) for column in columns or []]
    if rows and isinstance(rows[0], (list, tuple)):
        rows = [{column["fieldname"]: row[i] for i, column in enumerate(columns)} for row in rows]
    if rows:
        rows = get_filtered_data(report.ref_doctype, columns, rows, user)
    if cint(report.add_total_row) and rows and not skip_total_row:
        rows = add_total_row(rows, columns, is_tree=is_tree, parent_field=parent_field)
    return {
        "result": rows,
        "columns": columns,
        "message": message,
        "chart": chart,
        "report_summary": summary,
        "skip_total_row": skip_total_row or 0,
        "status": None,
        "execution_time": 0,
    }


def get_column_as_dict(column) -> frappe._dict:
    """Return a column; "Label:Fieldtype/Options:Width" is taken apart."""
    if not isinstance(column, str):
        return frappe._dict({"fieldname": frappe.scrub(column.get("label") or ""), **column})
    label, fieldtype, width = ([*column.split(":"), None, None])[:3]
    found = frappe._dict(label=label, fieldname=frappe.scrub(label))
    if fieldtype is not None:
        found.fieldtype, slash, options = fieldtype.partition("/")
        found.update({"options": options} if slash else {})
    found.update({"width": width} if width is not None else {})
    return found


def get_filtered_data(ref_doctype: str, columns, rows, user: str) -> list:
    """Return the rows whose Link values the user's user permissions allow; shared documents stay."""
    from frappe.permissions import get_user_permissions

    restrictions = get_user_permissions(user) if user != "Administrator" else {}
    limited = {}
    for column in columns:
        entries = restrictions.get(column.get("options"), []) if column.get("fieldtype") == "Link" else []
        allowed = {row.get("doc") for row in entries if row.get("applicable_for") in (None, "", ref_doctype)}
        if allowed:
            limited[column["fieldname"]] = allowed
    if not limited:
        return list(rows)
    shared = set(frappe.share.get_shared(ref_doctype, user))
    own = next((c["fieldname"] for c in columns if c.get("options") == ref_doctype), None)
    return [
        row
        for row in rows
        if not row
        or (own and row.get(own) in shared)
        or all(not row.get(field) or row.get(field) in allowed for field, allowed in limited.items())
    ]


def add_total_row(result, columns, meta=None, is_tree=False, parent_field=None):
    """Append the row of sums (percentages averaged); the first cell says "Total" unless it is a number."""
    total: list = [""] * len(columns)
    for i, column in enumerate(columns):
        fieldtype = column.get("fieldtype")
        cells = [row.get(column["fieldname"]) for row in result if not (is_tree and row.get(parent_field))]
        if fieldtype in NUMERIC and any(flt(cell) for cell in cells):
            total[i] = sum(flt(cell) for cell in cells)
        if fieldtype == "Percent":
            total[i] = flt(total[i]) / len(result)
        elif fieldtype == "Time" and any(cells):
            total[i] = sum(filter(None, cells), datetime.timedelta())
        elif fieldtype == "Link" and column.get("options") == "Currency" and cells:
            total[i] = cells[0]
    if columns[0].get("fieldtype") not in ("Currency", "Int", "Float", "Percent", "Date"):
        total[0] = _("Total")
    result.append(total)
    return result
