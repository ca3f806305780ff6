"""Bring the DocTypes and other standard documents of the apps into a site."""

from pathlib import Path

import frappe
from frappe import get_module_path
from frappe.model.base_document import get_controller
from frappe.modules.import_file import import_file_by_path

# folders of a module whose documents are imported, in this order
FOLDERS = ("doctype", "report", "print_format", "number_card", "dashboard_chart", "workspace")
# DocTypes that importing a DocType already uses
CORE_FIRST = (
    "core.docfield", "core.docperm", "core.doctype_action", "core.doctype_link", "core.doctype_state",
    "core.doctype", "core.role", "core.has_role", "core.custom_docperm", "custom.custom_field",
    "custom.property_setter",
)  # fmt: skip


def sync_all(force=0, reset_permissions=False):
    frappe.flags.in_patch = True
    try:
        for app in frappe.get_installed_apps():
            sync_for(app, force)
    finally:
        frappe.flags.in_patch = False
    frappe.clear_cache()


def sync_for(app_name, force=0, reset_permissions=False):
    """Bring one app's standard documents up to date; each is committed on its own."""
    files = []
    if app_name == "frappe":
        for module, name in (entry.split(".") for entry in CORE_FIRST):
            files.append(Path(get_module_path(module), "doctype", name, f"{name}.json"))
    modules = [Path(get_module_path(module)) for module in frappe.get_module_list(app_name)]
    for folder in FOLDERS:
        found = [file for module in modules for file in sorted(module.glob(f"{folder}/*/*.json"))]
        files += [file for file in found if file.stem == file.parent.name]
    for file in dict.fromkeys(files):
        import_file_by_path(str(file), force=force, ignore_version=True)
        frappe.db.commit()


def remove_orphan_doctypes():
    """Forget standard DocTypes whose code is gone; their tables stay."""
    frappe.controllers.pop(frappe.local.site, None)
    for name in frappe.get_all("DocType", filters={"custom": 0}, pluck="name"):
        try:
            get_controller(name)
        except ImportError:
            frappe.delete_doc("DocType", name, force=True, ignore_missing=True)
    frappe.db.commit()
