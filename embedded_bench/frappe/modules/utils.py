"""Finding the Python modules of DocTypes."""

import frappe
from frappe import _, scrub


def get_module_app(module):
    if frappe.local.module_app is None:
        frappe.setup_module_map()
    app = frappe.local.module_app.get(scrub(module))
    if app is None:
        frappe.throw(_("Module {} not found").format(module), exc=frappe.DoesNotExistError)
    return app


def load_doctype_module(doctype, module):
    name = scrub(doctype)
    try:
        return frappe.get_module(f"{get_module_app(module)}.{scrub(module)}.doctype.{name}.{name}")
    except ImportError as error:
        raise ImportError(f"Module import failed for {doctype}: {error}") from error
