"""Script reports: run, total row, rows limited by user permissions."""

import importlib

import frappe
from frappe import _
from frappe.modules.utils import get_module_app
from frappe.permissions import get_allowed_docs_for_doctype, get_user_permissions
from frappe.utils import cint, flt

NUMERIC = ("Currency", "Int", "Float", "Percent", "Duration")


def get_report_doc(report_name: str):
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
def run(report_name, filters=None, user=None, ignore_prepared_report=False, are_default_filters=True):
    """Run a report as the session user; `user` only limits the rows, as in Frappe."""
    report = get_report_doc(report_name)
    try:
        result = _result(report, filters, user or frappe.session.user)
    except Exception:
        frappe.log_error("Report Error")
        raise
    result["add_total_row"] = report.add_total_row and not result["skip_total_row"]
    return result


def _execute(report, filters):
    if report.report_type != "Script Report":
        raise frappe.NotSupported(f"report type {report.report_type}")
    name, module = frappe.scrub(report.name), frappe.scrub(report.module)
    path = f"{get_module_app(module)}.{module}.report.{name}.{name}"
    return importlib.import_module(path).execute(frappe._dict(filters or {}))


def _result(report, filters, user) -> dict:
    """Return columns, rows, message, chart and summary of a report."""
    parts = list(_execute(report, frappe.parse_json(filters)) or [])
    columns, rows, message, chart, summary, skip_total_row = (parts + [None] * 6)[:6]
    columns = [frappe._dict({"fieldname": frappe.scrub(c.get("label") or ""), **c}) for c in columns or []]
    if rows and isinstance(rows[0], (list, tuple)):
        rows = [{column["fieldname"]: row[i] for i, column in enumerate(columns)} for row in rows]
    if rows:
        rows = get_filtered_data(report.ref_doctype, columns, rows, user)
    if cint(report.add_total_row) and rows and not skip_total_row:
        rows = add_total_row(rows, columns)
    result = {"result": rows, "columns": columns, "message": message, "chart": chart, "status": None}
    return {**result, "report_summary": summary, "skip_total_row": skip_total_row or 0, "execution_time": 0}


def get_filtered_data(ref_doctype: str, columns, rows, user: str) -> list:
    """Return the rows whose Link values the user's user permissions allow; shared documents stay."""
    restrictions = get_user_permissions(user)
    limited = {}
    for column in columns:
        entries = restrictions.get(column.get("options"), []) if column.get("fieldtype") == "Link" else []
        if allowed := get_allowed_docs_for_doctype(entries, ref_doctype):
            limited[column["fieldname"]] = allowed
    if not limited:
        return list(rows)
    shared = frappe.share.get_shared(ref_doctype, user)
    own = next((c["fieldname"] for c in columns if c.get("options") == ref_doctype), None)

    def is_open(row):
        return all(row.get(field) in (None, "", *allowed) for field, allowed in limited.items())

    return [row for row in rows if row.get(own) in shared or is_open(row)]


def add_total_row(result, columns):
    """Append the row of sums (percentages averaged); the first cell says "Total" unless it is a number."""
    total: list = [""] * len(columns)
    for i, column in enumerate(columns):
        cells = [flt(row.get(column["fieldname"])) for row in result]
        if column.get("fieldtype") in NUMERIC and any(cells):
            total[i] = sum(cells) / (len(cells) if column["fieldtype"] == "Percent" else 1)
    if columns[0].get("fieldtype") not in (*NUMERIC, "Date"):
        total[0] = _("Total")
    result.append(total)
    return result
