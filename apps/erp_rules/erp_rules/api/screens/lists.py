"""Lists and reports: counting, exporting, saved views."""

import json

import frappe
from frappe import _
from frappe.desk.query_report import get_report_doc, run
from frappe.utils import cint, cstr
from frappe.utils.csvutils import UnicodeWriter
from frappe.utils.xlsxutils import make_xlsx

from erp_rules.api.screens.desk import require_user
from erp_rules.rule_engine.words import is_word

EXPORT_LIMIT = 50_000
VIEW_LABEL_LIMIT = 80
STATE = "Workflow State"
# The desk keeps no order with the filters of a view; the app adds a field for it.
ORDER_FIELD = "custom_order_by"
_FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r")


def _parsed(value):
    return json.loads(value) if isinstance(value, str) and value else value


@frappe.whitelist()
def count(doctype: str, filters: str | list | None = None, or_filters: str | list | None = None) -> int:
    """Return how many records the user may see under these filters."""
    require_user()
    rows = frappe.get_list(
        doctype,
        fields=["count(name) as total"],
        filters=_parsed(filters),
        or_filters=_parsed(or_filters),
        order_by=None,
        limit_page_length=0,
    )
    return rows[0].total if rows else 0


@frappe.whitelist()
def export_list(
    doctype: str,
    kind: str = "csv",
    filters: str | list | None = None,
    or_filters: str | list | None = None,
    order_by: str | None = None,
) -> None:
    """Send the list as a CSV or Excel file, at most 50,000 rows; the export is logged."""
    require_user()
    if not frappe.has_permission(doctype, "export"):
        frappe.throw(_("You may not export {0}.").format(_(doctype)), frappe.PermissionError)
    meta = frappe.get_meta(doctype)
    levels = set(meta.get_permlevel_access("read"))
    columns = [
        df
        for df in meta.fields
        if (not df.hidden or df.options == STATE)
        and df.fieldtype not in frappe.model.no_value_fields
        and df.fieldtype not in frappe.model.table_fields
        and (not df.permlevel or df.permlevel in levels)
    ]
    rows = frappe.get_list(
        doctype,
        fields=["name", *(df.fieldname for df in columns)],
        filters=_parsed(filters),
        or_filters=_parsed(or_filters),
        order_by=order_by or None,
        limit_page_length=EXPORT_LIMIT,
    )
    table = [[_("Number"), *(_(df.label) for df in columns)]]
    table += [[row.name, *(_shown(row.get(df.fieldname), df) for df in columns)] for row in rows]
    _send(doctype, kind, table)
    _log(doctype, kind, filters=cstr(filters))


def _shown(value, df):
    """Return a value as the list shows it: choices and states in the reader's language, everything else as it is."""
    return _(value) if value and is_word(df) else value


def _send(title: str, kind: str, table: list[list]) -> None:
    table = [[_harmless(value) for value in row] for row in table]
    if kind == "xlsx":
        frappe.response.filename = f"{title}.xlsx"
        frappe.response.filecontent = make_xlsx(table, title[:31]).getvalue()
        frappe.response.type = "binary"
        return
    writer = UnicodeWriter()
    for row in table:
        writer.writerow(row)
    # Spreadsheets take a file without this mark for one in the computer's own, older encoding.
    frappe.response.result = f"\ufeff{writer.getvalue()}"
    frappe.response.doctype = title
    frappe.response.type = "csv"


def _harmless(value):
    """Return `value` so that a spreadsheet does not take it for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_BEGINNINGS) else value


def _log(doctype: str, kind: str, **detail) -> None:
    """Keep who took out what; the request is a GET, whose writes are kept only when asked for."""
    frappe.get_doc(
        {
            "doctype": "Access Log",
            "export_from": doctype,
            "user": frappe.session.user,
            "file_type": kind.upper(),
            "filters": detail.get("filters"),
            "report_name": detail.get("report"),
            "method": "screens",
        }
    ).insert(ignore_permissions=True)
    frappe.local.flags.commit = True


@frappe.whitelist()
def report_filters(report: str) -> list[dict]:
    """Return the filters of a report as fields."""
    doc = _report(report)
    return [
        {
            "fieldname": row.fieldname,
            "label": _(row.label),
            "fieldtype": row.fieldtype,
            "options": row.options,
            "option_labels": [_(option) for option in (row.options or "").split("\n")],
            "reqd": row.mandatory,
            "default": row.default,
        }
        for row in doc.filters
    ]


def _report(report: str):
    """Return the report when the session user may run it; refuse otherwise."""
    require_user()
    return get_report_doc(report)


@frappe.whitelist()
def run_report(report: str, filters: str | dict | None = None) -> dict:
    """Run a report as the session user and return columns and rows."""
    _report(report)
    found = run(report, filters=_filled(filters))
    rows = [row for row in found.get("result") or [] if isinstance(row, dict)]
    return {"columns": found["columns"], "result": rows, "message": found.get("message")}


def _filled(filters: str | dict | None) -> dict:
    return {key: value for key, value in (_parsed(filters) or {}).items() if value not in (None, "")}


@frappe.whitelist()
def export_report(report: str, filters: str | dict | None = None) -> None:
    """Send a report as an Excel file; the export is logged."""
    doc = _report(report)
    if not frappe.has_permission(doc.ref_doctype, "export"):
        frappe.throw(_("You may not export {0}.").format(_(report)), frappe.PermissionError)
    found = run_report(report, filters)
    shown = [column for column in found["columns"] if not cint(column.get("hidden"))]
    table = [[column["label"] for column in shown]]
    table += [[row.get(column["fieldname"]) for column in shown] for row in found["result"]]
    _send(_(report), "xlsx", table)
    _log(doc.ref_doctype, "xlsx", filters=cstr(filters), report=report)


@frappe.whitelist()
def saved_views(doctype: str) -> list[dict]:
    """Return the user's own saved views of a list."""
    user = require_user()
    rows = frappe.get_all(
        "List Filter",
        filters={"reference_doctype": doctype, "for_user": user},
        fields=["*"],
        order_by="filter_name",
    )
    return [{"name": row.name, "label": row.filter_name, "query": _query(row)} for row in rows]


def _query(view) -> dict:
    """Return the screens' query of a view; it is stored as the desk stores its own, and each reads the other's."""
    rows = [row for row in json.loads(view.filters or "[]") if len(row) > 3]
    filters = json.dumps([{"field": row[1], "operator": row[2], "value": row[3]} for row in rows])
    return {"filters": filters, "order": view.get(ORDER_FIELD) or ""}


@frappe.whitelist(methods=["POST"])
def save_view(doctype: str, label: str, query: dict) -> str:
    """Keep a list's filters, searched number and order under a name of the user's own, as the desk keeps them."""
    user = require_user()
    label = label.strip()[:VIEW_LABEL_LIMIT]
    if not label:
        frappe.throw(_("Please give the view a name."))
    if not frappe.has_permission(doctype, "read"):
        frappe.throw(_("You may not open {0}.").format(_(doctype)), frappe.PermissionError)
    known = frappe.db.get_value(
        "List Filter", {"reference_doctype": doctype, "for_user": user, "filter_name": label}, "name"
    )
    view = frappe.get_doc("List Filter", known) if known else frappe.new_doc("List Filter")
    filters = [
        [doctype, cstr(row.get("field")), cstr(row.get("operator")), row.get("value"), False]
        for row in _parsed(query.get("filters")) or []
    ]
    if query.get("q"):
        filters.append([doctype, "name", "like", f"%{query['q']}%", False])
    view.update({"reference_doctype": doctype, "for_user": user, "filter_name": label})
    view.update({"filters": json.dumps(filters), ORDER_FIELD: cstr(query.get("order"))})
    view.save(ignore_permissions=True)
    return view.name


@frappe.whitelist(methods=["POST"])
def remove_view(name: str) -> None:
    """Forget one of the user's own saved views."""
    user = require_user()
    if not frappe.db.exists("List Filter", {"name": name, "for_user": user}):
        frappe.throw(_("You have no such view."), frappe.PermissionError)
    frappe.delete_doc("List Filter", name, ignore_permissions=True)
