"""Finding the Python modules of DocTypes, and bringing an app's customisations into a site."""

from pathlib import Path

import frappe
from frappe import _, get_module_path, scrub

_python_modules = {}


def get_module_app(module):
    """Return the app that a module belongs to."""
    if frappe.local.module_app is None:
        frappe.setup_module_map()
    app = frappe.local.module_app.get(scrub(module))
    if app is None:
        frappe.throw(_("Module {} not found").format(module), exc=frappe.DoesNotExistError)
    return app


def load_doctype_module(doctype, module=None, prefix="", suffix=""):
    """Import a DocType's Python module."""
    module, name = module or frappe.db.get_value("DocType", doctype, "module"), scrub(doctype)
    path = f"{get_module_app(module)}.{scrub(module)}.doctype.{name}.{prefix}{name}{suffix}"
    if path not in _python_modules:
        try:
            _python_modules[path] = frappe.get_module(path)
        except ImportError as error:
            message = (
                f"Module import failed for {doctype}, the DocType you're trying to open might be deleted."
            )
            raise ImportError(f"{message}<br> Error: {error}") from error
    return _python_modules[path]


def reload_doc(module, dt=None, dn=None, force=False, reset_permissions=False):
    """Bring a standard document's file into the site again."""
    from frappe.modules.import_file import import_file_by_path

    path = Path(get_module_path(module), scrub(dt), scrub(dn), f"{scrub(dn)}.json")
    return import_file_by_path(str(path), force=force)


def sync_customizations(app=None):
    """Apply the `custom/*.json` files of an app, or of all: fields, properties and permissions."""
    for name in [app] if app else frappe.get_installed_apps():
        for module in frappe.get_module_list(name):
            for path in sorted(Path(get_module_path(module), "custom").glob("*.json")):
                data = frappe.get_file_json(path)
                if data.get("sync_on_migrate") or (frappe.flags.in_install and app):
                    _sync_file(data)


def _sync_file(data):
    from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

    for row in data.get("custom_fields") or ():
        create_custom_fields({row["dt"]: {k: v for k, v in row.items() if k != "name"}}, ignore_validate=True)
    for row in data.get("property_setters") or ():
        frappe.get_doc({**row, "doctype": "Property Setter"}).insert()
    for parent in {row["parent"] for row in data.get("custom_perms") or ()}:
        frappe.db.delete("Custom DocPerm", {"parent": parent})
    for row in data.get("custom_perms") or ():
        frappe.get_doc({**row, "doctype": "Custom DocPerm"}).insert()
