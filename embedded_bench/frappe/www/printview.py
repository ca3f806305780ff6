"""Printing: documents rendered with their Print Format."""

import os

import frappe
from frappe import _
from frappe.utils import cint, cstr, strip_html

STYLE = """body { margin: 12mm; color: #000; font: 10pt "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
table { width: 100%; border-collapse: collapse; } td, th { padding: 3px 5px; border: 1px solid #888; text-align: left; }
h1 { font-size: 15pt; } .text-right { text-align: right; } @page { size: A4; margin: 10mm; }"""


def get_context(context):
    args = frappe.form_dict
    if not (args.doctype and args.name):
        raise frappe.PageDoesNotExistError
    return render(frappe.get_doc(args.doctype, args.name), args.format, cint(args.trigger_print))


def render(doc, print_format=None, trigger_print=0) -> dict:
    """Return what the page of a printed document shows; the user must be allowed to read and to print it."""
    for permission in () if frappe.flags.ignore_print_permissions else ("read", "print"):
        if not frappe.has_permission(doc.doctype, permission, doc):
            frappe.throw(_("No {0} permission for {1}").format(permission, doc.name), frappe.PermissionError)
    name = print_format or doc.meta.default_print_format
    if not name or name == "Standard":
        raise frappe.NotSupported("the Standard print format")
    chosen = frappe.get_doc("Print Format", name)
    doc.run_method("before_print", {})
    context = {"doc": doc, "meta": doc.meta, "no_letterhead": 1, "print_settings": frappe._dict()}
    body = frappe.get_jenv().from_string(_source(chosen)).render(context)
    page = {"body": body, "print_style": STYLE + (chosen.css or ""), "trigger_print": trigger_print}
    return {**page, "title": strip_html(cstr(doc.get_title() or doc.name)), "lang": frappe.local.lang}


def _source(print_format) -> str:
    if print_format.disabled:
        frappe.throw(_("Print Format {0} is disabled").format(print_format.name))
    name = frappe.scrub(print_format.name)
    path = os.path.join(frappe.get_module_path(print_format.module), "print_format", name, f"{name}.html")
    return print_format.html or frappe.read_file(path) or ""
