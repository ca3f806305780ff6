"""Bring the DocTypes and other standard documents of the apps into a site."""

from pathlib import Path

import frappe
from frappe.modules.import_file import import_file_by_path
from frappe.modules.utils import get_module_path

# Folders of a module whose documents are imported, in this order.
IMPORTABLE_FOLDERS = (
    "doctype", "page", "report", "dashboard_chart_source", "print_format", "notification", "number_card",
    "dashboard_chart", "dashboard", "workspace",
)  # fmt: skip
# DocTypes that importing a DocType already uses.
CORE_FIRST = (
    ("core", "docfield"),
    ("core", "docperm"),
    ("core", "doctype_action"),
    ("core", "doctype_link"),
    ("core", "doctype_state"),
    ("core", "doctype"),
    ("core", "role"),
    ("core", "has_role"),
    ("core", "custom_docperm"),
    ("custom", "custom_field"),
    ("custom", "property_setter"),
)


def sync_all(force=0, reset_permissions=False):
    """Bring all installed apps' standard documents up to date."""
    frappe.local.flags.in_patch = True
    try:
        for app in frappe.get_installed_apps():
            sync_for(app, force, reset_permissions=reset_permissions)
    finally:
        frappe.local.flags.in_patch = False
    frappe.clear_cache()


def sync_for(app_name, force=0, reset_permissions=False):
    """Bring one app's standard documents up to date; each is committed on its own."""
    for path in get_doc_files(app_name):
        import_file_by_path(path, force=force, ignore_version=True, reset_permissions=reset_permissions)
        frappe.db.commit()


def get_doc_files(app_name):
    """Return the files of an app's standard documents in the order of their import."""
    files = []
    if app_name == "frappe":
        for module, name in CORE_FIRST:
            files.append(Path(get_module_path(module), "doctype", name, f"{name}.json"))
    modules = [Path(get_module_path(module)) for module in frappe.get_module_list(app_name)]
    for folder in IMPORTABLE_FOLDERS:
        for module in modules:
            files += sorted(
                path for path in module.glob(f"{folder}/*/*.json") if path.stem == path.parent.name
            )
    return [str(path) for path in dict.fromkeys(files)]


def remove_orphan_doctypes():
    """Forget standard DocTypes whose code is gone; their tables stay."""
    frappe.controllers.pop(frappe.local.site, None)
    for name in frappe.get_all("DocType", filters={"custom": 0}, pluck="name"):
        try:
            from frappe.model.base_document import get_controller

            get_controller(name)
        except ImportError:
            frappe.delete_doc("DocType", name, force=True, ignore_missing=True)
    frappe.db.commit()
