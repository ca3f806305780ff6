"""Printing: documents rendered with their Print Format."""

from __future__ import annotations

import os

import frappe
from frappe import _
from frappe.utils import cint, cstr, escape_html, strip_html

STYLE = """body { margin: 12mm; color: #000; font: 10pt "Noto Sans SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
table { width: 100%; border-collapse: collapse; } td, th { padding: 3px 5px; border: 1px solid #888; text-align: left; }
h1 { font-size: 15pt; } .text-right { text-align: right; } @page { size: A4; margin: 10mm; }"""
NOT_PRINTED = ("Section Break", "Column Break", "Tab Break", "HTML", "Button", "Fold", "Heading", "Password")


def get_context(context):
    """Render the document that the query names."""
    args = frappe.form_dict
    if not (args.doctype and args.name):
        raise frappe.PageDoesNotExistError
    doc = frappe.get_doc(args.doctype, args.name)
    print_format = get_print_format_doc(args.format, doc.meta)
    body = get_rendered_template(doc, print_format, doc.meta, args.no_letterhead, args.letterhead)
    context.update(
        body=body,
        print_style=get_print_style(print_format=print_format),
        title=strip_html(cstr(doc.get_title() or doc.name)),
        trigger_print=cint(args.trigger_print),
        lang=frappe.local.lang,
    )
    return context


def get_print_format_doc(print_format_name, meta):
    """Return a Print Format, the DocType's default when none is named, None for Standard."""
    name = print_format_name or frappe.form_dict.get("format") or meta.default_print_format or "Standard"
    exists = name != "Standard" and frappe.db.exists("Print Format", name)
    return frappe.get_doc("Print Format", name) if exists else None


def validate_print_permission(doc) -> None:
    """Refuse a document that the user may not read or not print."""
    for permission in ("read", "print"):
        if not frappe.has_permission(doc.doctype, permission, doc):
            frappe.throw(_("No {0} permission for {1}").format(permission, doc.name), frappe.PermissionError)


def get_rendered_template(
    doc, print_format=None, meta=None, no_letterhead=None, letterhead=None, trigger_print=False, settings=None
) -> str:
    """Return the HTML body of a document in a Print Format."""
    if not frappe.flags.ignore_print_permissions:
        validate_print_permission(doc)
    doc.flags.in_print = True
    doc.run_method("before_print", settings or {})
    head = {} if cint(no_letterhead) else get_letter_head(doc, letterhead)
    source = get_print_format_html(doc.doctype, print_format) if print_format else None
    args = {
        "doc": doc,
        "meta": meta or doc.meta,
        "no_letterhead": cint(no_letterhead),
        "trigger_print": cint(trigger_print),
        "letter_head": head.get("content"),
        "footer": head.get("footer"),
        "print_settings": frappe._dict(settings or {}),
        "layout": [],
    }
    if source:
        return frappe.get_jenv().from_string(source).render(args)
    return f"{args['letter_head'] or ''}{standard_body(doc)}{args['footer'] or ''}"


def get_print_format_html(doctype: str, print_format) -> str | None:
    """Return the Jinja text of a Print Format: its own, or the file in its module."""
    if print_format.disabled:
        frappe.throw(_("Print Format {0} is disabled").format(print_format.name), frappe.DoesNotExistError)
    if print_format.standard == "Yes" and not print_format.custom_format:
        name = frappe.scrub(print_format.name)
        path = os.path.join(frappe.get_module_path(print_format.module), "print_format", name, f"{name}.html")
        if content := frappe.read_file(path):
            return content
    return print_format.html


def get_letter_head(doc, letterhead=None) -> dict:
    """Return the letter head that is named, the document's, or the default one, rendered."""
    name = (
        letterhead
        or doc.get("letter_head")
        or frappe.db.get_value("Letter Head", {"is_default": 1, "disabled": 0})
    )
    if not name:
        return {}
    row = frappe.db.get_value("Letter Head", name, ["content", "footer"], as_dict=True) or {}
    return {key: frappe.render_template(value, {"doc": doc.as_dict()}) for key, value in row.items() if value}


def get_print_style(style=None, print_format=None, for_legacy=False) -> str:
    """Return the style sheet of a print."""
    return STYLE + ((print_format and print_format.get("css")) or "")


def standard_body(doc) -> str:
    """Return a document as a plain list of its fields and tables."""
    rows, tables = [], []
    for field in doc.meta.fields:
        value = doc.get(field.fieldname)
        if field.print_hide or field.hidden or field.fieldtype in NOT_PRINTED or value in (None, "", []):
            continue
        label = escape_html(_(field.label or field.fieldname))
        if field.fieldtype in ("Table", "Table MultiSelect"):
            tables.append(f"<h3>{label}</h3>{_table(field, value)}")
        else:
            rows.append(f"<tr><th>{label}</th><td>{_shown(doc, field)}</td></tr>")
    title = escape_html(f"{_(doc.doctype)} {doc.name}")
    return f"<h1>{title}</h1><table>{''.join(rows)}</table>{''.join(tables)}"


def _shown(doc, field) -> str:
    text = cstr(doc.get_formatted(field.fieldname))
    return text if field.fieldtype in ("Text Editor", "Small Text", "Text") else escape_html(text)


def _table(table_field, children) -> str:
    hidden = NOT_PRINTED
    fields = [
        field
        for field in frappe.get_meta(table_field.options).fields
        if not (field.print_hide or field.hidden or field.fieldtype in hidden)
    ]
    head = "".join(f"<th>{escape_html(_(field.label or field.fieldname))}</th>" for field in fields)
    body = "".join(
        "<tr><td>{}</td>{}</tr>".format(
            row.idx, "".join(f"<td>{_shown(row, field)}</td>" for field in fields)
        )
        for row in children
    )
    return f"<table><tr><th>#</th>{head}</tr>{body}</table>"
