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
