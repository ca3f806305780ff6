"""Where DocTypes and other standard documents live as files."""

from frappe.modules.utils import load_doctype_module
