"""Finding the Python modules of DocTypes."""

import frappe
from frappe import _, scrub

_python_modules = {}


def get_module_app(module):
    if frappe.local.module_app is None:
        frappe.setup_module_map()
    app = frappe.local.module_app.get(scrub(module))
    if app is None:
        frappe.throw(_("Module {} not found").format(module), exc=frappe.DoesNotExistError)
    return app


def load_doctype_module(doctype, module=None, prefix="", suffix=""):
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
