"""Printed copies: numbered for each form of a document, with who printed them, when and in which language (rulebook 6).

A form that is handed out carries the number of its copy, so that a second paper is recognised as one. A preview
carries none and is not counted. Counting leaves the document as it is: whoever has it open is not disturbed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint, escape_html

from erp_rules.rule_engine import history
from erp_rules.rule_engine.controls import STATE_FIELD
from erp_rules.rule_engine.errors import RuleViolation
from erp_rules.rule_engine.languages import speaking

COPY = "Printed Copy"
LANGUAGES = ("zh", "en")
PAGE_BREAK = '<div style="page-break-after: always"></div>'


@dataclass(frozen=True)
class Form:
    """A form that is handed out: its print format, the clause that asks for it, and the states in which it is."""

    print_format: str
    clause: str
    states: tuple[str, ...]


def forms_of(doctype: str) -> tuple[Form, ...]:
    """Return the forms of `doctype` whose copies are numbered, as `hooks.numbered_forms` lists them."""
    paths = frappe.get_hooks("numbered_forms", {}).get(doctype, [])
    return tuple(form for path in paths for form in frappe.get_attr(path))


def form_of(doctype: str, print_format: str | None = None) -> Form:
    """Return the form of `doctype` with this print format, or its first one; raise when its copies have no numbers."""
    for form in forms_of(doctype):
        if print_format in (None, "", form.print_format):
            return form
    frappe.throw(_("Copies of {0} are not numbered.").format(_(print_format or doctype)))


def offered(doc) -> list[dict]:
    """Return the forms that the session user may print now, with the copies there are: for the forms' buttons."""
    ready = [form for form in forms_of(doc.doctype) if doc.get(STATE_FIELD) in form.states]
    if not ready or not doc.has_permission("print"):
        return []
    return [
        {
            "print_format": form.print_format,
            "label": _(form.print_format),
            "copies": copies_of(doc.doctype, [doc.name], form.print_format).get(doc.name, 0),
        }
        for form in ready
    ]


def require_ready(docs: Iterable, form: Form) -> None:
    """Raise `RuleViolation` that names every document whose state does not let copies of `form` go out."""
    waiting = [
        f"{doc.name}: {_(doc.get(STATE_FIELD))}" for doc in docs if doc.get(STATE_FIELD) not in form.states
    ]
    if waiting:
        frappe.throw(
            _("Numbered copies are printed in the states {0}; these are not there: {1} ({2}).").format(
                ", ".join(_(state) for state in form.states), ", ".join(waiting), form.clause
            ),
            RuleViolation,
        )


def lock(doctype: str, names: Iterable[str]) -> list:
    """Return the documents, locked until the transaction ends, in one order for everybody."""
    return [frappe.get_doc(doctype, name, for_update=True) for name in sorted(set(names))]


def count(docs: Iterable, form: Form, language: str) -> dict[str, int]:
    """Keep one more copy of `form` for each of these locked documents; return the number of each copy."""
    if language not in LANGUAGES:
        frappe.throw(_("Forms print in {0}.").format(", ".join(LANGUAGES)))
    docs = list(docs)
    require_ready(docs, form)
    last = copies_of(docs[0].doctype, [doc.name for doc in docs], form.print_format, is_locking=True)
    numbers = {doc.name: last.get(doc.name, 0) + 1 for doc in docs}
    for doc in docs:
        history.keep_copy(doc, form.print_format, numbers[doc.name], language)
        told = _("Copy {0} of {1} printed").format(numbers[doc.name], _(form.print_format))
        doc.add_comment("Info", escape_html(f"{told} ({language})"))
    return numbers


def copies_of(
    doctype: str, names: Iterable[str], print_format: str, is_locking: bool = False
) -> dict[str, int]:
    """Return how many copies of a form each document has; none is left out. `is_locking` reads what is there now."""
    row = frappe.qb.DocType(COPY)
    query = (
        frappe.qb.from_(row)
        .select(row.reference_name, row.copy_no)
        .where(row.reference_doctype == doctype)
        .where(row.reference_name.isin(list(names) or [""]))
        .where(row.print_format == print_format)
    )
    found: dict[str, int] = {}
    for kept in (query.for_update() if is_locking else query).run(as_dict=True):
        found[kept.reference_name] = max(found.get(kept.reference_name, 0), cint(kept.copy_no))
    return found


def render(docs: Iterable, form: Form, language: str, numbers: dict[str, int]) -> str:
    """Return one HTML page with these copies in `language`, each document on a sheet of its own."""
    pages = []
    with speaking(language):
        for doc in docs:
            doc.flags.copy_no = numbers[doc.name]
            options = {"print_format": form.print_format, "doc": doc, "no_letterhead": 1}
            pages.append(frappe.get_print(doc.doctype, doc.name, **options))
    return PAGE_BREAK.join(pages)
