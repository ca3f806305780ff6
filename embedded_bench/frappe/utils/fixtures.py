"""Fixtures: JSON files of documents that every migration imports by force."""

from __future__ import annotations

import os

import frappe


def sync_fixtures(app: str | None = None) -> None:
    """Import `fixtures/*.json` of an app (of all apps) in directory order, then its `fixtures/custom` scripts."""
    frappe.flags.in_fixtures = True
    try:
        for name in [app] if app else frappe.get_installed_apps():
            import_fixtures(name)
    finally:
        frappe.flags.in_fixtures = False


def import_fixtures(app: str) -> None:
    """Import the fixture files of one app."""
    from frappe.modules.import_file import import_file_by_path

    folder = frappe.get_app_path(app, "fixtures")
    for filename in os.listdir(folder) if os.path.isdir(folder) else ():
        if filename.endswith(".json"):
            import_file_by_path(
                os.path.join(folder, filename), data_import=True, force=True, reset_permissions=True
            )


def export_fixtures(app: str | None = None) -> None:
    """Write the documents that the hook `fixtures` names to the app's fixture files."""
    for name in [app] if app else frappe.get_installed_apps():
        folder = frappe.get_app_path(name, "fixtures")
        for fixture in frappe.get_hooks("fixtures", app_name=name):
            doctype = fixture if isinstance(fixture, str) else fixture.get("dt") or fixture.get("doctype")
            filters = None if isinstance(fixture, str) else fixture.get("filters")
            os.makedirs(folder, exist_ok=True)
            rows = [frappe.get_doc(doctype, row).as_dict() for row in _names(doctype, filters)]
            for row in rows:
                for key in ("modified_by", "creation", "owner", "idx", "lft", "rgt"):
                    row.pop(key, None)
            with open(os.path.join(folder, f"{frappe.scrub(doctype)}.json"), "w", encoding="utf-8") as file:
                file.write(frappe.as_json(rows))


def _names(doctype: str, filters) -> list[str]:
    return frappe.get_all(doctype, filters=filters, order_by="idx asc, creation asc", pluck="name")
