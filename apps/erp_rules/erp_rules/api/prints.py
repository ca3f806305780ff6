"""Numbered copies of forms; and PDF in the desk: made by Frappe, or refused with the reason and the way out."""

import json
import shutil
import subprocess
from functools import lru_cache

import frappe
from frappe import _

from erp_rules.rule_engine import printing
from erp_rules.rule_engine.retry import once_more

MAKER = "wkhtmltopdf"
FRAPPES_OWN = "frappe.utils.print_format."


@frappe.whitelist(methods=["POST"])
def print_copy(doctype: str, name: str, print_format: str | None = None, language: str = "zh") -> dict:
    """Count one more copy of a document's form; return its number and the page to print, in that language."""
    frappe.get_doc(doctype, name).check_permission("print")
    form = printing.form_of(doctype, print_format)

    def count() -> tuple[list, dict[str, int]]:
        docs = printing.lock(doctype, [name])
        return docs, printing.count(docs, form, language)

    docs, copies = once_more(count)
    return {"copy": copies[docs[0].name], "html": printing.render(docs, form, language, copies)}


@frappe.whitelist()
def download_pdf(
    doctype: str,
    name: str,
    format: str | None = None,
    doc: str | None = None,
    no_letterhead: int | str = 0,
    language: str | None = None,
    letterhead: str | None = None,
):
    """Send the print as PDF."""
    _require_right_to_print({doctype: [name]})
    require_pdf()
    return frappe.get_attr(FRAPPES_OWN + "download_pdf")(
        doctype, name, format, no_letterhead=no_letterhead, language=language, letterhead=letterhead
    )


@frappe.whitelist()
def download_multi_pdf(
    doctype: str | dict,
    name: str | list,
    format: str | None = None,
    no_letterhead: bool = False,
    letterhead: str | None = None,
    options: str | None = None,
):
    """Send the prints of several documents as one PDF: of one DocType, or of several as DocType and names."""
    several = json.loads(doctype) if isinstance(doctype, str) and doctype.startswith("{") else doctype
    names = json.loads(name) if isinstance(name, str) else name
    _require_right_to_print(several if isinstance(several, dict) else {several: names})
    require_pdf()
    return frappe.get_attr(FRAPPES_OWN + "download_multi_pdf")(
        doctype, name, format, no_letterhead, letterhead, options
    )


def _require_right_to_print(named: dict[str, list[str]]) -> None:
    """Raise `PermissionError` unless the user may print every one of the documents; Frappe asks only when it prints."""
    for doctype, names in named.items():
        for name in names:
            frappe.get_doc(doctype, name).check_permission("print")


def require_pdf() -> None:
    """Refuse when this server cannot make a PDF with Chinese text, and say what to do."""
    if not shutil.which(MAKER):
        frappe.throw(
            _("This server makes no PDF: {0} is not installed. Print from the browser instead.").format(
                MAKER
            ),
            title=_("No PDF"),
        )
    if not _has_chinese_font():
        frappe.throw(
            _(
                "This server has no font for Chinese, so the PDF would be unreadable. Have a font such as "
                "Noto Sans CJK installed, or print from the browser instead."
            ),
            title=_("No PDF"),
        )


@lru_cache(maxsize=1)
def _has_chinese_font() -> bool:
    """Return whether a font covers Chinese; where fontconfig cannot be asked, believe that one does."""
    program = shutil.which("fc-list")
    if not program:
        return True
    asked = subprocess.run([program, ":lang=zh", "family"], capture_output=True, timeout=20, check=False)
    return asked.returncode != 0 or bool(asked.stdout.strip())
