"""`frappe.get_print`."""

import frappe
from frappe.www.printview import render


def get_print(doctype=None, name=None, print_format=None, as_pdf=False, doc=None, **options) -> str:
    """Return a document as printed HTML; PDF is what the browser makes of it."""
    if as_pdf:
        raise frappe.NotSupported("frappe.get_print(as_pdf=True)")
    context = render(doc or frappe.get_doc(doctype, name), print_format)
    return frappe.get_template("frappe/www/printview.html").render(context)
