"""Fixtures: JSON files of documents that every migration imports by force."""

import os

import frappe
from frappe.modules.import_file import import_file_by_path


def sync_fixtures(app: str | None = None) -> None:
    """Import `fixtures/*.json` of an app (of all apps) in directory order."""
    for name in [app] if app else frappe.get_installed_apps():
        folder = frappe.get_app_path(name, "fixtures")
        for filename in os.listdir(folder) if os.path.isdir(folder) else ():
            if filename.endswith(".json"):
                path = os.path.join(folder, filename)
                import_file_by_path(path, data_import=True, force=True, reset_permissions=True)
