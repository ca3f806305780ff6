"""Frappe's own questions to lists and reports, with what a request must not decide taken out of them.

A browser may ask Frappe to search past the user permissions, to run a report as somebody else, and to count or find
records that nobody asked about the right to see. `hooks.override_whitelisted_methods` leads here.
"""

import json

import frappe
from frappe.utils import cint

from erp_rules.rule_engine import records, scope

_SEARCH = "frappe.desk.search."
_GLOBAL_SEARCH = "frappe.utils.global_search.search"
_REPORT = "frappe.desk.query_report.run"
_COUNT = "frappe.client.get_count"


@frappe.whitelist()
def search_link(
    doctype: str,
    txt: str,
    query: str | None = None,
    filters: str | dict | list | None = None,
    page_length: int | str = 10,
    searchfield: str | None = None,
    reference_doctype: str | None = None,
    ignore_user_permissions: bool | int | str = False,
):
    """Return what a link field offers; records of this app only as the user's permissions allow."""
    return frappe.call(
        frappe.get_attr(_SEARCH + "search_link"),
        doctype=doctype,
        txt=txt,
        query=query,
        filters=filters,
        page_length=cint(page_length),
        searchfield=searchfield,
        reference_doctype=reference_doctype,
        ignore_user_permissions=_may_ignore(doctype, ignore_user_permissions),
    )


@frappe.whitelist()
def search_widget(
    doctype: str,
    txt: str,
    query: str | None = None,
    searchfield: str | None = None,
    start: int | str = 0,
    page_length: int | str = 10,
    filters: str | dict | list | None = None,
    filter_fields: str | list | None = None,
    as_dict: bool | int | str = False,
    reference_doctype: str | None = None,
    ignore_user_permissions: bool | int | str = False,
):
    """Return what the search dialog offers; records of this app only as the user's permissions allow."""
    return frappe.call(
        frappe.get_attr(_SEARCH + "search_widget"),
        doctype=doctype,
        txt=txt,
        query=query,
        searchfield=searchfield,
        start=cint(start),
        page_length=cint(page_length),
        filters=filters,
        filter_fields=filter_fields,
        as_dict=bool(cint(as_dict)),
        reference_doctype=reference_doctype,
        ignore_user_permissions=_may_ignore(doctype, ignore_user_permissions),
    )


@frappe.whitelist()
def global_search(text: str, start: int | str = 0, limit: int | str = 20, doctype: str = "") -> list:
    """Return what the search of the desk finds; records of this app only when the user may open them."""
    found = frappe.call(
        frappe.get_attr(_GLOBAL_SEARCH), text=text, start=cint(start), limit=cint(limit), doctype=doctype
    )
    named: dict[str, set] = {}
    for hit in found:
        if scope.is_own(hit.doctype):
            named.setdefault(hit.doctype, set()).add(hit.name)
    seen = {own: set(records.readable(own, names)) for own, names in named.items()}
    return [hit for hit in found if hit.doctype not in seen or hit.name in seen[hit.doctype]]


def _may_ignore(doctype: str, asked: bool | int | str) -> bool:
    return not scope.is_own(doctype) and bool(cint(asked))


@frappe.whitelist()
def run_report(
    report_name: str,
    filters: str | dict | list | None = None,
    ignore_prepared_report: bool | int | str = False,
    custom_columns: str | list | None = None,
    is_tree: bool | int | str = False,
    parent_field: str | None = None,
    are_default_filters: bool | int | str = True,
):
    """Run a report as the session user, whoever the request names."""
    return frappe.call(
        frappe.get_attr(_REPORT),
        report_name=report_name,
        filters=filters,
        ignore_prepared_report=ignore_prepared_report,
        custom_columns=custom_columns,
        is_tree=is_tree,
        parent_field=parent_field,
        are_default_filters=are_default_filters,
    )


@frappe.whitelist()
def get_count(
    doctype: str,
    filters: str | dict | list | None = None,
    debug: bool | int | str = False,
    cache: bool = False,
):
    """Return how many records match; of this app's those that the user may list."""
    if not scope.is_own(doctype):
        return frappe.call(frappe.get_attr(_COUNT), doctype=doctype, filters=filters, cache=cache)
    wanted = json.loads(filters) if isinstance(filters, str) and filters else filters
    rows = frappe.get_list(doctype, filters=wanted, fields=["count(name) as total"], order_by=None)
    return rows[0].total if rows else 0
