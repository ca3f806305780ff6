"""`frappe.get_print` and `frappe.attach_print`."""

from __future__ import annotations

import shutil
import subprocess

import frappe
from frappe import _


def get_print(
    doctype=None,
    name=None,
    print_format=None,
    style=None,
    as_pdf=False,
    doc=None,
    output=None,
    no_letterhead=0,
    password=None,
    pdf_options=None,
    letterhead=None,
):
    """Return a document as printed HTML, or as PDF where `wkhtmltopdf` is installed."""
    from frappe.www import printview

    doc = doc or frappe.get_doc(doctype, name)
    chosen = printview.get_print_format_doc(print_format, doc.meta)
    body = printview.get_rendered_template(doc, chosen, doc.meta, no_letterhead, letterhead)
    context = {
        "body": body,
        "print_style": printview.get_print_style(style, chosen),
        "title": doc.name,
        "lang": frappe.local.lang,
    }
    html = frappe.get_template("frappe/www/printview.html").render(context)
    return get_pdf(html) if as_pdf else html


def get_pdf(html: str, options=None, output=None) -> bytes:
    """Return HTML as PDF; without `wkhtmltopdf` the user is told to print from the browser."""
    program = shutil.which("wkhtmltopdf")
    if not program:
        frappe.throw(
            _("PDF needs the program wkhtmltopdf, which is not installed. Print from the browser instead.")
        )
    command = [program, "--quiet", "--disable-local-file-access", "--encoding", "utf-8", "-", "-"]
    done = subprocess.run(command, input=html.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode:
        frappe.throw(_("The PDF could not be made: {0}").format(done.stderr.decode(errors="replace")[-300:]))
    return done.stdout
