"""Finding the Python modules of DocTypes, and bringing an app's customisations into a site."""

import json
from pathlib import Path

import frappe
from frappe import _, get_module_path, scrub

_python_modules = {}


def scrub_dt_dn(dt, dn):
    """Return both names as folder names."""
    return scrub(dt), scrub(dn)


def get_doc_path(module, doctype, name):
    """Return the folder of a standard document."""
    return str(Path(get_module_path(module), *scrub_dt_dn(doctype, name)))


def get_module_app(module):
    """Return the app that a module belongs to."""
    if frappe.local.module_app is None:
        frappe.setup_module_map()
    app = frappe.local.module_app.get(scrub(module))
    if app is None:
        frappe.throw(_("Module {} not found").format(module), exc=frappe.DoesNotExistError)
    return app


def get_doctype_module(doctype):
    """Return the module that a DocType belongs to."""
    module = frappe.db.get_value("DocType", doctype, "module")
    if not module:
        frappe.throw(_("DocType {} not found").format(doctype), exc=frappe.DoesNotExistError)
    return module


def get_module_name(doctype, module, prefix="", suffix="", app=None):
    """Return the dotted path of a DocType's Python module."""
    name = scrub(doctype)
    return f"{scrub(app or get_module_app(module))}.{scrub(module)}.doctype.{name}.{prefix}{name}{suffix}"


def load_doctype_module(doctype, module=None, prefix="", suffix=""):
    """Import a DocType's Python module."""
    path = get_module_name(doctype, module or get_doctype_module(doctype), prefix, suffix)
    if path not in _python_modules:
        try:
            _python_modules[path] = frappe.get_module(path)
        except ImportError as error:
            message = f"Module import failed for {doctype}, the DocType you're trying to open might be deleted."
            raise ImportError(f"{message}<br> Error: {error}") from error
    return _python_modules[path]


def reload_doc(module, dt=None, dn=None, force=False, reset_permissions=False):
    """Bring a standard document's file into the site again."""
    from frappe.modules.import_file import import_file_by_path

    path = Path(get_doc_path(module, dt, dn), f"{scrub(dn)}.json")
    return import_file_by_path(str(path), force=force, reset_permissions=reset_permissions)


def sync_customizations(app=None):
    """Apply the `custom/*.json` files of an app, or of all."""
    for name in [app] if app else frappe.get_installed_apps():
        for module in frappe.get_module_list(name):
            for path in sorted(Path(get_module_path(module), "custom").glob("*.json")):
                data = json.loads(path.read_text(encoding="utf-8"))
                if data.get("sync_on_migrate") or (frappe.flags.in_install and app):
                    sync_customizations_for_doctype(data, str(path.parent), path.name)


def sync_customizations_for_doctype(data, folder, filename=""):
    """Apply one customisation file: fields, properties and permissions."""
    doctype = data["doctype"]
    if not frappe.db.exists("DocType", doctype):
        print(_("DocType {0} does not exist.").format(doctype))
        return
    for row in data.get("custom_fields") or ():
        name = frappe.db.get_value("Custom Field", {"dt": row["dt"], "fieldname": row["fieldname"]})
        if name:
            field = frappe.get_doc("Custom Field", name)
            field.update(row)
            field.db_update()
        else:
            frappe.get_doc({**row, "doctype": "Custom Field", "owner": "Administrator"}).db_insert()
    for row in data.get("property_setters") or ():
        frappe.get_doc({**row, "doctype": "Property Setter"}).insert()
    if data.get("custom_perms"):
        for parent in {row["parent"] for row in data["custom_perms"]}:
            frappe.db.delete("Custom DocPerm", {"parent": parent})
        for row in data["custom_perms"]:
            frappe.get_doc({**row, "doctype": "Custom DocPerm"}).db_insert()
    frappe.clear_cache(doctype=doctype)
    if data.get("custom_fields"):
        for changed in {row["dt"] for row in data["custom_fields"]}:
            frappe.clear_cache(doctype=changed)
            if not frappe.db.get_value("DocType", changed, "issingle"):
                frappe.db.updatedb(changed)
