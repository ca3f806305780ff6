"""Script reports: run, total row, rows limited by user permissions, export."""

from __future__ import annotations

import datetime
import importlib

import frappe
from frappe import _
from frappe.utils import cint, cstr, flt, format_duration, sbool

NUMERIC = ("Currency", "Int", "Float", "Percent", "Duration")
EXCEL_TYPES = (str, bool, type(None), int, float, datetime.date, datetime.time, datetime.timedelta)


def get_report_doc(report_name: str):
    """Return a report that the session user may run."""
    report = frappe.get_doc("Report", report_name)
    if not _has_role(report):
        frappe.throw(_("You don't have access to Report: {0}").format(report_name), frappe.PermissionError)
    if not frappe.has_permission(report.ref_doctype, "report"):
        frappe.throw(
            _("You don't have permission to get a report on: {0}").format(report.ref_doctype),
            frappe.PermissionError,
        )
    if report.disabled:
        frappe.throw(_("Report {0} is disabled").format(report_name))
    return report


def _has_role(report) -> bool:
    allowed = {row.role for row in report.get("roles") or []}
    return not allowed or not allowed.isdisjoint(frappe.get_roles())


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
        result = generate_report_result(report, filters, user, custom_columns, sbool(is_tree), parent_field)
    except Exception:
        frappe.log_error("Report Error")
        raise
    result["add_total_row"] = report.add_total_row and not result.get("skip_total_row", False)
    return result


def get_report_result(report, filters):
    """Return what the report's `execute(filters)` returns."""
    if report.report_type != "Script Report":
        raise frappe.NotSupported(f"report type {report.report_type}")
    module = report.module or frappe.db.get_value("DocType", report.ref_doctype, "module")
    app = frappe.local.module_app.get(frappe.scrub(module)) or "frappe"
    name = frappe.scrub(report.name)
    path = f"{app}.{frappe.scrub(module)}.report.{name}.{name}"
    return importlib.import_module(path).execute(frappe._dict(filters or {}))


def generate_report_result(
    report, filters=None, user=None, custom_columns=None, is_tree=False, parent_field=None
) -> dict:
    """Return columns, rows, message, chart and summary of a report."""
    filters = frappe.parse_json(filters) if isinstance(filters, str) else filters
    parts = list(get_report_result(report, filters) or [])
    columns, rows, message, chart, summary, skip_total_row = (parts + [None] * 6)[:6]
    columns = [get_column_as_dict(column) for column in columns or []]
    rows = normalize_result(rows, columns)
    if rows:
        rows = get_filtered_data(report.ref_doctype, columns, rows, user or frappe.session.user)
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
        column = frappe._dict(column)
        column.setdefault("fieldname", frappe.scrub(column.get("label") or ""))
        return column
    label, *rest = column.split(":")
    found = frappe._dict(label=label, fieldname=frappe.scrub(label))
    if rest:
        found.fieldtype, slash, options = rest[0].partition("/")
        if slash:
            found.options = options
    if len(rest) > 1:
        found.width = rest[1]
    return found


def normalize_result(rows, columns):
    """Return list rows as dicts; a row shorter than the columns is an IndexError."""
    if rows and isinstance(rows[0], (list, tuple)):
        return [{column["fieldname"]: row[i] for i, column in enumerate(columns)} for row in rows]
    return rows


def get_filtered_data(ref_doctype: str, columns, rows, user: str):
    """Return the rows whose Link values the user's user permissions allow; shared documents stay."""
    from frappe.permissions import get_user_permissions

    restrictions = get_user_permissions(user) if user != "Administrator" else {}
    limited = {}
    for column in columns:
        if column.get("fieldtype") == "Link" and column.get("options") in restrictions:
            allowed = {
                entry.get("doc")
                for entry in restrictions[column["options"]]
                if entry.get("applicable_for") in (None, "", ref_doctype)
            }
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
    columns = [get_column_as_dict(column) for column in columns]
    total: list = [""] * len(columns)
    for i, column in enumerate(columns):
        fieldtype, fieldname = column.get("fieldtype"), column["fieldname"]
        cells = []
        for row in result:
            is_dict = isinstance(row, dict)
            if i >= len(row) or (is_tree and is_dict and row.get(parent_field)):
                continue
            cells.append(row.get(fieldname) if is_dict else row[i])
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


@frappe.whitelist()
def export_query():
    """Answer with a report as CSV or Excel; needs the export permission and is logged."""
    args = frappe.form_dict
    report_name, file_format = args.report_name, args.file_format_type
    ref_doctype = frappe.db.get_value("Report", report_name, "ref_doctype")
    frappe.permissions.can_export(ref_doctype, raise_exception=True)
    if file_format not in ("CSV", "Excel"):
        frappe.throw(_("File format {0} is not offered").format(file_format))
    data = frappe._dict(run(report_name, args.filters))
    visible = frappe.parse_json(args.visible_idx or "[]")
    rows = build_xlsx_data(
        data, visible, args.include_indentation, args.include_filters, filters=args.filters
    )
    _log_export(report_name, file_format, args.filters)
    name = frappe.scrub(report_name)
    if file_format == "CSV":
        from frappe.utils.csvutils import build_csv_response

        return build_csv_response(rows, name)
    from frappe.utils.xlsxutils import build_xlsx_response

    return build_xlsx_response(rows, name)


def _log_export(report_name: str, file_format: str, filters) -> None:
    frappe.get_doc(
        doctype="Access Log",
        user=frappe.session.user,
        report_name=report_name,
        file_type=file_format,
        method="export_query",
        filters=cstr(filters),
        export_from="Report",
    ).insert(ignore_permissions=True)
    frappe.local.flags.commit = True  # an export is a GET, its trace must stay


def build_xlsx_data(
    data, visible_idx, include_indentation=False, include_filters=False, filters=None
) -> list[list]:
    """Return heading and visible rows of a report as lists."""
    out = []
    if cint(include_filters):
        chosen = frappe.parse_json(filters or "{}")
        out += [[cstr(key), cstr(value)] for key, value in chosen.items() if value] + [[]]
    columns = [column for column in data.columns if not column.get("hidden")]
    out.append([_(column.get("label")) for column in columns])
    visible = set(visible_idx or range(len(data.result)))
    for number, row in enumerate(data.result):
        if number not in visible and isinstance(row, dict):
            continue
        if not isinstance(row, dict):
            out.append(list(row))
            continue
        cells = [_cell(row, column) for column in columns]
        if cint(include_indentation) and "indent" in row and cells:
            cells[0] = "    " * cint(row["indent"]) + cstr(cells[0])
        out.append(cells)
    return out


def _cell(row: dict, column: dict):
    value = row.get(column["fieldname"], row.get(column.get("label"), ""))
    if column.get("fieldtype") == "Duration" and value:
        return format_duration(value)
    return value if isinstance(value, EXCEL_TYPES) else cstr(value)
